"""Labels that are kept as addresses: the text comes from the files that the user holds, by its sha1."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from counterframe.data.codebook import Codebook, load_codebook
from counterframe.data.labelled import check_labelled, read_labelled
from counterframe.data.restore import TextStore, restore_text
from counterframe.errors import InputError, UsageError

TEXTS = ["Vell denied the siege – again.", "Marchers closed the quay."]


@pytest.fixture(scope="module")
def book(codebook_file: Path) -> Codebook:
    return load_codebook(codebook_file)


def _sha1(text: str) -> str:
    return hashlib.sha1(text.encode()).hexdigest()


def _address(number: int, **other: Any) -> dict[str, Any]:
    place = {"repo": "orvania/speeches", "path": "1/a.txt", "record": 0, "start": 12 * number, "end": 99}
    labels = [{"blockade": "rejects"}, {}][number]
    return {"id": f"s{number}", "sha1": _sha1(TEXTS[number]), **place, "labels": labels, **other}


def _write(path: Path, rows: list[Any]) -> Path:
    text = "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows)
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    folder = tmp_path / "texts"
    folder.mkdir()
    _write(folder / "one.jsonl", [{"text": TEXTS[0], "sha1": "of something else"}, "", {"id": "no text"}])
    _write(folder / "two.jsonl.gz", [{"text": TEXTS[1]}])
    return folder


def test_addresses_get_their_texts_document_and_place(tmp_path: Path, texts: Path, book: Codebook) -> None:
    labels = _write(tmp_path / "labels.jsonl", [_address(0, source_at=[0, 4]), _address(1, source_at=None)])
    data = read_labelled([labels], book, texts=[texts])
    assert [item.text for item in data.sentences] == TEXTS
    assert {item.doc for item in data.sentences} == {"orvania/speeches:1/a.txt:0"}
    assert [item.n for item in data.sentences] == [0, 12]
    assert [item.source for item in data.sentences] == [(0, 4), None]
    assert all(item.source_known for item in data.sentences)
    assert (data.missing, data.warnings) == (0, [])


def test_a_document_that_is_named_is_kept(tmp_path: Path, texts: Path, book: Codebook) -> None:
    labels = _write(tmp_path / "labels.jsonl", [_address(0, doc="mine", n=3)])
    (item,) = read_labelled([labels], book, texts=[texts]).sentences
    assert (item.doc, item.n) == ("mine", 3)


def test_the_sha1_may_be_in_capitals_and_the_text_empty(tmp_path: Path, texts: Path, book: Codebook) -> None:
    labels = _write(tmp_path / "labels.jsonl", [_address(0, sha1=_sha1(TEXTS[0]).upper(), text="")])
    assert read_labelled([labels], book, texts=[texts]).sentences[0].text == TEXTS[0]


def test_missing_texts_stop_the_reader_unless_allowed(tmp_path: Path, texts: Path, book: Codebook) -> None:
    labels = _write(tmp_path / "labels.jsonl", [_address(0), _address(1)])
    one = [texts / "one.jsonl"]
    assert check_labelled([labels], book, texts=one).missing == 1
    with pytest.raises(UsageError, match=r"text of 1 labelled sentences is missing.*--texts.*--allow-missing"):
        read_labelled([labels], book, texts=one)
    data = read_labelled([labels], book, texts=one, allow_missing=True)
    assert [item.id for item in data.sentences] == ["s0"]
    assert data.warnings == ["1 labelled sentences were left out: their text was not found"]
    with pytest.raises(UsageError, match="no labelled sentence"):
        read_labelled([labels], book, allow_missing=True)


@pytest.mark.parametrize("sha1", ["", "abc", 5, None, "z" * 40, "a" * 41])
def test_what_is_no_sha1_is_named(sha1: object, tmp_path: Path, book: Codebook) -> None:
    labels = _write(tmp_path / "labels.jsonl", [{"sha1": sha1, "labels": {}}])
    (problem,) = check_labelled([labels], book).problems
    assert (problem.line, problem.field) == (1, "sha1")
    assert "must be a sha1 of 40 hex digits" in str(problem)


def test_a_record_with_its_text_is_left_alone() -> None:
    raw = {"text": "here", "sha1": "not even one"}
    assert restore_text(raw, TextStore([]), path="a", line=1) is raw


@pytest.mark.parametrize("content", ["{", "5", '{"text": "a", "text": "b"}'])
def test_a_text_file_that_is_wrong_is_named_with_its_line(content: str, tmp_path: Path) -> None:
    file = _write(tmp_path / "texts.jsonl", [{"text": "fine"}, content])
    with pytest.raises(InputError) as caught:
        TextStore([file]).get("a" * 40)
    assert (caught.value.path, caught.value.line) == (str(file), 2)


def test_texts_that_are_not_there_are_named_at_once(tmp_path: Path) -> None:
    for path, message in [
        (tmp_path / "none.jsonl", "no such file or folder"),
        (tmp_path, "holds no texts; expected files ending in .jsonl"),
        (Path("x" * 5000), "cannot be read: File name too long"),
    ]:
        with pytest.raises(UsageError, match=message):
            TextStore([path])


def test_the_store_reads_nothing_before_it_is_asked(tmp_path: Path) -> None:
    file = _write(tmp_path / "texts.jsonl", ["{"])
    store = TextStore([file])
    _write(file, [{"text": TEXTS[0]}])
    assert store.get(_sha1(TEXTS[0])) == TEXTS[0]
    assert store.get(_sha1(TEXTS[1])) is None
