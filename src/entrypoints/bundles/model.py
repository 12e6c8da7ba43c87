"""The model that the settings choose. Its imports are local: a process that classifies nothing imports no runtime."""

import threading
from typing import TYPE_CHECKING

from application.ports.classifier import Classifier
from entrypoints.settings import Settings

if TYPE_CHECKING:
    from adapters.vision.models.model_choice import ModelChoice


def choose_model(settings: Settings) -> "ModelChoice":
    """The model, its weights, runtime and precision."""
    from adapters.vision.models.model_choice import ModelChoice, Precision, RuntimeKind

    runtime, precision = RuntimeKind(settings.engine), Precision(settings.precision)
    return ModelChoice(settings.model, settings.weights, settings.cache_folder, runtime, precision)


def load_classifier(settings: Settings, stopping: threading.Event) -> Classifier:
    """Load the model; takes seconds, or minutes where it has to be compiled first.

    Args:
        settings: name it.
        stopping: set when the process stops.

    Raises:
        ModelUnavailable: the model cannot be loaded.
    """
    from adapters.vision import loading

    return loading.load_classifier(choose_model(settings), settings.limits, stopping=stopping)


def read_model_version(settings: Settings) -> str:
    """Version of the model, which is the same in every process that serves it alike."""
    from adapters.vision.model_version import model_version

    return model_version(choose_model(settings))
