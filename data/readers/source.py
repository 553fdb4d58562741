"""A file to be read, and how much of time and memory it may take."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

__all__ = ["Limits", "Source", "Unit", "display_name"]

#: What the text of a row or a line is.
Unit = Literal["document", "sentence"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost, so that none can stop or swallow a run.

    Attributes:
        seconds: Wall-clock time for reading one document; tables are read row by row and have no such limit.
        memory: Bytes that the process which reads documents may use.
        file_bytes: Bytes of a document, decompressed.
        text: Characters of the text of one document or row.
    """

    seconds: float = 60.0
    memory: int = 2 << 30
    file_bytes: int = 256 << 20
    text: int = 1 << 22


@dataclass(frozen=True, slots=True)
class Source:
    """A file to be read.

    Attributes:
        path: Where the file stands; named in errors.
        doc: Name of the file within the run.
        text_column: Column of a table that holds the text.
        named: The user named this very file, rather than a folder that holds it.
        sidecar: JSON file beside a document that says what is known of it.
        rows_before: Rows of a table that stand before those that are read, where a part of it is read. The stream
            of JSON Lines then begins after them, that of Parquet is the whole file.
        rows: How many rows of a Parquet file are read; None is all that follow.
    """

    default_text_column: ClassVar[str] = "text"

    path: Path
    doc: str
    text_column: str = default_text_column
    named: bool = True
    sidecar: Path | None = None
    rows_before: int = 0
    rows: int | None = None


def display_name(path: str | Path) -> str:
    """Return *path* as text that can be written as UTF-8; each byte that is none is shown as its number."""
    return os.fsencode(path).decode("utf-8", errors="backslashreplace")
