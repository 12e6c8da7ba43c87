"""The compiled model for the CPU runtime, from the cache or else made into it."""

import hashlib
import logging
import re
from functools import partial
from importlib.metadata import version
from pathlib import Path

from adapters.vision.compiling.compiling_process import compile_elsewhere
from adapters.vision.compiling.cpu_features import sums_pairs_in_16_bits
from adapters.vision.compiling.model_cache import cached_model, is_cached
from adapters.vision.compiling.quantisation.activation_ranges import SHIPPED, read_ranges
from adapters.vision.models.model_choice import ModelChoice, Precision
from adapters.vision.models.model_errors import SET_WEIGHTS, model_failures
from adapters.vision.models.weights_identity import weights_identity
from domain.errors import ModelUnavailable

_log = logging.getLogger(__name__)

# What is written into a compiled model and how; another number makes every cached model outdated.
_FORMAT = 2


def compiled_model(choice: ModelChoice) -> Path:
    """The file of the chosen model as ONNX, from the cache or else compiled.

    Raises:
        ModelUnavailable: there is no such model, its weights cannot be used, or not in int8.
        CannotCompile
        OSError: the cache cannot be written.
    """
    origin = choice.weights or "the installed package"
    with model_failures(f"The weights of the model {choice.model!r} cannot be read from {origin}", SET_WEIGHTS):
        weights = weights_identity(choice.model, choice.weights)
    if choice.precision is Precision.INT8 and weights != read_ranges(SHIPPED).weights:
        raise ModelUnavailable(
            f"For int8 the model {choice.model!r} has to see pictures first: run `predictor quantize` and set "
            "PREDICTOR_MODEL to the file that it writes."
        )
    name = _cache_name(choice, weights)
    return cached_model(choice.cache, name, partial(_compile, choice))


def is_compiled(choice: ModelChoice) -> bool:
    """Whether the chosen model is in the cache.

    Raises:
        OSError, ModuleNotFoundError: there are no such weights.
    """
    return is_cached(choice.cache, _cache_name(choice, weights_identity(choice.model, choice.weights)))


def _cache_name(choice: ModelChoice, weights: str) -> str:
    facts: tuple[object, ...] = (_FORMAT, choice.model, weights, version("onnxruntime"))
    if choice.precision is Precision.INT8:
        facts = (*facts, SHIPPED.read_text(), sums_pairs_in_16_bits())
    digest = hashlib.sha256(repr(facts).encode()).hexdigest()[:16]
    # Whatever the user wrote there: it becomes the name of a file before anybody knows whether there is such a model.
    readable = re.sub(r"\W", "_", choice.model)[:50]
    return f"{readable}-{choice.precision}-{digest}"


def _compile(choice: ModelChoice, target: Path) -> None:
    _log.info("compiling the model for the CPU, once", extra={"model": choice.model, "precision": choice.precision})
    compile_elsewhere(choice, target)
