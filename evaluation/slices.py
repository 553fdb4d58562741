"""The overall figures of parts of the data: by gold stance, publisher, length, event, and any column."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..data.types import LabelledSentence
from ..errors import UsageError, nearest
from .bootstrap import FEW_GROUPS, Counts, independent_groups
from .coverage import NO_FRAME
from .figure import Figure
from .judged import Judged
from .metrics import overall_figures

__all__ = ["MOST_VALUES", "SliceRow", "check_slices", "code_of", "shown_name", "slices"]

#: So many values of a column have a row of their own; the rest share one.
MOST_VALUES = 30

MISSING = "(not given)"

#: A value of more words than this is text rather than a name, and is not shown where no text may be.
_LONGEST_NAME = 6


@dataclass(frozen=True)
class SliceRow:
    """The sentences with one value of a column.

    Attributes:
        value: The value; for the pooled row, how many values it holds.
        groups: Independent events or documents among them; intervals resample these.
        figures: Overall figures by name.
    """

    value: str
    sentences: int
    groups: int
    figures: dict[str, Figure]

    @property
    def few(self) -> bool:
        """Whether the groups are too few for the intervals to be trusted."""
        return self.groups < FEW_GROUPS

    def to_dict(self) -> dict[str, Any]:
        """Return the row as JSON."""
        figures = {name: figure.to_dict() for name, figure in self.figures.items()}
        return {"value": self.value, "sentences": self.sentences, "groups": self.groups, "figures": figures}


def slices(
    judged: Judged,
    counts: Counts,
    sentences: Sequence[LabelledSentence],
    asked: Sequence[str] = (),
    *,
    texts: bool = True,
    rounds: int = 1000,
    seed: int = 0,
) -> dict[str, list[SliceRow]]:
    """Return the figures of each part, by column.

    The columns stance (gold stance of the primary frame), publisher, length and event are there wherever the data
    tells them, and those that were asked for. Within a single event, documents are resampled.

    Args:
        judged: Gold labels and predictions.
        counts: What ``sentence_counts`` made of them.
        sentences: The sentences, in the same order.
        asked: Names of further columns.
        texts: False hides values that may be text of the sentences.
        rounds: Bootstrap rounds.
        seed: Seed of the resampling.

    Raises:
        UsageError: No sentence has such a column; the message names the nearest.
    """
    check_slices(sentences, asked)
    hidden = frozenset() if texts else frozenset(item.text for item in sentences)
    found: dict[str, list[SliceRow]] = {}
    for column in dict.fromkeys([*_standing(sentences), *asked]):
        value_of = _BUILT_IN.get(column) or _from_meta(column, hidden)
        found[column] = []
        for value, rows in _parts(column, [value_of(item) for item in sentences]):
            groups = independent_groups([sentences[row] for row in rows])
            figures, size = overall_figures(judged, counts, np.array(rows), groups, rounds=rounds, seed=seed)
            found[column].append(SliceRow(value, len(rows), size, figures))
    return found


def check_slices(sentences: Sequence[LabelledSentence], asked: Sequence[str]) -> None:
    """Refuse columns that no sentence has.

    Raises:
        UsageError: No sentence has such a column; the message names the nearest.
    """
    columns = {name for item in sentences for name in item.meta}
    for column in asked:
        if column not in columns and column not in _BUILT_IN:
            known = [*_BUILT_IN, *sorted(columns)]
            raise UsageError(f"--slice {column}: no sentence has this column{nearest(column, known)}")


def shown_name(name: str, text: str) -> str:
    """Return the name of a document or event as it may be shown: a sentence that names none stands for itself."""
    return code_of(name) if name == text else name


def code_of(value: str) -> str:
    """Return a short code in the place of a text."""
    return "#" + hashlib.sha256(value.encode()).hexdigest()[:10]


def _standing(sentences: Sequence[LabelledSentence]) -> list[str]:
    """Return the columns that every report has, where the data tells them."""
    columns = []
    if any(stance is not None for item in sentences for stance in item.labels.values()):
        columns.append("stance")
    if any(item.publisher is not None for item in sentences):
        columns.append("publisher")
    columns.append("length")
    if any(item.event != item.doc for item in sentences):
        columns.append("event")
    return columns


def _parts(column: str, values: Sequence[str]) -> list[tuple[str, list[int]]]:
    """Return the rows of each value, the most frequent first (lengths by length); rare ones share the last part."""
    frequent = Counter(values).most_common()
    kept = [value for value, _ in frequent[:MOST_VALUES]]
    rest = {value for value, _ in frequent[MOST_VALUES:]}
    if column == "length":
        kept.sort(key=_LENGTHS.index)
    rows: dict[str, list[int]] = {value: [] for value in kept}
    others: list[int] = []
    for row, value in enumerate(values):
        (others if value in rest else rows[value]).append(row)
    parts = list(rows.items())
    if rest:
        parts.append((f"({len(rest)} other values, pooled)", others))
    return parts


def _stance(item: LabelledSentence) -> str:
    return str(next(iter(item.labels.values())) or MISSING) if item.labels else NO_FRAME


def _length(item: LabelledSentence) -> str:
    return _LENGTHS[min(len(item.text.split()) // 10, len(_LENGTHS) - 1)]


_LENGTHS = ("1 to 9 words", "10 to 19 words", "20 to 29 words", "30 words or more")

_BUILT_IN: dict[str, Callable[[LabelledSentence], str]] = {
    "stance": _stance,
    "publisher": lambda item: item.publisher or MISSING,
    "length": _length,
    "event": lambda item: shown_name(item.event, item.text),
    "frame": lambda item: next(iter(item.labels), NO_FRAME),
    "doc": lambda item: shown_name(item.doc, item.text),
}


def _from_meta(column: str, hidden: frozenset[str]) -> Callable[[LabelledSentence], str]:
    def value_of(item: LabelledSentence) -> str:
        value = item.meta.get(column)
        if value is None or value == "":
            return MISSING
        shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
        if hidden and (len(shown.split()) > _LONGEST_NAME or shown in hidden):
            return code_of(shown)
        return shown

    return value_of
