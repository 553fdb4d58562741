"""How sure an answer is, and when the model abstains: one place for results, evaluation and training.

Shapes: N sentences, F frames, S stances. Numpy only, so that every package may use it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["NEVER", "Abstention", "answers", "confidence"]

_Scores = NDArray[np.float32]
_Array = NDArray[np.float64]

#: Probability that no answer reaches: what has to reach it is always abstained from.
NEVER = 2.0


def confidence(frame_scores: _Scores, stance_scores: _Scores, thresholds: _Array) -> _Array:
    """Return (N,), how probable the answer of each sentence is.

    Where frames are found, that is P(frame) · P(stance | frame) of the primary one. Where none is, it is the product
    of 1 − P(frame) over all frames: "no frame" is wrong as soon as any of them is there.

    Args:
        frame_scores: (N, F), calibrated P(frame).
        stance_scores: (N, F, S), calibrated P(stance | frame).
        thresholds: (F,), probability from which a frame counts as found.
    """
    scores = answers(frame_scores, stance_scores, thresholds)
    primary = np.where(frame_scores >= thresholds, frame_scores, -1.0).argmax(1)
    first = scores[np.arange(len(scores)), primary]
    return np.where(np.isnan(first), scores[:, -1], first)


def answers(frame_scores: _Scores, stance_scores: _Scores, thresholds: _Array) -> _Array:
    """Return (N, F + 1), how probable each answer is: a frame with its stance, and last "no frame".

    NaN stands where the answer is not given: the frame is not found, or there is one.
    """
    found = frame_scores >= thresholds
    present = frame_scores.astype(np.float64)
    pairs = np.where(found, present * stance_scores.max(-1), np.nan)
    none = np.where(found.any(1), np.nan, np.prod(1.0 - present, axis=1))
    return np.column_stack([pairs, none])


@dataclass(frozen=True)
class Abstention:
    """When the model abstains.

    Attributes:
        min_confidence: A sentence whose confidence is below is abstained from.
        cuts: (F + 1,), what the probability of each answer must reach: frames with their stances, and last "no
            frame". A sentence is abstained from if one of the answers given for it does not. None asks for nothing.
    """

    min_confidence: float = 0.0
    cuts: _Array | None = None

    def decide(
        self, frame_scores: _Scores, stance_scores: _Scores, thresholds: _Array
    ) -> tuple[_Array, NDArray[np.bool_]]:
        """Return the confidence (N,) and which sentences are abstained from (N,)."""
        sure = confidence(frame_scores, stance_scores, thresholds)
        unsure = sure < self.min_confidence
        if self.cuts is not None:
            # What is not answered (NaN) falls below nothing.
            unsure |= (answers(frame_scores, stance_scores, thresholds) < self.cuts).any(1)
        return sure, unsure
