"""What the report page shows of wrong answers, and the documents in which they stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import escape

from .facts import Facts, finite
from .marking import Piece, cut
from .pages import score
from .report_sections import Section

__all__ = ["errors_and_documents"]

#: Errors of a kind that are shown, and characters of a sentence.
_LISTED, _LETTERS = 20, 1_500
#: Bytes of the sentences around the errors, so that the page stays small.
_BYTES = 1_000_000
#: Sentences on each side of an error that are shown: all, or fewer until the page is small enough.
_AROUND: tuple[int | None, ...] = (None, 8, 4, 2, 1, 0)


@dataclass
class _Places:
    """Anchors of the sentences in the appendix, and of the errors that lead there."""

    sentences: dict[tuple[str, str], str] = field(default_factory=dict)
    errors: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def of(self, doc: str, name: str) -> str | None:
        return self.sentences.get((doc, name))


def errors_and_documents(facts: Facts) -> list[Section]:
    """Return the section of errors and, where texts or ids of their documents are given, the appendix.

    Each error leads to its place in the appendix and each marked sentence of the appendix back to its error.
    """
    kinds = [
        raw for raw in facts.listed("errors") if isinstance(raw, Mapping) and (raw.get("count") or raw.get("listed"))
    ]
    if not kinds:
        return []
    places = _Places()
    # The older name of the list is that of the count.
    given = facts.listed("passages") or facts.listed("documents")
    documents = _documents(given, places, _around(given))
    groups: list[dict[str, Any]] = []
    for position, raw in enumerate(kinds):
        listed = list(raw.get("listed") or ())[:_LISTED]
        groups.append(
            {
                "id": f"errors-{position}",
                "title": str(raw.get("title") or raw.get("kind") or "errors"),
                "count": int(finite(raw.get("count")) or len(listed)),
                "listed": [_error(facts, row, f"error-{position}-{index}", places) for index, row in enumerate(listed)],
            }
        )
    for document in documents:
        for row in document["rows"]:
            row["errors"] = places.errors.get((document["doc"], row["id"]), [])
    without = any(one["text"] is None for group in groups for one in group["listed"])
    sections = [Section("errors", "Errors by kind", {"groups": groups, "without": without})]
    if documents:
        content = {"documents": documents, "without": without, "language": _language(facts)}
        sections.append(Section("documents", "Documents of the errors", content))
    return sections


def _language(facts: Facts) -> str:
    return str(facts.part("codebook").get("language") or "")


def _error(facts: Facts, raw: Mapping[str, Any], anchor: str, places: _Places) -> dict[str, Any]:
    doc, name = str(raw.get("doc") or ""), str(raw.get("id") or "")
    there = places.of(doc, name)
    if there is not None:
        places.errors.setdefault((doc, name), []).append(anchor)
    predicted = list(raw.get("predicted") or ())
    stanced = len(facts.stances) > 1
    return {
        "anchor": anchor,
        "there": there,
        "id": name,
        "doc": doc,
        "n": raw.get("n"),
        "start": raw.get("start"),
        "text": raw.get("text"),
        "pieces": _pieces(raw.get("text"), predicted),
        "frames": [facts.frame_class(str(found.get("frame"))) for found in predicted],
        "gold": [
            _label(facts, str(frame), stance if stanced else None) for frame, stance in (raw.get("gold") or {}).items()
        ],
        "gold_source": _source(raw.get("gold_source")),
        "predicted": [
            _label(facts, str(found.get("frame")), found.get("stance") if stanced else None)
            | {
                "score": score(finite(found.get("score"))),
                "stance_score": score(finite(found.get("stance_score"))) if stanced else None,
            }
            for found in predicted
        ],
        "source": _source(raw.get("source")),
        "confidence": score(finite(raw.get("confidence"))),
        "abstained": bool(raw.get("abstained")),
    }


def _label(facts: Facts, frame: str, stance: str | None) -> dict[str, Any]:
    title, tone = facts.frame_title(frame), facts.frame_class(frame)
    return {"class": tone, "title": title, "stance": stance, "score": None, "stance_score": None}


def _source(given: Any) -> str | None:
    """Return the words of a source, or its offsets where words may not be shown."""
    if isinstance(given, str):
        return given
    return f"characters {given[0]} to {given[1]}" if given else None


def _pieces(text: str | None, predicted: Sequence[Mapping[str, Any]]) -> list[Piece]:
    if text is None:
        return []
    shown = _shortened(text)
    spans = [
        [(max(0, start), min(end, len(shown))) for start, end in found.get("evidence") or () if start < len(shown)]
        for found in predicted
    ]
    return cut(shown, [[span for span in row if span[0] < span[1]] for row in spans], None)


def _shortened(text: str) -> str:
    return text if len(text) <= _LETTERS else text[:_LETTERS].rstrip() + " …"


def _documents(given: Sequence[Mapping[str, Any]], places: _Places, around: int | None) -> list[dict[str, Any]]:
    documents = []
    for index, raw in enumerate(given):
        doc = str(raw.get("doc") or "")
        rows: list[dict[str, Any]] = []
        left = 0
        for place, row, shown in _near(raw.get("sentences") or (), around):
            left += int(finite(row.get("left")) or 0)  # by the evaluation, before it
            if not shown:
                left += 1
                continue
            name, text = str(row.get("id") or ""), row.get("text")
            anchor = f"s-{index}-{place}"
            places.sentences.setdefault((doc, name), anchor)
            rows.append(
                {
                    "anchor": anchor,
                    "id": name,
                    "n": row.get("n"),
                    "text": None if text is None else _shortened(text),
                    "left": left,
                }
            )
            left = 0
        left += int(finite(raw.get("left")) or 0)
        documents.append({"anchor": f"doc-{index}", "doc": doc, "rows": rows, "left": left})
    return documents


def _near(sentences: Sequence[Mapping[str, Any]], around: int | None) -> Iterator[tuple[int, Mapping[str, Any], bool]]:
    """Yield each sentence with its place, and whether it is near enough to an error to be shown."""
    wrong = [place for place, row in enumerate(sentences) if row.get("error")]
    for place, row in enumerate(sentences):
        yield place, row, around is None or any(abs(place - one) <= around for one in wrong)


def _around(given: Sequence[Mapping[str, Any]]) -> int | None:
    """Return how many sentences on each side of an error can be shown without making the page too large."""

    def weight(around: int | None) -> int:
        # What surrounds a sentence in the page weighs about 150 bytes.
        return sum(
            150 + len(str(escape(_shortened(row.get("text") or ""))).encode("utf-8", "replace"))
            for raw in given
            for _, row, shown in _near(raw.get("sentences") or (), around)
            if shown
        )

    return next((around for around in _AROUND if weight(around) <= _BYTES), _AROUND[-1])
