"""An audit that is read again is checked before any work is done."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from counterframe.errors import InputError
from counterframe.evaluation.audit_file import AUDIT_SCHEMA, read_audit

RATE = {"value": 0.1, "low": 0.0, "high": 0.2, "support": 9}
LOOK = {"title": "Names", "sentences": 9, "flips": dict.fromkeys(("any", "frames", "stances"), RATE)}
WHOLE: dict[str, Any] = {
    "schema": AUDIT_SCHEMA,
    "model": "m@1",
    "data": ["gold"],
    "warnings": [],
    "bars": [{"name": "flips", "limit": "2 %", "value": "1 %", "holds": True}],
    "swaps": [LOOK],
    "robustness": [LOOK],
}


def _write(folder: Path, content: dict[str, Any]) -> Path:
    (folder / "audit.json").write_text(json.dumps(content), encoding="utf-8")
    return folder


def test_a_whole_audit_is_read_as_it_is(tmp_path: Path) -> None:
    assert read_audit(_write(tmp_path, WHOLE), model="m@1") == WHOLE


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"data": ...}, "data"),
        ({"bars": ["x"]}, "bars.0"),
        ({"bars": [{"name": "flips"}]}, "bars.0.limit"),
        ({"swaps": [{**LOOK, "flips": {"any": RATE, "frames": RATE}}]}, "swaps.0.flips.stances"),
        ({"robustness": [{**LOOK, "examples": [1]}]}, "robustness.0.examples.0"),
    ],
)
def test_a_damaged_audit_is_named_with_its_field(change: dict[str, Any], field: str, tmp_path: Path) -> None:
    content = {name: value for name, value in (WHOLE | change).items() if value is not ...}
    with pytest.raises(InputError, match="is damaged") as caught:
        read_audit(_write(tmp_path, content), model="m@1")
    assert caught.value.field == field
