"""The working-out of time and cost: the arithmetic, and that the page takes it over again and again."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.scripts import ROOT, load_script

FACTS = {
    "machine": {"processor": "an invented one", "day": "2031-05-12"},
    "engines": {
        "engine": {"tokens_per_sentence": 30.0, "cpu_s_per_1000": {"median": 4.0}},
        "command": {"cpu_s_per_1000": {"median": 9.0}},
    },
    "gemm": {"flops": {"model": [0, 2e7, 0]}},
    "scale": [
        {"model": "shipped", "asked": 1000, "without_start": 9.0},
        {"model": "shipped", "asked": 100_000, "without_start": 5.0},
        {"model": "tiny", "asked": 1_000_000, "without_start": 0.1},
    ],
}


def _run(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, ROOT / "benchmarks" / "scale.py", "--speed", folder, *arguments]
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "speed.json").write_text(json.dumps(FACTS))
    return tmp_path


def test_the_arithmetic() -> None:
    scale = load_script("benchmarks/scale.py")
    rates = scale.rates_of(FACTS)
    assert (rates.whole, rates.engine, rates.beside, rates.flops) == (5.0, 4.0, 1.0, 6e8)
    # 3.6 million sentences at 5 ms are 18,000 s of a core, which works nine tenths of the time.
    assert scale.cpu_hours(rates, 3.6e6, 0.9) == pytest.approx(5 / 0.9)
    # Each core beside the GPU handles 1,000 sentences a second.
    assert scale.gpu_node_rate(rates, 50_000, 8) == 8000
    assert scale.gpu_node_rate(rates, 500, 8) == 500


def test_the_page_takes_the_tables_over(folder: Path) -> None:
    page = folder / "scale.md"
    scale = load_script("benchmarks/scale.py")
    page.write_text(f"# Title\n\n{scale._BEGIN}\n\nold\n\n{scale._END}\n\nThe end.\n")
    assert _run(folder, "--write", folder, "--efficiency", 1).returncode == 0
    once = page.read_text()
    # 1,000 million at 5 ms: 1,389 hours of a core; on 16 cores 3.6 days.
    assert "| 1,000,000,000 | 1,389 | 69 | 3.6 days | 8.7 h | 52 min |" in once
    assert once.startswith("# Title") and once.endswith("The end.\n") and "old" not in once
    assert _run(folder, "--write", folder, "--efficiency", 1).returncode == 0
    assert page.read_text() == once


def test_without_measured_rates_it_says_what_to_do(tmp_path: Path) -> None:
    done = _run(tmp_path)
    assert done.returncode == 1
    assert "run `python benchmarks/speed.py --write" in done.stderr


def test_the_page_of_the_project_has_a_place_for_them() -> None:
    scale = load_script("benchmarks/scale.py")
    page = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
    assert page.count(scale._BEGIN) == page.count(scale._END) == 1
