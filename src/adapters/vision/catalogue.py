"""The models that the service can serve, by name. Imports torch when it is first asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from adapters.vision.recipe import ModelDescription
from domain.errors import ModelUnavailable

if TYPE_CHECKING:
    from torch import nn

    from adapters.vision.weights_file import StateDict

DEFAULT_MODEL = "efficientnet_lite0"

SET_WEIGHTS = "set PREDICTOR_WEIGHTS to a .pth, .pt or .safetensors file with its state dict"


class LoadedModel(NamedTuple):
    """A network in eager torch, normalised pictures to logits, and what has to be known of it."""

    network: nn.Module
    description: ModelDescription


@contextmanager
def model_failures(what: str, advice: str) -> Iterator[None]:
    """Translate whatever goes wrong inside into one line: what failed, why, and what to do.

    Reading weights fails in as many ways as there are file formats, so every exception counts.

    Args:
        what: the beginning of the line, with the name of the model.
        advice: its end, without a full stop.

    Raises:
        ModelUnavailable
    """
    try:
        yield
    except ModelUnavailable:
        raise
    except Exception as error:
        raise ModelUnavailable(f"{what} ({_reason(error)}); {advice}.") from error


def available_models() -> list[str]:
    """The names of all models, sorted."""
    from adapters.vision import torchvision_models

    return sorted([DEFAULT_MODEL, *torchvision_models.names()])


def describe_model(name: str) -> ModelDescription:
    """Labels and recipe of a model; needs no weights.

    Raises:
        ModelUnavailable: there is none of this name, or its labels do not fit.
    """
    from adapters.vision import efficientnet_lite0, torchvision_models

    _refuse_unknown(name)
    with model_failures(f"The model {name!r} cannot be served", "choose another with PREDICTOR_MODEL"):
        if name != DEFAULT_MODEL:
            return torchvision_models.describe(name)
        # All ImageNet models share the labels and their order.
        labels = torchvision_models.describe("efficientnet_b0").labels
        return ModelDescription(name, labels, efficientnet_lite0.RECIPE)


def load_model(name: str, weights: Path | None) -> LoadedModel:
    """Build a model and load its weights.

    Args:
        name: one of `available_models`.
        weights: a file with its state dict. None: the published weights, for `DEFAULT_MODEL` from
            the installed package, for others from the internet (or torch's cache of it).

    Raises:
        ModelUnavailable: with one line that says what to do.
    """
    description = describe_model(name)
    tensors = _published(name) if weights is None else _from_file(name, weights)
    origin = "published weights" if weights is None else f"weights in {weights}"
    with model_failures(f"The {origin} do not fit the model {name!r}", SET_WEIGHTS):
        return LoadedModel(_build(name, tensors), description)


def _refuse_unknown(name: str) -> None:
    known = available_models()
    if name not in known:
        close = get_close_matches(name, known) or [DEFAULT_MODEL]
        raise ModelUnavailable(f"There is no model {name!r}; set PREDICTOR_MODEL, perhaps to {' or '.join(close)}.")


def _build(name: str, tensors: StateDict) -> nn.Module:
    from adapters.vision import efficientnet_lite0, torchvision_models

    if name == DEFAULT_MODEL:
        return efficientnet_lite0.build(tensors)
    return torchvision_models.build(name, tensors)


def _from_file(name: str, path: Path) -> StateDict:
    from adapters.vision.weights_file import read_weights

    with model_failures(f"The weights of the model {name!r} cannot be read from {path}", SET_WEIGHTS):
        return read_weights(path)


def _published(name: str) -> StateDict:
    from adapters.vision import efficientnet_lite0, torchvision_models
    from adapters.vision.weights_file import read_weights

    if name == DEFAULT_MODEL:
        with model_failures(f"The weights of the model {name!r} are not installed", SET_WEIGHTS):
            return read_weights(efficientnet_lite0.bundled_weights())
    advice = f"fetch {torchvision_models.weights_url(name)} elsewhere and set PREDICTOR_WEIGHTS to the file"
    with model_failures(f"The weights of the model {name!r} cannot be downloaded", advice):
        return torchvision_models.download(name)


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    # Torch's messages go on for pages: the first line is enough.
    first_line = next(iter(str(error).splitlines()), "").strip().rstrip(".:")
    return f"{type(error).__name__}: {first_line}"
