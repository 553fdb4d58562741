"""The figures of a report: presence of frames, stances given the frame, sources."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .bootstrap import Array, Bootstrap, Counts, Figure, f1, ratio
from .judged import Judged

__all__ = ["Metrics", "best_threshold", "measure", "paired_difference"]

_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Metrics:
    """All figures of one model on one set.

    Attributes:
        overall: Figure by name.
        frames: For each frame id: precision, recall, f1 of presence, pair_f1 and stance_accuracy.
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

        def table(rows: Mapping[str, Mapping[str, Figure]]) -> dict[str, Any]:
            return {name: {key: figure.to_dict() for key, figure in row.items()} for name, row in rows.items()}

        return {
            "sentences": self.sentences,
            "groups": self.groups,
            "overall": {name: figure.to_dict() for name, figure in self.overall.items()},
            "frames": table(self.frames),
            "stances": table(self.stances),
        }


def measure(judged: Judged, *, rounds: int = 1000, seed: int = 0) -> Metrics:
    """Measure predictions against gold labels.

    Args:
        judged: Gold labels and predictions.
        rounds: Bootstrap rounds; 0 leaves the intervals empty.
        seed: Seed of the resampling.
    """
    sample = Bootstrap(_counts(judged), judged.gold.groups, rounds=rounds, seed=seed)
    figure = sample.figure
    overall = {name: figure(function, support) for name, (function, support) in _OVERALL.items()}
    frames = {
        frame: {
            name: figure(_at(function, column), _at(_frame_support, column)) for name, function in _BY_FRAME.items()
        }
        for column, frame in enumerate(judged.codebook.frame_ids)
    }
    stances = {
        stance: {
            name: figure(_at(function, column), _at(_stance_support, column)) for name, function in _BY_STANCE.items()
        }
        for column, stance in enumerate(judged.codebook.stance_ids)
    }
    return Metrics(overall, frames, stances, len(judged.gold.texts), sample.groups)


