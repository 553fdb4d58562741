"""Results as rows: lines of JSON, the columns of tables, and the columns of the input among them."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from ...data.codebook import Codebook
from ...data.types import Result

__all__ = [
    "COLUMNS",
    "LAST_COLUMNS",
    "RESULT_COLUMNS",
    "Written",
    "flat",
    "meta_columns",
    "plain",
    "result_line",
    "row_line",
]

#: Columns of the flat forms, before those of the input.
COLUMNS = (
    "doc",
    "n",
    "start",
    "end",
    "text",
    "kind",
    "paragraph",
    "primary",
    "stance",
    "score",
    "stance_score",
    "source",
    "source_start",
    "source_end",
    "confidence",
    "abstained",
    "truncated",
)

#: Columns after those; then come the columns of the input.
LAST_COLUMNS = ("frames", "model", "schema")

#: Columns of the flat forms that are not those of the input.
RESULT_COLUMNS = (*COLUMNS, *LAST_COLUMNS)

_ENCODER = json.JSONEncoder(ensure_ascii=False)
#: Takes what JSON can hold and nothing else.
_STRICT = json.JSONEncoder(ensure_ascii=False, allow_nan=False, check_circular=False)


@dataclass(frozen=True, slots=True)
class Written:
    """All results of a run, as often as they are asked for, and what a form needs beside them.

    Attributes:
        rows: Returns the results from the first on, as ``Result.to_dict`` makes them, made plain.
        meta: Columns of the input, in the order of their appearance.
        title: Title of a page.
        model: Name of the model.
        kept: Returns the results as lines, each with its end, if they are kept as :func:`result_line` makes them.
    """

    rows: Callable[[], Iterator[dict[str, Any]]]
    meta: Sequence[str]
    codebook: Codebook
    title: str
    model: str
    kept: Callable[[], Iterator[bytes]] | None = None

    def lines(self) -> Iterator[bytes]:
        """Return the results as lines of JSON, each with its end."""
        return self.kept() if self.kept is not None else (row_line(row) + b"\n" for row in self.rows())


def row_line(row: Mapping[str, Any]) -> bytes:
    """Return a row as a line of JSON, without its end. Half of a surrogate pair becomes a question mark."""
    return _ENCODER.encode(row).encode("utf-8", errors="replace")


def result_line(result: Result) -> bytes:
    """Return a result as the line of JSON, without its end, that stays as it is when it is read and written again."""
    row = result.to_dict()
    # What the model says is plain; what the input said may be anything.
    row["meta"] = plain(row["meta"])
    try:
        text = _STRICT.encode(row)
    except (TypeError, ValueError):
        text = _ENCODER.encode(plain(row))
    try:
        return text.encode()
    except UnicodeEncodeError:
        # Columns whose names differ in half a character alone are one then.
        return row_line(json.loads(text.encode("utf-8", errors="replace")))


def plain(value: Any) -> Any:
    """Return *value* as JSON can hold it: numpy's numbers as numbers, dates as text, NaN as None."""
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    if isinstance(value, float):  # JSON knows no NaN and no infinity
        return float(value) if math.isfinite(value) else None if math.isnan(value) else str(value)
    if value is None or isinstance(value, (str, int)):
        return value
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    return value.isoformat() if isinstance(value, (date, time)) else str(value)


def flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns before those of the input."""
    source = row["source"] or {}
    first = row["frames"][0] if row["frames"] else {}
    return {name: row.get(name) for name in COLUMNS} | {
        "score": first.get("score"),
        "stance_score": first.get("stance_score"),
        "source": source.get("text"),
        "source_start": source.get("start"),
        "source_end": source.get("end"),
    }


def meta_columns(meta: Sequence[str]) -> dict[str, str]:
    """Return the column of each column of the input; one that bears a name of ours becomes ``meta.name``."""
    taken = {*COLUMNS, *LAST_COLUMNS}
    columns = {name: name for name in meta if name not in taken}
    taken.update(columns)
    for name in meta:
        if name not in columns:
            column = f"meta.{name}"
            while column in taken:
                column = f"meta.{column}"
            columns[name] = column
            taken.add(column)
    return {name: columns[name] for name in meta}
