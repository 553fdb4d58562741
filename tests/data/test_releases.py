"""Inputs: files, folders, patterns, standard input; what is read, reported and left out."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from counterframe.data.releases import SUFFIXES, read_releases
from counterframe.data.sentences import release_sentences
from counterframe.data.types import Release
from counterframe.errors import InputError, UsageError


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


def test_what_a_folder_holds_besides_is_counted(tmp_path: Path, reading: Reading) -> None:
    put(tmp_path, a_txt="a", x_zip="", sub__y_zip="", sub__LICENCE="", sub__b_txt="b")
    (tmp_path / ".hidden.txt").write_text("h")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "c.txt").write_text("c")
    (tmp_path / "link").symlink_to(tmp_path / "sub")
    assert reading.docs(tmp_path) == ["a.txt", "sub/b.txt"]
    assert reading.notices == [f"{tmp_path}: left out 2 × .zip, 1 × no suffix, 2 hidden, 1 linked folders"]
    assert reading.failures == []


def test_a_pattern(tmp_path: Path, reading: Reading) -> None:
    put(tmp_path, b_txt="b", a_txt="a", a_csv="text\nc", sub__a_txt="s", x_zip="")
    assert reading.docs(tmp_path / "*.txt") == ["a.txt", "b.txt"]
    assert reading.docs(tmp_path / "?.*") == ["a.csv:1", "a.txt", "b.txt"]
    assert reading.notices == [f"{tmp_path}/?.*: left out 1 × .zip"]
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
    assert reading.all("-", stdin=io.BytesIO(b"a\n\xff")) == []
    (failure,) = reading.failures
    assert (failure.path, failure.line) == ("stdin", 2)


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ([], "no input"),
        (["absent.txt"], "no such file or folder: .*absent.txt"),
        (["*.txt"], r"no file matches the pattern .*\*.txt"),
        (["empty"], "no file that can be read; expected files ending in .txt"),
        (["*.zip"], "no file that can be read"),
        (["sub/*"], "no file matches"),
        (["good.md", "absent.txt"], "no such file"),
        (["-", "-"], "only once"),
    ],
)
def test_wrong_inputs_are_named_before_anything_is_read(
    tmp_path: Path, reading: Reading, monkeypatch: pytest.MonkeyPatch, inputs: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    put(tmp_path, good_md="a", x_zip="", sub__deeper__x_md="a")
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
    assert reading.docs("x", "y") == ["x/a.txt", "y/a.txt", "b.txt"]
    assert reading.docs("x/a.txt", "y/a.txt") == ["x/a.txt", "y/a.txt"]


def test_a_file_named_twice_is_read_once(tmp_path: Path, reading: Reading) -> None:
    put(tmp_path, a_txt="1", b_txt="2")
    assert reading.docs(tmp_path, tmp_path / "a.txt", tmp_path / "*.txt") == ["a.txt", "b.txt"]
    assert reading.notices == [f"{tmp_path}/{name}: named twice, read once" for name in ("a.txt", "a.txt", "b.txt")]


def test_docs_are_unique_in_a_run(tmp_path: Path, reading: Reading) -> None:
    put(tmp_path, a_csv="id,text\n7,a\n7,b\n8,c\n,d\n", b_jsonl='{"id": 7, "text": "e"}\n{"id": "7#2", "text": "f"}')
    docs = reading.docs(tmp_path)
    assert docs == ["7", "7#2", "8", "a.csv:4", "7#3", "7#2#2"]
    assert reading.notices == ["3 releases share their id with another, such as '7'; a number was added to theirs"]


# Formats


def test_all_formats(tmp_path: Path, reading: Reading) -> None:
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
    assert {path.suffix for path in tmp_path.iterdir()} == set(SUFFIXES)
    assert (reading.failures, reading.notices) == ([], [])


def test_text_column(tmp_path: Path, reading: Reading) -> None:
    put(tmp_path, a_csv="text,body\nx,Road.\n", b_csv="text,n\nx,1\n")
    assert [release.text for release in reading.all(tmp_path, text_column="body")] == ["Road."]
    (failure,) = reading.failures
    assert (failure.path, failure.field) == (str(tmp_path / "b.csv"), "body")


def test_what_cannot_be_read_is_reported_and_reading_goes_on(tmp_path: Path, reading: Reading) -> None:
    put(
        tmp_path,
        a_txt=b"one\ntwo \xff",
        b_txt=" \n\ufeff\n".encode()[:2],
        c_html=b"<p>\xe9</p>",
        d_html="<script>x</script>",
        e_html=b"<meta charset=ostrian>\xe9",
        f_csv="text\nRoad.\na,b\n",
        g_html="<div>" * 50_000,
        h_txt="Road.",
    )
    releases = reading.all(tmp_path, tmp_path / "f.csv")
    assert [release.doc for release in releases] == ["f.csv:1", "h.txt"]
    found = [(Path(str(failure.path)).name, failure.line, failure.problem) for failure in reading.failures]
    assert [item[0] for item in found] == ["a.txt", "b.txt", "c.html", "d.html", "e.html", "f.csv", "g.html"]
    assert found[0][1:] == (2, "is not UTF-8 text (byte 0xff); save it as UTF-8")
    assert found[1][2].startswith("no text")
    assert "neither UTF-8 nor in the encoding that it declares" in found[2][2]
    assert found[3][2].startswith("no text")
    assert "unknown encoding: ostrian" in found[4][2]
    assert found[5][1] == 2
    assert "cannot be read to its end" in found[6][2]


def test_a_named_file_of_another_kind_is_a_failure(tmp_path: Path, reading: Reading) -> None:
    put(tmp_path, a_zip="", b_txt="b", LICENCE="l")
    assert reading.docs(tmp_path / "a.zip", tmp_path / "LICENCE", tmp_path / "b.txt") == ["b.txt"]
    assert [str(failure.path) for failure in reading.failures] == [str(tmp_path / "a.zip"), str(tmp_path / "LICENCE")]
    assert ".zip cannot be read; expected .txt" in str(reading.failures[0])


def test_a_file_that_vanishes_is_reported(tmp_path: Path, reading: Reading) -> None:
    put(tmp_path, a_txt="a", b_parquet="x", c_txt="c")
    releases = reading.start(tmp_path)
    assert next(releases).doc == "a.txt"
    (tmp_path / "b.parquet").unlink()
    assert [release.doc for release in releases] == ["c.txt"]
    assert "cannot be read: " in reading.failures[0].problem


def test_a_folder_that_cannot_be_listed_is_reported(
    tmp_path: Path, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, a_txt="a", sub__b_txt="b")
    scandir = os.scandir

    def refuse(path: str) -> Any:
        if str(path).endswith("sub"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert reading.docs(tmp_path) == ["a.txt"]
    assert [str(failure) for failure in reading.failures] == [
        f"{tmp_path / 'sub'}: cannot be listed: Permission denied"
    ]


def test_reading_is_lazy(tmp_path: Path, reading: Reading) -> None:
    put(tmp_path, a_txt="a", b_txt=b"\xff")
    releases = reading.start(tmp_path)
    assert next(releases).text == "a"
    assert reading.failures == []
    assert list(releases) == []
    assert len(reading.failures) == 1


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
