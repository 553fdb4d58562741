"""For each sentence that takes up a frame, the nearest such sentence of each other telling."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .tellings import Telling

__all__ = ["MOST_ALIGNED", "MOST_EMBEDDED", "THRESHOLD", "align", "framed_sentences"]

#: Below this similarity two sentences are not shown as a pair (docs/compare.md says how it was chosen).
THRESHOLD = 0.24
#: Pairs that are kept, the nearest ones.
MOST_ALIGNED = 2000
#: Sentences that are embedded at most; the encoder reads each of them.
MOST_EMBEDDED = 20_000
#: Sentences that are compared with all others at once.
_BLOCK = 256

_Vectors = NDArray[np.float32]


def framed_sentences(tellings: Sequence[Telling]) -> int:
    """Return how many sentences ``align`` would embed."""
    return sum(bool(sentence.found) for telling in tellings for _, sentence in telling.told())


def align(
    tellings: Sequence[Telling],
    embed: Callable[[Sequence[str]], _Vectors],
    *,
    threshold: float = THRESHOLD,
    most: int = MOST_ALIGNED,
) -> tuple[list[dict[str, Any]], int]:
    """Return the pairs, the most similar first, and how many were cut off beyond *most*.

    Similarity is the mean of two cosines: of the encoder's embeddings, from which the mean of all sentences is taken
    (else all sentences of one dispute are alike), and of the words by tf-idf, which knows names and numbers. Sentences
    without a frame are left out: they are near each other because nothing is told in them.

    Args:
        tellings: At least two.
        embed: Returns the embedding (N, H) of N texts.
        threshold: Least similarity of a pair.
        most: Pairs that are kept.
    """
    places = [
        (index, document.doc, sentence.n, sentence.text)
        for index, telling in enumerate(tellings)
        for document, sentence in telling.told()
        if sentence.found
    ]
    if len({place[0] for place in places}) < 2:
        return [], 0
    texts = [place[3] for place in places]
    vectors = _centred(embed(texts))
    words = _word_vectors(texts)
    owners = np.array([place[0] for place in places])
    rows: list[tuple[float, int, int]] = []
    found = 0
    for begin in range(0, len(places), _BLOCK):
        block = slice(begin, begin + _BLOCK)
        similar = vectors[block] @ vectors.T
        if words is not None:
            similar = (similar + (words[block] @ words.T).toarray()) / 2
        nearest = _nearest(similar, owners, begin, threshold)
        found += len(nearest)
        rows = sorted([*rows, *nearest], key=lambda row: -row[0])[:most]
    return _pairs(rows, places, tellings), found - len(rows)


def _nearest(similar: NDArray[Any], owners: NDArray[Any], begin: int, threshold: float) -> list[tuple[float, int, int]]:
    """Return similarity and places of each sentence of a block and the nearest one of each other telling."""
    rows = []
    own = owners[begin : begin + len(similar)]
    for telling in np.unique(owners):
        columns = np.flatnonzero(owners == telling)
        best = columns[similar[:, columns].argmax(axis=1)]
        values = similar[np.arange(len(similar)), best]
        near = np.flatnonzero((own != telling) & (values >= threshold))
        rows += [(float(values[row]), begin + int(row), int(best[row])) for row in near]
    return rows


def _pairs(
    rows: Sequence[tuple[float, int, int]], places: Sequence[tuple[int, str, int, str]], tellings: Sequence[Telling]
) -> list[dict[str, Any]]:
    pairs = []
    for similarity, first, second in rows:
        (one, doc, n, _), (other, to_doc, to_n, _) = places[first], places[second]
        pair = {"telling": tellings[one].id, "doc": doc, "n": n}
        pair |= {"to": tellings[other].id, "to_doc": to_doc, "to_n": to_n}
        pairs.append(pair | {"similarity": round(min(1.0, similarity), 3)})
    return pairs


def _centred(vectors: _Vectors) -> _Vectors:
    """Return the directions of *vectors* from their mean; zero for one that is the mean."""
    away = vectors - vectors.mean(axis=0)
    lengths = np.linalg.norm(away, axis=1, keepdims=True)
    return np.asarray(np.where(lengths > 1e-6, away / np.maximum(lengths, 1e-6), 0), dtype=np.float32)


def _word_vectors(texts: Sequence[str]) -> Any:
    """Return a sparse matrix of the words of *texts* by tf-idf, its rows of length 1, or None if there are no words."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    try:
        return TfidfVectorizer(sublinear_tf=True, dtype=np.float32).fit_transform(texts)
    except ValueError:  # no text has a word of two letters
        return None
