"""Releases as they were written, with what the model found marked in place: one layout for every page of sentences."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, groupby, pairwise
from typing import Any

from ..data.codebook import Codebook
from ..data.normalise import to_text
from ..data.types import Span
from .checked import check_result
from .legend import Legend, Tally

__all__ = ["Document", "Piece", "Voice", "cut", "gather", "group", "lay_out"]

#: Page furniture longer than this (characters) is folded away.
_FURNITURE_SHOWN = 240
_LINK = re.compile(r"https?://[^\s\x00-\x1f]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a sentence over which nothing begins or ends.

    Attributes:
        evidence: Positions, in the sentence's list of frames, of those whose evidence covers the stretch.
        source: True where the stretch belongs to the source.
    """

    text: str
    evidence: tuple[int, ...] = ()
    source: bool = False


@dataclass(frozen=True, slots=True)
class Voice:
    """Who speaks in a sentence, and how the sentence itself calls them where that is another word: a pronoun."""

    name: str
    said: str | None = None


@dataclass(slots=True)
class Document:
    """The results of one release in reading order, laid out only when the page reaches them.

    Attributes:
        voices: What stands in the margin of a sentence, by its ``n``: who speaks.
        linked: Sentences (``n``) to which the page links, so that they need an anchor even if nothing marks them.
    """

    doc: str
    index: int
    results: list[Mapping[str, Any]] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    voices: dict[int, Voice] = field(default_factory=dict)
    linked: set[int] = field(default_factory=set)

    @property
    def anchor(self) -> str:
        """Anchor within the page."""
        return f"d{self.index}"

    @property
    def headline(self) -> str:
        """Text of the first headline, or the name of the document."""
        heads = (result for result in self.results if result["kind"] == "headline")
        first = next(heads, None)
        if first is None:
            return self.doc
        rest = (result["text"] for result in heads if result["paragraph"] == first["paragraph"])
        return " ".join([first["text"], *rest])

    @property
    def meta(self) -> list[tuple[str, str, bool]]:
        """Publisher, date and address where known: name, text, and whether the text may be a link."""
        meta = self.results[0].get("meta") or {}
        known = [(name, str(meta[name])) for name in ("publisher", "date", "url") if meta.get(name)]
        return [(name, text, name == "url" and bool(_LINK.fullmatch(text))) for name, text in known]

    def anchor_of(self, n: int) -> str:
        """Anchor of a sentence within the page."""
        return f"{self.anchor}-{n}"

    def blocks(self, legend: Legend) -> Iterator[dict[str, Any]]:
        """Yield headlines, paragraphs and runs of page furniture in reading order."""
        headlines = 0
        for (kind, _), run in groupby(self.results, key=_block_of):
            rows = list(run)
            headlines += kind == "headline"
            paragraphs = [list(rows_) for _, rows_ in groupby(rows, key=lambda row: row["paragraph"])]
            yield {
                "kind": kind,
                "first": headlines == 1,
                "folded": kind == "boilerplate" and sum(len(row["text"]) for row in rows) > _FURNITURE_SHOWN,
                "sentences": len(rows),
                "paragraphs": [list(self._lay_out(paragraph, legend)) for paragraph in paragraphs],
            }

    def _lay_out(self, rows: Sequence[Mapping[str, Any]], legend: Legend) -> Iterator[dict[str, Any]]:
        end = None
        for row in rows:
            # Languages without spaces have none between sentences either.
            glue = "" if end is None or end == row["start"] else " "
            end = row["end"]
            anchor, linked = self.anchor_of(row["n"]), row["n"] in self.linked
            laid_out = lay_out(row, legend, anchor)
            yield laid_out | {
                "glue": glue,
                "id": anchor if laid_out["marked"] or linked else None,
                "voice": self.voices.get(row["n"]),
            }


def lay_out(row: Mapping[str, Any], legend: Legend, anchor: str) -> dict[str, Any]:
    """Return what the template ``sentence`` shows of a result.

    Args:
        row: The result.
        legend: Looks of its frames and stances.
        anchor: Where its labels lead: its place on the page. It carries that as its own id only in its place.
    """
    labels = [legend.label(found) for found in row["frames"]]
    pieces = cut(row["text"], *_spans_in(row))
    return {
        "anchor": anchor,
        "id": None,
        "voice": None,
        "text": row["text"],
        "marked": bool(labels or row["abstained"] or row["truncated"]),
        "stretches": [(source, list(run)) for source, run in groupby(pieces, _in_source)],
        "labels": labels,
        "unsure": row["abstained"],
        "truncated": row["truncated"],
    }


def cut(text: str, evidence: Sequence[Sequence[Span]], source: Span | None) -> list[Piece]:
    """Cut *text* at every border of a span; the pieces joined are the text again.

    Args:
        text: The sentence.
        evidence: Spans of each frame, within the sentence. They may overlap each other and the source.
        source: Span of the source, within the sentence.
    """
    sources = [] if source is None else [source]
    borders = sorted({0, len(text)}.union(*chain(sources, *evidence)))

    def covered(spans: Sequence[Span], start: int, end: int) -> bool:
        return any(first <= start and end <= last for first, last in spans)

    return [
        Piece(
            text[start:end],
            tuple(rank for rank, spans in enumerate(evidence) if covered(spans, start, end)),
            covered(sources, start, end),
        )
        for start, end in pairwise(borders)
    ]


def group(results: Iterable[Mapping[str, Any]], codebook: Codebook) -> list[Document]:
    """Gather consecutive results of one ``doc``, checked against the codebook and counted.

    Raises:
        CodebookError: A frame or stance that the codebook lacks.
        InputError: Another schema, a missing field, or offsets that do not fit the text.
    """
    return list(gather(results, codebook))


def gather(results: Iterable[Mapping[str, Any]], codebook: Codebook) -> Iterator[Document]:
    """Yield what :func:`group` returns, one document at a time."""
    document: Document | None = None
    for result in results:
        check_result(result, codebook)
        if document is None or document.doc != result["doc"]:
            if document is not None:
                yield document
            document = Document(result["doc"], 0 if document is None else document.index + 1)
        document.results.append(result)
        document.tally.add(result)
    if document is not None:
        yield document


def _spans_in(result: Mapping[str, Any]) -> tuple[list[list[Span]], Span | None]:
    """Return the evidence of each frame and the source, as offsets in the sentence."""
    origin, source = result["start"], result["source"]
    shifts = result.get("shifts") or ()

    def inside(start: int, end: int) -> Span:
        return to_text(start - origin, shifts), to_text(end - origin, shifts)

    evidence = [[inside(start, end) for start, end in row["evidence"]] for row in result["frames"]]
    return evidence, None if source is None else inside(source["start"], source["end"])


def _in_source(piece: Piece) -> bool:
    return piece.source


def _block_of(row: Mapping[str, Any]) -> tuple[str, int | None]:
    # Furniture is one block however many lines it has: it is folded away as a whole.
    return row["kind"], None if row["kind"] == "boilerplate" else row["paragraph"]
