"""Labelled sentences from every form: the same records, in their order, with nothing lost on the way."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from counterframe.data.codebook import Codebook, load_codebook
from counterframe.data.labelled import check_labelled, read_labelled
from counterframe.data.types import LabelledSentence
from counterframe.errors import InputError, UsageError

RECORDS: list[dict[str, Any]] = [
    {
        "id": "one",
        "doc": "d1",
        "event": "e1",
        "n": 4,
        "publisher": "Port of Orvania",
        "text": 'Vell, said: "the siege of the harbour\nis a march".',
        "labels": {"protest": "asserts", "blockade": "rejects"},  # not the order of the codebook
        "source": "Vell",
    },
    {
        "id": "two",
        "doc": "d2",
        "event": "e1",
        "n": 0,
        "publisher": "Port of Orvania",
        "text": "The crane was painted green.",
        "labels": {},
        "source": None,
    },
    {
        "id": "three",
        "doc": "d2",
        "event": "e1",
        "n": 1,
        "publisher": None,
        "text": "Talks – día 3 – went on.",
        "labels": {"peace_process": "relays"},
        "source": None,
    },
]


@pytest.fixture(scope="module")
def book(codebook_file: Path) -> Codebook:
    return load_codebook(codebook_file)


def _pairs() -> list[dict[str, Any]]:
    rows = []
    for record in RECORDS:
        rest = {key: value for key, value in record.items() if key != "labels"}
        labels = record["labels"] or {None: None}
        rows += [{**rest, "frame": frame, "stance": stance} for frame, stance in labels.items()]
    return rows


def _lists() -> list[dict[str, Any]]:
    return [
        {**record, "labels": [{"frame": f, "stance": s} for f, s in record["labels"].items()]} for record in RECORDS
    ]


def _texts() -> list[dict[str, Any]]:
    return [{**record, "labels": json.dumps(record["labels"])} for record in RECORDS]


def _jsonl(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def _gz(path: Path, rows: list[dict[str, Any]]) -> None:
    with gzip.open(path, "wt", encoding="utf-8") as handle:
        handle.write("".join(json.dumps(row) + "\n\n" for row in rows))


def _bom(path: Path, rows: list[dict[str, Any]]) -> None:
    text = "".join(json.dumps(row, ensure_ascii=False) + "\r\n" for row in rows)
    path.write_bytes(text.encode("utf-8-sig"))


def _csv(path: Path, rows: list[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]), delimiter="\t" if path.suffix == ".tsv" else ",")
        writer.writeheader()
        writer.writerows(rows)


def _pandas_csv(path: Path, rows: list[dict[str, Any]]) -> None:
    pd.DataFrame(rows).to_csv(path)  # with its nameless index column


def _parquet(path: Path, rows: list[dict[str, Any]]) -> None:
    pd.DataFrame(rows).to_parquet(path)


def _dataset(path: Path, rows: list[dict[str, Any]]) -> None:
    import datasets

    datasets.Dataset.from_list(rows).save_to_disk(str(path))


def _numpy_dataset(path: Path, rows: list[dict[str, Any]]) -> None:
    import datasets

    datasets.Dataset.from_list(rows).with_format("numpy").save_to_disk(str(path))


WAYS: dict[str, tuple[str, Callable[..., None], list[dict[str, Any]]]] = {
    "jsonl": ("a.jsonl", _jsonl, RECORDS),
    "jsonl with lists": ("a.ndjson", _jsonl, _lists()),
    "jsonl with byte order mark": ("a.JSONL", _bom, RECORDS),
    "jsonl.gz": ("a.jsonl.gz", _gz, RECORDS),
    "csv of pairs": ("a.csv", _csv, _pairs()),
    "csv of pairs by pandas": ("a.csv", _pandas_csv, _pairs()),
    "csv of records": ("a.csv", _csv, _texts()),
    "tsv of pairs": ("a.tsv", _csv, _pairs()),
    "parquet of pairs": ("a.parquet", _parquet, _pairs()),
    "parquet of lists": ("a.parquet", _parquet, _lists()),
    "parquet of records": ("a.parquet", _parquet, _texts()),
    "dataset of pairs": ("folder", _dataset, _pairs()),
    "dataset of lists": ("folder", _dataset, _lists()),
    "dataset of pairs as numpy": ("folder", _numpy_dataset, _pairs()),
}


@pytest.fixture(params=WAYS)
def written(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    name, write, rows = WAYS[request.param]
    write(tmp_path / name, rows)
    return tmp_path / name


def _plain(item: LabelledSentence) -> dict[str, Any]:
    source = item.source and item.text[slice(*item.source)]
    names = ("id", "doc", "event", "n", "publisher", "text")
    return {name: getattr(item, name) for name in names} | {
        "labels": list(item.labels.items()),
        "source": source,
    }


def test_every_form_holds_the_same_records_in_their_order(written: Path, book: Codebook) -> None:
    data = read_labelled([written], book)
    expected = [{**record, "labels": list(record["labels"].items())} for record in RECORDS]
    assert [_plain(item) for item in data.sentences] == expected
    assert all(item.source_known for item in data.sentences)
    assert data.has_stances
    assert data.has_sources
    assert data.warnings == []


def test_the_place_of_a_record_is_the_line_on_which_it_begins(tmp_path: Path, book: Codebook) -> None:
    file = tmp_path / "a.csv"
    _csv(file, _pairs())  # the text of the first two rows has two lines
    assert [item.place for item in read_labelled([file], book).sentences] == [f"{file}:{n}" for n in (2, 6, 7)]
    file.write_text(file.read_text(encoding="utf-8").replace("two,", "\n\ntwo,"), encoding="utf-8")
    assert [item.place for item in read_labelled([file], book).sentences] == [f"{file}:{n}" for n in (2, 8, 9)]


@pytest.mark.parametrize("flags", [(1, 0), ("1", "0"), ("True", "False"), (1.0, None), ("yes", "")])
@pytest.mark.parametrize("way", [_csv, _parquet, _dataset])
def test_0_and_1_columns_have_no_stances(
    flags: tuple[Any, Any], way: Callable[..., None], tmp_path: Path, book: Codebook
) -> None:
    yes, no = flags
    rows = [
        {"text": "a siege", "doc": "d", "blockade": yes, "protest": no, "peace_process": no, "extra": "x"},
        {"text": "nothing", "doc": "d", "blockade": no, "protest": no, "peace_process": no, "extra": "y"},
    ]
    file = tmp_path / {_csv: "a.csv", _parquet: "a.parquet", _dataset: "folder"}[way]
    way(file, rows)
    data = read_labelled([file], book)
    assert [dict(item.labels) for item in data.sentences] == [{"blockade": None}, {}]
    assert not any(item.source_known for item in data.sentences)
    assert [item.meta["extra"] for item in data.sentences] == ["x", "y"]
    assert (data.has_stances, data.has_sources, data.warnings) == (False, False, [])


def test_0_and_1_columns_have_no_primary_frame_which_is_said(tmp_path: Path, book: Codebook) -> None:
    file = tmp_path / "a.csv"
    file.write_text("text,doc,protest,blockade,peace_process,stance\na,d,1,1,0,asserts\nb,d,1,0,0,\n")
    data = read_labelled([file], book)
    assert list(data.sentences[0].labels) == ["blockade", "protest"]
    assert len(data.warnings) == 2
    assert "column 'stance'" in data.warnings[0]
    assert data.warnings[1].startswith("1 records of")
    assert "the primary frame is not known" in data.warnings[1]


def test_a_folder_of_files_is_read_by_name_and_no_file_twice(tmp_path: Path, book: Codebook) -> None:
    _jsonl(tmp_path / "b.jsonl", RECORDS[:1])
    _csv(tmp_path / "a.csv", [row for row in _pairs() if row["id"] == "two"])
    (tmp_path / "README.md").write_text("not data")
    data = read_labelled([tmp_path / "b.jsonl", tmp_path, str(tmp_path / ".." / tmp_path.name)], book)
    assert [item.id for item in data.sentences] == ["one", "two"]


def test_paths_without_data(tmp_path: Path, book: Codebook) -> None:
    for path, message in [
        (tmp_path / "none.csv", "no such file or folder"),
        (tmp_path, "holds no labelled data; expected files ending in .jsonl"),
        (Path("x" * 5000), "cannot be read: File name too long"),
    ]:
        with pytest.raises(UsageError, match=message):
            check_labelled([path], book)
    (tmp_path / "a.json").write_text("{}")
    with pytest.raises(UsageError, match=r"a\.json: labelled data ends in .* \(did you mean '\.jsonl'\?\)"):
        check_labelled([tmp_path / "a.json"], book)
    (tmp_path / "a.jsonl").write_text("\n")
    with pytest.raises(UsageError, match="no labelled sentence in"):
        read_labelled([tmp_path / "a.jsonl"], book)


def test_a_missing_document_is_said(tmp_path: Path, book: Codebook) -> None:
    _jsonl(tmp_path / "a.jsonl", [{"text": "a march", "labels": {}}, {"text": "a", "doc": "d", "labels": {}}])
    data = read_labelled([tmp_path / "a.jsonl"], book)
    assert [(item.id, item.doc, item.event) for item in data.sentences] == [
        (f"{tmp_path / 'a.jsonl'}:1", "a march", "a march"),
        (f"{tmp_path / 'a.jsonl'}:2", "d", "d"),
    ]
    assert data.warnings[0].startswith("1 records name no document")


def test_labels_of_another_codebook_bring_a_hint(tmp_path: Path) -> None:
    path = tmp_path / "rent.jsonl"
    path.write_text('{"text": "Rents rose.", "labels": {"shortage": null}}\n{"text": "It rained.", "labels": {}}\n')
    with pytest.raises(InputError, match="--codebook"):
        read_labelled([path], load_codebook())
