"""Names of parties, places and people, hidden from the model: it is to judge the words, not the flag.

A name is told by its capital letter: a word that the training texts never write in lower case. So no list of names is
needed, and names that nobody has seen are found like known ones. Only names of several words that hold a plain one
("United", "Upper") need help: a short list of English words that stand in them, which other languages lack. It serves
languages that write common nouns in lower case; for others (German) leave it off.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise

from ..data.normalise import Shift
from ..data.types import Span

__all__ = ["NameMask", "lower_case_words"]

#: A word, or one part of a word with hyphens or apostrophes.
_PART = re.compile(r"[^\W\d_]+")
_APOSTROPHES = "'’‘ʻʼ`"
#: What may stand between two parts of one name: a blank, a hyphen, an apostrophe, a full stop after an initial.
_JOINT = re.compile(rf"\.? |[-{_APOSTROPHES}]")
#: What an English apostrophe parts from a word: no part of a name.
_CLITICS = frozenset({"s", "re", "ve", "ll", "d", "t", "m"})
#: Small words inside of names. They count as a part of one only between two others, or bound to the second.
_PARTICLE = re.compile(
    "[aeu]l|a[dfnpv]|bin|ibn|binti?|ben|abu|d[aeiou]|d[ao]s|dell?a?|des|l[ae]s?|los|van|von|und|zu|på|nad|der|den|ter|sur"
    "|sous|à|[dlkey]",
    re.IGNORECASE,
)
#: Small words that begin a name, too, and are no words of English.
_BEGINNING = re.compile("[ae]l|bin|ibn|abu|van|von|af|ter|di|du|della", re.IGNORECASE)
#: Plain words that, with a capital, begin or end the name of a place.
_HEADS = frozenset(
    {"new", "old", "upper", "lower", "inner", "outer", "greater", "great", "central", "united"}
) | frozenset(
    {"port", "fort", "mount", "cape", "saint", "st", "lake", "tell", "north", "south", "east", "west"}
    | {"northern", "southern", "eastern", "western"}
)
_TAILS = frozenset(
    {"island", "islands", "islander", "islanders", "isle", "isles", "bay", "coast", "reef", "shelf", "city"}
)
#: What a state calls itself before its name, and the words that stand before that.
_FORMS = frozenset(
    {"republic", "republics", "kingdom", "federation", "confederation", "union", "state", "states", "commonwealth"}
    | {"emirate", "emirates", "sultanate", "duchy", "principality", "county", "territory", "island", "islands", "gulf"}
)
_OF_A_STATE = frozenset(
    {
        "federal",
        "federated",
        "federative",
        "democratic",
        "people",
        "s",
        "peoples",
        "islamic",
        "arab",
        "socialist",
        "soviet",
    }
    | {"united", "grand", "free", "autonomous", "independent", "sovereign", "cooperative", "plurinational", "central"}
)
#: From this share of capital letters on, a text is written in capitals, and they tell nothing.
_SHOUTED = 0.7
#: A text of so many words without a capital is written without any, and that tells nothing either.
_MUTE = 4


def lower_case_words(texts: Iterable[str]) -> frozenset[str]:
    """Return the words that *texts* write in lower case: what is no name, even where a sentence begins with it."""
    return frozenset(word for text in texts for word in _PART.findall(text) if word.islower())


def _is_shouted(words: Sequence[str], letters: str) -> bool:
    least = _SHOUTED * max(len(letters), 1)
    # Letters are counted one by one only where there are few words in lower case.
    if len(letters) - sum(len(word) for word in words if word.islower()) < least:
        return False
    return sum(map(str.isupper, letters)) >= least


class NameMask:
    """Finds names and puts one sign in the place of each.

    Args:
        words: Words that are no names, in lower case; ``no_names`` of the tokenization makes them.
        sign: What stands in the place of a name; a token of its own.
    """

    def __init__(self, words: Collection[str], sign: str) -> None:
        self._words = frozenset(words)
        self._sign = sign

    def spans(self, text: str) -> list[Span]:
        """Return the names in *text*, each with all its parts ("Idris al-Hannoud" is one)."""
        parts = list(_PART.finditer(text))
        words = [part[0] for part in parts]
        gaps = [text[first.end() : second.start()] for first, second in pairwise(parts)]
        letters = "".join(words)
        shouted = _is_shouted(words, letters)
        mute = len(words) >= _MUTE and not any(map(str.isupper, letters))
        named = [(mute or word[0].isupper()) and self._is_name(word, shouted, mute) for word in words]
        self._follow(words, gaps, named)
        self._precede(words, gaps, named)
        spans: list[Span] = []
        for part, name in zip(parts, named, strict=True):
            if not name:
                continue
            if spans and _JOINT.fullmatch(text, spans[-1][1], part.start()):
                spans[-1] = (spans[-1][0], part.end())
            else:
                spans.append(part.span())
        return spans

    def _is_name(self, word: str, shouted: bool, mute: bool) -> bool:
        if mute:
            return len(word) > 2 and word not in self._words
        if not word[0].isupper():
            return False
        if len(word) > 1 and word.isupper() and not shouted:
            return True  # an abbreviation: "US" is not "us"
        return word.lower() not in self._words and (len(word) > 1 or not shouted)

    def _follow(self, words: Sequence[str], gaps: Sequence[str], named: list[bool]) -> None:
        """Mark what belongs to the name before it: "Velmar Islands", "Tavu'aloha", "Chashm-e"."""
        for index, gap in enumerate(gaps):
            apostrophe = gap and gap in _APOSTROPHES
            if not apostrophe and not named[index]:
                continue
            word = words[index + 1]
            plain, capital = word.lower(), word[0].isupper()
            if apostrophe:
                bound = plain not in _CLITICS and (named[index] or (len(words[index]) == 1 and capital))
                if bound:
                    named[index] = True
            else:
                bound = (gap == "-" and plain not in self._words) or (gap in (" ", "-") and capital and plain in _TAILS)
            named[index + 1] = named[index + 1] or bound

    def _precede(self, words: Sequence[str], gaps: Sequence[str], named: list[bool]) -> None:
        """Mark what belongs to the name behind it: "Upper Velmar", "al-Hannoud", "van der Berg", "United States"."""
        for index in range(len(gaps) - 1, -1, -1):
            word, gap = words[index], gaps[index]
            if word[0] == "U" and gap == " " and word.lower() == "united" and words[index + 1][0].isupper():
                named[index] = named[index + 1] = True
            if named[index] or not named[index + 1] or _JOINT.fullmatch(gap) is None:
                continue
            plain, capital = word.lower(), word[0].isupper()
            if capital and plain in _HEADS:
                named[index] = True
            elif plain in ("of", "the"):
                self._add_form(words, gaps, named, index)
            elif _PARTICLE.fullmatch(word):
                first = index
                while (
                    first > 0
                    and not named[first - 1]
                    and gaps[first - 1] == " "
                    and _PARTICLE.fullmatch(words[first - 1])
                ):
                    first -= 1
                inside = first > 0 and named[first - 1] and gaps[first - 1] == " "
                named[index] = gap != " " or inside or _BEGINNING.fullmatch(word) is not None

    @staticmethod
    def _add_form(words: Sequence[str], gaps: Sequence[str], named: list[bool], of: int) -> None:
        """Mark "People's Republic of (the)" before a name, if that stands there; *of* is the last of these words."""
        end = of
        if words[of] == "the" and of > 0 and gaps[of - 1] == " ":
            of -= 1
        first = of - 1
        if words[of] != "of" or first < 0 or gaps[first] != " " or words[first].lower() not in _FORMS:
            return
        if not words[first][0].isupper():
            return
        while first > 0 and gaps[first - 1] in (" ", "-", "'", "’") and words[first - 1].lower() in _OF_A_STATE:
            first -= 1
        while not words[first][0].isupper():  # a clitic that began nothing
            first += 1
        named[first : end + 1] = [True] * (end + 1 - first)

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
