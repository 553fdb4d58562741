"""A stretch of a stream as a stream of its own."""

from __future__ import annotations

import io
from typing import Any, BinaryIO

__all__ = ["Stretch"]


class Stretch(io.RawIOBase):
    """The next bytes of a stream, and no more of them; the stream itself stays open.

    Args:
        stream: Where it is read from, as far as that has been read.
        length: Bytes.
    """

    def __init__(self, stream: BinaryIO | io.BufferedReader, length: int) -> None:
        self._stream, self._left = stream, length

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read into *buffer* and return how many bytes."""
        data = self._stream.read(min(len(buffer), self._left))
        self._left -= len(data)
        buffer[: len(data)] = data
        return len(data)
