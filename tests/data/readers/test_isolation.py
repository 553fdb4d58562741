"""Documents read in a process of their own: what crashes, hangs or swallows memory costs one document."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from counterframe.data.readers import isolation, worker
from counterframe.data.readers.isolation import DocumentReader
from counterframe.data.readers.source import Limits
from counterframe.data.releases import read_releases
from counterframe.data.types import Release
from counterframe.errors import InputError


def page(folder: Path, name: str) -> Path:
    path = folder / name
    path.write_text(f"<html><body><p>The road to {name} is open again.</p></body></html>")
    return path


def hanging(folder: Path, name: str) -> Path:
    """A document whose reading never ends: its name says so to the process, see :func:`hooked`."""
    return page(folder, f"hang-{name}")


@pytest.fixture
def hooked(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Put Python into the process, before it begins; ``path`` is the document that it is to read."""

    def hook(code: str) -> None:
        body = textwrap.indent(textwrap.dedent(code), "    ")
        before = f"""
import os, signal, sys, time
from counterframe.data.readers import worker
from pathlib import Path
_read = worker.read_document
def read_document(path, kind, doc, limits):
{body}
    return _read(path, kind, doc, limits)
worker.read_document = read_document
"""
        monkeypatch.setattr(isolation, "_CODE", _with(before))

    return hook


def _with(before: str) -> str:
    first, rest = isolation._CODE.split(";", 1)
    assert first == "import json, sys"
    path, rest = rest.split(";", 1)
    return f"{first}\n{path.strip()}\n{before}\n{rest.strip()}"


def read(paths: list[Path], limits: Limits | None = None) -> list[str]:
    """Return the texts, or the problems, in order; eight are asked for ahead."""
    with DocumentReader(limits or Limits()) as reader:
        return [_said(answer) for answer in _answers(reader, paths)]


def _answers(reader: DocumentReader, paths: list[Path], ahead: int = 8) -> Iterator[list[Release | InputError]]:
    waiting = list(paths)
    asked = 0
    for _ in paths:
        while waiting and asked < ahead:
            path = waiting.pop(0)
            reader.ask(path, "html", path.name)
            asked += 1
        yield reader.answer()
        asked -= 1


def _said(answer: list[Release | InputError]) -> str:
    (item,) = answer
    return item.text.strip() if isinstance(item, Release) else item.problem


def good(*names: str) -> list[str]:
    return [f"The road to {name} is open again." for name in names]


def _children() -> set[int]:
    """Processes that read documents for this one."""
    found = set()
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            pid, parent = int(status.parent.name), int(status.read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue
        if parent == os.getpid():
            found.add(pid)
    return found


def test_documents_are_answered_in_order(tmp_path: Path) -> None:
    names = [f"{number}.html" for number in range(20)]
    assert read([page(tmp_path, name) for name in names]) == good(*names)


def test_no_process_is_started_before_a_document_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(subprocess, "Popen", refuse)
    with DocumentReader(Limits()):
        pass


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("os.kill(os.getpid(), signal.SIGKILL)", "signal 9"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "signal 11"),
        ("os._exit(3)", "exit code 3"),
        ("sys.exit(0)", "exit code 0"),
    ],
)
def test_a_document_that_ends_the_process_costs_one_document(
    tmp_path: Path, hooked: Callable[[str], None], code: str, said: str
) -> None:
    hooked(f"if path.name.startswith('bad'): {code}")
    paths = [page(tmp_path, name) for name in ("a", "bad1", "b", "c", "bad2", "bad3", "d")]
    found = read(paths)
    assert [found[index] for index in (0, 2, 3, 6)] == good("a", "b", "c", "d")
    assert all(said in found[index] and "may be damaged" in found[index] for index in (1, 4, 5))


def test_a_document_that_takes_too_long_costs_one_document(tmp_path: Path, hooked: Callable[[str], None]) -> None:
    hooked("if path.name.startswith('hang'): time.sleep(60)")
    began = time.monotonic()
    found = read([hanging(tmp_path, "0"), page(tmp_path, "a"), hanging(tmp_path, "1"), page(tmp_path, "b")], Limits(1))
    assert found == ["took longer than 1 s to read", *good("a"), "took longer than 1 s to read", *good("b")]
    assert time.monotonic() - began < 20  # nothing waits for the time that a start may take


def test_code_that_does_not_listen_is_ended_all_the_same(tmp_path: Path, hooked: Callable[[str], None]) -> None:
    hooked("""
    if path.name.startswith('hang'):
        for number in {*range(1, 32)} - {signal.SIGKILL, signal.SIGSTOP}: signal.signal(number, signal.SIG_IGN)
        10 ** 10 ** 9
    """)
    assert read([hanging(tmp_path, "0"), page(tmp_path, "a")], Limits(1)) == [
        "took longer than 1 s to read",
        *good("a"),
    ]


