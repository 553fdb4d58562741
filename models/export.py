"""The network as an ONNX graph whose weights stay in ``model.safetensors``.

The graph file holds the operations alone. Each weight is a reference (offset and length) into the safetensors file
beside it, which ONNX calls external data; half-precision weights are cast to float32 when the graph is loaded. So a
checkpoint keeps its weights once, and onnxruntime reads it without torch, without a conversion and without a cache.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import struct
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from onnx import TensorProto, helper
from torch import Tensor, nn

from ..errors import CheckpointError
from .network import CounterframeModel

__all__ = ["OUTPUTS", "export_onnx"]

#: Names of the graph's outputs, in order. Graphs of older checkpoints lack the last one.
OUTPUTS = ("frame_logits", "stance_logits", "source_logits", "attention", "sentence_embedding")

_DTYPES = {"F32": TensorProto.FLOAT, "F16": TensorProto.FLOAT16}


class _Graph(nn.Module):
    """The network with plain tensors in and out."""

    def __init__(self, model: CounterframeModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, ...]:
        output = self.model(input_ids=input_ids, attention_mask=attention_mask)
        return tuple(output[name] for name in OUTPUTS)


def export_onnx(model: CounterframeModel, folder: Path) -> Path:
    """Write ``model.onnx`` into *folder*, beside the ``model.safetensors`` that holds the weights of *model*.

    Args:
        model: The network in float32; its weights must be those of the file.
        folder: Checkpoint folder.

    Raises:
        CheckpointError: A weight of the graph is not in the safetensors file.
    """
    graph = _Graph(model).eval()
    ids = torch.randint(0, min(100, model.encoder.config.vocab_size), (2, 9))
    mask = torch.ones_like(ids)
    mask[1, 6:] = 0
    axes = {0: torch.export.Dim("batch", min=1), 1: torch.export.Dim("length", min=2)}
    with _quiet():
        program = torch.onnx.export(
            graph,
            (ids, mask),
            input_names=["input_ids", "attention_mask"],
            output_names=list(OUTPUTS),
            dynamic_shapes=(axes, axes),
            dynamo=True,
            optimize=False,  # keeps the weights as they are, under their names
            verbose=False,
        )
    if program is None:
        raise CheckpointError("torch made no ONNX graph of this encoder")
    proto = program.model_proto
    _refer_to_safetensors(proto, folder / "model.safetensors")
    _strip_notes(proto)
    path = folder / "model.onnx"
    path.write_bytes(proto.SerializeToString())
    return path


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the exporter's notes about its own workings out of the user's log."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def _strip_notes(proto: Any) -> None:
    """Drop what the exporter notes for its own debugging: shapes, call stacks with paths of this machine."""
    del proto.graph.value_info[:]
    del proto.graph.metadata_props[:]
    del proto.metadata_props[:]
    for item in [*proto.graph.node, *proto.graph.input, *proto.graph.output, *proto.graph.initializer]:
        item.doc_string = ""
        del item.metadata_props[:]
    for function in proto.functions:
        function.doc_string = ""
        del function.metadata_props[:]
        del function.value_info[:]
        for node in function.node:
            node.doc_string = ""
            del node.metadata_props[:]


def _refer_to_safetensors(proto: Any, weights: Path) -> None:
    header, begin = _safetensors_header(weights)
    inline, casts = [], []
    for tensor in list(proto.graph.initializer):
        name = tensor.name.removeprefix("model.")
        entry = header.get(name)
        if entry is None:
            if np.prod(tensor.dims, dtype=np.int64) > 1024:
                raise CheckpointError(f"the weight {tensor.name!r} of the graph is not in {weights}")
            inline.append(tensor)
            continue
        stored = TensorProto(name=tensor.name, dims=tensor.dims, data_type=_DTYPES[entry["dtype"]])
        if stored.data_type != TensorProto.FLOAT:
            stored.name = f"{tensor.name}.stored"
            casts.append(helper.make_node("Cast", [stored.name], [tensor.name], to=TensorProto.FLOAT))
        start, end = entry["data_offsets"]
        stored.data_location = TensorProto.EXTERNAL
        for key, value in (("location", weights.name), ("offset", begin + start), ("length", end - start)):
            stored.external_data.add(key=key, value=str(value))
        inline.append(stored)
    nodes = list(proto.graph.node)
    del proto.graph.initializer[:]
    proto.graph.initializer.extend(inline)
    del proto.graph.node[:]
    proto.graph.node.extend(casts + nodes)


def _safetensors_header(path: Path) -> tuple[dict[str, Any], int]:
    """Return the entries of a safetensors file and the offset at which its data begins."""
    with path.open("rb") as handle:
        (length,) = struct.unpack("<Q", handle.read(8))
        header = json.loads(handle.read(length))
    header.pop("__metadata__", None)
    return header, 8 + length
