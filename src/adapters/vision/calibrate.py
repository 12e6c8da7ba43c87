"""Finds out where the activations of a model lie, by looking at pictures go through it."""

from collections.abc import Iterable

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper

from adapters.vision.onnx_engine import session_options
from adapters.vision.qdq_graph import QDQGraph
from adapters.vision.ranges import Range


def measured_ranges(model: onnx.ModelProto, batches: Iterable[NDArray[np.uint8]]) -> tuple[Range, ...]:
    """The least and the greatest value of every tensor that gets 8 bits.

    Least and greatest, since averages of them and percentiles lost accuracy where it was measured.

    Args:
        model: in fp32, as `export` writes it.
        batches: of prepared pictures, [N, H, W, 3].
    """
    tensors = QDQGraph(model).tensors()
    lows, highs = np.full(len(tensors), np.inf), np.full(len(tensors), -np.inf)
    session, entry = _watched(model, tensors), model.graph.input[0].name
    for batch in batches:
        values = session.run(list(tensors), {entry: batch})
        lows = np.minimum(lows, [value.min() for value in values])
        highs = np.maximum(highs, [value.max() for value in values])
    return tuple(
        Range(operator, low, high)
        for operator, low, high in zip(tensors.values(), lows.tolist(), highs.tolist(), strict=True)
    )


def _watched(model: onnx.ModelProto, tensors: Iterable[str]) -> onnxruntime.InferenceSession:
    """A session in which the tensors are outputs."""
    watched = onnx.ModelProto()
    watched.CopyFrom(model)
    inputs = {entry.name for entry in model.graph.input}
    watched.graph.output.extend(
        helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in tensors if name not in inputs
    )
    return onnxruntime.InferenceSession(
        watched.SerializeToString(), session_options(threads=0), providers=["CPUExecutionProvider"]
    )