def test_an_answer_that_came_in_time_counts_however_late_it_is_asked_for(
    tmp_path: Path, hooked: Callable[[str], None]
) -> None:
    hooked("time.sleep(0.2)")
    paths = [page(tmp_path, str(number)) for number in range(3)]
    with DocumentReader(Limits(seconds=1)) as reader:
        for path in paths:
            reader.ask(path, "html", path.name)
        time.sleep(3)
        assert [_said(reader.answer()) for _ in paths] == good("0", "1", "2")


def test_the_time_in_which_nobody_asked_does_not_count(tmp_path: Path, hooked: Callable[[str], None]) -> None:
    hooked("time.sleep(0.3)")
    first, second = page(tmp_path, "a"), page(tmp_path, "b")
    with DocumentReader(Limits(seconds=1)) as reader:
        reader.ask(first, "html", "a")
        time.sleep(2.5)  # the process waits for more, its answer for someone to take it
        reader.ask(second, "html", "b")
        assert [_said(reader.answer()), _said(reader.answer())] == good("a", "b")


def test_a_document_that_needs_too_much_memory_costs_one_document(
    tmp_path: Path, hooked: Callable[[str], None]
) -> None:
    hooked("if path.name.startswith('big'): bytearray(1 << 40)")
    paths = [page(tmp_path, name) for name in ("a", "big", "b", "big2", "c")]
    problem = "needs more memory than one file may use (2048 MiB)"
    assert read(paths) == [*good("a"), problem, *good("b"), problem, *good("c")]


def test_memory_is_bounded_by_the_limit(tmp_path: Path, hooked: Callable[[str], None]) -> None:
    hooked("bytearray(300 << 20)")
    path = page(tmp_path, "a")
    assert read([path], Limits(memory=1 << 30)) == good("a")
    assert read([path], Limits(memory=250 << 20)) == ["needs more memory than one file may use (250 MiB)"]


def test_a_limit_below_what_python_needs_is_a_failure_and_no_hang(tmp_path: Path) -> None:
    found = read([page(tmp_path, "a"), page(tmp_path, "b")], Limits(memory=1 << 20))
    assert len(found) == 2 and not set(found) & set(good("a", "b"))


def test_the_process_is_replaced_before_its_memory_runs_full(tmp_path: Path, hooked: Callable[[str], None]) -> None:
    hooked("worker._MOST = 3\nprint(os.getpid(), file=open(path.parent / 'pids', 'a'))")
    names = [f"{number}" for number in range(10)]
    assert read([page(tmp_path, name) for name in names]) == good(*names)
    pids = (tmp_path / "pids").read_text().split()
    assert [pids.count(pid) for pid in dict.fromkeys(pids)] == [3, 3, 3, 1]


def test_an_answer_that_is_cut_off_is_none(tmp_path: Path, hooked: Callable[[str], None]) -> None:
    hooked("if path.name == 'bad': os.write(answers, b'[{'); os.kill(os.getpid(), signal.SIGKILL)")
    isolation._CODE = isolation._CODE.replace("import os, signal", "import os, signal\nanswers = os.dup(1)\nimport os")
    found = read([page(tmp_path, "bad"), page(tmp_path, "a")])
    assert "signal 9" in found[0] and found[1:] == good("a")


def test_what_a_library_prints_is_no_answer(tmp_path: Path, hooked: Callable[[str], None]) -> None:
    hooked("print('[]'); os.write(1, b'[]\\n'); sys.stdout.flush(); sys.stderr.write('x')")
    assert read([page(tmp_path, "a"), page(tmp_path, "b")]) == good("a", "b")


def test_what_a_library_raises_costs_one_document(tmp_path: Path, hooked: Callable[[str], None]) -> None:
    hooked("""
    if path.name == 'a': raise ZeroDivisionError('of pages')
    if path.name == 'b': raise RecursionError
    if path.name == 'c': raise PermissionError(13, 'Permission denied')
    if path.name == 'd':
        def deeper(): deeper()
        deeper()
    """)
    found = read([page(tmp_path, name) for name in "abcde"])
    assert found[0] == "is a damaged HTML, or one of a form that cannot be read (ZeroDivisionError: of pages)"
    assert found[1:] == [
        "nests too deeply to be read",
        "cannot be read: Permission denied",
        "nests too deeply to be read",
        *good("e"),
    ]


def test_long_names_do_not_stop_the_run(tmp_path: Path, hooked: Callable[[str], None]) -> None:
    hooked("if path.name.endswith('0'): time.sleep(60)")
    folder = tmp_path
    for _ in range(7):
        folder /= "ä" * 120
        folder.mkdir()
    paths = [page(folder, "ö" * 100 + str(number)) for number in range(9)]
    began = time.monotonic()
    with DocumentReader(Limits(seconds=1)) as reader:
        for path in paths:  # more than a pipe holds
            reader.ask(path, "html", str(path) * 3)
        found = [_said(reader.answer()) for _ in paths]
    assert time.monotonic() - began < 10  # asking did not wait until the process ended itself
    assert found[0] == "took longer than 1 s to read" and found[1:] == good(*(path.name for path in paths[1:]))


