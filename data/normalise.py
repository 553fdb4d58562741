"""Text as a reader sees it: composed characters, no soft hyphens, nothing that has no width.

What is left out or joined shifts all that follows. The shifts are kept, so that every place in the text that
is read can be named in the text that was written.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence

__all__ = ["Shift", "normalise", "shifts_between", "to_original", "to_text"]

#: A place in the text that is read, and how many characters further on it stands in the text that was written.
#: It holds from that place up to the next shift.
Shift = tuple[int, int]

#: Soft hyphen, zero-width and direction marks, byte order mark, control characters that are no white space.
_WIDTHLESS = "\u00ad\u034f\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff"
_CONTROL = "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"
#: They join or part the letters of some scripts, where leaving them out would change the word.
_JOINERS = "\u200c\u200d"
_LIGATURES = "\ufb00-\ufb06"
_SPECIAL = re.compile(f"[{_WIDTHLESS}{_CONTROL}{_JOINERS}{_LIGATURES}]")
_DROPPED = re.compile(f"[{_WIDTHLESS}{_CONTROL}]")
#: From here on, scripts use joiners; below lie Latin, Greek, Cyrillic and Armenian.
_JOINING_SCRIPTS = "\u0590"
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
        if written.isascii() and not _SPECIAL.search(written):
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
    cluster = ""
    length = 0
    for index, character in enumerate(word):
        if _is_dropped(word, index):
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


def _is_dropped(word: str, index: int) -> bool:
    character = word[index]
    if character in _JOINERS:
        return all(near < _JOINING_SCRIPTS for near in (word[index - 1 : index], word[index + 1 : index + 2]))
    return _DROPPED.match(character) is not None


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


def to_original(position: int, shifts: Sequence[Shift]) -> int:
    """Return where *position* of the text that is read stands in the text that was written."""
    index = bisect_right(shifts, position, key=_place) - 1
    return position if index < 0 else position + shifts[index][1]


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
