"""Temperatures and thresholds, fitted on held-out documents."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.optimize import minimize_scalar

from ..data.codebook import Codebook
from ..evaluation.judged import Gold, Judged
from ..evaluation.metrics import best_threshold
from ..inference.classifier import Scores
from ..inference.predict import predicted
from ..models.checkpoint import Calibration

__all__ = ["calibrate"]

#: A threshold outside rests on the luck of a few sentences: for calibrated scores the best one lies near half of the
#: best F1 (Lipton, Elkan and Naryanaswamy 2014, arXiv:1402.1892), which no task of this kind puts beyond these.
_LOWEST, _HIGHEST = 0.25, 0.5


def calibrate(scores: Scores, gold: Gold, codebook: Codebook) -> Calibration:
    """Return temperatures that minimise the log loss, and the threshold with the best pair F1.

    Temperature scaling as in Guo et al. 2017 (arXiv:1706.04599): one temperature for all frames, one for all stances.
    The held-out part of a small corpus has a dozen sentences for a rare frame, so one threshold is fitted for all
    frames; it is stored for each of them.
    """
    neutral = Calibration.neutral(codebook)

    def frame_loss(temperature: float) -> float:
        logits = scores.frames.astype(np.float64) / temperature
        return float(np.mean(np.logaddexp(0.0, logits) - gold.frames * logits))

    rows, columns = np.nonzero(gold.stances >= 0)
    held = scores.stances[rows, columns].astype(np.float64)  # (known pairs, S)
    wanted = gold.stances[rows, columns]

    def stance_loss(temperature: float) -> float:
        logits = held / temperature
        return float(np.mean(np.logaddexp.reduce(logits, axis=1) - logits[np.arange(len(wanted)), wanted]))

    fitted = neutral.model_copy(
        update={
            "frame_temperature": _minimise(frame_loss),
            "stance_temperature": _minimise(stance_loss) if len(wanted) else 1.0,
        }
    )
    judged = Judged(gold=gold, predicted=predicted(scores, fitted, codebook), codebook=codebook)
    threshold = float(np.clip(best_threshold(judged), _LOWEST, _HIGHEST))
    return fitted.model_copy(update={"thresholds": dict.fromkeys(codebook.frame_ids, threshold)})


def _minimise(loss: Callable[[float], float]) -> float:
    """Return the temperature between 1/4 and 4 with the lowest loss."""
    found = minimize_scalar(lambda log: loss(float(np.exp(log))), bounds=(np.log(0.25), np.log(4.0)), method="bounded")
    return round(float(np.exp(found.x)), 4)
