"""``classify --min-confidence`` and ``--min-precision``, as a user gives them."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pyarrow import parquet

from counterframe.cli import main
from counterframe.errors import UsageError
from counterframe.inference.classifier import Classifier

COMMAND = Path(sys.executable).with_name("counterframe")
TEXT = (
    "Minister Vell denied siege near harbour bridge valley people again."
    " Minister Vell confirmed marchers the valley talks on people about envoy."
    " The envoy of harbour said that people near bridge talks.\n"
)


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [str(COMMAND), "classify", *(str(argument) for argument in arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


Run = Callable[..., tuple[int, str]]


@pytest.fixture
def inside(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The same within this process, which is faster: exit code and what it says of errors."""

    def called(*arguments: object) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["counterframe", "classify", *(str(argument) for argument in arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0), capsys.readouterr().err

    return called


@pytest.fixture
def release(tmp_path: Path) -> Path:
    path = tmp_path / "release.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.fixture
def model(tiny_model: Path, tmp_path: Path) -> Path:
    """The tiny model; on held-out sentences its blockades were often right, its protests rarely."""
    folder = tmp_path / "model"
    shutil.copytree(tiny_model, folder)
    path = folder / "calibration.json"
    good = {"answered": 90, "right": 85, "steps": [[0.0, 0.92]]}
    poor = {"answered": 30, "right": 12, "steps": [[0.0, 0.3]]}
    precision = {"blockade": good, "protest": poor, "peace_process": good}
    settings = json.loads(path.read_text()) | {"precision": precision, "precision_without_frame": good}
    settings["min_confidence"] = 0.0
    path.write_text(json.dumps(settings))
    return folder


def rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_every_form_says_what_is_unsure_and_how_sure_the_rest_is(model: Path, release: Path, tmp_path: Path) -> None:
    outs = [tmp_path / f"o.{form}" for form in ("jsonl", "csv", "parquet", "html")]
    options = [part for out in outs for part in ("--out", out)]
    done = run(release, "--model", model, "--min-precision", "0.9", *options)
    assert done.returncode == 0, done.stderr
    lines = rows(outs[0])
    assert [line["primary"] for line in lines] == ["blockade", "protest", None]
    assert [line["abstained"] for line in lines] == [False, True, False]
    assert "mind: protest is always marked as unsure: 12 of 30 such answers were right" in done.stderr
    assert "blockade is always" not in done.stderr
    assert "1 unsure" in done.stdout and "1 sentences with a frame" in done.stdout
    assert all(0 < line["confidence"] <= 1 for line in lines)  # type: ignore[operator]
    first = lines[0]["frames"][0]  # type: ignore[index]
    assert lines[0]["confidence"] == pytest.approx(first["score"] * first["stance_score"], abs=1e-5)
    with outs[1].open(encoding="utf-8", newline="") as handle:
        table = list(csv.DictReader(handle))
    assert [row["abstained"] for row in table] == ["false", "true", "false"]
    assert [float(row["confidence"]) for row in table] == [line["confidence"] for line in lines]
    columns = parquet.read_table(outs[2]).to_pylist()
    assert [row["abstained"] for row in columns] == [False, True, False]
    assert [row["confidence"] for row in columns] == [line["confidence"] for line in lines]
    assert outs[3].read_text(encoding="utf-8").count("unsure: perhaps") == 1


@pytest.mark.parametrize(
    ("options", "unsure"),
    [
        ([], [False, False, False]),
        (["--min-precision", "blockade=0.95"], [True, False, False]),
        (["--min-precision", "none=0.95"], [False, False, True]),
        (["--min-precision", "0.95", "--min-precision", "protest=0.2"], [True, False, True]),
        (["--min-confidence", "1"], [True, True, True]),
        (["--min-precision", "protest=0.9", "--min-confidence", "1"], [True, True, True]),
    ],
)
def test_targets_by_label(
    inside: Run, model: Path, release: Path, tmp_path: Path, options: list[str], unsure: list[bool]
) -> None:
    code, errors = inside(release, "--model", model, "--out", tmp_path / "o.jsonl", *options)
    assert code == 0, errors
    assert [line["abstained"] for line in rows(tmp_path / "o.jsonl")] == unsure


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--min-precision", "1.5"], "between 0 and 1, as 0.9 does; 1.5 does not"),
        (["--min-precision", "nan"], "nan does not"),
        (["--min-precision", "protest=0"], "of protest lies between 0 and 1"),
        (["--min-precision", "high"], "'high': write a share such as 0.9, or FRAME=0.9"),
        (["--min-precision", "blockad=0.9"], "no such frame (did you mean 'blockade'?)"),
        (["--min-precision", "=0.9"], "no such frame"),
        (["--min-precision", "0.9", "--min-precision", "0.8"], "it was given before, as 0.9"),
    ],
)
def test_a_wrong_target_ends_the_command(
    inside: Run, model: Path, release: Path, tmp_path: Path, options: list[str], message: str
) -> None:
    code, errors = inside(release, "--model", model, "--out", tmp_path / "o.jsonl", *options)
    assert code == 2
    assert message in errors and "Traceback" not in errors
    assert not (tmp_path / "o.jsonl").exists()


def test_a_confidence_out_of_range_ends_the_command(inside: Run, model: Path, release: Path, tmp_path: Path) -> None:
    code, errors = inside(release, "--model", model, "--out", tmp_path / "o.jsonl", "--min-confidence", "1.5")
    assert code == 2 and "--min-confidence" in errors


def test_a_model_of_older_versions_says_what_to_do(inside: Run, model: Path, release: Path, tmp_path: Path) -> None:
    path = model / "calibration.json"
    kept = ("frame_temperature", "stance_temperature", "thresholds", "source_margin", "min_confidence")
    settings = json.loads(path.read_text())
    path.write_text(json.dumps({name: settings[name] for name in kept}))
    code, errors = inside(release, "--model", model, "--out", tmp_path / "o.jsonl")
    assert code == 0, errors
    code, errors = inside(release, "--model", model, "--out", tmp_path / "p.jsonl", "--min-precision", "0.9")
    assert code == 2 and "refit its calibration" in errors
    assert not (tmp_path / "p.jsonl").exists()


def test_the_same_from_python(model: Path) -> None:
    (result,) = Classifier.load(model, device="cpu", min_precision=0.95).classify_text("Minister Vell denied siege.")
    assert result.abstained
    classifier = Classifier.load(model, device="cpu", min_precision={"protest": 0.9, "*": 0.5})
    (result,) = classifier.classify_text("Minister Vell denied siege.")
    assert not result.abstained and result.confidence is not None
    assert set(classifier.unreached) == {"protest"}
    with pytest.raises(UsageError, match="smallest confidence lies between 0 and 1"):
        Classifier.load(model, device="cpu", min_confidence=-0.1)
