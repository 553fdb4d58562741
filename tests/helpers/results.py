"""Results as the model gives them, made by hand, for what writes them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from counterframe.data.types import Result, ScoredFrame, Sentence
from counterframe.inference.forms.rows import Written, result_line

from .tellings import book

__all__ = ["made", "release", "written"]

BOOK = book()


def made(doc: str, n: int, text: str = "Vell spoke.", *, meta: Mapping[str, Any] | None = None) -> Result:
    """Return one result; every second sentence has a frame."""
    found = () if n % 2 else (ScoredFrame(frame="f1", score=0.9, stance="s1", stance_score=0.8, evidence=((0, 4),)),)
    sentence = Sentence(doc=doc, n=n, start=0, end=len(text), text=text, meta=meta or {})
    return Result(
        sentence=sentence,
        primary="f1" if found else None,
        stance="s1" if found else None,
        frames=found,
        source=(0, 4) if found else None,
        confidence=0.72,
        abstained=False,
        truncated=False,
        model="m@1",
    )


def release(doc: str, date: str | None, sentences: int = 3, text: str = "Vell spoke.", **meta: Any) -> list[Result]:
    """Return the results of one document."""
    stated = ({} if date is None else {"date": date}) | meta
    return [made(doc, n, text, meta=stated) for n in range(sentences)]


def written(results: Iterable[Result]) -> Written:
    """Return results as the forms take them."""
    lines = [result_line(result) for result in results]
    meta = dict.fromkeys(name for line in lines for name in json.loads(line)["meta"])

    def rows() -> Iterator[dict[str, Any]]:
        return map(json.loads, lines)

    return Written(rows, list(meta), BOOK, "t", "m@1")
