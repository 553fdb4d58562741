"""Windows worked on in threads: order, bounds, errors at their place, and no thread left behind."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence

import pytest

from counterframe.inference.pipeline import Part, in_order


def _plan(
    work: Callable[[int], int] = lambda item: 2 * item, parts: int = 3
) -> Callable[[Sequence[int]], list[Part[int]]]:
    """Lay a window out in *parts* that hold its positions by turns."""

    def plan(items: Sequence[int]) -> list[Part[int]]:
        def part(first: int) -> list[tuple[int, int]]:
            return [(index, work(items[index])) for index in range(first, len(items), parts)]

        return [lambda first=first: part(first) for first in range(parts)]  # type: ignore[misc]

    return plan


def _ours() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("counterframe")]


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_results_come_in_the_order_of_the_windows(threads: int) -> None:
    rng = random.Random(threads)
    windows = [[rng.randrange(1000) for _ in range(rng.randrange(0, 9))] for _ in range(60)]

    def slow(item: int) -> int:
        time.sleep(item % 7 / 5000)
        return 2 * item

    found = list(in_order(windows, _plan(slow), threads=threads))
    assert found == [[2 * item for item in window] for window in windows]
    assert not _ours()


def test_no_more_windows_are_drawn_than_may_be_under_way() -> None:
    drawn = 0

    def source() -> Iterator[list[int]]:
        nonlocal drawn
        for number in range(100):
            drawn += 1
            yield [number]

    for given, window in enumerate(in_order(source(), _plan(), threads=4)):
        assert window == [2 * given]
        assert drawn <= given + 1 + 3  # 2 + 4 // 4 under way


def test_the_source_is_used_in_the_callers_thread_while_others_work() -> None:
    met = threading.Barrier(2, timeout=10)
    readers = set()

    def source() -> Iterator[list[int]]:
        for number in range(4):
            readers.add(threading.current_thread())
            if number == 1:
                met.wait()  # the first window is being worked on while the second is read
            yield [number]

    def work(item: int) -> int:
        assert threading.current_thread() is not threading.main_thread()
        if item == 0:
            met.wait()
        return item

    assert list(in_order(source(), _plan(work), threads=2)) == [[0], [1], [2], [3]]
    assert readers == {threading.current_thread()}


@pytest.mark.parametrize("threads", [1, 3])
def test_an_error_of_the_source_comes_behind_what_was_read_before_it(threads: int) -> None:
    def source() -> Iterator[list[int]]:
        yield [1, 2]
        yield [3]
        raise OSError("the pipe broke")

    stream = in_order(source(), _plan(), threads=threads)
    assert [next(stream), next(stream)] == [[2, 4], [6]]
    with pytest.raises(OSError, match="the pipe broke"):
        next(stream)
    assert not _ours()


@pytest.mark.parametrize("threads", [1, 3])
def test_an_error_of_the_work_comes_in_the_place_of_its_window(threads: int) -> None:
    def work(item: int) -> int:
        if item == 13:
            raise ValueError("thirteen")
        return item

    stream = in_order([[1], [2], [5, 13, 6], [7]], _plan(work), threads=threads)
    assert [next(stream), next(stream)] == [[1], [2]]
    with pytest.raises(ValueError, match="thirteen"):
        next(stream)
    assert not _ours()


@pytest.mark.parametrize("threads", [1, 3])
def test_an_error_while_a_window_is_laid_out_travels_too(threads: int) -> None:
    def plan(items: Sequence[int]) -> list[Part[int]]:
        raise LookupError("no tokenizer")

    with pytest.raises(LookupError, match="no tokenizer"):
        list(in_order([[1]], plan, threads=threads))
    assert not _ours()


def test_an_interruption_while_reading_is_raised_at_once() -> None:
    begun = threading.Event()

    def source() -> Iterator[list[int]]:
        yield list(range(200))
        begun.wait(10)
        raise KeyboardInterrupt

    def work(item: int) -> int:
        begun.set()
        time.sleep(0.05)
        return item

    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        list(in_order(source(), _plan(work, parts=200), threads=2))
    assert time.monotonic() - started < 4  # not the ten seconds that the window takes
    assert not _ours()


def test_a_stream_that_is_closed_early_leaves_no_threads() -> None:
    def work(item: int) -> int:
        time.sleep(0.001)
        return item

    stream = in_order(([number] * 20 for number in range(10_000)), _plan(work), threads=3)
    assert next(stream) == [0] * 20
    assert _ours()
    stream.close()  # type: ignore[attr-defined]
    assert not _ours()


def test_what_is_done_does_not_wait_for_a_slow_source() -> None:
    """A pipe that pauses: results of the window before the pause come before the source goes on."""
    seen: list[list[int]] = []

    def source() -> Iterator[list[int]]:
        yield [1]
        time.sleep(0.3)  # the first window is long done
        yield [2]
        assert seen == [[2]]
        yield [3]

    for window in in_order(source(), _plan(), threads=2):
        seen.append(window)
    assert seen == [[2], [4], [6]]
