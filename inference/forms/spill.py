"""Results on their way into a dataset: sorted by partition, and cut into parts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .dataset import PartitionBy, partition_of
from .rows import row_line

__all__ = ["PartNumber", "Spill"]

#: Rows of a part, at least; a document is never cut.
_PART_ROWS = 1 << 20
#: Bytes of results that are held before they are sorted into files.
_HELD_BYTES = 8 << 20


class Spill:
    """Sorts the lines of results into one file for each partition, with bounded memory and one open file.

    Attributes:
        docs: Documents of the run.
    """

    def __init__(self, folder: Path, unit: PartitionBy) -> None:
        folder.mkdir()
        self._folder, self._unit = folder, unit
        self._held: dict[str, list[bytes]] = {}
        self._size = 0
        self._digests: dict[str, Any] = {}
        self.docs: list[str] = []

    def add(self, row: Mapping[str, Any]) -> None:
        """Put a result aside."""
        line = row_line(row) + b"\n"
        partition = partition_of(row, self._unit)
        if not self.docs or self.docs[-1] != row["doc"]:
            self.docs.append(row["doc"])
        self._held.setdefault(partition, []).append(line)
        self._digests.setdefault(partition, hashlib.sha256()).update(line)
        self._size += len(line)
        if self._size > _HELD_BYTES:
            self._flush()

    def _flush(self) -> None:
        for partition, lines in self._held.items():
            with (self._folder / partition).open("ab") as file:
                file.writelines(lines)
        self._held, self._size = {}, 0

    def partitions(self) -> Iterator[tuple[str, Iterator[bytes], str]]:
        """Yield each partition with its lines and a digest of them, by which its parts are named."""
        self._flush()
        for partition, digest in sorted(self._digests.items()):
            path = self._folder / partition
            with path.open("rb") as file:
                yield partition, file, digest.hexdigest()[:16]
            path.unlink()
        self._folder.rmdir()


class PartNumber:
    """Tells in which part of its partition a row stands: one is full at a number of rows, and ends with a document."""

    def __init__(self) -> None:
        self._number = self._rows = 0
        self._doc: str | None = None

    def __call__(self, row: Mapping[str, Any]) -> int:
        """Return the number of the part of the next row."""
        if self._rows >= _PART_ROWS and row["doc"] != self._doc:
            self._number, self._rows = self._number + 1, 0
        self._rows, self._doc = self._rows + 1, row["doc"]
        return self._number
