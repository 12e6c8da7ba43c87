"""Quantisation of an fp32 model to int8: QDQ form, weights per channel, activations by measured ranges.

In QDQ form the graph stays in float, and pairs of QuantizeLinear and DequantizeLinear mark the tensors that may be
integers; the runtime merges them with the operators between them. Source: ONNX Runtime, "Quantize ONNX
models", representation QDQ; Jacob et al., "Quantization and Training of Neural Networks for Efficient
Integer-Arithmetic-Only Inference", 2017; the correction of the bias: Nagel et al., "Data-Free Quantization Through
Weight Equalization and Bias Correction", 2019, section 4.2.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from adapters.vision.compiling.quantisation.activation_ranges import Range
from adapters.vision.compiling.quantisation.qdq_graph import WEIGHTED_OPERATORS, QDQGraph
from adapters.vision.compiling.quantisation.weight_scales import Floats, mean_error, room_for_bias, weight_scales

_LEVELS = 255


def quantise(model: onnx.ModelProto, ranges: Sequence[Range], avoid_saturation: bool) -> onnx.ModelProto:
    """Copy of a model in int8.

    Args:
        model: in fp32, as `onnx_export` writes it; not changed.
        ranges: one for each of `QDQGraph.tensors`, in the same order.
        avoid_saturation: suit CPUs that sum pairs of products in 16 bits as well, see `weight_scales`.

    Raises:
        ValueError: the ranges are not those of this model.
    """
    tensors = QDQGraph(model).tensors()
    if list(tensors.values()) != [found.operator for found in ranges]:
        raise ValueError("the ranges of its activations are not those of this model")
    made = onnx.ModelProto()
    made.CopyFrom(model)
    _Rewriter(made, dict(zip(tensors, ranges, strict=True)), avoid_saturation).rewrite()
    return made


def quantise_file(source: Path, target: Path, ranges: Sequence[Range], avoid_saturation: bool) -> None:
    """Quantise the model in a file, and write it to another or the same file; see `quantise`."""
    onnx.save(quantise(onnx.load(source), ranges, avoid_saturation), target)


class _Rewriter:
    """Turns a graph into its QDQ form, in place."""

    def __init__(self, model: onnx.ModelProto, ranges: dict[str, Range], avoid_saturation: bool) -> None:
        self._graph = model.graph
        self._constants = QDQGraph(model).constants
        self._ranges = ranges
        self._avoid_saturation = avoid_saturation
        self._steps: dict[str, float] = {}

    def rewrite(self) -> None:
        nodes = [node for entry in self._graph.input for node in self._pair(entry.name)]
        for node in self._graph.node:
            if node.op_type in WEIGHTED_OPERATORS:
                nodes += self._weights(node)
            self._read_dequantised(node)
            nodes.append(node)
            nodes += [made for name in node.output for made in self._pair(name)]
        # Copied first, since emptying the graph empties its nodes too.
        rewritten = onnx.GraphProto(node=nodes)
        del self._graph.node[:]
        self._graph.node.extend(rewritten.node)
        self._drop_unused_constants()

    def _drop_unused_constants(self) -> None:
        used = {name for node in self._graph.node for name in node.input}
        kept = onnx.GraphProto(initializer=[tensor for tensor in self._graph.initializer if tensor.name in used])
        del self._graph.initializer[:]
        self._graph.initializer.extend(kept.initializer)

    def _read_dequantised(self, node: onnx.NodeProto) -> None:
        for index, name in enumerate(node.input):
            if name in self._ranges:
                node.input[index] = f"{name}/dequantised"

    def _pair(self, name: str) -> Iterator[onnx.NodeProto]:
        """QuantizeLinear and DequantizeLinear behind an activation."""
        if name not in self._ranges:
            return
        # The range has to contain zero, the value of padding.
        low, high = min(self._ranges[name].low, 0.0), max(self._ranges[name].high, 0.0)
        step = np.float32((high - low) / _LEVELS or 1.0)
        self._steps[name] = float(step)
        zero = np.uint8(round(-low / float(step)))
        numbers = [self._constant(f"{name}/step", step), self._constant(f"{name}/zero", zero)]
        yield helper.make_node("QuantizeLinear", [name, *numbers], [f"{name}/quantised"], f"{name}/q")
        yield helper.make_node("DequantizeLinear", [f"{name}/quantised", *numbers], [f"{name}/dequantised"])

    def _weights(self, node: onnx.NodeProto) -> Iterator[onnx.NodeProto]:
        """Weights and bias as integers, with DequantizeLinear behind them."""
        data, weight, *bias = node.input
        if data not in self._steps or weight not in self._constants:
            return
        values: Floats = numpy_helper.to_array(self._constants[weight])
        scales = weight_scales(values, self._avoid_saturation)
        offsets = numpy_helper.to_array(self._constants[bias[0]]) if bias else np.zeros(len(scales), np.float32)
        scales = room_for_bias(scales, offsets, self._steps[data])
        shaped = scales.reshape(-1, *[1] * (values.ndim - 1))
        rounded = np.rint(values / shaped)
        node.input[1] = f"{node.output[0]}/weight"
        yield self._dequantised(node.input[1], rounded.astype(np.int8), scales)
        if bias:
            offsets = offsets + mean_error(values - rounded * shaped, self._ranges[data].means)
            steps = scales * np.float32(self._steps[data])
            node.input[2] = f"{node.output[0]}/bias"
            yield self._dequantised(node.input[2], np.rint(offsets / steps).astype(np.int32), steps)

    def _dequantised(self, name: str, values: NDArray[np.integer], scales: Floats) -> onnx.NodeProto:
        parts = {"integers": values, "steps": scales, "zeros": np.zeros(len(scales), values.dtype)}
        inputs = [self._constant(f"{name}/{part}", numbers) for part, numbers in parts.items()]
        return helper.make_node("DequantizeLinear", inputs, [name], axis=0)

    def _constant(self, name: str, values: NDArray[np.generic] | np.generic) -> str:
        self._graph.initializer.append(numpy_helper.from_array(np.asarray(values), name))
        return name
