"""The served network computes what the plain one does."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from adapters.vision.models.catalogue import describe_model
from adapters.vision.models.model_description import Recipe
from adapters.vision.models.served_network import fused
from adapters.vision.models.torchvision_import import load_torchvision, load_torchvision_models
from adapters.vision.runtimes.torch_runtime import TorchRuntime

pytestmark = pytest.mark.torch


def lively(name: str) -> nn.Module:
    """A random network whose batch normalisations do something."""
    torch.manual_seed(3)
    models: Any = load_torchvision_models()
    network: nn.Module = models.get_model(name, weights=None)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.running_mean, 0.0, 0.2)  # type: ignore[arg-type]
            nn.init.uniform_(module.running_var, 0.5, 2.0)  # type: ignore[arg-type]
    return network.eval()


def plain(network: nn.Module, recipe: Recipe, batch: np.ndarray) -> np.ndarray:
    """The same on torchvision's scale of 0 to 1, eager."""
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) / 255 for values in (recipe.mean, recipe.std))
    pictures = torch.tensor(batch).permute(0, 3, 1, 2).contiguous() / 255
    with torch.inference_mode():
        scores: np.ndarray = torch.softmax(network((pictures - mean) / std), dim=1).numpy()
    return scores


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v2", "shufflenet_v2_x0_5"])
def test_gives_the_same_probabilities(name: str) -> None:
    network, recipe = lively(name), describe_model(name).recipe
    batch = np.random.default_rng(0).integers(0, 256, (3, recipe.crop, recipe.crop, 3), dtype=np.uint8)
    found = TorchRuntime(network, recipe, threads=2).run(batch)
    assert found.dtype == np.float32
    assert found.shape == (3, 1000)
    assert found.sum(axis=1) == pytest.approx(1.0)
    np.testing.assert_allclose(found, plain(network, recipe, batch), rtol=1e-3, atol=1e-6)


def norms(network: nn.Module) -> int:
    return sum(isinstance(module, nn.BatchNorm2d) for module in network.modules())


def test_folds_every_normalisation_of_a_sequential_network() -> None:
    network = lively("mobilenet_v2")
    assert norms(network) == 52
    assert norms(fused(network)) == 0
    assert norms(network) == 52


def test_takes_pictures_that_may_not_be_written_to() -> None:
    network, recipe = lively("mobilenet_v2"), describe_model("mobilenet_v2").recipe
    batch = np.zeros((1, recipe.crop, recipe.crop, 3), np.uint8)
    batch.flags.writeable = False
    assert TorchRuntime(network, recipe, threads=1).run(batch).shape == (1, 1000)


def test_torchvision_is_loaded_once() -> None:
    assert load_torchvision() is load_torchvision()
