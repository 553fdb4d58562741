"""Splits that keep a document, and an event, on one side."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ..errors import UsageError
from .types import LabelledSentence

__all__ = ["Located", "Split", "check_disjoint", "fingerprint", "groups_of", "split_by_group"]

#: The same text in two documents ties them together only from so many words on.
_TELLING_WORDS = 6


@dataclass(frozen=True)
class Split:
    """Sentences to learn from, to tune on, and to measure on."""

    train: list[LabelledSentence]
    dev: list[LabelledSentence]
    test: list[LabelledSentence]


def groups_of(sentences: Sequence[LabelledSentence]) -> list[str]:
    """Return the group of each sentence: what shares an event, a document or a text hangs together."""
    parent: dict[str, str] = {}

    def root(key: str) -> str:
        parent.setdefault(key, key)
        while parent[key] != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    for item in sentences:
        for key in _keys(item):
            # The name of a group must not hang on the order of the sentences: it is the first of its events.
            first, second = sorted((root(f"event:{item.event}"), root(key)), key=_events_first)
            parent[second] = first
    return [root(f"event:{item.event}") for item in sentences]


def _events_first(key: str) -> tuple[bool, str]:
    return not key.startswith("event:"), key


def split_by_group(sentences: Sequence[LabelledSentence], *, dev: float, test: float, seed: int) -> Split:
    """Split by event, else by document; no document, event or identical text is ever on two sides.

    Groups are ordered by a hash of seed and name, so that new groups do not move the old ones about, and
    dealt out until each part has its share of the sentences.

    Args:
        sentences: All sentences.
        dev: Share of sentences to tune on.
        test: Share of sentences to measure on; may be 0.
        seed: Another seed holds out other groups.

    Raises:
        UsageError: There are too few groups to hold any out.
    """
    members: dict[str, list[LabelledSentence]] = defaultdict(list)
    for item, group in zip(sentences, groups_of(sentences), strict=True):
        members[group].append(item)
    wanted = 1 + (dev > 0) + (test > 0)
    if len(members) < wanted:
        raise UsageError(
            f"the data holds {len(members)} event(s) or document(s) that are independent of each other; at"
            f" least {wanted} are needed to hold some out. Add documents, or lower split.test to 0"
        )
    order = sorted(members, key=lambda group: hashlib.sha256(f"{seed}:{group}".encode()).digest(), reverse=True)
    parts: dict[str, list[LabelledSentence]] = {"test": [], "dev": [], "train": []}
    for name, share, still_empty in (("test", test, 1 + (dev > 0)), ("dev", dev, 1)):
        if share > 0:
            sizes = {group: len(members[group]) for group in order}
            held_out = _deal(order, sizes, wanted=share * len(sentences), left=still_empty)
            parts[name].extend(item for group in held_out for item in members[group])
            gone = set(held_out)
            order = [group for group in order if group not in gone]
    for group in order:
        parts["train"].extend(members[group])
    return Split(**parts)


def _deal(order: Sequence[str], sizes: Mapping[str, int], *, wanted: float, left: int) -> list[str]:
    """Return groups from the end of *order* with about *wanted* sentences: at least one, and *left* stay."""
    # A group of more than twice the share is passed over: to hold nothing out would be nearer.
    fitting = [group for group in reversed(order) if sizes[group] <= 2 * wanted]
    taken = fitting[:1] or [min(reversed(order), key=lambda group: sizes[group])]
    count = sizes[taken[0]]
    for group in fitting[1:]:
        if len(order) - len(taken) <= left or count + sizes[group] / 2 > wanted:
            break
        taken.append(group)
        count += sizes[group]
    return taken


class Located(Protocol):
    """A sentence, labelled or not, with its document."""

    @property
    def doc(self) -> str:
        """Identifier of the document."""

    @property
    def text(self) -> str:
        """The sentence."""


def fingerprint(sentence: Located, *, local_ids: bool = False) -> tuple[str, ...]:
    """Return short hashes of the document and of a text long enough to be telling.

    By these a model remembers what it has seen without keeping the text.

    Args:
        sentence: The sentence.
        local_ids: Leave the document out, because its id means something within its own data alone.
    """
    return tuple(_hash(key) for key in _keys(sentence)[int(local_ids) :])


def _keys(sentence: Located) -> list[str]:
    plain = " ".join(sentence.text.casefold().split())
    # "Photo: press service" stands in many documents and must not tie them together.
    telling = plain.count(" ") + 1 >= _TELLING_WORDS
    return [f"doc:{sentence.doc}"] + ([f"text:{plain}"] if telling else [])


def _hash(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def check_disjoint(
    sentences: Sequence[LabelledSentence], seen: set[str], *, what: str, local_ids: bool = False
) -> None:
    """Refuse sentences whose document or text is among the fingerprints in *seen*.

    Args:
        sentences: What is to be measured on.
        seen: Fingerprints of what a model has seen.
        what: What the model did with those documents, to complete "documents that …".
        local_ids: Compare texts alone: the same id may stand for another document.

    Raises:
        UsageError: Some are; the message counts them and names the first.
    """
    known = [item for item in sentences if not seen.isdisjoint(fingerprint(item, local_ids=local_ids))]
    if known:
        raise UsageError(
            f"{len(known)} of {len(sentences)} sentences stand in documents that {what}"
            f" (the first: {known[0].place or known[0].id}); a score on them would say nothing"
        )
