"""The errors of a model, grouped by kind, and the documents in which they stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.types import LabelledSentence, Span
from .counts import same_source
from .coverage import right_answers
from .judged import Judged
from .slices import shown_name

__all__ = ["ERROR_TITLES", "ErrorGroup", "Evidence", "ListedError", "documents_of", "error_groups"]

#: Kinds of errors; a sentence is of the first that fits.
ERROR_TITLES = {
    "missed": "A frame was there, none was found",
    "invented": "A frame was found, none was there",
    "other_frame": "Another primary frame",
    "stance": "The primary frame is right, its stance wrong",
    "extra_frames": "The primary frame and its stance are right, other frames or their stances differ",
    "source": "Frame and stance are right, the source wrong",
}

#: Errors of a kind that are listed; the rest is counted.
_LISTED = 20

#: Sentences of documents that are shown, over all; and around each listed error where a document is longer than twice.
_SHOWN, _AROUND = 3000, 20

#: Words that led to each frame of a sentence, by sentence id, as spans in the sentence.
Evidence = Mapping[str, Mapping[str, Sequence[Span]]]


@dataclass(frozen=True)
class ListedError:
    """One sentence that the model got wrong.

    Attributes:
        row: Its place in the data that was measured.
        predicted: Frames found, with score, stance and its score; the surest first.
        evidence: Words that led to each frame, as spans in the sentence.
        scored: Whether the scores are the tool's own.
    """

    row: int
    sentence: LabelledSentence
    predicted: Sequence[tuple[str, float, str, float]]
    source: Span | None
    confidence: float
    abstained: bool
    evidence: Mapping[str, Sequence[Span]] = field(default_factory=dict)

    def to_dict(self, *, texts: bool = True) -> dict[str, Any]:
        """Return the error as JSON; without texts, offsets stand in the place of words."""
        item = self.sentence
        start = item.meta.get("start")

        def words(span: Span | None) -> str | list[int] | None:
            if span is None:
                return None
            return item.text[slice(*span)] if texts else list(span)

        return {
            "id": shown_name(item.id, item.text),
            "doc": shown_name(item.doc, item.text),
            "n": item.n,
            "start": start if type(start) is int else None,
            "text": item.text if texts else None,
            "gold": dict(item.labels),
            "gold_source": words(item.source),
            "predicted": [
                {
                    "frame": frame,
                    "score": round(score, 4),
                    "stance": stance,
                    "stance_score": round(stance_score, 4),
                    "evidence": [list(span) for span in self.evidence.get(frame, ())],
                }
                for frame, score, stance, stance_score in self.predicted
            ],
            "source": words(self.source),
            "confidence": round(self.confidence, 4),
            "abstained": self.abstained,
        }


@dataclass(frozen=True)
class ErrorGroup:
    """The errors of one kind.

    Attributes:
        count: How many there are.
        listed: Those of which the model was surest.
    """

    kind: str
    count: int
    listed: Sequence[ListedError]

    def to_dict(self, *, texts: bool = True) -> dict[str, Any]:
        """Return the group as JSON."""
        listed = [error.to_dict(texts=texts) for error in self.listed]
        return {"kind": self.kind, "title": ERROR_TITLES[self.kind], "count": self.count, "listed": listed}

    def with_evidence(self, evidence: Evidence) -> ErrorGroup:
        """Return the group with the words that led to each frame."""
        listed = [replace(error, evidence=evidence.get(error.sentence.id, {})) for error in self.listed]
        return replace(self, listed=listed)


def error_groups(judged: Judged, sentences: Sequence[LabelledSentence]) -> list[ErrorGroup]:
    """Return the errors by kind; kinds without an error are left out."""
    kinds = _kinds(judged)
    confidence = judged.predicted.confidence
    groups = []
    for kind in ERROR_TITLES:
        rows = np.flatnonzero(kinds == kind)
        surest = rows[np.argsort(-confidence[rows], kind="stable")][:_LISTED]
        if len(rows):
            listed = [_listed(judged, sentences[row], int(row), float(confidence[row])) for row in surest]
            groups.append(ErrorGroup(kind, len(rows), listed))
    return groups


def documents_of(
    groups: Sequence[ErrorGroup], sentences: Sequence[LabelledSentence], *, texts: bool = True
) -> list[dict[str, Any]]:
    """Return the documents of the listed errors, as JSON: their measured sentences in order, listed errors marked.

    Long documents are cut to what stands around a listed error, and say before each sentence how many are left out
    there (``left``), and behind the last one; at most 3,000 sentences are shown.
    """
    listed = {error.row: error.sentence.doc for group in groups for error in group.listed}
    rows: dict[str, list[int]] = {doc: [] for doc in listed.values()}
    for row, item in enumerate(sentences):
        if item.doc in rows:
            rows[item.doc].append(row)
    documents: list[dict[str, Any]] = []
    room = _SHOWN
    for doc, held in rows.items():
        held.sort(key=lambda row: sentences[row].n)
        marks = [place for place, row in enumerate(held) if row in listed]
        places = list(range(len(held)))
        if len(held) > 2 * _AROUND:
            places = [place for place in places if any(abs(place - mark) <= _AROUND for mark in marks)]
        if len(places) > room:
            continue
        room -= len(places)
        shown = [
            {
                "id": shown_name(item.id, item.text),
                "n": item.n,
                "text": item.text if texts else None,
                "error": held[place] in listed,
                "left": place - before - 1,
            }
            for before, place in pairwise([-1, *places])
            for item in [sentences[held[place]]]
        ]
        name = shown_name(doc, sentences[held[places[0]]].text)
        documents.append({"doc": name, "sentences": shown, "left": len(held) - 1 - places[-1]})
    return documents


def _kinds(judged: Judged) -> NDArray[np.str_]:
    """Return the kind of error of each sentence; empty where there is none."""
    gold, predicted = judged.gold, judged.predicted
    there, found = gold.primary >= 0, predicted.primary >= 0
    known = gold.stances >= 0
    pair_right = right_answers(judged)
    other_set = (gold.frames != predicted.frames) | (known & predicted.frames & (gold.stances != predicted.stances))
    asked = gold.sources_known & there & found & pair_right
    if predicted.decided is not None and not predicted.decided.sourced:
        asked &= False
    source_wrong = np.array(
        [
            bool(ask) and not same_source(true, guess, text)
            for ask, true, guess, text in zip(asked, gold.sources, predicted.sources, gold.texts, strict=True)
        ],
        dtype=bool,
    )
    cases = {
        "missed": there & ~found,
        "invented": ~there & found,
        "other_frame": gold.primary != predicted.primary,
        "stance": ~pair_right,
        "extra_frames": other_set.any(1),
        "source": source_wrong,
    }
    return np.select(list(cases.values()), list(cases), default="")


def _listed(judged: Judged, item: LabelledSentence, row: int, confidence: float) -> ListedError:
    predicted, codebook = judged.predicted, judged.codebook
    scores = predicted.frame_scores[row]
    stances = predicted.stances[row]
    columns = [int(c) for c in np.argsort(-scores, kind="stable") if predicted.frames[row, c]]
    return ListedError(
        row=row,
        sentence=item,
        predicted=[
            (
                codebook.frame_ids[column],
                float(scores[column]),
                codebook.stance_ids[stances[column]],
                float(predicted.stance_scores[row, column, stances[column]]),
            )
            for column in columns
        ],
        source=predicted.sources[row],
        confidence=confidence,
        abstained=bool(predicted.abstained[row]),
    )
