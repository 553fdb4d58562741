"""``counterframe evaluate``, as a user calls it: slices, comparison, readers, no text, and wrong input."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

COMMAND = Path(sys.executable).with_name("counterframe")
FILES = {"metrics.json", "predictions.jsonl", "report.md", "report.html"}
Records = list[dict[str, Any]]


def run(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [str(COMMAND), *(str(argument) for argument in arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False)


def write(path: Path, records: Records) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def facts(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    return content


@pytest.fixture(scope="module")
def records(tiny_records: Records) -> Records:
    """Sentences that the tiny model has not seen: other documents, events and words around the same cues."""
    rng = random.Random(9)
    changed = []
    for number, record in enumerate(tiny_records):
        text = str(record["text"]).replace("Minister Vell", "Envoy Marek")
        source = None if record["source"] is None else "Envoy Marek"
        place = {"id": f"new-{number}", "doc": f"new {number % 60}", "event": f"happening {number % 60 // 2}"}
        text = f"{text[:-1]} {rng.randrange(10**6)}."
        changed.append({**record, **place, "text": text, "source": source, "desk": "ab"[number % 2]})
    return changed


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path, records: Records) -> Path:
    """A folder with the data and a report of it with everything that can be asked for."""
    folder = tmp_path_factory.mktemp("evaluate")
    data = write(folder / "data.jsonl", records)
    second = [
        {**record, "labels": {} if number % 9 == 1 else record["labels"]} for number, record in enumerate(records)
    ]
    second = [{**record, "source": record["source"] if record["labels"] else None} for record in second]
    reader = write(folder / "second.jsonl", second[:120])
    options = ["--slice", "desk", "--reader", reader, "--against", tiny_model, "--rounds", "100"]
    done = run("evaluate", "--data", data, "--model", tiny_model, "--out", folder / "report", *options)
    assert done.returncode == 0, done.stderr
    (folder / "stdout.txt").write_text(done.stdout, encoding="utf-8")
    return folder


def test_all_files_and_all_facts(report: Path) -> None:
    assert {path.name for path in (report / "report").iterdir()} == FILES
    found = facts(report / "report")
    assert found["schema"] == "counterframe-metrics/2"
    assert (found["sentences"], found["documents"], found["groups"]) == (240, 60, 30)
    assert "100 rounds" in found["interval"]
    assert set(found["baselines"]) == {"tf-idf", "majority"}
    assert {"stance", "publisher", "length", "event", "desk"} == set(found["slices"])
    assert [row["sentences"] for row in found["slices"]["desk"]] == [120, 120]
    assert len(found["slices"]["event"]) == 30
    assert set(found["calibration"]) == {"frames", "stances", "by_frame"}
    assert sum(one["count"] for one in found["calibration"]["frames"]["bins"]) == 240 * 3
    assert found["coverage"][0]["answered"]["value"] == 1
    assert found["coverage_of_model"]["min_confidence"] == 0.5
    assert sum(map(sum, found["confusion"]["frames"]["counts"])) == 240
    assert all(len(row["average_precision"]) == 4 for row in found["frames"].values())
    assert found["audit"] is None


def test_the_same_model_against_itself_differs_in_nothing(report: Path) -> None:
    found = facts(report / "report")["against"]["differences"]
    assert {(row["value"], row["p"]) for row in found.values()} == {(0.0, 1.0)}
    assert "frame_map" in found
    assert "against tiny@" in (report / "stdout.txt").read_text()


def test_a_second_reader_stands_beside_the_model(report: Path) -> None:
    human = facts(report / "report")["human"]
    assert human["readers"] == ["data", "second"]
    assert human["sentences"] == 120
    assert 0.8 < human["overall"]["pair_f1"]["value"] < 1
    assert "readers (data, second) on 120 sentences" in (report / "stdout.txt").read_text()
    assert "## Agreement of readers" in (report / "report" / "report.md").read_text()


def test_errors_come_with_evidence_and_their_documents(report: Path) -> None:
    found = facts(report / "report")
    texts = {row["id"]: row["text"] for row in map(json.loads, (report / "data.jsonl").read_text().splitlines())}
    listed = [error for group in found["errors"] for error in group["listed"]]
    assert listed
    for error in listed:
        assert error["text"] == texts[error["id"]]
        for one in error["predicted"]:
            assert one["evidence"]
            assert all(0 <= start < end <= len(error["text"]) for start, end in one["evidence"])
    passages = {row["id"]: row for document in found["passages"] for row in document["sentences"]}
    assert {name for name, row in passages.items() if row["error"]} == {error["id"] for error in listed}


def test_the_report_says_what_the_metrics_say(report: Path) -> None:
    text = (report / "report" / "report.md").read_text(encoding="utf-8")
    found = facts(report / "report")
    figure = found["overall"]["pair_f1"]
    assert f"{figure['value']:.3f} [{figure['low']:.3f}, {figure['high']:.3f}]" in text
    for title in ("## Parts of the data", "### By desk", "## Calibration", "## Precision against coverage"):
        assert title in text
    for group in found["errors"]:
        assert f"### {group['title']} ({group['count']}" in text


def test_predictions_of_another_tool_are_compared(report: Path, tmp_path: Path, tiny_model: Path) -> None:
    data = report / "data.jsonl"
    rows = [json.loads(line) for line in data.read_text().splitlines()]
    other = write(tmp_path / "other.jsonl", [{"id": row["id"], "labels": row["labels"]} for row in rows])
    options = ["--model", tiny_model, "--rounds", "60", "--out", tmp_path / "report", "--against"]
    done = run("evaluate", "--data", data, *options, other)
    assert done.returncode == 0, done.stderr
    found = facts(tmp_path / "report")["against"]
    assert found["other"] == "other.jsonl"
    assert found["differences"]["pair_f1"]["value"] < 0  # the other one is the gold itself
    assert "frame_map" not in found["differences"]
    assert "source_accuracy" not in found["differences"]
    done = run("evaluate", "--data", data, *options, report / "report" / "predictions.jsonl")
    assert done.returncode == 0, done.stderr
    assert {row["value"] for row in facts(tmp_path / "report")["against"]["differences"].values()} == {0.0}


def test_two_readers_in_the_data_itself_are_found(tmp_path: Path, records: Records, tiny_model: Path) -> None:
    both = [{**record, "annotator": name} for name in ("Ana", "Bor") for record in records[:40]]
    both[45]["labels"] = {"protest": "relays"}
    data = write(tmp_path / "both.jsonl", both)
    done = run("evaluate", "--data", data, "--model", tiny_model, "--out", tmp_path / "report", "--rounds", "20")
    assert done.returncode == 0, done.stderr
    found = facts(tmp_path / "report")
    assert (found["sentences"], found["human"]["readers"], found["human"]["sentences"]) == (40, ["Ana", "Bor"], 40)
    listed = (tmp_path / "report" / "predictions.jsonl").read_text().splitlines()
    assert json.loads(listed[5])["gold"]["labels"] == records[5]["labels"]  # the first reader's


@pytest.mark.parametrize("documents", [True, False])
def test_no_text_writes_none_of_the_words(tmp_path: Path, tiny_model: Path, documents: bool) -> None:
    rng = random.Random(4)
    letters = "bcdfghjklmnpqrstvwxz"

    def word() -> str:
        return "".join(rng.choice(letters) for _ in range(rng.randrange(4, 9)))

    rows: Records = []
    for number in range(80):
        text = " ".join([word().title(), rng.choice(["siege", "marchers", "denied"]), *(word() for _ in range(8))])
        labels = {rng.choice(["blockade", "protest"]): rng.choice(["asserts", "rejects"])} if number % 3 else {}
        row = {"id": f"r{number}", "text": text, "labels": labels, "copy": text, "desk": "x"}
        row["source"] = text.split()[0] if labels else None
        rows.append(row | ({"doc": f"page {number % 40}"} if documents else {}))
    data = write(tmp_path / "data.jsonl", rows)
    options = ["--no-text", "--slice", "copy", "--slice", "desk", "--slice", "doc", "--rounds", "20"]
    done = run("evaluate", "--data", data, "--model", tiny_model, "--out", tmp_path / "report", *options)
    assert done.returncode == 0, done.stderr
    own = {"siege", "marchers", "denied"}  # words of the codebook, too
    words = {part for row in rows for part in re.findall(r"\w{4,}", row["text"])} - own
    assert len(words) > 600
    assert {path.name for path in (tmp_path / "report").iterdir()} == FILES
    written = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "report").iterdir()}
    for name, content in [*written.items(), ("stdout", done.stdout)]:
        assert not words & set(re.findall(r"\w{4,}", content)), name
    found = facts(tmp_path / "report")
    assert found["errors"]
    assert {error["text"] for group in found["errors"] for error in group["listed"]} == {None}
    sources = [json.loads(line)["gold"]["source"] for line in written["predictions.jsonl"].splitlines()]
    assert [0, rows[1]["text"].index(" ")] in sources


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--slice", "dest"], "did you mean 'desk'"),
        (["--against", "nowhere"], "no such model folder or file of predictions"),
        (["--against", "data.csv"], "ends in .jsonl"),
        (["--against", "short.jsonl"], "239 of 240 sentences have no prediction"),
        (["--against", "wrong.jsonl"], "did you mean 'blockade'"),
        (["--reader", "nowhere.jsonl"], "no such file"),
        (["--reader", "strange.jsonl"], "labels none of the sentences"),
        (["--reader", "data.jsonl", "--reader", "data.jsonl"], "same file"),
        (["--rounds", "-1"], "--rounds -1"),
        (["--rounds", "many"], "valid integer"),
    ],
)
def test_wrong_use_says_what_to_do_and_writes_nothing(
    tmp_path: Path, records: Records, tiny_model: Path, arguments: list[str], message: str
) -> None:
    write(tmp_path / "data.jsonl", records)
    write(tmp_path / "short.jsonl", [{"id": records[0]["id"], "labels": {}}])
    write(tmp_path / "wrong.jsonl", [{"id": record["id"], "labels": {"blokade": "asserts"}} for record in records])
    write(tmp_path / "strange.jsonl", [{**records[0], "id": "another"}])
    (tmp_path / "data.csv").write_text("id,labels\n", encoding="utf-8")
    done = run("evaluate", "--data", "data.jsonl", "--model", tiny_model, "--out", "report", *arguments, cwd=tmp_path)
    assert done.returncode == 2, done.stdout + done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "report").exists()


def test_training_keeps_no_sentence_in_its_metrics(tiny_model: Path, tiny_records: Records) -> None:
    content = (tiny_model / "metrics.json").read_text(encoding="utf-8")
    assert json.loads(content)["slices"]
    assert not any(str(record["text"]) in content for record in tiny_records)


def test_one_file_with_a_column_of_readers_is_compared(tmp_path: Path, records: Records, codebook_file: Path) -> None:
    both = [{**record, "rater": name} for name in ("Ana", "Bor", "Cid") for record in records[:30]]
    both[35]["labels"], both[35]["source"] = {}, None
    del both[70]  # a sentence that one of three has not read
    data = write(tmp_path / "three.jsonl", both)
    options = ["--codebook", codebook_file, "--out", tmp_path / "a.json"]
    done = run("data", "agreement", data, "--reader-column", "rater", *options)
    assert done.returncode == 0, done.stderr
    assert "30 sentences read by Ana and Bor and Cid; in dispute: 1" in done.stdout
    assert "alpha, given the frame" in done.stdout
    found = json.loads((tmp_path / "a.json").read_text())
    assert set(found["stances"]["asserts"]) == {"alpha", "f1"}
    refused = run("data", "agreement", data, "--codebook", codebook_file)
    assert refused.returncode == 2
    assert "stands also at" in refused.stderr
