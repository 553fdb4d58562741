"""The names of a party by type, from ``events.json`` or from a swap list."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..errors import InputError, UsageError, nearest
from .events import Event, Party
from .strict import load_yaml

__all__ = ["PartyNames", "Person", "SwapList", "event_parties", "is_name", "load_swaps", "plural"]

#: An adjective with such an ending is its own plural: "the Velnese".
_NO_PLURAL = ("ese", "sh", "ch", "s", "x", "z", "ois", "ais")
#: Words that make a name one of a body ("the Valley Council"): to swap it would change words, not the flag.
_BODIES = """
    administration agency alliance army assembly association authorities authority bloc bureau camp centre chamber
    chancellery coalition commission committee community company concern concord confederation conference congress
    contingent coordination corporation corps council court customs delta directorate district drivers emirate
    federation fishers forces forum front gold government guild herders highland highlands hill institute island
    islanders islands kingdom league military miners mining ministry mission monarchy movement nickel office
    opposition organisation organization parliament party people plain plateau police prefecture regency region
    regulator republic residents senate service society state states union upland uplands valley
"""
#: English words that stand between the words of a body's name, not of a town's.
_LINKS = frozenset({"of", "for", "and", "the"})
_WORD = re.compile(r"[^\W\d_]+")
_BODY_WORDS = frozenset(_BODIES.split())


@dataclass(frozen=True, slots=True)
class Person:
    """A person by the name in full, and by the name with which a text goes on; they may be the same."""

    full: str
    short: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyNames:
    """The names of one party by type. The first of each is the usual one; any may be absent.

    Attributes:
        id: Name of the party in the audit.
        states: Names of the state or region; one that begins with "the" takes the article.
        adjectives: Adjectives.
        inhabitants: One inhabitant and several, where they are not the first adjective and its plural.
    """

    id: str
    states: tuple[str, ...] = ()
    adjectives: tuple[str, ...] = ()
    inhabitants: tuple[str, str] | None = None
    towns: tuple[str, ...] = ()
    people: tuple[Person, ...] = ()

    @property
    def one_and_several(self) -> tuple[str, str] | None:
        """One inhabitant and several, made from the adjective where they are not given."""
        if self.inhabitants is not None or not self.adjectives:
            return self.inhabitants
        return self.adjectives[0], plural(self.adjectives[0])

    @property
    def forms(self) -> tuple[str, ...]:
        """All names, as a text may hold them."""
        people = (form for person in self.people for form in (person.full, person.short))
        inhabitants = (*(self.one_and_several or ()), *map(plural, self.adjectives))
        found = (*self.states, *self.adjectives, *inhabitants, *self.towns, *people)
        return tuple(dict.fromkeys(found))


def plural(adjective: str) -> str:
    """Return the name of several inhabitants."""
    return adjective if adjective.casefold().endswith(_NO_PLURAL) else f"{adjective}s"


def is_name(form: str) -> bool:
    """Return whether *form* begins with a letter or a digit and has a letter."""
    return _WORD.search(form) is not None and form[0].isalnum()


def event_parties(event: Event) -> tuple[PartyNames, ...]:
    """Return the names of the parties of an event by type.

    ``events.json`` holds states, towns and bodies in one list. The one that is most like the adjective is the state
    (else the first); names of bodies that are plain words ("the Government") are left out, as is a name that holds
    another one ("Kingdom of Vell" beside "Vell", which is swapped inside of it).
    """
    typed = []
    for party in event.parties:
        proper = _proper(party.names)
        adjectives = tuple(dict.fromkeys(_single(word) for word in _proper(party.adjectives, whole=True)))
        state = max(proper, key=lambda name: (_alike(name, adjectives), -proper.index(name)), default=None)
        typed.append(
            PartyNames(
                id=_id(party, state),
                states=() if state is None else (state,),
                adjectives=tuple(word for word in adjectives if word not in proper),
                towns=tuple(name for name in proper if name != state),
                people=_people(party.people),
            )
        )
    return tuple(typed)


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    names: tuple[str, ...] = ()
    adjectives: tuple[str, ...] = ()
    inhabitants: tuple[str, str] | None = None
    towns: tuple[str, ...] = ()
    people: dict[str, str] = {}
    swap: str | None = None


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    keep: tuple[str, ...] = ()
    parties: dict[str, _Entry] = Field(min_length=1)


@dataclass(frozen=True)
class SwapList:
    """What a swap list holds.

    Attributes:
        parties: Names by party.
        becomes: For each party that is swapped, the one whose names it gets; no two get the same.
        keep: Phrases that hold a name and are left alone ("Latin American").
    """

    parties: Mapping[str, PartyNames]
    becomes: Mapping[str, str]
    keep: tuple[str, ...] = ()


def load_swaps(source: str | Path) -> SwapList:
    """Read a swap list; ``docs/audit.md`` says how to write one.

    Args:
        source: A YAML file, or the name of a shipped one (``states``).

    Raises:
        UsageError: There is no such file.
        InputError: The file is wrong; the message names the field.
    """
    shipped = resources.files("counterframe.configs") / "swaps" / f"{source}.yaml"
    path = Path(source)
    try:
        inside = str(source) == "states" and not path.is_file()
        raw = load_yaml(shipped.read_text(encoding="utf-8") if inside else path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UsageError(f"--swaps {source}: no such file; a shipped swap list: states") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"cannot be read as YAML: {error}", path=path) from error
    try:
        file = _File.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        hint = nearest(str(first["loc"][-1]), list(_Entry.model_fields)) if first["type"] == "extra_forbidden" else ""
        raise InputError(f"{first['msg']}{hint}", path=path, field=field or None) from error
    parties = {}
    for name, entry in file.parties.items():
        names = _party(name, entry)
        if not all(map(is_name, (*names.forms, *file.keep))):
            raise InputError("a name must begin with a letter or a digit", path=path, field=f"parties.{name}")
        parties[name] = names
    return SwapList(parties, _becomes(file.parties, path), file.keep)


def _party(name: str, entry: _Entry) -> PartyNames:
    return PartyNames(
        id=name,
        states=entry.names,
        adjectives=entry.adjectives,
        inhabitants=entry.inhabitants,
        towns=entry.towns,
        people=tuple(Person(full, short) for full, short in entry.people.items()),
    )


def _becomes(entries: Mapping[str, _Entry], path: Path) -> dict[str, str]:
    becomes: dict[str, str] = {}
    for name, entry in entries.items():
        if entry.swap is None:
            continue
        if entry.swap not in entries or entry.swap == name:
            problem = f"{entry.swap!r} is not another party of this file{nearest(entry.swap, list(entries))}"
            raise InputError(problem, path=path, field=f"parties.{name}.swap")
        becomes[name] = entry.swap
    for name, other in list(becomes.items()):  # said on one side alone, it holds for both
        becomes.setdefault(other, name)
    twice = [other for other in becomes.values() if list(becomes.values()).count(other) > 1]
    if twice:
        raise InputError(f"two parties are swapped with {twice[0]!r}", path=path, field="parties")
    return becomes


def _id(party: Party, state: str | None) -> str:
    return state or next(iter((*party.names, *party.adjectives)), party.side)


def _proper(names: Sequence[str], *, whole: bool = False) -> list[str]:
    """Return the names that are no plain words; no copy in capitals, and none around another one but for *whole*."""
    known = {name.casefold() for name in names if not name.isupper() and name[0].isupper()}
    kept = []
    for name in names:
        bare = name.removeprefix("the ").removeprefix("The ")
        words = [word for word in _WORD.findall(bare) if word != "s"]
        if not words or not bare[0].isupper() or (bare.isupper() and len(bare) > 1):
            continue
        if any(word.lower() in _BODY_WORDS for word in words) or _LINKS.intersection(words):
            continue
        inner = any(other != bare.casefold() and _holds(bare.casefold(), other) for other in known)
        if bare not in kept and (whole or not inner):
            kept.append(bare)
    return kept


def _holds(name: str, other: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(other)}(?!\w)", name) is not None


def _single(adjective: str) -> str:
    return adjective[:-1] if adjective.endswith(("ns", "is", "ers")) and len(adjective) > 4 else adjective


def _alike(name: str, adjectives: Iterable[str]) -> int:
    """Return how many letters the name and an adjective begin with in common."""

    def shared(first: str, second: str) -> int:
        pairs = zip(first.casefold(), second.casefold(), strict=False)
        return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(first), len(second)))

    return max((shared(name, word) for word in adjectives), default=0)


def _people(names: Sequence[str]) -> tuple[Person, ...]:
    """Join what names one person: a surname belongs to the name in full that ends (or begins) with it."""
    unique = {name.casefold(): name for name in reversed(names) if not (name.isupper() and len(name) > 3)}
    rest = [unique[key] for key in dict.fromkeys(name.casefold() for name in names) if key in unique]
    rest = [name for name in rest if name[0].isupper() or "-" in name or " " in name]
    full = [name for name in rest if not any(name != other and _holds(other, name) for other in rest)]
    people = []
    for name in full:
        parts = [other for other in rest if other != name and _holds(name, other)]
        people.append(Person(name, max(parts, key=len, default=name)))
    return tuple(people)
