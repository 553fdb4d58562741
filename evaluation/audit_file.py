"""``audit.json`` read again, so that a report of the same model can show it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from ..data.strict import load_json
from ..errors import InputError
from .schemas import AUDIT_SCHEMA
from .slices import shown_name

__all__ = ["read_audit", "without_sentences"]


class _Figure(BaseModel):
    value: float | None
    low: float | None
    high: float | None


class _Flips(BaseModel):
    any: _Figure
    frames: _Figure
    stances: _Figure


class _Bar(BaseModel):
    name: str
    limit: str
    value: str
    holds: bool


class _Look(BaseModel):
    title: str
    sentences: int
    flips: _Flips


class _Swap(_Look):
    flipped: list[dict[str, Any]] = Field(default_factory=list)


class _Change(_Look):
    examples: list[dict[str, Any]] = Field(default_factory=list)


class _Audit(BaseModel):
    """What a report reads of an audit; all else may be there or not."""

    data: list[str]
    warnings: list[str]
    bars: list[_Bar]
    swaps: list[_Swap]
    robustness: list[_Change]


def read_audit(path: str | Path, *, model: str) -> dict[str, Any]:
    """Return an audit as ``counterframe audit`` wrote it.

    Args:
        path: ``audit.json``, or the folder that holds it.
        model: Name of the model that is reported on.

    Raises:
        InputError: The file cannot be read, is no audit, or is one of another model.
    """
    file = Path(path)
    file = file / "audit.json" if file.is_dir() else file
    try:
        raw = load_json(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(
            f"cannot be read as JSON ({error}); name what `counterframe audit` wrote", path=file
        ) from error
    if not isinstance(raw, dict) or raw.get("schema") != AUDIT_SCHEMA:
        raise InputError(f"is no audit of the schema {AUDIT_SCHEMA}; run `counterframe audit`", path=file)
    if raw.get("model") != model:
        problem = f"is of {raw.get('model')!r}, and the report is on {model!r}; audit this model"
        raise InputError(problem, path=file, field="model")
    try:
        _Audit.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        problem = f"is damaged: {first['msg'][:1].lower()}{first['msg'][1:]}; run `counterframe audit` again"
        raise InputError(problem, path=file, field=field) from error
    return raw


def without_sentences(audit: Mapping[str, Any]) -> dict[str, Any]:
    """Return the audit with no sentence in it: ids and labels stand for those that flipped."""
    swaps = [{**swap, "flipped": _ids(swap.get("flipped"))} for swap in audit.get("swaps") or ()]
    looks = [{**look, "examples": _ids(look.get("examples"))} for look in audit.get("robustness") or ()]
    return {**audit, "swaps": swaps, "robustness": looks}


def _ids(items: Any) -> list[dict[str, Any]]:
    return [{**item, "id": _id(item), "text": None, "swapped": None} for item in items or ()]


def _id(item: Mapping[str, Any]) -> Any:
    """Return the id, or a code where the data had none and the sentence stands for itself."""
    known, text = item.get("id"), item.get("text")
    return shown_name(known, text) if isinstance(known, str) and isinstance(text, str) else known
