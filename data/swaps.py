"""Names in a text put in the place of others, and nothing else changed.

All names are looked for in one pass over the text, the longest first, so that a name that was put in is not swapped
again. What hangs on a name follows it: capitals, the article, "a" or "an", the plural of inhabitants. A possessive or a
part with a hyphen ("Vell-led") stands outside of the name and stays.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ..errors import UsageError
from .inventory import Area, Bench
from .party_names import PartyNames, Person, SwapList, plural

__all__ = ["Found", "NameFinder", "Swap", "Swapped", "party_swap", "unseen_swap"]

_WORD = re.compile(r"\w+")
_ARTICLE = re.compile(r"(?<!\w)(the|an?)(\s)$", re.IGNORECASE)
_BEGINS = re.compile(r"(?:^|[.!?:][\"”’»)]*\s)[\"“‘«('\s]*$")
_THE = "the "
#: Quotation marks and brackets, between which and the text before them a name may stand with its article.
_OPENING = "\"“”„‟«»‹›'‘’([{"
#: Words that are one with the name behind them; no article stands between the two.
_HEAD = re.compile(
    r"(?<!\w)(?:mount|mt\.?|cape|lake|port|fort|saint|st\.?|new|old|upper|lower|inner|outer|greater|central"
    r"|north|south|east|west|(?:north|south)-?(?:east|west)|(?:north|south)?-?(?:(?:north|south|east|west)ern))\s$",
    re.IGNORECASE,
)
_HEAD_WINDOW = 16
#: Vowel letters that sound as "you" or "w": "a European", "a Ukrainian", "a US envoy".
_SOUNDED = re.compile(r"eu|ew|uk|ur|ug|uni|us[ae]?\b|u\.s|un\b|uae\b|one|oua|oue", re.IGNORECASE)
_VOWELS = frozenset("aeiouæøœı")


@dataclass(frozen=True, slots=True)
class Found:
    """A name in a text.

    Attributes:
        name: The name as the finder was given it.
        shouted: It is written in capitals.
        capital: It is written with a capital that it has not by itself ("Al-Hannoud").
        mark: The apostrophe with which it is written, where it is another than the name was given with.
    """

    start: int
    end: int
    name: str
    shouted: bool = False
    capital: bool = False
    mark: str | None = None


class NameFinder:
    """Finds names in texts, the longest first, however they are written.

    Args:
        names: The names. The "the" with which one begins is no part of it.
        keep: Phrases in which no name is found.

    Raises:
        UsageError: A name does not begin with a letter or a digit.
    """

    def __init__(self, names: Iterable[str], *, keep: Iterable[str] = ()) -> None:
        table: dict[str, Found | None] = {}
        for phrase in keep:
            table |= dict.fromkeys((phrase, phrase.upper()))
        styles = [entry for name in names for entry in _styles(name)]
        for as_given in (True, False):  # what somebody wrote down comes before what follows from a rule
            for form, found in styles:
                if as_given == (not (found.shouted or found.capital or found.mark)):
                    table.setdefault(form, found)
        self._by_first: dict[str, list[tuple[str, Found | None]]] = {}
        for form, kind in table.items():
            first = _WORD.match(form)
            if first is None:
                raise UsageError(f"a name must begin with a letter or a digit: {form!r}")
            self._by_first.setdefault(first[0], []).append((form, kind))
        for candidates in self._by_first.values():
            candidates.sort(key=lambda entry: -len(entry[0]))

    def find(self, text: str) -> Iterator[Found]:
        """Yield the names in *text* from left to right; they do not overlap."""
        taken = 0
        for word in _WORD.finditer(text):
            if word.start() < taken:
                continue
            for form, found in self._by_first.get(word[0], ()):
                end = word.start() + len(form)
                if text.startswith(form, word.start()) and not _WORD.match(text, end):
                    if found is not None:
                        yield replace(found, start=word.start(), end=end)
                    taken = end
                    break


@dataclass(frozen=True, slots=True)
class Swapped:
    """A text with other names, and the names that stood in the original."""

    text: str
    names: tuple[Found, ...] = ()


class Swap:
    """Puts names in the place of others.

    Args:
        forms: What each name becomes. A name that begins with "the" takes the article.
        keep: Phrases that are left alone, though they hold a name.

    Raises:
        UsageError: A name does not begin with a letter or a digit.
    """

    def __init__(self, forms: Mapping[str, str], *, keep: Iterable[str] = ()) -> None:
        self._forms = dict(forms)
        self._finder = NameFinder(self._forms, keep=keep)

    def __call__(self, text: str) -> Swapped:
        """Return *text* with the names swapped."""
        found = tuple(self._finder.find(text))
        pieces: list[str] = []
        taken = 0
        for name in found:
            pieces += _agree(text, taken, name, self._forms[name.name])
            taken = name.end
        return Swapped("".join([*pieces, text[taken:]]), found)


def party_swap(
    parties: Sequence[PartyNames] = (), swaps: SwapList | None = None, *, seed: tuple[object, ...] = ()
) -> Swap:
    """Return the swap in which each party gets the names of the next (of two, each those of the other).

    A name to which nothing of its type answers on the other side becomes an invented one of the same type.

    Args:
        parties: The parties of one event.
        swaps: A swap list, whose pairs are swapped too.
        seed: What the invented names hang on.
    """
    bench = Bench("parties", *seed)
    forms: dict[str, str] = {}
    pairs = list(zip(parties, [*parties[1:], *parties[:1]], strict=True)) if len(parties) > 1 else []
    if swaps is not None:
        pairs += [(swaps.parties[name], swaps.parties[other]) for name, other in swaps.becomes.items()]
    for old, new in pairs:
        _add(forms, old, _filled(new, old, bench))
    return Swap(forms, keep=() if swaps is None else swaps.keep)


def unseen_swap(
    parties: Iterable[PartyNames],
    seed: tuple[object, ...],
    *,
    keep: Iterable[str] = (),
    areas: Mapping[str, Area] | None = None,
) -> Swap:
    """Return the swap in which all names of *parties* become invented ones, each party's of another area.

    Args:
        parties: The parties of one event or document.
        seed: What the draw hangs on: a number, the event, which draw.
        keep: Phrases that are left alone.
        areas: Invented names by area; the shipped ones by default.
    """
    bench = Bench("unseen", *seed, areas=areas)
    forms: dict[str, str] = {}
    for party in parties:
        _add(forms, party, bench.like(party))
    return Swap(forms, keep=keep)


def _filled(new: PartyNames, old: PartyNames, bench: Bench) -> PartyNames:
    """Return *new* with invented names where *old* has more of a type."""
    lacks_state = not new.states and (old.states or old.adjectives or old.inhabitants)
    towns, people = len(old.towns) - len(new.towns), len(old.people) - len(new.people)
    if not lacks_state and towns <= 0 and people <= 0:
        return new
    spare = bench.like(PartyNames(id="", towns=("",) * max(towns, 0), people=(Person("", ""),) * max(people, 0)))
    return PartyNames(
        id=new.id,
        states=spare.states if lacks_state else new.states,
        adjectives=new.adjectives or (spare.adjectives if lacks_state else ()),
        inhabitants=new.inhabitants,
        towns=(*new.towns, *spare.towns),
        people=(*new.people, *spare.people),
    )


def _add(forms: dict[str, str], old: PartyNames, new: PartyNames) -> None:
    """Enter what each name of *old* becomes, type by type. What stands there first holds."""

    def enter(olds: Sequence[str], news: Sequence[str]) -> None:
        for index, name in enumerate(olds):
            forms.setdefault(name, news[index] if index < len(news) else news[0])

    enter(old.states, new.states)
    adjectives = new.adjectives or tuple(_bare(state)[0] for state in new.states)
    enter(old.adjectives, adjectives)
    if old.one_and_several is not None:
        one_and_several = new.one_and_several or (adjectives[0], adjectives[0])
        enter(old.one_and_several, one_and_several)
        further = () if new.inhabitants else new.adjectives[1:]
        enter([plural(word) for word in old.adjectives], [one_and_several[1], *map(plural, further)])
    enter(old.towns, new.towns)
    for index, person in enumerate(old.people):
        other = new.people[index]
        forms.setdefault(person.full, other.full if " " in person.full else other.short)
        forms.setdefault(person.short, other.short)


def _bare(name: str) -> tuple[str, bool]:
    """Return a name without its "the", and whether it has one."""
    takes = name.casefold().startswith(_THE)
    return (name[len(_THE) :] if takes else name), takes


def _styles(name: str) -> Iterator[tuple[str, Found]]:
    """Yield the ways to write a name."""
    bare, _ = _bare(name)
    for mark, other in ((None, ""), ("'", "’"), ("’", "'")):
        if mark is not None and other not in bare:
            continue
        form = bare if mark is None else bare.replace(other, mark)
        yield form, Found(0, 0, name, mark=mark)
        if _capital(form) != form:
            yield _capital(form), Found(0, 0, name, capital=True, mark=mark)
        if form.upper() != form:
            yield form.upper(), Found(0, 0, name, shouted=True, mark=mark)


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]


def _agree(text: str, taken: int, found: Found, written: str) -> tuple[str, str]:
    """Return the text before a name, from the last one on, and the new name: with the article and capital it needs."""
    before = text[taken : found.start]
    (old, old_the), (new, new_the) = _bare(found.name), _bare(written)
    if found.mark is not None:
        new = new.replace("’" if found.mark == "'" else "'", found.mark)
    target = new.upper() if found.shouted else _capital(new) if found.capital else new
    article = _ARTICLE.search(before)
    definite = article is not None and article[1].casefold() == "the"
    if article is not None and not definite:
        if _takes_an(old) == (len(article[1]) == 2):  # else it does not agree with this name
            before = before[: article.start()] + _indefinite(article[1], new, found.shouted) + article[2]
    elif article is not None and old_the and not new_the:
        before = before[: article.start()]
        target = _capital(target) if article[1][0].isupper() else target
    elif new_the and not old_the and article is None and _may_have_article(text[: found.start]):
        target = (_THE.upper() if found.shouted else _THE) + target
    if target[0].islower() and _BEGINS.search(text[:taken] + before):
        target = _capital(target)
    return before, target


def _may_have_article(before: str) -> bool:
    """Return whether "the" can stand behind *before*: not in a compound ("anti-"), nor in a name ("Mount")."""
    outside = before.rstrip(_OPENING)
    return (not outside or outside[-1].isspace() or outside[-1] == "—") and _HEAD.search(before[-_HEAD_WINDOW:]) is None


def _indefinite(article: str, name: str, shouted: bool) -> str:
    first = article[0]
    return first + ("N" if shouted and first == "A" else "n") if _takes_an(name) else first


def _takes_an(name: str) -> bool:
    if 1 < len(name) <= 4 and name.isupper() and name.isalpha():  # read letter by letter
        return name[0] in "AEFHILMNORSX" and not _SOUNDED.match(name)
    return unicodedata.normalize("NFD", name)[0].casefold() in _VOWELS and not _SOUNDED.match(name)
