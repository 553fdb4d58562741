"""Results that classify wrote, read back from JSON Lines, CSV and Parquet."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..data.codebook import Codebook
from ..data.normalise import to_original
from ..data.readers.files import open_regular
from ..data.readers.kinds import HEAD, kind_of, narrow
from ..data.readers.opening import open_plain
from ..data.readers.source import display_name
from ..data.strict import load_json
from ..data.types import SCHEMA, Kind
from ..errors import InputError
from .writers import RESULT_COLUMNS, plain

__all__ = ["is_stored", "read_stored"]

_Row = dict[str, Any]
_Span = Annotated[list[int], Field(min_length=2, max_length=2)]
#: Columns by which a table of results is known, and those of which it has at least two.
_KNOWN, _TELLING = {"doc", "n", "text"}, {"primary", "frames", "abstained", "schema", "kind"}
_OWN_LINE = re.compile(r'\s*\{.*"schema":\s*"counterframe/', re.DOTALL)
_LONGEST_CELL = 1 << 24
_AGAIN = "classify the releases again, or name the file as classify wrote it"


class _Found(BaseModel):
    model_config = ConfigDict(extra="allow")

    frame: str
    score: float = Field(ge=0, le=1)
    stance: str
    stance_score: float | None = Field(ge=0, le=1)
    evidence: list[_Span]


class _Source(BaseModel):
    text: str
    start: int
    end: int


class _Stored(BaseModel):
    """The object that ``docs/results.md`` documents; fields may be added within version 1."""

    model_config = ConfigDict(extra="allow", protected_namespaces=())

    schema_: str = Field(alias="schema")
    doc: str
    n: int = Field(ge=0)
    start: int = Field(ge=0)
    end: int
    text: str
    kind: Kind
    paragraph: int
    primary: str | None
    stance: str | None
    frames: list[_Found]
    source: _Source | None
    confidence: float | None = None
    abstained: bool
    truncated: bool
    model: str
    shifts: list[_Span] = Field(default_factory=list)
    meta: dict[str, Any] = Field(default_factory=dict)


def is_stored(path: Path) -> bool:
    """Return whether a file holds results of classify, by its first bytes.

    Raises:
        InputError: It cannot be opened, or lists what an earlier run could not read.
    """
    with open_regular(path) as file:
        stream = open_plain(file)
        head = bytes(stream.peek(HEAD)[:HEAD])
    kind = kind_of(path.name, head, named=True)
    if kind == "parquet":
        return _are_results(_parquet_columns(path))
    text = narrow(head).decode("utf-8", errors="replace")
    first = text.lstrip().partition("\n")[0]
    if kind == "jsonl":
        if first.startswith('{"path": ') and '"status": "' in first:
            raise InputError("lists what could not be read; name the results beside it", path=display_name(path))
        return bool(_OWN_LINE.match(first)) or ('"primary":' in first and '"frames":' in first)
    if kind in ("csv", "tsv"):
        return _are_results(_header(first))
    return False


def _are_results(columns: list[str]) -> bool:
    return set(columns) >= _KNOWN and len(_TELLING & set(columns)) > 1


def read_stored(path: Path, codebook: Codebook) -> Iterator[list[_Row]]:
    """Yield the results of each document in reading order, as ``Result.to_dict`` makes them.

    One document is held at a time, so all its results must stand together, as classify writes them.

    A CSV has no evidence and knows the probability of a stance (``stance_score``) for the primary frame alone: then
    these are empty and None.

    Raises:
        InputError: A result lacks a field or does not fit together; the message names file, line and field.
        CodebookError: It names a frame or a stance that *codebook* lacks.
    """
    shown = display_name(path)
    done: set[str] = set()
    doc: str | None = None
    rows: dict[int, _Row] = {}
    for line, raw in _rows(path, shown):
        row = _checked(raw, shown, line, codebook)
        if row["doc"] != doc:
            if doc is not None:
                done.add(doc)
                yield [rows[n] for n in sorted(rows)]
            doc, rows = row["doc"], {}
            if doc in done:
                problem = f"{doc!r} goes on, or stands twice, behind other documents; sort by `doc`, or {_AGAIN}"
                raise InputError(problem, path=shown, line=line, field="doc")
        if row["n"] in rows:
            problem = f"sentence {row['n']} of {row['doc']!r} stands twice; {_AGAIN}"
            raise InputError(problem, path=shown, line=line, field="n")
        rows[row["n"]] = row
    if doc is None:
        raise InputError("holds no results", path=shown)
    yield [rows[n] for n in sorted(rows)]


def _rows(path: Path, shown: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
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
            raise InputError(f"is not UTF-8 text: {error.reason}; {_AGAIN}", path=shown) from error


def _jsonl_rows(lines: io.TextIOWrapper, shown: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = load_json(line)
        except (ValueError, RecursionError) as error:
            raise InputError(f"is not valid JSON: {error}; {_AGAIN}", path=shown, line=number) from error
        if not isinstance(row, dict):
            raise InputError(f"is no result but a JSON {type(row).__name__}", path=shown, line=number)
        yield number, row


def _header(line: str) -> list[str]:
    """Return the columns of a header; spreadsheets write semicolons in Europe."""
    return next(csv.reader([line.rstrip("\r\n")], delimiter=_delimiter(line)), [])


def _delimiter(line: str) -> str:
    return max(",;\t", key=line.count)


def _csv_rows(lines: io.TextIOWrapper, shown: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    csv.field_size_limit(max(csv.field_size_limit(), _LONGEST_CELL))
    first = lines.readline()
    columns = _header(first)
    rows = csv.reader(lines, delimiter=_delimiter(first), strict=True)
    try:
        last = 1  # the header is read already; a cell may hold line breaks, so a row begins behind the one before
        for cells in rows:
            number, last = last + 1, rows.line_num + 1
            if not cells:
                continue
            if len(cells) != len(columns):
                problem = f"has {len(cells)} cells where the header has {len(columns)}; {_AGAIN}"
                raise InputError(problem, path=shown, line=number)
            yield number, _from_csv(dict(zip(columns, cells, strict=True)), shown, number)
    except csv.Error as error:
        raise InputError(f"is not valid CSV: {error}; {_AGAIN}", path=shown, line=rows.line_num + 1) from error


def _from_csv(cells: Mapping[str, str], shown: str, number: int) -> _Row:
    row: _Row = {name: value for name, value in cells.items() if name in RESULT_COLUMNS}
    for name in set(row) - {"text", "frames"}:
        row[name] = row[name] if row[name] != "" else None
    if "frames" in row:
        row["frames"] = [_from_cell(part, row, shown, number) for part in row["frames"].split(";") if part.strip()]
    return _nested(row, {name: value for name, value in cells.items() if name not in RESULT_COLUMNS and value != ""})


def _from_cell(part: str, row: Mapping[str, Any], shown: str, number: int) -> _Row:
    """Return a frame from ``frame:stance:score``; the scores of the primary frame have columns of their own."""
    pieces = part.strip().split(":")
    if len(pieces) != 3:
        problem = f"holds {part.strip()!r}, which is not frame:stance:score; {_AGAIN}"
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


def _parquet_columns(path: Path) -> list[str]:
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
            for batch in file.iter_batches(batch_size=1024):
                for cells in batch.to_pylist():
                    number += 1
                    own = {name: value for name, value in cells.items() if name in RESULT_COLUMNS}
                    rest = {key: value for key, value in cells.items() if key not in own and value is not None}
                    yield number, _nested(own, plain(rest))
    except (pyarrow.ArrowException, OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read as Parquet after row {number}: {error}", path=display_name(path)) from error


def _nested(row: _Row, meta: Mapping[str, Any]) -> _Row:
    """Return a row of a table as the object it was made from; offsets are exact except where the text was mended."""
    source, start, end = (row.pop(name, None) for name in ("source", "source_start", "source_end"))
    row["source"] = None if source is None else {"text": source, "start": start, "end": end}
    for name in ("score", "stance_score"):
        row.pop(name, None)
    row["meta"] = {_own_name(name): value for name, value in meta.items()}
    return row


def _own_name(column: str) -> str:
    """Return the name of a column of the input that bore a name of ours: ``text`` for ``meta.text``."""
    name = column.removeprefix("meta.")
    return name if name in RESULT_COLUMNS else column


def _checked(raw: Mapping[str, Any], shown: str, line: int, codebook: Codebook) -> _Row:
    schema = raw.get("schema")
    if "schema" in raw and schema != SCHEMA:
        problem = f"is {schema!r}, this version reads {SCHEMA!r}; classify the releases again"
        raise InputError(problem, path=shown, line=line, field="schema")
    try:
        row = _Stored.model_validate(raw).model_dump(by_alias=True)
    except ValidationError as error:
        raise _readable(error, shown, line) from error
    for found in row["frames"]:
        codebook.check_frame(found["frame"], path=shown, line=line, field="frames")
        codebook.check_stance(found["stance"], path=shown, line=line, field="frames")
    first = row["frames"][0] if row["frames"] else {"frame": None, "stance": None}
    for name, value in (("primary", first["frame"]), ("stance", first["stance"])):
        if row[name] != value:
            problem = f"is {row[name]!r}, but `frames` begins with {value!r}; {_AGAIN}"
            raise InputError(problem, path=shown, line=line, field=name)
    _place(row, "shifts" in raw, shown, line)
    return row


def _readable(error: ValidationError, shown: str, line: int) -> InputError:
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"] if not isinstance(part, int))
    if first["type"] == "missing":
        problem = f"is missing; {_AGAIN}"
    else:
        given = json.dumps(first["input"], ensure_ascii=False, default=str)[:60]
        problem = f"{first['msg'][:1].lower()}{first['msg'][1:]}, not {given}; {_AGAIN}"
    return InputError(problem, path=shown, line=line, field=field)


def _place(row: _Row, shifted: bool, shown: str, line: int) -> None:
    """Check that all offsets fit the text, which tables without ``shifts`` give only where nothing was mended."""
    length = row["end"] - row["start"]
    if length != to_original(len(row["text"]), [(place, by) for place, by in row["shifts"]]):
        if shifted or length < 1:
            problem = f"has {len(row['text'])} characters, but `start` and `end` are {length} apart; {_AGAIN}"
            raise InputError(problem, path=shown, line=line, field="text")
        _without_places(row, length)
    spans = [("frames.evidence", span) for found in row["frames"] for span in found["evidence"]]
    if row["source"] is not None:
        spans.append(("source", [row["source"]["start"], row["source"]["end"]]))
    for name, (start, end) in spans:
        if not row["start"] <= start <= end <= row["end"]:
            problem = f"the span {start} to {end} leaves the sentence, {row['start']} to {row['end']}; {_AGAIN}"
            raise InputError(problem, path=shown, line=line, field=name)


def _without_places(row: _Row, length: int) -> None:
    """Make a row whole whose text was mended, in a form that does not say where: evidence is left out."""
    size = len(row["text"])
    row["shifts"] = [[size, length - size]]
    for found in row["frames"]:
        found["evidence"] = []
    if row["source"] is not None:
        at = row["text"].find(row["source"]["text"])
        end = at + len(row["source"]["text"])
        fits = at >= 0 and end <= min(size, length)
        row["source"] = row["source"] | {"start": row["start"] + at, "end": row["start"] + end} if fits else None
