"""The annotated reading: releases as they were written, with what the model found marked in place."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, groupby, pairwise
from typing import Any, TextIO

from ..data.codebook import Codebook
from ..data.normalise import to_original, to_text
from ..data.types import SCHEMA, Span
from ..errors import InputError
from .pages import frame_tone, page_environment, score

__all__ = ["Document", "Legend", "Piece", "Tally", "cut", "group", "write_annotated_page"]

_TEXT_FIELDS = ("doc", "n", "start", "end", "text", "kind", "paragraph")
_LABEL_FIELDS = ("primary", "frames", "source", "abstained", "truncated")
_FRAME_FIELDS = ("frame", "score", "stance", "stance_score", "evidence")
#: Page furniture longer than this (characters) is folded away.
_FURNITURE_SHOWN = 240
#: How sign and highlight of a stance are filled; by position, since a codebook may name its stances freely.
_FILLS = ("full", "struck", "open")
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


@dataclass(slots=True)
class Tally:
    """Counts over sentences. Boilerplate is no sentence, and what the model is unsure of is no finding."""

    sentences: int = 0
    framed: int = 0
    unsure: int = 0
    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, result: Mapping[str, Any]) -> None:
        """Count one result."""
        if result["kind"] == "boilerplate":
            return
        self.sentences += 1
        if result["abstained"]:
            self.unsure += 1
        elif result["frames"]:
            self.framed += 1
            self.pairs.update((found["frame"], found["stance"]) for found in result["frames"])


@dataclass(slots=True)
class Document:
    """The results of one release in reading order, laid out only when the page reaches them."""

    doc: str
    index: int
    results: list[Mapping[str, Any]] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)

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
            labels = [legend.label(found) for found in row["frames"]]
            pieces = cut(row["text"], *_spans_in(row))
            yield {
                "glue": glue,
                "anchor": f"{self.anchor}-{row['n']}",
                "text": row["text"],
                "marked": bool(labels or row["abstained"] or row["truncated"]),
                "stretches": [(source, list(run)) for source, run in groupby(pieces, _in_source)],
                "labels": labels,
                "unsure": row["abstained"],
                "truncated": row["truncated"],
            }


class Legend:
    """Colours, lines and signs of a codebook's frames and stances, and how often each was found.

    Frames are told apart by colour and name, stances by sign, line, filling and word. All follow from the
    position in the codebook, so that the pages of one codebook look alike. Classes in the page: ``f3`` is the
    fourth frame, ``k1`` the second stance, ``f3k1`` both together.
    """

    def __init__(self, codebook: Codebook, tally: Tally) -> None:
        self.codebook = codebook
        self.tally = tally
        self._frame_positions = {name: index for index, name in enumerate(codebook.frames)}
        self._stance_positions = {name: index for index, name in enumerate(codebook.stances)}
        self.frames = self.counts(tally)
        self.stances = [
            {
                "class": f"k{index}",
                "word": name,
                "definition": definition,
                "line": ("solid", "dashed", "dotted", "double")[index % 4],
                "fill": _FILLS[index % 3],
                "shape": ("circle", "square", "diamond")[index // 3 % 3],
                "count": sum(count for (_, stance), count in tally.pairs.items() if stance == name),
            }
            for index, (name, definition) in enumerate(codebook.stances.items())
        ]

    def counts(self, tally: Tally) -> list[dict[str, Any]]:
        """Return the frames that occur in *tally*, in the codebook's order, each with its stances."""
        rows = []
        for index, (name, frame) in enumerate(self.codebook.frames.items()):
            stances = [
                {"class": f"k{position}", "word": stance, "count": tally.pairs[name, stance]}
                for position, stance in enumerate(self.codebook.stance_ids)
                if tally.pairs[name, stance]
            ]
            if stances:
                hue, lift = frame_tone(index, len(self.codebook.frames))
                count = sum(tally.pairs[name, stance] for stance in self.codebook.stance_ids)
                row = {"class": f"f{index}", "hue": hue, "lift": lift, "count": count, "stances": stances}
                rows.append(row | {"title": frame.title, "definition": frame.definition, "not": frame.not_})
        return rows

    def label(self, found: Mapping[str, Any]) -> dict[str, str]:
        """Return what the page shows of one frame of a result."""
        frame = self._frame_positions[found["frame"]]
        stance = self._stance_positions[found["stance"]]
        return {
            "frame": f"f{frame}",
            "stance": f"k{stance}",
            "title": self.codebook.frames[found["frame"]].title,
            "word": found["stance"],
            "fill": _FILLS[stance % 3],
            "score": score(found["score"]),
            "stance_score": score(found["stance_score"]),
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
    documents: list[Document] = []
    for result in results:
        _check(result, codebook)
        if not documents or documents[-1].doc != result["doc"]:
            documents.append(Document(result["doc"], len(documents)))
        documents[-1].results.append(result)
        documents[-1].tally.add(result)
    return documents


def write_annotated_page(
    results: Iterable[Mapping[str, Any]],
    handle: TextIO,
    *,
    codebook: Codebook,
    title: str = "Annotated reading",
    model: str = "",
) -> None:
    """Write one HTML page with all releases, marked in place. The page needs no network and no script.

    Nothing is written before every result has been checked; then the page is written document by document.

    Args:
        results: Objects as of ``Result.to_dict``, in reading order.
        handle: Text file (UTF-8) to write to.
        codebook: The codebook with which the results were made.
        title: Title of the page.
        model: Name of the model; by default the names that stand in the results.

    Raises:
        CodebookError: A result names a frame or stance that the codebook lacks.
        InputError: A result is of another schema, lacks a field, or its offsets do not fit its text.
    """
    documents = group(results, codebook)
    tally, names = Tally(), dict[str, None]()
    for row in chain.from_iterable(document.results for document in documents):
        tally.add(row)
        names[str(row.get("model") or "")] = None
    stream = (
        page_environment()
        .get_template("annotated.html")
        .stream(
            title=title,
            model=model or ", ".join(name for name in names if name),
            codebook=codebook,
            legend=Legend(codebook, tally),
            documents=documents,
        )
    )
    stream.enable_buffering(200)
    handle.writelines(stream)


def _check(result: Mapping[str, Any], codebook: Codebook) -> None:
    place = f"{result.get('doc', 'result')}, sentence {result.get('n', '?')}"
    if result.get("schema") != SCHEMA:
        problem = f"is {result.get('schema')!r}, this version reads {SCHEMA!r}; classify the release again"
        raise InputError(problem, path=place, field="schema")
    _require(result, (*_TEXT_FIELDS, *_LABEL_FIELDS), place)
    _require(result["source"] or {"start": 0, "end": 0}, ("start", "end"), place, "source.")
    for found in result["frames"]:
        _require(found, _FRAME_FIELDS, place, "frames.")
        codebook.check_frame(found["frame"], path=place, field="frames")
        codebook.check_stance(found["stance"], path=place, field="frames")
    first = result["frames"][0]["frame"] if result["frames"] else None
    if result["primary"] not in (None, first):
        problem = f"is {result['primary']!r}, but `frames` begins with {first!r}; the primary frame stands first"
        raise InputError(problem, path=place, field="primary")
    shifts = result.get("shifts") or ()
    length = result["end"] - result["start"]
    if length != to_original(len(result["text"]), shifts):
        problem = f"has {len(result['text'])} characters, but `start` and `end` are {length} apart"
        raise InputError(problem, path=place, field="text")
    source = result["source"]
    spans = [("frames", span) for row in result["frames"] for span in row["evidence"]]
    spans += [("source", (source["start"], source["end"]))] if source else []
    for name, (start, end) in spans:
        if not result["start"] <= start <= end <= result["end"]:
            problem = f"the span {start} to {end} leaves the sentence, {result['start']} to {result['end']}"
            raise InputError(problem, path=place, field=name)


def _require(record: Mapping[str, Any], names: Iterable[str], place: str, parent: str = "") -> None:
    for name in names:
        if name not in record:
            problem = "is missing; results come from `Result.to_dict`"
            raise InputError(problem, path=place, field=parent + name)


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
