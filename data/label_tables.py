"""Labelled tables: one row a (sentence, frame, stance), or one 0/1 column a frame, turned into records."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..errors import InputError, nearest
from .codebook import Codebook

__all__ = ["records_from_table"]

_Row = tuple[int, Mapping[str, Any]]
_TRUE = {"1", "1.0", "true", "yes"}
_FALSE = {"0", "0.0", "false", "no", "", "none", "nan"}


def records_from_table(rows: Sequence[_Row], codebook: Codebook, *, path: str) -> Iterator[_Row]:
    """Return records in the labelled-sentence format from the numbered rows of a table.

    With a ``frame`` column each row is one label and rows of one sentence (same ``id``, else same ``doc`` and ``n``,
    else same ``doc`` and ``text``) are joined in their order, the primary frame first; an empty frame is no frame.
    Otherwise each frame of the codebook has a 0/1 column, in which case there are no stances.

    Raises:
        InputError: A column or a cell is missing or wrong.
    """
    columns = list(rows[0][1])
    if "text" not in columns:
        raise InputError(f"the column is missing{nearest('text', columns)}", path=path, line=1, field="text")
    if "frame" in columns:
        return _from_pairs(rows, path)
    present = [name for name in codebook.frame_ids if name in columns]
    lacking = [name for name in codebook.frame_ids if name not in columns]
    if not present:
        raise InputError(
            "has neither a 'frame' column, nor a 'labels' column, nor one column for each frame of the codebook"
            f" {codebook.name!r}{nearest('frame', columns)}",
            path=path,
            line=1,
        )
    if lacking:
        close = {name: difflib.get_close_matches(name, set(columns) - set(present), 1) for name in lacking}
        hints = [name + (f" (column {match[0]!r}?)" if match else "") for name, match in close.items()]
        raise InputError(
            f"lacks a column for {', '.join(hints)}; add it, or give a codebook with the other frames alone",
            path=path,
            line=1,
        )
    return _from_columns(rows, codebook.frame_ids, path)


def _from_pairs(rows: Sequence[_Row], path: str) -> Iterator[_Row]:
    joined: dict[tuple[Any, ...], tuple[int, dict[str, Any]]] = {}
    for line, row in rows:
        key: tuple[Any, ...]
        if row.get("id"):
            key = ("id", row["id"])
        elif row.get("doc") and row.get("n") not in (None, ""):
            key = ("n", row["doc"], row["n"])
        else:
            key = ("text", row.get("doc"), row["text"])
        base = {name: value for name, value in row.items() if name not in ("frame", "stance")}
        first, record = joined.setdefault(key, (line, _typed({**base, "labels": []}, line, path)))
        if record["text"] != row["text"]:
            raise InputError(
                f"has another text than line {first}, though both name the same sentence",
                path=path,
                line=line,
                field="text",
            )
        if row.get("frame"):
            record["labels"].append({"frame": row["frame"], "stance": row.get("stance") or None})
    return iter(joined.values())


def _from_columns(rows: Sequence[_Row], frames: Sequence[str], path: str) -> Iterator[_Row]:
    for line, row in rows:
        labels = [{"frame": frame, "stance": None} for frame in frames if _flag(row[frame], path, line, frame)]
        yield line, _typed({k: v for k, v in row.items() if k not in frames} | {"labels": labels}, line, path)


def _flag(value: Any, path: str, line: int, frame: str) -> bool:
    word = str(value).strip().lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise InputError(f"must be 0 or 1, not {value!r}", path=path, line=line, field=frame)


def _typed(record: dict[str, Any], line: int, path: str) -> dict[str, Any]:
    """Give the sentence number back its type, which a CSV table loses."""
    number = record.get("n")
    if isinstance(number, str):
        if not number.strip():
            record.pop("n")
        elif number.strip().lstrip("-").isdigit():
            record["n"] = int(number)
        else:
            raise InputError(f"must be a whole number, not {number!r}", path=path, line=line, field="n")
    return record
