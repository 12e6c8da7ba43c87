"""Version of a model: a hash of everything that its answers depend on."""

import hashlib
from importlib.metadata import version

from adapters.vision.compiling.quantisation.activation_ranges import DEFAULT_MODEL_RANGES
from adapters.vision.models.model_choice import ModelChoice, Precision
from adapters.vision.models.model_errors import SET_WEIGHTS, model_errors
from adapters.vision.models.weights_identity import weights_identity


def model_version(choice: ModelChoice) -> str:
    """Version of the chosen model, 64 hexadecimal digits, the same in every process that serves it.

    It depends on the weights, the precision and the version of this package, which decides the preprocessing. The
    runtime is left out: all runtimes give the same answers but for rounding, and processes may use different ones.

    Raises:
        ModelUnavailable: there are no such weights.
    """
    with model_errors(f"The weights of the model {choice.model!r} cannot be read", SET_WEIGHTS):
        facts: tuple[object, ...] = (_weights(choice), version("ml-prediction-system"), choice.precision)
    if choice.file is None and choice.precision is Precision.INT8:
        facts = (*facts, DEFAULT_MODEL_RANGES.read_text())
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def _weights(choice: ModelChoice) -> str:
    if choice.file is None:
        return f"{choice.model} {weights_identity(choice.model, choice.weights)}"
    with choice.file.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
