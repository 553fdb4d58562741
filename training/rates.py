"""Stances that are rarer or more frequent in the texts to be read than in the labelled sentences.

People who write or pick examples tend to give each stance its share; in real texts most sentences assert. A model that
learnt from such examples denies and relays too often: its P(stance | frame) has the wrong base rate. Where the rates to
be expected are known, the logits get a bias that makes up for it (logit adjustment, Menon et al. 2021,
arXiv:2007.07314; the correction of priors goes back to Saerens et al. 2002). Numpy only.

Shapes: N sentences, F frames, S stances.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from ..data.codebook import Codebook
from ..errors import UsageError, nearest

__all__ = ["check_stance_rates", "fit_stance_biases", "stance_importance"]

_Array = NDArray[np.float64]

#: Held-out pairs that the prior, the bias by the counts alone, weighs as much as.
_PRIOR = 1.0


def check_stance_rates(rates: Mapping[str, float], codebook: Codebook) -> dict[str, float]:
    """Return the share of each stance, in the order of the codebook.

    Raises:
        UsageError: A stance is unknown (the nearest one is named) or missing, or the shares do not make up a whole.
    """
    for name in rates:
        if name not in codebook.stance_ids:
            raise UsageError(
                f"calibration.stance_rates: the codebook {codebook.name!r} has no stance {name!r}"
                f"{nearest(name, codebook.stance_ids)}"
            )
    missing = [name for name in codebook.stance_ids if name not in rates]
    if missing:
        raise UsageError(f"calibration.stance_rates: no share is given for {', '.join(missing)}; name all stances")
    if any(not 0 < share <= 1 for share in rates.values()):
        raise UsageError(
            "calibration.stance_rates: each share lies above 0 and is at most 1; a stance that is never expected gets a"
            " small one, such as 0.01"
        )
    total = sum(rates.values())
    if abs(total - 1) > 0.01:
        raise UsageError(f"calibration.stance_rates: the shares add up to {total:g}; they must add up to 1")
    return {name: rates[name] / total for name in codebook.stance_ids}


def stance_importance(stances: NDArray[np.int64], rates: _Array) -> _Array:
    """Return (N, F), how often a held-out frame of such a stance stands in the texts to be read, against held out.

    1 where the frame is absent or its stance unknown; on average 1 over the known stances.

    Args:
        stances: (N, F), index of the stance; -1 where there is none or it is unknown.
        rates: (S,), share of each stance in the texts to be read.
    """
    known = stances >= 0
    counts = np.bincount(stances[known], minlength=len(rates))
    weights = rates / np.maximum(counts, 1)
    # A stance that was never held out leaves its share to the others.
    weights *= counts.sum() / max(float(weights @ counts), 1e-12)
    return np.where(known, weights[np.maximum(stances, 0)], 1.0)


def fit_stance_biases(logits: _Array, stances: NDArray[np.int64], rates: _Array) -> _Array:
    """Return the bias (S,) of each stance that minimises the log loss on texts with the stances so frequent.

    Each held-out frame weighs as much as :func:`stance_importance` says. A weak prior draws the biases to what the
    counts alone ask for, log(rate / share held out), which is all that there is for a stance that was never held out.

    Args:
        logits: (N, F, S), divided by their temperatures.
        stances: (N, F), index of the stance; -1 where there is none or it is unknown.
        rates: (S,), share of each stance in the texts to be read.
    """
    rows, columns = np.nonzero(stances >= 0)
    held, wanted = logits[rows, columns], stances[rows, columns]
    weights = stance_importance(stances, rates)[rows, columns]
    counts = np.bincount(wanted, minlength=len(rates))
    centre = np.log(rates) - np.log((counts + 1) / (counts + 1).sum())
    right = np.arange(len(held)), wanted

    def loss(biases: _Array) -> tuple[float, _Array]:
        logs = held + biases
        logs -= np.logaddexp.reduce(logs, axis=1, keepdims=True)
        error = np.exp(logs)
        error[right] -= 1.0
        away = biases - centre
        value = -float(weights @ logs[right]) + _PRIOR * float(away @ away)
        return value, weights @ error + 2 * _PRIOR * away

    biases = np.asarray(minimize(loss, centre, jac=True, method="L-BFGS-B").x, dtype=np.float64)
    return np.asarray(biases - biases.mean())  # the same odds, with one way to write them
