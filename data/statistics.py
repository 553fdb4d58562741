"""What a labelled corpus holds: counts, lengths, sources, balance between the sides, and repetition."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .codebook import Codebook
from .events import Event
from .repetition import NearDuplicate, near_duplicates, repeated_openings, shared_skeletons
from .types import LabelledSentence

__all__ = ["LONG", "TENS", "CorpusStatistics", "PartStatistics", "Repetition", "corpus_statistics"]

#: Name of the stance column where the data has none.
_NO_STANCE = "without stance"

#: Sentences of so many words are long.
LONG = 35

#: Width of a class of lengths, in words.
TENS = 10


@dataclass(frozen=True)
class PartStatistics:
    """Counts of one part of a corpus.

    Attributes:
        labels: For each frame, how often it carries each stance.
        primary: How often each frame is the primary one.
        several: Sentences with two frames or more.
        asked: Framed sentences of which the data says whether they name a source.
        sourced: How many of them name the source of their primary frame.
        words: Length of the sentences in words: 10th percentile, median, 90th, longest.
        long: Sentences of at least 35 words.
        lengths: Sentences by length: for each ten words (0 to 9, 10 to 19, …), how many, up to the longest.
        publishers: Sentences of each publisher, where one is named.
    """

    sentences: int
    documents: int
    events: int
    framed: int
    several: int
    asked: int
    sourced: int
    words: tuple[int, int, int, int]
    long: int
    lengths: tuple[int, ...]
    labels: Mapping[str, Mapping[str, int]]
    primary: Mapping[str, int]
    publishers: Mapping[str, int]

    @property
    def without_frame(self) -> int:
        """Sentences that carry no frame."""
        return self.sentences - self.framed

    def to_dict(self) -> dict[str, Any]:
        """Return the counts as JSON; of publishers only their number, for there may be thousands."""
        return {
            "sentences": self.sentences,
            "documents": self.documents,
            "events": self.events,
            "publishers": len(self.publishers),
            "framed": self.framed,
            "without_frame": self.without_frame,
            "several_frames": self.several,
            "say_whether_a_source_is_named": self.asked,
            "name_a_source": self.sourced,
            "words": dict(zip(("p10", "median", "p90", "longest"), self.words, strict=True)),
            "long": self.long,
            "by_ten_words": list(self.lengths),
            "labels": {frame: dict(row) for frame, row in self.labels.items()},
            "primary": dict(self.primary),
        }


@dataclass(frozen=True)
class Repetition:
    """What repeats itself.

    Attributes:
        duplicates: Pairs of sentences of two events that are nearly the same.
        skeletons: Framed sentences that share their skeleton (text without names and numbers) with another one.
        opening: The most frequent opening of four words among framed sentences.
        opening_share: Share of the framed sentences that begin so.
    """

    duplicates: Sequence[NearDuplicate]
    skeletons: int
    opening: str
    opening_share: float

    def to_dict(self) -> dict[str, Any]:
        """Return the counts as JSON, the pairs by id."""
        return {
            "near_duplicates": [[pair.first.id, pair.second.id, pair.similarity] for pair in self.duplicates],
            "sentences_with_a_shared_skeleton": self.skeletons,
            "most_frequent_opening": self.opening,
            "most_frequent_opening_share": round(self.opening_share, 4),
        }


@dataclass(frozen=True)
class CorpusStatistics:
    """What a corpus holds.

    Attributes:
        parts: ``own text``, and ``text kept elsewhere`` for labels that are addresses; a part that is empty is absent.
        balance: For each frame, how often it carries the first stance of the codebook (in ours, ``asserts``) in
            documents of the stronger side, of the weaker one, and of neither; empty where no ``events.json`` says who
            is which.
        missing: Labels that were left out because their text is not at hand.
    """

    parts: Mapping[str, PartStatistics]
    balance: Mapping[str, Mapping[str, int]]
    repetition: Repetition
    missing: int

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON."""
        return {
            "parts": {name: part.to_dict() for name, part in self.parts.items()},
            "first_stance_by_power": {frame: dict(row) for frame, row in self.balance.items()},
            "repetition": self.repetition.to_dict(),
            "missing": self.missing,
        }


def corpus_statistics(
    sentences: Sequence[LabelledSentence],
    codebook: Codebook,
    *,
    events: Mapping[str, Event] | None = None,
    missing: int = 0,
) -> CorpusStatistics:
    """Count what a corpus holds.

    Args:
        sentences: All sentences.
        codebook: The codebook of the labels; its order is that of the counts.
        events: Parties and publishers of the events, for the balance between the sides.
        missing: Labels whose text is not at hand, to be named beside the counts.
    """
    parts: dict[str, list[LabelledSentence]] = {"own text": [], "text kept elsewhere": []}
    for item in sentences:
        parts["text kept elsewhere" if item.text_elsewhere else "own text"].append(item)
    return CorpusStatistics(
        parts={name: _part(items, codebook) for name, items in parts.items() if items},
        balance=_balance(sentences, codebook, events or {}),
        repetition=_repetition(sentences),
        missing=missing,
    )


def _part(items: Sequence[LabelledSentence], codebook: Codebook) -> PartStatistics:
    labels = {frame: dict.fromkeys(codebook.stance_ids, 0) for frame in codebook.frame_ids}
    for item in items:
        for frame, stance in item.labels.items():
            labels[frame][stance or _NO_STANCE] = labels[frame].get(stance or _NO_STANCE, 0) + 1
    lengths = np.array([len(item.text.split()) for item in items])
    p10, median, p90 = (round(float(value)) for value in np.percentile(lengths, [10, 50, 90]))
    first = Counter(next(iter(item.labels)) for item in items if item.labels)
    return PartStatistics(
        sentences=len(items),
        documents=len({item.doc for item in items}),
        events=len({item.event for item in items}),
        framed=sum(bool(item.labels) for item in items),
        several=sum(len(item.labels) > 1 for item in items),
        asked=sum(item.source_known for item in items if item.labels),
        sourced=sum(item.source is not None for item in items if item.labels),
        words=(p10, median, p90, int(lengths.max())),
        long=int((lengths >= LONG).sum()),
        lengths=tuple(np.bincount(lengths // TENS).tolist()),
        labels=labels,
        primary={frame: first[frame] for frame in codebook.frame_ids},
        publishers=dict(Counter(item.publisher for item in items if item.publisher).most_common()),
    )


def _balance(
    sentences: Sequence[LabelledSentence], codebook: Codebook, events: Mapping[str, Event]
) -> dict[str, dict[str, int]]:
    told = any(stance is not None for item in sentences for stance in item.labels.values())
    if not told or not any(item.event in events and events[item.event].publishers for item in sentences):
        return {}
    balance = {frame: {"stronger": 0, "weaker": 0, "none": 0} for frame in codebook.frame_ids}
    for item in sentences:
        event = events.get(item.event)
        power = event.power_of.get(item.publisher or "") if event else None
        if power:
            for frame, stance in item.labels.items():
                balance[frame][power] += stance == codebook.stance_ids[0]
    return balance


def _repetition(sentences: Sequence[LabelledSentence]) -> Repetition:
    framed = [item for item in sentences if item.labels]
    openings = repeated_openings(framed)
    opening, count = openings.most_common(1)[0] if openings else ("", 0)
    return Repetition(
        duplicates=near_duplicates(sentences, across_events=True),
        skeletons=sum(len(items) for items in shared_skeletons(framed).values()),
        opening=opening,
        opening_share=count / max(1, len(framed)),
    )
