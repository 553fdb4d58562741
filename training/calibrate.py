"""Temperatures, thresholds and the precision of answers, fitted on held-out documents.

Each frame gets values of its own, drawn towards the common ones by as much as its held-out sentences leave them unsure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from ..data.codebook import Codebook
from ..data.confidence import answers
from ..data.precision import Answers, PrecisionCurve
from ..evaluation.judged import Gold, Judged
from ..evaluation.metrics import best_threshold
from ..inference.classifier import Scores
from ..inference.predict import predicted
from ..models.calibration import Calibration
from .rates import check_stance_rates, fit_stance_biases, stance_importance

__all__ = ["calibrate", "fit_frames", "fit_stances", "fit_thresholds", "measure_precision"]

_Array = NDArray[np.float64]

#: Temperatures may lie between these. Below a quarter a held-out part without an error would ask for certainty.
_COLDEST, _HOTTEST = 0.25, 32.0

#: Weight of the prior that draws the common bias to 0; it matters only where nothing else bounds it (a codebook of one
#: frame that stands in every sentence).
_COMMON_PRIOR = 1.0

#: Weight of the prior that draws log temperature and bias of a frame to the common ones: 64 is a standard deviation of
#: 0.09. Chosen by ``benchmarks/calibration.py``, as is the next.
_SHRINKAGE = 64.0

#: The threshold of a frame is drawn to the common one as if that stood on so many sentences.
_THRESHOLD_SUPPORT = 100

#: A threshold outside rests on the luck of a few sentences: for calibrated scores the best one lies near half of the
#: best F1 (Lipton, Elkan and Naryanaswamy 2014, arXiv:1402.1892), which no task of this kind puts beyond these.
_LOWEST, _HIGHEST = 0.25, 0.5


def calibrate(
    scores: Scores, gold: Gold, codebook: Codebook, stance_rates: Mapping[str, float] | None = None
) -> Calibration:
    """Return temperatures that minimise the log loss, thresholds with the best pair F1, and the precision of answers.

    Args:
        scores: Raw scores of held-out sentences.
        gold: Their labels.
        codebook: The codebook of both.
        stance_rates: Share of each stance in the texts to be read; None for the odds that the network learnt. The
            thresholds are found without them: they part frames, and rare stances would raise them.

    Raises:
        UsageError: The rates do not fit the codebook.
    """
    names = codebook.frame_ids
    temperature, temperatures, biases = fit_frames(scores.frames, gold.frames)
    stance_temperature, stance_temperatures = fit_stances(scores.stances, gold.stances)
    fitted = Calibration.neutral(codebook).model_copy(
        update={
            "frame_temperature": _short(temperature),
            "stance_temperature": _short(stance_temperature),
            "frame_temperatures": _by_name(names, temperatures),
            "frame_biases": _by_name(names, biases),
            "stance_temperatures": _by_name(names, stance_temperatures),
        }
    )
    judged = Judged(gold=gold, predicted=predicted(scores, fitted, codebook), codebook=codebook)
    fitted = fitted.model_copy(update={"thresholds": _by_name(names, fit_thresholds(judged))})
    importance: _Array | None = None
    if stance_rates:
        rates = check_stance_rates(stance_rates, codebook)
        shares = np.array(list(rates.values()))
        tempered = scores.stances.astype(np.float64) / fitted.stance_scales(names)[:, None]
        biases = fit_stance_biases(tempered, gold.stances, shares)
        importance = stance_importance(gold.stances, shares)
        fitted = fitted.model_copy(
            update={
                "stance_rates": {name: _short(share) for name, share in rates.items()},
                "stance_biases": _by_name(codebook.stance_ids, biases),
            }
        )
    curves = measure_precision(replace(judged, predicted=predicted(scores, fitted, codebook)), importance)
    return fitted.model_copy(
        update={"precision": dict(zip(names, curves[:-1], strict=True)), "precision_without_frame": curves[-1]}
    )


def fit_frames(
    logits: NDArray[np.float32], present: NDArray[np.bool_], shrinkage: float = _SHRINKAGE
) -> tuple[float, _Array, _Array]:
    """Return the common temperature, and temperature and bias (F,) of each frame: P = σ(logit / temperature + bias).

    Platt scaling (1999) of each frame around that of all frames together. A bias is needed beside the temperature
    (Guo et al. 2017, arXiv:1706.04599): the network overstates all frames alike.

    Args:
        logits: (N, F).
        present: (N, F), whether the frame is there.
        shrinkage: Weight of the prior that draws each frame to the common values.
    """
    raw = logits.astype(np.float64)

    def loss(values: _Array, columns: slice | int) -> tuple[float, _Array]:
        """Return the log loss of log(1 / temperature) and bias over *columns*, and its gradient."""
        chosen, wanted = raw[:, columns], present[:, columns]
        scaled = chosen * np.exp(values[0]) + values[1]
        error = 0.5 * (1.0 + np.tanh(0.5 * scaled)) - wanted
        gradient = np.array([np.sum(error * chosen) * np.exp(values[0]), np.sum(error)])
        return float(np.sum(np.logaddexp(0.0, scaled) - wanted * scaled)), gradient

    common = _minimise(lambda values: loss(values, slice(None)), np.zeros(2), np.array([0.0, _COMMON_PRIOR]))
    weights = np.full(2, shrinkage)
    own = np.array(
        [_minimise(lambda values, at=at: loss(values, at), common, weights) for at in range(raw.shape[1])]  # type: ignore[misc]
    )
    return float(np.exp(-common[0])), np.exp(-own[:, 0]), own[:, 1]


def fit_stances(
    logits: NDArray[np.float32], stances: NDArray[np.int64], shrinkage: float = _SHRINKAGE
) -> tuple[float, _Array]:
    """Return the common temperature of the stances, and that given each frame (F,).

    Args:
        logits: (N, F, S).
        stances: (N, F), the stance; -1 where the frame is absent or its stance unknown.
        shrinkage: Weight of the prior that draws each temperature to the common one.
    """
    rows, columns = np.nonzero(stances >= 0)
    held = logits[rows, columns].astype(np.float64)  # (known pairs, S)
    wanted = stances[rows, columns]
    count = logits.shape[1]
    if not len(rows):
        return 1.0, np.ones(count)

    def loss(values: _Array, chosen: NDArray[np.bool_]) -> tuple[float, _Array]:
        given = held[chosen]
        scaled = given * np.exp(values[0])
        logs = scaled - np.logaddexp.reduce(scaled, axis=1, keepdims=True)
        right = np.arange(len(given)), wanted[chosen]
        gradient = np.sum(np.exp(logs) * scaled) - np.sum(scaled[right])
        return -float(np.sum(logs[right])), np.array([gradient])

    common = _minimise(lambda values: loss(values, columns >= 0), np.zeros(1), np.zeros(1))
    weights = np.full(1, shrinkage)
    own = np.array(
        [_minimise(lambda values, at=at: loss(values, columns == at), common, weights)[0] for at in range(count)]  # type: ignore[misc]
    )
    return float(np.exp(-common[0])), np.exp(-own)


def fit_thresholds(judged: Judged, support: float = _THRESHOLD_SUPPORT) -> _Array:
    """Return the threshold (F,) of each frame: its best one, drawn to that of all frames the more the rarer it is.

    Args:
        judged: Held-out sentences and calibrated scores.
        support: Held-out sentences with the frame that weigh as much as the common threshold.
    """
    common = _bounded(best_threshold(judged))
    counts = judged.gold.frames.sum(0)
    own = np.array([_bounded(best_threshold(_column(judged, at))) for at in range(len(counts))])
    share = counts / np.maximum(counts + support, 1)
    return np.asarray(share * own + (1 - share) * common)


def measure_precision(judged: Judged, importance: _Array | None = None) -> list[PrecisionCurve]:
    """Return how often each frame with its stance was right where it was found, and last how often "no frame" was.

    Frames are drawn to what holds of all frames together.

    Args:
        judged: Held-out sentences and calibrated scores.
        importance: (N, F), how much each answer weighs; None for all alike.
    """
    gold, made = judged.gold, judged.predicted
    scores = answers(made.frame_scores, made.stance_scores, made.thresholds)
    # Where the data gives no stance, the frame alone decides.
    right = gold.frames & ((gold.stances < 0) | (made.stances == gold.stances))
    right = np.column_stack([right, ~gold.frames.any(1)])
    given = ~np.isnan(scores)
    pairs = given[:, :-1]
    weights = np.ones(pairs.shape) if importance is None else importance
    pool = Answers(scores[:, :-1][pairs], right[:, :-1][pairs], weights[pairs])
    curves = [
        PrecisionCurve.of(Answers(scores[rows, at], right[rows, at], weights[rows, at]), pool=pool)
        for at, rows in enumerate(pairs.T)
    ]
    without = given[:, -1]
    return [*curves, PrecisionCurve.of(Answers(scores[without, -1], right[without, -1]))]


def _minimise(loss: Callable[[_Array], tuple[float, _Array]], centre: _Array, weights: _Array) -> _Array:
    """Return where *loss* and the squared distance from *centre*, by *weights*, are least. First comes log(1 / T)."""

    def penalised(values: _Array) -> tuple[float, _Array]:
        value, gradient = loss(values)
        away = values - centre
        return value + float(weights @ away**2), gradient + 2 * weights * away

    bounds = [(-np.log(_HOTTEST), -np.log(_COLDEST)), (None, None)][: len(centre)]
    return np.asarray(minimize(penalised, centre, jac=True, method="L-BFGS-B", bounds=bounds).x, dtype=np.float64)


def _column(judged: Judged, at: int) -> Judged:
    """Return *judged* as if its codebook held one frame alone."""
    chosen = slice(at, at + 1)
    gold, made = judged.gold, judged.predicted
    return replace(
        judged,
        gold=replace(gold, frames=gold.frames[:, chosen], stances=gold.stances[:, chosen]),
        predicted=replace(
            made,
            frame_scores=made.frame_scores[:, chosen],
            stance_scores=made.stance_scores[:, chosen],
            thresholds=made.thresholds[chosen],
        ),
    )


def _bounded(threshold: float) -> float:
    return float(np.clip(threshold, _LOWEST, _HIGHEST))


def _by_name(names: tuple[str, ...], values: _Array) -> dict[str, float]:
    return {name: _short(value) for name, value in zip(names, values.tolist(), strict=True)}


def _short(value: float) -> float:
    return round(float(value), 4)
