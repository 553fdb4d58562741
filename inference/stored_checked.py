"""Results that are read back are checked: against their own version, the codebook, and their own text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..data.codebook import Codebook
from ..data.normalise import to_original
from ..data.types import SCHEMA, Kind
from ..errors import InputError
from .stored_forms import AGAIN, Row

__all__ = ["check_stored"]

_Span = Annotated[list[int], Field(min_length=2, max_length=2)]


class _Found(BaseModel):
    model_config = ConfigDict(extra="allow")

    frame: str
    score: float = Field(ge=0, le=1)
    stance: str
    stance_score: float | None = Field(ge=0, le=1)
    evidence: list[_Span]


class _Source(BaseModel):
    text: str
    start: int
    end: int


class _Stored(BaseModel):
    """The object that ``docs/results.md`` documents; fields may be added within version 1."""

    model_config = ConfigDict(extra="allow", protected_namespaces=())

    schema_: str = Field(alias="schema")
    doc: str
    n: int = Field(ge=0)
    start: int = Field(ge=0)
    end: int
    text: str
    kind: Kind
    paragraph: int
    primary: str | None
    stance: str | None
    frames: list[_Found]
    source: _Source | None
    confidence: float | None = None
    abstained: bool
    truncated: bool
    model: str
    shifts: list[_Span] = Field(default_factory=list)
    meta: dict[str, Any] = Field(default_factory=dict)


def check_stored(raw: Mapping[str, Any], shown: str, line: int, codebook: Codebook) -> Row:
    """Return a result with all fields that it must have.

    Raises:
        InputError: A field is missing or wrong; the message names file, line and field.
        CodebookError: It names a frame or a stance that *codebook* lacks.
    """
    schema = raw.get("schema")
    if "schema" in raw and schema != SCHEMA:
        problem = f"is {schema!r}, this version reads {SCHEMA!r}; classify the releases again"
        raise InputError(problem, path=shown, line=line, field="schema")
    try:
        row = _Stored.model_validate(raw).model_dump(by_alias=True)
    except ValidationError as error:
        raise _readable(error, shown, line) from error
    for found in row["frames"]:
        codebook.check_frame(found["frame"], path=shown, line=line, field="frames")
        codebook.check_stance(found["stance"], path=shown, line=line, field="frames")
    first = row["frames"][0] if row["frames"] else {"frame": None, "stance": None}
    for name, value in (("primary", first["frame"]), ("stance", first["stance"])):
        if row[name] != value:
            problem = f"is {row[name]!r}, but `frames` begins with {value!r}; {AGAIN}"
            raise InputError(problem, path=shown, line=line, field=name)
    _place(row, "shifts" in raw, shown, line)
    return row


def _readable(error: ValidationError, shown: str, line: int) -> InputError:
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"] if not isinstance(part, int))
    if first["type"] == "missing":
        problem = f"is missing; {AGAIN}"
    else:
        given = json.dumps(first["input"], ensure_ascii=False, default=str)[:60]
        problem = f"{first['msg'][:1].lower()}{first['msg'][1:]}, not {given}; {AGAIN}"
    return InputError(problem, path=shown, line=line, field=field)


def _place(row: Row, shifted: bool, shown: str, line: int) -> None:
    """Check that all offsets fit the text, which tables without ``shifts`` give only where nothing was mended."""
    length = row["end"] - row["start"]
    if length != to_original(len(row["text"]), [(place, by) for place, by in row["shifts"]]):
        if shifted or length < 1:
            problem = f"has {len(row['text'])} characters, but `start` and `end` are {length} apart; {AGAIN}"
            raise InputError(problem, path=shown, line=line, field="text")
        _without_places(row, length)
    spans = [("frames.evidence", span) for found in row["frames"] for span in found["evidence"]]
    if row["source"] is not None:
        spans.append(("source", [row["source"]["start"], row["source"]["end"]]))
    for name, (start, end) in spans:
        if not row["start"] <= start <= end <= row["end"]:
            problem = f"the span {start} to {end} leaves the sentence, {row['start']} to {row['end']}; {AGAIN}"
            raise InputError(problem, path=shown, line=line, field=name)


def _without_places(row: Row, length: int) -> None:
    """Make a row whole whose text was mended, in a form that does not say where: evidence is left out."""
    size = len(row["text"])
    row["shifts"] = [[size, length - size]]
    for found in row["frames"]:
        found["evidence"] = []
    if row["source"] is not None:
        at = row["text"].find(row["source"]["text"])
        end = at + len(row["source"]["text"])
        fits = at >= 0 and end <= min(size, length)
        row["source"] = row["source"] | {"start": row["start"] + at, "end": row["start"] + end} if fits else None
