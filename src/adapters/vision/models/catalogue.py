"""Catalogue of the models by name. Torch is imported at the first call."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from adapters.vision.models.model_choice import DEFAULT_MODEL
from adapters.vision.models.model_description import ModelDescription
from adapters.vision.models.model_errors import INSTALL_AGAIN, SET_WEIGHTS, model_errors
from adapters.vision.models.weights_identity import BUNDLED_SHA256, bundled_weights
from domain.errors import ModelUnavailable

if TYPE_CHECKING:
    from torch import nn

    from adapters.vision.models.weights_file import StateDict


class LoadedModel(NamedTuple):
    """Network in torch, from normalised pictures to logits, with the metadata of the model."""

    network: nn.Module
    description: ModelDescription


def available_models() -> list[str]:
    """Names of all models, sorted."""
    from adapters.vision.models import torchvision_models

    return sorted([DEFAULT_MODEL, *torchvision_models.names()])


def describe_model(name: str) -> ModelDescription:
    """Labels and preprocessing recipe of a model, without weights; raises `ModelUnavailable` for an unknown one."""
    from adapters.vision.models import efficientnet_lite0, torchvision_models

    known = available_models()
    if name not in known:
        close = get_close_matches(name, known) or [DEFAULT_MODEL]
        raise ModelUnavailable(f"There is no model {name!r}; set PREDICTOR_MODEL, perhaps to {' or '.join(close)}.")
    with model_errors(f"The model {name!r} cannot be served", "choose another with PREDICTOR_MODEL"):
        if name != DEFAULT_MODEL:
            return torchvision_models.describe(name)
        # All ImageNet models share the labels and their order.
        labels = torchvision_models.describe("efficientnet_b0").labels
        return ModelDescription(name, labels, efficientnet_lite0.RECIPE)


def load_model(name: str, weights: Path | None, labels: tuple[str, ...] | None = None) -> LoadedModel:
    """Build a model and load its weights.

    Args:
        name: one of `available_models`.
        weights: a file with its state dict. None: the published weights, of `DEFAULT_MODEL` from the installed
            package, of others from the internet or torch's cache of downloads.
        labels: of a model with a retrained last layer, in the order of its outputs; its preprocessing recipe is that
            of the published model. None: the published labels.

    Raises:
        ModelUnavailable: with one line that says what to do.
    """
    description = describe_model(name)
    if labels is not None:
        with model_errors(f"The model {name!r} cannot have these labels", "check the file of labels"):
            description = replace(description, labels=labels)
    tensors = _published(name) if weights is None else _from_file(name, weights)
    origin = "published weights" if weights is None else f"weights in {weights}"
    with model_errors(f"The {origin} do not fit the model {name!r}", SET_WEIGHTS):
        return LoadedModel(_build(name, tensors, len(description.labels)), description)


def _build(name: str, tensors: StateDict, labels: int) -> nn.Module:
    from adapters.vision.models import efficientnet_lite0, torchvision_models

    if name == DEFAULT_MODEL:
        return efficientnet_lite0.build(tensors, labels)
    return torchvision_models.build(name, tensors, labels)


def _from_file(name: str, path: Path) -> StateDict:
    from adapters.vision.models.weights_file import read_weights

    with model_errors(f"The weights of the model {name!r} cannot be read from {path}", SET_WEIGHTS):
        return read_weights(path)


def _published(name: str) -> StateDict:
    from adapters.vision.models.torchvision_models import download_weights, weights_url
    from adapters.vision.models.weights_file import read_weights

    if name == DEFAULT_MODEL:
        with model_errors(f"The installed weights of the model {name!r} cannot be used", INSTALL_AGAIN):
            return read_weights(bundled_weights(), BUNDLED_SHA256)
    advice = f"fetch {weights_url(name)} elsewhere and set PREDICTOR_WEIGHTS to the file"
    with model_errors(f"The weights of the model {name!r} cannot be downloaded", advice):
        return download_weights(weights_url(name))
