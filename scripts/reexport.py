"""Write the graph of a model folder anew from its weights: ``model.onnx`` from ``model.safetensors``.

Checkpoints made before ``counterframe compare`` have a graph without sentence embeddings. The weights stay as they
are, and so do the model's name and its answers. The old graph is put back where the new one differs from torch.

Usage: ``python scripts/reexport.py MODEL``
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from counterframe.errors import CheckpointError, CounterframeError
from counterframe.inference.engines import OnnxEngine, TorchEngine
from counterframe.inference.gate import check_graph
from counterframe.models.build import load_model
from counterframe.models.checkpoint import Checkpoint
from counterframe.models.export import export_onnx

#: Largest difference of an attention or embedding that rounding explains.
_TOLERANCE = 1e-3


def reexport(folder: str | Path) -> Path:
    """Write ``model.onnx`` in *folder* anew and return its path.

    Raises:
        CheckpointError: The folder is not a complete model, or the new graph does not answer as the weights do.
    """
    checkpoint = Checkpoint.load(folder)
    path = checkpoint.folder / "model.onnx"
    old = path.read_bytes()
    done = False
    try:
        export_onnx(load_model(checkpoint.folder), checkpoint.folder)
        check_graph(checkpoint)
        difference = _difference(checkpoint)
        done = difference < _TOLERANCE
    finally:
        if not done:
            path.write_bytes(old)
    if not done:
        raise CheckpointError(
            f"the embeddings differ from those of the weights by {difference:.2g}; the old graph stays"
        )
    return path


def _difference(checkpoint: Checkpoint) -> float:
    """Return by how much the graph's attention and embeddings, which the gate passes over, differ from torch's."""
    encoded = checkpoint.tokenizer().encode(["The envoy said that the road was open.", "No siege."])
    length = min(len(item) for item in encoded)
    ids = np.array([item.ids[:length] for item in encoded], dtype=np.int64)
    mask = np.ones_like(ids)
    first, second = (engine.run(ids, mask, embed=True) for engine in _engines(checkpoint))
    names = ("attention", "embedding")
    return max(float(np.abs(getattr(first, name) - getattr(second, name)).max()) for name in names)


def _engines(checkpoint: Checkpoint) -> tuple[OnnxEngine, TorchEngine]:
    return OnnxEngine(checkpoint, workers=1), TorchEngine(checkpoint, device="cpu")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    try:
        print(f"written: {reexport(sys.argv[1])}")
    except CounterframeError as error:
        raise SystemExit(f"error: {error}") from error
