"""Compiled models for the CPU runtime, read from the cache or compiled into it."""

import hashlib
import logging
import re
from functools import partial
from importlib.metadata import version
from pathlib import Path

from adapters.vision.compiling.compiling_process import compile_in_subprocess
from adapters.vision.compiling.cpu_features import int8_sums_saturate
from adapters.vision.compiling.model_cache import cached_model, is_cached
from adapters.vision.compiling.quantisation.activation_ranges import DEFAULT_MODEL_RANGES, read_ranges
from adapters.vision.models.model_choice import ModelChoice, Precision
from adapters.vision.models.model_errors import SET_WEIGHTS, model_errors
from adapters.vision.models.weights_identity import weights_identity
from domain.errors import ModelUnavailable

_log = logging.getLogger(__name__)

# Version of the content of compiled models; a new number makes every cached model outdated.
_FORMAT = 2


def compiled_model(choice: ModelChoice) -> Path:
    """File of the chosen model as ONNX; compiles it unless it is in the cache.

    Raises:
        ModelUnavailable: the model does not exist, or its weights cannot be used, at all or in int8.
        CannotCompile
        OSError: the cache cannot be written.
    """
    origin = choice.weights or "the installed package"
    with model_errors(f"The weights of the model {choice.model!r} cannot be read from {origin}", SET_WEIGHTS):
        weights = weights_identity(choice.model, choice.weights)
    if choice.precision is Precision.INT8 and weights != read_ranges(DEFAULT_MODEL_RANGES).weights:
        raise ModelUnavailable(
            f"For int8 the model {choice.model!r} has to see pictures first: run `predictor quantize` and set "
            "PREDICTOR_MODEL to the file that it writes."
        )
    return cached_model(choice.cache, _cache_name(choice, weights), partial(_compile, choice))


def is_compiled(choice: ModelChoice) -> bool:
    """True if the chosen model is in the cache; raises OSError, ModuleNotFoundError if the weights cannot be read."""
    return is_cached(choice.cache, _cache_name(choice, weights_identity(choice.model, choice.weights)))


def _cache_name(choice: ModelChoice, weights: str) -> str:
    facts: tuple[object, ...] = (_FORMAT, choice.model, weights, version("onnxruntime"))
    if choice.precision is Precision.INT8:
        facts = (*facts, DEFAULT_MODEL_RANGES.read_text(), int8_sums_saturate())
    digest = hashlib.sha256(repr(facts).encode()).hexdigest()[:16]
    # The setting may contain any text, and becomes a file name before it is checked.
    readable = re.sub(r"\W", "_", choice.model)[:50]
    return f"{readable}-{choice.precision}-{digest}"


def _compile(choice: ModelChoice, target: Path) -> None:
    _log.info("compiling the model for the CPU, once", extra={"model": choice.model, "precision": choice.precision})
    compile_in_subprocess(choice, target)
