"""One labelled record, as a mapping of field to value, checked and turned into a ``LabelledSentence``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from numbers import Integral
from typing import Any

from ..errors import InputError, nearest
from .codebook import Codebook
from .strict import load_json
from .types import LabelledSentence, Span

__all__ = ["FIELDS", "find_source", "parse_record"]

#: Fields with a meaning; every other field of a record travels along as ``meta``.
FIELDS = ("id", "event", "doc", "n", "text", "labels", "source", "source_at", "publisher")


def parse_record(raw: Mapping[str, Any], codebook: Codebook, *, path: str, line: int) -> LabelledSentence:
    """Check a record in the labelled-sentence format.

    ``labels`` is an object from frame to stance, primary first, or a list of objects ``{frame, stance}``. A
    stance may be null where the data has none. ``source`` is the exact words, or null for no source;
    ``source_at`` gives them as start and end instead. A record without both says nothing of sources.

    Raises:
        InputError: A field is missing or wrong; the message names file, line and field.
    """
    for required in ("text", "labels"):
        if required not in raw:
            hint = nearest(required, raw) if raw else ""
            raise InputError(f"the field is missing{hint}", path=path, line=line, field=required)
    text = raw["text"]
    if not isinstance(text, str) or not text.strip():
        raise InputError("must be a text that is not empty", path=path, line=line, field="text")
    identifier = _string(raw, "id", path, line) or f"{path}:{line}"
    doc = _string(raw, "doc", path, line)
    number = _whole(raw.get("n"))
    if number is None and raw.get("n") is not None:
        raise InputError(f"must be a whole number, not {raw['n']!r}", path=path, line=line, field="n")
    doc = doc or text
    return LabelledSentence(
        id=identifier,
        doc=doc,
        event=_string(raw, "event", path, line) or doc,
        n=number or 0,
        text=text,
        labels=_labels(raw["labels"], codebook, path, line),
        source=_source(raw, text, path, line),
        source_known="source" in raw or "source_at" in raw,
        publisher=_string(raw, "publisher", path, line),
        place=f"{path}:{line}",
        meta={name: value for name, value in raw.items() if name not in FIELDS},
    )


def _string(raw: Mapping[str, Any], name: str, path: str, line: int) -> str | None:
    value = raw.get(name)
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, str):
        return value
    number = _whole(value)
    if number is None:
        raise InputError(f"must be a text, not {value!r}", path=path, line=line, field=name)
    return str(number)


def _whole(value: Any) -> int | None:
    """Return *value* as a whole number, also where pandas or numpy made it 3.0 or an int64, or None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, Integral) or (isinstance(value, float) and value.is_integer()):
        return int(value)
    return None


def _labels(value: Any, codebook: Codebook, path: str, line: int) -> dict[str, str | None]:
    if isinstance(value, str):  # a table keeps the object as JSON text
        value = _json(value, "labels", path, line)
    if isinstance(value, list):
        if not all(isinstance(item, Mapping) and "frame" in item for item in value):
            raise InputError("a list of labels holds objects {frame, stance}", path=path, line=line, field="labels")
        pairs = [(item["frame"], item.get("stance")) for item in value]
    elif isinstance(value, Mapping):
        pairs = list(value.items())
    else:
        raise InputError(
            'must be an object from frame to stance, such as {"blockade": "rejects"}; {} is no frame',
            path=path,
            line=line,
            field="labels",
        )
    labels: dict[str, str | None] = {}
    for frame, stance in pairs:
        codebook.check_frame(str(frame), path=path, line=line, field="labels")
        if str(frame) in labels:
            raise InputError(f"the frame {frame!r} stands twice", path=path, line=line, field="labels")
        if stance is not None:
            codebook.check_stance(str(stance), path=path, line=line, field=f"labels.{frame}")
        labels[str(frame)] = None if stance is None else str(stance)
    return labels


def _json(value: str, name: str, path: str, line: int) -> Any:
    try:
        return load_json(value)
    except ValueError as error:
        raise InputError(f"is not JSON: {error}", path=path, line=line, field=name) from error


def _source(raw: Mapping[str, Any], text: str, path: str, line: int) -> Span | None:
    words = raw.get("source")
    if isinstance(words, Mapping):  # as in the results of classify
        words = words.get("text")
    if words is not None and not isinstance(words, str):
        raise InputError(f"must be words of the text, not {words!r}", path=path, line=line, field="source")
    words = words if words and words.strip() else None
    span = raw.get("source_at")
    if isinstance(span, str):  # a table keeps the list as JSON text
        span = _json(span, "source_at", path, line) if span.strip() else None
    if span is not None:
        valid = isinstance(span, (list, tuple)) and len(span) == 2 and all(type(item) is int for item in span)
        if not valid or not 0 <= span[0] < span[1] <= len(text):
            raise InputError(
                f"must be start and end within the text of {len(text)} characters, not {span!r}",
                path=path,
                line=line,
                field="source_at",
            )
        if words is not None and text[span[0] : span[1]] != words:
            problem = f"holds {text[span[0] : span[1]]!r}, but source says {words!r}"
            raise InputError(problem, path=path, line=line, field="source_at")
        return span[0], span[1]
    if words is None:
        return None
    found = find_source(words, text)
    if found is None:
        raise InputError(
            f"{words!r} does not stand in the text; give its exact words",
            path=path,
            line=line,
            field="source",
        )
    return found


def find_source(source: str, text: str) -> Span | None:
    """Return the first place where the words of *source* stand in *text* as whole words, or None."""
    before = r"(?<!\w)" if source[:1].isalnum() else ""
    after = r"(?!\w)" if source[-1:].isalnum() else ""
    match = re.search(f"{before}{re.escape(source)}{after}", text)
    return match.span() if match else None
