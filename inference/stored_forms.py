"""Rows of results as they stand in each form, with their line or row; what a form cannot hold is put right or empty."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ..data.cells import restored
from ..data.readers.files import open_regular
from ..data.readers.kinds import HEAD, kind_of
from ..data.readers.opening import open_plain
from ..data.readers.source import display_name
from ..data.strict import load_json
from ..errors import InputError
from .forms.dataset import LAYOUT
from .forms.rows import RESULT_COLUMNS, plain

__all__ = ["AGAIN", "Row", "header", "parquet_columns", "stored_rows"]

Row = dict[str, Any]
#: What to do about results that were altered.
AGAIN = "classify the releases again, or name the file as classify wrote it"
_LONGEST_CELL = 1 << 24


def stored_rows(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield line (text) or row (Parquet) and the object of each result in a file, unchecked.

    Raises:
        InputError: The file cannot be read.
    """
    shown = display_name(path)
    with open_regular(path) as file:
        stream = open_plain(file)
        head = bytes(stream.peek(HEAD)[:HEAD])
        kind = kind_of(path.name, head, named=True)
        if kind == "parquet":
            yield from _parquet_rows(path)
            return
        read: Callable[[io.TextIOWrapper, str], Iterator[tuple[int, Mapping[str, Any]]]]
        read = _jsonl_rows if kind == "jsonl" else _csv_rows
        try:
            yield from read(io.TextIOWrapper(stream, encoding="utf-8-sig", newline=""), shown)
        except UnicodeDecodeError as error:
            raise InputError(f"is not UTF-8 text: {error.reason}; {AGAIN}", path=shown) from error


def _jsonl_rows(lines: io.TextIOWrapper, shown: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = load_json(line)
        except (ValueError, RecursionError) as error:
            raise InputError(f"is not valid JSON: {error}; {AGAIN}", path=shown, line=number) from error
        if not isinstance(row, dict):
            raise InputError(f"is no result but a JSON {type(row).__name__}", path=shown, line=number)
        yield number, row


def header(line: str) -> list[str]:
    """Return the columns of a header; spreadsheets write semicolons in Europe."""
    cells = next(csv.reader([line.rstrip("\r\n")], delimiter=_delimiter(line)), [])
    return [restored(cell) for cell in cells]


def _delimiter(line: str) -> str:
    return max(",;\t", key=line.count)


def _csv_rows(lines: io.TextIOWrapper, shown: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    csv.field_size_limit(max(csv.field_size_limit(), _LONGEST_CELL))
    first = lines.readline()
    columns = header(first)
    rows = csv.reader(lines, delimiter=_delimiter(first), strict=True)
    try:
        last = 1  # the header is read already; a cell may hold line breaks, so a row begins behind the one before
        for cells in rows:
            number, last = last + 1, rows.line_num + 1
            if not cells:
                continue
            if len(cells) != len(columns):
                problem = f"has {len(cells)} cells where the header has {len(columns)}; {AGAIN}"
                raise InputError(problem, path=shown, line=number)
            yield number, _from_csv(dict(zip(columns, map(restored, cells), strict=True)), shown, number)
    except csv.Error as error:
        raise InputError(f"is not valid CSV: {error}; {AGAIN}", path=shown, line=rows.line_num + 1) from error


def _from_csv(cells: Mapping[str, str], shown: str, number: int) -> Row:
    row: Row = {name: value for name, value in cells.items() if name in RESULT_COLUMNS}
    for name in set(row) - {"text", "frames"}:
        row[name] = row[name] if row[name] != "" else None
    if "frames" in row:
        row["frames"] = [_from_cell(part, row, shown, number) for part in row["frames"].split(";") if part.strip()]
    rest = {name: value for name, value in cells.items() if name not in RESULT_COLUMNS and value != ""}
    return _nested(row, {_own_name(name): value for name, value in rest.items()})


def _from_cell(part: str, row: Mapping[str, Any], shown: str, number: int) -> Row:
    """Return a frame from ``frame:stance:score``; the scores of the primary frame have columns of their own."""
    pieces = part.strip().split(":")
    if len(pieces) != 3:
        problem = f"holds {part.strip()!r}, which is not frame:stance:score; {AGAIN}"
        raise InputError(problem, path=shown, line=number, field="frames")
    frame, stance, score = pieces
    primary = frame == row.get("primary")
    return {
        "frame": frame,
        "score": row.get("score") or score if primary else score,
        "stance": stance,
        "stance_score": row.get("stance_score") if primary else None,
        "evidence": [],
    }


def parquet_columns(path: Path) -> list[str]:
    """Return the names of the columns of a Parquet file."""
    import pyarrow
    from pyarrow import parquet

    try:
        with path.open("rb") as file:
            return list(parquet.read_schema(file).names)
    except (pyarrow.ArrowException, OSError) as error:
        raise InputError(f"cannot be read as Parquet: {error}", path=display_name(path)) from error


def _parquet_rows(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    import pyarrow
    from pyarrow import parquet

    number = 0
    try:
        with path.open("rb") as handle, parquet.ParquetFile(handle) as file:
            layout = (file.schema_arrow.metadata or {}).get(b"counterframe.layout", b"")
            own_row = _of_dataset if layout == LAYOUT.encode() else _of_table
            for batch in file.iter_batches(batch_size=1024):
                for cells in batch.to_pylist():
                    number += 1
                    yield number, own_row(cells)
    except (pyarrow.ArrowException, OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read as Parquet after row {number}: {error}", path=display_name(path)) from error


def _of_table(cells: Mapping[str, Any]) -> Row:
    own = {name: value for name, value in cells.items() if name in RESULT_COLUMNS}
    rest = {key: value for key, value in cells.items() if key not in own and value is not None}
    return _nested(own, {_own_name(name): value for name, value in plain(rest).items()})


def _of_dataset(cells: Mapping[str, Any]) -> Row:
    """Return a row of a part, which lacks nothing."""
    own = {name: value for name, value in cells.items() if name in RESULT_COLUMNS}
    return _nested(own, json.loads(cells["meta"])) | {"shifts": cells["shifts"]}


def _nested(row: Row, meta: Mapping[str, Any]) -> Row:
    """Return a row of a table as the object it was made from; offsets are exact except where the text was mended."""
    source, start, end = (row.pop(name, None) for name in ("source", "source_start", "source_end"))
    row["source"] = None if source is None else {"text": source, "start": start, "end": end}
    for name in ("score", "stance_score"):
        row.pop(name, None)
    row["meta"] = dict(meta)
    return row


def _own_name(column: str) -> str:
    """Return the name of a column of the input that bore a name of ours: ``text`` for ``meta.text``."""
    name = column.removeprefix("meta.")
    return name if name in RESULT_COLUMNS else column
