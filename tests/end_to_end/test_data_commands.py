"""``counterframe data`` as a user calls it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = Path(sys.executable).with_name("counterframe")


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [str(COMMAND), "data", *(str(argument) for argument in arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_stats_prints_and_writes(tmp_path: Path, tiny_data: Path, codebook_file: Path) -> None:
    page, numbers = tmp_path / "stats.html", tmp_path / "stats.json"
    done = run("stats", tiny_data, "--codebook", codebook_file, "--out", page, "--out", numbers)
    assert done.returncode == 0, done.stderr
    assert "240 sentences, 24 documents, 12 events" in done.stdout
    assert json.loads(numbers.read_text())["parts"]["own text"]["framed"] == 180
    assert "<svg" in page.read_text()


def test_missing_texts_stop_stats_unless_they_may_be_left_out(tmp_path: Path, codebook_file: Path) -> None:
    data = tmp_path / "labels.jsonl"
    record = {"id": "a", "sha1": "0" * 40, "labels": {"blockade": "asserts"}}
    here = {"id": "b", "text": "A siege, the envoy confirmed.", "labels": {"blockade": "asserts"}}
    data.write_text(json.dumps(record) + "\n" + json.dumps(here) + "\n")
    stopped = run("stats", data, "--codebook", codebook_file)
    assert stopped.returncode == 2
    assert "the text of 1 labelled sentences is missing" in stopped.stderr
    allowed = run("stats", data, "--codebook", codebook_file, "--allow-missing")
    assert allowed.returncode == 0
    assert "1 labels are not counted" in allowed.stdout


def test_a_frozen_split_is_kept_by_training(
    tmp_path: Path, tiny_data: Path, codebook_file: Path, tiny_settings: list[str]
) -> None:
    split, model = tmp_path / "split.json", tmp_path / "model"
    done = run("split", tiny_data, "--codebook", codebook_file, "--out", split, "--dev", 0.2, "--test", 0.2)
    assert done.returncode == 0, done.stderr
    assert "train" in done.stdout
    again = run("split", tiny_data, "--codebook", codebook_file, "--out", split)
    assert again.returncode == 2
    assert "frozen split is not redrawn" in again.stderr
    held = json.loads(split.read_text())
    settings = [part for setting in [*tiny_settings, f"split.file={split}"] for part in ("--set", setting)]
    command = [str(COMMAND), "train", "--data", tiny_data, "--codebook", codebook_file, "--out", model, *settings]
    trained = subprocess.run(map(str, command), capture_output=True, text=True, check=False)
    assert trained.returncode == 0, trained.stderr
    assert f"{20 * len(held['test'])} to measure on" in trained.stderr


def test_agreement_of_two_files(tmp_path: Path, tiny_data: Path, codebook_file: Path) -> None:
    second, out = tmp_path / "second.jsonl", tmp_path / "agreement.json"
    records = [json.loads(line) for line in tiny_data.read_text().splitlines()][:60]
    records[1]["labels"], records[1]["source"] = {}, None
    second.write_text("".join(json.dumps(record) + "\n" for record in records))
    done = run("agreement", tiny_data, second, "--codebook", codebook_file, "--out", out)
    assert done.returncode == 0, done.stderr
    assert "60 sentences read by" in done.stdout
    assert "in dispute: 1" in done.stdout
    assert "too narrow to be trusted" in done.stderr
    assert [item["id"] for item in json.loads(out.read_text())["disputes"]] == ["s1"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["agreement", "{data}"], "at least two readers"),
        (["stats", "{data}", "--out", "x.txt"], "must end in .html, .json"),
        (["stats", "{data}", "--out", "nowhere/x.html"], "does not exist; make it first"),
        (["stats", "{data}", "--out", "{folder}/events.json"], "belongs to the data"),
        (["split", "{data}", "--out", "{folder}/s.jsonl"], "must end in .json"),
        (["split", "{data}", "--out", "{folder}/s.json", "--seed", "-1"], "seed"),
        (["agreement", "{data}", "{data}"], "same file"),
        (["split", "{data}", "--out", "{folder}/s.json", "--dev", "0.9", "--test", "0.2"], "shares"),
    ],
)
def test_wrong_use_says_what_to_do(
    arguments: list[str], message: str, tmp_path: Path, tiny_data: Path, codebook_file: Path
) -> None:
    data = tmp_path / "data.jsonl"
    data.write_bytes(tiny_data.read_bytes())
    (tmp_path / "events.json").write_text("[]")
    filled = [argument.format(data=data, folder=tmp_path) for argument in arguments]
    done = run(*filled, "--codebook", codebook_file)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_few_described_events_do_not_stop_the_counts(tmp_path: Path, tiny_data: Path, codebook_file: Path) -> None:
    data = tmp_path / "data.jsonl"
    data.write_bytes(tiny_data.read_bytes())
    (tmp_path / "events.json").write_text(
        json.dumps([{"event": "e1", "parties": [{"side": "A", "names": ["Orvania"]}]}])
    )
    done = run("stats", data, "--codebook", codebook_file)
    assert done.returncode == 0, done.stderr
    assert "240 sentences" in done.stdout
    assert "at least 5" in done.stderr
