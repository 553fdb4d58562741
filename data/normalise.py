"""Text as a reader sees it: composed characters, no soft hyphens, nothing that has no width.

What is left out or joined shifts all that follows. The shifts are kept, so that every place in the text that
is read can be named in the text that was written.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence

__all__ = ["Shift", "is_blank", "normalise", "shifts_between", "spans_to_original", "to_original", "to_text"]

#: A place in the text that is read, and how many characters further on it stands in the text that was written.
#: It holds from that place up to the next shift.
Shift = tuple[int, int]

#: Soft hyphen, zero-width and direction marks, byte order mark, variation selectors and tags.
_WIDTHLESS = (
    "\u00ad\u034f\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\U000e0000-\U000e0fff"
)
#: Control characters that are no white space.
_CONTROL = "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"
#: They join or part the letters of some scripts, where leaving them out would change the word.
_JOINERS = "\u200c\u200d"
_LIGATURES = "\ufb00-\ufb06"
_SPECIAL = re.compile(f"[{_WIDTHLESS}{_CONTROL}{_JOINERS}{_LIGATURES}]")
_UNSEEN = re.compile(f"[{_WIDTHLESS}{_CONTROL}{_JOINERS}]+")
_BLANK = re.compile(rf"[\s{_WIDTHLESS}{_CONTROL}{_JOINERS}]*")
#: Scripts and pictures that use joiners; not Latin, Greek, Cyrillic and Armenian, nor the marks of all scripts.
_JOINING = re.compile("[\u0590-\u1dff\u2190-\u2c5f\u2c80-\ua71f\ua800-\ufaff\ufb1d-\U0010ffff]")
#: A letter with more marks than this is no letter; it is cut, so that the time stays in bounds.
_LONGEST_CLUSTER = 32
_WORDS = re.compile(r"\S+|\s+")


def normalise(text: str) -> tuple[str, tuple[Shift, ...]]:
    """Return *text* in NFC without what hides words, and where it differs from the original.

    Soft hyphens, zero-width and control characters are left out, joiners only where no script needs them, and
    the ligatures of typesetters (U+FB00 to U+FB06) become letters. White space and all else stay.

    Returns:
        The text and its shifts in ascending order; none where nothing was changed.
    """
    if unicodedata.is_normalized("NFC", text) and not _SPECIAL.search(text):
        return text, ()
    pieces: list[str] = []
    shifts: list[Shift] = []
    position = 0
    shift = 0
    for word in _WORDS.finditer(text):
        written = word[0]
        if not _SPECIAL.search(written) and unicodedata.is_normalized("NFC", written):
            pieces.append(written)
            position += len(written)
            continue
        for read, length in _clusters(written):
            pieces.append(read)
            position += len(read)
            if len(read) != length:
                shift += length - len(read)
                if shifts and shifts[-1][0] == position:
                    shifts.pop()
                shifts.append((position, shift))
    return "".join(pieces), tuple(shifts)


def _clusters(word: str) -> Iterator[tuple[str, int]]:
    """Yield what is read and how many characters were written for it, piece by piece."""
    dropped = _dropped(word)
    cluster = ""
    length = 0
    for index, character in enumerate(word):
        if index in dropped:
            # It belongs to what stands before it.
            length += 1
            continue
        if cluster and (len(cluster) >= _LONGEST_CLUSTER or not _combines(cluster, character)):
            yield _read(cluster), length
            cluster, length = "", 0
        elif not cluster and length:
            yield "", length
            length = 0
        cluster += character
        length += 1
    yield _read(cluster), length


def _dropped(word: str) -> set[int]:
    """Return the places of what is left out; a joiner stays beside a letter of a script that needs it."""
    dropped = set[int]()
    for unseen in _UNSEEN.finditer(word):
        first, end = unseen.span()
        joins = _JOINING.match(word, end) or (first > 0 and _JOINING.match(word, first - 1))
        dropped.update(place for place in range(first, end) if not (joins and word[place] in _JOINERS))
    return dropped


def _combines(cluster: str, character: str) -> bool:
    if character.isascii():
        return False
    if unicodedata.combining(character):
        return True
    apart = unicodedata.normalize("NFC", cluster) + unicodedata.normalize("NFC", character)
    return unicodedata.normalize("NFC", cluster + character) != apart


def _read(cluster: str) -> str:
    if len(cluster) == 1 and "\ufb00" <= cluster <= "\ufb06":
        return unicodedata.normalize("NFKC", cluster)
    return unicodedata.normalize("NFC", cluster)


def is_blank(text: str) -> bool:
    """Return whether nothing of *text* is visible."""
    return _BLANK.fullmatch(text) is not None


def to_original(position: int, shifts: Sequence[Shift]) -> int:
    """Return where *position* of the text that is read stands in the text that was written."""
    index = bisect_right(shifts, position, key=_place)
    original = position + (shifts[index - 1][1] if index else 0)
    # Of a ligature, more is read than was written; no letter of it stands beyond its end.
    return min(original, sum(shifts[index])) if index < len(shifts) else original


def spans_to_original(spans: Sequence[tuple[int, int]], shifts: Sequence[Shift]) -> list[tuple[int, int]]:
    """Return ``to_original`` of both ends of each span; quick where they follow each other, as tokens do."""
    places = [0, *(place for place, _ in shifts), sys.maxsize]
    moves = [0, *(shift for _, shift in shifts)]
    ends = [*(place + shift for place, shift in shifts), sys.maxsize]
    moved: list[tuple[int, int]] = []
    low = high = move = last = 0  # from low to below high positions move by the same step, not beyond last
    for start, end in spans:
        if not low <= start < high:
            index = bisect_right(places, start, 1) - 1
            low, high, move, last = places[index], places[index + 1], moves[index], ends[index]
        first = start + move
        other = end + move if low <= end < high else to_original(end, shifts)
        moved.append((first if first < last else last, other if other < last or end >= high else last))
    return moved


def to_text(offset: int, shifts: Sequence[Shift]) -> int:
    """Return where *offset* of the text that was written stands in the text that is read.

    An offset inside of what was left out or joined becomes the beginning of it.
    """
    index = bisect_right(shifts, offset, key=sum) - 1
    position = offset if index < 0 else offset - shifts[index][1]
    if index + 1 < len(shifts):
        # What lies before the next shift does not reach beyond it.
        position = min(position, shifts[index + 1][0] - 1)
    return max(position, 0)


def shifts_between(shifts: Sequence[Shift], start: int, end: int) -> tuple[Shift, ...]:
    """Return the shifts of the stretch from *start* to *end*, counted from its beginning."""
    if not shifts:
        return ()
    before = to_original(start, shifts) - start
    first, last = bisect_right(shifts, start, key=_place), bisect_right(shifts, end, key=_place)
    return tuple((place - start, shift - before) for place, shift in shifts[first:last])


def _place(shift: Shift) -> int:
    return shift[0]
