"""What cannot be read, is too large, changes or vanishes: each costs itself and is reported."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import pytest
from helpers.inputs import Reading, put

from counterframe.data import reading as reading_module
from counterframe.data.readers.isolation import DocumentReader
from counterframe.data.readers.opening import read_whole
from counterframe.data.readers.source import Limits
from counterframe.data.types import Release
from counterframe.errors import LeftOut


def test_what_cannot_be_read_is_reported_and_reading_goes_on(tmp_path: Path, reading: Reading) -> None:
    put(
        tmp_path,
        a_txt=b"one\x00\x01\x02\x03" * 20,
        b_txt=" \n\ufeff\n".encode()[:2],
        d_html="<script>x</script>",
        f_csv="text\nRoad.\na,b\n",
        h_txt="Road.",
    )
    assert reading.docs(tmp_path) == ["f.csv:1", "h.txt"]
    found = [(Path(str(failure.path)).name, failure.line) for failure in reading.failures]
    assert found == [("a.txt", None), ("b.txt", None), ("d.html", None), ("f.csv", 2)]
    problems = [failure.problem for failure in reading.failures]
    assert problems[0] == "is not what .txt stands for, but binary data"
    assert problems[1].startswith("no text") and problems[2].startswith("no text")


def test_a_named_file_of_another_kind_is_a_failure(tmp_path: Path, reading: Reading) -> None:
    put(tmp_path, a_png=b"\x89PNG\r\n", b_txt="b", LICENCE="All are free to read this.")
    assert reading.docs(tmp_path / "a.png", tmp_path / "LICENCE", tmp_path / "b.txt") == ["LICENCE", "b.txt"]
    assert reading.failed() == {str(tmp_path / "a.png"): "is a picture (PNG)"}


def test_a_file_that_vanishes_is_reported(tmp_path: Path, reading: Reading) -> None:
    put(tmp_path, **{f"{letter}_txt": letter for letter in "abcdefghijkl"})
    releases = reading.start(tmp_path)
    assert next(releases).doc == "a.txt"
    (tmp_path / "b.txt").unlink()  # already looked at
    (tmp_path / "l.txt").unlink()  # not yet
    assert [release.doc for release in releases] == [f"{letter}.txt" for letter in "cdefghijk"]
    reason = "cannot be read: No such file or directory"
    assert reading.failed() == {str(tmp_path / "b.txt"): reason, str(tmp_path / "l.txt"): reason}


def test_a_document_that_vanishes_is_reported(
    tmp_path: Path, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, a_html="<p>The road is open.</p>", b_html="<p>The road is shut.</p>")
    ask = DocumentReader.ask

    def remove(self: DocumentReader, path: Path, *rest: Any) -> None:
        if path.name == "a.html":
            path.unlink()
        ask(self, path, *rest)

    monkeypatch.setattr(DocumentReader, "ask", remove)
    assert reading.docs(tmp_path) == ["b.html"]
    assert reading.failed() == {str(tmp_path / "a.html"): "cannot be read: No such file or directory"}


def test_a_text_that_changes_while_it_is_read_is_a_failure_and_no_release(
    tmp_path: Path, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, a_txt="The road is open.", b_txt="The road is shut.")

    def read_slowly(stream: io.BufferedReader, most: int) -> bytes:
        data = read_whole(stream, most)
        if data.endswith(b"open."):
            (tmp_path / "a.txt").write_text("The road is open again.")
        return data

    monkeypatch.setattr(reading_module, "read_whole", read_slowly)
    assert reading.docs(tmp_path) == ["b.txt"]
    assert reading.failed() == {str(tmp_path / "a.txt"): "changed while it was read; classify it again"}


def test_a_text_that_changes_after_it_was_read_is_none_of_our_business(tmp_path: Path, reading: Reading) -> None:
    put(tmp_path, a_txt="The road is open.", b_txt="The road is shut.")
    releases = reading.start(tmp_path)
    assert next(releases).doc == "a.txt"
    (tmp_path / "a.txt").write_text("Something else.")
    assert [release.doc for release in releases] == ["b.txt"]
    assert reading.failures == []


def test_a_table_that_changes_while_it_is_read_says_that_rows_may_be_missing(tmp_path: Path, reading: Reading) -> None:
    put(tmp_path, a_csv="text\n" + "The road is open.\n" * 9000)
    releases = reading.start(tmp_path)
    next(releases)
    (tmp_path / "a.csv").write_text("text\nShort.\n")
    list(releases)
    assert "changed while it was read, so some of it may be missing" in reading.failures[-1].problem


def test_a_file_that_turns_into_a_pipe_does_not_stop_the_run(tmp_path: Path, reading: Reading) -> None:
    put(tmp_path, **{f"f{number:02}_txt": "Road." for number in range(20)})
    releases = reading.start(tmp_path)
    next(releases)
    for name in ("f05.txt", "f15.txt"):  # one that was already looked at, one that was not
        (tmp_path / name).unlink()
        os.mkfifo(tmp_path / name)
    assert len(list(releases)) == 17
    assert reading.failed() == {str(tmp_path / "f05.txt"): "is no regular file any more"}
    assert list(reading.left_out()) == [str(tmp_path / "f15.txt")]


def test_a_fault_of_a_reader_costs_one_file(tmp_path: Path, reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, a_txt="a", b_txt="b", c_csv="text\nc\n", d_txt="d")

    def stumble(data: bytes, doc: str) -> Release:
        if doc == "b.txt":
            raise ZeroDivisionError("of words")
        return Release(doc=doc, text=data.decode())

    monkeypatch.setattr(reading_module, "read_text", stumble)
    assert reading.docs(tmp_path) == ["a.txt", "c.csv:1", "d.txt"]
    assert "ZeroDivisionError: of words" in reading.failed()[str(tmp_path / "b.txt")]


def test_what_cannot_be_seen_is_no_text_in_any_form(tmp_path: Path, reading: Reading) -> None:
    put(
        tmp_path,
        a_txt="\u200b\u200b\n",
        b_html="<p>\u200b</p>",
        c_eml="Subject: \nMIME-Version: 1.0\nMessage-ID: <1@a>\nContent-Type: text/plain; charset=utf-8\n\n\u200b\n",
        d_rss="<rss version='2.0'><channel><item><description>&#x200b;</description></item></channel></rss>",
        e_csv="text\n\u200b\n",
    )
    assert reading.docs(tmp_path) == []
    assert sorted({Path(str(item.path)).name for item in reading.failures}) == [
        "a.txt", "b.html", "c.eml", "d.rss", "e.csv"
    ]  # fmt: skip
    assert all("no text" in item.problem for item in reading.failures)


def test_metadata_too_deep_to_be_written_cost_their_release(tmp_path: Path, reading: Reading) -> None:
    deep = "[" * 300 + "]" * 300
    put(tmp_path, a_jsonl=f'{{"text": "Road.", "x": {deep}}}\n{{"text": "Lorries.", "x": [[1]]}}', b_txt="Road.")
    (tmp_path / "b.json").write_text(f'{{"x": {deep}}}')
    assert reading.docs(tmp_path) == ["a.jsonl:2"]
    assert [item.problem[:31] for item in reading.failures] == ["has metadata that nest too deep"] * 2


def test_a_field_that_stands_twice_is_no_valid_row(tmp_path: Path, reading: Reading) -> None:
    put(tmp_path, a_jsonl='{"text": "A road.", "text": "B road."}')
    assert reading.docs(tmp_path) == []
    assert "'text' stands twice" in reading.failures[0].problem


@pytest.mark.parametrize(("name", "advice"), [("a.json", ".jsonl"), ("a.mbox", ".eml")])
def test_what_is_text_and_no_release_says_what_to_do(tmp_path: Path, reading: Reading, name: str, advice: str) -> None:
    (tmp_path / name).write_text('[{"text": "The road is open."}]')
    assert reading.docs(tmp_path / name) == []
    assert advice in reading.failures[0].problem
    assert not isinstance(reading.failures[0], LeftOut)


# Size


def test_a_text_that_is_too_large_is_refused_before_it_is_read(
    tmp_path: Path, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, a_txt="road " * 2000, b_html="<p>" + "road " * 200_000, c_txt="The road is open.")
    with (tmp_path / "a.txt").open("r+b") as file:
        file.truncate(300 << 20)  # a hole: no disk is used
    read: list[int] = []

    def watch(stream: io.BufferedReader, most: int) -> bytes:
        data = read_whole(stream, most)
        read.append(len(data))
        return data

    monkeypatch.setattr(reading_module, "read_whole", watch)
    assert reading.docs(tmp_path, limits=Limits(file_bytes=1 << 19)) == ["c.txt"]
    assert read == [17]
    assert [Path(name).name for name in reading.failed()] == ["a.txt", "b.html"]
    assert all("is larger than such a document may be" in problem for problem in reading.failed().values())
