"""Every error that Counterframe raises on purpose.

::

    CounterframeError
    ├── UsageError          a wrong option, setting or combination: the command ends with exit code 2
    ├── InputError          an input file, line or field that cannot be read
    │   ├── CodebookError   a codebook that is not valid, or a label that the codebook lacks
    │   └── LeftOut         an input that was left out on purpose: reported, but no failure
    ├── CheckpointError     a model folder that is incomplete, altered or made for another codebook
    │   └── ExportRefusedError  a graph that does not answer as the model it was made from
    └── EncoderNotFoundError  the encoder is in none of the places where it is looked for

Each message says what is wrong, where, and what to do.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = [
    "CheckpointError",
    "CodebookError",
    "CounterframeError",
    "EncoderNotFoundError",
    "ExportRefusedError",
    "InputError",
    "LeftOut",
    "UsageError",
    "nearest",
]


class CounterframeError(Exception):
    """Base of all errors that Counterframe raises on purpose."""


class UsageError(CounterframeError):
    """A wrong option, setting or combination of them."""


class InputError(CounterframeError):
    """An input that cannot be read.

    Args:
        problem: What is wrong and what to do, without the place.
        path: File in which the problem stands, if it stands in one.
        line: Line (text formats) or row (tables) of the problem, counted from 1.
        field: Name of the field or column.
    """

    def __init__(self, problem: str, *, path: object = None, line: int | None = None, field: str | None = None) -> None:
        self.problem = problem
        self.path = None if path is None else str(path)
        self.line = line
        self.field = field
        place = "" if path is None else str(path)
        if line is not None:
            place += f":{line}" if place else f"line {line}"
        if field is not None:
            place += f": field {field!r}" if place else f"field {field!r}"
        super().__init__(f"{place}: {problem}" if place else problem)


class CodebookError(InputError):
    """A codebook that is not valid, or a label that the codebook lacks."""


class LeftOut(InputError):  # noqa: N818 - it is reported beside errors, and is none
    """An input that was left out on purpose, such as a picture beside a saved page."""


class CheckpointError(CounterframeError):
    """A model folder that is incomplete, altered or made for another codebook."""


class ExportRefusedError(CheckpointError):
    """A graph that does not answer as the model it was made from, and so was not written."""


class EncoderNotFoundError(CounterframeError):
    """The encoder is in none of the places where it is looked for."""


def nearest(name: str, known: Iterable[str], *, told: bool = False) -> str:
    """Return a hint ``" (did you mean 'x'?)"`` with the known name nearest to *name*, or the known names.

    Args:
        name: What was given.
        known: What could be meant.
        told: The message lists the known names already.
    """
    names = [str(candidate) for candidate in known]
    match = difflib.get_close_matches(str(name), names, n=1, cutoff=0.5)
    if match:
        return f" (did you mean {match[0]!r}?)"
    return f" (known: {', '.join(names)})" if names and not told else ""
