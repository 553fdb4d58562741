"""What computes the logits of a batch: onnxruntime on a CPU, torch on a GPU. In float32 both give the same answers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, Protocol, get_args

import numpy as np
from numpy.typing import NDArray

from ..errors import CheckpointError, UsageError, nearest
from ..models.checkpoint import Checkpoint
from ..models.decode import Logits
from ..models.device import Device, has_cuda_driver, physical_cores

__all__ = ["Engine", "OnnxEngine", "Precision", "TorchEngine", "check_precision", "choose_engine"]

#: In what numbers the encoder computes. ``int8`` is for CPUs, the half-precision ones are for GPUs.
Precision = Literal["float32", "int8", "bfloat16", "float16"]

_Ids = NDArray[np.int64]

#: Outputs of the graph, in the order of ``Logits``. Graphs of older checkpoints lack the embedding.
_LOGITS = ("frame_logits", "stance_logits", "source_logits", "attention")
_EMBEDDING = "sentence_embedding"


class Engine(Protocol):
    """Computes logits.

    Attributes:
        name: Engine and device, for people.
        precision: In what numbers the encoder computes.
        workers: How many batches may be computed at the same time, each by a thread of its own.
        token_budget: Padded tokens of a batch that suit the engine.
        embeds: Whether it can return the embedding of sentences.
    """

    name: str
    precision: Precision
    workers: int
    token_budget: int
    embeds: bool

    def run(self, ids: _Ids, mask: _Ids, *, embed: bool = False) -> Logits:
        """Return the logits for token ids (B, L) and mask (B, L), with the embedding where it is asked for."""
        ...


class OnnxEngine:
    """onnxruntime on the CPU: one shared session, one single-threaded run per physical core at a time.

    Args:
        checkpoint: The model.
        workers: Batches that are computed at the same time; as many as there are cores by default.
        precision: ``float32`` or ``int8``; that of the folder's graph by default.
        rounded: Says of the name of a weight whether ``int8`` rounds it; those of the encoder by default.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        *,
        workers: int | None = None,
        precision: Precision | None = None,
        rounded: Callable[[str], bool] | None = None,
    ) -> None:
        import onnxruntime

        precision = precision or checkpoint.precision

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        # A memory arena keeps the largest batch it has ever seen; sentences are small, so it is not worth it.
        options.enable_cpu_mem_arena = False
        path = checkpoint.folder / "model.onnx"
        graph: str | bytes = str(path)
        if precision == "int8" and checkpoint.precision != "int8":
            graph = _in_whole_numbers(path, rounded)
            options.add_session_config_entry("session.model_external_initializers_file_folder_path", str(path.parent))
        if precision == "int8":
            # Without it the whole-number kernels of processors without VNNI add in sixteen bits and overflow.
            options.add_session_config_entry("session.x64quantprecision", "1")
        try:
            self._session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise _damaged(path, error) from error
        self.precision: Precision = precision
        self.workers = workers or physical_cores()
        numbers = "" if precision == "float32" else f" in {precision}"
        self.name = f"onnxruntime {onnxruntime.__version__} on {self.workers} CPU core(s){numbers}"
        self.token_budget = 512
        self.embeds = any(output.name == _EMBEDDING for output in self._session.get_outputs())

    def run(self, ids: _Ids, mask: _Ids, *, embed: bool = False) -> Logits:
        """Return the logits for token ids (B, L) and mask (B, L), with the embedding where it is asked for."""
        wanted = [*_LOGITS, _EMBEDDING] if embed else list(_LOGITS)
        return Logits(*self._session.run(wanted, {"input_ids": ids, "attention_mask": mask}))


def _in_whole_numbers(path: Path, rounded: Callable[[str], bool] | None) -> bytes:
    """Return the graph of a checkpoint, rewritten for whole numbers; its weights stay where they are."""
    import onnx

    from ..models.quantise import encoder_weights, quantise

    try:
        proto = onnx.load(str(path), load_external_data=False)
    except Exception as error:
        raise _damaged(path, error) from error
    quantise(proto, chosen=rounded or encoder_weights)
    return bytes(proto.SerializeToString())


def _damaged(path: Path, error: Exception) -> CheckpointError:
    first = (str(error).splitlines() or [type(error).__name__])[0][:200]
    return CheckpointError(
        f"{path} or model.safetensors beside it is damaged and cannot be loaded; copy the folder anew ({first})"
    )


