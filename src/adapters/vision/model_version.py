"""What tells a model from another one of the same name, in every process that serves it alike."""

import hashlib
from importlib.metadata import version

from adapters.vision.compiling.quantisation.activation_ranges import SHIPPED
from adapters.vision.models.model_choice import ModelChoice, Precision
from adapters.vision.models.model_errors import SET_WEIGHTS, model_failures
from adapters.vision.models.weights_identity import weights_identity


def model_version(choice: ModelChoice) -> str:
    """64 hexadecimal digits that are others as soon as the model may give other answers.

    That is with other weights, another precision, or another version of this package, which decides how pictures are
    prepared. What runs the model is left out: runtimes agree to a hair, and they stand side by side.

    Raises:
        ModelUnavailable: there are no such weights.
    """
    with model_failures(f"The weights of the model {choice.model!r} cannot be read", SET_WEIGHTS):
        facts: tuple[object, ...] = (_weights(choice), version("ml-prediction-system"), choice.precision)
    if choice.file is None and choice.precision is Precision.INT8:
        facts = (*facts, SHIPPED.read_text())
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def _weights(choice: ModelChoice) -> str:
    if choice.file is None:
        return f"{choice.model} {weights_identity(choice.model, choice.weights)}"
    with choice.file.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
