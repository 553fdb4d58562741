"""From a release to its sentences: syntok's segmenter behind our own repairs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal

from .documents import segment
from .normalise import Shift, normalise, shifts_between, to_original, to_text
from .sentence_rules import RULES, is_item_label, starts_item
from .types import Kind, Release, Sentence, Span

__all__ = ["release_sentences", "split_sentences"]

#: Characters that the rules see on either side of a place where a sentence may end.
_WINDOW = 80
#: Characters that syntok sees at once, so that a document on one line does not fill the memory, and those at
#: the end of them after whose beginning it may lack what follows.
_LONGEST_WINDOW, _MARGIN = 50_000, 2_000
#: No label of an item is longer.
_LONGEST_LABEL = 16

_CANDIDATE = re.compile(
    r"(?<![.!?…])[.!?…]++(?:\[(?:\d{1,3}|[a-z]|citation needed)\](?::\d[\d–-]*)?"
    r"|(?<!\d[.!?…])\d{1,2}|[¹²³⁴-⁹*†]|[^\S\n]?»|[\"”’'“)\]])*+\s++(?=\S)"
)
#: What syntok may break a sentence at: its terminals and opening brackets.
_TERMINAL = ".!?;\u203c\u203d\u2047-\u2049\u3002\ufe52\ufe57\uff01\uff0e\uff1f\uff61"
_BRACKET = re.compile("[(\\[{\uff5f\uff5b\uff3b\uff08\ufe5d\ufe5b\ufe59\ufd3e\u301a\u3018\u2985\u2983\u2329]")
#: A chunk that syntok cannot break: nothing of this kind in it but one stop at its end.
_WHOLE = re.compile(rf"[^{_TERMINAL}]*+[{_TERMINAL}]?\s*")
#: Plain words between others, to which syntok does not look; see ``_shortened``.
_PLAIN = rf"[^\W_][^\s\u200b\x1c-\x1f{_TERMINAL}]*+"
_DULL = re.compile(
    rf"(?<![^ \n])(?:{_PLAIN}[ \n]++){{2}}((?:{_PLAIN}[ \n]++){{3,}})(?={_PLAIN}[ \n]++{_PLAIN}(?:[ \n]|\Z))"
)
_LATE_CLOSE = re.compile(r"[»”’)\]]+(?:\s+|\Z)")
_ADDRESS_LEFT = re.compile(r"(?:://|\bwww\.|@)\S*\Z")
_ADDRESS_RIGHT = re.compile(r"(?:com|org|net|gov|edu|int|info|eu)\b", re.IGNORECASE)


def split_sentences(text: str) -> list[Span]:
    """Return the spans of the sentences of *text*, trimmed, in order and without overlap.

    Every character that is not white space lies in exactly one span. Blank lines and list items always end a
    sentence, other line breaks do not.
    """
    spans = []
    for chunk_start, chunk_end in _chunks(text):
        start = chunk_start
        for end in [*_breaks(text, chunk_start, chunk_end), chunk_end]:
            span = _trim(text, start, end)
            if span[0] < span[1]:
                spans.append(span)
            start = end
    return spans


def release_sentences(release: Release, *, unit: Literal["document", "sentence"] = "document") -> list[Sentence]:
    """Return the sentences of *release* in the order of its text.

    Args:
        release: The document as it was read.
        unit: ``document`` cleans and splits the text; a piece of boilerplate stays in one. ``sentence`` takes
            each line that is not blank as one sentence of the body, as it stands.
    """
    text, shifts = normalise(release.text)
    if shifts:
        release = _with_text(release, text, shifts)
    pieces = _as_lines(text) if unit == "sentence" else _as_document(release)
    return [
        Sentence(
            doc=release.doc,
            n=n,
            start=to_original(start, shifts),
            end=to_original(end, shifts),
            text=text[start:end],
            kind=kind,
            paragraph=paragraph,
            meta=release.meta,
            shifts=shifts_between(shifts, start, end),
        )
        for n, (start, end, paragraph, kind) in enumerate(pieces)
    ]


def _with_text(release: Release, text: str, shifts: Sequence[Shift]) -> Release:
    """Return *release* with the text that is read, and its spans moved to it."""

    def moved(span: Span) -> Span:
        return to_text(span[0], shifts), to_text(span[1], shifts)

    return replace(
        release,
        text=text,
        furniture=tuple(moved(span) for span in release.furniture),
        title=None if release.title is None else moved(release.title),
    )


def _trim(text: str, start: int, end: int) -> Span:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), max(start, start + len(piece.rstrip()))


def _as_document(release: Release) -> Iterator[tuple[int, int, int, Kind]]:
    """Yield start, end, paragraph and kind of each sentence."""
    for number, part in enumerate(segment(release)):
        if part.kind == "boilerplate":
            yield part.start, part.end, number, part.kind
        else:
            for start, end in split_sentences(release.text[part.start : part.end]):
                yield part.start + start, part.start + end, number, part.kind


def _as_lines(text: str) -> Iterator[tuple[int, int, int, Kind]]:
    """Yield start, end, number and kind of each line that is not blank."""
    position = number = 0
    for line in text.splitlines(keepends=True):
        start, end = _trim(text, position, position + len(line))
        position += len(line)
        if start < end:
            yield start, end, number, "body"
            number += 1


def _chunks(text: str) -> Iterator[Span]:
    """Yield the stretches between blank lines and before list items, across which no sentence runs."""
    start = position = 0
    previous = ""
    for line in text.splitlines(keepends=True):
        if position > start and (not line.strip() or starts_item(line, previous)):
            yield start, position
            start = position
        position += len(line)
        previous = line
    if position > start:
        yield start, position


def _breaks(text: str, start: int, end: int) -> Iterator[int]:
    proposed = set(_syntok_breaks(text, start, end))
    sentence = start
    for place in sorted(proposed | {found.end() for found in _CANDIDATE.finditer(text, start, end)}):
        if start < place < end and _is_break(text, sentence, place, proposed=place in proposed):
            yield place
            sentence = place


def _syntok_breaks(text: str, start: int, end: int) -> Iterator[int]:
    from syntok.segmenter import segment as syntok_segment
    from syntok.tokenizer import Tokenizer

    tokenizer = Tokenizer(replace_not_contraction=False)
    while start < end:
        last = _window_end(text, start, end)
        # A window a call: given an offset, syntok pads its copy of the text with as many blanks.
        window, cuts = _shortened(text[start:last])
        found = syntok_segment(tokenizer.tokenize(window)) if window else ()
        # The first sentence goes on from the window before, or from the break that was found there.
        places = [start + to_original(sentence[0].offset, cuts) for sentence in found][1:]
        if last < end:
            places = [place for place in places if place < last - _MARGIN] or places
        for place in places:
            # A quotation mark set off by a blank closes the sentence before.
            late = _LATE_CLOSE.match(text, place, end)
            yield late.end() if late else place
        # Windows meet where a sentence begins, so that what stands in it is seen as if it stood alone.
        start = last if last == end or not places else places[-1]


def _shortened(text: str) -> tuple[str, list[Shift]]:
    """Return what syntok has to see of *text*, and where the rest was left out; nothing if it cannot break it.

    Its time goes with the words. It decides at terminals and opening brackets alone, by the word before and the words
    after, so plain words between two others change nothing: two of them stay on either side. A bracket is judged by the
    length of what stands in it; then all stays.
    """
    if _BRACKET.search(text):
        return text, []
    if _WHOLE.fullmatch(text):
        return "", []
    pieces: list[str] = []
    cuts: list[Shift] = []
    taken = length = 0
    for dull in _DULL.finditer(text):
        start, end = dull.span(1)
        pieces.append(text[taken:start])
        length += start - taken
        cuts.append((length, end - length))
        taken = end
    return "".join([*pieces, text[taken:]]), cuts


def _window_end(text: str, start: int, end: int) -> int:
    if end - start <= _LONGEST_WINDOW:
        return end
    # A word is not cut, unless it is longer than any.
    blank = text.rfind(" ", start + _LONGEST_WINDOW - _MARGIN, start + _LONGEST_WINDOW)
    return blank + 1 or start + _LONGEST_WINDOW


def _is_break(text: str, sentence: int, place: int, *, proposed: bool) -> bool:
    left = text[max(sentence, place - _WINDOW) : place]
    right = text[place : place + _WINDOW]
    if place - sentence <= _LONGEST_LABEL and is_item_label(text[sentence:place]):
        return False
    if not left[-1].isspace() and (_ADDRESS_LEFT.search(left) or _ADDRESS_RIGHT.match(right)):
        return False
    left = left.rstrip()
    for rule in RULES:
        # What stands after is the cheaper question.
        if rule.right.match(right) and rule.left.search(left):
            return rule.breaks
    return proposed