def paired_difference(first: Judged, second: Judged, *, rounds: int = 1000, seed: int = 0) -> dict[str, Figure]:
    """Return how much better the first model is than the second on the same sentences, for each overall figure.

    Each bootstrap round draws the same events or documents for both (paired bootstrap; Efron and Tibshirani 1993). An
    interval that leaves out 0 says that the difference is more than chance in the choice of documents. It says nothing
    of other seeds of training.

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
    ours, theirs = _counts(first), _counts(second)
    both = {f"a {name}": value for name, value in ours.items()} | {f"b {name}": value for name, value in theirs.items()}
    sample = Bootstrap(both, first.gold.groups, rounds=rounds, seed=seed)
    return {name: sample.figure(_minus(function), _of(support, "a ")) for name, (function, support) in _OVERALL.items()}


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


def _counts(judged: Judged) -> Counts:
    """Return, for each sentence, the counts of which every figure is made."""
    gold, predicted = judged.gold, judged.predicted
    found, stances = predicted.frames, predicted.stances
    known = gold.stances >= 0
    right_stance = known & (stances == gold.stances)
    size = len(judged.codebook.stance_ids)
    confusion = np.zeros((len(gold.texts), size, size))  # (N, gold stance, predicted stance), given the gold frame
    rows, columns = np.nonzero(known)
    np.add.at(confusion, (rows, gold.stances[rows, columns], stances[rows, columns]), 1)
    # A frame whose stance the data does not give can neither earn nor cost a pair.
    judgeable = (~gold.frames | known) & (known.any() | ~gold.frames.any())
    has_gold = gold.primary >= 0
    right_primary = gold.primary == predicted.primary
    return {
        "tp": (gold.frames & found).astype(float),
        "found": found.astype(float),
        "gold": gold.frames.astype(float),
        "pair_tp": (found & right_stance).astype(float),
        "pair_found": (found & judgeable).astype(float),
        "pair_gold": known.astype(float),
        "confusion": confusion,
        "one": np.ones(len(gold.texts)),
        "primary_right": right_primary.astype(float),
        "framed": has_gold.astype(float),
        "framed_right": (right_primary & has_gold).astype(float),
        **_source_counts(judged),
    }


def _source_counts(judged: Judged) -> Counts:
    gold, predicted = judged.gold, judged.predicted
    table = np.zeros((len(gold.texts), 7))
    rows = zip(gold.sources, predicted.sources, gold.sources_known, gold.texts, strict=True)
    for row, (true, guess, known, text) in enumerate(rows):
        if not known:
            continue
        true_words = _words(true, text)
        guess_words = _words(guess, text)
        shared = len(true_words & guess_words)
        same = true_words == guess_words
        table[row] = [
            same and bool(true),
            bool(guess),
            bool(true),
            shared,
            len(guess_words),
            len(true_words),
            same,
        ]
    names = ("source_tp", "source_found", "source_gold", "word_tp", "word_found", "word_gold", "source_same")
    columns = {name: table[:, column] for column, name in enumerate(names)}
    return columns | {"source_known": gold.sources_known.astype(float)}


def _words(span: tuple[int, int] | None, text: str) -> frozenset[int]:
    """Return the places of the words that a span touches: quotes and commas at its ends do not count."""
    if span is None:
        return frozenset()
    return frozenset(m.start() for m in _WORD.finditer(text) if m.start() < span[1] and m.end() > span[0])


def _macro(values: Array, counted: Array) -> Array:
    """Return the mean over labels that occur in the gold data (of the whole set, for the value itself)."""
    kept = np.where(counted > 0, np.nan_to_num(values), 0.0).sum(-1)
    return ratio(kept, (counted > 0).sum(-1).astype(float))


def _stance_f1(counts: Counts) -> Array:
    matrix = counts["confusion"]
    right = np.diagonal(matrix, axis1=-2, axis2=-1)
    return f1(right, matrix.sum(-2), matrix.sum(-1))


def _stance_support(counts: Counts) -> Array:
    return np.asarray(counts["confusion"].sum(-1), dtype=np.float64)


def _frame_support(counts: Counts) -> Array:
    return counts["gold"]


def _of(function: Callable[[Counts], Array], prefix: str) -> Callable[[Counts], Array]:
    """Return *function* of the counts of one of two models."""
    return lambda counts: function(
        {name.removeprefix(prefix): value for name, value in counts.items() if name.startswith(prefix)}
    )


def _minus(function: Callable[[Counts], Array]) -> Callable[[Counts], Array]:
    return lambda counts: _of(function, "a ")(counts) - _of(function, "b ")(counts)


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
    "stance_accuracy": (_stance_accuracy, _total("confusion")),
    "stance_macro_f1": (lambda c: _macro(_stance_f1(c), _stance_support(c)), _total("confusion")),
    "source_exact_f1": (_micro("source_tp", "source_found", "source_gold"), _total("source_gold")),
    "source_token_f1": (_micro("word_tp", "word_found", "word_gold"), _total("source_gold")),
    "source_accuracy": (_share("source_same", "source_known"), _total("source_known")),
}

_BY_FRAME: dict[str, Callable[[Counts], Array]] = {
    "precision": lambda c: ratio(c["tp"], c["found"]),
    "recall": lambda c: ratio(c["tp"], c["gold"]),
    "f1": lambda c: f1(c["tp"], c["found"], c["gold"]),
    "pair_f1": lambda c: f1(c["pair_tp"], c["pair_found"], c["pair_gold"]),
}

_BY_STANCE: dict[str, Callable[[Counts], Array]] = {
    "precision": lambda c: ratio(np.diagonal(c["confusion"], axis1=-2, axis2=-1), c["confusion"].sum(-2)),
    "recall": lambda c: ratio(np.diagonal(c["confusion"], axis1=-2, axis2=-1), c["confusion"].sum(-1)),
    "f1": _stance_f1,
}
