"""Results that classify wrote, read back: JSON Lines, CSV and Parquet, also compressed, and datasets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from ..data.codebook import Codebook
from ..data.readers.files import open_regular
from ..data.readers.kinds import HEAD, kind_of, narrow
from ..data.readers.opening import open_plain
from ..data.readers.source import display_name
from ..errors import InputError
from .forms.dataset import is_dataset, parts_of
from .stored_checked import check_stored
from .stored_forms import AGAIN, Row, header, parquet_columns, stored_rows

__all__ = ["is_stored", "read_stored"]

#: Columns by which a table of results is known, and those of which it has at least two.
_KNOWN, _TELLING = {"doc", "n", "text"}, {"primary", "frames", "abstained", "schema", "kind"}
_OWN_LINE = re.compile(r'\s*\{.*"schema":\s*"counterframe/', re.DOTALL)


def is_stored(path: Path) -> bool:
    """Return whether a file holds results of classify, by its first bytes, or a folder is a dataset of them.

    Raises:
        InputError: It cannot be opened, or lists what an earlier run could not read.
    """
    if path.is_dir():
        return is_dataset(path)
    with open_regular(path) as file:
        stream = open_plain(file)
        head = bytes(stream.peek(HEAD)[:HEAD])
    kind = kind_of(path.name, head, named=True)
    if kind == "parquet":
        return _are_results(parquet_columns(path))
    text = narrow(head).decode("utf-8", errors="replace")
    first = text.lstrip().partition("\n")[0]
    if kind == "jsonl":
        if first.startswith('{"path": ') and '"status": "' in first:
            raise InputError("lists what could not be read; name the results beside it", path=display_name(path))
        return bool(_OWN_LINE.match(first)) or ('"primary":' in first and '"frames":' in first)
    if kind in ("csv", "tsv"):
        return _are_results(header(first))
    return False


def _are_results(columns: list[str]) -> bool:
    return set(columns) >= _KNOWN and len(_TELLING & set(columns)) > 1


def read_stored(path: Path, codebook: Codebook) -> Iterator[list[Row]]:
    """Yield the results of each document in reading order, as ``Result.to_dict`` makes them.

    One document is held at a time, so all its results must stand together, as classify writes them.

    A CSV has no evidence and knows the probability of a stance (``stance_score``) for the primary frame alone: then
    these are empty and None.

    Raises:
        InputError: A result lacks a field or does not fit together; the message names file, line and field.
        CodebookError: It names a frame or a stance that *codebook* lacks.
    """
    done: set[str] = set()
    for part in [part for _, part in parts_of(path)] if path.is_dir() else [path]:
        yield from _documents(part, codebook, done)
    if not done:
        raise InputError("holds no results", path=display_name(path))


def _documents(path: Path, codebook: Codebook, done: set[str]) -> Iterator[list[Row]]:
    """Yield the documents of one file; those of the files before it are *done*."""
    shown = display_name(path)
    doc: str | None = None
    rows: dict[int, Row] = {}
    for line, raw in stored_rows(path):
        row = check_stored(raw, shown, line, codebook)
        if row["doc"] != doc:
            if doc is not None:
                yield [rows[n] for n in sorted(rows)]
            doc, rows = row["doc"], {}
            if doc in done:
                problem = f"{doc!r} goes on, or stands twice, behind other documents; sort by `doc`, or {AGAIN}"
                raise InputError(problem, path=shown, line=line, field="doc")
            done.add(doc)
        if row["n"] in rows:
            problem = f"sentence {row['n']} of {row['doc']!r} stands twice; {AGAIN}"
            raise InputError(problem, path=shown, line=line, field="n")
        rows[row["n"]] = row
    if doc is not None:
        yield [rows[n] for n in sorted(rows)]
