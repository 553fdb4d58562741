"""Progress: lines in a log, a bar on a terminal."""

from __future__ import annotations

import io

import pytest

from counterframe import progress as module
from counterframe.progress import Progress, duration


class Clock:
    """Stands in for the clock, and moves only when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(module, "time", found)
    return found


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-3, "0 s"),
        (0.4, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min 00 s"),
        (125, "2 min 05 s"),
        (3599.4, "59 min 59 s"),
        (3599.7, "1 h 00 min"),
        (7380, "2 h 03 min"),
    ],
)
def test_duration(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_a_log_gets_a_line_an_interval_with_rate_and_time_left(clock: Clock) -> None:
    stream = io.StringIO()
    with Progress("reading", total=100, unit="pages", stream=stream, interval=10) as progress:
        for _ in range(4):
            clock.now += 5
            progress.advance(10)
    assert stream.getvalue().splitlines() == [
        "reading: 20/100 pages, 2.0 pages/s, 40 s left",
        "reading: 40/100 pages, 2.0 pages/s, 30 s left",
        "reading: 40/100 pages, 2.0 pages/s, 30 s left",
    ]


def test_without_a_total_no_time_left_is_promised(clock: Clock) -> None:
    stream = io.StringIO()
    with Progress("reading", total=None, unit="pages", stream=stream, interval=10) as progress:
        clock.now += 10
        progress.advance(5)
        assert stream.getvalue() == "reading: 5 pages, 0.5 pages/s\n"


def test_more_than_was_announced_is_no_negative_time(clock: Clock) -> None:
    stream = io.StringIO()
    with Progress("reading", total=2, unit="pages", stream=stream, interval=10) as progress:
        clock.now += 10
        progress.advance(5)
    assert "5/2 pages, 0.5 pages/s, 0 s left" in stream.getvalue()


def test_short_work_says_nothing(clock: Clock) -> None:
    stream = io.StringIO()
    with Progress("reading", total=2, unit="pages", stream=stream, interval=10) as progress:
        clock.now += 1
        progress.advance(2)
    assert stream.getvalue() == ""


def test_work_that_fails_has_no_closing_line(clock: Clock) -> None:
    stream = io.StringIO()

    def work() -> None:
        with Progress("reading", total=2, unit="pages", stream=stream, interval=10) as progress:
            progress.advance()
            clock.now += 60
            raise RuntimeError

    with pytest.raises(RuntimeError):
        work()
    assert stream.getvalue() == ""


def test_a_note_is_a_line_of_its_own() -> None:
    stream = io.StringIO()
    with Progress("reading", total=2, unit="pages", stream=stream) as progress:
        progress.note("[bold] is not markup")
    assert stream.getvalue() == "[bold] is not markup\n"


@pytest.mark.parametrize("total", [None, 3])
def test_a_terminal_gets_a_bar_and_its_notes(total: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    with Progress("reading", total=total, unit="pages", stream=stream) as progress:
        progress.advance()
        progress.note("[bold] is not markup")
        progress.advance(2)
    shown = stream.getvalue()
    assert "reading" in shown
    assert "[bold] is not markup" in shown
    assert "pages/s" in shown


def test_the_default_stream_is_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress("reading", total=1, unit="pages", interval=0) as progress:
        progress.advance()
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "reading: 1/1 pages" in captured.err
