"""Inputs: files, folders, patterns, standard input; what is read, reported and left out."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from counterframe.data import reading as reading_module
from counterframe.data.readers.isolation import DocumentReader
from counterframe.data.readers.opening import read_whole
from counterframe.data.readers.source import Limits
from counterframe.data.releases import SUFFIXES, read_releases
from counterframe.data.sentences import release_sentences
from counterframe.data.types import Release
from counterframe.errors import InputError, LeftOut, UsageError

GOLD = Path(__file__).parents[1] / "gold" / "files"


@dataclass
class Reading:
    """Reads inputs and keeps what was reported."""

    failures: list[InputError] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    def start(self, *inputs: object, **options: Any) -> Iterator[Release]:
        return read_releases(
            [str(name) for name in inputs],
            on_failure=self.failures.append,
            on_notice=self.notices.append,
            **options,
        )

    def all(self, *inputs: object, **options: Any) -> list[Release]:
        return list(self.start(*inputs, **options))

    def left_out(self) -> dict[str, str]:
        return {str(item.path): item.problem for item in self.failures if isinstance(item, LeftOut)}

    def failed(self) -> dict[str, str]:
        return {str(item.path): item.problem for item in self.failures if not isinstance(item, LeftOut)}

    def docs(self, *inputs: object, **options: Any) -> list[str]:
        return [release.doc for release in self.all(*inputs, **options)]


@pytest.fixture
def reading() -> Reading:
    return Reading()


def put(folder: Path, **files: str | bytes) -> None:
    """Write files; two underscores in a name stand for a slash, one for the dot of the suffix."""
    for name, content in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


# Finding


def test_a_file_is_named_by_its_name(tmp_path: Path, reading: Reading) -> None:
    put(tmp_path, in__a_txt="\ufeffThe road is open.\r\nLorries pass.\n")
    (release,) = reading.all(tmp_path / "in" / "a.txt")
    assert release == Release(doc="a.txt", text="The road is open.\r\nLorries pass.\n")
    assert (reading.failures, reading.notices) == ([], [])


def test_a_folder_is_read_in_order_with_its_subfolders(tmp_path: Path, reading: Reading) -> None:
    put(tmp_path, b_txt="b", a__z_TEXT="z", a__b__c_md="c", B_html="<p>B</p>", a_txt="a")
    assert reading.docs(tmp_path) == ["B.html", "a/b/c.md", "a/z.TEXT", "a.txt", "b.txt"]


def test_what_a_folder_holds_besides_is_reported_as_left_out(tmp_path: Path, reading: Reading) -> None:
    put(tmp_path, a_txt="a", x_zip="", sub__y_jpg=b"\xff\xd8\xff", sub__LICENCE="", sub__b_txt="b")
    (tmp_path / ".hidden.txt").write_text("h")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "c.txt").write_text("c")
    (tmp_path / "link").symlink_to(tmp_path / "sub")
    assert reading.docs(tmp_path) == ["a.txt", "sub/b.txt"]
    names = (".git", ".hidden.txt", "link", "sub/LICENCE", "sub/y.jpg", "x.zip")
    assert list(reading.left_out()) == [str(tmp_path / name) for name in names]
    assert (reading.failed(), reading.notices) == ({}, [])


def test_a_folder_of_pictures_is_read_and_lists_them(tmp_path: Path, reading: Reading) -> None:
    put(tmp_path, a_png=b"\x89PNG\r\n\x1a\n", b_jpg=b"\xff\xd8\xff")
    assert reading.docs(tmp_path) == []
    assert list(reading.left_out()) == [str(tmp_path / "a.png"), str(tmp_path / "b.jpg")]


def test_a_pattern(tmp_path: Path, reading: Reading) -> None:
    put(tmp_path, b_txt="b", a_txt="a", a_csv="text\nc", sub__a_txt="s", x_zip=b"PK\x05\x06\0\0\0\0\0\0")
    assert reading.docs(tmp_path / "*.txt") == ["a.txt", "b.txt"]
    assert reading.docs(tmp_path / "?.*") == ["a.csv:1", "a.txt", "b.txt"]
    assert list(reading.failed()) == [str(tmp_path / "x.zip")]
    assert len(reading.docs(tmp_path / "**" / "*.txt")) == 3


def test_a_file_whose_name_looks_like_a_pattern(tmp_path: Path, reading: Reading) -> None:
    (tmp_path / "a[1].txt").write_text("a")
    assert reading.docs(tmp_path / "a[1].txt") == ["a[1].txt"]


def test_standard_input_is_plain_text(reading: Reading) -> None:
    (release,) = reading.all("-", stdin=io.BytesIO("\ufeffThe röad.".encode()))
    assert (release.doc, release.text) == ("stdin", "The röad.")


def test_standard_input_of_the_process(reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"The road.")))
    assert [release.text for release in reading.all("-")] == ["The road."]


def test_standard_input_that_is_not_text(reading: Reading) -> None:
    assert reading.all("-", stdin=io.BytesIO(b"\x00\x01\x02" * 50)) == []
    assert reading.failed() == {"stdin": "is binary data"}


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ([], "no input"),
        (["absent.txt"], "no such file or folder: .*absent.txt"),
        (["*.txt"], r"no file matches the pattern .*\*.txt"),
        (["empty"], "empty has no file to read"),
        (["good.md", "empty"], "empty has no file to read"),
        (["sub/*"], "no file matches"),
        (["good.md", "absent.txt"], "no such file"),
        (["-", "-"], "only once"),
    ],
)
def test_wrong_inputs_are_named_before_anything_is_read(
    tmp_path: Path, reading: Reading, monkeypatch: pytest.MonkeyPatch, inputs: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    put(tmp_path, good_md="a", sub__deeper__x_md="a")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match=message):
        reading.start(*inputs)  # not iterated
    assert reading.failures == []


# Names


def test_equal_names_are_told_apart_by_their_paths(
    tmp_path: Path, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    put(tmp_path, x__a_txt="1", y__a_txt="2", y__b_txt="3")
    assert reading.docs("x", "y") == ["x/a.txt", "y/a.txt", "y/b.txt"]
    assert reading.docs("x/a.txt", "y/a.txt") == ["x/a.txt", "y/a.txt"]


def test_a_file_named_twice_is_read_once(tmp_path: Path, reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, in__a_txt="1", in__b_txt="2")
    monkeypatch.chdir(tmp_path)
    assert reading.docs("in", "in/a.txt", "in/a*") == ["in/b.txt", "in/a.txt"]
    found = [(item.path, item.problem) for item in reading.failures]
    assert found == [("in/a.txt", "named twice, read once")] * 2


def test_a_file_that_a_folder_would_leave_out_is_read_when_it_is_named(tmp_path: Path, reading: Reading) -> None:
    put(tmp_path, in__a_txt="1", in__notes_log="The road is open.", in__deep__b_txt="2")
    assert reading.docs(tmp_path / "in", tmp_path / "in" / "notes.log", tmp_path / "in" / "deep") == [
        f"{tmp_path}/in/a.txt", f"{tmp_path}/in/deep/b.txt", "notes.log"
    ]  # fmt: skip
    assert {item.problem for item in reading.failures} == {"named twice, read once"}


def test_docs_are_unique_in_a_run(tmp_path: Path, reading: Reading) -> None:
    put(tmp_path, a_csv="id,text\n7,a\n7,b\n8,c\n,d\n", b_jsonl='{"id": 7, "text": "e"}\n{"id": "7#2", "text": "f"}')
    docs = reading.docs(tmp_path)
    assert docs == ["7", "7#2", "8", "a.csv:4", "7#3", "7#2#2"]
    assert reading.notices == ["3 releases share their id with another, such as '7'; a number was added to theirs"]


# Formats


def test_plain_formats(tmp_path: Path, reading: Reading) -> None:
    put(
        tmp_path,
        a_txt="Road a.",
        b_text="Road b.",
        c_md="Road c.",
        d_html="<h1>Roads</h1><p>Road d.</p>",
        e_htm="<p>Road e.</p>",
        f_xhtml="<?xml version='1.0' encoding='utf-8'?><html><body><p>Road f.</p></body></html>",
        g_csv="text,n\nRoad g.,1\n",
        h_tsv="text\tn\nRoad h.\t1\n",
        i_jsonl=json.dumps({"text": "Road i.", "n": 1}),
        j_ndjson=json.dumps({"text": "Road j.", "n": 1}),
    )
    parquet.write_table(pa.table({"text": ["Road k."], "n": [1]}), tmp_path / "k.parquet")
    releases = reading.all(tmp_path)
    assert [release.text[-7:] for release in releases] == [f"Road {letter}." for letter in "abcdefghijk"]
    assert [release.meta.get("n") for release in releases[6:]] == ["1", "1", 1, 1, 1]
    assert releases[3].title == (0, 5)
    rest = {".pdf", ".docx", ".eml", ".mht", ".mhtml", ".rss", ".atom", ".xml"}
    assert {path.suffix for path in tmp_path.iterdir()} == set(SUFFIXES) - rest
    assert (reading.failures, reading.notices) == ([], [])


def test_text_column(tmp_path: Path, reading: Reading) -> None:
    put(tmp_path, a_csv="text,body\nx,Road.\n", b_csv="text,n\nx,1\n")
    assert [release.text for release in reading.all(tmp_path, text_column="body")] == ["Road."]
    (failure,) = reading.failures
    assert (failure.path, failure.field) == (str(tmp_path / "b.csv"), "body")


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


def test_reading_is_lazy(tmp_path: Path, reading: Reading) -> None:
    put(tmp_path, a_txt="a", b_txt=b"\0\1\2")
    releases = reading.start(tmp_path)
    assert next(releases).text == "a"
    assert reading.failures == []
    assert list(releases) == []
    assert len(reading.failures) == 1


def test_many_files_are_looked_at_only_as_they_are_needed(tmp_path: Path, reading: Reading) -> None:
    put(tmp_path, **{f"f{number:03}_txt": "Road." for number in range(100)})
    releases = reading.start(tmp_path)
    next(releases)
    for number in range(50, 100):
        (tmp_path / f"f{number:03}.txt").unlink()
    assert len(list(releases)) == 49
    assert len(reading.failed()) == 50


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


# Pipes


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


PAGE = b"<!DOCTYPE html><html><head><title>Road</title></head><body><p>The road is open again.</p></body></html>"


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


# Side-cars


def test_a_sidecar_says_what_is_known_of_a_document(tmp_path: Path, reading: Reading) -> None:
    put(tmp_path, a_txt="Road.", a_txt_json='{"publisher": "Office of Calvera"}', b_html_gz=gzip.compress(PAGE))
    put(tmp_path, b_json='{"date": "2031-02-03"}', c_csv="text\nRoad.\n", c_json="{}", d_txt="Road.", d_json="[1]")
    releases = reading.all(tmp_path)
    assert [release.doc for release in releases] == ["a.txt", "b.html.gz", "c.csv:1", "d.txt"]
    assert releases[0].meta["publisher"] == "Office of Calvera"
    assert releases[1].meta["date"] == "2031-02-03"
    assert list(reading.left_out()) == [str(tmp_path / "c.json")]
    assert list(reading.failed()) == [str(tmp_path / "d.json")]


# Unit


def test_a_row_that_is_a_sentence_stays_one(tmp_path: Path, reading: Reading) -> None:
    put(tmp_path, a_csv='text\n"The road\r\nis open. Lorries\n\npass."\n', b_txt="The road\nis open. Lorries pass.\n")
    as_documents = [release_sentences(release) for release in reading.all(tmp_path)]
    assert [len(found) for found in as_documents] == [3, 2]
    table, text = reading.all(tmp_path, unit="sentence")
    assert [item.text for item in release_sentences(table, unit="sentence")] == ["The road  is open. Lorries  pass."]
    assert [item.text for item in release_sentences(text, unit="sentence")] == ["The road", "is open. Lorries pass."]


# Start-up


def test_importing_is_light() -> None:
    code = (
        "import sys, counterframe.data.releases, counterframe.data.sentences;"
        "print(sorted({'trafilatura', 'pyarrow', 'lxml', 'pydantic', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_real_releases(shared: Path, reading: Reading) -> None:
    releases = reading.all(shared / "releases")
    assert len(releases) >= 3
    assert (reading.failures, reading.notices) == ([], [])
    for release in releases:
        found = release_sentences(release)
        assert sum(item.kind == "body" for item in found) >= 10
        assert "".join("".join(item.text for item in found).split()) == "".join(release.text.split())


# What a second reader found


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


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_through_a_pipe_is_a_table(reading: Reading, delimiter: str) -> None:
    table = f"id{delimiter}text\n7{delimiter}The road is open.\n"
    (release,) = reading.all("-", stdin=io.BytesIO(table.encode()))
    assert (release.doc, release.text) == ("7", "The road is open.")


def test_a_side_car_of_a_feed_fills_what_its_entries_do_not_say(tmp_path: Path, reading: Reading) -> None:
    entry = "<item><title>Road open</title><description>Lorries pass.</description></item>"
    put(
        tmp_path,
        f_rss=f"<rss version='2.0'><channel>{entry}</channel></rss>",
        g_txt="Road.",
        h_png=b"\x89PNG\r\n\x1a\n",
    )
    for name in "fgh":
        (tmp_path / f"{name}.json").write_text('{"title": "All", "region": "north"}')
    first, text = reading.all(tmp_path)
    assert (first.meta["title"], first.meta["region"]) == ("Road open", "north")
    assert text.meta == {"title": "All", "region": "north"}
    assert [Path(str(item.path)).name for item in reading.failures] == ["h.json", "h.png"]


def test_a_link_to_a_hidden_file_is_not_lost_in_silence(tmp_path: Path, reading: Reading) -> None:
    put(tmp_path, in__b_txt="b")
    (tmp_path / "in" / ".h").mkdir()
    (tmp_path / "in" / ".h" / "a.txt").write_text("a")
    (tmp_path / "in" / "a.txt").symlink_to(tmp_path / "in" / ".h" / "a.txt")
    assert reading.docs(tmp_path / "in") == ["b.txt"]
    assert ["name its target" in item.problem for item in reading.failures] == [False, True]


# What a first user found


def test_results_of_earlier_runs_are_not_read_as_input(tmp_path: Path, reading: Reading) -> None:
    results = '{"schema": "counterframe/1", "doc": "a", "n": 0, "text": "The road is open."}\n'
    failures = '{"path": "b.pdf", "line": null, "field": null, "status": "failed", "reason": "no text"}\n'
    table = "doc,n,start,end,text,kind,x\na,0,0,5,Road.,body,1\n"
    put(tmp_path, r_jsonl=results, f_jsonl=failures, t_csv=table, z_txt="Road.")
    assert reading.docs(tmp_path) == ["z.txt"]
    assert all(isinstance(item, LeftOut) and "earlier run" in item.problem for item in reading.failures)
    assert len(reading.failures) == 3
    assert [release.text for release in reading.all(tmp_path / "r.jsonl")] == ["The road is open."]


def test_what_a_browser_saves_beside_a_page_is_left_out(tmp_path: Path, reading: Reading) -> None:
    put(tmp_path, Road_html="<p>The road is open.</p>", Road_files__ad_html="<p>Buy hay.</p>", Old_files__a_txt="Road.")
    for folder in ("Road", "Old"):
        (tmp_path / f"{folder}.files").rename(tmp_path / f"{folder}_files")
    (tmp_path / "~$draft.docx").write_bytes(b"lock")
    assert reading.docs(tmp_path) == ["Old_files/a.txt", "Road.html"]
    assert [Path(str(item.path)).name for item in reading.failures] == ["Road_files", "~$draft.docx"]
    assert all(isinstance(item, LeftOut) for item in reading.failures)


def test_a_table_of_excel_is_known_by_the_column_that_is_asked_for(tmp_path: Path, reading: Reading) -> None:
    (tmp_path / "a.txt").write_bytes("id\tbody\r\n7\tThe röad is open.\r\n".encode("utf-16"))
    (release,) = reading.all(tmp_path, text_column="body")
    assert (release.doc, release.text) == ("7", "The röad is open.")


@pytest.mark.parametrize(("name", "advice"), [("a.json", ".jsonl"), ("a.mbox", ".eml")])
def test_what_is_text_and_no_release_says_what_to_do(tmp_path: Path, reading: Reading, name: str, advice: str) -> None:
    (tmp_path / name).write_text('[{"text": "The road is open."}]')
    assert reading.docs(tmp_path / name) == []
    assert advice in reading.failures[0].problem
    assert not isinstance(reading.failures[0], LeftOut)
