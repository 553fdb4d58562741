"""How well documents are cut into story, page furniture and sentences, against gold that people wrote.

All comparing leaves white space out of account: a line break inside a sentence is a blank.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from ..data.normalise import normalise
from ..data.types import Kind, Sentence
from ..errors import InputError

__all__ = ["GoldDocument", "Segmentation", "compare", "read_gold"]

#: Share of the characters of a sentence that must be kept for it to count as kept.
_KEPT = 0.9


@dataclass(frozen=True, slots=True)
class GoldDocument:
    """What a careful reader says of a document.

    Attributes:
        headline: Headline and sub-headlines.
        body: Sentences of the story in reading order.
        optional: What counts neither way: captions, bylines, datelines, sub-headings.
        furniture: All else that is visible.
    """

    headline: tuple[str, ...] = ()
    body: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    furniture: tuple[str, ...] = ()


@dataclass(slots=True)
class Segmentation:
    """Counts over documents; they add up.

    Attributes:
        body: Gold sentences of headlines and body.
        body_kept: Those of them that come out as body or headline.
        furniture: Gold pieces of furniture.
        furniture_marked: Those of them that come out as boilerplate.
        marked: Pieces that come out as boilerplate and are known to be story or furniture.
        marked_rightly: Those of them that are furniture.
        ends: Gold ends of body sentences; ``ends_found`` of them are ends, beside ``ends_false`` within sentences.
        inner_ends: The same for ends after which the paragraph goes on, which only a splitter can find.
        unplaced: Gold sentences whose characters are not in the text at all, which counts as lost.
    """

    documents: int = 0
    body: int = 0
    body_kept: int = 0
    furniture: int = 0
    furniture_marked: int = 0
    marked: int = 0
    marked_rightly: int = 0
    ends: int = 0
    ends_found: int = 0
    ends_false: int = 0
    inner_ends: int = 0
    inner_ends_found: int = 0
    unplaced: int = 0

    def __iadd__(self, other: Segmentation) -> Segmentation:
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))
        return self

    @property
    def body_recall(self) -> float:
        """Share of the story's sentences that are kept."""
        return _ratio(self.body_kept, self.body)

    @property
    def boilerplate_precision(self) -> float:
        """Share of the pieces marked as boilerplate that are no part of the story."""
        return _ratio(self.marked_rightly, self.marked)

    @property
    def boilerplate_recall(self) -> float:
        """Share of the page furniture that is marked."""
        return _ratio(self.furniture_marked, self.furniture)

    @property
    def boundary_f1(self) -> float:
        """F1 of the ends of body sentences."""
        return _ratio(2 * self.ends_found, self.ends + self.ends_found + self.ends_false)

    @property
    def inner_boundary_f1(self) -> float:
        """F1 of the ends after which the paragraph goes on."""
        return _ratio(2 * self.inner_ends_found, self.inner_ends + self.inner_ends_found + self.ends_false)


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def read_gold(path: Path) -> list[GoldDocument]:
    """Return the gold of the documents in one file; a feed has one for each entry, a scanned page none.

    Raises:
        InputError: A field is unknown or no list of texts.
    """
    content = json.loads(path.read_text(encoding="utf-8"))
    entries = content.get("entries", [content])
    return [_gold(entry, path) for entry in entries]


def _gold(entry: Mapping[str, Any], path: Path) -> GoldDocument:
    known = {field.name for field in fields(GoldDocument)}
    for name, texts in entry.items():
        if name == "note":
            continue
        if name not in known or not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise InputError(f"expected a list of texts under one of {', '.join(sorted(known))}", path=path, field=name)
    return GoldDocument(**{name: tuple(texts) for name, texts in entry.items() if name in known})


def compare(
    gold: GoldDocument, sentences: Sequence[Sentence], *, on_error: Callable[[str], object] = str
) -> Segmentation:
    """Count what of *gold* the *sentences* of a release keep.

    Args:
        gold: What a reader says.
        sentences: All pieces of the release, in order, boilerplate as well.
        on_error: Called with a line about each difference that counts.
    """
    text, kinds, ends = _stream(sentences)
    places = _places(gold, text)
    result = Segmentation(documents=1)
    _count_story(gold, places, kinds, result, on_error)
    _count_marked(sentences, places, ends, result, on_error)
    _count_ends(gold, places, sentences, kinds, ends, result, on_error)
    return result


def _plain(text: str) -> str:
    return "".join(normalise(text)[0].split())


def _stream(sentences: Sequence[Sentence]) -> tuple[str, list[Kind], list[int]]:
    """Return all characters that are no white space, the kind of each, and where each sentence ends."""
    pieces = [_plain(item.text) for item in sentences]
    kinds = [item.kind for item, piece in zip(sentences, pieces, strict=True) for _ in piece]
    ends = []
    position = 0
    for piece in pieces:
        position += len(piece)
        ends.append(position)
    return "".join(pieces), kinds, ends


