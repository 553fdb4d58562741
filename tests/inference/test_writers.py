"""Results in every form: the same content, columns of the input with values and types, and nothing half-written."""

from __future__ import annotations

import csv
import datetime
import decimal
import fcntl
import html
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyarrow import parquet

from counterframe.data.codebook import Codebook, load_codebook
from counterframe.data.output import check_output
from counterframe.data.types import Result, ScoredFrame, Sentence
from counterframe.errors import UsageError
from counterframe.inference.forms import arrow
from counterframe.inference.forms.files import FORMATS, Form
from counterframe.inference.writers import Outputs, write_results

TEXTS = ['Vell said: "the siege,\nis <b>absurd</b>".', "Marchers – día 3 – sang\rand left.", "Photo: press\tservice"]
META: list[dict[str, Any]] = [
    {"publisher": 'Port, "of" Orvania', "words": 7, "rate": 0.5, "fresh": True, "tags": ["a", "b"], "id": 2**60},
    {"publisher": None, "words": 8, "rate": 2.0, "fresh": False, "tags": [], "id": -1, "late": "07"},
    {},
]


@pytest.fixture(scope="module")
def book(codebook_file: Path) -> Codebook:
    return load_codebook(codebook_file)


def _result(text: str, meta: Mapping[str, Any], *frames: tuple[str, str], n: int = 0, start: int = 0) -> Result:
    found = tuple(
        ScoredFrame(
            frame=frame,
            score=0.9 - rank / 10,
            stance=stance,
            stance_score=0.75,
            evidence=((start, start + 4),),
        )
        for rank, (frame, stance) in enumerate(frames)
    )
    return Result(
        sentence=Sentence(
            doc="d/1",
            n=n,
            start=start,
            end=start + len(text),
            text=text,
            kind="body" if n < 2 else "boilerplate",
            meta=meta,
        ),
        primary=found[0].frame if found else None,
        stance=found[0].stance if found else None,
        frames=found,
        source=(start, start + 4) if found else None,
        confidence=0.675 if n < 2 else None,
        abstained=n == 1,
        truncated=False,
        model="m@1",
    )


def _results() -> list[Result]:
    return [
        _result(TEXTS[0], META[0], ("protest", "asserts"), ("blockade", "rejects"), start=100),
        _result(TEXTS[1], META[1], n=1, start=200),
        _result(TEXTS[2], META[2], n=2, start=300),
    ]


def _write(book: Codebook, results: list[Result], *outputs: Path) -> int:
    return write_results(iter(results), outputs, codebook=book, title="t", model="m@1")


def _csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, strict=True))


