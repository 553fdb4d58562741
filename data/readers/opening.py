"""Files as streams of their plain bytes: decompressed where they are compressed, and never without end."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable
from typing import Any, BinaryIO, Protocol

from ...errors import InputError

__all__ = ["open_plain", "read_whole"]

#: A file that grows beyond this size (bytes) and this many times its own is made to fill the memory.
_BOMB_BYTES = 64 << 20
_BOMB_RATIO = 250

_BUFFER = 1 << 16


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def _zstd(raw: Any) -> _Readable:
    # Of the libraries at hand this one says when a file was cut off; zstandard ends without a word.
    import pyarrow

    return pyarrow.CompressedInputStream(pyarrow.PythonFile(raw, mode="r"), "zstd")  # type: ignore[no-any-return]


#: How compressed files begin, and what reads them.
_OPENERS: tuple[tuple[bytes, Callable[[Any], _Readable]], ...] = (
    (b"\x1f\x8b", lambda raw: gzip.GzipFile(fileobj=raw)),
    (b"\x28\xb5\x2f\xfd", _zstd),
    (b"BZh", bz2.BZ2File),
    (b"\xfd7zXZ\x00", lzma.LZMAFile),
)


class _Plain(io.RawIOBase):
    """What a decompressor gives, under guard."""

    def __init__(self, stream: _Readable, raw: BinaryIO) -> None:
        self._stream, self._raw = stream, raw
        self._given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = self._stream.read(len(buffer))
        except (EOFError, OSError, zlib.error, lzma.LZMAError) as error:
            raise _damaged(error) from error
        self._given += len(data)
        if self._given > _BOMB_BYTES and self._given > _BOMB_RATIO * max(self._raw.tell(), 1):
            raise InputError(
                f"grows to more than {_BOMB_RATIO} times its size when it is decompressed, as files made to fill the"
                " memory do; if it is sound, unpack it first"
            )
        buffer[: len(data)] = data
        return len(data)


def _damaged(error: Exception) -> InputError:
    return InputError(f"is compressed and cannot be unpacked: {str(error) or 'it ends too early'}")


def open_plain(raw: Any) -> io.BufferedReader:
    """Return a stream of the plain bytes behind *raw*, which gzip, zstd, bzip2 or xz may have compressed.

    Reading from it raises :class:`InputError` where the data are damaged or grow beyond measure.
    """
    buffered: io.BufferedReader = raw if isinstance(raw, io.BufferedReader) else io.BufferedReader(raw, _BUFFER)
    head = buffered.peek(8)[:8]
    for magic, opener in _OPENERS:
        if head.startswith(magic):
            return io.BufferedReader(_Plain(opener(buffered), buffered), _BUFFER)
    return buffered


def read_whole(stream: BinaryIO, most: int) -> bytes:
    """Return all bytes of *stream*.

    Raises:
        InputError: There are more than *most*.
    """
    data = stream.read(most + 1)
    if len(data) > most:
        raise InputError(
            f"is larger than a document may be ({most / (1 << 20):.0f} MiB); split it, or put its texts into a table"
        )
    return data
