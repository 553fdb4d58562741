"""From files, folders, patterns and standard input to releases, one at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from ..errors import InputError
from .finding import find_sources
from .output import UNFINISHED, beside
from .readers.kinds import SUFFIXES
from .readers.source import Limits, Unit
from .reading import Reading
from .types import Release

__all__ = ["SUFFIXES", "read_releases"]

_log = logging.getLogger(__name__)


def read_releases(
    inputs: Sequence[str],
    *,
    text_column: str = "text",
    unit: Unit = "document",
    stdin: BinaryIO | None = None,
    outputs: Sequence[Path] = (),
    limits: Limits | None = None,
    on_failure: Callable[[InputError], None],
    on_notice: Callable[[str], None] = _log.warning,
) -> Iterator[Release]:
    """Return the releases of *inputs*, read while they are asked for. Each file becomes a release or a failure.

    Args:
        inputs: Files, folders (read recursively, in sorted order; links in them are not followed), glob
            patterns, or ``-`` for standard input. What a file is, its first bytes or its ending tell.
        text_column: Column of tables that holds the text. The column ``id`` becomes ``doc``, else it is
            ``file:row``; all other columns become ``meta``.
        unit: What the text of a row is. In a row that is one ``sentence``, line breaks are read as blanks, so
            that :func:`.sentences.release_sentences`, to which a line is a sentence, takes it as one.
        outputs: Files that the run will write: passed over in folders, and refused as inputs by name.
        stdin: Read for ``-``; the default is the standard input of the process.
        limits: What one file may cost.
        on_failure: Called with what could not be read, and with a :class:`.LeftOut` for what was left out on
            purpose; reading goes on with the next row or file.
        on_notice: Called with a line about what the reader of the results should know.

    Raises:
        UsageError: An input does not exist, a pattern matches nothing or a folder has nothing to read. Raised
            before anything is read.
    """
    # With what is written beside them until they are complete.
    partial = [beside(path, ending, hidden=True) for path in outputs for ending in UNFINISHED]
    found = find_sources(inputs, text_column, {path.resolve() for path in (*outputs, *partial)})
    return Reading(unit, stdin, limits or Limits(), on_failure, on_notice).releases(found)
