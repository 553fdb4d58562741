"""What repeats itself in labelled sentences: near-duplicates, shared skeletons, openings used again and again.

A model learns a template by heart and is then praised for it; so repetition is looked for before training.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from datasketch import MinHash, MinHashLSH

from .types import LabelledSentence

__all__ = ["NearDuplicate", "near_duplicates", "repeated_openings", "shared_skeletons"]

#: Pieces of so many characters are compared: long enough to tell words, short enough to survive an inflection.
_SHINGLE = 5
_PERMUTATIONS = 128

_WORD = re.compile(r"\w+(?:['’]\w+)?")
_SLOT = "_"


@dataclass(frozen=True)
class NearDuplicate:
    """Two sentences that share most of their pieces.

    Attributes:
        similarity: Jaccard similarity of their pieces of five characters, from 0 to 1.
    """

    first: LabelledSentence
    second: LabelledSentence
    similarity: float


def near_duplicates(
    sentences: Sequence[LabelledSentence], *, threshold: float = 0.7, across_events: bool = False, words: int = 6
) -> list[NearDuplicate]:
    """Return the pairs of sentences that are nearly the same, the most similar first.

    Of several that are the same word for word, each is paired with the first alone. Candidates come from MinHash with
    locality-sensitive hashing (datasketch); their similarity is then computed.

    Args:
        sentences: All sentences.
        threshold: Jaccard similarity from which a pair counts.
        across_events: Only pairs from two events.
        words: Shorter sentences ("Photo: press service") are passed over.
    """
    index = MinHashLSH(threshold=max(0.05, threshold - 0.1), num_perm=_PERMUTATIONS)
    pieces: dict[int, frozenset[str]] = {}
    first_of: dict[str, int] = {}
    found: list[NearDuplicate] = []
    for number, item in enumerate(sentences):
        plain = _plain(item.text)
        if plain.count(" ") + 1 < words:
            continue
        # Copies are compared with the first of them alone: a thousand copies are a thousand pairs, not half a million.
        copied = first_of.setdefault(plain, number)
        if copied != number:
            if not across_events or sentences[copied].event != item.event:
                found.append(NearDuplicate(sentences[copied], item, 1.0))
            continue
        pieces[number] = _shingles(plain)
        sketch = MinHash(num_perm=_PERMUTATIONS, seed=1)
        sketch.update_batch([piece.encode() for piece in pieces[number]])
        for other in index.query(sketch):
            if across_events and sentences[other].event == item.event:
                continue
            similarity = _jaccard(pieces[other], pieces[number])
            if similarity >= threshold:
                found.append(NearDuplicate(sentences[other], item, round(similarity, 3)))
        index.insert(number, sketch)
    return sorted(found, key=lambda pair: (-pair.similarity, pair.first.id, pair.second.id))


def _plain(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))


def _shingles(plain: str) -> frozenset[str]:
    return frozenset(plain[start : start + _SHINGLE] for start in range(max(1, len(plain) - _SHINGLE + 1)))


def _jaccard(first: frozenset[str], second: frozenset[str]) -> float:
    return len(first & second) / max(1, len(first | second))


def shared_skeletons(sentences: Iterable[LabelledSentence], *, words: int = 6) -> dict[str, list[LabelledSentence]]:
    """Return the skeletons that several sentences share: the text with names and numbers taken out.

    "On 3 May the Orvanian envoy met Vell" and "On 9 June the Tuskan envoy met Harn" have one skeleton. Words after
    the first that begin with a capital, and whatever holds a digit, are slots.

    Args:
        sentences: All sentences.
        words: Skeletons with fewer words beside the slots are passed over.
    """
    by_skeleton: dict[str, list[LabelledSentence]] = defaultdict(list)
    for item in sentences:
        skeleton = _skeleton(item.text)
        if len(skeleton.replace(_SLOT, " ").split()) >= words:
            by_skeleton[skeleton].append(item)
    return {skeleton: items for skeleton, items in by_skeleton.items() if len(items) > 1}


def _skeleton(text: str) -> str:
    parts: list[str] = []
    for number, word in enumerate(_WORD.findall(text)):
        slot = any(character.isdigit() for character in word) or (number > 0 and word[0].isupper())
        if not (slot and parts and parts[-1] == _SLOT):
            parts.append(_SLOT if slot else word.casefold())
    return " ".join(parts)


def repeated_openings(sentences: Iterable[LabelledSentence], *, words: int = 4) -> Counter[str]:
    """Return how often each opening of so many words is used; shorter sentences are passed over."""
    openings = (_WORD.findall(item.text.casefold())[: words + 1] for item in sentences)
    return Counter(" ".join(opening[:words]) for opening in openings if len(opening) > words)
