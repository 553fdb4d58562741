"""What every system is given, and how scores become answers: the same way for all that are not ours."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from counterframe.training.config import TrainConfig, load_train_config

from .tasks import Answer, Row, Task

__all__ = [
    "Setting",
    "answers_from_scores",
    "best_f1",
    "codebook_file",
    "configured",
    "matrix",
    "seed_all",
    "tuned_thresholds",
]

_CONFIGS = Path(__file__).resolve().parent / "configs"

#: Thresholds that are tried. Each label is drawn to what is best for all by this weight, as few positives say little.
_GRID = np.concatenate([np.arange(0.01, 0.05, 0.01), np.arange(0.05, 0.96, 0.05)])
_COMMON = 1.0
#: A threshold is judged with its neighbours, so that no lucky one wins.
_SMOOTHING = np.array([0.25, 0.5, 0.25])


@dataclass(frozen=True)
class Setting:
    """How systems are trained.

    Attributes:
        config: Encoder, epochs, batch size, rates and precision, for all that are trained.
        encoder: The folder with the encoder.
        device: A torch device type.
        seed: Seed of what is random.
        setfit_iterations: Pairs of SetFit: so many like and so many unlike ones for each sentence.
        scratch: An empty folder for what is deleted afterwards.
    """

    config: TrainConfig
    encoder: Path
    device: str
    seed: int
    setfit_iterations: int
    scratch: Path


def codebook_file(name: str) -> Path:
    """Return the codebook of a set."""
    return _CONFIGS / name / "codebook.yaml"


def configured(name: str, overrides: Sequence[str], *, seed: int) -> TrainConfig:
    """Return the settings of a set with *overrides* and a seed."""
    return load_train_config(_CONFIGS / name / "train.yaml", [*overrides, f"optimisation.seed={seed}"])


def seed_all(seed: int) -> None:
    """Set the seeds of Python, numpy and torch."""
    import torch

    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def matrix(task: Task, rows: Sequence[Row]) -> NDArray[np.float64]:
    """Return the gold labels (N, L), 0 or 1."""
    return np.array([[label in row.gold.labels for label in task.labels] for row in rows], dtype=np.float64)


def answers_from_scores(
    task: Task, scores: NDArray[np.float64], dev: Sequence[Row], dev_scores: NDArray[np.float64]
) -> list[Answer]:
    """Turn probabilities (N, L) into answers: the best label, or all labels above thresholds tuned on *dev*."""
    if task.kind == "one":
        return [Answer((task.labels[place],)) for place in scores.argmax(-1)]
    thresholds = tuned_thresholds(dev_scores, matrix(task, dev))
    return [
        Answer(tuple(label for label, found in zip(task.labels, row, strict=True) if found))
        for row in scores >= thresholds
    ]


def tuned_thresholds(scores: NDArray[np.float64], gold: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the threshold (L,) of each label with the best F1 on scores and gold (N, L)."""
    found = scores[None] >= _GRID[:, None, None]  # (T, N, L)
    tp, named = (found * gold).sum(1), found.sum(1).astype(float)  # (T, L)
    tp, named, there = (
        counts + _COMMON * counts.mean(-1, keepdims=True)
        for counts in (tp, named, gold.sum(0)[None].repeat(len(_GRID), 0))
    )
    values = 2 * tp / np.maximum(named + there, 1e-12)
    padded = np.pad(values, ((1, 1), (0, 0)), mode="edge")
    smooth = sum(weight * padded[place : place + len(_GRID)] for place, weight in enumerate(_SMOOTHING))
    # Of equal ones the nearest to a half.
    return np.asarray(_GRID[(smooth - 1e-9 * np.abs(_GRID - 0.5)[:, None]).argmax(0)])


def best_f1(scores: NDArray[np.float64], gold: NDArray[np.float64]) -> float:
    """Return F1 over all labels at the one threshold that is best, by which training stops, as ours does."""
    found = scores[None] >= _GRID[:, None, None]
    tp = (found * gold).sum((1, 2))
    return float((2 * tp / np.maximum(found.sum((1, 2)) + gold.sum(), 1)).max())
