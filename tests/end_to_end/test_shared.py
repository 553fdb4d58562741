"""The shipped model on real text, which only its developers have."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from counterframe.data.codebook import load_codebook
from counterframe.data.labelled import check_labelled
from counterframe.data.split_file import apply_split, load_split, missing_pairs
from counterframe.models.checkpoint import default_model

COMMAND = Path(sys.executable).with_name("counterframe")
ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(not (default_model() / "config.json").is_file(), reason="no shipped model")


def test_real_releases_are_read(shared: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    done = subprocess.run(
        [COMMAND, "classify", shared / "releases", "--out", out, "--out", tmp_path / "out.html"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    results = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert len({result["doc"] for result in results}) == 3
    for result in results:
        text = (shared / "releases" / result["doc"]).read_text(encoding="utf-8")
        assert text[result["start"] : result["end"]] == result["text"]
        spans = [span for frame in result["frames"] for span in frame["evidence"]]
        assert all(result["start"] <= start < end <= result["end"] for start, end in spans)
    # The three releases deny a blockade, call for the way to be opened, and tell of provocations.
    pairs = {(frame["frame"], frame["stance"]) for result in results for frame in result["frames"]}
    assert {("blockade", "rejects"), ("road_closure", "asserts"), ("provocation", "asserts")} <= pairs


def test_the_bar_on_real_sentences_holds(shared: Path, tmp_path: Path) -> None:
    data = shared / "benchmarks" / "real_dev.jsonl"
    done = subprocess.run(
        [COMMAND, "evaluate", "--data", data, "--out", tmp_path / "eval"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads((tmp_path / "eval" / "metrics.json").read_text())["overall"]
    assert figures["pair_f1"]["value"] >= 0.64
    baseline = json.loads((tmp_path / "eval" / "metrics.json").read_text())["baselines"]["tf-idf"]["overall"]
    assert figures["pair_f1"]["value"] > baseline["pair_f1"]["value"] + 0.1


def test_rejections_and_relays_of_real_sentences_are_read(shared: Path, tmp_path: Path) -> None:
    data = shared / "benchmarks" / "real_stance_dev.jsonl"
    done = subprocess.run(
        [COMMAND, "evaluate", "--data", data, "--out", tmp_path / "eval"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads((tmp_path / "eval" / "metrics.json").read_text())
    assert figures["overall"]["stance_macro_f1"]["value"] >= 0.6  # always the commonest stance: 0.24
    assert min(row["f1"]["value"] for row in figures["stances"].values()) >= 0.5


def test_no_text_of_others_is_in_the_repository(shared: Path) -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    script = ROOT / "scripts" / "foreign_text.py"
    done = subprocess.run([sys.executable, script, shared], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_address_of_the_corpus_finds_its_text_and_the_frozen_split_holds(shared: Path) -> None:
    corpus, book = ROOT / "data" / "corpus", load_codebook()
    found = check_labelled([corpus], book, texts=[shared / "unlabelled"])
    assert (found.problems, found.missing) == ([], 0)
    parts = apply_split(found.sentences, load_split(corpus / "split.json"))
    assert missing_pairs(parts, book) == {"train": [], "dev": [], "test": []}
    assert 0.10 <= len(parts.test) / len(found.sentences) <= 0.14
    dev = check_labelled([shared / "benchmarks" / name for name in ("real_dev.jsonl", "real_stance_dev.jsonl")], book)
    measured = {item.doc for item in dev.sentences} | {item.text for item in dev.sentences}
    assert not [item.id for item in found.sentences if item.doc in measured or item.text in measured]


@pytest.mark.parametrize("text", ["authored", "real"])
def test_two_readers_agree_as_the_data_card_says(shared: Path, text: str, tmp_path: Path) -> None:
    readings = [ROOT / "data" / "corpus" / "readings" / f"{text}_{reader}.jsonl" for reader in ("first", "second")]
    out = tmp_path / "agreement.json"
    command = [COMMAND, "data", "agreement", *readings, "--texts", shared / "unlabelled", "--out", out]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(out.read_text(encoding="utf-8"))
    assert found["sentences"] >= 800
    assert found["overall"]["pair_f1"]["value"] >= 0.85
