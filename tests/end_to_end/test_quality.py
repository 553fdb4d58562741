"""The shipped model's scores on the frozen test events do not fall below the recorded ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import counterframe
from counterframe.models.checkpoint import default_model

ROOT = Path(__file__).resolve().parents[2]
RECORDED = ROOT / "docs" / "reports" / "held_out_authored" / "metrics.json"
#: Processors round differently; a sentence in a thousand may tip over.
ROUNDING = 0.005

pytestmark = pytest.mark.skipif(not (default_model() / "config.json").is_file(), reason="no shipped model")


def test_the_scores_are_those_of_the_report() -> None:
    recorded = json.loads(RECORDED.read_text(encoding="utf-8"))
    found = counterframe.evaluate(
        [ROOT / "data" / "corpus"], held_out=True, allow_missing=True, device="cpu", rounds=0
    ).to_dict(errors=False)
    assert found["model"] == recorded["model"], "the reports are of another model: run `make reports`"
    assert found["sentences"] == recorded["sentences"]
    for name, figure in recorded["overall"].items():
        assert found["overall"][name]["value"] >= figure["value"] - ROUNDING, name


def test_the_bars_of_the_audit_held() -> None:
    audit = json.loads((ROOT / "docs" / "reports" / "audit" / "audit.json").read_text(encoding="utf-8"))
    assert audit["model"] == json.loads(RECORDED.read_text(encoding="utf-8"))["model"]
    assert audit["bars"] and all(bar["holds"] for bar in audit["bars"])
