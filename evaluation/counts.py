"""What each sentence adds to the figures: counts that add up over sentences."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from ..data.types import Span
from .bootstrap import Counts
from .judged import Judged

__all__ = ["pair_marks", "same_source", "sentence_counts"]

_WORD = re.compile(r"\w+")


def pair_marks(judged: Judged) -> dict[str, NDArray[np.bool_]]:
    """Return what pair F1 is made of, (N, F) each: pairs of frame and stance that are right, found, and in the gold."""
    gold, predicted = judged.gold, judged.predicted
    known = gold.stances >= 0
    # A frame whose stance the data does not give can neither earn nor cost a pair.
    judgeable = (~gold.frames | known) & (known.any() | ~gold.frames.any())
    found = predicted.frames
    return {"tp": found & known & (predicted.stances == gold.stances), "found": found & judgeable, "gold": known}


def sentence_counts(judged: Judged, *, said: NDArray[np.bool_] | None = None) -> Counts:
    """Return, for each sentence, the counts of which every figure but average precision is made.

    Args:
        judged: Gold labels and predictions.
        said: (N, F), where stances given the frame are judged; all places where the model gives one by default.
    """
    gold, predicted = judged.gold, judged.predicted
    found, stances = predicted.frames, predicted.stances
    known = gold.stances >= 0
    size = len(judged.codebook.stance_ids)
    confusion = np.zeros((len(gold.texts), size, size))  # (N, gold stance, predicted stance), given the gold frame
    # A tool that names no stance for a frame that it did not find has said nothing of that stance.
    rows, columns = np.nonzero(known & (stances >= 0 if said is None else said))
    np.add.at(confusion, (rows, gold.stances[rows, columns], stances[rows, columns]), 1)
    has_gold = gold.primary >= 0
    right_primary = gold.primary == predicted.primary
    every = np.arange(len(gold.primary))
    among = (predicted.primary >= 0) & gold.frames[every, predicted.primary]  # without a gold frame never
    return {
        "tp": (gold.frames & found).astype(float),
        "found": found.astype(float),
        "gold": gold.frames.astype(float),
        **{f"pair_{name}": marks.astype(float) for name, marks in pair_marks(judged).items()},
        "confusion": confusion,
        "one": np.ones(len(gold.texts)),
        "primary_right": right_primary.astype(float),
        "framed": has_gold.astype(float),
        "framed_right": (right_primary & has_gold).astype(float),
        "framed_among": among.astype(float),
        **_source_counts(judged),
    }


def _source_counts(judged: Judged) -> Counts:
    gold, predicted = judged.gold, judged.predicted
    table = np.zeros((len(gold.texts), 7))
    asked = gold.sources_known & (predicted.decided is None or predicted.decided.sourced)
    rows = zip(gold.sources, predicted.sources, asked, gold.texts, strict=True)
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
    return columns | {"source_known": asked.astype(float)}


def same_source(first: Span | None, second: Span | None, text: str) -> bool:
    """Return whether two spans hold the same words, or both are none."""
    return _words(first, text) == _words(second, text)


def _words(span: Span | None, text: str) -> frozenset[int]:
    """Return the places of the words that a span touches: quotes and commas at its ends do not count."""
    if span is None:
        return frozenset()
    return frozenset(m.start() for m in _WORD.finditer(text) if m.start() < span[1] and m.end() > span[0])
