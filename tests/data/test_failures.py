"""The list of what a run did not read."""

from __future__ import annotations

import errno
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from counterframe.data.failures import FailureLog, failures_path
from counterframe.errors import InputError, LeftOut


def listed(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_all_failures_are_in_the_file_and_the_first_are_kept(tmp_path: Path) -> None:
    path = failures_path(tmp_path / "o.jsonl")
    with FailureLog(path) as log:
        for number in range(5000):
            log.add(InputError("is damaged", path=f"{number}.pdf", line=number))
        log.add(LeftOut("is a picture (PNG)", path="a.PNG", field="scan"))
        assert not path.exists()
    assert path.name == "o.jsonl.failures.jsonl"
    found = listed(path)
    assert found[7] == {"path": "7.pdf", "line": 7, "field": None, "status": "failed", "reason": "is damaged"}
    assert found[-1] == {
        "path": "a.PNG",
        "line": None,
        "field": "scan",
        "status": "left out",
        "reason": "is a picture (PNG)",
    }
    assert (log.failed, len(found), len(log.shown), dict(log.left_out)) == (5000, 5001, 20, {".png": 1})
    assert [path.name for path in tmp_path.iterdir()] == ["o.jsonl.failures.jsonl"]


def test_failures_without_number_do_not_fill_the_memory(tmp_path: Path) -> None:
    with FailureLog(tmp_path / "f.jsonl") as log:
        log.add(InputError("is damaged", path="first"))
        tracemalloc.start()
        for number in range(20_000):
            log.add(InputError("is damaged " * 20, path=f"{number}.pdf"))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert log.failed == 20_001 and peak < 1 << 18


def test_a_log_without_a_file_only_counts() -> None:
    with FailureLog(None) as log:
        log.add(InputError("is damaged", path="a.pdf"))
        log.add(LeftOut("is a picture (PNG)", path="a.png"))
        log.complete()
    assert (log.failed, log.shown, dict(log.left_out)) == (1, [], {".png": 1})


def test_endings_without_number_do_not_fill_the_memory(tmp_path: Path) -> None:
    with FailureLog(tmp_path / "f.jsonl") as log:
        for number in range(1000):
            log.add(LeftOut("no kind of document", path=f"a.{number}"))
    assert len(log.left_out) <= 51 and log.left_out.total() == 1000
    assert len(listed(log.path)) == 1000


def test_a_run_without_failures_removes_the_list_of_an_earlier_one(tmp_path: Path) -> None:
    path = tmp_path / "f.jsonl"
    path.write_text("{}")
    with FailureLog(path):
        pass
    assert not path.exists()


@pytest.mark.parametrize("error", [InputError("x"), KeyboardInterrupt(), OSError(errno.ENOSPC, "No space left")])
def test_a_run_that_fails_leaves_the_list_of_an_earlier_one(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "f.jsonl"
    path.write_text("earlier")
    with pytest.raises(type(error)), FailureLog(path) as log:
        log.add(InputError("is damaged", path="a.pdf"))
        raise error
    assert path.read_text() == "earlier"
    assert [found.name for found in tmp_path.iterdir()] == ["f.jsonl"]


def test_a_full_disk_is_named_with_the_list(tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("needs /dev/full")
    path = tmp_path / "f.jsonl"
    path.write_text("earlier")
    (tmp_path / ".f.jsonl.partial").symlink_to(full)
    with pytest.raises(OSError, match="No space left") as caught, FailureLog(path) as log:
        log.add(InputError("is damaged", path="a.pdf"))
        log.complete()
    assert caught.value.filename == str(path)
    assert path.read_text() == "earlier"
    assert [found.name for found in tmp_path.iterdir()] == ["f.jsonl"]


def test_a_name_as_long_as_the_file_system_allows(tmp_path: Path) -> None:
    path = failures_path(tmp_path / ("ä" * 124 + ".jsonl"))
    for problems in ([InputError("is damaged", path="a")], []):
        with FailureLog(path) as log:
            for problem in problems:
                log.add(problem)
        assert path.exists() == bool(problems)


def test_what_is_no_text_is_written_as_text(tmp_path: Path) -> None:
    with FailureLog(tmp_path / "f.jsonl") as log:
        log.add(InputError("half a character: \ud800", path="caf\udce9.txt"))
        log.add(InputError("a line\nbreak", path="a\nb"))
    assert len((tmp_path / "f.jsonl").read_bytes().splitlines()) == 2
    assert json.loads((tmp_path / "f.jsonl").read_text("utf-8").splitlines()[1])["path"] == "a\nb"


@pytest.mark.parametrize(
    ("problem", "kind"),
    [
        (LeftOut("hidden: its name begins with a dot", path=".git"), "hidden"),
        (LeftOut("named twice, read once", path="a.txt"), "named twice"),
        (LeftOut("attached: image/png", path="a.eml"), "attached pictures and the like"),
        (LeftOut("is an archive", path="folder.d/LICENCE"), "no ending"),
    ],
)
def test_what_is_left_out_is_counted_by_kind(tmp_path: Path, problem: LeftOut, kind: str) -> None:
    with FailureLog(tmp_path / "f.jsonl") as log:
        log.add(problem)
    assert (dict(log.left_out), log.failed) == ({kind: 1}, 0)