def test_when_no_process_can_be_started_each_document_is_a_failure_of_its_own(
    tmp_path: Path, hooked: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    hooked("if path.name == 'bad': os._exit(3)")
    popen = subprocess.Popen
    calls: list[int] = []

    def sometimes(*arguments: Any, **options: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            raise BlockingIOError(11, "Resource temporarily unavailable")
        return popen(*arguments, **options)

    monkeypatch.setattr(subprocess, "Popen", sometimes)
    found = read([page(tmp_path, name) for name in ("bad", "a", "b", "c")])
    assert "exit code 3" in found[0]
    assert found[1] == "no process could be started to read it: Resource temporarily unavailable"
    assert found[2:] == good("b", "c")


def test_a_signal_to_stop_is_left_to_the_one_who_asked(tmp_path: Path, hooked: Callable[[str], None]) -> None:
    # Ctrl-C goes to all processes of a terminal.
    hooked("os.kill(os.getpid(), signal.SIGINT)")
    assert read([page(tmp_path, "a")]) == good("a")


# No process is left behind


needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")


@needs_proc
def test_no_process_is_left_when_all_is_read(tmp_path: Path) -> None:
    before = _children()
    paths = [page(tmp_path, "a.html"), page(tmp_path, "b.html")]
    assert len(list(read_releases([str(path) for path in paths], on_failure=print))) == 2
    assert _children() == before


@needs_proc
@pytest.mark.parametrize("how", ["close", "drop", "raise"])
def test_no_process_is_left_when_the_reading_is_left(tmp_path: Path, hooked: Callable[[str], None], how: str) -> None:
    hooked("if path.name.startswith('hang'): time.sleep(60)")
    before = _children()
    page(tmp_path, "a.html")
    hanging(tmp_path, "b.html")
    releases = read_releases([str(tmp_path)], on_failure=print)
    next(releases)
    assert len(_children() - before) == 1
    if how == "close":
        releases.close()  # type: ignore[attr-defined]
    elif how == "raise":
        with pytest.raises(ValueError, match="enough"):
            releases.throw(ValueError("enough"))  # type: ignore[attr-defined]
    del releases
    assert _children() == before


_SCRIPT = """
import sys, time
from counterframe.data.readers import isolation
{hook}
from counterframe.data.releases import read_releases
releases = read_releases(sys.argv[1:], on_failure=print)
for release in releases:
    print(release.doc, flush=True)
    {then}
"""


def test_a_script_without_a_guard_reads_documents(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(_SCRIPT.format(hook="", then="pass"))
    done = subprocess.run(
        [sys.executable, script, page(tmp_path, "a.html"), page(tmp_path, "b.html")],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert (done.stdout.split(), done.stderr) == (["a.html", "b.html"], "")


@needs_proc
@pytest.mark.parametrize("hangs", [False, True])
def test_no_process_is_left_when_the_one_that_asks_is_killed(tmp_path: Path, hangs: bool) -> None:
    # The one that hangs ends itself in the end; the test does not wait for all of its minutes.
    hook = 'isolation._CODE = isolation._CODE.replace("worker.main(", "worker._GRACE = 0; worker.main(")\n'
    read_slowly = "worker.read_document = lambda *_: __import__(\\'time\\').sleep(60); worker.main("
    if hangs:
        hook += f"isolation._CODE = isolation._CODE.replace('worker.main(', '{read_slowly}')\n"
        hook += "isolation.DocumentReader._line = lambda *_: (print('waiting', flush=True), time.sleep(60))\n"
    hook += "from counterframe.data.readers.source import Limits\n"
    script = tmp_path / "script.py"
    text = _SCRIPT.format(hook=hook, then="time.sleep(60)")
    script.write_text(text.replace("on_failure=print", "on_failure=print, limits=Limits(seconds=1)"))
    paths = [page(tmp_path, name) for name in ("a.html", "b.html")]
    with subprocess.Popen([sys.executable, script, *paths], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline().strip() in ("a.html", "waiting")
        (reader,) = _children_of(process.pid)
        process.send_signal(signal.SIGKILL)
        process.wait()
    for _ in range(150):
        if not _is_alive(reader):
            break
        time.sleep(0.1)
    assert not _is_alive(reader)


def _children_of(pid: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(path.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_answers_keep_what_a_release_holds(tmp_path: Path) -> None:
    release = Release(doc="a", text="The röad\n\nis open.", meta={"n": [1, None]}, furniture=((0, 3),), title=(4, 8))
    line = json.dumps([worker._encode_release(release)]).encode()
    assert worker.decode_answer(line, tmp_path) == [release]
