"""The gold documents: what the readers, the cleaning and the splitting make of them, against the bars."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from helpers.scripts import ROOT, load_script

from counterframe.evaluation.segmentation import Segmentation

GOLD = ROOT / "tests" / "gold"
SETS = sorted(path.name for path in GOLD.iterdir() if path.is_dir())


@cache
def _measured(name: str) -> tuple[Segmentation, tuple[str, ...]]:
    benchmark = load_script("benchmarks/cleaning.py")
    errors: list[str] = []
    counts = benchmark.measure(list(benchmark.documents(GOLD / name)), on_error=errors.append)
    return benchmark.total(counts), tuple(errors)


def _hold(found: Segmentation, errors: Any) -> None:
    assert found.body_recall >= 0.99, errors
    assert found.boilerplate_precision >= 0.95, errors
    assert found.boundary_f1 >= 0.985, errors


def test_there_are_enough_documents_of_each_kind() -> None:
    endings = [path.name.removesuffix(".gold.json").rpartition(".")[2] for path in GOLD.rglob("*.gold.json")]
    assert len(endings) >= 60
    assert set(endings) >= {"html", "txt", "pdf", "docx", "eml", "xml"}


def test_all_documents_together_meet_the_bars() -> None:
    total = Segmentation()
    errors: list[str] = []
    for name in SETS:
        found, differences = _measured(name)
        total += found
        errors.extend(differences)
    assert total.body > 2000
    _hold(total, errors)


@pytest.mark.parametrize("name", SETS)
def test_each_set_comes_near_the_bars(name: str) -> None:
    found, errors = _measured(name)
    assert min(found.body_recall, found.boilerplate_precision, found.boundary_f1) >= 0.97, errors


def test_the_real_releases_meet_the_bars(shared: Path) -> None:
    benchmark = load_script("benchmarks/cleaning.py")
    items = list(benchmark.real_releases())
    assert len(items) == 3
    errors: list[str] = []
    _hold(benchmark.total(benchmark.measure(items, on_error=errors.append)), errors)
