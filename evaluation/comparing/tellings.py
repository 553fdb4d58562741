"""Tellings: the documents of one input, publisher or other group, as the figures need them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data.codebook import Codebook
from ...data.dates import parse_date
from ...errors import InputError, UsageError, nearest

__all__ = ["MOST_TELLINGS", "Document", "Pair", "Telling", "Told", "group_by", "name_tellings", "read_documents"]

#: More tellings than this are no comparison that anybody could read.
MOST_TELLINGS = 100

#: Positions of a frame and a stance in the codebook.
Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence of a telling that the model was shown.

    Attributes:
        pairs: Frames and stances that were found, primary first, also where the answer is unsure.
        source: The words that name the voice of the primary frame, and where they begin in ``text``.
    """

    n: int
    paragraph: int
    headline: bool
    text: str
    unsure: bool
    pairs: tuple[Pair, ...]
    source: tuple[str, int] | None

    @property
    def found(self) -> tuple[Pair, ...]:
        """What counts as found: nothing where the model is unsure."""
        return () if self.unsure else self.pairs


@dataclass(slots=True)
class Document:
    """A document with its sentences; boilerplate is no sentence and is only counted.

    Attributes:
        results: The results as classify writes them; emptied where there are too many to be shown.
        place: Name of the input from which it was read.
    """

    doc: str
    meta: Mapping[str, Any]
    sentences: list[Told]
    results: list[dict[str, Any]]
    boilerplate: int
    truncated: int
    digest: bytes
    place: str = ""

    def counts(self, codebook: Codebook) -> NDArray[np.float64]:
        """Return in how many sentences each frame (F) was found with each stance (S)."""
        counts = np.zeros((len(codebook.frames), len(codebook.stances)))
        for sentence in self.sentences:
            for pair in sentence.found:
                counts[pair] += 1
        return counts


@dataclass(slots=True)
class Telling:
    """What is told by one input, or by one publisher or other group."""

    id: str
    name: str
    documents: list[Document] = field(default_factory=list)

    @property
    def sentences(self) -> int:
        """How many sentences the model was shown, the unsure ones included."""
        return sum(len(document.sentences) for document in self.documents)

    def told(self) -> Iterator[tuple[Document, Told]]:
        """Yield all sentences with their documents."""
        for document in self.documents:
            for sentence in document.sentences:
                yield document, sentence

    def shared(self, column: str) -> str | None:
        """Return the value of a column that all documents share, or None."""
        values = {_text(document.meta.get(column)) for document in self.documents}
        return values.pop() if len(values) == 1 else None

    def to_dict(self) -> dict[str, Any]:
        """Return what is said of the telling as a whole."""
        sentences = [sentence for _, sentence in self.told()]
        return {
            "id": self.id,
            "name": self.name,
            "publisher": self.shared("publisher"),
            "date": self.shared("date"),
            "documents": len(self.documents),
            "sentences": len(sentences),
            "framed": sum(bool(sentence.found) for sentence in sentences),
            "unsure": sum(sentence.unsure for sentence in sentences),
            "boilerplate": sum(document.boilerplate for document in self.documents),
        }


def read_documents(
    results: Iterable[Mapping[str, Any]], codebook: Codebook, *, place: str = "", keep: bool = True
) -> Iterator[Document]:
    """Gather consecutive results of one ``doc``.

    Args:
        results: Objects as of ``Result.to_dict``, in reading order.
        codebook: The codebook with which they were made.
        place: Name of the input, kept with each document.
        keep: Keep the results themselves beside what the figures need.

    Raises:
        CodebookError: A result names a frame or stance that the codebook lacks.
        InputError: A frame stands twice in a result.
    """
    frames = {name: index for index, name in enumerate(codebook.frames)}
    stances = {name: index for index, name in enumerate(codebook.stances)}

    def pairs_of(result: Mapping[str, Any]) -> tuple[Pair, ...]:
        where = f"{result['doc']}, sentence {result['n']}"
        for found in result["frames"]:
            codebook.check_frame(found["frame"], path=where, field="frames")
            codebook.check_stance(found["stance"], path=where, field="frames")
        pairs = tuple((frames[found["frame"]], stances[found["stance"]]) for found in result["frames"])
        if len({frame for frame, _ in pairs}) < len(pairs):
            raise InputError("a frame stands twice; classify the release again", path=where, field="frames")
        return pairs

    for doc, run in groupby(results, key=lambda result: result["doc"]):
        rows = list(run)
        digest = hashlib.sha256()
        for row in rows:
            digest.update(row["text"].encode("utf-8", "surrogatepass") + b"\n")
        shown = [row for row in rows if row["kind"] != "boilerplate"]
        yield Document(
            doc=str(doc),
            meta=dict(rows[0].get("meta") or {}),
            sentences=[_told(row, pairs_of(row)) for row in shown],
            results=[dict(row) for row in rows] if keep else [],
            boilerplate=len(rows) - len(shown),
            truncated=sum(bool(row["truncated"]) for row in rows),
            digest=digest.digest(),
            place=place,
        )


