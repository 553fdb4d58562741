"""The graph of a checkpoint in whole numbers of eight bits: about half the time on a CPU, nearly the same answers.

The weights stay as they are in ``model.safetensors``: the graph holds the operations that round them, and onnxruntime
works these out once, while it loads. So there is one copy of the weights for all graphs.

Each row of a weight (an output channel) has a scale of its own, and so has each token's row of what is multiplied with
it. onnxruntime's own dynamic quantisation takes one scale for a whole batch: an answer would then hang on the sentences
that happen to stand beside it, and with one scale for all tokens more answers change.

Only the multiplications of the encoder's linear layers are rounded, where nearly all the time goes. Embeddings are
looked up, not multiplied; the heads cost a twentieth of the time and decide by small differences.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from ..errors import CheckpointError

__all__ = ["encoder_weights", "quantise"]

#: No value of GELU lies below this, exact or by its approximation with tanh: its range needs no sign.
_GELU_LEAST = -0.1701
#: Largest whole number of a weight; activations have 127 on both sides of their zero, or 255 above it.
_WEIGHT_MOST = 127.0
_CONTRIB = "com.microsoft"


def encoder_weights(name: str) -> bool:
    """Return whether a weight of the graph belongs to the encoder."""
    return name.startswith("model.encoder.")


def quantise(proto: Any, *, chosen: Callable[[str], bool] = encoder_weights) -> None:
    """Have a graph multiply in whole numbers, in place.

    Args:
        proto: An ``onnx.ModelProto`` that ``export_onnx`` made; its weights may lie in another file.
        chosen: Says of the name of a linear layer's weight whether it is rounded.

    Raises:
        CheckpointError: The graph multiplies with none of the chosen weights.
    """
    rewriting = _Rewriting(proto.graph)
    for node in list(proto.graph.node):
        weight = rewriting.weight_of(node)
        if weight is not None and chosen(weight):
            rewriting.multiply(node, weight)
        else:
            rewriting.nodes.append(node)
    if not rewriting.count:
        raise CheckpointError("the graph has no linear layer to quantise; use --precision float32 for this encoder")
    del proto.graph.node[:]
    proto.graph.node.extend(rewriting.nodes)
    if all(entry.domain != _CONTRIB for entry in proto.opset_import):
        proto.opset_import.append(helper.make_opsetid(_CONTRIB, 1))


class _Rewriting:
    """The nodes of the new graph as they are laid down.

    Attributes:
        nodes: In an order in which each finds its inputs made.
        count: Multiplications that were rewritten.
    """

    def __init__(self, graph: Any) -> None:
        self.nodes: list[Any] = []
        self.count = 0
        self._graph = graph
        self._made_by = {name: node for node in graph.node for name in node.output}
        self._dims = {item.name.removesuffix(".stored"): list(item.dims) for item in graph.initializer}
        #: Rounded rows, their scales and what was taken off them, by the value that they were made of: queries, keys
        #: and values are multiplied with the same rows.
        self._rows: dict[str, tuple[str, str, str, bool]] = {}
        for name, value in {
            "one": np.float32(1),
            "axis": np.array([1], np.int64),
            "tiny": np.float32(1e-12),
            "weight_most": np.float32(_WEIGHT_MOST),
            "signed_most": np.float32(127),
            "unsigned_most": np.float32(255),
            "signed_zero": np.uint8(128),
            "unsigned_zero": np.uint8(0),
            "gelu_least": np.float32(_GELU_LEAST),
            "first": np.array([0], np.int64),
            "last": np.array([-1], np.int64),
        }.items():
            self._constant(name, value)

    def weight_of(self, node: Any) -> str | None:
        """Return the weight (N, K) that a node multiplies with, if it is that of a linear layer."""
        turned = self._made_by.get(node.input[1]) if node.op_type == "MatMul" else None
        if turned is None or turned.op_type != "Transpose" or len(self._dims.get(turned.input[0], ())) != 2:
            return None
        return str(turned.input[0])

    def multiply(self, node: Any, weight: str) -> None:
        """Lay down ``x @ weight.T`` in whole numbers."""
        self.count += 1
        (x, _), (y,), (channels, size) = node.input, node.output, self._dims[weight]
        if x not in self._rows:
            self._rows[x] = self._round_rows(x, size)
        rows, scale, shape, shifted = self._rows[x]
        weights, weight_scale = self._round_weight(weight)
        zero = "q8.unsigned_zero" if shifted else "q8.signed_zero"
        product = self._op("MatMulIntegerToFloat", [rows, weights, "q8.one", weight_scale, zero], domain=_CONTRIB)
        product = self._op("Mul", [product, scale])
        lead = self._op("Slice", [shape, "q8.first", "q8.last"])
        whole = self._op("Concat", [lead, self._constant(f"n{channels}", np.array([channels], np.int64))], axis=0)
        if not shifted:
            self._op("Reshape", [product, whole], to=y)
        else:
            # What was taken off each row comes back as a constant, exactly: least · sum of the channel's weights.
            sums = self._op("ReduceSum", [weight, "q8.axis"], keepdims=0)
            back = self._op("Mul", [sums, "q8.gelu_least"])
            self._op("Reshape", [self._op("Add", [product, back]), whole], to=y)
        # onnxruntime joins the bias and GELU behind only where it knows the last dimension.
        self._graph.value_info.append(
            helper.make_tensor_value_info(y, TensorProto.FLOAT, [f"{y}.batch", f"{y}.length", channels])
        )

    def _round_rows(self, x: str, size: int) -> tuple[str, str, str, bool]:
        """Return the rows (R, K) of *x* as bytes, their scales (R, 1), the shape of *x*, and if they are shifted."""
        shifted = self._producer(x) == "Gelu"
        flat = self._op("Reshape", [x, self._constant(f"k{size}", np.array([-1, size], np.int64))])
        flat = self._op("Sub", [flat, "q8.gelu_least"]) if shifted else flat
        most = self._op("ReduceMax", [flat if shifted else self._op("Abs", [flat]), "q8.axis"], keepdims=0)
        most = self._op("Max", [most, "q8.tiny"])
        scale = self._op("Div", [most, "q8.unsigned_most" if shifted else "q8.signed_most"])
        zero = "q8.unsigned_zero" if shifted else "q8.signed_zero"
        zeros = self._op("Expand", [zero, self._op("Shape", [scale])])
        rows = self._op("QuantizeLinear", [flat, scale, zeros], axis=0)
        return rows, self._op("Unsqueeze", [scale, "q8.axis"]), self._op("Shape", [x]), shifted

    def _round_weight(self, weight: str) -> tuple[str, str]:
        """Return *weight* turned (K, N) in whole numbers, and the scale of each channel (N,)."""
        most = self._op("ReduceMax", [self._op("Abs", [weight]), "q8.axis"], keepdims=1)
        scale = self._op("Div", [self._op("Max", [most, "q8.tiny"]), "q8.weight_most"])
        rounded = self._op("Round", [self._op("Div", [weight, scale])])
        turned = self._op("Transpose", [rounded], perm=[1, 0])
        return self._op("Cast", [turned], to_type=TensorProto.INT8), self._op("Squeeze", [scale, "q8.axis"])

    def _producer(self, name: str) -> str:
        """Return the kind of operation that made a value, copies and casts passed over."""
        node = self._made_by.get(name)
        while node is not None and node.op_type in ("Identity", "Cast"):
            node = self._made_by.get(node.input[0])
        return "" if node is None else str(node.op_type)

    def _op(
        self, kind: str, inputs: list[str], *, to: str | None = None, to_type: int | None = None, **attributes: Any
    ) -> str:
        output = to or f"q8.{len(self.nodes)}.{kind}"
        if to_type is not None:
            attributes["to"] = to_type
        self.nodes.append(helper.make_node(kind, inputs, [output], name=f"{output}.node", **attributes))
        return output

    def _constant(self, name: str, value: Any) -> str:
        name = f"q8.{name}"
        if name not in self._dims:
            self._dims[name] = list(np.shape(value))
            self._graph.initializer.append(numpy_helper.from_array(np.asarray(value), name))
        return name
