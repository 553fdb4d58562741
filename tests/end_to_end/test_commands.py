"""The installed command, as a user calls it."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from counterframe.models.checkpoint import default_model

TEXT = "Minister Vell denied siege near harbour bridge valley people again."
COMMAND = Path(sys.executable).with_name("counterframe")
EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "releases"
shipped = pytest.mark.skipif(not (default_model() / "config.json").is_file(), reason="no shipped model")


def run(*arguments: object, stdin: str | None = None, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [str(COMMAND), *(str(argument) for argument in arguments)]
    return subprocess.run(command, capture_output=True, text=True, input=stdin, cwd=cwd, check=False)


def rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_train_classify_evaluate(
    tmp_path: Path, tiny_data: Path, codebook_file: Path, tiny_settings: list[str]
) -> None:
    model = tmp_path / "model"
    settings = [part for setting in tiny_settings for part in ("--set", setting)]
    trained = run(
        "train", "--data", tiny_data, "--codebook", codebook_file, "--out", model, "--device", "cpu", *settings
    )
    assert trained.returncode == 0, trained.stderr
    assert "expected time" in trained.stderr
    assert "pair F1" in trained.stdout

    (tmp_path / "release.txt").write_text(
        "Minister Vell denied siege near harbour bridge valley people again.\n", encoding="utf-8"
    )
    classified = run("classify", tmp_path / "release.txt", "--model", model, "--out", tmp_path / "out.jsonl")
    assert classified.returncode == 0, classified.stderr
    (found,) = rows(tmp_path / "out.jsonl")
    assert (found["primary"], found["stance"]) == ("blockade", "rejects")
    assert found["source"] == {"text": "Minister Vell", "start": 0, "end": 13}

    held_out = run("evaluate", "--data", tiny_data, "--model", model, "--out", tmp_path / "report", "--held-out")
    assert held_out.returncode == 0, held_out.stderr
    for figure in ("frame F1 (micro)", "pair F1", "primary frame", "stance macro F1", "source F1", "tf-idf"):
        assert figure in held_out.stdout
    assert {path.name for path in (tmp_path / "report").iterdir()} == {
        "metrics.json",
        "predictions.jsonl",
        "report.md",
        "report.html",
    }
    refused = run("evaluate", "--data", tiny_data, "--model", model, "--out", tmp_path / "other")
    assert refused.returncode == 2
    assert "would say nothing" in refused.stderr and "--held-out" in refused.stderr
    assert not (tmp_path / "other").exists()


def test_a_table_keeps_its_columns_and_ids(tmp_path: Path, tiny_model: Path) -> None:
    table = tmp_path / "items.csv"
    table.write_text(f'id,body,outlet,date\nr1,"{TEXT}",Wire,2031-01-02\n', encoding="utf-8")
    done = run("classify", table, "--text-column", "body", "--model", tiny_model, "--out", tmp_path / "o.csv")
    assert done.returncode == 0, done.stderr
    with (tmp_path / "o.csv").open(encoding="utf-8", newline="") as handle:
        (row,) = csv.DictReader(handle)
    assert (row["doc"], row["outlet"], row["date"], row["primary"]) == ("r1", "Wire", "2031-01-02", "blockade")


def test_unit_sentence_splits_nothing(tmp_path: Path, tiny_model: Path) -> None:
    (tmp_path / "lines.txt").write_text("One siege. Two marchers.\n\nDialogue again\n", encoding="utf-8")
    done = run(
        "classify", tmp_path / "lines.txt", "--unit", "sentence", "--model", tiny_model, "--out", tmp_path / "o.jsonl"
    )
    assert done.returncode == 0, done.stderr
    assert [row["text"] for row in rows(tmp_path / "o.jsonl")] == ["One siege. Two marchers.", "Dialogue again"]


def test_standard_input_and_several_outputs(tmp_path: Path, tiny_model: Path) -> None:
    outputs = [tmp_path / f"o{ending}" for ending in (".jsonl", ".csv", ".parquet", ".html")]
    options = [part for path in outputs for part in ("--out", path)]
    done = run(
        "classify",
        "-",
        *options,
        "--model",
        tiny_model,
        stdin=TEXT,
    )
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["o.csv", "o.html", "o.jsonl", "o.parquet"]


def test_one_bad_input_costs_one_input(tmp_path: Path, tiny_model: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "good.txt").write_text(
        "Minister Vell denied siege near harbour bridge valley people again.", encoding="utf-8"
    )
    (folder / "bad.txt").write_bytes(b"\x00\x01\x02 broken \x80")
    done = run("classify", folder, "--model", tiny_model, "--out", tmp_path / "o.jsonl")
    assert done.returncode == 1
    assert "bad.txt" in done.stderr
    assert {row["doc"] for row in rows(tmp_path / "o.jsonl")} == {"good.txt"}


def test_an_output_that_is_also_an_input_is_refused(tmp_path: Path, tiny_model: Path) -> None:
    table = tmp_path / "items.csv"
    table.write_text(f'text\n"{TEXT}"\n', encoding="utf-8")
    done = run("classify", table, "--model", tiny_model, "--out", table)
    assert done.returncode == 2 and "also an input" in done.stderr
    assert TEXT in table.read_text(encoding="utf-8")


def test_results_of_an_earlier_run_in_the_folder_are_not_read(tmp_path: Path, tiny_model: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    for _ in range(2):
        done = run("classify", tmp_path, "--model", tiny_model, "--out", tmp_path / "o.jsonl")
        assert done.returncode == 0, done.stderr
    assert [row["doc"] for row in rows(tmp_path / "o.jsonl")] == ["a.txt"]
    assert not (tmp_path / "o.jsonl.failures.jsonl").exists()


def test_documents_in_another_language_are_warned_of(tmp_path: Path, tiny_model: Path) -> None:
    (tmp_path / "a.html").write_text('<html lang="fr"><p>La route est ouverte.</p><p>Tout passe.</p></html>')
    (tmp_path / "b.html").write_text('<html lang="en-GB"><p>The road is open.</p></html>')
    done = run(
        "classify", tmp_path / "a.html", tmp_path / "b.html", "--model", tiny_model, "--out", tmp_path / "o.jsonl"
    )
    assert done.returncode == 0, done.stderr
    assert "mind: 1 × fr by their own statement; the codebook is for 'en'" in done.stderr


def test_when_nothing_was_read_nothing_is_written(tmp_path: Path, tiny_model: Path) -> None:
    (tmp_path / "kept.csv").write_text("good results", encoding="utf-8")
    (tmp_path / "items.csv").write_text("body\nsome text\n", encoding="utf-8")
    done = run("classify", tmp_path / "items.csv", "--model", tiny_model, "--out", tmp_path / "kept.csv")
    assert done.returncode == 1 and "nothing was written" in done.stderr
    assert (tmp_path / "kept.csv").read_text(encoding="utf-8") == "good results"


def test_a_place_that_cannot_be_written_is_no_traceback(tmp_path: Path, tiny_model: Path) -> None:
    done = run("classify", "-", "--model", tiny_model, "--out", "/proc/x.jsonl", stdin=TEXT)
    assert done.returncode == 2 and "error: /proc" in done.stderr and "Traceback" not in done.stderr


def test_a_setting_that_does_not_fit_the_encoder_leaves_nothing(
    tmp_path: Path, tiny_data: Path, codebook_file: Path, tiny_encoder: Path
) -> None:
    model = tmp_path / "model"
    settings = ["--set", f"encoder.name={tiny_encoder}", "--set", "model.attention_heads=5", "--device", "cpu"]
    done = run("train", "--data", tiny_data, "--codebook", codebook_file, "--out", model, *settings)
    assert done.returncode == 2 and "must divide" in done.stderr
    assert not model.exists()


def test_version() -> None:
    assert run("--version").stdout.startswith("counterframe 0.")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["classify", "nothing-here.txt", "--out", "o.jsonl"], "nothing-here.txt"),
        (["classify", "in.txt", "--out", "o.xlsx"], "must end in"),
        (["classify", "in.txt", "--out", "no/such/folder/o.csv"], "does not exist"),
        (["classify", "in.txt", "--out", "o.csv", "--model", "no-model"], "no model folder"),
        (["classify", "in.txt", "--out", "o.csv", "--device", "cdua"], "did you mean 'cuda'"),
        (["classify", "in.txt", "--out", "o.csv", "--unit", "word"], "document or sentence"),
        (["train", "--data", "bad.jsonl", "--out", "m"], "did you mean 'blockade'"),
        (["train", "--data", "bad.jsonl", "--out", "m", "--set", "optimisation.epoch=3"], "'optimisation.epochs'"),
        (["train", "--data", "missing.jsonl", "--out", "m"], "missing.jsonl"),
        (["codebook", "check", "no.yaml"], "no such codebook"),
    ],
)
def test_wrong_use_ends_with_2_says_why_and_leaves_nothing(
    tmp_path: Path, tiny_model: Path, arguments: list[str], message: str
) -> None:
    (tmp_path / "in.txt").write_text("A siege.", encoding="utf-8")
    (tmp_path / "bad.jsonl").write_text('{"text": "A siege.", "labels": {"blokade": "asserts"}}\n', encoding="utf-8")
    if arguments[0] == "classify" and "--model" not in arguments:
        arguments = [*arguments, "--model", str(tiny_model)]
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 2, done.stdout + done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.jsonl", "in.txt"]


def test_evaluate_with_labels_of_another_codebook(tmp_path: Path, tiny_model: Path) -> None:
    path = tmp_path / "other.jsonl"
    path.write_text('{"text": "They sail.", "labels": {"provocation": "asserts"}}\n', encoding="utf-8")
    done = run("evaluate", "--data", path, "--model", tiny_model, "--out", tmp_path / "report")
    assert done.returncode == 2
    assert "other.jsonl:1" in done.stderr and "no frame 'provocation'" in done.stderr


def test_codebook_commands(codebook_file: Path, tmp_path: Path) -> None:
    assert "3 frame(s), 3 stance(s)" in run("codebook", "check", codebook_file).stdout
    shown = run("codebook", "show", "access_dispute")
    assert shown.returncode == 0 and "Blockade [blockade]" in shown.stdout and "stance relays" in shown.stdout
    broken = tmp_path / "broken.yaml"
    broken.write_text(codebook_file.read_text().replace("definition: marchers", "defintion: marchers"))
    done = run("codebook", "check", broken)
    assert done.returncode == 2
    assert "did you mean 'definition'" in done.stderr and "frames.protest" in done.stderr


def test_data_validate_names_every_problem(tmp_path: Path, tiny_data: Path, codebook_file: Path) -> None:
    good = run("data", "validate", tiny_data, "--codebook", codebook_file)
    assert good.returncode == 0 and "240 good sentences in 24 documents and 12 events" in good.stdout
    path = tmp_path / "mixed.jsonl"
    path.write_text(
        '{"text": "A siege.", "labels": {"blockade": "assert"}}\nnot json\n{"labels": {}}\n'
        '{"text": "B.", "labels": {}, "source": "C"}\n{"text": "Good one.", "labels": {}}\n',
        encoding="utf-8",
    )
    done = run("data", "validate", path, "--codebook", codebook_file)
    assert done.returncode == 1
    for line, words in ((1, "did you mean 'asserts'"), (2, "is not JSON"), (3, "'text'"), (4, "'source'")):
        assert any(f":{line}" in row and words in row for row in done.stderr.splitlines()), (line, done.stderr)
    assert "1 good sentences" in done.stdout and "4 problem(s)" in done.stdout


@shipped
def test_the_shipped_model_reads_the_examples(tmp_path: Path) -> None:
    done = run("classify", EXAMPLES, "--out", tmp_path / "o.jsonl", "--out", tmp_path / "o.html")
    assert done.returncode == 0, done.stderr
    found = rows(tmp_path / "o.jsonl")
    assert len({row["doc"] for row in found}) == 4
    pairs = {(frame["frame"], frame["stance"]) for row in found for frame in row["frames"]}  # type: ignore[attr-defined]
    assert ("blockade", "asserts") in pairs and ("blockade", "rejects") in pairs


@shipped
def test_the_shipped_model_works_from_a_copy_elsewhere(tmp_path: Path) -> None:
    copy = tmp_path / "moved"
    shutil.copytree(default_model(), copy)
    done = run("classify", "-", "--model", copy, "--out", tmp_path / "o.jsonl", stdin="The road is closed.")
    assert done.returncode == 0, done.stderr
