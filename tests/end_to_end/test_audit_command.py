"""``counterframe audit`` as a user calls it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = Path(sys.executable).with_name("counterframe")
EVENTS = [
    {
        "event": f"e{number}",
        "parties": [
            {"side": "A", "names": ["Orvania"], "adjectives": ["Orvanian"], "people": ["Minister Vell", "Vell"]},
            {"side": "B", "names": ["Tuvria"], "adjectives": ["Tuvrian"], "people": ["Minister Osk"]},
        ],
    }
    for number in range(12)
]


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [str(COMMAND), "audit", *(str(argument) for argument in arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def data(tiny_data: Path, tmp_path: Path) -> Path:
    """The tiny corpus with an events.json beside it."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "tiny.jsonl").write_bytes(tiny_data.read_bytes())
    (folder / "events.json").write_text(json.dumps(EVENTS), encoding="utf-8")
    return folder


def test_audit_with_events(tiny_model: Path, data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = run("--data", data, "--model", tiny_model, "--out", out, "--held-out", "--device", "cpu")
    assert done.returncode == 0, done.stderr
    for part in ("Bars", "at most 2% of pairs", "Accuracy, before → after", "names never seen", "all in capitals"):
        assert part in done.stdout
    assert "does not hold" in done.stdout, "fewer than 1,000 sentences"
    assert "mind:" in done.stdout and "below 30" in done.stdout
    content = json.loads((out / "audit.json").read_text(encoding="utf-8"))
    assert content["schema"] == "counterframe-audit/1"
    again = tmp_path / "again"
    assert run("--data", data, "--model", tiny_model, "--out", again, "--held-out", "--device", "cpu").returncode == 0
    assert (again / "audit.json").read_bytes() == (out / "audit.json").read_bytes(), "the same seed, the same audit"
    other = tmp_path / "other"
    run("--data", data, "--model", tiny_model, "--out", other, "--held-out", "--device", "cpu", "--seed", 1)
    assert (other / "audit.json").read_bytes() != (out / "audit.json").read_bytes()


def test_without_text_ids_alone_are_written(tiny_model: Path, data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = run("--data", data, "--model", tiny_model, "--out", out, "--held-out", "--include-dev", "--no-text")
    assert done.returncode == 0, done.stderr
    texts = [json.loads(line)["text"] for line in (data / "tiny.jsonl").read_text(encoding="utf-8").splitlines()]
    written = "".join(file.read_text(encoding="utf-8") for file in out.iterdir())
    assert len(list(out.iterdir())) == 2
    assert not any(text in written for text in texts)
    assert "thresholds were tuned" in done.stdout


def test_what_is_wrong_is_said(tiny_model: Path, tiny_data: Path, tmp_path: Path) -> None:
    bad = tmp_path / "names.yaml"
    bad.write_text("areas: [", encoding="utf-8")
    plain = ("--data", tiny_data, "--model", tiny_model, "--out", tmp_path / "out")
    for arguments, message in (
        (plain, "nobody says which names to swap"),
        ((*plain, "--swaps", tmp_path / "none.yaml"), "no such file"),
        ((*plain, "--seed", "-1"), "--seed"),
        ((*plain, "--names", bad), "names.yaml"),
        ((*plain, "--swaps", "states"), "use --held-out"),
        ((*plain, "--swaps", "states", "--held-out"), "no name of"),
    ):
        done = run(*arguments)
        assert done.returncode == 2
        assert message in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()
