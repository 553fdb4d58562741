"""Splits that keep a document, and an event, on one side."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import UsageError
from .types import LabelledSentence

__all__ = ["Split", "check_disjoint", "fingerprint", "groups_of", "split_by_group"]

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
        event = root(f"event:{item.event}")
        for key in _keys(item):
            parent[root(key)] = event
    return [root(f"event:{item.event}") for item in sentences]


def split_by_group(sentences: Sequence[LabelledSentence], *, dev: float, test: float, seed: int) -> Split:
    """Split by event, else by document; no document, event or identical text is ever on two sides.

    Groups are ordered by a hash of seed and name, so that new groups do not move the old ones about, and dealt out
    until each part has its share of the sentences.

    Args:
        dev: Share of sentences to tune on.
        test: Share of sentences to measure on; may be 0.

    Raises:
        UsageError: There are too few groups to hold any out.
    """
    members: dict[str, list[LabelledSentence]] = defaultdict(list)
    for item, group in zip(sentences, groups_of(sentences), strict=True):
        members[group].append(item)
    wanted = 1 + (dev > 0) + (test > 0)
    if len(members) < wanted:
        raise UsageError(
            f"the data holds {len(members)} event(s) or document(s) that are independent of each other; at least"
            f" {wanted} are needed to hold some out. Add documents, or lower split.test to 0"
        )
    order = sorted(members, key=lambda group: hashlib.sha256(f"{seed}:{group}".encode()).digest(), reverse=True)
    parts: dict[str, list[LabelledSentence]] = {"test": [], "dev": [], "train": []}
    for name, share, still_empty in (("test", test, 1 + (dev > 0)), ("dev", dev, 1)):
        # A group is taken when that brings the part nearer to its share; the first one always is.
        while share > 0 and len(order) > still_empty:
            size = len(members[order[-1]])
            if parts[name] and len(parts[name]) + size / 2 > share * len(sentences):
                break
            parts[name].extend(members[order.pop()])
    for group in order:
        parts["train"].extend(members[group])
    return Split(**parts)


def fingerprint(sentence: LabelledSentence) -> tuple[str, ...]:
    """Return short hashes of the document and of a text long enough to be telling.

    By these a model remembers what it has seen without keeping the text.
    """
    return tuple(_hash(key) for key in _keys(sentence))


def _keys(sentence: LabelledSentence) -> list[str]:
    plain = " ".join(sentence.text.casefold().split())
    # "Photo: press service" stands in many documents and must not tie them together.
    telling = plain.count(" ") + 1 >= _TELLING_WORDS
    return [f"doc:{sentence.doc}"] + ([f"text:{plain}"] if telling else [])


def _hash(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def check_disjoint(sentences: Sequence[LabelledSentence], seen: set[str], *, what: str) -> None:
    """Refuse sentences whose document or text is among the fingerprints in *seen*.

    Raises:
        UsageError: Some are; the message counts them and names the first.
    """
    known = [item for item in sentences if not seen.isdisjoint(fingerprint(item))]
    if known:
        raise UsageError(
            f"{len(known)} of {len(sentences)} sentences stand in documents that {what}"
            f" (the first: {known[0].place or known[0].id}); a score on them would say nothing"
        )
