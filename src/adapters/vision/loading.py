"""Loading of the chosen model into a classifier on the runtime that fits. Torch is imported only where it runs."""

import logging
import threading
from pathlib import Path

from adapters.vision.classifier import VisionClassifier
from adapters.vision.compiling.compiled_model import compiled_model
from adapters.vision.models.model_choice import ModelChoice, Precision, RuntimeKind
from adapters.vision.models.model_errors import SET_WEIGHTS, CannotCompile, model_errors
from domain.errors import ModelUnavailable
from domain.image_limits import ImageLimits

_log = logging.getLogger(__name__)

# Created by NVIDIA's driver, on Linux and in WSL. Asking torch instead would import it.
_CUDA_DEVICES = (Path("/dev/nvidiactl"), Path("/dev/dxg"))

# Maximum number of pictures that go through the model together. The activations of eight do not fit into the caches
# of the CPU in fp32: two by two took 3 to 4 % less CPU time than all eight or one by one with the default model. In
# int8, with a quarter of the bytes, all eight took 1 to 4 % less than two by two (decision 0010).
_MAX_BATCH = {Precision.FP32: 2, Precision.INT8: None}


def load_classifier(
    choice: ModelChoice, limits: ImageLimits, threads: int = 1, stopping: threading.Event | None = None
) -> VisionClassifier:
    """Load a model and run it once.

    Args:
        choice: the model.
        limits: of pictures.
        threads: CPU threads that one call of it uses.
        stopping: set when no picture is to be waited for any more; None for never.

    Raises:
        ModelUnavailable: with one line that says what to do.
    """
    if choice.file or not _wants_torch(choice):
        try:
            return _load_compiled(choice, limits, threads, stopping)
        except CannotCompile as error:
            facts = {"model": choice.model, "reason": str(error)}
            _log.warning("the model cannot be compiled; torch runs it", extra=facts)
    return load_torch(choice.model, choice.weights, limits, threads, stopping)


def load_torch(
    name: str, weights: Path | None, limits: ImageLimits, threads: int, stopping: threading.Event | None = None
) -> VisionClassifier:
    """Load a model into torch, the reference runtime, and run it once; see `load_model` and `load_classifier`.

    Raises:
        ModelUnavailable: with one line that says what to do.
    """
    from adapters.vision.models.catalogue import load_model

    network, description = load_model(name, weights)
    with model_errors(f"The model {name!r} does not run here", SET_WEIGHTS):
        from adapters.vision.runtimes.torch_runtime import TorchRuntime

        runtime = TorchRuntime(network, description.recipe, threads)
        classifier = VisionClassifier(description, runtime, limits, stopping)
        classifier.warm_up()
    return classifier


def _load_compiled(
    choice: ModelChoice, limits: ImageLimits, threads: int, stopping: threading.Event | None
) -> VisionClassifier:
    from adapters.vision.runtimes.onnx_runtime import open_model

    model = choice.file or _compiled(choice)
    with model_errors(f"The model {choice.model!r} does not run here", "choose another with PREDICTOR_MODEL"):
        runtime, description = open_model(model, threads, _MAX_BATCH[choice.precision])
        classifier = VisionClassifier(description, runtime, limits, stopping)
        classifier.warm_up()
    return classifier


def _compiled(choice: ModelChoice) -> Path:
    try:
        return compiled_model(choice)
    except OSError as error:
        problem = error.strerror or type(error).__name__
        raise ModelUnavailable(
            f"The compiled model cannot be kept in {choice.cache} ({problem}); set PREDICTOR_CACHE_DIR to a folder "
            "that can be written."
        ) from error


def _wants_torch(choice: ModelChoice) -> bool:
    if choice.runtime is not RuntimeKind.AUTO:
        return choice.runtime is RuntimeKind.TORCH
    if choice.precision is Precision.INT8 or not any(device.exists() for device in _CUDA_DEVICES):
        return False
    import torch

    return torch.cuda.is_available()
