"""Results that classify wrote, read back: the same from every form, and clear words for what is damaged."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from helpers.tellings import book, result

from counterframe.data.types import Result, ScoredFrame, Sentence
from counterframe.errors import CodebookError, InputError
from counterframe.inference.stored import is_stored, read_stored
from counterframe.inference.writers import write_results

BOOK = book()


def _result(n: int, text: str, **fields: Any) -> Result:
    frames = (
        ScoredFrame(frame="f1", score=0.91234, stance="s1", stance_score=0.8, evidence=((100, 102),)),
        ScoredFrame(frame="f0", score=0.7, stance="s0", stance_score=0.6, evidence=()),
    )
    sentence = Sentence(
        doc="a;b.txt",
        n=n,
        start=100,
        end=100 + len(text) + fields.pop("longer", 0),
        text=text,
        kind=fields.pop("kind", "body"),
        shifts=fields.pop("shifts", ()),
        meta={"publisher": "Port, of Orvania", "text": "taken", "words": 7, "empty": None},
    )
    found = frames if n % 2 == 0 else ()
    return Result(
        sentence=sentence,
        primary="f1" if found else None,
        stance="s1" if found else None,
        frames=found,
        source=(100, 104) if found else None,
        abstained=n == 1,
        truncated=False,
        model="m@1",
    )


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], Path]:
    results = [
        _result(0, 'Vell said: "no;\nnever".'),
        _result(1, "=Nothing – at all"),
        _result(2, "Menu", kind="boilerplate"),
        _result(4, "Vell ended.", longer=1, shifts=((5, 1),)),
    ]
    outputs = [tmp_path / f"r{ending}" for ending in (".jsonl", ".csv", ".parquet")]
    write_results(iter(results), outputs, codebook=BOOK, title="t", model="m@1")
    return lambda ending: tmp_path / f"r{ending}"


def _read(path: Path) -> list[dict[str, Any]]:
    return [row for rows in read_stored(path, BOOK) for row in rows]


def test_what_was_written_is_read_again(written: Callable[[str], Path]) -> None:
    lines = written(".jsonl").read_text(encoding="utf-8").splitlines()
    assert _read(written(".jsonl")) == [json.loads(line) for line in lines]
    table = _read(written(".parquet"))
    for stored, row in zip(_read(written(".jsonl")), table, strict=True):
        if row["n"] < 4:
            assert row == stored | {"meta": {k: v for k, v in stored["meta"].items() if v is not None}}
    # Tables do not say where a text was mended, so nothing is claimed about places in it.
    assert table[-1]["frames"][0]["evidence"] == [] and table[-1]["source"]["text"] == "Vell"
    flat = _read(written(".csv"))
    for stored, row in zip(_read(written(".jsonl")), flat, strict=True):
        assert {
            key: row[key] for key in ("doc", "n", "start", "end", "text", "kind", "paragraph", "abstained", "model")
        } == {
            key: stored[key] for key in ("doc", "n", "start", "end", "text", "kind", "paragraph", "abstained", "model")
        }
        assert [(f["frame"], f["stance"]) for f in row["frames"]] == [
            (f["frame"], f["stance"]) for f in stored["frames"]
        ]
        assert row["source"] == stored["source"]
    assert flat[0]["frames"][0] == {
        "frame": "f1",
        "score": 0.91234,
        "stance": "s1",
        "stance_score": 0.8,
        "evidence": [],
    }
    assert flat[0]["frames"][1]["stance_score"] is None
    assert flat[0]["meta"] == {"publisher": "Port, of Orvania", "text": "taken", "words": "7"}


def test_results_are_known_by_what_they_hold(written: Callable[[str], Path], tmp_path: Path) -> None:
    for ending in (".jsonl", ".csv", ".parquet"):
        assert is_stored(written(ending))
    packed = tmp_path / "p.jsonl.gz"
    packed.write_bytes(gzip.compress(written(".jsonl").read_bytes()))
    assert is_stored(packed) and _read(packed) == _read(written(".jsonl"))
    for name, content in {
        "a.csv": "id,text,publisher\n1,Words.,P\n",
        "a.jsonl": '{"text": "Words.", "doc": "x", "n": 1}\n',
        "a.txt": '{"schema": "counterframe/1"}\n',
        "b.csv": "",
    }.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
        assert not is_stored(tmp_path / name), name
    (tmp_path / "f.jsonl").write_text('{"path": "x.pdf", "line": null, "status": "failed"}\n', encoding="utf-8")
    with pytest.raises(InputError, match="lists what could not be read"):
        is_stored(tmp_path / "f.jsonl")


def test_a_table_that_a_spreadsheet_saved_is_read(written: Callable[[str], Path], tmp_path: Path) -> None:
    with written(".csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.reader(handle))
    saved = tmp_path / "saved.csv"
    with saved.open("w", encoding="utf-8-sig", newline="") as handle:
        for row in [rows[0], *sorted(rows[1:], key=lambda row: -int(row[1]))]:  # sorted the other way round
            csv.writer(handle, delimiter=";").writerow(
                [cell.upper() if cell in ("true", "false") else cell for cell in row]
            )
    assert is_stored(saved)
    assert [row["n"] for row in _read(saved)] == [0, 1, 2, 4]
    assert [row["abstained"] for row in _read(saved)] == [False, True, False, False]


BROKEN: dict[str, tuple[dict[str, Any], str, str]] = {
    "no offsets": ({"start": ...}, "start", "is missing"),
    "no text": ({"text": None}, "text", "valid string"),
    "another schema": ({"schema": "counterframe/9"}, "schema", "this version reads"),
    "a number that is none": ({"n": "x"}, "n", "valid integer"),
    "an unknown kind": ({"kind": "menu"}, "kind", "'body'"),
    "a score above 1": (
        {"frames": [{"frame": "f0", "score": 2, "stance": "s0", "stance_score": 0, "evidence": []}]},
        "frames.score",
        "less than or equal to 1",
    ),
    "a primary frame that is not the first": ({"primary": "f1"}, "primary", "begins with 'f0'"),
    "a stance that is not that of the first": ({"stance": "s1"}, "stance", "begins with 's0'"),
    "a text that does not fit": ({"text": "Sho"}, "text", "apart"),
    "evidence outside": (
        {"frames": [{"frame": "f0", "score": 1, "stance": "s0", "stance_score": 0, "evidence": [[0, 99]]}]},
        "frames.evidence",
        "leaves the sentence",
    ),
    "a span of three": (
        {"frames": [{"frame": "f0", "score": 1, "stance": "s0", "stance_score": 0, "evidence": [[0, 1, 2]]}]},
        "frames.evidence",
        "at most 2",
    ),
    "a source that is text": ({"source": "Vell"}, "source", 'not "Vell"'),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_damaged_is_named_with_its_place(name: str, tmp_path: Path) -> None:
    change, field, message = BROKEN[name]
    row = result("Short.", ("f0", "s0"))
    row = {key: value for key, value in (row | change).items() if value is not ...}
    path = tmp_path / "r.jsonl"
    path.write_text(json.dumps(result("Short.", n=7)) + "\n\n" + json.dumps(row) + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=message) as caught:
        _read(path)
    assert (caught.value.line, caught.value.field) == (3, field) and "r.jsonl" in str(caught.value)


def test_sentences_that_stand_twice_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text(2 * (json.dumps(result("Short.")) + "\n"), encoding="utf-8")
    with pytest.raises(InputError, match=r"r\.jsonl:2: field 'n': sentence 0 of 'd' stands twice"):
        _read(path)


def test_labels_of_another_codebook_are_named(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text(json.dumps(result("Short.", ("siege", "s0"))) + "\n", encoding="utf-8")
    with pytest.raises(CodebookError, match=r"r\.jsonl:1.*no frame 'siege'"):
        _read(path)


@pytest.mark.parametrize("content", ['{"schema": "counterframe/1"', "[1]", '{"a": 1, "a": 2}'])
def test_lines_that_are_no_results(content: str, tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text(content + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"r\.jsonl:1"):
        _read(path)


def test_a_table_with_a_broken_row(written: Callable[[str], Path], tmp_path: Path) -> None:
    path = written(".csv")
    path.write_text(path.read_text(encoding="utf-8") + "a,b\n", encoding="utf-8")
    with pytest.raises(InputError, match="has 2 cells"):
        _read(path)
    text = path.read_text(encoding="utf-8").replace("f1:s1:0.912", "f1:s1")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="which is not frame:stance:score") as caught:
        _read(path)
    assert (caught.value.line, caught.value.field) == (2, "frames")


def test_a_broken_row_behind_cells_with_line_breaks_is_found_by_its_line(
    written: Callable[[str], Path], tmp_path: Path
) -> None:
    path = written(".csv")  # the first sentence holds a line break: the header and four rows are six lines
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) == 6
    path.write_text("\n".join([*lines, "", "a,b", ""]), encoding="utf-8")
    with pytest.raises(InputError, match="has 2 cells") as caught:
        _read(path)
    assert caught.value.line == 8


def test_one_document_is_held_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    rows = [result("Short.", doc=doc, n=n) for doc in ("a", "b", "c") for n in (1, 0)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows) + "no JSON\n", encoding="utf-8")
    documents = read_stored(path, BOOK)
    assert [[(row["doc"], row["n"]) for row in next(documents)] for _ in range(2)] == [
        [("a", 0), ("a", 1)],
        [("b", 0), ("b", 1)],
    ]
    with pytest.raises(InputError, match="not valid JSON"):
        next(documents)  # the damage stands behind the last document and is met only now


def test_a_document_that_stands_apart_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    rows = [result("Short.", doc=doc, n=n) for n, doc in enumerate("aba")]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    with pytest.raises(InputError, match=r"r\.jsonl:3: field 'doc': 'a' goes on, or stands twice") as caught:
        _read(path)
    assert "sort by `doc`" in str(caught.value)
