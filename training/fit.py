"""The optimisation: a transformers ``Trainer`` over length-bucketed batches, stopped early on pair F1."""

from __future__ import annotations

import contextlib
import json
import math
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import EarlyStoppingCallback, EvalPrediction, Trainer, TrainerCallback, TrainingArguments
from transformers.trainer_callback import PrinterCallback

from ..errors import UsageError
from ..models.network import CounterframeModel
from ..models.quiet import quiet_transformers
from ..progress import Progress, duration
from .allocator import freed_memory_kept
from .config import OptimisationConfig
from .features import Collator, SentenceDataset

__all__ = ["Fitted", "fit", "takes_bfloat16"]

_METRIC = "pair_f1"


@dataclass(frozen=True)
class Fitted:
    """What the optimisation did.

    Attributes:
        epochs: Passes that were made before it stopped.
        best: Best pair F1 on the dev sentences, at the threshold that is best there.
        seconds: Wall time.
        device: Where it ran.
        precision: In what numbers it computed.
        main: True in the process that may write; False in the others of a distributed run.
    """

    epochs: float
    best: float
    seconds: float
    device: str
    precision: str
    main: bool


def fit(
    model: CounterframeModel,
    train: SentenceDataset,
    dev: SentenceDataset,
    *,
    settings: OptimisationConfig,
    folder: Path,
    device: str,
    pad_id: int,
    resume: bool,
    say: Callable[[str], None],
) -> Fitted:
    """Train *model* in place and leave it with the weights of its best epoch.

    Args:
        model: The network.
        train: Sentences to learn from.
        dev: Sentences on which pair F1 decides when to stop.
        settings: How to optimise.
        folder: Where the state after each epoch is kept for ``resume``.
        device: A torch device type.
        pad_id: Token id that fills up a batch.
        resume: Go on from the last state in *folder*; without one, start anew.
        say: Receives lines for people.
    """
    bfloat16 = takes_bfloat16(settings.precision, device)
    arguments = TrainingArguments(
        output_dir=str(folder),
        num_train_epochs=settings.epochs,
        per_device_train_batch_size=settings.batch_size,
        per_device_eval_batch_size=4 * settings.batch_size,
        train_sampling_strategy="group_by_length",
        learning_rate=settings.learning_rate,
        weight_decay=settings.weight_decay,
        warmup_steps=settings.warmup,
        lr_scheduler_type="linear",
        max_grad_norm=1.0,
        eval_strategy="epoch",
        save_strategy="epoch",
        save_total_limit=2,
        load_best_model_at_end=True,
        metric_for_best_model=_METRIC,
        greater_is_better=True,
        label_names=["frame_labels", "stance_labels", "source_labels"],
        remove_unused_columns=False,
        logging_strategy="epoch",
        bf16=bfloat16,
        use_cpu=device == "cpu",
        dataloader_pin_memory=device == "cuda",
        seed=settings.seed,
        data_seed=settings.seed,
        report_to="none",
        disable_tqdm=True,
    )
    reporter = _Reporter(say)
    trainer = Trainer(
        model=model,
        args=arguments,
        data_collator=Collator(pad_id),
        train_dataset=train,
        eval_dataset=dev,
        compute_metrics=_score,
        callbacks=[EarlyStoppingCallback(early_stopping_patience=settings.patience), reporter],
        optimizers=(_optimizer(model, settings), None),
    )
    # The Trainer's own printer repeats as a Python dict what the reporter says in words.
    trainer.remove_callback(PrinterCallback)
    last = _last_complete(folder) if resume and folder.is_dir() else None
    if last is None:
        say(_expected(model, train, settings, trainer.args.device, pad_id, bfloat16, trainer.args.world_size))
    else:
        say(f"resuming from {_epoch_of(last)}")
    started = time.monotonic()
    with quiet_transformers(), freed_memory_kept() if device == "cpu" else contextlib.nullcontext():
        trainer.train(resume_from_checkpoint=str(last) if last else None)
    # In bfloat16 the library wraps the model's forward pass for good; what is exported must compute in float32.
    trainer.accelerator.unwrap_model(model, keep_fp32_wrapper=False)
    return Fitted(
        epochs=round(float(trainer.state.epoch or 0.0), 2),
        best=float(trainer.state.best_metric or 0.0),
        seconds=round(time.monotonic() - started, 1),
        device=str(trainer.args.device),
        precision="bfloat16" if bfloat16 else "float32",
        main=bool(trainer.is_world_process_zero()),
    )


def takes_bfloat16(precision: str, device: str) -> bool:
    """Return whether ``optimisation.precision`` means bfloat16 on a torch device type.

    Raises:
        UsageError: bfloat16 is asked for by name, and the device does not compute it fast.
    """
    fast = _computes_bfloat16_fast(device)
    if precision == "bfloat16" and not fast:
        raise UsageError(
            f"optimisation.precision=bfloat16: {device} does not compute it fast here; use auto or float32"
        )
    return precision != "float32" and fast


