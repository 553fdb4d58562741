"""Files as streams of their plain bytes: decompressed where they are compressed, and never without end."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import zlib
from collections.abc import Callable
from typing import Any, BinaryIO, Protocol

from ...errors import InputError
from .files import Patient

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


#: How compressed files begin, and what reads them. A text may begin with BZh, so all of that head is looked at.
_OPENERS: tuple[tuple[re.Pattern[bytes], Callable[[Any], _Readable]], ...] = (
    (re.compile(rb"\x1f\x8b"), lambda raw: gzip.GzipFile(fileobj=raw)),
    (re.compile(rb"\x28\xb5\x2f\xfd"), _zstd),
    (re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90|\Z)"), bz2.BZ2File),
    (re.compile(rb"\xfd7zXZ\x00"), lzma.LZMAFile),
)
_LONGEST_MAGIC = 10


class _Plain(io.RawIOBase):
    """What a decompressor gives, under guard."""

    def __init__(self, stream: _Readable, raw: Patient) -> None:
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
        if self._given > _BOMB_BYTES and self._given > _BOMB_RATIO * max(self._raw.taken, 1):
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
    head = buffered.peek(_LONGEST_MAGIC)[:_LONGEST_MAGIC]
    for magic, opener in _OPENERS:
        if magic.match(head):
            counted = Patient(buffered)
            return io.BufferedReader(_Plain(opener(io.BufferedReader(counted, _BUFFER)), counted), _BUFFER)
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
