"""Segments of a journal: results as compressed JSON lines with the documents they belong to, whole or not there.

A segment is a gzip stream of lines, then its parts (documents, or stretches of them) in order, then a trailer with the
lengths of both and a digest of all that stands before. So one that was cut off or altered is known for what it is.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from ..data.identity import KEY_BYTES
from ..data.output import sync_folder
from ..errors import CounterframeError
from .stretch import Stretch

__all__ = ["DamagedError", "Part", "SegmentReader", "SegmentWriter", "count_rows", "read_parts"]

_PART = struct.Struct(f"<{KEY_BYTES}sIII")
_TRAILER = struct.Struct("<QQ16s8s")
_MAGIC = b"cframe-1"
_CHUNK = 1 << 20


class DamagedError(Exception):
    """A segment that was cut off or altered."""


@dataclass(frozen=True, slots=True)
class Part:
    """Consecutive sentences of one document.

    Attributes:
        key: Key of the document.
        first: Position of the first of these sentences in the document.
        count: How many they are.
        total: How many the document has.
    """

    key: bytes
    first: int
    count: int
    total: int


class SegmentWriter:
    """Writes a segment; it appears under its name, on the disk for good, when it is committed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._partial = path.with_name(f"{path.name}.partial")
        self._file = self._partial.open("wb")
        self._compressor = zlib.compressobj(1, zlib.DEFLATED, 16 + zlib.MAX_WBITS)  # with a header of gzip
        self._digest = hashlib.blake2b(digest_size=16)
        self._length = 0
        self.count = 0

    def add(self, line: bytes) -> None:
        """Add a line, without its end."""
        self._write(self._compressor.compress(line + b"\n"))
        self.count += 1

    def commit(self, parts: Sequence[Part]) -> None:
        """Put the segment in place with what it holds.

        Raises:
            OSError: The disk is full; then there is no segment.
        """
        try:
            self._write(self._compressor.flush())
            length = self._length
            for part in parts:
                self._write(_PART.pack(part.key, part.first, part.count, part.total))
            self._file.write(_TRAILER.pack(length, len(parts), self._digest.digest(), _MAGIC))
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._partial.replace(self._path)
            sync_folder(self._path.parent)
        except BaseException:
            self.abandon()
            raise

    def abandon(self) -> None:
        """Leave nothing behind."""
        with suppress(OSError):  # what was still to be written has no room
            self._file.close()
        self._partial.unlink(missing_ok=True)

    def _write(self, data: bytes) -> None:
        if data:
            self._digest.update(data)
            self._length += len(data)
            self._file.write(data)


def count_rows(path: Path) -> int:
    """Return how many rows a segment says that it has; 0 where it is damaged."""
    try:
        with path.open("rb") as file:
            _, parts = _trailer(file, path)
            file.seek(-_TRAILER.size - parts * _PART.size, os.SEEK_END)
            return sum(part.count for part in _parts(file.read(parts * _PART.size)))
    except DamagedError:
        return 0


def read_parts(path: Path) -> list[Part]:
    """Return the parts of a segment in their order.

    Raises:
        DamagedError: It was cut off or altered.
    """
    with path.open("rb") as file:
        length, parts = _trailer(file, path)
        digest = hashlib.blake2b(digest_size=16)
        file.seek(0)
        left = length
        while left:
            chunk = file.read(min(left, _CHUNK))
            digest.update(chunk)
            left -= len(chunk)
        table = file.read(parts * _PART.size)
        digest.update(table)
        if digest.digest() != _TRAILER.unpack(file.read())[2]:
            raise DamagedError(path.name)
    return list(_parts(table))


def _trailer(file: BinaryIO, path: Path) -> tuple[int, int]:
    """Return the bytes of the lines and the number of parts, if the segment is as long as it says."""
    size = os.fstat(file.fileno()).st_size
    if size < _TRAILER.size:
        raise DamagedError(path.name)
    file.seek(-_TRAILER.size, os.SEEK_END)
    length, parts, _, magic = _TRAILER.unpack(file.read(_TRAILER.size))
    if magic != _MAGIC or length + parts * _PART.size + _TRAILER.size != size:
        raise DamagedError(path.name)
    return length, parts


def _parts(table: bytes) -> Iterator[Part]:
    for key, first, count, total in _PART.iter_unpack(table):
        yield Part(key, first, count, total)


class SegmentReader:
    """Reads the lines of a segment, cheaply where they are asked for in the order in which they stand."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lines: io.BufferedReader | None = None
        self._file: BinaryIO | None = None
        self._position = 0

    def lines(self, first: int, count: int) -> Iterator[bytes]:
        """Yield *count* lines from number *first* on, each with its end.

        Raises:
            CounterframeError: The segment was damaged after it was checked.
        """
        found = 0
        try:
            for line in self._read(first, count):
                found += 1
                yield line
        except (DamagedError, EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise self._damaged() from error
        if found < count:
            raise self._damaged()

    def _damaged(self) -> CounterframeError:
        return CounterframeError(
            f"{self._path} was damaged while its results were taken over: check the disk; the same command with"
            " --resume classifies what it held again"
        )

    def _read(self, first: int, count: int) -> Iterator[bytes]:
        if self._lines is None or first < self._position:
            self.close()
            self._file = self._path.open("rb")
            length, _ = _trailer(self._file, self._path)
            self._file.seek(0)
            self._lines = io.BufferedReader(gzip.GzipFile(fileobj=Stretch(self._file, length), mode="rb"), 1 << 16)
            self._position = 0
        for _ in range(first - self._position):
            self._lines.readline()
        self._position = first
        for line in islice(self._lines, count):
            self._position += 1
            yield line

    def close(self) -> None:
        """Close the file."""
        for stream in (self._lines, self._file):
            if stream is not None:
                stream.close()
        self._lines = self._file = None