def _computes_bfloat16_fast(device: str) -> bool:
    if device == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    # Instructions for it double the speed of a CPU; without them it is emulated, eleven times slower than float32.
    has = torch.cpu.get_capabilities()
    return device == "cpu" and bool(has.get("amx_bf16") or has.get("avx512_bf16"))


def _optimizer(model: CounterframeModel, settings: OptimisationConfig) -> torch.optim.AdamW:
    groups: dict[tuple[bool, bool], list[torch.nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        groups.setdefault((name.startswith("heads."), parameter.ndim > 1), []).append(parameter)
    return torch.optim.AdamW(
        [
            {
                "params": parameters,
                "lr": settings.head_learning_rate if of_head else settings.learning_rate,
                "weight_decay": settings.weight_decay if matrix else 0.0,
            }
            for (of_head, matrix), parameters in groups.items()
        ],
        fused=True,  # on a CPU the plain one takes as long as a small encoder's forward pass
    )


def _score(prediction: EvalPrediction) -> dict[str, float]:
    """Return pair F1 at the one threshold that is best on these sentences."""
    frame_logits, stance_logits = prediction.predictions
    frames, stances = prediction.label_ids[0] > 0.5, prediction.label_ids[1]
    right = frames & ((stances.sum(-1) == 0) | (stance_logits.argmax(-1) == stances.argmax(-1)))
    best = 0.0
    for probability in np.arange(0.1, 0.91, 0.05):
        found = frame_logits >= math.log(probability / (1 - probability))
        best = max(best, 2 * float((found & right).sum()) / max(1, int(found.sum() + frames.sum())))
    return {_METRIC: best}


class _Reporter(TrainerCallback):  # type: ignore[misc]
    """Shows the progress and one line an epoch."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._progress: Progress | None = None
        self._loss = math.nan

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if state.is_world_process_zero:
            self._progress = Progress("training", total=state.max_steps, unit="steps").__enter__()
            self._progress.advance(state.global_step)

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if self._progress:
            self._progress.advance()

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any) -> None:
        self._loss = float((logs or {}).get("loss", self._loss))

    def on_evaluate(self, args: Any, state: Any, control: Any, metrics: dict[str, Any], **_: Any) -> None:
        if self._progress:
            score = metrics.get(f"eval_{_METRIC}", math.nan)
            self._progress.note(f"epoch {state.epoch:g}: loss {self._loss:.3f}, dev pair F1 {score:.3f}")

    def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if self._progress:
            if state.global_step < state.max_steps:
                self._progress.note(f"stopped early: dev pair F1 did not rise any more; best {state.best_metric:.3f}")
            self._progress.__exit__(None, None, None)


def _expected(
    model: CounterframeModel,
    train: SentenceDataset,
    settings: OptimisationConfig,
    device: torch.device,
    pad_id: int,
    bfloat16: bool,
    processes: int,
) -> str:
    """Time a few steps of typical length, without changing weights or random state, and say what to expect."""
    order = sorted(range(len(train)), key=lambda index: len(train[index]["input_ids"]))
    tokens = [len(train[index]["input_ids"]) for index in order]
    starts = [int(share * max(0, len(order) - settings.batch_size)) for share in (0.5, 0.25, 0.75)]
    collate = Collator(pad_id)
    devices = [device.index or 0] if device.type == "cuda" else []
    was_training = model.training
    model.to(device).train()
    seconds, seen = 0.0, 0
    with torch.random.fork_rng(devices=devices):
        for number, start in enumerate([starts[0], *starts]):  # the first one warms up
            rows = order[start : start + settings.batch_size]
            batch = {name: value.to(device) for name, value in collate([train[index] for index in rows]).items()}
            begun = time.monotonic()
            with torch.autocast(device.type, dtype=torch.bfloat16, enabled=bfloat16):
                model(**batch).loss.backward()
            if device.type == "cuda":
                torch.cuda.synchronize(device)
            if number:
                seconds += time.monotonic() - begun
                seen += sum(len(train[index]["input_ids"]) for index in rows)
    model.zero_grad(set_to_none=True)
    model.train(was_training)
    # A fifth more for the optimiser's step, the evaluation after each epoch and saving.
    whole = 1.2 * seconds / max(seen, 1) * sum(tokens) * settings.epochs / processes
    return f"expected time: about {duration(whole)} for {settings.epochs} epochs, less if it stops early"


def _last_complete(folder: Path) -> Path | None:
    """Return the state after the last epoch that was written to its end, and remove what was cut off in writing.

    The library writes straight under the final name, the file that is read here last.
    """
    found = [path for path in folder.glob("checkpoint-*") if path.name.removeprefix("checkpoint-").isdigit()]
    for path in sorted(found, key=lambda path: int(path.name.removeprefix("checkpoint-")), reverse=True):
        try:
            json.loads((path / "trainer_state.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            shutil.rmtree(path, ignore_errors=True)  # another process of the run may be at it too
        else:
            return path
    return None


def _epoch_of(checkpoint: Path) -> str:
    try:
        state = json.loads((checkpoint / "trainer_state.json").read_text(encoding="utf-8"))
        return f"epoch {state['epoch']:g}"
    except (OSError, ValueError, KeyError):
        return checkpoint.name
