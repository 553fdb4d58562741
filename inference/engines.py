"""What computes the logits of a batch: onnxruntime on a CPU, torch on a GPU. Both give the same answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import CheckpointError
from ..models.checkpoint import Checkpoint
from ..models.decode import Logits
from ..models.device import Device, has_cuda_driver, usable_cores

__all__ = ["Engine", "OnnxEngine", "TorchEngine", "choose_engine"]

_Ids = NDArray[np.int64]

#: Outputs of the graph, in the order of ``Logits``. Graphs of older checkpoints lack the embedding.
_LOGITS = ("frame_logits", "stance_logits", "source_logits", "attention")
_EMBEDDING = "sentence_embedding"


class Engine(Protocol):
    """Computes logits.

    Attributes:
        name: Engine and device, for people.
        workers: How many batches may be computed at the same time, each by a thread of its own.
        token_budget: Padded tokens of a batch that suit the engine.
        embeds: Whether it can return the embedding of sentences.
    """

    name: str
    workers: int
    token_budget: int
    embeds: bool

    def run(self, ids: _Ids, mask: _Ids, *, embed: bool = False) -> Logits:
        """Return the logits for token ids (B, L) and mask (B, L), with the embedding where it is asked for."""
        ...


class OnnxEngine:
    """onnxruntime on the CPU: one shared session, one single-threaded run per core at a time."""

    def __init__(self, checkpoint: Checkpoint, *, workers: int | None = None) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        # A memory arena keeps the largest batch it has ever seen; sentences are small, so it is not worth it.
        options.enable_cpu_mem_arena = False
        path = checkpoint.folder / "model.onnx"
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:
            first = str(error).splitlines()[0][:200]
            raise CheckpointError(
                f"{path} or model.safetensors beside it is damaged and cannot be loaded; copy the folder anew ({first})"
            ) from error
        self.workers = workers or usable_cores()
        self.name = f"onnxruntime {onnxruntime.__version__} on {self.workers} CPU core(s)"
        self.token_budget = 512
        self.embeds = any(output.name == _EMBEDDING for output in self._session.get_outputs())

    def run(self, ids: _Ids, mask: _Ids, *, embed: bool = False) -> Logits:
        """Return the logits for token ids (B, L) and mask (B, L), with the embedding where it is asked for."""
        wanted = [*_LOGITS, _EMBEDDING] if embed else list(_LOGITS)
        return Logits(*self._session.run(wanted, {"input_ids": ids, "attention_mask": mask}))


class TorchEngine:
    """torch in float32, for GPUs and as the reference for the other engine."""

    def __init__(self, checkpoint: Checkpoint, *, device: str) -> None:
        import torch

        from ..models.build import load_model

        self._torch: Any = torch
        self._device = torch.device(device)
        self._model = load_model(Path(checkpoint.folder)).to(self._device)
        self.workers = 1
        self.name = f"torch {torch.__version__} on {device}"
        self.token_budget = 512 if device == "cpu" else 16384
        self.embeds = True

    def run(self, ids: _Ids, mask: _Ids, *, embed: bool = False) -> Logits:
        """Return the logits for token ids (B, L) and mask (B, L), with the embedding where it is asked for."""
        torch = self._torch
        with torch.inference_mode():
            output = self._model(
                input_ids=torch.from_numpy(ids).to(self._device), attention_mask=torch.from_numpy(mask).to(self._device)
            )
        return Logits(*(output[name].float().cpu().numpy() for name in (*_LOGITS, *([_EMBEDDING] if embed else []))))


def choose_engine(checkpoint: Checkpoint, device: Device) -> Engine:
    """Return onnxruntime for a CPU, torch for a GPU; ``auto`` takes CUDA where a driver and torch find it.

    Raises:
        UsageError: A device was asked for by name that is not here.
    """
    if device == "cpu" or (device == "auto" and not has_cuda_driver()):
        return OnnxEngine(checkpoint)
    from ..models.device import torch_device

    chosen, _ = torch_device(device)
    return OnnxEngine(checkpoint) if chosen == "cpu" else TorchEngine(checkpoint, device=chosen)