@dataclass(slots=True)
class _Places:
    """Where gold stands in the stream: spans by list and number, None for what is not there."""

    headline: list[tuple[int, int] | None]
    body: list[tuple[int, int] | None]
    optional: list[tuple[int, int] | None]
    furniture: list[tuple[int, int] | None]


def _places(gold: GoldDocument, text: str) -> _Places:
    taken = bytearray(len(text))
    body = list(_in_order(gold.body, text, taken))
    # A text that is headline and furniture as well stands first where the furniture is: in the breadcrumbs.
    rest = ("furniture", "optional", "headline")
    strings = [(name, string) for name in rest for string in getattr(gold, name)]
    found = _anywhere([string for _, string in strings], text, taken)
    places: dict[str, list[tuple[int, int] | None]] = {name: [] for name in rest}
    for (name, _), place in zip(strings, found, strict=True):
        places[name].append(place)
    return _Places(body=body, **places)


def _in_order(strings: Iterable[str], text: str, taken: bytearray) -> Iterator[tuple[int, int] | None]:
    position = 0
    for string in strings:
        plain = _plain(string)
        start = text.find(plain, position)
        if start < 0:
            start = _free(plain, text, taken)
        if start < 0 or not plain:
            yield None
            continue
        end = start + len(plain)
        taken[start:end] = b"\1" * len(plain)
        position = max(position, end)
        yield start, end


def _free(plain: str, text: str, taken: bytearray) -> int:
    start = text.find(plain)
    while start >= 0 and any(taken[start : start + len(plain)]):
        start = text.find(plain, start + 1)
    return start


def _anywhere(strings: Sequence[str], text: str, taken: bytearray) -> list[tuple[int, int] | None]:
    """Place strings wherever they are; the longest first, since a short one may stand inside of another."""
    found: list[tuple[int, int] | None] = [None] * len(strings)
    for number in sorted(range(len(strings)), key=lambda number: -len(_plain(strings[number]))):
        plain = _plain(strings[number])
        start = _free(plain, text, taken) if plain else -1
        if start >= 0:
            found[number] = (start, start + len(plain))
            taken[start : start + len(plain)] = b"\1" * len(plain)
    return found


def _count_story(
    gold: GoldDocument,
    places: _Places,
    kinds: Sequence[Kind],
    result: Segmentation,
    on_error: Callable[[str], object],
) -> None:
    story = [*zip(gold.headline, places.headline, strict=True), *zip(gold.body, places.body, strict=True)]
    for string, place in story:
        result.body += 1
        if place is None:
            result.unplaced += 1
            on_error(f"lost: {string}")
        elif _share(kinds, place, "boilerplate") > 1 - _KEPT:
            on_error(f"marked as boilerplate: {string}")
        else:
            result.body_kept += 1
    for string, place in zip(gold.furniture, places.furniture, strict=True):
        if place is not None:
            result.furniture += 1
            if _share(kinds, place, "boilerplate") >= _KEPT:
                result.furniture_marked += 1
            else:
                on_error(f"furniture kept: {string}")


def _share(kinds: Sequence[Kind], place: tuple[int, int], kind: Kind) -> float:
    inside = kinds[slice(*place)]
    return inside.count(kind) / len(inside)


def _count_marked(
    sentences: Sequence[Sentence],
    places: _Places,
    ends: Sequence[int],
    result: Segmentation,
    on_error: Callable[[str], object],
) -> None:
    story, furniture = set[int](), set[int]()
    for place in (*places.headline, *places.body):
        story.update(range(*place) if place else ())
    for place in places.furniture:
        furniture.update(range(*place) if place else ())
    start = 0
    for item, end in zip(sentences, ends, strict=True):
        inside = range(start, end)
        start = end
        if item.kind != "boilerplate" or not inside:
            continue
        wrong = sum(place in story for place in inside)
        right = sum(place in furniture for place in inside)
        if wrong or right:
            result.marked += 1
            result.marked_rightly += not wrong
            if wrong:
                on_error(f"boilerplate that holds story: {item.text}")


def _count_ends(
    gold: GoldDocument,
    places: _Places,
    sentences: Sequence[Sentence],
    kinds: Sequence[Kind],
    ends: Sequence[int],
    result: Segmentation,
    on_error: Callable[[str], object],
) -> None:
    predicted = set(ends)
    starts = {place[0] for place in places.body if place}
    paragraph_ends = {
        end
        for number, end in enumerate(ends)
        if number + 1 == len(ends) or sentences[number].paragraph != sentences[number + 1].paragraph
    }
    for string, place in zip(gold.body, places.body, strict=True):
        if place is None or _share(kinds, place, "boilerplate") > 1 - _KEPT:
            continue
        start, end = place
        inner = end in starts and end not in paragraph_ends
        result.ends += 1
        result.inner_ends += inner
        if end in predicted:
            result.ends_found += 1
            result.inner_ends_found += inner
        else:
            on_error(f"not ended after: {string}")
        inside = [cut for cut in predicted if start < cut < end]
        result.ends_false += len(inside)
        if inside:
            on_error(f"cut into {len(inside) + 1}: {string}")