def _one(book: Codebook, folder: Path, *meta: dict[str, Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the rows of JSON Lines and of Parquet for sentences with these columns of the input."""
    results = [_result("Vell spoke.", columns, n=n) for n, columns in enumerate(meta)]
    _write(book, results, folder / "a.jsonl", folder / "a.parquet", folder / "a.csv")
    lines = (folder / "a.jsonl").read_text(encoding="utf-8").splitlines()
    strict = [json.loads(line, parse_constant=lambda name: pytest.fail(f"{name} is not JSON")) for line in lines]
    return strict, parquet.read_table(folder / "a.parquet").to_pylist()


def test_json_lines_hold_the_results_as_they_are(tmp_path: Path, book: Codebook) -> None:
    assert _write(book, _results(), tmp_path / "a.jsonl") == 3
    lines = (tmp_path / "a.jsonl").read_text(encoding="utf-8").split("\n")
    assert [json.loads(line) for line in lines[:-1]] == [result.to_dict() for result in _results()]
    assert lines[-1] == ""
    assert "día" in lines[1]


def test_csv_is_read_back_equal(tmp_path: Path, book: Codebook) -> None:
    _write(book, _results(), tmp_path / "a.csv")
    first, second, third = _csv(tmp_path / "a.csv")
    assert [row["text"] for row in (first, second, third)] == TEXTS
    assert first["frames"] == "protest:asserts:0.900; blockade:rejects:0.800"
    names = ("doc", "n", "start", "end", "kind", "primary", "stance", "score", "stance_score")
    assert [first[name] for name in names] == ["d/1", "0", "100", "141", "body", "protest", "asserts", "0.9", "0.75"]
    assert (first["source"], first["source_start"], first["source_end"]) == ("Vell", "100", "104")
    assert [second[name] for name in ("primary", "score", "frames", "source", "source_end")] == [""] * 5
    assert [row["abstained"] for row in (first, second, third)] == ["false", "true", "false"]
    assert [row["confidence"] for row in (first, second, third)] == ["0.675", "0.675", ""]
    assert [first[name] for name in ("publisher", "words", "rate", "fresh", "tags", "id", "late")] == [
        'Port, "of" Orvania', "7", "0.5", "true", '["a", "b"]', str(2**60), ""
    ]  # fmt: skip
    assert (second["publisher"], second["late"], third["words"]) == ("", "07", "")
    assert (third["model"], third["schema"]) == ("m@1", "counterframe/1")


def test_parquet_is_read_back_equal_with_types(tmp_path: Path, book: Codebook) -> None:
    _write(book, _results(), tmp_path / "a.parquet")
    table = parquet.read_table(tmp_path / "a.parquet")
    rows = table.to_pylist()
    for row, result in zip(rows, _results(), strict=True):
        whole = result.to_dict()
        assert {name: row[name] for name in whole if name in row and name != "source"} == {
            name: value for name, value in whole.items() if name not in ("source", "meta", "shifts")
        }
        assert row["source"] == (whole["source"] and whole["source"]["text"])
        assert row["source_start"] == (whole["source"] and whole["source"]["start"])
        expected = {**dict.fromkeys(("publisher", "words", "rate", "fresh", "id", "late")), **whole["meta"]}
        tags = expected.pop("tags", None)
        assert {name: row[name] for name in expected} == expected
        assert row["tags"] == (None if tags is None else json.dumps(tags))
    assert [str(table.schema.field(name).type) for name in ("words", "rate", "fresh", "id", "late")] == [
        "int64", "double", "bool", "int64", "string"
    ]  # fmt: skip


def test_all_forms_come_from_one_pass_over_the_results(tmp_path: Path, book: Codebook) -> None:
    outputs = [tmp_path / f"a{ending}" for ending in FORMATS]
    assert _write(book, _results(), *outputs) == 3
    assert sorted(tmp_path.iterdir()) == sorted(outputs)
    page = html.unescape((tmp_path / "a.html").read_text(encoding="utf-8"))
    for word in ("absurd", "Marchers – día 3 – sang", "Photo: press"):
        assert word in page
    assert "<b>absurd" not in (tmp_path / "a.html").read_text(encoding="utf-8")
    assert len(_csv(tmp_path / "a.csv")) == parquet.read_table(tmp_path / "a.parquet").num_rows == 3


def test_no_results_write_nothing_and_leave_what_is_there(tmp_path: Path, book: Codebook) -> None:
    (tmp_path / "a.csv").write_text("of yesterday")
    assert _write(book, [], *(tmp_path / f"a{ending}" for ending in FORMATS)) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]
    assert (tmp_path / "a.csv").read_text() == "of yesterday"


def test_many_results_come_in_batches(tmp_path: Path, book: Codebook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrow, "BATCH", 2)
    for size in (3, 4):
        _write(book, [_result("Vell.", {"k": n}, n=n) for n in range(size)], tmp_path / "a.parquet")
        assert parquet.read_table(tmp_path / "a.parquet").column("k").to_pylist() == list(range(size))


def test_columns_whose_name_is_taken_are_kept_under_another(tmp_path: Path, book: Codebook) -> None:
    meta = {"text": 1, "meta.text": 2, "score": 3, "model": 4, "frames": 5, "meta.meta.text": 6, "own": 7}
    _, (row,) = _one(book, tmp_path, meta)
    (cells,) = _csv(tmp_path / "a.csv")
    names = ["meta.meta.meta.text", "meta.text", "meta.score", "meta.model", "meta.frames", "meta.meta.text", "own"]
    assert [row[name] for name in names] == [1, 2, 3, 4, 5, 6, 7]
    assert [cells[name] for name in names] == list("1234567")
    assert (row["text"], row["model"], cells["text"]) == ("Vell spoke.", "m@1", "Vell spoke.")


@pytest.mark.parametrize(
    ("values", "in_json", "in_parquet"),
    [
        ((np.int64(5), np.int32(-1)), [5, -1], [5, -1]),
        ((np.float32(0.5), 2), [0.5, 2], [0.5, 2.0]),
        ((np.bool_(True), None), [True, None], [True, None]),
        ((float("nan"), 1.5), [None, 1.5], [None, 1.5]),
        ((float("inf"), 1.5), ["inf", 1.5], ["inf", "1.5"]),
        ((2**70, 1), [2**70, 1], [str(2**70), "1"]),
        ((2**60 + 1, 0.5), [2**60 + 1, 0.5], [str(2**60 + 1), "0.5"]),
        ((1, "01"), [1, "01"], ["1", "01"]),
        ((True, 1), [True, 1], ["true", "1"]),
        ((datetime.date(2031, 5, 4), None), ["2031-05-04", None], ["2031-05-04", None]),
        ((datetime.datetime(2031, 5, 4, 6, 7), None), ["2031-05-04T06:07:00", None], ["2031-05-04T06:07:00", None]),
        ((decimal.Decimal("1.10"), None), ["1.10", None], ["1.10", None]),
        ((np.array([1, 2]), (3,)), [[1, 2], [3]], ["[1, 2]", "[3]"]),
        (({1: {"a": float("nan")}}, None), [{"1": {"a": None}}, None], ['{"1": {"a": null}}', None]),
        ((None, None), [None, None], [None, None]),
        (("", "half \ud83d"), ["", "half ?"], ["", "half ?"]),
    ],
)
def test_values_of_the_input_are_kept(
    values: tuple[Any, ...], in_json: list[Any], in_parquet: list[Any], tmp_path: Path, book: Codebook
) -> None:
    lines, rows = _one(book, tmp_path, *({"held": value} for value in values))
    for found, expected in ([line["meta"]["held"] for line in lines], in_json), ([r["held"] for r in rows], in_parquet):
        assert found == expected
        assert [type(value) for value in found] == [type(value) for value in expected]
    assert len(_csv(tmp_path / "a.csv")) == len(values)


def test_a_column_whose_name_is_no_text_is_not_lost(tmp_path: Path, book: Codebook) -> None:
    lines, rows = _one(book, tmp_path, {5: "five"})  # type: ignore[dict-item]
    assert lines[0]["meta"] == {"5": "five"}
    assert rows[0]["5"] == _csv(tmp_path / "a.csv")[0]["5"] == "five"


def test_a_column_with_half_a_character_in_its_name_is_kept(tmp_path: Path, book: Codebook) -> None:
    lines, rows = _one(book, tmp_path, {"half \ud83d": 1})
    assert lines[0]["meta"] == {"half ?": 1}
    assert (rows[0]["half ?"], _csv(tmp_path / "a.csv")[0]["half ?"]) == (1, "1")


def _failing() -> Iterator[Result]:
    yield from _results()
    raise RuntimeError("the power went")


def test_a_run_that_fails_leaves_nothing_behind_and_what_was_there(tmp_path: Path, book: Codebook) -> None:
    (tmp_path / "a.csv").write_text("from yesterday")
    outputs = [tmp_path / "a.csv", tmp_path / "b.jsonl"]
    with pytest.raises(RuntimeError, match="the power went"):
        write_results(_failing(), outputs, codebook=book, title="t", model="m@1")
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]
    assert (tmp_path / "a.csv").read_text() == "from yesterday"


def test_a_form_that_fails_leaves_no_other_form_behind(
    tmp_path: Path, book: Codebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setitem(FORMATS, ".csv", Form(fail))
    with pytest.raises(RuntimeError):
        _write(book, _results(), tmp_path / "a.jsonl", tmp_path / "a.csv")
    assert list(tmp_path.iterdir()) == []


def test_outputs_in_one_folder_do_not_disturb_each_other(
    tmp_path: Path, book: Codebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    long = "x" * 249 + ".jsonl"  # as long as a name may be
    paths = [Path("a.jsonl"), tmp_path / "a.jsonl", Path("a.JSONL"), Path("b.jsonl"), Path(long)]
    assert _write(book, _results(), *paths) == 3
    assert {path.name for path in tmp_path.iterdir()} == {"a.jsonl", "a.JSONL", "b.jsonl", long}
    assert len({path.read_bytes() for path in tmp_path.iterdir()}) == 1


def test_a_run_keeps_others_from_its_outputs_and_takes_what_a_killed_one_left(tmp_path: Path, book: Codebook) -> None:
    (tmp_path / ".both.csv.partial").write_text("half a line")
    with Outputs([tmp_path / "one.jsonl", tmp_path / "both.csv"]):
        # Another first output, so another journal; what both write would be mixed.
        with pytest.raises(UsageError, match=r"another run is writing .*both\.csv"):
            _write(book, _results(), tmp_path / "two.jsonl", tmp_path / "both.csv")
        assert (tmp_path / ".both.csv.partial").read_bytes() == b""
        assert not (tmp_path / "two.jsonl").exists()
    assert list(tmp_path.iterdir()) == []
    _write(book, _results(), tmp_path / "two.jsonl", tmp_path / "both.csv")
    assert {path.name for path in tmp_path.iterdir()} == {"two.jsonl", "both.csv"}


def test_what_another_run_put_in_its_place_is_not_emptied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, partial = tmp_path / "both.csv", tmp_path / ".both.csv.partial"
    partial.write_text("what the other run wrote")
    plain_flock = fcntl.flock

    def flock(file: Any, how: int) -> None:
        if not path.exists():  # the other run ends between the opening and the locking
            partial.replace(path)
        plain_flock(file, how)

    monkeypatch.setattr(fcntl, "flock", flock)
    with Outputs([path]):
        assert path.read_text() == "what the other run wrote"
        assert partial.read_bytes() == b""


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("a.jsn", r"must end in \.jsonl, \.csv, \.parquet, \.html \(did you mean '\.jsonl'\?\)"),
        ("a", "must end in"),
        ("folder", "is a folder; name a file in it"),
        ("folder.csv", "is a folder; name a file in it"),
        ("none/a.csv", "none does not exist; make it first"),
        ("x" * 300 + ".csv", "File name too long"),
    ],
)
def test_an_output_that_cannot_be_is_refused_before_anything_is_read(
    name: str, message: str, tmp_path: Path, book: Codebook
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(UsageError, match=message):
        check_output(tmp_path / name, tuple(FORMATS))
    with pytest.raises(UsageError, match=message):
        write_results(_failing(), [tmp_path / "a.csv", tmp_path / name], codebook=book, title="t", model="m")
    assert not (tmp_path / "a.csv").exists()


def test_a_good_output_is_answered_with_its_form(tmp_path: Path) -> None:
    assert [check_output(tmp_path / f"a{ending.upper()}", tuple(FORMATS)) for ending in FORMATS] == list(FORMATS)
