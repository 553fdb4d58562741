"""Opening what stands at a path: regular files that stay such, and pipes with patience."""

from __future__ import annotations

import io
import os
import stat
from pathlib import Path
from typing import Any, BinaryIO

from ...errors import InputError

__all__ = ["Patient", "has_changed", "open_regular"]


def open_regular(path: Path) -> io.BufferedReader:
    """Open a file that was found to be a regular one, and may be a pipe by now, which could be waited for forever.

    Raises:
        InputError: It is no regular file.
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise InputError("is no regular file any more")
    return os.fdopen(descriptor, "rb")


def has_changed(file: BinaryIO, before: os.stat_result) -> bool:
    """Return whether an open file was written to since it looked like *before*."""
    after = os.fstat(file.fileno())
    return (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns)


class Patient(io.RawIOBase):
    """A stream that gives as much as is asked for, however a pipe behind it is cut, and counts what was taken.

    So its beginning tells what it holds. A pipe itself does not know where it stands.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.taken = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill *buffer* unless the stream ends."""
        data = self._stream.read(len(buffer))
        self.taken += len(data)
        buffer[: len(data)] = data
        return len(data)
