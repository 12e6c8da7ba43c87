"""Calibration: measures the ranges of a model's activations on pictures."""

from collections.abc import Iterable

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper

from adapters.vision.compiling.quantisation.activation_ranges import Range
from adapters.vision.compiling.quantisation.qdq_graph import QDQGraph
from adapters.vision.runtimes.onnx_runtime import session_options


def measured_ranges(model: onnx.ModelProto, batches: Iterable[NDArray[np.uint8]]) -> tuple[Range, ...]:
    """Minimum, maximum (percentiles lost accuracy) and channel means of every tensor that is quantised.

    Args:
        model: in fp32, as `onnx_export` writes it.
        batches: one or more, of prepared pictures, uint8 [N, H, W, 3].
    """
    tensors = QDQGraph(model).tensors()
    seen = {name: _Statistics() for name in tensors}
    session, entry = _session_with_outputs(model, tensors), model.graph.input[0].name
    for batch in batches:
        for tensor, values in zip(seen.values(), session.run(list(seen), {entry: batch}), strict=True):
            tensor.add(values)
    return tuple(seen[name].as_range(operator) for name, operator in tensors.items())


class _Statistics:
    def __init__(self) -> None:
        self._low, self._high = np.inf, -np.inf
        self._pictures = 0
        self._sums: NDArray[np.float64] | float = 0.0

    def add(self, values: NDArray[np.float32]) -> None:
        """Add the tensor's values for some pictures, [N, channels, ...]."""
        self._low = min(self._low, float(values.min()))
        self._high = max(self._high, float(values.max()))
        self._pictures += len(values)
        by_channel = values.reshape(*values.shape[:2], -1)
        self._sums += by_channel.mean(axis=2, dtype=np.float64).sum(axis=0)

    def as_range(self, operator: str) -> Range:
        means: list[float] = np.asarray(self._sums / self._pictures).tolist()
        return Range(operator, self._low, self._high, tuple(means))


def _session_with_outputs(model: onnx.ModelProto, tensors: Iterable[str]) -> onnxruntime.InferenceSession:
    """Session of the model with the tensors as additional outputs."""
    watched = onnx.ModelProto()
    watched.CopyFrom(model)
    inputs = {entry.name for entry in model.graph.input}
    watched.graph.output.extend(
        helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in tensors if name not in inputs
    )
    return onnxruntime.InferenceSession(
        watched.SerializeToString(), session_options(threads=0), providers=["CPUExecutionProvider"]
    )
