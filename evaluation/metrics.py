"""The figures of a report: presence of frames, stances given the frame, sources."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .bootstrap import Array, Bootstrap, Counts, Spread, f1, ratio
from .counts import sentence_counts
from .figure import Difference, Figure
from .judged import Judged, Predicted
from .ranking import RankedFrames

__all__ = ["Metrics", "best_threshold", "measure", "overall_figures", "paired_difference", "table_of"]


@dataclass(frozen=True)
class Metrics:
    """All figures of one model on one set.

    Attributes:
        overall: Figure by name.
        frames: For each frame id: precision, recall, f1 of presence, pair_f1 and average_precision.
        stances: For each stance id: precision, recall, f1 given the gold frame.
        sentences: Number of sentences.
        groups: Number of independent events or documents.
    """

    overall: Mapping[str, Figure]
    frames: Mapping[str, Mapping[str, Figure]]
    stances: Mapping[str, Mapping[str, Figure]]
    sentences: int
    groups: int

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as JSON."""
        return {
            "sentences": self.sentences,
            "groups": self.groups,
            "overall": {name: figure.to_dict() for name, figure in self.overall.items()},
            "frames": table_of(self.frames),
            "stances": table_of(self.stances),
        }


def table_of(rows: Mapping[str, Mapping[str, Figure]]) -> dict[str, Any]:
    """Return a table of figures as JSON."""
    return {name: {key: figure.to_dict() for key, figure in row.items()} for name, row in rows.items()}


def measure(judged: Judged, *, rounds: int = 1000, seed: int = 0, counts: Counts | None = None) -> Metrics:
    """Measure predictions against gold labels.

    Args:
        judged: Gold labels and predictions.
        rounds: Bootstrap rounds; 0 leaves the intervals empty.
        seed: Seed of the resampling.
        counts: What ``sentence_counts`` made of *judged*, where that is known.
    """
    counts = sentence_counts(judged) if counts is None else counts
    sample = Bootstrap(counts, judged.gold.groups, rounds=rounds, seed=seed)
    ranked = _ranked(sample, judged.predicted, judged.gold.frames)
    frames: dict[str, dict[str, Figure]] = {}
    for column, frame in enumerate(judged.codebook.frame_ids):
        support = _at(_frame_support, column)
        frames[frame] = {
            name: sample.figure(_at(function, column), support, whole=_at(whole, column))
            for name, (function, whole) in _BY_FRAME.items()
        }
        frames[frame]["average_precision"] = _area(ranked, column, sample).figure(sample.total(support))
    stances = {
        stance: {
            name: sample.figure(_at(function, column), _at(_stance_support, column), whole=_at(whole, column))
            for name, (function, whole) in _BY_STANCE.items()
        }
        for column, stance in enumerate(judged.codebook.stance_ids)
    }
    return Metrics(_overall(sample, ranked), frames, stances, len(judged.gold.texts), sample.groups)


def overall_figures(
    judged: Judged, counts: Counts, rows: NDArray[np.int64], groups: Sequence[str], *, rounds: int, seed: int
) -> tuple[dict[str, Figure], int]:
    """Return the overall figures of some of the sentences, and the number of groups among these.

    Args:
        judged: Gold labels and predictions of all sentences.
        counts: What ``sentence_counts`` made of them.
        rows: The sentences.
        groups: Group of each of these.
        rounds: Bootstrap rounds.
        seed: Seed of the resampling.
    """
    sample = Bootstrap({name: value[rows] for name, value in counts.items()}, groups, rounds=rounds, seed=seed)
    ranked = _ranked(sample, judged.predicted, judged.gold.frames, rows)
    return _overall(sample, ranked), sample.groups