class TorchEngine:
    """torch, for GPUs and as the reference for the other engine.

    In half precision the encoder alone computes in it: the heads decide by small differences, cost little, and stay in
    float32.

    Args:
        checkpoint: The model.
        device: A torch device, such as ``cuda``.
        precision: ``float32``, ``bfloat16`` or ``float16``.
        compiled: Have torch compile the encoder, which takes a minute at the first batches: for very long runs.
    """

    def __init__(
        self, checkpoint: Checkpoint, *, device: str, precision: Precision = "float32", compiled: bool = False
    ) -> None:
        import torch

        from ..models.build import load_model

        self._torch: Any = torch
        self._device = torch.device(device)
        model = load_model(Path(checkpoint.folder)).to(self._device)
        self._heads = model.heads
        self._encoder: Any = model.encoder.to(getattr(torch, precision))
        if compiled:
            # Batches differ in both dimensions; without `dynamic` each new shape would be compiled.
            self._encoder = torch.compile(self._encoder, dynamic=True)
        self._cuda = self._device.type == "cuda"
        self.precision: Precision = precision
        # While one batch is computed, others are tokenised, moved and decoded; more threads only wait for each other.
        self.workers = 3 if self._cuda else 1
        numbers = "" if precision == "float32" else f" in {precision}"
        self.name = f"torch {torch.__version__} on {device}{numbers}"
        self.token_budget = 512 if device == "cpu" else 16384
        self.embeds = True

    def run(self, ids: _Ids, mask: _Ids, *, embed: bool = False) -> Logits:
        """Return the logits for token ids (B, L) and mask (B, L), with the embedding where it is asked for."""
        with self._torch.inference_mode():
            tokens, seen = self._moved(ids), self._moved(mask)
            states = self._encoder(input_ids=tokens, attention_mask=seen).last_hidden_state.float()
            output = self._heads(states, seen)
            names = (*_LOGITS, *([_EMBEDDING] if embed else []))
            return Logits(*self._fetched([getattr(output, name) for name in names]))

    def _moved(self, array: _Ids) -> Any:
        """Return *array* on the device. From pinned memory a GPU fetches it while the caller goes on."""
        tensor = self._torch.from_numpy(array)
        return tensor.pin_memory().to(self._device, non_blocking=True) if self._cuda else tensor.to(self._device)

    def _fetched(self, tensors: list[Any]) -> list[NDArray[np.float32]]:
        """Return float32 arrays of *tensors*, which are all fetched before anybody waits for them."""
        tensors = [tensor.float() for tensor in tensors]
        if not self._cuda:
            return [tensor.cpu().numpy() for tensor in tensors]
        torch = self._torch
        places = [torch.empty(tensor.shape, dtype=torch.float32, pin_memory=True) for tensor in tensors]
        for place, tensor in zip(places, tensors, strict=True):
            place.copy_(tensor, non_blocking=True)
        # A blocking event lets the thread sleep, where a synchronisation would keep a core spinning.
        finished = torch.cuda.Event(blocking=True)
        finished.record()
        finished.synchronize()
        return [place.numpy().copy() for place in places]  # pinned memory is dear, and results may be kept


def check_precision(name: str) -> Precision | None:
    """Return *name* if it is a precision, None for ``auto``.

    Raises:
        UsageError: It is neither; the message names the nearest one.
    """
    if name == "auto":
        return None
    for known in get_args(Precision):
        if name == known:
            return known  # type: ignore[no-any-return]
    raise UsageError(f"there is no precision {name!r}{nearest(name, ('auto', *get_args(Precision)))}")


def choose_engine(checkpoint: Checkpoint, device: Device, precision: Precision | None = None) -> Engine:
    """Return onnxruntime for a CPU, torch for a GPU; ``auto`` takes CUDA where a driver and torch find it.

    Args:
        checkpoint: The model.
        device: Where to compute. Where it is ``auto``, ``int8`` chooses the CPU.
        precision: In what numbers; that of the model folder by default, which is float32 but for exports in int8.

    Raises:
        UsageError: A device was asked for by name that is not here, or it does not compute in this precision.
    """
    wanted = precision or checkpoint.precision
    if checkpoint.precision == "int8" and wanted != "int8":
        raise UsageError(
            f"{checkpoint.folder} was exported in int8; for --precision {wanted} name the model it was made from"
        )
    on_cpu = device == "cpu" or (device == "auto" and (wanted == "int8" or not has_cuda_driver()))
    chosen = "cpu"
    if not on_cpu:
        from ..models.device import torch_device

        chosen, _ = torch_device(device)
    if chosen == "cpu" and wanted in ("bfloat16", "float16"):
        raise UsageError(f"--precision {wanted} is for GPUs; on a CPU it is slower than float32, and int8 is faster")
    if chosen != "cpu" and wanted == "int8":
        raise UsageError("--precision int8 is for CPUs; on a GPU use float16 or bfloat16")
    if chosen == "cpu":
        return OnnxEngine(checkpoint, precision=wanted)
    return TorchEngine(checkpoint, device=chosen, precision=wanted)
