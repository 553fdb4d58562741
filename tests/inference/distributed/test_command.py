"""Wrong use of ``--engine ray`` is told before anything is begun, with or without Ray."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from counterframe.cli import app
from counterframe.cli_ray import check_engine, classify_on_cluster
from counterframe.errors import UsageError
from counterframe.inference.distributed import job
from counterframe.inference.distributed.job import classify_on_ray
from counterframe.inference.distributed.worker import Job, Predictor
from counterframe.models.checkpoint import Checkpoint


@pytest.fixture
def table(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jsonl").write_text('{"text": "The envoy denied the siege."}\n')
    return tmp_path / "in"


def test_the_engine_is_named_rightly() -> None:
    assert check_engine("ray") == "ray"
    with pytest.raises(UsageError, match="did you mean 'ray'"):
        check_engine("rays")


@pytest.mark.parametrize("out", [["a", "b"], ["-"]])
def test_one_folder_takes_the_results(out: list[str]) -> None:
    with pytest.raises(UsageError, match="one folder"):
        classify_on_cluster(
            ["in"],
            out,
            model="default",
            options={"device": "cpu"},
            unit="document",
            text_column="text",
            form="jsonl",
            workers=None,
            resume=None,
        )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--form", "jsonl"], "--form is for --engine ray"),
        (["--workers", "2"], "--workers is for --engine ray"),
        (["--engine", "ray", "--no-resume"], "name a new folder"),
        (["--engine", "ray", "--partition-by", "month"], "leave it away"),
    ],
)
def test_options_of_another_engine_are_refused(
    table: Path, tmp_path: Path, tiny_model: Path, options: list[str], message: str
) -> None:
    out = tmp_path / "out.jsonl"
    found = CliRunner().invoke(app, ["classify", str(table), "--out", str(out), "--model", str(tiny_model), *options])
    assert isinstance(found.exception, UsageError)
    assert message in str(found.exception)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in"]


def test_without_ray_it_says_what_to_install(table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "has_ray", lambda: False)
    with pytest.raises(UsageError, match=r"pip install 'counterframe\[ray\]'"):
        classify_on_ray([str(table)], str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("out", "more", "message"),
    [
        ("in/out", {}, "lie one in the other"),
        (".", {}, "lie one in the other"),
        ("out", {"form": "csv"}, "writes parquet or jsonl, not 'csv'"),
        ("out", {"options": {"min_confidence": 7}}, "lies between 0 and 1"),
    ],
)
def test_wrong_use_leaves_nothing(
    table: Path,
    tmp_path: Path,
    tiny_model: Path,
    monkeypatch: pytest.MonkeyPatch,
    out: str,
    more: dict[str, Any],
    message: str,
) -> None:
    monkeypatch.setattr(job, "has_ray", lambda: True)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UsageError, match=message):
        classify_on_ray([str(table)], str(tmp_path / out), model=str(tiny_model), **more)
    assert sorted(tmp_path.rglob("*")) == before


def test_results_in_another_precision_are_other_results(
    table: Path, tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that was exported in int8 has the weights, and so the digest, of its original."""
    rounded = tmp_path / "rounded"
    shutil.copytree(tiny_model, rounded)
    config = json.loads((rounded / "config.json").read_text())
    name = Checkpoint.load(tiny_model).name
    config |= {"model_name": name.partition("@")[0], "graph_precision": "int8"}
    (rounded / "config.json").write_text(json.dumps(config))
    assert Checkpoint.load(rounded).name == name
    told: list[Job] = []

    def run(job: Job, *_: Any) -> list[str]:
        told.append(job)
        return ["no worker here"]

    monkeypatch.setattr(job, "has_ray", lambda: True)
    monkeypatch.setattr(job, "_run", run)
    for model, precision in ((tiny_model, None), (tiny_model, "float32"), (tiny_model, "float16"), (rounded, None)):
        options = {"device": "cpu", "precision": precision}
        classify_on_ray([str(table)], str(tmp_path / "out"), model=str(model), options=options, resume=bool(told))
    assert [job.model_digest for job in told] == [name, name, f"{name}+float16", f"{name}+int8"]
    keys = [json.dumps(job.settings, sort_keys=True) for job in told]
    assert keys[0] == keys[1] and len(set(keys)) == 3
    # A machine that has the other folder at the same place is refused.
    predictor = Predictor(replace(told[0], model=str(rounded)))
    assert predictor._refused is not None and f"has {name}+int8 at" in predictor._refused
    with pytest.raises(UsageError, match="name the model it was made from"):
        classify_on_ray(
            [str(table)], str(tmp_path / "new"), model=str(rounded), options={"device": "cpu", "precision": "float32"}
        )


def test_workers_are_told_absolute_paths(
    table: Path, tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They stand in another folder than the command."""
    told: list[Any] = []

    def run(job: Any, todo: Any, *rest: Any) -> list[str]:
        told.extend([job.out, job.model, todo[0].url])
        return ["no worker here"]

    monkeypatch.setattr(job, "has_ray", lambda: True)
    monkeypatch.setattr(job, "_run", run)
    monkeypatch.chdir(tmp_path)
    Path("model").symlink_to(tiny_model)
    outcome = classify_on_ray(["in"], "out", model="model")
    assert told == [str(tmp_path / "out"), str(tmp_path / "model"), str(table / "a.jsonl")]
    assert not outcome.complete
    assert outcome.failures == ["no worker here"]
    assert not (tmp_path / "out" / "_SUCCESS").exists()
