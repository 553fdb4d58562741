"""Rows of labelled files, each with its line or row number: what the formats lose is given back here."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, cast

from ..errors import InputError
from .strict import load_json

__all__ = ["Report", "Row", "csv_rows", "dataset_rows", "json_lines", "parquet_rows"]

#: Line (text formats) or row (tables), counted from 1, and the fields.
Row = tuple[int, Mapping[str, Any]]

#: Receives each record that is wrong; the others are read on.
Report = Callable[[InputError], None]

_UNREADABLE = (OSError, EOFError, zlib.error)


def json_lines(path: Path, report: Report) -> Iterator[Row]:
    """Yield the objects of a JSON Lines file, which may be compressed with gzip."""
    try:
        with _open(path) as handle:
            for number, line in enumerate(handle, 1):
                try:
                    text = line.decode("utf-8-sig" if number == 1 else "utf-8")
                    raw = load_json(text) if text.strip() else None
                except UnicodeDecodeError as error:
                    report(_not_utf8(error, path, number))
                    continue
                except (ValueError, RecursionError) as error:
                    report(InputError(f"is not JSON: {error}", path=path, line=number))
                    continue
                if isinstance(raw, dict):
                    yield number, raw
                elif text.strip():
                    report(InputError("is not a JSON object", path=path, line=number))
    except _UNREADABLE as error:
        raise InputError(f"cannot be read: {error}", path=path) from error


def csv_rows(path: Path, delimiter: str, report: Report) -> Iterator[Row]:
    """Yield the rows of a CSV table, each with the line on which it begins.

    A cell ``n``, the number of the sentence, is a number again, or absent where it is empty.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            cells = csv.reader(handle, delimiter=delimiter, strict=True)
            header = next(cells, [])
            _check_header(header, path)
            while True:
                line = cells.line_num + 1
                try:
                    row = next(cells, None)
                except csv.Error as error:
                    hint = "is a quotation mark not closed or not doubled?"
                    raise InputError(f"is not a table: {error}; {hint}", path=path, line=line) from error
                if row is None:
                    return
                if not row:  # a blank line
                    continue
                if len(row) == len(header):
                    yield from _numbered(dict(zip(header, row, strict=True)), path, line, report)
                else:
                    problem = f"has {len(row)} cells where the header has {len(header)}"
                    report(InputError(problem, path=path, line=line))
    except UnicodeDecodeError as error:
        raise _first_not_utf8(path) from error
    except OSError as error:
        raise InputError(f"cannot be read: {error}", path=path) from error


def parquet_rows(path: Path, warn: Callable[[str], None]) -> Iterator[Row]:
    """Yield the rows of a Parquet file."""
    import pyarrow
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as file:
            _check_header(file.schema_arrow.names, path)
            rows = file.read().to_pylist()
    except (OSError, pyarrow.ArrowException) as error:
        raise InputError(f"cannot be read as Parquet: {error}", path=path) from error
    yield from _arrow_rows(rows, path, warn)


def dataset_rows(path: Path, report: Report, warn: Callable[[str], None]) -> Iterator[Row]:
    """Yield the rows of a dataset that ``datasets`` saved, with the names of its class labels."""
    import datasets

    try:
        loaded = datasets.load_from_disk(str(path)).with_format(None)  # plain Python values
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"cannot be read as a saved dataset: {error}", path=path) from error
    names = {name: kind for name, kind in loaded.features.items() if isinstance(kind, datasets.ClassLabel)}
    for number, row in _arrow_rows(list(loaded), path, warn):
        named = dict(row)
        try:
            for name, kind in names.items():
                if row[name] is not None:
                    named[name] = kind.int2str(row[name])
        except ValueError:
            report(InputError(f"{row[name]} is not one of its classes", path=path, line=number, field=name))
            continue
        yield number, named


def _open(path: Path) -> BinaryIO:
    return cast(BinaryIO, gzip.open(path, "rb")) if path.suffix.lower() == ".gz" else path.open("rb")


def _not_utf8(error: UnicodeDecodeError, path: Path, line: int) -> InputError:
    byte = error.object[error.start]
    return InputError(f"is not UTF-8 (byte 0x{byte:02x}); save the file as UTF-8", path=path, line=line)


def _first_not_utf8(path: Path) -> InputError:
    """Return the error with the line, which a decoder that reads blocks does not know."""
    with path.open("rb") as handle:
        for number, line in enumerate(handle, 1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as error:
                return _not_utf8(error, path, number)
    return InputError("is not UTF-8; save the file as UTF-8", path=path)


def _check_header(names: Sequence[str], path: Path) -> None:
    twice = next((name for name in names if name and names.count(name) > 1), None)
    if twice is not None:
        raise InputError("the column stands twice; rename one", path=path, line=1, field=twice)


def _numbered(row: dict[str, Any], path: Path, line: int, report: Report) -> Iterator[Row]:
    number = row.pop("n", "").strip()
    if number:
        try:
            row["n"] = int(number.removesuffix(".0"))  # pandas writes 3.0 where any number is missing
        except ValueError:
            report(InputError(f"must be a whole number, not {number!r}", path=path, line=line, field="n"))
            return
    yield line, row


def _arrow_rows(rows: Sequence[dict[str, Any]], path: Path, warn: Callable[[str], None]) -> Iterator[Row]:
    """Undo what Arrow does to missing values and to ``labels`` that were an object."""
    objects = [row["labels"] for row in rows if isinstance(row.get("labels"), dict)]
    # Arrow gives every row all keys that any row has. So a null is a frame that the row does not have,
    # or one that it has without a stance.
    if any(objects) and not any(stance is not None for labels in objects for stance in labels.values()):
        raise InputError(
            "no frame has a stance, and the format fills up missing frames in the same way; keep labels as a"
            " list of {frame, stance} or as JSON text",
            path=path,
            field="labels",
        )
    disordered = 0
    for number, row in enumerate(rows, 1):
        clean = {name: None if value != value else value for name, value in row.items()}  # NaN is missing
        labels = row.get("labels")
        if isinstance(labels, dict):
            held = {frame: stance for frame, stance in labels.items() if stance is not None}
            clean["labels"] = held
            disordered += len(held) > 1
        elif isinstance(labels, list) and labels and all(isinstance(item, tuple) for item in labels):  # a map
            clean["labels"] = [{"frame": frame, "stance": stance} for frame, stance in labels]
        yield number, clean
    if disordered:
        warn(
            f"{disordered} records of {path} have several frames whose order the format lost: which of them"
            " is the primary frame is not known, and the first column counts as it; keep labels as a list of"
            " {frame, stance} or as JSON text"
        )
