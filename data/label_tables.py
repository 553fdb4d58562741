"""Labelled tables: one row a (sentence, frame, stance), or one 0/1 column a frame, turned into records."""

from __future__ import annotations

import difflib
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ..errors import InputError, nearest
from .codebook import Codebook
from .label_rows import Report, Row
from .readings import reader_of

__all__ = ["records_from_table"]

_TRUE = {"1", "1.0", "true", "yes"}
_FALSE = {"0", "0.0", "false", "no", "", "none", "nan"}

#: What the rows of one sentence must agree on.
_SHARED = ("text", "doc", "event", "n", "publisher")


def _stop(problem: InputError) -> None:
    raise problem


def records_from_table(
    rows: Sequence[Row],
    codebook: Codebook,
    *,
    path: str,
    report: Report = _stop,
    warn: Callable[[str], None] = warnings.warn,
    readers: Sequence[str] = (),
) -> Iterator[Row]:
    """Return records in the labelled-sentence format from the numbered rows of a table.

    With a ``frame`` column each row is one label and rows of one sentence (same ``id``, else same ``doc`` and
    ``n``, else same ``doc`` and ``text``) are joined in their order, the primary frame first; an empty frame
    is no frame. Otherwise each frame of the codebook has a 0/1 column, in which case there are no stances.

    Args:
        rows: All rows of the table.
        codebook: The codebook that the labels are checked against.
        path: The file, named in errors.
        report: Receives each row that is wrong; by default the first one is raised.
        warn: Receives what had to be assumed.
        readers: Columns that name the reader of a row; rows of several readers are not joined.

    Raises:
        InputError: A column is missing.
    """
    columns = list(rows[0][1])
    if "text" not in columns:
        raise InputError(f"the column is missing{nearest('text', columns)}", path=path, line=1, field="text")
    if "frame" in columns:
        return _from_pairs(rows, codebook, path, report, readers)
    present = [name for name in codebook.frame_ids if name in columns]
    lacking = [name for name in codebook.frame_ids if name not in columns]
    if not present:
        raise InputError(
            "has neither a 'frame' column, nor a 'labels' column, nor one column for each frame of the"
            f" codebook {codebook.name!r}{nearest('frame', columns)}",
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
    if "stance" in columns:
        warn(f"the column 'stance' of {path} is not read: where frames are 0/1 columns there are no stances")
    return _from_columns(rows, codebook.frame_ids, path, report, warn)


def _from_pairs(
    rows: Sequence[Row], codebook: Codebook, path: str, report: Report, readers: Sequence[str]
) -> Iterator[Row]:
    joined: dict[tuple[str, ...], tuple[int, dict[str, Any]]] = {}
    wrong: set[tuple[str, ...]] = set()
    for line, row in rows:
        key = (*_sentence_of(row), *reader_of(row, readers))
        base = {name: value for name, value in row.items() if name not in ("frame", "stance")}
        first, record = joined.setdefault(key, (line, {**base, "labels": []}))
        try:
            _check_shared(row, record, first, path=path, line=line)
            _add_label(row, record, first, codebook, path=path, line=line)
        except InputError as problem:
            report(problem)
            wrong.add(key)
    return iter(found for key, found in joined.items() if key not in wrong)


def _sentence_of(row: Mapping[str, Any]) -> tuple[str, ...]:
    if not _blank(row.get("id")):
        return "id", str(row["id"])
    if not _blank(row.get("doc")) and not _blank(row.get("n")):
        return "n", str(row["doc"]), str(row["n"])
    return "text", str(row.get("doc")), str(row["text"])


def _blank(value: Any) -> bool:
    return value is None or value == ""


def _check_shared(row: Mapping[str, Any], record: Mapping[str, Any], first: int, *, path: str, line: int) -> None:
    for name in _SHARED:
        if not _blank(row.get(name)) and row[name] != record.get(name):
            problem = f"differs from line {first}, though both name the same sentence"
            raise InputError(problem, path=path, line=line, field=name)


def _add_label(
    row: Mapping[str, Any], record: dict[str, Any], first: int, codebook: Codebook, *, path: str, line: int
) -> None:
    frame, stance = row.get("frame"), row.get("stance")
    if _blank(frame):
        if not _blank(stance):
            raise InputError(f"{stance!r} is the stance of no frame", path=path, line=line, field="stance")
        return
    codebook.check_frame(str(frame), path=path, line=line, field="frame")
    if not _blank(stance):
        codebook.check_stance(str(stance), path=path, line=line, field="stance")
    if any(label["frame"] == frame for label in record["labels"]):
        raise InputError(
            f"the sentence of line {first} has the frame {frame!r} already; if these are two sentences, give"
            " them an id, or doc and n",
            path=path,
            line=line,
            field="frame",
        )
    record["labels"].append({"frame": frame, "stance": None if _blank(stance) else stance})


def _from_columns(
    rows: Sequence[Row], frames: Sequence[str], path: str, report: Report, warn: Callable[[str], None]
) -> Iterator[Row]:
    several = 0
    for line, row in rows:
        try:
            labels = [{"frame": frame, "stance": None} for frame in frames if _flag(row[frame], path, line, frame)]
        except InputError as problem:
            report(problem)
            continue
        several += len(labels) > 1
        yield line, {name: value for name, value in row.items() if name not in frames} | {"labels": labels}
    if several:
        warn(
            f"{several} records of {path} have several frames in 0/1 columns, which have no order: which of"
            " them is the primary frame is not known, and the first of the codebook counts as it"
        )


def _flag(value: Any, path: str, line: int, frame: str) -> bool:
    word = str(value).strip().lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise InputError(f"must be 0 or 1, not {value!r}", path=path, line=line, field=frame)
