"""Tables with a text column: CSV, TSV, JSON Lines and Parquet, read row by row or batch by batch."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...errors import InputError, nearest
from ..normalise import is_blank
from ..strict import load_json
from ..types import Release
from .kinds import document_suffix, narrow
from .lines import BadLineError, Lines
from .source import Limits, Source

__all__ = ["has_own_columns", "is_own_output", "is_own_parquet", "is_table", "read_csv", "read_jsonl", "read_parquet"]

#: Longest cell, in characters; also bounds what a quotation mark that is never closed can swallow.
_LONGEST_CELL = Limits().text
_BATCH_ROWS = 256
#: First columns of tables that classify writes.
_OWN_COLUMNS = ["doc", "n", "start", "end", "text", "kind"]
#: Types of columns whose values may be long.
_LONG_TYPES = ("string", "large_string", "binary", "large_binary")


def read_jsonl(source: Source, stream: io.BufferedReader) -> Iterator[Release | InputError]:
    """Yield one release a line, or what is wrong with the line."""
    lines = Lines(stream, source)
    empty = True
    while True:
        try:
            line = next(lines)
            if not line.strip():
                continue
            empty = False
            record = load_json(line)
        except StopIteration:
            break
        except BadLineError as error:
            empty = False
            yield InputError(str(error), path=source.path, line=lines.number)
        except UnicodeEncodeError as error:
            yield InputError(f"holds half a character: {error.reason}", path=source.path, line=lines.number)
        except (ValueError, RecursionError) as error:
            yield InputError(f"is not valid JSON: {error}", path=source.path, line=lines.number)
        else:
            if isinstance(record, dict):
                yield _release(record, lines.number, source)
            else:
                kind = type(record).__name__
                yield InputError(
                    f"is a JSON {kind}; expected an object with the field {source.text_column!r}",
                    path=source.path,
                    line=lines.number,
                )
    if empty:
        yield _empty(source)


def read_csv(source: Source, stream: io.BufferedReader) -> Iterator[Release | InputError]:
    """Yield one release a row of a CSV or TSV table, or what is wrong with the row; rows count from 1."""
    rows = _csv_rows(stream, source)
    _, header = next(rows, (0, None))
    if header is None:
        yield _empty(source)
        return
    if isinstance(header, InputError):
        yield header
        return
    if problem := _header_problem(header, source):
        yield problem
        return
    number = 0
    for number, cells in rows:
        if isinstance(cells, InputError):
            yield cells
        elif len(cells) == len(header):
            yield _release(dict(zip(header, cells, strict=True)), number, source)
        else:
            yield InputError(
                f"has {len(cells)} cells where the header has {len(header)}",
                path=source.path,
                line=number,
            )
    if number == 0:
        yield _empty(source)


def read_parquet(source: Source, stream: io.BufferedReader) -> Iterator[Release | InputError]:
    """Yield one release a row, or what is wrong with the row; values keep their types."""
    if not stream.seekable():
        yield InputError("is a compressed Parquet file, which can only be read unpacked", path=source.path)
        return
    import pyarrow
    from pyarrow import parquet

    number = source.rows_before
    last = None if source.rows is None else number + source.rows
    try:
        names = [field.name for field in parquet.read_schema(stream) if str(field.type) in _LONG_TYPES]
        stream.seek(0)
        # A long text that many rows share is held once, as it is in the file.
        with parquet.ParquetFile(stream, read_dictionary=names) as file:
            if problem := _header_problem(file.schema_arrow.names, source):
                yield problem
                return
            groups, passed = _row_groups(file.metadata, number, last)
            for batch in file.iter_batches(batch_size=_BATCH_ROWS, row_groups=groups):
                skipped = min(batch.num_rows, max(0, number - passed))
                passed += batch.num_rows
                for index in range(skipped, batch.num_rows):
                    if number == last:
                        return
                    number += 1
                    try:
                        (row,) = batch.slice(index, 1).to_pylist()
                    except (UnicodeDecodeError, ValueError) as error:
                        yield InputError(f"cannot be converted: {error}", path=source.path, line=number)
                    else:
                        yield _release(row, number, source)
    except (pyarrow.ArrowException, OSError, UnicodeDecodeError) as error:
        after = f" after row {number}" if number else ""
        yield InputError(f"cannot be read as Parquet{after}: {error}", path=source.path)
    else:
        if number == 0:
            yield _empty(source)


def _row_groups(metadata: Any, first: int, last: int | None) -> tuple[list[int], int]:
    """Return the row groups that hold the rows from *first* to before *last*, and how many rows stand before them."""
    groups: list[int] = []
    passed = before = 0
    for index in range(metadata.num_row_groups):
        rows = metadata.row_group(index).num_rows
        if passed + rows <= first:
            before += rows
        elif last is None or passed < last:
            groups.append(index)
        passed += rows
    return groups, before


def _csv_rows(stream: io.BufferedReader, source: Source) -> Iterator[tuple[int, list[str] | InputError]]:
    """Yield number and cells of each row that is not blank, the header as number 0."""
    csv.field_size_limit(max(csv.field_size_limit(), _LONGEST_CELL))
    lines = Lines(stream, source)
    tabs = document_suffix(source.path.name) == ".tsv"
    delimiter = "\t" if tabs else _delimiter(lines.peek(), source.text_column)
    rows = csv.reader(lines, delimiter=delimiter, strict=True)
    number = 0
    while True:
        first_line = lines.number + 1
        try:
            cells = next(rows)
        except StopIteration:
            return
        except BadLineError as error:
            yield number, InputError(str(error), path=source.path, line=number or None)
        except csv.Error as error:
            yield number, _broken_row(error, source, number, first_line, lines.number)
        else:
            if not cells:
                continue
            yield number, cells
        number += 1


def _delimiter(header: str, text_column: str) -> str:
    """Return the delimiter with which the header has the text column; spreadsheets write semicolons in Europe."""
    return next((delimiter for delimiter in ",;\t" if text_column in _cells(header, delimiter)), ",")


def _cells(header: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([header], delimiter=delimiter), [])
    except csv.Error:  # the header is broken, which its row will say
        return []


def is_table(head: bytes, text_column: str) -> bool:
    """Return whether bytes without a name begin like a CSV or TSV table: with a header that has the text column."""
    header = narrow(head).decode("utf-8", errors="replace").partition("\n")[0].rstrip("\r")
    return any(len(cells := _cells(header, delimiter)) > 1 and text_column in cells for delimiter in ",;\t")


def is_own_output(head: bytes) -> bool:
    """Return whether a file begins as the results, pages and lists of failures that we write."""
    header = ",".join(_OWN_COLUMNS).encode()
    return (
        head.startswith((b'{"schema": "counterframe/', header + b","))
        or (head.startswith(b'{"path": "') and b', "status": "' in head)
        or b'<meta name="generator" content="Counterframe">' in head
    )


def has_own_columns(names: Sequence[str]) -> bool:
    """Return whether a Parquet file with these columns holds results that ``classify`` wrote."""
    return list(names[: len(_OWN_COLUMNS)]) == _OWN_COLUMNS


def is_own_parquet(path: Path) -> bool:
    """Return whether a Parquet file holds results that ``classify`` wrote."""
    import pyarrow
    from pyarrow import parquet

    try:
        with path.open("rb") as file:
            return has_own_columns(parquet.read_schema(file).names)
    except (pyarrow.ArrowException, OSError):  # told when it is read
        return False


def _empty(source: Source) -> InputError:
    return InputError("no text: the table has no rows", path=source.path)


def _header_problem(columns: list[str], source: Source) -> InputError | None:
    twice = next((column for column in columns if columns.count(column) > 1), None)
    if twice is not None:
        return InputError("stands twice in the header; rename one", path=source.path, field=twice)
    if source.text_column not in columns:
        return _no_text_column(columns, source, None)
    return None


def _no_text_column(columns: list[str], source: Source, line: int | None) -> InputError:
    hint = nearest(source.text_column, columns)
    return InputError(
        f"no such text column{hint}; name the one that holds the text with --text-column",
        path=source.path,
        line=line,
        field=source.text_column,
    )


def _broken_row(error: csv.Error, source: Source, number: int, first_line: int, last_line: int) -> InputError:
    where = f"line {first_line}" if first_line >= last_line else f"lines {first_line} to {last_line}"
    return InputError(
        f"is not valid CSV: {error} ({where} of the file); is a quotation mark not closed or not doubled?",
        path=source.path,
        line=number or None,
    )


def _release(row: Mapping[str, Any], number: int, source: Source) -> Release | InputError:
    column = source.text_column
    if column not in row:
        return _no_text_column([str(name) for name in row], source, number)
    text = row[column]
    if text is None or (isinstance(text, str) and is_blank(text)):
        return InputError("no text", path=source.path, line=number, field=column)
    if not isinstance(text, str):
        return InputError(f"is not text but {type(text).__name__}", path=source.path, line=number, field=column)
    if len(text) > _LONGEST_CELL:
        problem = f"has {len(text):,} characters; a text may have {_LONGEST_CELL:,}"
        return InputError(problem, path=source.path, line=number, field=column)
    name = row.get("id")
    return Release(
        doc=f"{source.doc}:{number}" if name is None or name == "" else str(name),
        text=text,
        meta={key: value for key, value in row.items() if key not in {column, "id"}},
    )
