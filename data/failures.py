"""What a run could not read or left out, kept in a file beside its results as it happens."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path, PurePath
from types import TracebackType
from typing import TextIO

from ..errors import InputError, LeftOut

__all__ = ["FailureLog", "failures_path"]

#: Failures that are kept to be shown at the end; all are in the file.
_SHOWN = 20


def failures_path(output: Path) -> Path:
    """Return the file beside *output* that lists what was not read: ``results.jsonl.failures.jsonl``."""
    return output.with_name(f"{output.name}.failures.jsonl")


class FailureLog:
    """Takes failures one by one. The file appears, complete, when the log is closed; without any it is removed.

    Attributes:
        failed: How many inputs could not be read.
        left_out: How many were left out on purpose, by kind.
        shown: The first failures.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.failed = 0
        self.left_out: Counter[str] = Counter()
        self.shown: list[InputError] = []
        self._partial = path.with_name(f".{path.name}.partial")
        self._file: TextIO | None = None

    def __enter__(self) -> FailureLog:
        return self

    def add(self, problem: InputError) -> None:
        """Write down a failure, or what was left out."""
        left_out = isinstance(problem, LeftOut)
        if left_out:
            self.left_out[_kind(problem)] += 1
        else:
            self.failed += 1
            if len(self.shown) < _SHOWN:
                self.shown.append(problem)
        if self._file is None:
            self._file = self._partial.open("w", encoding="utf-8", errors="backslashreplace")
        record = {
            "path": problem.path,
            "line": problem.line,
            "field": problem.field,
            "status": "left out" if left_out else "failed",
            "reason": problem.problem,
        }
        self._file.write(json.dumps(record, ensure_ascii=False) + "\n")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()
            self._partial.replace(self.path)
        elif error is None:
            self.path.unlink(missing_ok=True)


def _kind(problem: InputError) -> str:
    """Return by what left-out files are counted: the ending of the name, or that it is hidden."""
    if problem.problem.startswith("hidden"):
        return "hidden"
    if problem.problem.startswith("named twice"):
        return "named twice"
    if problem.problem.startswith("attached"):
        return "attached pictures and the like"
    return PurePath(problem.path or "").suffix.lower() or "no ending"
