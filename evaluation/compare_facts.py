"""What the page of a comparison is made of: tellings with their texts, frames with their looks, places to link to."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..data.codebook import Codebook
from ..errors import InputError
from .figure import Figure
from .legend import Legend, Tally
from .marking import Document, group
from .pages import percent
from .schemas import COMPARISON_SCHEMA

__all__ = ["Facts", "Telling", "interval", "read_figure", "scale_of", "share"]

#: Ends of scales.
_SCALES = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)

#: So many tellings have a letter; the rest are numbered.
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:")

Place = tuple[str, str, int]


@dataclass(slots=True)
class Telling:
    """One of the tellings that are compared, with its texts where the comparison holds them."""

    id: str
    index: int
    name: str
    publisher: str | None
    date: str | None
    documents: int
    sentences: int
    framed: int
    unsure: int
    boilerplate: int
    texts: list[Document] = field(default_factory=list)

    @property
    def letter(self) -> str:
        """A short name for narrow places."""
        return _LETTERS[self.index] if self.index < len(_LETTERS) else str(self.index + 1)

    @property
    def anchor(self) -> str:
        """Anchor of its texts within the page."""
        return f"text-{self.index}"


class Facts:
    """A comparison, read and checked.

    Args:
        comparison: As of ``Comparison.to_dict``.

    Raises:
        CodebookError: A result names a frame or stance that the codebook lacks.
        InputError: Another schema, or a result that cannot be shown.
    """

    def __init__(self, comparison: Mapping[str, Any]) -> None:
        if comparison.get("schema") != COMPARISON_SCHEMA:
            problem = (
                f"is {comparison.get('schema')!r}, this version reads {COMPARISON_SCHEMA!r}; make the comparison again"
            )
            raise InputError(problem, path="comparison", field="schema")
        self.comparison = comparison
        self.codebook = _codebook(comparison["codebook"])
        self.tellings = {row["id"]: _telling(index, row) for index, row in enumerate(comparison["tellings"])}
        self.texts: list[Document] = []
        self._places: dict[Place, tuple[Document, Mapping[str, Any]]] = {}
        self._first: dict[tuple[str, str, str], str] = {}
        for entry in comparison["documents"]:
            self._take(entry["telling"], group(entry["results"], self.codebook))
        self.legend = Legend(self.codebook, self._tally())

    def _take(self, telling: str, documents: Iterable[Document]) -> None:
        for document in documents:
            document.index = len(self.texts)
            self.texts.append(document)
            self.tellings[telling].texts.append(document)
            for row in document.results:
                self._places[telling, document.doc, row["n"]] = document, row
                for found in () if row["abstained"] else row["frames"]:
                    self._first.setdefault(
                        (telling, found["frame"], found["stance"]), f"#{document.anchor_of(row['n'])}"
                    )

    def _tally(self) -> Tally:
        """Count what the legend shows: the texts, or the figures where the texts are left out."""
        tally = Tally()
        for row in (row for document in self.texts for row in document.results):
            tally.add(row)
        if not self.texts:
            for telling in self.tellings.values():
                tally.sentences += telling.sentences
                tally.framed += telling.framed
                tally.unsure += telling.unsure
            for row in self.comparison["contest"]:
                for cells in row["cells"].values():
                    tally.pairs.update({(row["frame"], stance): cell["count"] for stance, cell in cells.items()})
        return tally

    def find(self, telling: str, doc: str, n: int) -> tuple[Document, Mapping[str, Any]] | None:
        """Return text and result of a sentence, if the page holds it."""
        return self._places.get((telling, doc, n))

    def link(self, telling: str, doc: str, n: int) -> str | None:
        """Return a link to a sentence that is marked, if the page holds it."""
        found = self.find(telling, doc, n)
        return f"#{found[0].anchor_of(n)}" if found else None

    def first(self, telling: str, frame: str, stance: str) -> str | None:
        """Return a link to the first sentence of *telling* with *frame* and *stance*, if there is one."""
        return self._first.get((telling, frame, stance))

    def frame(self, name: str) -> dict[str, Any]:
        """Return the look of a frame; ``lit`` where sentences on the page carry it."""
        self.codebook.check_frame(name, path="comparison")
        look = self.legend.look(name)
        return look | {"lit": bool(self.texts) and any(row["class"] == look["class"] for row in self.legend.frames)}

    def those(self, ids: Iterable[str]) -> list[Telling]:
        """Return tellings by their ids, in the order of the comparison."""
        wanted = set(ids)
        return [telling for telling in self.tellings.values() if telling.id in wanted]

    def stances(self) -> Iterator[dict[str, Any]]:
        """Yield the stances as the legend shows them, with the side of the middle on which their bars stand."""
        for index, stance in enumerate(self.legend.stances):
            yield stance | {"side": ("first", "second")[index] if index < 2 else "rest"}


def read_figure(value: Mapping[str, Any] | None) -> Figure:
    """Return a figure; what is no finite number is left empty."""
    record = value or {}
    numbers = (record.get(name) for name in ("value", "low", "high"))
    known = [None if number is None or not math.isfinite(number) else float(number) for number in numbers]
    return Figure(known[0], known[1], known[2], int(record.get("support") or 0))


def share(figure: Figure) -> str:
    """Return a share in whole percent that never claims none where there is some."""
    if figure.value is not None and 0 < figure.value < 0.01:
        return "<1 %"
    return percent(figure.value, 0)


def scale_of(values: Iterable[float]) -> float:
    """Return the first end of a scale that holds all shares."""
    most = max(values, default=0.0)
    return next((end for end in _SCALES if end >= most), 1.0)


def interval(figure: Figure) -> str:
    """Return an interval in whole percent; nothing where there is none."""
    if figure.value is None or figure.low is None or figure.high is None:
        return ""
    return f"{100 * figure.low:.0f}–{100 * figure.high:.0f} %"


def _codebook(record: Mapping[str, Any]) -> Codebook:
    frames: Mapping[str, Mapping[str, Any]] = record["frames"]
    return Codebook(
        name=record["name"],
        version=record.get("version") or 1,
        language=record.get("language") or "en",
        frames={
            name: {"title": frame["title"], "definition": frame["definition"], "not": frame.get("not")}  # type: ignore[misc]
            for name, frame in frames.items()
        },
        stances=dict(record["stances"]),
    )


def _day(date: Any) -> str | None:
    """Return a date without the time of the day, which tells no telling from another."""
    text = str(date) if date else ""
    return (text[:10] if _MOMENT.match(text) else text) or None


def _telling(index: int, row: Mapping[str, Any]) -> Telling:
    return Telling(
        id=row["id"],
        index=index,
        name=str(row["name"]),
        publisher=row.get("publisher") or None,
        date=_day(row.get("date")),
        documents=int(row["documents"]),
        sentences=int(row["sentences"]),
        framed=int(row["framed"]),
        unsure=int(row["unsure"]),
        boilerplate=int(row["boilerplate"]),
    )
