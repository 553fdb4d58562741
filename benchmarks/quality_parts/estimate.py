"""How much processor time a run will take: a few timed steps on this machine, times what is to be done."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from counterframe.models.encoder import load_encoder
from counterframe.training.fit import takes_bfloat16

from .systems import Setting
from .tasks import Task

__all__ = ["Cost", "expected", "measured_cost"]

_STEPS = 4
#: What a system takes beside the bare steps of the encoder forwards and backwards over what it learns from: heads,
#: optimiser, tuning, saving, exporting. Measured.
_OURS, _PLAIN, _SETFIT = 1.5, 1.4, 1.1
#: Seconds of any training for what does not grow with the data.
_START = {"counterframe": 15.0, "plain": 5.0, "setfit": 10.0}


@dataclass(frozen=True)
class Cost:
    """What training on a set costs.

    Attributes:
        per_token: Seconds of a step forwards and backwards for a token.
        lengths: Tokens to learn from in each fold, by its name.
    """

    per_token: float
    lengths: dict[str, int]


def measured_cost(task: Task, setting: Setting) -> Cost:
    """Time a few steps on sentences of typical length."""
    encoder, tokenizer = load_encoder(setting.encoder)
    texts = [row.text for fold in task.folds for row in fold.train]
    most = setting.config.model.max_tokens
    sample = sorted(texts[:: max(1, len(texts) // 400)], key=len)
    size = setting.config.optimisation.batch_size
    middle = max(0, (len(sample) - size) // 2)
    batch = tokenizer(
        sample[middle : middle + size], padding=True, truncation=True, max_length=most, return_tensors="pt"
    ).to(setting.device)
    seconds = _timed(encoder.to(setting.device).train(), batch, setting)
    mean = sum(len(ids) for ids in tokenizer(sample, truncation=True, max_length=most)["input_ids"]) / len(sample)
    lengths = {fold.name: round(mean * len(fold.train)) for fold in task.folds}
    return Cost(seconds / float(batch["attention_mask"].sum()), lengths)


def _timed(encoder: Any, batch: Any, setting: Setting) -> float:
    best = float("inf")
    fast = takes_bfloat16(setting.config.optimisation.precision, setting.device)
    # On a CPU the processor's time, which does not grow with what else the machine does.
    clock = time.process_time if setting.device == "cpu" else time.perf_counter
    for _ in range(_STEPS):
        begun = clock()
        with torch.autocast(setting.device, dtype=torch.bfloat16, enabled=fast):
            encoder(**batch).last_hidden_state.float().mean().backward()
        if setting.device == "cuda":
            torch.cuda.synchronize()
        best = min(best, clock() - begun)
    return best


def expected(task: Task, setting: Setting, systems: Sequence[str], cost: Cost) -> dict[str, float]:
    """Return the seconds of one seed over all folds, by system; those that take next to nothing are left out."""
    epochs = setting.config.optimisation.epochs
    passes = {
        "counterframe": _OURS * epochs,
        "plain": _PLAIN * epochs,
        "setfit": 0.0 if task.kind == "span" else _SETFIT * 4 * setting.setfit_iterations,
    }
    return {
        system: sum(_START[system] + passes[system] * tokens * cost.per_token for tokens in cost.lengths.values())
        for system in systems
        if passes.get(system)
    }
