"""Labels of several readers in one file: matched by id or by place, never mixed up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from counterframe.data.codebook import Codebook
from counterframe.data.labelled import read_labelled
from counterframe.data.readings import by_reader, reader_column, reader_names
from counterframe.errors import InputError, UsageError

BOOK = Codebook.model_validate(
    {"name": "t", "frames": {"siege": {"title": "Siege", "definition": "d"}}, "stances": {"yes": "y", "no": "n"}}
)


def _file(path: Path, *records: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps({"labels": {}, **record}) + "\n" for record in records), encoding="utf-8")
    return path


def test_records_of_one_id_are_told_apart_by_the_reader(tmp_path: Path) -> None:
    path = _file(
        tmp_path / "both.jsonl",
        {"id": "a", "text": "One.", "annotator": "Vell", "labels": {"siege": "yes"}},
        {"id": "a", "text": "One.", "annotator": "Marek"},
        {"id": "b", "text": "Two.", "annotator": "Marek"},
    )
    sentences = read_labelled([path], BOOK, readers=True).sentences
    assert reader_column(sentences) == "annotator"
    found = by_reader(sentences, "annotator")
    assert {reader: {name: dict(item.labels) for name, item in held.items()} for reader, held in found.items()} == {
        "Vell": {"a": {"siege": "yes"}},
        "Marek": {"a": {}, "b": {}},
    }
    with pytest.raises(InputError, match="several readers, settle them first"):
        read_labelled([path], BOOK)


def test_without_ids_the_place_in_the_document_tells(tmp_path: Path) -> None:
    rows = [{"doc": "d", "n": n, "text": "Thanks.", "coder": coder} for coder in (1, 2) for n in (0, 1)]
    sentences = read_labelled([_file(tmp_path / "x.jsonl", *rows)], BOOK, readers=True).sentences
    found = by_reader(sentences, "coder")
    assert list(found) == ["1", "2"]
    assert list(found["1"]) == list(found["2"])
    assert len(found["1"]) == 2
    assert all(item.id == name for held in found.values() for name, item in held.items())


def test_rows_of_a_table_are_not_joined_across_readers(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("id,text,frame,stance,rater\na,One.,siege,yes,x\na,One.,siege,no,y\n", encoding="utf-8")
    sentences = read_labelled([path], BOOK, readers=True, reader_column="rater").sentences
    assert [dict(item.labels) for item in sentences] == [{"siege": "yes"}, {"siege": "no"}]
    with pytest.raises(InputError, match="already"):
        read_labelled([path], BOOK)


def test_what_is_wrong_with_readers_is_said(tmp_path: Path) -> None:
    path = _file(tmp_path / "x.jsonl", {"id": "a", "text": "One.", "reader": "Vell"}, {"id": "b", "text": "Two."})
    sentences = read_labelled([path], BOOK, readers=True).sentences
    with pytest.raises(InputError, match=r"x\.jsonl:2.*names no reader"):
        by_reader(sentences, "reader")
    with pytest.raises(UsageError, match="did you mean 'reader'"):
        reader_column(sentences, "raeder")
    rows = [{"doc": "d", "text": "One.", "reader": "Vell"}] * 2
    twice = read_labelled([_file(tmp_path / "y.jsonl", *rows)], BOOK, readers=True).sentences
    with pytest.raises(InputError, match="labelled this sentence also at"):
        by_reader(twice, "reader")


def test_a_file_named_twice_is_refused_and_names_are_made_different(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="same file"):
        reader_names([tmp_path / "a.jsonl", tmp_path / "a.jsonl"])
    assert reader_names([tmp_path / "a.jsonl", tmp_path / "b.jsonl"]) == ["a", "b"]
    assert reader_names([tmp_path / "x" / "a.jsonl", tmp_path / "y" / "a.jsonl"]) == ["x/a", "y/a"]
