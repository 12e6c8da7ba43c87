"""Networks with random weights, and the refusal of weights that do not fit."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from adapters.vision.loading import load_torch
from adapters.vision.models.torchvision_import import load_torchvision_models
from domain.errors import ModelUnavailable
from domain.image_limits import ImageLimits

State = dict[str, torch.Tensor]


def random_network(name: str, **options: Any) -> nn.Module:
    torch.manual_seed(7)
    models: Any = load_torchvision_models()
    network: nn.Module = models.get_model(name, weights=None, **options)
    return network


def refusal_of(name: str, path: Path | None) -> str:
    """The one line that says why the model cannot be loaded."""
    with pytest.raises(ModelUnavailable) as caught:
        load_torch(name, path, ImageLimits(), threads=1)
    text = caught.value.message
    assert repr(name) in text
    assert "\n" not in text
    return text