def paired_difference(first: Judged, second: Judged, *, rounds: int = 1000, seed: int = 0) -> dict[str, Difference]:
    """Return how much better the first model is than the second on the same sentences, for each overall figure.

    Each bootstrap round draws the same events or documents for both (paired bootstrap; Efron and Tibshirani 1993). An
    interval that leaves out 0 says that the difference is more than chance in the choice of documents; the p-value is
    the level at which the interval would just reach 0. Neither says anything of other seeds of training.

    Args:
        first: Predictions of one model.
        second: Predictions of the other on the same gold labels.
        rounds: Bootstrap rounds.
        seed: Seed of the resampling.

    Raises:
        ValueError: The gold labels differ.
    """
    arrays, lists = ("frames", "stances", "primary", "sources_known"), ("texts", "sources", "groups")
    same = all(np.array_equal(getattr(first.gold, name), getattr(second.gold, name)) for name in arrays)
    same = same and all(getattr(first.gold, name) == getattr(second.gold, name) for name in lists)
    if not same or first.codebook.frame_ids != second.codebook.frame_ids:
        raise ValueError("the two models were not judged by the same sentences and labels")
    # Stances given the frame are compared where both give one.
    said = (first.predicted.stances >= 0) & (second.predicted.stances >= 0)
    samples = [
        Bootstrap(sentence_counts(judged, said=said), judged.gold.groups, rounds=rounds, seed=seed)
        for judged in (first, second)
    ]
    found: dict[str, Difference] = {}
    for name, (function, support) in _OVERALL.items():
        ours, theirs = (sample.spread(function) for sample in samples)
        found[name] = (ours - theirs).difference(samples[0].total(support))
    ranks = [
        _ranked(sample, judged.predicted, judged.gold.frames)
        for sample, judged in zip(samples, (first, second), strict=True)
    ]
    ours, theirs = (_mean_area(ranked, sample) for ranked, sample in zip(ranks, samples, strict=True))
    found["frame_map"] = (ours - theirs).difference(samples[0].total(_total("gold")))
    return found


