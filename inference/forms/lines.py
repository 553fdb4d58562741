"""Results as JSON Lines: the documented objects, one a line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO

from ...data.types import Result
from .rows import Written, result_line

__all__ = ["stream_lines", "write_lines"]


def write_lines(written: Written, stream: BinaryIO) -> None:
    """Write the results as they are."""
    stream.writelines(written.lines())


def stream_lines(results: Iterable[Result], stream: BinaryIO) -> int:
    """Write each result as soon as it is there, for the next command of a pipe, and return how many there were."""
    count = 0
    for result in results:
        stream.write(result_line(result) + b"\n")
        stream.flush()
        count += 1
    return count
