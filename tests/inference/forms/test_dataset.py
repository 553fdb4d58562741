"""A dataset by date: runs are added, documents are replaced, and it is whole wherever a run is cut off."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pandas
import pyarrow.dataset
import pytest
from helpers.results import BOOK, made, release, written
from pyarrow import parquet

from counterframe.data.types import Result
from counterframe.errors import InputError, UsageError
from counterframe.inference.forms import dataset_output, spill
from counterframe.inference.forms.dataset import PartitionBy, is_dataset, parts_of
from counterframe.inference.forms.dataset_output import DatasetOutput
from counterframe.inference.stored import is_stored, read_stored
from counterframe.inference.writers import write_results

MAY = release("may.txt", "2031-05-04", publisher="Port of Orvania", tags=["a"], rate=0.5)
JUNE = release("june.txt", "Mon, 02 Jun 2031 09:00:00 GMT", 4)
UNDATED = release("undated.txt", None, 2)
AGAIN = release("may.txt", "2031-05-05", 2, "Vell spoke again.")


def _add(folder: Path, results: Iterable[Result], unit: PartitionBy | None = "month") -> DatasetOutput:
    output = DatasetOutput(folder, unit)
    output.open()
    output.prepare(written(results))
    output.commit()
    output.discard()
    return output


def _rows(folder: Path) -> list[dict[str, Any]]:
    """Return what the dataset holds for its own reader, in the order of documents."""
    rows = [row for rows in read_stored(folder, BOOK) for row in rows]
    return sorted(rows, key=lambda row: (row["doc"], row["n"]))


def _expected(*results: list[Result]) -> list[dict[str, Any]]:
    rows = [json.loads(json.dumps(result.to_dict())) for some in results for result in some]
    return sorted(rows, key=lambda row: (row["doc"], row["n"]))


def _files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }  # fmt: skip


def _foreign(folder: Path) -> list[tuple[str, int, str]]:
    """Return what a reader that knows nothing of us finds, told only that the folder is parted."""
    table = pyarrow.dataset.dataset(folder, partitioning="hive").to_table()
    return sorted((row["doc"], row["n"], row["month"]) for row in table.to_pylist())


def test_results_come_back_exactly_and_other_readers_see_the_months(tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    _add(folder, [*MAY, *UNDATED, *JUNE])
    assert is_dataset(folder) and is_stored(folder)
    assert _rows(folder) == _expected(MAY, UNDATED, JUNE)
    assert _foreign(folder) == sorted(
        [("may.txt", n, "2031-05") for n in range(3)]
        + [("june.txt", n, "2031-06") for n in range(4)]
        + [("undated.txt", n, "undated") for n in range(2)]
    )
    assert sorted(path.name for path in folder.iterdir() if not path.name.startswith(".")) == [
        "_counterframe.json", "month=2031-05", "month=2031-06", "month=undated"
    ]  # fmt: skip
    # pandas reads no folder in which the date of some rows is null.
    assert pandas.read_parquet(folder).groupby("month", observed=True).size().to_dict() == {
        "2031-05": 3, "2031-06": 4, "undated": 2
    }  # fmt: skip
    (row, *_) = parquet.read_table(folder / "month=2031-05").to_pylist()
    assert (row["publisher"], row["title"], row["date"]) == ("Port of Orvania", None, "2031-05-04")
    assert json.loads(row["meta"]) == dict(MAY[0].sentence.meta)


@pytest.mark.parametrize(
    ("unit", "name"), [("year", "year=2031"), ("month", "month=2031-05"), ("day", "day=2031-05-04")]
)
def test_parts_lie_by_year_month_or_day(unit: PartitionBy, name: str, tmp_path: Path) -> None:
    _add(tmp_path / "a", MAY, unit)
    assert [Path(part).parts[0] for part, _ in parts_of(tmp_path / "a")] == [name]


@pytest.mark.parametrize("stated", ["05/06/2031", "May", 2031, None, "", "2031-13-45", ["2031-05-04"]])
def test_a_date_that_is_none_for_sure_is_no_date(stated: Any, tmp_path: Path) -> None:
    _add(tmp_path / "a", [made("d", 0, meta={"date": stated})])
    assert [Path(part).parts[0] for part, _ in parts_of(tmp_path / "a")] == ["month=undated"]


def test_runs_add_up_whatever_columns_their_inputs_had(tmp_path: Path) -> None:
    """What is a number in one run and text in the next breaks no reader: all parts have the same columns."""
    folder = tmp_path / "a"
    one = release("one", "2031-05-04", 2, words=7, month="of ours")
    two = release("two", "2031-05-05", 2, words="seven", kind=1, late=[1, {"x": None}])
    _add(folder, one)
    before = _files(folder)
    assert _add(folder, two, None).replaced == 0
    assert before.items() <= _files(folder).items()  # what was there is not touched
    assert _rows(folder) == _expected(one, two)
    assert len(_foreign(folder)) == 4
    assert len({parquet.read_schema(path).to_string() for _, path in parts_of(folder)}) == 1


def test_a_document_that_is_classified_again_replaces_its_rows(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    _add(folder, [*MAY, *release("other", "2031-05-09"), *JUNE])
    assert _add(folder, AGAIN).replaced == 1
    assert _rows(folder) == _expected(AGAIN, release("other", "2031-05-09"), JUNE)
    # Its date was mended: it leaves the month in which it stood alone, and that month is gone.
    moved = release("june.txt", "2031-07-01")
    assert _add(folder, moved).replaced == 1
    assert _rows(folder) == _expected(AGAIN, release("other", "2031-05-09"), moved)
    assert not (folder / "month=2031-06").exists()
    assert {doc for doc, _, _ in _foreign(folder)} == {"may.txt", "other", "june.txt"}


def test_the_same_results_again_change_no_byte(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    _add(folder, [*MAY, *JUNE])
    _add(folder, AGAIN)
    before = _files(folder)
    assert _add(folder, AGAIN).replaced == 1
    assert _files(folder) == before


def test_large_parts_are_cut_between_documents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spill, "_PART_ROWS", 4)
    monkeypatch.setattr(spill, "_HELD_BYTES", 1500)
    documents = [release(f"d{number}", f"2031-0{number % 3 + 1}-04", 3) for number in range(9)]
    _add(tmp_path / "a", [result for document in documents for result in document])
    parts = list(parts_of(tmp_path / "a"))
    assert [parquet.read_metadata(path).num_rows for _, path in parts] == [6, 3, 6, 3, 6, 3]
    assert _rows(tmp_path / "a") == _expected(*documents)


class _PowerCut(BaseException):
    """Ends a run where it stands: nothing of ours catches it."""


def _cut_at(step: int, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Have the power fail before the n-th change of a name on the disk; return what counts the changes so far."""
    done = 0

    def guarded(change: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any, **options: Any) -> Any:
            nonlocal done
            if done == step:
                raise _PowerCut
            done += 1
            return change(*arguments, **options)

        return run

    monkeypatch.setattr(Path, "replace", guarded(Path.replace))
    monkeypatch.setattr(Path, "unlink", guarded(Path.unlink))
    monkeypatch.setattr(Path, "rmdir", guarded(Path.rmdir))
    monkeypatch.setattr(Path, "mkdir", guarded(Path.mkdir))
    monkeypatch.setattr(shutil, "rmtree", guarded(shutil.rmtree))
    return lambda: done


