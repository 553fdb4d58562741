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
_DATES = re.compile(
    rf"\b(?P<iso>\d{{4}}-\d\d-\d\d)\b|\b(?P<day>\d{{1,2}})(?P<between>(?:st|nd|rd|th)?(?: of)? )(?P<month>{_MONTH})\b"
    rf"|\b(?P<month2>{_MONTH})(?P<between2> )(?P<day2>\d{{1,2}})(?!\d)|\b(?P<weekday>{'|'.join(_DAYS)})\b"
    r"|\b(?P<year>(?:19|20)\d\d)\b"
)
#: A double quote in any of the usual forms, and an apostrophe or single quote.
_DOUBLE = re.compile('["“”„«»]')
_SINGLE = re.compile("['’‘]")
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


def _quotes(opening: str, closing: str, apostrophe: str | None) -> Callable[[str, random.Random], str]:
    def change(text: str, _: random.Random) -> str:
        def double(match: re.Match[str]) -> str:
            before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
            if match[0] in "“„«":
                return opening
            if match[0] in "»":
                return closing
            opens = not before or before.isspace() or before in "([—–-"
            return opening if opens and after and not after.isspace() else closing

        changed = _DOUBLE.sub(double, text)
        return changed if apostrophe is None else _SINGLE.sub(apostrophe, changed)

    return change


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
    """Put another date in the place of the first one."""
    found = _DATES.search(text)
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
    elif kinds["weekday"]:
        new = _other(rng, _DAYS, kinds["weekday"])
    else:
        new = _other(rng, range(1990, 2031), kinds["year"])
    return text[: found.start()] + new + text[found.end() :]


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
    "curly_quotes": Perturbation("curly quotes", _quotes("“", "”", "’")),
    "straight_quotes": Perturbation("straight quotes", _quotes('"', '"', "'")),
    "guillemets": Perturbation("guillemets", _quotes("«", "»", None)),
    "typo": Perturbation("one typo (a letter swapped, doubled or dropped)", _typo),
    "no_full_stop": Perturbation("without the full stop", lambda text, _: _STOP.sub("", text)),
    "date": Perturbation("another date", _date),
    "boilerplate": Perturbation("boilerplate behind it", _boilerplate),
}
