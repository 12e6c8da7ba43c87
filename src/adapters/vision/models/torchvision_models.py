"""Classification models of torchvision: network, labels and preprocessing recipe."""

import re
from collections import OrderedDict
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import torch.hub
from torch import nn

from adapters.vision.models.model_description import Channels, Interpolation, ModelDescription, Recipe
from adapters.vision.models.torchvision_import import load_torchvision_models
from adapters.vision.models.weights_file import StateDict, load_into, read_weights

# Old DenseNet files, the published ones among them, have dots where module names may no longer have any.
_OLD_DENSENET_NAME = re.compile(r"(denselayer\d+\.(?:norm|relu|conv))\.([12]\.)")
_HASH_IN_NAME = re.compile(r"-([0-9a-f]{8,})\.pth$")
# These two have auxiliary outputs for training, and rescale their input themselves.
_INCEPTIONS = ("googlenet", "inception_v3")
_AUXILIARY_PREFIXES = ("aux1.", "AuxLogits.")


def names() -> list[str]:
    """Names of all models, sorted."""
    models: Any = load_torchvision_models()
    listed: list[str] = models.list_models(module=models)
    return sorted(listed)


def describe(name: str) -> ModelDescription:
    """Metadata of a model by its default weights; raises ValueError if labels or transforms are not supported."""
    weights = default_weights(name)
    return ModelDescription(name, tuple(weights.meta["categories"]), _recipe(weights.transforms()))


def default_weights(name: str) -> Any:
    """The member of torchvision's weights enum that it recommends for a model: URL, hash, labels and transforms."""
    models: Any = load_torchvision_models()
    return models.get_model_weights(name).DEFAULT


def weights_url(name: str) -> str:
    """URL of the default weights of a model."""
    return str(default_weights(name).url)


def download_weights(url: str) -> StateDict:
    """Download published weights, or read them from torch's cache of earlier downloads.

    The file's name has the first digits of its hash. They are checked each time; torch itself does so for downloads
    only.

    Args:
        url: from `weights_url`.

    Raises:
        OSError: the internet cannot be reached, or the cache cannot be written.
        RuntimeError, ValueError: the hash of the downloaded or the cached file differs from the published one.
    """
    path = Path(torch.hub.get_dir(), "checkpoints", PurePosixPath(urlsplit(url).path).name)
    [digits] = _HASH_IN_NAME.findall(path.name)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.hub.download_url_to_file(url, str(path), hash_prefix=digits, progress=False)
    return read_weights(path, digits)


def build(name: str, weights: StateDict, labels: int = 1000) -> nn.Module:
    """Build a network for so many labels with the given weights; raises ValueError if they do not fit."""
    models: Any = load_torchvision_models()
    network: nn.Module = models.get_model(name, weights=None, num_classes=labels, **_options(name, weights))
    if name.startswith("densenet"):
        weights = OrderedDict((_OLD_DENSENET_NAME.sub(r"\1\2", key), value) for key, value in weights.items())
    load_into(network, weights)
    return network


def _options(name: str, weights: StateDict) -> dict[str, bool | int]:
    """Options that torchvision's builders set themselves when they download the weights."""
    if name.startswith("vit_"):
        return {"image_size": describe(name).input_size}
    if name not in _INCEPTIONS:
        return {}
    auxiliary = any(key.startswith(_AUXILIARY_PREFIXES) for key in weights)
    return {"transform_input": True, "aux_logits": auxiliary, "init_weights": False}


def _recipe(transforms: Any) -> Recipe:
    """Recipe of torchvision's preset ``ImageClassification``, which always resizes pictures with antialiasing."""
    [resize], [crop] = transforms.resize_size, transforms.crop_size
    return Recipe(
        resize=resize,
        crop=crop,
        interpolation=Interpolation(transforms.interpolation.value),
        mean=_in_bytes(transforms.mean),
        std=_in_bytes(transforms.std),
    )


def _in_bytes(unit: list[float]) -> Channels:
    red, green, blue = (255.0 * value for value in unit)
    return red, green, blue
