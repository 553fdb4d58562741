"""Labelled sentences with other names, or changed in ways that mean nothing: what the audit shows to the model."""

from __future__ import annotations

import hashlib
import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .events import Event
from .inventory import Area
from .party_names import PartyNames, SwapList, event_parties
from .perturbations import PERTURBATIONS
from .swaps import NameFinder, Swap, party_swap, unseen_swap
from .types import LabelledSentence

__all__ = ["Changed", "NameSwapper", "perturbed"]


@dataclass(frozen=True, slots=True)
class Changed:
    """A changed sentence.

    Attributes:
        row: Number of the original.
        parties: Event and party of each name that was swapped; the event is empty for a swap list.
    """

    row: int
    text: str
    parties: tuple[tuple[str, str], ...] = ()


class NameSwapper:
    """Swaps the names of parties in labelled sentences.

    Args:
        sentences: The sentences. Names are swapped alike in all sentences of an event or document.
        events: Parties of the events.
        swaps: A swap list, for names that no event lists.
        seed: Another seed draws other invented names.
        areas: Names that nobody has seen, by area; the shipped ones by default.
    """

    def __init__(
        self,
        sentences: Sequence[LabelledSentence],
        events: Mapping[str, Event],
        swaps: SwapList | None = None,
        *,
        seed: int = 0,
        areas: Mapping[str, Area] | None = None,
    ) -> None:
        self._areas = areas
        self._sentences = sentences
        self._swaps = swaps
        self._seed = seed
        self._parties = {name: event_parties(event) for name, event in events.items()}
        self._listed = {} if swaps is None else _owners("", swaps.parties.values())
        self._finder = NameFinder(self._listed, keep=() if swaps is None else swaps.keep)
        self._groups: dict[str, list[int]] = defaultdict(list)
        for row, item in enumerate(sentences):
            self._groups[item.event].append(row)

    def parties(self) -> list[Changed]:
        """Return the sentences in which the names of each party became those of another."""
        only_listed = party_swap((), self._swaps, seed=(self._seed,))
        changed = []
        for group, rows in self._groups.items():
            parties = self._parties.get(group, ())
            swap = party_swap(parties, self._swaps, seed=(self._seed, group)) if parties else only_listed
            changed += self._apply(swap, group, rows)
        return changed

    def unseen(self, draws: int) -> list[Changed]:
        """Return the sentences with invented names, once for each draw."""
        changed = []
        for group, rows in self._groups.items():
            parties = [*self._parties.get(group, ()), *self._named(rows)]
            for draw in range(draws if parties else 0):
                swap = unseen_swap(
                    parties, (self._seed, group, draw), keep=self._swaps.keep if self._swaps else (), areas=self._areas
                )
                changed += self._apply(swap, group, rows)
        return changed

    def _named(self, rows: Sequence[int]) -> list[PartyNames]:
        """Return the parties of the swap list that these sentences name."""
        if self._swaps is None:
            return []
        texts = (self._sentences[row].text for row in rows)
        names = (self._listed[found.name][1] for text in texts for found in self._finder.find(text))
        return [self._swaps.parties[name] for name in dict.fromkeys(names)]

    def _apply(self, swap: Swap, group: str, rows: Sequence[int]) -> list[Changed]:
        owners = self._listed | _owners(group, self._parties.get(group, ()))
        changed = []
        for row in rows:
            swapped = swap(self._sentences[row].text)
            if swapped.text != self._sentences[row].text:
                named = dict.fromkeys(owners[found.name] for found in swapped.names if found.name in owners)
                changed.append(Changed(row, swapped.text, tuple(named)))
        return changed


def perturbed(sentences: Sequence[LabelledSentence], name: str, *, seed: int = 0) -> list[Changed]:
    """Return the sentences that the perturbation *name* changes."""
    change = PERTURBATIONS[name].change
    changed = []
    for row, item in enumerate(sentences):
        digest = hashlib.sha256(f"{seed}\0{name}\0{item.text}".encode()).digest()
        text = change(item.text, random.Random(digest))  # noqa: S311 - a choice of letters, not a secret
        if text != item.text:
            changed.append(Changed(row, text))
    return changed


def _owners(event: str, parties: Iterable[PartyNames]) -> dict[str, tuple[str, str]]:
    owners: dict[str, tuple[str, str]] = {}
    for party in parties:
        for form in party.forms:
            owners.setdefault(form, (event, party.id))
    return owners
