"""Changes of a sentence that change nothing of what it says: case, quotes, a typo, a full stop, a date, boilerplate."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["PERTURBATIONS", "Perturbation"]


@dataclass(frozen=True)
class Perturbation:
    """One kind of change.

    Attributes:
        title: What it does, for people.
        change: Returns the changed text; the same text where there is nothing to change.
    """

    title: str
    change: Callable[[str, random.Random], str]


_FULL = "January February March April May June July August September October November December"
_FULL_MONTHS = _FULL.split()
_MONTH = "|".join([*_FULL_MONTHS, "Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec"])
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_WEEKDAY = "|".join(_DAYS)
#: A year without a month is one behind such a word alone, and before no plural: "of 1950 tonnes" counts something.
_DATES = re.compile(
    rf"\b(?P<iso>\d{{4}}-\d\d-\d\d)\b|\b(?P<day>\d{{1,2}})(?P<between>(?:st|nd|rd|th)?(?: of)? )(?P<month>{_MONTH})\b"
    rf"|\b(?P<month2>{_MONTH})(?P<between2> )(?P<day2>\d{{1,2}})(?P<ordinal>st|nd|rd|th)?\b|\b(?P<weekday>{_WEEKDAY})\b"
    rf"|\b(?P<lead>(?:[Ii]n|[Ss]ince|[Oo]f|[Uu]ntil|[Bb]y|{_MONTH}) )(?P<year>(?:19|20)\d\d)\b"
    r"(?! (?:[a-z]{3,}s|people|men|women)\b)"
)
_TO = r"(?:to|till|until|through|and|or)"
#: What makes a date the end, or the beginning, of a range, or a part of a longer sign ("A/2031/19", "2000-strong").
_ENDS_RANGE = re.compile(
    rf"(?:\w[-–—/.,:]|(?:\d(?:st|nd|rd|th)?|\b(?:{_MONTH}|{_WEEKDAY}))(?:\s*[-–—/]\s*|\s{_TO}\s(?:the\s)?))$"
)
_BEGINS_RANGE = re.compile(
    rf"[-–—/]\w|[.,:]\d|(?:,? \d{{4}})?(?:\s*[-–—/]\s*|\s{_TO}\s(?:the\s)?)(?:\d|(?:{_MONTH}|{_WEEKDAY})\b)"
)
_RANGE_WINDOW = 32
#: A double quote in any of the usual forms, and an apostrophe or single quote.
_DOUBLE = re.compile('["“”„«»]')
_SINGLE = re.compile("['’‘‚]")
#: By the mark that opens, the one that closes it where it does not always close.
_CLOSED_BY = {"„": "“", "»": "«"}
_BEFORE_OPENING = "([—–-"
_LONG_WORD = re.compile(r"\b[^\W\d_]{6,}\b")
_STOP = re.compile(r"[.…]+(?=[\"”’»)\]]*\s*$)")
_BOILERPLATE = (
    "Read more: all our releases on this subject.",
    "Read more",
    "Share this page.",
    "For further information, contact the press office at press@example.org.",
    "Photo: press service.",
    "(End of release)",
    "Follow us for updates.",
    "All rights reserved.",
)


def _quotes(opening: str, closing: str, singles: tuple[str, str] | None) -> Callable[[str, random.Random], str]:
    def change(text: str, _: random.Random) -> str:
        opens = _opening_doubles(text)
        changed = _DOUBLE.sub(lambda mark: opening if mark.start() in opens else closing, text)
        if singles is None:
            return changed
        opens = _opening_singles(text)  # the marks stand where they stood: each is one character
        return _SINGLE.sub(lambda mark: singles[0] if mark.start() in opens else singles[1], changed)

    return change


def _opening_doubles(text: str) -> set[int]:
    """Return where double quotes open: „these“, »these«, ”these” and the usual ones."""
    opens: set[int] = set()
    opened: str | None = None
    for mark in _DOUBLE.finditer(text):
        kind = mark[0]
        if opened is not None and kind == _CLOSED_BY.get(opened):
            begins = False
        elif kind in "“„«":
            begins = True
        else:
            begins = _at_beginning(text, mark.start(), "‘‚'") and (kind == '"' or opened is None)
        if begins:
            opens.add(mark.start())
        opened = kind if begins else None
    return opens


def _opening_singles(text: str) -> set[int]:
    """Return where single quotes open; each has another behind it that closes it, else it is an apostrophe."""
    opens: set[int] = set()
    waiting: int | None = None
    for mark in _SINGLE.finditer(text):
        place = mark.start()
        if waiting is None or mark[0] == "‚":
            digit = text[place + 1 : place + 2].isdigit()  # "the '90s"
            may_open = mark[0] in "‘‚" or (mark[0] == "'" and not digit)
            waiting = place if may_open and _at_beginning(text, place, '“„«»”"') else None
        elif not text[place - 1].isspace() and not text[place + 1 : place + 2].isalnum():
            opens.add(waiting)
            waiting = None
    return opens


def _at_beginning(text: str, place: int, quotes: str) -> bool:
    before, after = text[max(place - 1, 0) : place], text[place + 1 : place + 2]
    return (
        (not before or before.isspace() or before in _BEFORE_OPENING + quotes) and after != "" and not after.isspace()
    )


def _typo(text: str, rng: random.Random) -> str:
    """Swap, double or drop an inner letter of one longer word that is no name."""
    words = [match for match in _LONG_WORD.finditer(text) if match[0].islower()]
    if not words:
        return text
    word = rng.choice(words)
    place = word.start() + rng.randrange(1, len(word[0]) - 2)
    kind = rng.choice(("swap", "double", "drop"))
    first, second = text[place], text[place + 1]
    if kind == "swap" and first != second:
        return f"{text[:place]}{second}{first}{text[place + 2 :]}"
    return text[: place + 1] + first + text[place + 1 :] if kind == "double" else text[:place] + text[place + 1 :]


def _date(text: str, rng: random.Random) -> str:
    """Put another date in the place of the first one that is no part of a range."""
    found = next((match for match in _DATES.finditer(text) if not _in_range(text, match)), None)
    if found is None:
        return text
    kinds = found.groupdict()
    if kinds["iso"]:
        new = f"{rng.randint(1990, 2040)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
    elif kinds["day"]:
        ordinal = kinds["between"].lstrip("stndrh")
        day = _other(rng, range(4, 21), kinds["day"]) + ("th" if ordinal != kinds["between"] else "")
        new = f"{day}{ordinal}{_month(rng, found)}"
    elif kinds["day2"]:
        new = f"{_month(rng, found)}{kinds['between2']}{_other(rng, range(4, 21), kinds['day2'])}"
        new += "th" if kinds["ordinal"] else ""
    elif kinds["weekday"]:
        new = _other(rng, _DAYS, kinds["weekday"])
    else:
        new = kinds["lead"] + _other(rng, range(1990, 2031), kinds["year"])
    return text[: found.start()] + new + text[found.end() :]


def _in_range(text: str, found: re.Match[str]) -> bool:
    begin = text[max(found.start() - _RANGE_WINDOW, 0) : found.start()]
    return _ENDS_RANGE.search(begin) is not None or _BEGINS_RANGE.match(text, found.end()) is not None


def _month(rng: random.Random, found: re.Match[str]) -> str:
    return _other(rng, _FULL_MONTHS, found["month"] or found["month2"])


def _other(rng: random.Random, choices: range | list[str], old: str) -> str:
    return str(rng.choice([choice for choice in choices if str(choice) != old]))


def _boilerplate(text: str, rng: random.Random) -> str:
    return f"{text.rstrip()} {rng.choice(_BOILERPLATE)}"


#: The changes by id, in the order of the report.
PERTURBATIONS = {
    "lower_case": Perturbation("all in lower case", lambda text, _: text.lower()),
    "upper_case": Perturbation("all in capitals", lambda text, _: text.upper()),
    "title_case": Perturbation(
        "Each Word With A Capital", lambda text, _: re.sub(r"(?<![\w'’])[^\W\d_]", lambda m: m[0].upper(), text)
    ),
    "curly_quotes": Perturbation("curly quotes", _quotes("“", "”", ("‘", "’"))),
    "straight_quotes": Perturbation("straight quotes", _quotes('"', '"', ("'", "'"))),
    "guillemets": Perturbation("guillemets", _quotes("«", "»", None)),
    "typo": Perturbation("one typo (a letter swapped, doubled or dropped)", _typo),
    "no_full_stop": Perturbation("without the full stop", lambda text, _: _STOP.sub("", text)),
    "date": Perturbation("another date", _date),
    "boilerplate": Perturbation("boilerplate behind it", _boilerplate),
}
