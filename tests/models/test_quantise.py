"""Graphs in whole numbers: rounded as documented, one row at a time, and the encoder alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from counterframe.errors import CheckpointError
from counterframe.inference.engines import OnnxEngine
from counterframe.models.checkpoint import Checkpoint
from counterframe.models.quantise import encoder_weights, quantise

Array = NDArray[np.float32]
K, N = 24, 7


def _layer(weight: Array, *, gelu: bool = False, name: str = "model.encoder.layer.weight") -> Any:
    """Return the graph of a linear layer, behind GELU if that is asked for."""
    nodes = [helper.make_node("Gelu", ["x"], ["in"])] if gelu else []
    nodes += [
        helper.make_node("Transpose", [name], ["turned"], perm=[1, 0]),
        helper.make_node("MatMul", ["in" if gelu else "x", "turned"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "layer",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["b", "l", weight.shape[1]])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["b", "l", weight.shape[0]])],
        [numpy_helper.from_array(weight, name)],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)


def _run(proto: Any, x: Array) -> Array:
    session = onnxruntime.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {"x": x})
    return np.asarray(found)


@pytest.fixture
def weight() -> Array:
    # Channels of very different size: one scale for all would round the small ones away.
    return (np.random.default_rng(1).normal(size=(N, K)) * 10.0 ** np.arange(-4, 3)[:, None]).astype(np.float32)


@pytest.fixture
def rows() -> Array:
    # Tokens of very different size, and one of nothing but zeros.
    sizes = np.array([1e-3, 1, 50, 0, 4, 0.2])[:, None]
    return (np.random.default_rng(2).normal(size=(6, K)) * sizes).astype(np.float32).reshape(2, 3, K)


def test_rows_and_channels_are_rounded_by_scales_of_their_own(weight: Array, rows: Array) -> None:
    proto = _layer(weight)
    quantise(proto)
    scales = np.abs(weight).max(axis=1, keepdims=True) / 127
    most = np.maximum(np.abs(rows).max(axis=-1, keepdims=True) / 127, 1e-14)
    expected = (np.rint(rows / most) * most) @ (np.rint(weight / scales) * scales).T
    np.testing.assert_allclose(_run(proto, rows), expected, rtol=1e-4, atol=1e-7)
    # Nothing of what is small beside others is lost: each channel of each row keeps its digits.
    exact = rows @ weight.T
    size = np.linalg.norm(rows, axis=-1, keepdims=True) * np.linalg.norm(weight, axis=1)
    assert (np.abs(expected - exact) <= 0.02 * size + 1e-12).all()


def test_behind_gelu_the_whole_range_is_used() -> None:
    rng = np.random.default_rng(4)
    # Whole numbers up to 127 are rounded to themselves: what is left is the error of the rows.
    weight = rng.integers(-126, 127, (N, K)).astype(np.float32)
    weight[:, 0] = 127
    rows = (3 * rng.normal(size=(5, 8, K))).astype(np.float32)
    exact = _run(_layer(weight, gelu=True), rows)
    unsigned, signed = _layer(weight, gelu=True), _layer(weight, gelu=True)
    quantise(unsigned)
    signed.graph.node[0].op_type = "Tanh"  # the same graph, but nobody knows a least value
    quantise(signed)
    signed.graph.node[0].op_type = "Gelu"
    errors = [float(np.abs(_run(proto, rows) - exact).mean()) for proto in (unsigned, signed)]
    assert 0 < errors[0] < 0.65 * errors[1]


def test_an_answer_does_not_hang_on_its_neighbours(weight: Array, rows: Array) -> None:
    proto = _layer(weight)
    quantise(proto)
    together = _run(proto, rows)
    huge = np.concatenate([rows[:1], 1e4 * np.ones((1, 3, K), dtype=np.float32)])
    assert np.array_equal(_run(proto, rows[:1]), together[:1])
    assert np.array_equal(_run(proto, huge)[:1], together[:1])


def test_only_what_is_chosen_is_rounded(weight: Array, rows: Array) -> None:
    proto = _layer(weight, name="model.heads.weight")
    before = _run(proto, rows)
    with pytest.raises(CheckpointError, match="no linear layer to quantise"):
        quantise(proto)
    quantise(proto, chosen=lambda name: name == "model.heads.weight")
    assert not np.array_equal(_run(proto, rows), before)


def test_the_encoder_of_a_checkpoint_is_rounded_and_its_heads_are_not(tiny_model: Path) -> None:
    proto = onnx.load(str(tiny_model / "model.onnx"), load_external_data=False)
    turned = {node.output[0]: node.input[0] for node in proto.graph.node if node.op_type == "Transpose"}
    linear = [
        turned[node.input[1]] for node in proto.graph.node if node.op_type == "MatMul" and node.input[1] in turned
    ]
    linear = [name for name in linear if name.startswith("model.")]
    quantise(proto)
    rounded = [node for node in proto.graph.node if node.op_type == "MatMulIntegerToFloat"]
    assert len(rounded) == sum(map(encoder_weights, linear)) == 2 * 6  # two layers: q, k, v, out, and the two behind
    assert any("heads" in name for name in linear)
    # Queries, keys and values are made of the same rows, which are rounded once.
    assert len([node for node in proto.graph.node if node.op_type == "QuantizeLinear"]) == 2 * 4


def test_a_sentence_alone_gets_the_answer_that_it_gets_in_a_batch(tiny_model: Path) -> None:
    engine = OnnxEngine(Checkpoint.load(tiny_model), workers=1, precision="int8")
    ids = np.random.default_rng(3).integers(4, 30, (9, 12))
    mask = np.ones_like(ids)
    together = engine.run(ids, mask)
    for number in range(9):
        alone = engine.run(ids[number : number + 1], mask[:1])
        np.testing.assert_allclose(alone.frames[0], together.frames[number], atol=1e-4)
        np.testing.assert_allclose(alone.sources[0], together.sources[number], atol=1e-4)
