"""Predictions for labelled sentences, as evaluation takes them."""

from __future__ import annotations

from collections.abc import Sequence

from ..data.codebook import Codebook
from ..data.confidence import Abstention
from ..data.types import LabelledSentence
from ..evaluation.judged import Gold, Judged, Predicted
from ..models.checkpoint import Calibration
from ..models.decode import probabilities
from .classifier import Classifier, Scores

__all__ = ["judge", "predicted"]


def predicted(
    scores: Scores, calibration: Calibration, codebook: Codebook, abstention: Abstention | None = None
) -> Predicted:
    """Return what raw scores mean under a calibration. A sentence without a frame has no source."""
    frames, stances = probabilities(scores.frames, scores.stances, calibration, codebook)
    thresholds = calibration.frame_thresholds(codebook.frame_ids)
    framed = [bool(row.any()) for row in frames >= thresholds]
    sources = tuple(span if has else None for span, has in zip(scores.sources, framed, strict=True))
    return Predicted(
        frame_scores=frames,
        stance_scores=stances,
        thresholds=thresholds,
        sources=sources,
        abstention=abstention or calibration.abstention(codebook),
    )


def judge(classifier: Classifier, sentences: Sequence[LabelledSentence]) -> Judged:
    """Classify labelled sentences and lay the answers beside the gold labels."""
    scores = classifier.score([item.text for item in sentences])
    codebook = classifier.codebook
    return Judged(
        gold=Gold.of(sentences, codebook),
        predicted=predicted(scores, classifier.calibration, codebook, classifier.abstention),
        codebook=codebook,
    )