def _told(row: Mapping[str, Any], pairs: tuple[Pair, ...]) -> Told:
    source = row["source"]
    words = None
    if source is not None and source["text"].strip():
        # Where letters were joined or left out, the offset is that of the release; the words are found again.
        at = source["start"] - row["start"]
        if row["text"][at : at + len(source["text"])] != source["text"]:
            at = max(0, row["text"].find(source["text"]))
        words = (source["text"], at)
    return Told(
        n=row["n"],
        paragraph=row["paragraph"],
        headline=row["kind"] == "headline",
        text=row["text"],
        unsure=bool(row["abstained"]),
        pairs=pairs,
        source=words,
    )


def name_tellings(inputs: Sequence[tuple[str, list[Document]]]) -> list[Telling]:
    """Return one telling an input, named by its publisher where all its documents share one, else by the input."""
    tellings = [Telling(f"t{index}", name, documents) for index, (name, documents) in enumerate(inputs)]
    names = [telling.shared("publisher") or telling.name for telling in tellings]
    for telling, name in zip(tellings, names, strict=True):
        twice = names.count(name) > 1 and telling.name != name
        telling.name = f"{name} ({telling.name})" if twice else name
    _number_apart(tellings)
    return tellings


def group_by(
    documents: Sequence[Document], column: str, on_notice: Callable[[str], None] | None = None
) -> list[Telling]:
    """Return one telling for each value of a column, in the order of the values; days for ``date``.

    Raises:
        UsageError: No document has such a column, or it has one value alone, or too many.
    """
    known = sorted({name for document in documents for name, value in document.meta.items() if _text(value)})
    if column not in known:
        raise UsageError(f"--by {column}: no document says what its {column!r} is{nearest(column, known)}")
    key: Callable[[Document], str | None] = (
        _day if column == "date" else lambda document: _text(document.meta.get(column))
    )
    groups: dict[str | None, list[Document]] = {}
    for document in documents:
        groups.setdefault(key(document), []).append(document)
    if len(groups) == 1:
        raise UsageError(f"--by {column}: all documents have {next(iter(groups))!r}; a comparison needs two values")
    if len(groups) > MOST_TELLINGS:
        raise UsageError(
            f"--by {column}: {len(groups)} values, such as {next(filter(None, groups))!r}; at most {MOST_TELLINGS} can"
            " be compared"
        )
    if (missing := len(groups.get(None, ()))) and on_notice is not None:
        on_notice(f"{missing} document(s) state no {column} and are taken together, whoever wrote them")
    order = sorted(groups, key=lambda name: (name is None, (name or "").casefold(), name or ""))
    names = [f"(no {column} stated)" if name is None else name for name in order]
    return [Telling(f"t{index}", names[index], groups[value]) for index, value in enumerate(order)]


def _number_apart(tellings: Sequence[Telling]) -> None:
    seen: dict[str, int] = {}
    for telling in tellings:
        seen[telling.name] = seen.get(telling.name, 0) + 1
        if seen[telling.name] > 1:
            telling.name = f"{telling.name} #{seen[telling.name]}"


def _day(document: Document) -> str | None:
    value = document.meta.get("date")
    day = parse_date(value)
    return _text(value) if day is None else day.isoformat()


def _text(value: Any) -> str | None:
    text = "" if value is None else " ".join(str(value).split())
    return text or None
