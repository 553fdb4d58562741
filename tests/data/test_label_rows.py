"""What Arrow and pandas make of labels: nulls that were not there, an order that is lost, classes as numbers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from counterframe.data.codebook import Codebook, load_codebook
from counterframe.data.labelled import check_labelled, read_labelled

SEVERAL = {"text": "a siege and a march", "labels": {"protest": "asserts", "blockade": "rejects"}}
SINGLE = {"text": "talks", "labels": {"peace_process": "relays"}}


@pytest.fixture(scope="module")
def book(codebook_file: Path) -> Codebook:
    return load_codebook(codebook_file)


def _parquet(path: Path, rows: list[dict[str, Any]]) -> None:
    pd.DataFrame(rows).to_parquet(path)


def _dataset(path: Path, rows: list[dict[str, Any]]) -> None:
    import datasets

    datasets.Dataset.from_list(rows).save_to_disk(str(path))


@pytest.mark.parametrize("way", [_parquet, _dataset])
def test_labels_that_arrow_made_a_struct(way: Callable[..., None], tmp_path: Path, book: Codebook) -> None:
    file = tmp_path / ("a.parquet" if way is _parquet else "folder")
    way(file, [SEVERAL, SINGLE])
    data = read_labelled([file], book)
    assert [dict(item.labels) for item in data.sentences] == [SEVERAL["labels"], SINGLE["labels"]]
    assert data.warnings[0].startswith("1 records of")
    assert "order the format lost" in data.warnings[0]
    other = tmp_path / ("b.parquet" if way is _parquet else "other")
    way(other, [{"text": "a", "labels": {"protest": None}}, {"text": "b", "labels": {"blockade": None}}])
    (problem,) = check_labelled([other], book).problems
    assert "no frame has a stance" in str(problem)
    assert problem.field == "labels"


def test_a_map_keeps_its_order(tmp_path: Path, book: Codebook) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    pairs = [[("protest", "asserts"), ("blockade", "rejects")], [], [("peace_process", None)]]
    labels = pa.array(pairs, pa.map_(pa.string(), pa.string()))
    parquet.write_table(pa.table({"text": ["a", "b", "c"], "labels": labels}), tmp_path / "a.parquet")
    data = read_labelled([tmp_path / "a.parquet"], book)
    assert [list(item.labels.items()) for item in data.sentences] == pairs


def test_what_pandas_makes_of_missing_values(tmp_path: Path, book: Codebook) -> None:
    frame = pd.DataFrame(
        {"text": ["Vell spoke", "b"], "n": [3, None], "doc": [7, None], "frame": ["protest", None]}
    ).assign(stance=["asserts", float("nan")], source=["Vell", None], score=[0.5, None])
    for file in (tmp_path / "a.parquet", tmp_path / "a.csv"):
        getattr(frame, f"to_{file.suffix[1:]}")(file)
        first, second = read_labelled([file], book).sentences
        assert (first.n, second.n) == (3, 0)
        assert (first.doc.removesuffix(".0"), second.doc) == ("7", "b")
        assert (dict(first.labels), dict(second.labels)) == ({"protest": "asserts"}, {})
        assert (first.source, second.source, second.source_known) == ((0, 4), None, True)


def test_class_labels_and_the_parts_of_a_dataset(tmp_path: Path, book: Codebook) -> None:
    import datasets

    kinds = datasets.Features(
        {
            "text": datasets.Value("string"),
            "frame": datasets.ClassLabel(names=["protest", "blockade"]),
            "stance": datasets.ClassLabel(names=["rejects", "asserts"]),
        }
    )
    part = datasets.Dataset.from_dict({"text": ["a", "b"], "frame": [1, None], "stance": [0, None]}, features=kinds)
    bad = datasets.Dataset.from_dict({"text": ["c", "d"], "frame": [0, -1], "stance": [1, 0]}, features=kinds)
    datasets.DatasetDict({"train": part, "test": bad}).save_to_disk(str(tmp_path / "both"))
    data = check_labelled([tmp_path / "both"], book)
    assert {item.text: dict(item.labels) for item in data.sentences} == {
        "a": {"blockade": "rejects"},
        "b": {},
        "c": {"protest": "asserts"},
    }
    assert {item.place for item in data.sentences} == {
        str(tmp_path / "both" / place) for place in ("train:1", "train:2", "test:1")
    }
    (problem,) = data.problems
    assert str(problem) == f"{tmp_path / 'both' / 'test'}:2: field 'frame': -1 is not one of its classes"


def test_a_damaged_table_is_named(tmp_path: Path, book: Codebook) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1 not really")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "state.json").write_text("{}")
    table, folder = check_labelled([tmp_path / "a.parquet", tmp_path / "folder"], book).problems
    assert str(table).startswith(f"{tmp_path / 'a.parquet'}: cannot be read as Parquet")
    assert str(folder).startswith(f"{tmp_path / 'folder'}: cannot be read as a saved dataset")
