"""The installed command ``compare``, as a user calls it."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.tellings import result

from counterframe.models.checkpoint import default_model

COMMAND = Path(sys.executable).with_name("counterframe")
EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "releases"
TEXTS = {
    "a.txt": "Minister Vell confirmed siege near harbour bridge valley people again.",
    "b.txt": "Minister Vell denied siege near harbour bridge valley people again.",
}


def run(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [str(COMMAND), "compare", *(str(argument) for argument in arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False)


@pytest.fixture
def results(tmp_path: Path) -> list[Path]:
    """Results as classify writes them: what one text asserts, the other rejects."""
    paths = []
    for (name, text), stance in zip(TEXTS.items(), ("asserts", "rejects"), strict=True):
        row = result(text, ("blockade", stance), doc=name, source="Minister Vell")
        path = tmp_path / f"{name}.jsonl"
        path.write_text(json.dumps(row) + "\n", encoding="utf-8")
        paths.append(path)
    return paths


@pytest.fixture
def texts(tmp_path: Path) -> list[Path]:
    for name, text in TEXTS.items():
        (tmp_path / name).write_text(text + "\n", encoding="utf-8")
    return [tmp_path / name for name in TEXTS]


def test_releases(tiny_model: Path, texts: list[Path], tmp_path: Path) -> None:
    done = run(*texts, "--model", tiny_model, "--out", tmp_path / "c.json")
    assert done.returncode == 0, done.stderr
    content = json.loads((tmp_path / "c.json").read_text(encoding="utf-8"))
    assert [telling["sentences"] for telling in content["tellings"]] == [1, 1]
    assert [entry["results"][0]["text"] for entry in content["documents"]] == list(TEXTS.values())
    assert {path.name for path in tmp_path.iterdir()} == {"a.txt", "b.txt", "c.json"}


def test_results_to_json_and_table(tiny_model: Path, results: list[Path], tmp_path: Path) -> None:
    done = run(*results, "--model", tiny_model, "--out", tmp_path / "c.json", "--out", tmp_path / "c.csv")
    assert done.returncode == 0, done.stderr
    content = json.loads((tmp_path / "c.json").read_text(encoding="utf-8"))
    assert content["schema"] == "counterframe-comparison/1"
    assert "perhaps contested: Blockade: asserts a.txt.jsonl 1; rejects b.txt.jsonl 1" in done.stdout
    with (tmp_path / "c.csv").open(encoding="utf-8-sig", newline="") as handle:
        sections = {row["section"] for row in csv.DictReader(handle)}
    assert {"telling", "contest", "distance", "who", "warning"} <= sections


def test_the_page(tiny_model: Path, results: list[Path], tmp_path: Path) -> None:
    done = run(*results, "--model", tiny_model, "--out", tmp_path / "c.html")
    assert done.returncode == 0, done.stderr
    assert "Minister Vell" in (tmp_path / "c.html").read_text(encoding="utf-8")


def test_failures_are_listed_as_by_classify(tiny_model: Path, texts: list[Path], tmp_path: Path) -> None:
    (tmp_path / "c.pdf").write_bytes(b"%PDF-1.4 nothing")
    out = tmp_path / "c.json"
    done = run(*texts, tmp_path / "c.pdf", "--model", tiny_model, "--out", out)
    assert done.returncode == 1 and out.is_file()
    (failure,) = map(json.loads, (tmp_path / "c.json.failures.jsonl").read_text(encoding="utf-8").splitlines())
    assert failure["status"] == "failed" and failure["path"].endswith("c.pdf")
    out.unlink()
    alone = run(texts[0], tmp_path / "c.pdf", "--model", tiny_model, "--out", out)
    assert alone.returncode == 1 and not out.exists()
    assert "nothing was written" in alone.stderr and "c.pdf" in alone.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["a.txt", "--out", "c.json"], "needs two inputs"),
        (["a.txt", "b.txt", "--out", "c.xml"], r".html, .json, .csv"),
        (["a.txt", "b.txt", "--out", "b.txt"], ".html, .json, .csv"),
        (["a.txt", "b.txt", "--out", "none/c.json"], "does not exist"),
        (["a.txt", "b.txt", "--by", "publishr", "--out", "c.json"], "--by publishr"),
        (["a.txt", "b.txt", "--period", "day", "--out", "c.json"], "choose week or month"),
        (["a.txt", "b.txt", "--unit", "word", "--out", "c.json"], "choose document or sentence"),
    ],
)
def test_wrong_use(arguments: list[str], message: str, tiny_model: Path, texts: list[Path], tmp_path: Path) -> None:
    done = run(*arguments, "--model", tiny_model, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert message in done.stderr and "Traceback" not in done.stderr
    assert {path.name for path in tmp_path.iterdir()} == set(TEXTS)


def test_an_output_that_is_an_input(tiny_model: Path, texts: list[Path], tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("text\nWords of a table.\n", encoding="utf-8")
    done = run(texts[0], table, "--model", tiny_model, "--out", table)
    assert done.returncode == 2 and "is also an input" in done.stderr
    assert table.read_text(encoding="utf-8") == "text\nWords of a table.\n"


@pytest.mark.skipif(not (default_model() / "config.json").is_file(), reason="no shipped model")
def test_the_shipped_model_on_the_examples(tmp_path: Path) -> None:
    done = run(*sorted(EXAMPLES.iterdir()), "--out", tmp_path / "c.json")
    assert done.returncode == 0, done.stderr
    content = json.loads((tmp_path / "c.json").read_text(encoding="utf-8"))
    assert len(content["tellings"]) == 4
    (blockade,) = [row for row in content["contest"] if row["frame"] == "blockade"]
    assert blockade["contested"]
