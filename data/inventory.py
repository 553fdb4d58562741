"""Invented names of many language areas that no text holds: what a model cannot have learnt anything about."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import islice
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..errors import InputError, UsageError
from .party_names import PartyNames, Person
from .strict import load_yaml

__all__ = ["Area", "Bench", "load_inventory"]

_Name = TypeVar("_Name")


class Area(BaseModel):
    """The names of one language area.

    Attributes:
        states: Adjective of each state.
        towns: Towns.
        people: For each person, by the name in full, the name by which a text goes on.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    states: dict[str, str] = Field(min_length=1)
    towns: tuple[str, ...] = Field(min_length=1)
    people: dict[str, str] = Field(min_length=1)


class _Inventory(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    areas: dict[str, Area] = Field(min_length=1)


def load_inventory(path: str | Path | None = None) -> Mapping[str, Area]:
    """Return invented names by area.

    Args:
        path: A list of the form of the shipped one (``configs/swaps/invented.yaml``), which is the default.

    Raises:
        InputError: The list cannot be read, a field is wrong or empty, or a name is none.
    """
    if path is None:
        return _shipped()
    file = Path(path)
    try:
        areas = _Inventory.model_validate(load_yaml(file.read_text(encoding="utf-8"))).areas
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise InputError(first["msg"], path=file, field=field or None) from error
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise InputError(f"cannot be read as a list of names: {error}", path=file) from error
    for name, area in areas.items():
        _check(area, name, file)
    return areas


def _check(area: Area, name: str, file: Path) -> None:
    for field, names in (
        ("states", (*area.states, *area.states.values())),
        ("towns", area.towns),
        ("people", (*area.people, *area.people.values())),
    ):
        # Other than a name that is looked for, one that is put in may begin with an apostrophe ("'Ofa").
        wrong = next((form for form in names if not any(map(str.isalpha, form))), None)
        if wrong is not None:
            problem = f"a name must have a letter, not {wrong!r}"
            raise InputError(problem, path=file, field=f"areas.{name}.{field}")


@cache
def _shipped() -> Mapping[str, Area]:
    text = (resources.files("counterframe.configs") / "swaps" / "invented.yaml").read_text(encoding="utf-8")
    return _Inventory.model_validate(load_yaml(text)).areas


@dataclass(frozen=True)
class _Stock:
    states: Iterator[tuple[str, str]]
    towns: Iterator[str]
    people: Iterator[tuple[str, str]]


class Bench:
    """Names to be put in, drawn without repetition and always the same for one seed.

    Args:
        *seed: What the draw hangs on: a number, an event, which draw.
        areas: Names by area; the shipped ones by default.
    """

    def __init__(self, *seed: object, areas: Mapping[str, Area] | None = None) -> None:
        digest = hashlib.sha256("\0".join(map(str, seed)).encode()).digest()
        self._rng = random.Random(digest)  # noqa: S311 - a draw of names, not a secret
        self._inventory = load_inventory() if areas is None else areas
        self._areas = self._rng.sample(sorted(self._inventory), len(self._inventory))
        self._stocks: dict[str, _Stock] = {}
        self._next = 0

    def like(self, party: PartyNames) -> PartyNames:
        """Return names of one area for all names of *party*; each call takes another area."""
        area = self._areas[self._next % len(self._areas)]
        self._next += 1
        ((state, adjective),) = _take(self._stock(area).states, 1)
        return PartyNames(
            id=state,
            states=(state,),
            adjectives=(adjective,),
            towns=self.towns(len(party.towns), area),
            people=self.people(len(party.people), area),
        )

    def towns(self, count: int, area: str | None = None) -> tuple[str, ...]:
        """Return towns, of *area* or of the one that was taken last."""
        stock = self._stock(area or self._areas[self._next - 1])
        return tuple(_take(stock.towns, count))

    def people(self, count: int, area: str | None = None) -> tuple[Person, ...]:
        """Return people, of *area* or of the one that was taken last."""
        stock = self._stock(area or self._areas[self._next - 1])
        return tuple(Person(*names) for names in _take(stock.people, count))

    def _stock(self, area: str) -> _Stock:
        if area not in self._stocks:
            names = self._inventory[area]
            others = [self._inventory[name] for name in self._areas if name != area]
            self._stocks[area] = _Stock(
                iter(self._shuffled(list(names.states.items())) + [pair for o in others for pair in o.states.items()]),
                iter(self._shuffled(names.towns) + [town for other in others for town in other.towns]),
                iter(self._shuffled(list(names.people.items())) + [pair for o in others for pair in o.people.items()]),
            )
        return self._stocks[area]

    def _shuffled(self, names: Sequence[object]) -> list:  # type: ignore[type-arg]
        return self._rng.sample(list(names), len(names))


def _take(names: Iterator[_Name], count: int) -> list[_Name]:
    taken = list(islice(names, count))
    if len(taken) < count:
        raise UsageError("the list of names is too short: one event names more parties, towns or people than it holds")
    return taken
