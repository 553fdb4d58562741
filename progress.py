"""Progress of long work: a bar with rate and time left on a terminal, plain lines in a log."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress

__all__ = ["Progress", "duration"]


def duration(seconds: float) -> str:
    """Return a length of time for people, such as ``2 min 05 s``."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


class Progress:
    """Shows how far a job is. Use it as a context manager and call ``advance``.

    Args:
        label: What is being done.
        total: How many units there are, or None if nobody knows.
        unit: What is counted, in the plural.
        stream: Where to write; standard error by default, so that output can be piped.
        interval: Seconds between two lines where the stream is no terminal.
    """

    def __init__(
        self,
        label: str,
        *,
        total: int | None,
        unit: str,
        stream: TextIO | None = None,
        interval: float = 15.0,
    ) -> None:
        self._label, self._total, self._unit = label, total, unit
        self._stream = stream or sys.stderr
        self._interval = interval
        self._bar: RichProgress | None = None
        self._done = 0
        self._started = self._last = time.monotonic()

    def __enter__(self) -> Progress:
        self._started = self._last = time.monotonic()
        if self._stream.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
            from rich.progress import Progress as RichProgress

            self._bar = RichProgress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[rate]}"),
                TimeRemainingColumn(),
                console=Console(file=self._stream),
                transient=True,
            )
            self._bar.add_task(self._label, total=self._total, rate="")
            self._bar.start()
        return self

    def advance(self, count: int = 1) -> None:
        """Say that *count* more units are done."""
        self._done += count
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], advance=count, rate=self._rate())
            return
        now = time.monotonic()
        if now - self._last >= self._interval:
            self._last = now
            self._line()

    def note(self, text: str) -> None:
        """Write a line beside the bar."""
        if self._bar is not None:
            self._bar.console.print(text, markup=False, highlight=False)
        else:
            print(text, file=self._stream, flush=True)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
        elif kind is None and self._done and time.monotonic() - self._started >= self._interval:
            self._line()

    def _rate(self) -> str:
        elapsed = max(time.monotonic() - self._started, 1e-9)
        return f"{self._done / elapsed:.1f} {self._unit}/s"

    def _line(self) -> None:
        elapsed = time.monotonic() - self._started
        line = f"{self._label}: {self._done}"
        if self._total:
            left = elapsed / max(self._done, 1) * (self._total - self._done)
            line += f"/{self._total} {self._unit}, {self._rate()}, {duration(left)} left"
        else:
            line += f" {self._unit}, {self._rate()}"
        print(line, file=self._stream, flush=True)
