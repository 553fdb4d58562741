"""Standard input and named pipes, of any kind and however they are cut."""

from __future__ import annotations

import gzip
import io
import json
import os
import tempfile
import threading
from pathlib import Path
from typing import Any

import pytest
from helpers.inputs import PAGE, Reading, put

from counterframe.data.readers.source import Limits

GOLD = Path(__file__).parents[1] / "gold" / "files"


class _Chain(io.RawIOBase):
    """A pipe whose writer gives its first bytes in pieces of their own."""

    def __init__(self, pieces: bytes, rest: io.RawIOBase | None = None) -> None:
        self._pieces = [pieces[index : index + 1] for index in range(len(pieces))]
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._pieces:
            buffer[:1] = self._pieces.pop(0)
            return 1
        return (self._rest.readinto(buffer) or 0) if self._rest else 0  # type: ignore[attr-defined, no-any-return]


def test_a_pipe_that_never_ends_is_refused(reading: Reading) -> None:
    class Endless(io.RawIOBase):
        given = 0

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            buffer[:] = b"road " * (len(buffer) // 5) + b" " * (len(buffer) % 5)
            self.given += len(buffer)
            return len(buffer)

    for beginning in (b"", b"<!DOCTYPE html>"):
        pipe = Endless()
        stdin: Any = io.BufferedReader(pipe)
        if beginning:
            stdin = _Chain(beginning, pipe)
        reading.failures.clear()
        assert reading.all("-", stdin=stdin, limits=Limits(file_bytes=1 << 20)) == []
        assert "is larger than a document may be" in reading.failed()["stdin"]
        assert pipe.given < 4 << 20


@pytest.mark.parametrize(
    ("content", "docs"),
    [
        (PAGE, ["stdin"]),
        (gzip.compress(PAGE), ["stdin"]),
        (b'{"text": "The road is open."}\n{"text": "It is shut."}\n', ["stdin:1", "stdin:2"]),
        (gzip.compress(b'{"text": "The road is open."}\n'), ["stdin:1"]),
        (b"From: a@calvera.example\nSubject: Road\nMIME-Version: 1.0\n\nThe road is open.\n", ["stdin"]),
        ((GOLD / "d01_onecol_release.pdf").read_bytes(), ["stdin"]),
        (gzip.compress((GOLD / "d01_onecol_release.pdf").read_bytes()), ["stdin"]),
        ((GOLD / "d12_observers_lists.docx").read_bytes(), ["stdin"]),
    ],
    ids=["html", "html.gz", "jsonl", "jsonl.gz", "mail", "pdf", "pdf.gz", "docx"],
)
def test_standard_input_of_any_kind_however_it_is_cut(reading: Reading, content: bytes, docs: list[str]) -> None:
    releases = reading.all("-", stdin=io.BufferedReader(_Chain(content[:50], io.BytesIO(content[50:]))))  # type: ignore[arg-type]
    assert [release.doc for release in releases] == docs
    assert all("<" not in release.text[:20] and release.text.strip() for release in releases)
    assert reading.failures == []


def test_a_large_compressed_table_comes_through_a_pipe(reading: Reading) -> None:
    row = json.dumps({"text": "The road is open.", "rest": os.urandom(1 << 19).hex()}).encode() + b"\n"
    packed = gzip.compress(row * 70, compresslevel=1)
    ends = os.pipe()
    writer = threading.Thread(target=lambda: _write_all(ends[1], packed))
    writer.start()
    with os.fdopen(ends[0], "rb") as stdin:
        assert len(reading.all("-", stdin=stdin)) == 70
    writer.join()
    assert reading.failures == []


def _write_all(descriptor: int, data: bytes) -> None:
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)


def test_a_named_pipe_is_read(tmp_path: Path, reading: Reading) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(PAGE))
    writer.start()
    (release,) = reading.all(pipe)
    writer.join()
    assert (release.doc, release.text.split()[-1]) == ("pipe", "again.")


def test_what_a_pipe_held_is_put_aside_and_removed(
    reading: Reading, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    releases = reading.start("-", stdin=io.BytesIO(PAGE))
    next(releases)
    assert list(tmp_path.iterdir())
    releases.close()  # type: ignore[attr-defined]
    assert list(tmp_path.iterdir()) == []


def test_a_file_whose_name_is_a_hyphen_is_not_standard_input(
    tmp_path: Path, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, in__x_txt="x", x_md="x")
    monkeypatch.chdir(tmp_path / "in")
    (tmp_path / "in" / "-").write_text("The road is open.")
    stdin = io.BytesIO(b"not this")
    assert [(item.doc, item.text) for item in reading.all("./-", stdin=stdin)] == [("-", "The road is open.")]
    assert reading.docs(".", stdin=stdin) == ["x.txt"]
    assert [Path(name).name for name in reading.left_out()] == ["-"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_through_a_pipe_is_a_table(reading: Reading, delimiter: str) -> None:
    table = f"id{delimiter}text\n7{delimiter}The road is open.\n"
    (release,) = reading.all("-", stdin=io.BytesIO(table.encode()))
    assert (release.doc, release.text) == ("7", "The road is open.")
