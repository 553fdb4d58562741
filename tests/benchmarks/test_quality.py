"""The external benchmarks on a few invented sentences in the formats of the sets, with a tiny encoder."""

from __future__ import annotations

import gzip
import importlib
import importlib.util
import json
import random
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from helpers.scripts import ROOT, load_script

import counterframe
from counterframe import load_train_config

pytestmark = pytest.mark.skipif(not (ROOT / "benchmarks").is_dir(), reason="benchmarks are not installed")

#: A word for each label, so that what learns anything learns these.
CCF_CUES = {"economic": "siege", "political": "marchers", "security": "dialogue"}
GVFC_CUES = {"Politics": "siege", "Race": "marchers", "Society": "dialogue"}
GWSD_CUES = {"agree": "confirmed", "neutral": "discussed", "disagree": "denied"}
WORDS = ["the", "envoy", "of", "orvania", "on", "monday", "that", "near", "harbour", "bridge", "valley", "again"]


def _sentence(rng: random.Random, *cues: str) -> str:
    return " ".join([*cues, *rng.sample(WORDS, 7)])


def _write(path: Path, records: list[dict[str, Any]]) -> None:
    with gzip.open(path, "wt", encoding="utf-8") as handle:
        handle.writelines(json.dumps(record) + "\n" for record in records)


