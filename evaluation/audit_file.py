"""``audit.json`` read again, so that a report of the same model can show it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..data.strict import load_json
from ..errors import InputError
from .schemas import AUDIT_SCHEMA
from .slices import shown_name

__all__ = ["read_audit", "without_sentences"]


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
