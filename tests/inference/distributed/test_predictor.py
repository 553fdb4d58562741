"""What a worker does with a piece: the labels of the local engine, once, and nothing half-done."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from helpers.archives import contents, labels, local_labels, make_archive, parts
from pyarrow import dataset

from counterframe.errors import InputError, UsageError
from counterframe.inference.classifier import Classifier
from counterframe.inference.compare_inputs import sort_inputs
from counterframe.inference.distributed import worker
from counterframe.inference.distributed.pieces import Piece, cut, find_tables
from counterframe.inference.distributed.places import Place
from counterframe.inference.distributed.records import Finished, Results
from counterframe.inference.distributed.worker import Job, Predictor
from counterframe.inference.forms.dataset import OWN_COLUMNS
from counterframe.inference.stored import read_stored


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_archive(tmp_path_factory.mktemp("archive") / "in")


@pytest.fixture(scope="module")
def expected(archive: Path, tiny_model: Path) -> dict[tuple[str, int], Any]:
    return local_labels(archive, tiny_model)


def _job(model: Path, out: str, form: str = "jsonl", **changed: Any) -> Job:
    digest = Classifier.load(model, device="cpu").checkpoint.name
    job = Job(out, form, str(model), {"device": "cpu"}, digest, "document", "text", {"form": form}, workers=1)
    return replace(job, **changed)


def _pieces(folder: Path, size: int = 900) -> list[Piece]:
    problems: list[InputError] = []
    found = [
        piece for made in cut(find_tables([str(folder)], problems.append), size, problems.append) for piece in made
    ]
    assert not problems
    return found


def _answers(job: Job, pieces: list[Piece]) -> Iterator[dict[str, Any]]:
    predictor = Predictor(job)
    return (predictor({"piece": json.dumps(asdict(piece))}) for piece in pieces)


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
@pytest.mark.parametrize("size", [1, 900, 1 << 20])
def test_labels_are_those_of_the_local_engine(
    archive: Path, tiny_model: Path, expected: dict[tuple[str, int], Any], tmp_path: Path, form: str, size: int
) -> None:
    pieces = _pieces(archive, size)
    answers = list(_answers(_job(tiny_model, str(tmp_path), form), pieces))
    assert [answer["problem"] for answer in answers] == [None] * len(pieces)
    rows = parts(tmp_path)
    assert labels(rows) == expected
    # In the order of the input, too.
    assert [(row["doc"], row["n"]) for row in rows] == list(expected)
    counts = [json.loads(answer["record"])["counts"] for answer in answers]
    assert sum(count.get("sentences", 0) + count.get("boilerplate", 0) for count in counts) == len(expected)
    assert sum(count.get("failed", 0) for count in counts) == 1
    (listed,) = (tmp_path / "_counterframe" / "failures").rglob("*.jsonl")
    failure = json.loads(listed.read_text())
    assert failure["line"] == 16
    assert failure["path"].endswith("/a.jsonl")


def test_columns_of_rows_and_folders_come_out(archive: Path, tiny_model: Path, tmp_path: Path) -> None:
    list(_answers(_job(tiny_model, str(tmp_path / "j")), _pieces(archive)))
    found = {row["doc"]: row["meta"] for row in parts(tmp_path / "j")}
    assert found["a.jsonl:1"] == {"date": "2031-05-01", "n": 0}
    assert found["r30"] == {"publisher": "Port of Orvania", "date": "2031-05-03", "n": 30}
    list(_answers(_job(tiny_model, str(tmp_path / "p"), "parquet"), _pieces(archive)))
    # All parts are one data set with one schema, whatever their tables have.
    table = dataset.dataset(tmp_path / "p", partitioning="hive").to_table()
    rows = {row["doc"]: row for row in table.to_pylist()}
    assert set(rows) == set(found)
    assert {name: json.loads(row["meta"]) for name, row in rows.items()} == found
    assert rows["r30"]["publisher"] == "Port of Orvania"
    assert rows["a.jsonl:1"]["date"] == "2031-05-01"
    schemas = {str(fragment.physical_schema) for fragment in dataset.dataset(tmp_path / "p").get_fragments()}
    assert len(schemas) == 2  # below publisher=… that column is the folder's


def test_parts_are_read_back_as_they_were_written(archive: Path, tiny_model: Path, tmp_path: Path) -> None:
    source, text = tmp_path / "in", "The envoy denied blockade siege.\u00ad Con\u00adfirmed dialogue near the harbour."
    shutil.copytree(archive, source)
    # Characters that move the offsets, a nested column, columns that bear names of ours.
    odd = {"id": "odd", "text": text, "title": "A day", "n": [1, {"of": None}], "meta": 2.5, "doc": True}
    inside = source / "date=May 2031" / "shifts=3" / "meta=4"
    inside.mkdir(parents=True)
    (inside / "odd.jsonl").write_text(json.dumps(odd) + "\n")
    pieces, codebook = _pieces(source), Classifier.load(tiny_model, device="cpu").codebook
    for form in ("jsonl", "parquet"):
        Results.at(str(tmp_path / form)).begin(resume=False)
        answers = _answers(_job(tiny_model, str(tmp_path / form), form), pieces)
        assert {answer["problem"] for answer in answers} == {None}
    found = {}
    for form in ("jsonl", "parquet"):
        (given,) = sort_inputs([str(tmp_path / form)])
        assert not given.raw
        assert len(given.stored) > len(pieces) - 2
        found[form] = [row for path in given.stored for rows in read_stored(path, codebook) for row in rows]
    assert found["parquet"] == found["jsonl"]
    assert found["jsonl"] == parts(tmp_path / "jsonl")
    (row, *_) = [row for row in found["parquet"] if row["doc"] == "odd"]
    assert row["shifts"]
    columns = {"date": "May 2031", "shifts": "3", "title": "A day", "n": [1, {"of": None}], "meta": 2.5, "doc": True}
    assert row["meta"] == columns
    table = dataset.dataset(tmp_path / "parquet", partitioning="hive").to_table()
    assert {*OWN_COLUMNS} <= set(table.column_names)
    assert table.num_rows == len(found["parquet"])


def test_a_piece_that_is_done_is_not_done_again(
    archive: Path, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, pieces = _job(tiny_model, str(tmp_path)), _pieces(archive)
    list(_answers(job, pieces))
    before = contents(tmp_path)
    begun: list[str] = []
    plain_attempt = Results.attempt

    def attempt(self: Results, part: str, run: str) -> int:
        begun.append(part)
        return plain_attempt(self, part, run)

    monkeypatch.setattr(Results, "attempt", attempt)
    list(_answers(job, pieces))
    assert begun == []
    # A part that is gone or cut short is made anew, and the same; so is one whose record is damaged.
    (tmp_path / f"{pieces[0].part}.jsonl").unlink()
    (tmp_path / f"{pieces[1].part}.jsonl").write_bytes(b"{}")
    (tmp_path / "_counterframe" / "parts" / f"{pieces[2].part}.json").write_bytes(b'{"part": ')
    list(_answers(job, pieces))
    assert begun == [piece.part for piece in pieces[:3]]
    assert contents(tmp_path) == before
    # Other settings are another job.
    list(_answers(replace(job, settings={"form": "jsonl", "model": "other"}), pieces))
    assert len(begun) == 3 + len(pieces)


def test_what_somebody_else_put_beside_the_parts_stays(archive: Path, tiny_model: Path, tmp_path: Path) -> None:
    job, pieces = _job(tiny_model, str(tmp_path)), _pieces(archive)
    results = Results.at(str(tmp_path))
    results.begin(resume=False)
    done = [Finished.of(json.loads(answer["record"])) for answer in _answers(job, pieces)]
    (tmp_path / "notes.md").write_text("mine")
    (tmp_path / "_partial-0123456789ab-x.jsonl").write_text("{")
    kept, gone = pieces[:2], {f"{piece.part}.jsonl" for piece in pieces[2:]}
    before = contents(tmp_path)
    results.end(kept, {record.part: record for record in done[:2] if record}, {}, complete=True)
    after = contents(tmp_path)
    assert {name for name in before.keys() - after.keys() if not name.startswith("_")} == gone
    assert not any(name.startswith("_partial") for name in after)
    assert after["notes.md"] == b"mine"


def test_what_was_cut_off_anywhere_is_made_whole(
    archive: Path, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, pieces = _job(tiny_model, str(tmp_path / "cut"), "parquet"), _pieces(archive)
    list(_answers(replace(job, out=str(tmp_path / "whole")), pieces))
    # Each file that is moved to its place is a moment at which a worker may die.
    plain_writing = Place.writing
    left = 0

    def writing(self: Place) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise KeyboardInterrupt
        return plain_writing(self)

    monkeypatch.setattr(Place, "writing", writing)
    moments = 0
    for moment in range(100):
        left = moment % 7
        try:
            list(_answers(job, pieces))
        except KeyboardInterrupt:
            moments += 1
        else:
            break
    assert moments > len(pieces)
    assert contents(tmp_path / "cut") == contents(tmp_path / "whole")


def test_a_piece_that_kills_its_workers_is_given_up(archive: Path, tiny_model: Path, tmp_path: Path) -> None:
    job, (piece, *_) = _job(tiny_model, str(tmp_path), run="first"), _pieces(archive)
    results = Results.at(str(tmp_path))
    for _ in range(4):
        results.attempt(piece.part, "first")
    (answer,) = _answers(job, [piece])
    assert answer["record"] is None
    assert "the worker died 4 times while it was at piece a.jsonl-00000" in answer["problem"]
    # The next run tries it anew.
    (answer,) = _answers(replace(job, run="second"), [piece])
    assert answer["problem"] is None


def test_a_table_that_changes_is_no_piece_of_this_run(archive: Path, tiny_model: Path, tmp_path: Path) -> None:
    folder = make_archive(tmp_path / "in")
    pieces = _pieces(folder)
    (folder / "a.jsonl").write_text('{"text": "The envoy denied."}\n')
    problems = {
        answer["part"]: answer["problem"] for answer in _answers(_job(tiny_model, str(tmp_path / "out")), pieces)
    }
    assert {part.split("-")[0] for part, problem in problems.items() if problem} == {"a.jsonl"}
    assert all("changed while the job ran" in problem for problem in problems.values() if problem)
    assert not any(name.startswith("a.jsonl") for name in contents(tmp_path / "out"))


def test_a_fault_of_the_disk_is_no_bad_row(
    archive: Path, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader takes it for the end of the table; the piece must not count as done."""

    class Failing(worker.Stretch):
        def readinto(self, buffer: Any) -> int:
            self._stream.raw.problem = OSError("the disk is gone")  # type: ignore[attr-defined]
            raise OSError("the disk is gone")

    monkeypatch.setattr(worker, "Stretch", Failing)
    pieces = [piece for piece in _pieces(archive) if piece.end is not None]
    for answer in _answers(_job(tiny_model, str(tmp_path)), pieces):
        assert answer["record"] is None
        assert "the disk is gone" in answer["problem"]
    assert set(contents(tmp_path)) == set()


def test_another_model_is_refused(archive: Path, tiny_model: Path, tmp_path: Path) -> None:
    for job in (
        _job(tiny_model, str(tmp_path), model_digest="other@0123456789"),
        replace(_job(tiny_model, str(tmp_path)), model=str(tmp_path / "nowhere")),
    ):
        (answer,) = _answers(job, _pieces(archive)[:1])
        assert answer["refused"]
        assert "the job is for other@0123456789" in answer["problem"] or "no model folder" in answer["problem"]


def test_a_folder_of_results_is_gone_on_with_only_when_asked(tmp_path: Path) -> None:
    results = Results.at(str(tmp_path / "out"))
    results.begin(resume=False)
    with pytest.raises(UsageError, match="--resume"):
        results.begin(resume=False)
    results.begin(resume=True)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "mine.txt").write_text("mine")
    for resume in (False, True):
        with pytest.raises(UsageError, match=r"holds other files, such as mine\.txt"):
            Results.at(str(tmp_path / "other")).begin(resume=resume)
