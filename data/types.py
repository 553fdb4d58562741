"""The plain values that travel between the packages. No third-party import, so that everything may use them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .normalise import Shift, to_original, to_text

__all__ = ["SCHEMA", "Kind", "LabelledSentence", "Release", "Result", "ScoredFrame", "Segment", "Sentence", "Span"]

#: Version of the result object, written into each result as ``schema``.
SCHEMA = "counterframe/1"

#: What a piece of a release is. Only ``body`` and ``headline`` are shown to the model.
Kind = Literal["body", "headline", "boilerplate"]

#: Start and end of a stretch of text, in characters; the end is exclusive.
Span = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One document as it was read, before cleaning.

    Attributes:
        doc: Identifier, unique within a run (a path, or the table's ``id``).
        text: The text to which all offsets of the results point. Never altered after reading.
        meta: Publisher, date, url and every other column of the input. Never shown to the model.
        furniture: Spans that the format itself shows to be page furniture (menus, share bars, footers).
        title: Span of the title inside ``text``, where the format marks one.
    """

    doc: str
    text: str
    meta: Mapping[str, Any] = field(default_factory=dict)
    furniture: tuple[Span, ...] = ()
    title: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A stretch of a release between two breaks: a paragraph, a heading, a line of page furniture."""

    start: int
    end: int
    kind: Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence of a release: ``release.text[start:end]`` as a reader sees it.

    Attributes:
        n: Position within the release, counted from 0.
        start: Place in ``release.text``.
        text: In NFC, without soft hyphens and characters that have no width. Where the release holds none of
            these, it is exactly ``release.text[start:end]``.
        paragraph: Number of the paragraph in which it stands, counted from 0.
        shifts: Where ``text`` differs from what stands in the release; see :mod:`.normalise`.
    """

    doc: str
    n: int
    start: int
    end: int
    text: str
    kind: Kind = "body"
    paragraph: int = 0
    meta: Mapping[str, Any] = field(default_factory=dict)
    shifts: tuple[Shift, ...] = ()

    def place(self, position: int) -> int:
        """Return where a position in ``text`` stands in the text of the release."""
        return self.start + (to_original(position, self.shifts) if self.shifts else position)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledSentence:
    """A sentence with its gold labels.

    Attributes:
        id: Identifier of the record, or ``file:line`` where the data has none.
        doc: Document; sentences of one document never stand on both sides of a split.
        event: What the document reports; splits keep an event together. Equals ``doc`` where unknown.
        labels: Stance of each frame, primary frame first; ``{}`` is no frame. A stance is ``None`` where the
            data has no stances.
        source: Span of the source of the primary frame in ``text``, or ``None`` for no source.
        source_known: False where the data says nothing of sources; then ``source`` is masked.
        place: ``file:line`` where the record was read.
        text_elsewhere: True where the record is an address and its text came from another file.
    """

    id: str
    doc: str
    event: str
    n: int
    text: str
    labels: Mapping[str, str | None]
    source: Span | None = None
    source_known: bool = True
    publisher: str | None = None
    place: str = ""
    text_elsewhere: bool = False
    meta: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredFrame:
    """A frame that the model found in a sentence.

    Attributes:
        score: Calibrated probability that the sentence evokes the frame.
        stance_score: Calibrated probability of the stance, given the frame.
        evidence: Spans of the words that evoked the frame, in the text of the release.
    """

    frame: str
    score: float
    stance: str
    stance_score: float
    evidence: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What the model says of one sentence. ``docs/results.md`` documents the written form.

    Attributes:
        primary: The frame that a reader would name first, or ``None`` for no frame.
        stance: Stance of the primary frame.
        frames: All frames found, primary first.
        source: Span of the source of the primary frame in the text of the release.
        confidence: Probability of the answer: of the primary frame and its stance, or of no frame; None where the
            model was not asked.
        abstained: True where the model is too unsure to be taken at its word.
        truncated: True where the model saw only the beginning of the sentence.
        model: Name and digest of the checkpoint.
    """

    sentence: Sentence
    primary: str | None
    stance: str | None
    frames: tuple[ScoredFrame, ...]
    source: Span | None
    abstained: bool
    truncated: bool
    model: str
    confidence: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the result as the documented JSON object."""
        sentence = self.sentence
        source = None
        if self.source is not None:
            start, end = self.source
            inside = slice(*(to_text(place - sentence.start, sentence.shifts) for place in self.source))
            source = {"text": sentence.text[inside], "start": start, "end": end}
        return {
            "schema": SCHEMA,
            "doc": sentence.doc,
            "n": sentence.n,
            "start": sentence.start,
            "end": sentence.end,
            "text": sentence.text,
            "kind": sentence.kind,
            "paragraph": sentence.paragraph,
            "primary": self.primary,
            "stance": self.stance,
            "frames": [
                {
                    "frame": found.frame,
                    "score": round(found.score, 6),
                    "stance": found.stance,
                    "stance_score": round(found.stance_score, 6),
                    "evidence": [list(span) for span in found.evidence],
                }
                for found in self.frames
            ],
            "source": source,
            "confidence": None if self.confidence is None else round(self.confidence, 6),
            "abstained": self.abstained,
            "truncated": self.truncated,
            "model": self.model,
            "shifts": [list(shift) for shift in sentence.shifts],
            "meta": dict(sentence.meta),
        }
