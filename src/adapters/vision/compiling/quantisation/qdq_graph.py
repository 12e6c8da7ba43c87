"""Selection of the tensors of an ONNX model that are quantised to 8 bits."""

from collections.abc import Iterator

import onnx

WEIGHTED_OPERATORS = ("Conv", "Gemm")
_UNWEIGHTED_OPERATORS = ("Add", "GlobalAveragePool", "MaxPool", "AveragePool")
INTEGER_OPERATORS = (*WEIGHTED_OPERATORS, *_UNWEIGHTED_OPERATORS)
# Redundant behind a quantised tensor that begins at zero, which holds no values outside its range.
_CLIPPING_OPERATORS = ("Relu", "Clip")
_SHAPING_OPERATORS = ("Flatten", "Reshape")
MODEL_INPUT = "Input"


class QDQGraph:
    """Graph of a model, with the producer and the consumers of each tensor.

    Args:
        model: as `onnx_export` writes it: padding is part of the convolutions, and weights are constants.
    """

    def __init__(self, model: onnx.ModelProto) -> None:
        self._nodes = model.graph.node
        self.constants = {tensor.name: tensor for tensor in model.graph.initializer}
        self._producers = {name: node for node in self._nodes for name in node.output}
        self._consumers: dict[str, list[onnx.NodeProto]] = {}
        for node in self._nodes:
            for name in node.input:
                self._consumers.setdefault(name, []).append(node)

    def tensors(self) -> dict[str, str]:
        """Tensors that are quantised, in the order of the graph: name, and the operator that computes it."""
        found = [name for node in self._nodes if node.op_type in INTEGER_OPERATORS for name in self._around(node)]
        return {name: self._operator(name) for name in found}

    def _around(self, node: onnx.NodeProto) -> Iterator[str]:
        yield from (name for name in node.input if name and name not in self.constants)
        output = self._after_clipping(node)
        # The logits stay in float: nothing computes with them in integers.
        if self._is_used_in_integers(output):
            yield output

    def _operator(self, name: str) -> str:
        return str(self._producers[name].op_type) if name in self._producers else MODEL_INPUT

    def _after_clipping(self, node: onnx.NodeProto) -> str:
        """Output of a node, or of the clipping node that is its only consumer."""
        users = self._consumers.get(node.output[0], [])
        clipped = len(users) == 1 and users[0].op_type in _CLIPPING_OPERATORS
        return str((users[0] if clipped else node).output[0])

    def _is_used_in_integers(self, name: str) -> bool:
        return any(
            user.op_type in INTEGER_OPERATORS
            or (user.op_type in _SHAPING_OPERATORS and self._is_used_in_integers(user.output[0]))
            for user in self._consumers.get(name, [])
        )
