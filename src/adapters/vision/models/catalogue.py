"""The models that the service can serve, by name. Imports torch when it is first asked."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from adapters.vision.models.model_choice import DEFAULT_MODEL
from adapters.vision.models.model_description import ModelDescription
from adapters.vision.models.model_errors import SET_WEIGHTS, model_failures
from adapters.vision.models.weights_identity import bundled_weights
from domain.errors import ModelUnavailable

if TYPE_CHECKING:
    from torch import nn

    from adapters.vision.models.weights_file import StateDict


class LoadedModel(NamedTuple):
    """A network in eager torch, normalised pictures to logits, and what has to be known of it."""

    network: nn.Module
    description: ModelDescription


def available_models() -> list[str]:
    """The names of all models, sorted."""
    from adapters.vision.models import torchvision_models

    return sorted([DEFAULT_MODEL, *torchvision_models.names()])


def describe_model(name: str) -> ModelDescription:
    """Labels and recipe of a model; needs no weights.

    Raises:
        ModelUnavailable: there is none of this name, or its labels do not fit.
    """
    from adapters.vision.models import efficientnet_lite0, torchvision_models

    _refuse_unknown(name)
    with model_failures(f"The model {name!r} cannot be served", "choose another with PREDICTOR_MODEL"):
        if name != DEFAULT_MODEL:
            return torchvision_models.describe(name)
        # All ImageNet models share the labels and their order.
        labels = torchvision_models.describe("efficientnet_b0").labels
        return ModelDescription(name, labels, efficientnet_lite0.RECIPE)


def load_model(name: str, weights: Path | None, labels: tuple[str, ...] | None = None) -> LoadedModel:
    """Build a model and load its weights.

    Args:
        name: one of `available_models`.
        weights: a file with its state dict. None: the published weights, for `DEFAULT_MODEL` from
            the installed package, for others from the internet (or torch's cache of it).
        labels: those of a model whose last layer was trained anew, in the order of its outputs; its
            preprocessing is that of the published model. None: the published ones.

    Raises:
        ModelUnavailable: with one line that says what to do.
    """
    description = describe_model(name)
    if labels is not None:
        with model_failures(f"The model {name!r} cannot have these labels", "check the file of labels"):
            description = replace(description, labels=labels)
    tensors = _published(name) if weights is None else _from_file(name, weights)
    origin = "published weights" if weights is None else f"weights in {weights}"
    with model_failures(f"The {origin} do not fit the model {name!r}", SET_WEIGHTS):
        return LoadedModel(_build(name, tensors, len(description.labels)), description)


def _refuse_unknown(name: str) -> None:
    known = available_models()
    if name not in known:
        close = get_close_matches(name, known) or [DEFAULT_MODEL]
        raise ModelUnavailable(f"There is no model {name!r}; set PREDICTOR_MODEL, perhaps to {' or '.join(close)}.")


def _build(name: str, tensors: StateDict, labels: int) -> nn.Module:
    from adapters.vision.models import efficientnet_lite0, torchvision_models

    if name == DEFAULT_MODEL:
        return efficientnet_lite0.build(tensors, labels)
    return torchvision_models.build(name, tensors, labels)


def _from_file(name: str, path: Path) -> StateDict:
    from adapters.vision.models.weights_file import read_weights

    with model_failures(f"The weights of the model {name!r} cannot be read from {path}", SET_WEIGHTS):
        return read_weights(path)


def _published(name: str) -> StateDict:
    from adapters.vision.models.weights_download import download_weights, weights_url
    from adapters.vision.models.weights_file import read_weights

    if name == DEFAULT_MODEL:
        with model_failures(f"The weights of the model {name!r} are not installed", SET_WEIGHTS):
            return read_weights(bundled_weights())
    advice = f"fetch {weights_url(name)} elsewhere and set PREDICTOR_WEIGHTS to the file"
    with model_failures(f"The weights of the model {name!r} cannot be downloaded", advice):
        return download_weights(name)
