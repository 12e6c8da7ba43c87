"""Runtime for CPUs: ONNX Runtime, which needs no torch."""

import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from adapters.vision.models.model_description import ModelDescription
from adapters.vision.models.model_description_json import DESCRIPTION_KEY, description_from_json
from adapters.vision.runtimes.model_runtime import ModelRuntime

# Only builds for Windows send data; disabled everywhere, since that may change.
onnxruntime.disable_telemetry_events()


_OUT_OF_MEMORY = re.compile("bad_alloc|Failed to allocate memory")


class OpenedModel(NamedTuple):
    """Compiled model that is ready to run, and its metadata."""

    runtime: "OnnxRuntime"
    description: ModelDescription


class OnnxRuntime(ModelRuntime):
    """Runs a compiled model with ONNX Runtime.

    With one thread the model runs in the thread of its caller: as many callers as there are cores keep all of them
    busy, with one copy of the weights, and no other threads compete with their decoding.

    Args:
        session: of a model that takes pixels, uint8 [N, H, W, 3], and returns probabilities, float32 [N, labels].
        max_batch: maximum number of pictures that go through the model together; larger batches are split.
            None: no limit.
    """

    def __init__(self, session: Any, max_batch: int | None = None) -> None:
        self._session = session
        self._input: str = session.get_inputs()[0].name
        self._max_batch = max_batch

    def run(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        size = self._max_batch or len(batch)
        shares = (batch[start : start + size] for start in range(0, len(batch), size))
        parts = [self._run(share) for share in shares]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _run(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        try:
            scores: NDArray[np.float32] = self._session.run(None, {self._input: batch})[0]
        except Exception as error:  # its own types are not public
            if _OUT_OF_MEMORY.search(str(error)):
                raise MemoryError from error
            raise
        return scores


def open_model(model: Path | bytes, threads: int, max_batch: int | None = None) -> OpenedModel:
    """Open a compiled model.

    Args:
        model: an ONNX file, or its content.
        threads: number of threads that one call uses; 0: one for each core.
        max_batch: see `OnnxRuntime`.

    Raises:
        ValueError: the file has no metadata with labels and preprocessing recipe.
        Exception: ONNX Runtime raises others on a damaged file.
    """
    session = open_session(model, threads)
    facts: dict[str, str] = session.get_modelmeta().custom_metadata_map
    if DESCRIPTION_KEY not in facts:
        raise ValueError(f"its metadata have no entry {DESCRIPTION_KEY!r} with labels and recipe")
    return OpenedModel(OnnxRuntime(session, max_batch), description_from_json(facts[DESCRIPTION_KEY]))


def open_session(model: Path | bytes, threads: int) -> Any:
    """Open an ``onnxruntime.InferenceSession``, which has no type hints, on the CPU."""
    source = model if isinstance(model, bytes) else str(model)
    return onnxruntime.InferenceSession(source, session_options(threads), providers=["CPUExecutionProvider"])


def session_options(threads: int) -> Any:
    """``onnxruntime.SessionOptions`` for `threads` threads per call."""
    options: Any = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors only
    # Threads that spin between two pictures take the cores from the threads that decode.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options
