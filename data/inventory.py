"""Invented names of many language areas that no text holds: what a model cannot have learnt anything about."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from pydantic import BaseModel, ConfigDict

from .party_names import PartyNames, Person
from .strict import load_yaml

__all__ = ["Area", "Bench", "load_inventory"]


class Area(BaseModel):
    """The names of one language area.

    Attributes:
        states: Adjective of each state.
        towns: Towns.
        people: For each person, by the name in full, the name by which a text goes on.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    states: dict[str, str]
    towns: tuple[str, ...]
    people: dict[str, str]


class _Inventory(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    areas: dict[str, Area]


@cache
def load_inventory() -> Mapping[str, Area]:
    """Return the shipped names (``configs/swaps/invented.yaml``) by area."""
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
    """

    def __init__(self, *seed: object) -> None:
        digest = hashlib.sha256("\0".join(map(str, seed)).encode()).digest()
        self._rng = random.Random(digest)  # noqa: S311 - a draw of names, not a secret
        inventory = load_inventory()
        self._areas = self._rng.sample(sorted(inventory), len(inventory))
        self._stocks: dict[str, _Stock] = {}
        self._next = 0

    def like(self, party: PartyNames) -> PartyNames:
        """Return names of one area for all names of *party*; each call takes another area."""
        area = self._areas[self._next % len(self._areas)]
        self._next += 1
        state, adjective = next(self._stock(area).states)
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
        return tuple(next(stock.towns) for _ in range(count))

    def people(self, count: int, area: str | None = None) -> tuple[Person, ...]:
        """Return people, of *area* or of the one that was taken last."""
        stock = self._stock(area or self._areas[self._next - 1])
        return tuple(Person(*next(stock.people)) for _ in range(count))

    def _stock(self, area: str) -> _Stock:
        if area not in self._stocks:
            names = load_inventory()[area]
            others = [load_inventory()[name] for name in self._areas if name != area]
            self._stocks[area] = _Stock(
                iter(self._shuffled(list(names.states.items())) + [pair for o in others for pair in o.states.items()]),
                iter(self._shuffled(names.towns) + [town for other in others for town in other.towns]),
                iter(self._shuffled(list(names.people.items())) + [pair for o in others for pair in o.people.items()]),
            )
        return self._stocks[area]

    def _shuffled(self, names: Sequence[object]) -> list:  # type: ignore[type-arg]
        return self._rng.sample(list(names), len(names))
