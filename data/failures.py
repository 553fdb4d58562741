"""What a run could not read or left out, kept in a file beside its results as it happens."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import suppress
from pathlib import Path, PurePath
from types import TracebackType
from typing import TextIO

from ..errors import InputError, LeftOut
from .output import beside, naming

__all__ = ["FailureLog", "failures_path"]

#: Failures that are kept to be shown at the end; all are in the file.
_SHOWN = 20
#: Kinds of left-out files that are counted one by one.
_KINDS = 50


def failures_path(output: Path) -> Path:
    """Return the file beside *output* that lists what was not read: ``results.jsonl.failures.jsonl``."""
    return beside(output, ".failures.jsonl")


class FailureLog:
    """Takes failures one by one. The file appears, complete, when the log is closed without an error.

    Where there was none, the file of an earlier run is removed; after an error it stays.

    Args:
        path: The file; None only counts.

    Attributes:
        failed: How many inputs could not be read.
        left_out: How many were left out on purpose, by kind.
        shown: The first failures of those that stand in the file.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.failed = 0
        self.left_out: Counter[str] = Counter()
        self.shown: list[InputError] = []
        self._partial = None if path is None else beside(path, ".partial", hidden=True)
        self._file: TextIO | None = None

    def __enter__(self) -> FailureLog:
        return self

    def add(self, problem: InputError) -> None:
        """Write down a failure, or what was left out."""
        left_out = isinstance(problem, LeftOut)
        if left_out:
            kind = _kind(problem)
            self.left_out[kind if kind in self.left_out or len(self.left_out) < _KINDS else "others"] += 1
        else:
            self.failed += 1
            if len(self.shown) < _SHOWN and self.path is not None:
                self.shown.append(problem)
        if self._partial is None or self.path is None:
            return
        if self._file is None:
            self._file = self._partial.open("w", encoding="utf-8", errors="backslashreplace")
        record = {
            "path": problem.path,
            "line": problem.line,
            "field": problem.field,
            "status": "left out" if left_out else "failed",
            "reason": problem.problem,
        }
        with naming(self.path):
            self._file.write(json.dumps(record, ensure_ascii=False) + "\n")

    def complete(self) -> None:
        """Bring all that was written down to the disk, so that what can fail fails before results are in place."""
        if self._file is not None and self.path is not None:
            with naming(self.path):
                self._file.close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.path is None or self._partial is None:
            return
        if error is None:
            self.complete()
            if self._file is None:
                self._partial.unlink(missing_ok=True)  # of a run that was killed
                self.path.unlink(missing_ok=True)
            else:
                self._partial.replace(self.path)
        elif self._file is not None:
            with suppress(OSError):  # a full disk, which is what ended the run
                self._file.close()
            self._partial.unlink(missing_ok=True)


def _kind(problem: InputError) -> str:
    """Return by what left-out files are counted: the ending of the name, or that it is hidden."""
    if problem.problem.startswith("hidden"):
        return "hidden"
    if problem.problem.startswith("named twice"):
        return "named twice"
    if problem.problem.startswith("attached"):
        return "attached pictures and the like"
    return PurePath(problem.path or "").suffix.lower() or "no ending"