def test_a_power_cut_at_any_step_leaves_the_old_or_the_new_and_the_next_run_finishes(tmp_path: Path) -> None:
    """The second run replaces one document, removes the only part of another, keeps a third and adds a fourth."""
    first = [*MAY, *release("other", "2031-05-09"), *JUNE]
    second = [*AGAIN, *release("june.txt", "2031-07-01"), *release("new", "2031-05-20")]
    old, new = _expected(first), _expected(second, release("other", "2031-05-09"))
    whole = tmp_path / "whole"
    _add(whole, first)
    _add(whole, second)
    seen = []
    for step in range(100):
        folder = tmp_path / str(step)
        _add(folder, first)
        with pytest.MonkeyPatch.context() as patch:
            _cut_at(step, patch)
            try:
                _add(folder, second)
                break
            except _PowerCut:
                pass
        found = _rows(folder)
        assert found in (old, new)
        seen.append(found == new)
        _add(folder, second)  # as --resume does
        assert _files(folder) == _files(whole)
    assert seen == sorted(seen) and len(seen) > 12  # once new, never old again
    assert {False, True} == set(seen)


def test_what_was_cut_off_behind_the_commit_is_finished_by_any_run(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    _add(folder, [*MAY, *JUNE])
    output = DatasetOutput(folder)
    output.open()
    output.prepare(written(AGAIN))
    with pytest.MonkeyPatch.context() as patch:
        _cut_at(1, patch)  # the record of what is to be done is in place, no part is
        with pytest.raises(_PowerCut):
            output.commit()
    output.discard()
    assert _rows(folder) == _expected(AGAIN, JUNE)
    _add(folder, UNDATED)
    assert _rows(folder) == _expected(AGAIN, JUNE, UNDATED)
    assert len(_foreign(folder)) == 8


def test_a_run_that_fails_leaves_the_dataset_as_it_was(tmp_path: Path) -> None:
    def failing() -> Iterable[Result]:
        yield from AGAIN
        raise RuntimeError("the power went")

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    folder = tmp_path / "a"
    with pytest.raises(RuntimeError):
        write_results(failing(), [folder], codebook=BOOK, title="t", model="m", partition_by="month")
    assert list(tmp_path.iterdir()) == []
    assert write_results([], [folder], codebook=BOOK, title="t", model="m", partition_by="month") == 0
    assert list(tmp_path.iterdir()) == []
    _add(folder, MAY)
    before = _files(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dataset_output, "write_rows", fail)
        with pytest.raises(OSError, match="No space"):
            write_results(iter(JUNE), [folder], codebook=BOOK, title="t", model="m")
    assert _files(folder) == before and [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_dataset_and_files_come_from_one_run_all_or_none(tmp_path: Path) -> None:
    folder, lines = tmp_path / "a", tmp_path / "a.jsonl.gz"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatasetOutput, "prepare", lambda *_: (_ for _ in ()).throw(RuntimeError("no")))
        with pytest.raises(RuntimeError):
            write_results(iter(MAY), [lines, folder], codebook=BOOK, title="t", model="m", partition_by="day")
    assert list(tmp_path.iterdir()) == []
    assert write_results(iter(MAY), [lines, folder], codebook=BOOK, title="t", model="m", partition_by="day") == 3
    assert _rows(folder) == [row for rows in read_stored(lines, BOOK) for row in rows] == _expected(MAY)


def test_two_runs_wait_for_each_other(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    _add(folder, MAY)
    first = DatasetOutput(folder)
    first.open()
    first.prepare(written(JUNE))
    second = threading.Thread(target=_add, args=(folder, UNDATED))
    second.start()
    time.sleep(0.2)
    assert second.is_alive()
    first.commit()
    first.discard()
    second.join(timeout=20)
    assert not second.is_alive()
    assert _rows(folder) == _expected(MAY, JUNE, UNDATED)


def test_a_dataset_that_another_run_has_begun_too_is_not_taken_away(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    for added_before in (True, False):
        first, second = DatasetOutput(folder, "month"), DatasetOutput(folder, "month")
        first.open()
        second.open()
        second.prepare(written(MAY))
        if added_before:
            second.commit()
            second.discard()
            first.discard()
        else:
            first.discard()
            second.commit()
            second.discard()
        assert is_dataset(folder) and _rows(folder) == _expected(MAY)
        shutil.rmtree(folder)
    # One that ended without results has taken the folder away with which both began.
    first, second = DatasetOutput(folder, "month"), DatasetOutput(folder, "month")
    first.open()
    second.open()
    first.discard()
    assert not folder.exists()
    # So may one do that leaves the folder, since a third run writes into it.
    second.open()
    (folder / "_counterframe.json").unlink()
    second.prepare(written(MAY))
    second.commit()
    second.discard()
    assert is_dataset(folder) and _rows(folder) == _expected(MAY)


@pytest.mark.parametrize(
    "record",
    [
        {"moves": [], "removals": ["../mine.parquet"]},
        {"moves": [], "removals": ["month=2031-05/../../mine.parquet"]},
        {"moves": [[".staging/../../mine.parquet", "month=2031-05/part.parquet"]], "removals": []},
        {"moves": [[".staging/x=1/p.parquet", "/x=1/p.parquet"]], "removals": []},
        {"moves": [], "removals": ["_counterframe.json"]},
        {"moves": []},
        [],
    ],
)
def test_a_record_of_others_moves_and_removes_nothing_outside(record: Any, tmp_path: Path) -> None:
    folder = tmp_path / "a"
    _add(folder, MAY)
    (tmp_path / "mine.parquet").write_text("mine")
    (folder / ".pending.json").write_text(json.dumps(record))
    before = _files(folder)
    with pytest.raises(InputError, match=r"\.pending\.json: (names|is damaged)"):
        _add(folder, JUNE)
    with pytest.raises(InputError, match=r"\.pending\.json"):
        list(read_stored(folder, BOOK))
    assert _files(folder) == before and (tmp_path / "mine.parquet").read_text() == "mine"


def test_folders_that_can_take_no_dataset(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").write_text("mine")
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("mine")
    _add(tmp_path / "there", MAY, "day")
    for name, unit, message in [
        ("full", "month", r"is a folder and holds 'notes.txt'"),
        ("full", None, r"name a file in it, or a new folder and --partition-by"),
        ("empty", None, "name a file in it"),
        ("file", "month", "is a file"),
        ("none/a", "month", "none does not exist"),
        ("there", "month", "is parted by day, not by month"),
        ("x" * 300, "month", "File name too long"),
    ]:
        with pytest.raises(UsageError, match=message):
            write_results(iter(MAY), [tmp_path / name], codebook=BOOK, title="t", model="m", partition_by=unit)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="--partition-by month is for a dataset"):
        write_results(iter(MAY), [tmp_path / "a.csv"], codebook=BOOK, title="t", model="m", partition_by="month")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "file", "full", "there"]
    (tmp_path / "empty" / "._counterframe.json.partial").touch()  # a run was cut off when it had hardly begun
    _add(tmp_path / "empty", MAY)
    assert _rows(tmp_path / "empty") == _expected(MAY)


def test_what_is_damaged_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    _add(folder, MAY)
    ((name, path),) = parts_of(folder)
    path.write_bytes(b"PAR1")
    with pytest.raises(InputError, match=rf"{name}: cannot be read as Parquet: .*move it out of the dataset"):
        write_results(iter(JUNE), [folder], codebook=BOOK, title="t", model="m")
    with pytest.raises(InputError, match="cannot be read as Parquet"):
        _rows(folder)
    for content in ("{", "[]", '{"layout": "dataset/9", "partition_by": "month", "schema": "counterframe/1"}'):
        (folder / "_counterframe.json").write_text(content)
        with pytest.raises(InputError, match="name a new folder"):
            DatasetOutput(folder)
