"""Records that are wrong: each is named by file, line and field, and the others are read all the same."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from counterframe.data.codebook import Codebook, load_codebook
from counterframe.data.labelled import LabelledData, check_labelled, read_labelled
from counterframe.errors import InputError

GOOD: dict[str, Any] = {"id": "good", "doc": "d", "text": "Vell met the marchers.", "labels": {}}


@pytest.fixture(scope="module")
def book(codebook_file: Path) -> Codebook:
    return load_codebook(codebook_file)


def _check(path: Path, content: str | bytes, book: Codebook) -> LabelledData:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return check_labelled([path], book)


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"labels": {"blokade": "asserts"}}, "labels", "no frame 'blokade' (did you mean 'blockade'?)"),
        (
            {"labels": {"blockade": "assert"}},
            "labels.blockade",
            "no stance 'assert' (did you mean 'asserts'?)",
        ),
        ({"labels": {"blockade": ""}}, "labels.blockade", "known: asserts, rejects, relays"),
        ({"labels": {"blockade": 1}}, "labels.blockade", "no stance '1'"),
        ({"labels": ["blockade"]}, "labels", "a list of labels holds objects {frame, stance}"),
        ({"labels": [{"stance": "asserts"}]}, "labels", "a list of labels holds objects {frame, stance}"),
        ({"labels": [{"frame": "protest"}, {"frame": "protest"}]}, "labels", "'protest' stands twice"),
        ({"labels": None}, "labels", "must be an object from frame to stance"),
        ({"labels": "protest"}, "labels", "is not JSON"),
        ({"labels": '{"protest": "asserts", "protest": "rejects"}'}, "labels", "'protest' stands twice"),
        ({"text": None}, "text", "must be a text that is not empty"),
        ({"text": " \n"}, "text", "must be a text that is not empty"),
        ({"text": 5}, "text", "must be a text that is not empty"),
        ({"n": "3"}, "n", "must be a whole number, not '3'"),
        ({"n": 3.5}, "n", "must be a whole number, not 3.5"),
        ({"n": True}, "n", "must be a whole number, not True"),
        ({"doc": ["d"]}, "doc", "must be a text"),
        ({"event": 1.5}, "event", "must be a text, not 1.5"),
        ({"publisher": False}, "publisher", "must be a text, not False"),
        ({"source": "Marek"}, "source", "'Marek' does not stand in the text"),
        ({"source": "arch"}, "source", "does not stand in the text"),
        ({"source": 5}, "source", "must be words of the text, not 5"),
        ({"source_at": [0, 99]}, "source_at", "within the text of 22 characters, not [0, 99]"),
        ({"source_at": [4, 4]}, "source_at", "must be start and end"),
        ({"source_at": [0]}, "source_at", "must be start and end"),
        ({"source_at": [0, 4.0]}, "source_at", "must be start and end"),
        ({"source_at": [0, 4], "source": "the marchers"}, "source_at", "holds 'Vell', but source says"),
    ],
)
def test_a_wrong_field_is_named(
    change: dict[str, Any], field: str, message: str, tmp_path: Path, book: Codebook
) -> None:
    bad = {**GOOD, "id": "bad", **change}
    data = _check(tmp_path / "a.jsonl", f"{json.dumps(GOOD)}\n\n{json.dumps(bad)}\n", book)
    (problem,) = data.problems
    assert (problem.path, problem.line, problem.field) == (str(tmp_path / "a.jsonl"), 3, field)
    assert message in str(problem)
    assert [item.id for item in data.sentences] == ["good"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"text": "a"', "is not JSON"),
        ('["a"]', "is not a JSON object"),
        ("null", "is not a JSON object"),
        ('{"text": "a", "labels": {"protest": "asserts", "protest": "rejects"}}', "'protest' stands twice"),
        ('{"text": "a", "text": "b", "labels": {}}', "the key 'text' stands twice"),
        ('{"text": "half \\ud83d", "labels": {}}', "surrogates not allowed"),
        ('{"txt": "a", "labels": {}}', "field 'text': the field is missing (did you mean 'txt'?)"),
        ('{"text": "a", "label": {}}', "field 'labels': the field is missing (did you mean 'label'?)"),
        ("{}", "field 'text': the field is missing"),
        ("[" * 100_000, "is not JSON"),
    ],
)
def test_a_wrong_line_is_named(line: str, message: str, tmp_path: Path, book: Codebook) -> None:
    data = _check(tmp_path / "a.jsonl", f"{line}\n{json.dumps(GOOD)}\n", book)
    (problem,) = data.problems
    assert (problem.line, len(data.sentences)) == (1, 1)
    assert message in str(problem)


@pytest.mark.parametrize(
    ("table", "line", "field", "message"),
    [
        ("txt,frame,stance\na,,", 1, "text", "the column is missing (did you mean 'txt'?)"),
        ("text,fram,stance\na,,", 1, None, "did you mean 'fram'?"),
        ("text,blockade,protst,peace_process\na,1,0,0", 1, None, "protest (column 'protst'?)"),
        ("text,frame,frame\na,,", 1, "frame", "the column stands twice"),
        ('text,frame\n"a\nb",\nc,blokade', 4, "frame", "did you mean 'blockade'?"),
        ("text,frame,stance\na,protest,asserts\na,blockade,denies", 3, "stance", "no stance 'denies'"),
        ("text,frame,stance\na,,asserts", 2, "stance", "'asserts' is the stance of no frame"),
        ("text,frame\na,protest\na,protest", 3, "frame", "line 2 has the frame 'protest' already"),
        ("id,text,frame\nx,a,protest\nx,b,blockade", 3, "text", "differs from line 2"),
        ("id,text,doc,frame\nx,a,d,protest\nx,a,e,blockade", 3, "doc", "differs from line 2"),
        ("doc,n,text,frame\nd,1,a,protest\nd,1,b,", 3, "text", "differs from line 2"),
        ("text,n,frame\na,--5,protest", 2, "n", "must be a whole number, not '--5'"),
        ("text,n,frame\na,²,protest", 2, "n", "must be a whole number, not '²'"),
        ("text,frame\na,protest,asserts", 2, None, "has 3 cells where the header has 2"),
        ("text,frame,stance\na,protest", 2, None, "has 2 cells where the header has 3"),
        (
            "text,blockade,protest,peace_process\na,1,0,maybe",
            2,
            "peace_process",
            "must be 0 or 1, not 'maybe'",
        ),
        ('text,frame\na,\n"b,\nc,', 3, None, "is not a table"),
        ("text,frame", None, None, "holds no rows"),
        ("", None, None, "holds no rows"),
        ('text,labels\na,"{""blokade"": null}"', 2, "labels", "did you mean 'blockade'?"),
        ("text,labels\na,", 2, "labels", "is not JSON"),
        ("text,frame,source\nVell spoke,protest,Marek", 2, "source", "does not stand in the text"),
        (b"text,frame\na,\nb \xe9,", 3, None, "is not UTF-8 (byte 0xe9)"),
    ],
)
def test_a_wrong_table_is_named(
    table: str | bytes, line: int | None, field: str | None, message: str, tmp_path: Path, book: Codebook
) -> None:
    problem = _check(tmp_path / "a.csv", table, book).problems[0]
    assert (problem.path, problem.line, problem.field) == (str(tmp_path / "a.csv"), line, field)
    assert message in str(problem)


def test_all_problems_of_a_table_are_found_and_the_good_rows_kept(tmp_path: Path, book: Codebook) -> None:
    table = "id,text,frame,stance\n1,a,blokade,asserts\n1,a,protest,asserts\n2,b,protest\n3,c,protest,rejects\n4,,,\n"
    data = _check(tmp_path / "a.csv", table, book)
    assert sorted((problem.line, problem.field) for problem in data.problems) == [
        (2, "frame"),
        (4, None),
        (6, "text"),
    ]
    assert [item.id for item in data.sentences] == ["3"]


def test_an_id_that_stands_twice_is_named_with_both_places(tmp_path: Path, book: Codebook) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps(GOOD) + "\n")
    (tmp_path / "b.jsonl").write_text("\n" + json.dumps(GOOD) + "\n")
    (problem,) = check_labelled([tmp_path], book).problems
    assert (problem.path, problem.line, problem.field) == (str(tmp_path / "b.jsonl"), 2, "id")
    assert f"the id 'good' stands also at {tmp_path / 'a.jsonl'}:1" in str(problem)


def test_a_line_that_is_not_utf8_does_not_hide_the_others(tmp_path: Path, book: Codebook) -> None:
    good = json.dumps(GOOD).encode()
    data = _check(tmp_path / "a.jsonl", b'{"text": "caf\xe9", "labels": {}}\n' + good, book)
    (problem,) = data.problems
    assert "a.jsonl:1: is not UTF-8 (byte 0xe9); save the file as UTF-8" in str(problem)
    assert len(data.sentences) == 1


@pytest.mark.parametrize("damage", ["cut", "flipped", "plain"])
def test_a_damaged_archive_is_named(damage: str, tmp_path: Path, book: Codebook) -> None:
    whole = gzip.compress("".join(json.dumps({**GOOD, "id": str(n)}) + "\n" for n in range(500)).encode())
    flipped = whole[:200] + bytes(255 - byte for byte in whole[200:260]) + whole[260:]
    content = {"cut": whole[:-20], "flipped": flipped, "plain": b"{}"}[damage]
    problems = _check(tmp_path / "a.jsonl.gz", content, book).problems
    assert str(problems[-1]).startswith(f"{tmp_path / 'a.jsonl.gz'}: cannot be read: ")


def test_reading_stops_with_the_first_ten_problems_and_counts_the_rest(tmp_path: Path, book: Codebook) -> None:
    (tmp_path / "a.jsonl").write_text("5\n" * 12)
    with pytest.raises(InputError) as caught:
        read_labelled([tmp_path / "a.jsonl"], book)
    lines = str(caught.value).splitlines()
    assert lines[0] == "12 problem(s) in the labelled data:"
    assert lines[10].endswith("a.jsonl:10: is not a JSON object")
    assert lines[11] == "  and 2 more"
