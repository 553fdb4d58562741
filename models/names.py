"""Names of parties, places and people, hidden from the model: it is to judge the words, not the flag.

A name is told by its capital letter: a word that the training texts never write in lower case. So no list of names is
needed, and names that nobody has seen are found like known ones. It serves languages that write common nouns in lower
case; for others (German) leave it off.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from ..data.normalise import Shift
from ..data.types import Span

__all__ = ["NameMask", "lower_case_words"]

#: A word, or one part of a word with hyphens; an apostrophe ends it, so that "'s" stands apart.
_PART = re.compile(r"[^\W\d_]+")
#: What may stand between two parts of one name: a blank, a hyphen, an apostrophe, a full stop after an initial.
_JOINT = re.compile(r"\.? |[-'’‘ʻʼ`]")
#: Small words inside of names. They count as a part of one only between two others, or before the second.
_PARTICLE = re.compile("[aeu]l|bin|ibn|abu|d[aeiou]|d[ao]s|dell?a?|des|l[ae]|van|von|der|den|ter|[dl]", re.IGNORECASE)
#: From this share of capital letters on, a text is written in capitals, and they tell nothing.
_SHOUTED = 0.7


def lower_case_words(texts: Iterable[str]) -> frozenset[str]:
    """Return the words that *texts* write in lower case: what is no name, even where a sentence begins with it."""
    return frozenset(word for text in texts for word in _PART.findall(text) if word.islower())


class NameMask:
    """Finds names and puts one sign in the place of each.

    Args:
        words: Words that are no names, in lower case; see :func:`lower_case_words`.
        sign: What stands in the place of a name; a token of its own.
    """

    def __init__(self, words: Collection[str], sign: str) -> None:
        self._words = frozenset(words)
        self._sign = sign

    def spans(self, text: str) -> list[Span]:
        """Return the names in *text*, each with all its parts ("Idris al-Hannoud" is one)."""
        parts = list(_PART.finditer(text))
        letters = [letter for part in parts for letter in part[0] if letter.islower() or letter.isupper()]
        shouted = sum(map(str.isupper, letters)) >= _SHOUTED * max(len(letters), 1)
        named = [self._is_name(part[0], shouted) for part in parts]
        self._add_particles(text, parts, named)
        spans: list[Span] = []
        for part, name in zip(parts, named, strict=True):
            if not name:
                continue
            if spans and _JOINT.fullmatch(text, spans[-1][1], part.start()):
                spans[-1] = (spans[-1][0], part.end())
            else:
                spans.append(part.span())
        return spans

    @staticmethod
    def _add_particles(text: str, parts: Sequence[re.Match[str]], named: list[bool]) -> None:
        """Mark the small words inside of a name: "al-Hannoud" anywhere, "van der Berg" only behind a first name."""
        for index in range(len(parts) - 1):
            if named[index] or not _PARTICLE.fullmatch(parts[index][0]):
                continue
            end = index + 1
            while end < len(parts) - 1 and not named[end] and _PARTICLE.fullmatch(parts[end][0]):
                end += 1
            bound = text[parts[index].end() : parts[index + 1].start()] != " "
            if named[end] and (bound or (index > 0 and named[index - 1])):
                named[index] = _JOINT.fullmatch(text, parts[index].end(), parts[index + 1].start()) is not None

    def _is_name(self, word: str, shouted: bool) -> bool:
        if not word[0].isupper():
            return False
        if len(word) > 1 and word.isupper() and not shouted:
            return True  # an abbreviation: "US" is not "us"
        return word.lower() not in self._words and (len(word) > 1 or not shouted)

    def hide(self, text: str) -> tuple[str, tuple[Shift, ...]]:
        """Return *text* with the sign in the place of each name, and where it differs from the original."""
        pieces: list[str] = []
        shifts: list[Shift] = []
        taken = length = 0
        for start, end in self.spans(text):
            pieces += [text[taken:start], self._sign]
            length += start - taken + len(self._sign)
            taken = end
            shifts.append((length, taken - length))
        return "".join([*pieces, text[taken:]]), tuple(shifts)
