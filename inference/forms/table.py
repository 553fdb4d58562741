"""Results as CSV: one row a sentence, all frames in one cell."""

from __future__ import annotations

import csv
import io
import json
from typing import Any, BinaryIO, TextIO

from ...data.cells import defused
from .rows import COLUMNS, LAST_COLUMNS, Written, flat, meta_columns

__all__ = ["write_csv"]


class _UnixRows:
    """Ends rows with a line feed alone. The csv module quotes a carriage return only where rows end with one."""

    def __init__(self, handle: TextIO) -> None:
        self._handle = handle

    def write(self, row: str) -> int:
        return self._handle.write(row.removesuffix("\r\n") + "\n")


def write_csv(written: Written, stream: BinaryIO) -> None:
    """Write the table; no cell that holds text begins as a formula does."""
    columns = meta_columns(written.meta)
    header = [*COLUMNS, *LAST_COLUMNS, *columns.values()]
    handle = io.TextIOWrapper(stream, encoding="utf-8", newline="")
    writer = csv.writer(_UnixRows(handle))
    writer.writerow([defused(name) for name in header])
    for row in written.rows():
        frames = "; ".join(f"{found['frame']}:{found['stance']}:{found['score']:.3f}" for found in row["frames"])
        cells = [*flat(row).values(), frames, row["model"], row["schema"]]
        writer.writerow([_cell(value) for value in (*cells, *(row["meta"].get(name) for name in columns))])
    handle.detach()


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list, bool)) else defused(value)
