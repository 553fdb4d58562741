"""Windows of work in threads beside the caller's: results in the order of the input, and a bound on what is under way.

The caller's thread draws the windows from their source, so that reading, cleaning and splitting go on while the model
computes, and an iterator is never used by two threads. Everything else is done by a few threads that live as long as
the stream: laying out a window (tokenising it, making its batches) before the batches of others, so that there is
always work for all of them; then its batches, the oldest window's first.
"""

from __future__ import annotations

import heapq
import itertools
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Generic, TypeVar

__all__ = ["Part", "in_order"]

_In = TypeVar("_In")
_Out = TypeVar("_Out")

#: A share of a window's work; returns positions in the window, and what stands there.
Part = Callable[[], Iterable[tuple[int, _Out]]]


def in_order(
    windows: Iterable[Sequence[_In]], plan: Callable[[Sequence[_In]], Sequence[Part[_Out]]], *, threads: int
) -> Generator[list[_Out], None, None]:
    """Yield the results of each window, in order.

    An error of the source is raised behind the results of the windows before it, an error of the work in the place of
    its window. When the stream ends, in whatever way, its threads have ended.

    Args:
        windows: Lists of items; a window is drawn only when one of those under way is done or there is room for it.
        plan: Lays out the work of a window; its parts together give each position once.
        threads: Parts that are worked on at the same time; 1 does all work in the caller's thread.
    """
    if threads == 1:
        for items in windows:
            window: _Window[_Out] = _Window(len(items))
            for part in plan(items):
                window.fill(part())
            yield window.results()
        return
    source = iter(windows)
    under_way: deque[_Window[_Out]] = deque()
    most = 2 + threads // 4
    failure: Exception | None = None
    drawn = False
    crew = _Crew(threads)
    try:
        while under_way or not drawn:
            if under_way and (drawn or len(under_way) == most or under_way[0].done.is_set()):
                yield under_way.popleft().results()
                continue
            try:
                items = next(source)
            except StopIteration:
                drawn = True
            except Exception as error:  # noqa: BLE001 - it is raised below, behind the results of what came before it
                drawn, failure = True, error
            else:
                under_way.append(crew.begin(items, plan))
        if failure is not None:
            raise failure
    finally:
        crew.dismiss()


class _Window(Generic[_Out]):
    """The results of a window as they come in.

    Attributes:
        done: Set when all results are there, or an error.
    """

    def __init__(self, size: int) -> None:
        self.done = threading.Event()
        self._results: list[_Out | None] = [None] * size
        self._missing = size
        self._error: BaseException | None = None
        self._lock = threading.Lock()

    def fill(self, found: Iterable[tuple[int, _Out]]) -> None:
        count = 0
        for position, result in found:
            self._results[position] = result
            count += 1
        with self._lock:
            self._missing -= count
            if self._missing == 0:
                self.done.set()

    def fail(self, error: BaseException) -> None:
        with self._lock:
            self._error = self._error or error
            self.done.set()

    def results(self) -> list[_Out]:
        """Return the results when all are there."""
        if self._missing:
            self.done.wait()
        if self._error is not None:
            raise self._error
        return self._results  # type: ignore[return-value]


class _Crew:
    """Threads that take the most urgent of the jobs that wait."""

    def __init__(self, threads: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="counterframe")
        self._waiting: list[tuple[int, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._lock = threading.Lock()

    def begin(self, items: Sequence[_In], plan: Callable[[Sequence[_In]], Sequence[Part[_Out]]]) -> _Window[_Out]:
        """Have a window worked on."""
        window: _Window[_Out] = _Window(len(items))
        if not items:
            window.done.set()
            return window

        def lay_out() -> None:
            for part in plan(items):
                self._add(1, partial(_guarded, window, partial(_fill, window, part)))

        self._add(0, partial(_guarded, window, lay_out))
        return window

    def dismiss(self) -> None:
        """Drop what waits, and return when what was begun has ended."""
        with self._lock:
            self._waiting.clear()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _add(self, urgency: int, job: Callable[[], None]) -> None:
        with self._lock:
            heapq.heappush(self._waiting, (urgency, next(self._numbers), job))
        try:
            self._pool.submit(self._next)
        except RuntimeError:  # dismissed while a window was laid out: nobody waits for it
            with self._lock:
                self._waiting.clear()

    def _next(self) -> None:
        with self._lock:
            if not self._waiting:
                return
            *_, job = heapq.heappop(self._waiting)
        job()


def _fill(window: _Window[_Out], part: Part[_Out]) -> None:
    window.fill(part())


def _guarded(window: _Window[_Out], job: Callable[[], None]) -> None:
    """Do a job of a window unless the window has failed; its error travels to whom the window's results go to."""
    if window.done.is_set():
        return
    try:
        job()
    except BaseException as error:  # noqa: BLE001 - it is raised where the results are asked for
        window.fail(error)
