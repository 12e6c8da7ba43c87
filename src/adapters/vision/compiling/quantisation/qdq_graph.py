"""Which tensors of an ONNX model get 8 bits, and what surrounds them."""

from collections.abc import Iterator

import onnx

WEIGHTED = ("Conv", "Gemm")
_PLAIN = ("Add", "GlobalAveragePool", "MaxPool", "AveragePool")
IN_INTEGERS = (*WEIGHTED, *_PLAIN)
# What an 8-bit tensor that begins at zero does by itself, since it cannot hold anything outside its range.
_CLIPPING = ("Relu", "Clip")
_SHAPING = ("Flatten", "Reshape")
OUTSIDE = "Input"


class QDQGraph:
    """Who computes a tensor of a model, and who uses it.

    Args:
        model: as `export` writes it: padding is part of the convolutions, and weights are constants.
    """

    def __init__(self, model: onnx.ModelProto) -> None:
        self._nodes = model.graph.node
        self.constants = {tensor.name: tensor for tensor in model.graph.initializer}
        self._maker = {name: node for node in self._nodes for name in node.output}
        self._users: dict[str, list[onnx.NodeProto]] = {}
        for node in self._nodes:
            for name in node.input:
                self._users.setdefault(name, []).append(node)

    def tensors(self) -> dict[str, str]:
        """The tensors that get 8 bits, in the order of the graph: name, and the operator that computes it."""
        found = [name for node in self._nodes if node.op_type in IN_INTEGERS for name in self._around(node)]
        return {name: self._operator(name) for name in found}

    def _around(self, node: onnx.NodeProto) -> Iterator[str]:
        yield from (name for name in node.input if name and name not in self.constants)
        output = self._after_clipping(node)
        # The last layer gives its logits in float: nothing computes with them in integers.
        if self._is_used_in_integers(output):
            yield output

    def _operator(self, name: str) -> str:
        return str(self._maker[name].op_type) if name in self._maker else OUTSIDE

    def _after_clipping(self, node: onnx.NodeProto) -> str:
        """The output of a node, or that of the clipping that is all that becomes of it."""
        users = self._users.get(node.output[0], [])
        clipped = len(users) == 1 and users[0].op_type in _CLIPPING
        return str((users[0] if clipped else node).output[0])

    def _is_used_in_integers(self, name: str) -> bool:
        return any(
            user.op_type in IN_INTEGERS or (user.op_type in _SHAPING and self._is_used_in_integers(user.output[0]))
            for user in self._users.get(name, [])
        )
