"""Compressed streams to write to, whose bytes follow from the content alone: no time, no name of a file."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any, BinaryIO

__all__ = ["PACKINGS", "packed"]


class _Kept(io.RawIOBase):
    """A file that stays open when the stream above it is closed."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        return self._file.write(data)


class _Raw(io.RawIOBase):
    """What Arrow writes to, as a stream of Python's."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._stream.write(data)
        return len(data)

    def close(self) -> None:
        if not self.closed:
            super().close()
            self._stream.close()


def _gzip(file: BinaryIO) -> Any:
    # No time and no name in the header. Level 6 is a third of the time of 9, and hardly larger.
    return gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=file, mtime=0)


def _zstd(file: BinaryIO) -> Any:
    import pyarrow

    return _Raw(pyarrow.CompressedOutputStream(pyarrow.PythonFile(_Kept(file), mode="w"), "zstd"))


#: What writes each kind of compressed file, by the ending that its name has behind that of its form.
PACKINGS: dict[str, Callable[[BinaryIO], Any]] = {
    ".gz": _gzip,
    ".zst": _zstd,
    ".bz2": lambda file: bz2.BZ2File(file, "wb"),
    ".xz": lambda file: lzma.LZMAFile(file, "wb"),  # noqa: SIM115 - closed by who asks for it
}


@contextmanager
def packed(file: BinaryIO, ending: str) -> Iterator[BinaryIO]:
    """Give a stream into *file* that compresses as *ending* says, or *file* itself for no ending. It is kept open."""
    if not ending:
        yield file
        return
    with closing(PACKINGS[ending](file)) as inner:
        stream = io.BufferedWriter(_Kept(inner), 1 << 16)
        yield stream
        stream.flush()
