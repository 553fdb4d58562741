"""From gold labels and predictions to an evaluation: every figure of a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..data.types import LabelledSentence
from .agreement import Agreement
from .counts import sentence_counts
from .coverage import coverage_at, coverage_curve, frame_confusion
from .error_groups import error_groups
from .judged import Judged, Predicted
from .metrics import measure, paired_difference
from .reliability import calibration_figures
from .report import Comparison, Evaluation
from .slices import slices

__all__ = ["assess"]


def assess(
    judged: Judged,
    sentences: Sequence[LabelledSentence],
    *,
    model: str,
    data: Sequence[str],
    baselines: Mapping[str, Predicted],
    min_confidence: float = 0.0,
    warnings: Sequence[str] = (),
    asked: Sequence[str] = (),
    against: tuple[str, Predicted] | None = None,
    human: Agreement | None = None,
    texts: bool = True,
    rounds: int = 1000,
    seed: int = 0,
) -> Evaluation:
    """Measure predictions in every way that a report shows.

    Args:
        judged: Gold labels and predictions of the model.
        sentences: The sentences, in the same order.
        model: Name of the model.
        data: Names of the files measured on.
        baselines: Predictions of each baseline, by name.
        min_confidence: The model's own setting.
        warnings: What a reader of the figures must know.
        asked: Columns to slice by, besides the standing ones.
        against: Name and predictions of another model to compare with.
        human: How far readers of the same sentences agree.
        texts: False hides what may be text of the sentences.
        rounds: Bootstrap rounds; 0 leaves the intervals empty.
        seed: Seed of the resampling.

    Raises:
        UsageError: No sentence has a column that was asked for.
    """
    counts = sentence_counts(judged)
    # First what can be refused, then what takes time.
    parts = slices(judged, counts, sentences, asked, texts=texts, rounds=rounds, seed=seed)
    stances = counts["confusion"].sum(0).round().astype(int)
    return Evaluation(
        model=model,
        data=data,
        metrics=measure(judged, rounds=rounds, seed=seed, counts=counts),
        baselines={
            name: measure(_beside(judged, answers), rounds=rounds, seed=seed) for name, answers in baselines.items()
        },
        warnings=tuple(warnings),
        codebook=judged.codebook,
        rounds=rounds,
        documents=len({item.doc for item in sentences}),
        slices=parts,
        calibration=calibration_figures(judged, rounds=rounds, seed=seed),
        coverage=coverage_curve(judged, rounds=rounds, seed=seed),
        coverage_of_model=coverage_at(judged, min_confidence, rounds=rounds, seed=seed),
        frame_confusion=frame_confusion(judged),
        stance_confusion=(judged.codebook.stance_ids, stances),
        against=_compared(judged, against, rounds=rounds, seed=seed),
        human=human,
        errors=error_groups(judged, sentences),
        sentences=sentences,
    )


def _beside(judged: Judged, answers: Predicted) -> Judged:
    return Judged(judged.gold, answers, judged.codebook)


def _compared(judged: Judged, against: tuple[str, Predicted] | None, *, rounds: int, seed: int) -> Comparison | None:
    if against is None:
        return None
    name, answers = against
    return Comparison(name, paired_difference(judged, _beside(judged, answers), rounds=rounds, seed=seed))
