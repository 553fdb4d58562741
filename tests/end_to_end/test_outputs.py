"""The command writing to a pipe, to compressed files and to a dataset, as a user calls it."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.inputs import put
from typer.testing import CliRunner

from counterframe.cli import app
from counterframe.data.codebook import load_codebook
from counterframe.data.types import Result
from counterframe.inference.engines import OnnxEngine
from counterframe.inference.forms import lines
from counterframe.inference.forms.dataset import parts_of
from counterframe.inference.stored import read_stored

COMMAND = Path(sys.executable).with_name("counterframe")
TEXT = "Minister Vell denied siege near harbour bridge valley people again."


def run(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [str(COMMAND), *(str(argument) for argument in arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False)


def _dated(folder: Path, name: str, day: str, text: str = TEXT) -> None:
    put(folder, **{f"{name}_txt": text})
    (folder / f"{name}.txt.json").write_text(json.dumps({"date": day}), encoding="utf-8")


def test_a_pipe_gets_the_lines_of_the_file_and_nothing_else(tmp_path: Path, tiny_model: Path) -> None:
    folder = tmp_path / "in"
    put(folder, a_txt=f"{TEXT}\n\n{TEXT}", b_pdf=b"%PDF-1.7", c_png=b"\x89PNG")
    to_file = run("classify", folder, "--model", tiny_model, "--out", tmp_path / "o.jsonl.gz")
    piped = run("classify", folder, "--model", tiny_model, "--out", "-")
    assert to_file.returncode == piped.returncode == 1  # the PDF
    with gzip.open(tmp_path / "o.jsonl.gz", "rt", encoding="utf-8") as handle:
        assert piped.stdout == handle.read() != ""
    assert "failed: " in piped.stderr and "b.pdf" in piped.stderr and "left out: " in piped.stderr
    assert "1 document(s), 2 sentences" in piped.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"in", "o.jsonl.gz", "o.jsonl.gz.failures.jsonl"}


def test_the_model_stops_when_nobody_reads_on(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error that is still held keeps nothing at work: else what is under way would be computed before the end."""

    def full(results: Iterator[Result], _: object) -> int:
        next(results)
        raise BrokenPipeError

    def threads() -> list[str]:
        return [thread.name for thread in threading.enumerate() if thread.name.startswith("counterframe")]

    monkeypatch.setattr(lines, "stream_lines", full)
    monkeypatch.setattr(OnnxEngine, "workers", property(lambda _: 2, lambda *_: None), raising=False)
    put(tmp_path / "in", a_txt=f"{TEXT}\n\n" * 5000)
    found = CliRunner().invoke(app, ["classify", str(tmp_path / "in"), "--model", str(tiny_model), "--out", "-"])
    assert isinstance(found.exception, BrokenPipeError)
    assert threads() == []


def test_a_reader_that_has_enough_ends_the_run_quietly(tmp_path: Path, tiny_model: Path) -> None:
    folder = tmp_path / "in"
    put(folder, **{f"a{number}_txt": f"{TEXT}\n\n" * 40 for number in range(40)})
    command = [str(COMMAND), "classify", str(folder), "--model", str(tiny_model), "--out", "-"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline().startswith(b'{"schema": "counterframe/1"')
        process.stdout.close()
        errors = process.stderr.read()
        assert process.wait(timeout=60) == 1
    assert b"Traceback" not in errors and b"BrokenPipe" not in errors and b"ignored" not in errors


def test_runs_are_added_to_a_dataset(tmp_path: Path, tiny_model: Path) -> None:
    folder, archive = tmp_path / "in", tmp_path / "archive"
    _dated(folder, "a", "2031-05-04")
    _dated(folder, "b", "2031-06-04")
    first = run("classify", folder, "--model", tiny_model, "--out", archive, "--partition-by", "month")
    assert first.returncode == 0, first.stderr
    assert [Path(name).parts[0] for name, _ in parts_of(archive)] == ["month=2031-05", "month=2031-06"]
    for path in folder.iterdir():
        path.unlink()
    _dated(folder, "b", "2031-06-04", f"{TEXT}\n\nMarchers.")
    _dated(folder, "c", "2031-07-04")
    # The folder that is read holds the dataset: it is passed over, and not even named.
    second = run("classify", ".", "--model", tiny_model, "--out", "archive", cwd=tmp_path)
    assert second.returncode == 0, second.stderr
    documents = {
        rows[0]["doc"]: len(rows) for rows in read_stored(archive, load_codebook(tiny_model / "codebook.yaml"))
    }
    assert documents == {"a.txt": 1, "b.txt": 1, "in/b.txt": 2, "in/c.txt": 1}
    third = run("classify", folder, "--model", tiny_model, "--out", archive)
    assert "1 document(s) of this name were in it already; their results were replaced" in third.stdout
    assert [path.name for path in tmp_path.iterdir() if path.name not in ("in", "archive")] == []


def test_outputs_that_do_not_go_together(tmp_path: Path) -> None:
    put(tmp_path, a_txt=TEXT)
    for arguments, message in [
        (("--out", "-", "--out", "a.csv"), "writes to standard output alone"),
        (("--out", "-", "--partition-by", "day"), "writes to standard output alone"),
        (("--out", "-", "--resume"), "--resume and --no-resume are for files"),
        (("--out", "a.csv", "--partition-by", "day"), "is for a dataset"),
        (("--out", "archive", "--partition-by", "week"), "choose year, month or day"),
        (("--out", "archive"), "for a folder of results say with --partition-by"),
    ]:
        done = run("classify", "a.txt", *arguments, cwd=tmp_path)
        assert done.returncode == 2 and message in done.stderr, done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