def best_threshold(judged: Judged) -> float:
    """Return one threshold for all frames with the best frame F1 (pair F1, where stances are known).

    The curve over thresholds is flat and its peak moves with every few sentences. So it is smoothed over ±0.1, and of
    several that do equally well the middle one is taken, which is the farthest from doing worse on other sentences.
    """
    scores, gold = judged.predicted.frame_scores, judged.gold
    right = gold.frames & ((gold.stances < 0) | (judged.predicted.stances == gold.stances))
    candidates = np.arange(0.10, 0.901, 0.02)
    found = scores[None] >= candidates[:, None, None]  # (T, N, F)
    curve = 2 * (found & right).sum((1, 2)) / np.maximum(found.sum((1, 2)) + gold.frames.sum(), 1)
    smooth = np.convolve(np.pad(curve, 5, mode="edge"), np.ones(11) / 11, mode="valid")
    best = np.flatnonzero(smooth > smooth.max() - 1e-9)
    return round(float(candidates[best[len(best) // 2]]), 2)


def _overall(sample: Bootstrap, ranked: RankedFrames | None) -> dict[str, Figure]:
    figures = {name: sample.figure(function, support, whole=support) for name, (function, support) in _OVERALL.items()}
    figures["frame_map"] = _mean_area(ranked, sample).figure(sample.total(_total("gold")))
    return figures


def _ranked(
    sample: Bootstrap, predicted: Predicted, gold: NDArray[np.bool_], rows: NDArray[np.int64] | None = None
) -> RankedFrames | None:
    """Return the average precisions, or None where the scores are not the tool's own."""
    if predicted.decided is not None and not predicted.decided.scored:
        return None
    if rows is None:
        return RankedFrames(sample, predicted.frame_scores, gold)
    return RankedFrames(sample, predicted.frame_scores[rows], gold[rows])


def _area(ranked: RankedFrames | None, column: int, sample: Bootstrap) -> Spread:
    return ranked.of(column) if ranked is not None else Spread(float("nan"), None, None, sample.groups)


def _mean_area(ranked: RankedFrames | None, sample: Bootstrap) -> Spread:
    return ranked.mean() if ranked is not None else Spread(float("nan"), None, None, sample.groups)


def _macro(values: Array, counted: Array) -> Array:
    """Return the mean over labels that occur in the gold data (of the whole set, for the value itself)."""
    kept = np.where(counted > 0, np.nan_to_num(values), 0.0).sum(-1)
    return ratio(kept, (counted > 0).sum(-1).astype(float))


def _stance_f1(counts: Counts) -> Array:
    return f1(_stance_right(counts), _stance_found(counts), _stance_support(counts))


def _stance_right(counts: Counts) -> Array:
    return np.asarray(np.diagonal(counts["confusion"], axis1=-2, axis2=-1), dtype=np.float64)


def _stance_found(counts: Counts) -> Array:
    return np.asarray(counts["confusion"].sum(-2), dtype=np.float64)


def _stance_support(counts: Counts) -> Array:
    return np.asarray(counts["confusion"].sum(-1), dtype=np.float64)


def _frame_support(counts: Counts) -> Array:
    return counts["gold"]


def _at(function: Callable[[Counts], Array], column: int) -> Callable[[Counts], Array]:
    return lambda counts: function(counts)[..., column]


def _total(name: str) -> Callable[[Counts], Array]:
    return lambda counts: counts[name].reshape(len(counts[name]), -1).sum(-1)


def _micro(tp: str, found: str, gold: str) -> Callable[[Counts], Array]:
    return lambda counts: f1(_total(tp)(counts), _total(found)(counts), _total(gold)(counts))


def _share(part: str, whole: str) -> Callable[[Counts], Array]:
    return lambda counts: ratio(_total(part)(counts), _total(whole)(counts))


def _stance_accuracy(counts: Counts) -> Array:
    matrix = counts["confusion"]
    return ratio(np.trace(matrix, axis1=-2, axis2=-1), matrix.sum((-2, -1)))


_OVERALL: dict[str, tuple[Callable[[Counts], Array], Callable[[Counts], Array]]] = {
    "frame_micro_f1": (_micro("tp", "found", "gold"), _total("gold")),
    "frame_macro_f1": (lambda c: _macro(f1(c["tp"], c["found"], c["gold"]), c["gold"]), _total("gold")),
    "pair_f1": (_micro("pair_tp", "pair_found", "pair_gold"), _total("pair_gold")),
    "primary_accuracy": (_share("primary_right", "one"), _total("one")),
    "primary_accuracy_framed": (_share("framed_right", "framed"), _total("framed")),
    "primary_among": (_share("framed_among", "framed"), _total("framed")),
    "stance_accuracy": (_stance_accuracy, _total("confusion")),
    "stance_macro_f1": (lambda c: _macro(_stance_f1(c), _stance_support(c)), _total("confusion")),
    "source_exact_f1": (_micro("source_tp", "source_found", "source_gold"), _total("source_gold")),
    "source_token_f1": (_micro("word_tp", "word_found", "word_gold"), _total("source_gold")),
    "source_accuracy": (_share("source_same", "source_known"), _total("source_known")),
}

#: Each figure, and the cases of which it is a share; F1 is taken for one of the gold labels.
_BY_FRAME: dict[str, tuple[Callable[[Counts], Array], Callable[[Counts], Array]]] = {
    "precision": (lambda c: ratio(c["tp"], c["found"]), lambda c: c["found"]),
    "recall": (lambda c: ratio(c["tp"], c["gold"]), _frame_support),
    "f1": (lambda c: f1(c["tp"], c["found"], c["gold"]), _frame_support),
    "pair_f1": (lambda c: f1(c["pair_tp"], c["pair_found"], c["pair_gold"]), lambda c: c["pair_gold"]),
}

_BY_STANCE: dict[str, tuple[Callable[[Counts], Array], Callable[[Counts], Array]]] = {
    "precision": (lambda c: ratio(_stance_right(c), _stance_found(c)), _stance_found),
    "recall": (lambda c: ratio(_stance_right(c), _stance_support(c)), _stance_support),
    "f1": (_stance_f1, _stance_support),
}
