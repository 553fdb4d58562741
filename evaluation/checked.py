"""Results that come from outside are checked before a page is made of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..data.codebook import Codebook
from ..data.normalise import to_original
from ..data.types import SCHEMA
from ..errors import InputError

__all__ = ["check_result"]

_TEXT_FIELDS = ("doc", "n", "start", "end", "text", "kind", "paragraph")
_LABEL_FIELDS = ("primary", "frames", "source", "abstained", "truncated")
_FRAME_FIELDS = ("frame", "score", "stance", "stance_score", "evidence")


def check_result(result: Mapping[str, Any], codebook: Codebook) -> None:
    """Raise an error that names place and field where *result* cannot be shown.

    Raises:
        CodebookError: A frame or stance that the codebook lacks.
        InputError: Another schema, a missing field, or offsets that do not fit the text.
    """
    place = f"{result.get('doc', 'result')}, sentence {result.get('n', '?')}"
    if result.get("schema") != SCHEMA:
        problem = f"is {result.get('schema')!r}, this version reads {SCHEMA!r}; classify the release again"
        raise InputError(problem, path=place, field="schema")
    _require(result, (*_TEXT_FIELDS, *_LABEL_FIELDS), place)
    _require(result["source"] or {"start": 0, "end": 0}, ("start", "end"), place, "source.")
    for found in result["frames"]:
        _require(found, _FRAME_FIELDS, place, "frames.")
        codebook.check_frame(found["frame"], path=place, field="frames")
        codebook.check_stance(found["stance"], path=place, field="frames")
    first = result["frames"][0]["frame"] if result["frames"] else None
    if result["primary"] not in (None, first):
        problem = f"is {result['primary']!r}, but `frames` begins with {first!r}; the primary frame stands first"
        raise InputError(problem, path=place, field="primary")
    shifts = result.get("shifts") or ()
    length = result["end"] - result["start"]
    if length != to_original(len(result["text"]), shifts):
        problem = f"has {len(result['text'])} characters, but `start` and `end` are {length} apart"
        raise InputError(problem, path=place, field="text")
    source = result["source"]
    spans = [("frames", span) for row in result["frames"] for span in row["evidence"]]
    spans += [("source", (source["start"], source["end"]))] if source else []
    for name, (start, end) in spans:
        if not result["start"] <= start <= end <= result["end"]:
            problem = f"the span {start} to {end} leaves the sentence, {result['start']} to {result['end']}"
            raise InputError(problem, path=place, field=name)


def _require(record: Mapping[str, Any], names: Iterable[str], place: str, parent: str = "") -> None:
    for name in names:
        if name not in record:
            problem = "is missing; results come from `Result.to_dict`"
            raise InputError(problem, path=place, field=parent + name)
