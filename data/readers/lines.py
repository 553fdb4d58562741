"""The lines of a table, decoded one by one, so that a broken one costs itself alone."""

from __future__ import annotations

import codecs
import io
from typing import Any, BinaryIO

from ...errors import InputError
from .charset import Decoded, decode
from .source import Limits, Source

__all__ = ["BadLineError", "Lines"]

#: Longest line, in bytes.
_LONGEST_LINE = 4 * Limits().text
#: Bytes at the beginning of a table from which its encoding is told.
_SAMPLE = 1 << 20
_BUFFER = 1 << 16


class BadLineError(Exception):
    """A line that cannot be had as text."""


class Lines:
    """Decoded lines of a file. Unlike a generator it can go on after a line that is broken or has no end."""

    def __init__(self, stream: io.BufferedReader, source: Source) -> None:
        self._encoding, self._stream = _decoded(stream, source)
        self.number = source.rows_before
        self._peeked: bytes | None = None

    def __iter__(self) -> Lines:
        return self

    def peek(self) -> str:
        """Return the next line, roughly, without taking it."""
        self._peeked = self._stream.readline(_LONGEST_LINE)
        return self._peeked.decode(self._encoding, errors="replace").removeprefix("\ufeff")

    def __next__(self) -> str:
        line = self._stream.readline(_LONGEST_LINE) if self._peeked is None else self._peeked
        self._peeked = None
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) == _LONGEST_LINE and not line.endswith(b"\n"):
            while (rest := self._stream.readline(_LONGEST_LINE)) and not rest.endswith(b"\n"):
                pass
            raise BadLineError(f"is longer than a row may be ({_LONGEST_LINE >> 20} MiB)")
        try:
            return line.decode("utf-8-sig" if self.number == 1 and self._encoding == "utf-8" else self._encoding)
        except UnicodeDecodeError as error:
            raise BadLineError(
                f"is not {self._encoding.upper()} (byte 0x{line[error.start]:02x}); save the table as UTF-8"
            ) from error


def _decoded(stream: io.BufferedReader, source: Source) -> tuple[str, BinaryIO]:
    """Return the encoding of a table by its beginning, and a stream of the table in it."""
    sample = stream.read(_SAMPLE)
    whole = io.BufferedReader(_Joined(sample, stream))
    try:
        found = decode(sample if len(sample) < _SAMPLE else _whole_lines(sample))
    except InputError as error:
        # Rows before the place may be sound; each that is not is named.
        if error.line is None:
            raise InputError(error.problem, path=source.path) from error
        return "utf-8", whole
    if found.encoding in ("utf-16", "utf-32"):
        return "utf-8", io.BufferedReader(_Recoded(whole, _byte_order(sample, found)))
    # A broken byte in a file that is UTF-8 otherwise costs its row.
    return found.encoding, whole


def _byte_order(sample: bytes, found: Decoded) -> str:
    """Return the encoding with its byte order, unless a mark states it."""
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)):
        return found.encoding
    return "utf-16-be" if sample.startswith(found.text[:1].encode("utf-16-be")) else "utf-16-le"


def _whole_lines(sample: bytes) -> bytes:
    """Return the lines of *sample* but for the last, with all the bytes of their breaks."""
    width = 1
    if sample.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        width = 4
    elif sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in sample[:4096]:
        width = 2
    cut = sample.rfind(b"\n") + 1 or len(sample)
    return sample[: -(-cut // width) * width]


class _Joined(io.RawIOBase):
    """A beginning that was read already, and the rest of its stream."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head, self._rest = memoryview(head), rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._head[: len(buffer)] or self._rest.read(len(buffer))
        self._head = self._head[len(buffer) :]
        buffer[: len(data)] = data
        return len(data)


class _Recoded(io.RawIOBase):
    """A stream of UTF-16 or UTF-32 as UTF-8. Half a character becomes bytes that are none and cost their row."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self._stream, self._encoding = stream, encoding
        self._decoder = codecs.getincrementaldecoder(encoding)("surrogatepass")
        self._ready = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._ready and (data := self._stream.read(_BUFFER)):
            try:
                self._ready = self._decoder.decode(data).encode(errors="surrogatepass")
            except UnicodeDecodeError as error:
                raise InputError(f"begins as {self._encoding.upper()} and is not ({error.reason})") from error
        if not self._ready and self._decoder.getstate()[0]:
            self._decoder.reset()
            self._ready = b"\xff"
        data, self._ready = self._ready[: len(buffer)], self._ready[len(buffer) :]
        buffer[: len(data)] = data
        return len(data)