@pytest.fixture(scope="module")
def quality() -> ModuleType:
    return load_script("benchmarks/quality.py")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All four sets, invented."""
    folder, rng = tmp_path_factory.mktemp("sets"), random.Random(3)
    labelled, official = [], []
    for number in range(300):
        frames = rng.sample(sorted(CCF_CUES), number % 3)
        text = _sentence(rng, *(CCF_CUES[frame] for frame in frames))
        labels = ["CC_article", *(f"{frame}_frame" for frame in frames), "tone_neutral"]
        labelled.append({"id": str(number), "text": text, "labels": labels, "doc": str(number // 2)})
        for place, frame in enumerate(sorted(CCF_CUES)):
            # A sentence that is validation for one frame is training for the next.
            split = "validation" if number % 6 == place else "train"
            target = {"target": f"{frame}_frame", "label": int(frame in frames), "split": split}
            official.append({"id": f"{frame}_{number}", "text": text, "doc": None, **target})
    official.append({"id": "m", "text": "a messenger", "label": 1, "target": "messenger", "split": "validation"})
    _write(folder / "ccf_train.jsonl.gz", labelled)
    _write(folder / "ccf_official.jsonl.gz", official)
    for name, cues in (("gwsd", GWSD_CUES), ("gvfc", GVFC_CUES)):
        rows = [(str(number), sorted(cues)[number % 3]) for number in range(150)]
        _write(
            folder / f"{name}_train.jsonl.gz",
            [{"id": number, "text": _sentence(rng, cues[label]), "label": label} for number, label in rows],
        )
    _write(folder / "polnear.jsonl.gz", [_attribution(rng, number) for number in range(200)])
    return folder


def _attribution(rng: random.Random, number: int) -> dict[str, Any]:
    text, spans = _sentence(rng), []
    if number % 2:
        text = f"minister vell said {text}"
        spans = [{"role": "source", "start": 0, "end": 13}, {"role": "cue", "start": 14, "end": 18}]
    split = "dev" if number >= 160 else "train"
    return {"id": str(number), "text": text, "spans": spans, "split": split, "doc": f"d{number // 4}"}


@pytest.fixture(scope="module")
def run(
    quality: ModuleType, data: Path, tiny_settings: list[str], tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., list[Any]]:
    """Trains one system on the first fold of a set and returns its answers with the sentences they are to."""

    def answers(system: str, name: str, *, epochs: int = 6) -> list[Any]:
        task = quality.read_set(name, data)
        settings = [setting for setting in tiny_settings if not setting.startswith("split.")]
        settings += [f"optimisation.epochs={epochs}", "optimisation.batch_size=4"]
        given = quality._parsed(["--out", "unused", "--setfit-iterations", "2", "--set", *settings])
        scratch = tmp_path_factory.mktemp("scratch")
        found = quality.SYSTEMS[system](task, task.folds[0], quality._setting(task, given, 1, scratch))
        return list(zip(found, task.folds[0].test, strict=True))

    return answers


def test_no_sentence_that_is_measured_on_is_learnt_from(quality: ModuleType, data: Path) -> None:
    for name in quality.READERS:
        task = quality.read_set(name, data)
        book = counterframe.load_codebook(quality.codebook_file(name))
        assert set(task.labels) == set(book.stance_ids if name == "gwsd" else book.frame_ids)
        for fold in task.folds:
            parts = [{row.text for row in part} for part in (fold.train, fold.dev, fold.test)]
            assert all(parts)
            assert not parts[0] & parts[1] and not (parts[0] | parts[1]) & parts[2]
            assert not {row.group for row in fold.train} & {row.group for row in fold.dev}


def test_each_frame_is_measured_on_its_own_official_sentences(quality: ModuleType, data: Path) -> None:
    task = quality.read_set("ccf", data)
    asked = {
        frame: [row.text for fold in task.folds for row in fold.test if frame in row.asked] for frame in task.labels
    }
    with gzip.open(data / "ccf_official.jsonl.gz", "rt", encoding="utf-8") as handle:
        official = [json.loads(line) for line in handle]
    for frame in CCF_CUES:
        own = {item["text"] for item in official if item["target"] == f"{frame}_frame" and item["split"] != "train"}
        assert sorted(asked[frame]) == sorted(own)
        right = {item["text"]: item["label"] for item in official if item["target"] == f"{frame}_frame"}
        rows = [row for fold in task.folds for row in fold.test if frame in row.asked]
        assert all(right[row.text] == (frame in row.gold.labels) for row in rows)


def test_every_sentence_is_measured_on_once(quality: ModuleType, data: Path) -> None:
    for name in ("gwsd", "gvfc"):
        task = quality.read_set(name, data)
        assert len(task.folds) == 5
        assert sorted(int(row.id) for fold in task.folds for row in fold.test) == list(range(150))


@pytest.mark.parametrize("name", ["gwsd", "gvfc"])
@pytest.mark.parametrize("system", ["tfidf", "plain", "counterframe", "setfit"])
def test_every_system_learns_which_word_is_which_label(run: Callable[..., Any], system: str, name: str) -> None:
    if system == "setfit" and importlib.util.find_spec("setfit") is None:
        pytest.skip("needs setfit, which is not installed")
    if (system, name) == ("counterframe", "gvfc"):
        pytest.skip("several frames and spans are trained in other tests")
    found = run(system, name)
    assert all(len(answer.labels) == 1 for answer, _ in found)
    assert sum(answer == row.gold for answer, row in found) / len(found) > 0.6


@pytest.mark.parametrize("system", ["majority", "tfidf", "plain", "counterframe", "setfit"])
def test_every_system_names_several_frames(run: Callable[..., Any], system: str) -> None:
    if system == "setfit" and importlib.util.find_spec("setfit") is None:
        pytest.skip("needs setfit, which is not installed")
    # Of a sentence only the labels that are asked for are known.
    pairs = [(set(answer.labels) & row.asked, set(row.gold.labels) & row.asked) for answer, row in run(system, "ccf")]
    right = sum(len(found & gold) for found, gold in pairs)
    least = 0.3 if system == "majority" else 0.8
    assert 2 * right / sum(len(found) + len(gold) for found, gold in pairs) > least


def test_a_step_in_bfloat16_sees_the_weights_of_the_step_before(
    quality: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    contrastive = importlib.import_module("quality_parts.contrastive")
    monkeypatch.setattr(contrastive, "takes_bfloat16", lambda *_: True)
    setting = SimpleNamespace(config=load_train_config(), device="cpu")
    layer, batch = torch.nn.Linear(4, 4, bias=False), torch.ones(1, 4)
    with contrastive._precision(setting):
        assert layer(batch).dtype == torch.bfloat16
        with torch.no_grad():
            layer.weight.zero_()
        assert layer(batch).abs().sum() == 0


@pytest.mark.parametrize("system", ["plain", "counterframe"])
def test_sources_are_found(run: Callable[..., Any], system: str) -> None:
    found = run(system, "polnear", epochs=12 if system == "counterframe" else 6)
    assert sum(answer.spans == row.gold.spans for answer, row in found) / len(found) > 0.8


def test_tags_become_spans_of_whole_words(quality: ModuleType) -> None:
    tagged = load_script("benchmarks/quality.py").plain_answers.__globals__["tagged_spans"]
    text = "Vellmar said; Orun too"
    offsets = [(0, 0), (0, 4), (4, 7), (8, 12), (12, 13), (14, 18), (19, 22), (0, 0)]
    assert tagged([0, 1, 0, 0, 0, 1, 2, 0], offsets, text) == ((0, 7), (14, 22))
    assert tagged([0, 1, 1, 0, 0, 1, 1, 0], offsets, text) == ((0, 7), (14, 18), (19, 22))


def test_a_threshold_is_tuned_for_each_label(quality: ModuleType) -> None:
    tuned = quality.tfidf_answers.__globals__["answers_from_scores"].__globals__["tuned_thresholds"]
    gold = np.array([[1, 1], [1, 0], [0, 0], [0, 0]] * 20, dtype=float)
    scores = np.array([[0.3, 0.9], [0.3, 0.6], [0.1, 0.6], [0.1, 0.6]] * 20)
    first, second = tuned(scores, gold)
    assert 0.1 < first <= 0.3 and 0.6 < second <= 0.9


def test_a_run_goes_on_where_it_stopped(
    quality: ModuleType, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    calls: list[str] = []

    def right(task: Any, fold: Any, setting: Any) -> list[Any]:
        calls.append(fold.name)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return [row.gold for row in fold.test]

    monkeypatch.setitem(quality.SYSTEMS, "counterframe", right)
    monkeypatch.setattr(quality, "_say_what_it_takes", lambda *_: None)
    arguments = ["--data", str(data), "--sets", "gvfc", "--seeds", "1", "2", "--competitors", "majority", "tfidf"]
    arguments += ["--rounds", "50", "--out", str(tmp_path / "out")]
    with pytest.raises(KeyboardInterrupt):
        quality.main(arguments)
    quality.main([*arguments, "--only-table"])
    assert "incomplete, and so not counted: seed 1" in capsys.readouterr().out
    quality.main(arguments)
    assert len(calls) == 3 + 8  # two of ten were kept, and the one that was cut off began anew
    page = (tmp_path / "out" / "quality.md").read_text(encoding="utf-8")
    row = next(line for line in page.splitlines() if line.startswith("| **Counterframe** |"))
    assert row.startswith("| **Counterframe** | 2 | 1.000 ± 0.000")
    assert "| the same answer for all | +0." in page  # by so much ours is ahead
    for file in (tmp_path / "out").rglob("*.json"):
        assert "harbour" not in file.read_text(encoding="utf-8"), "a text of the set was written"
    quality.main([*arguments, "--set", "optimisation.batch_size=8"])  # other settings: nothing kept fits
    assert len(calls) == 3 + 8 + 10


def test_a_system_that_is_not_installed_is_named(
    quality: ModuleType, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(*_: Any) -> list[Any]:
        raise ModuleNotFoundError("No module named 'setfit'", name="setfit")

    monkeypatch.setitem(quality.SYSTEMS, "setfit", absent)
    monkeypatch.setitem(quality.SYSTEMS, "counterframe", lambda task, fold, _: [row.gold for row in fold.test])
    monkeypatch.setattr(quality, "_say_what_it_takes", lambda *_: None)
    out = tmp_path / "out"
    quality.main(["--data", str(data), "--sets", "gwsd", "polnear", "--competitors", "setfit", "--out", str(out)])
    page = (out / "quality.md").read_text(encoding="utf-8")
    assert "SetFit, same encoder: not measured (setfit is not installed)" in page
    assert "SetFit, same encoder: not measured (it labels sentences and names no words of them)" in page


def test_results_stay_out_of_the_repository(quality: ModuleType, data: Path) -> None:
    with pytest.raises(SystemExit, match="lies in the repository"):
        quality.main(["--data", str(data), "--out", str(ROOT / "docs")])


def test_a_missing_set_is_named(quality: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"gwsd_train\.jsonl\.gz: .*is missing"):
        quality.main(["--data", str(tmp_path), "--sets", "gwsd", "--out", str(tmp_path / "out")])


def test_what_is_expected_is_said_first(
    quality: ModuleType, data: Path, tiny_settings: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    settings = [setting for setting in tiny_settings if not setting.startswith("split.")]
    given = quality._parsed(["--out", "unused", "--seeds", "1", "2", "--set", *settings])
    quality._say_what_it_takes([quality.read_set("gvfc", data)], given)
    said = capsys.readouterr().out
    assert "expected CPU minutes for one seed" in said and "gvfc:" in said and "counterframe" in said


def test_the_sets_are_read(quality: ModuleType, shared: Path) -> None:
    for name in quality.READERS:
        task = quality.read_set(name, shared / "benchmarks")
        for fold in task.folds:
            held = {row.text for row in fold.test} & {row.text for part in (fold.train, fold.dev) for row in part}
            assert len(held) < 30 if name == "polnear" else not held  # short lines that many articles hold
