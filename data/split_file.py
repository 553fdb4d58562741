"""A split that is frozen in a file, so that everybody trains and measures on the same events."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from ..errors import InputError, UsageError
from .codebook import Codebook
from .splits import Split, groups_of
from .strict import load_json
from .types import LabelledSentence

__all__ = ["FrozenSplit", "apply_split", "balanced_split", "load_split", "missing_pairs", "write_split"]

#: So many random splits are drawn, and the best one is kept.
_DRAWS = 3000


class FrozenSplit(BaseModel):
    """Which events (else documents) are held out; all others are there to learn from.

    Attributes:
        seed: Seed with which it was drawn.
        dev: Events to tune on.
        test: Events to measure on.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    seed: int | None = None
    dev: tuple[str, ...]
    test: tuple[str, ...]


def balanced_split(
    sentences: Sequence[LabelledSentence], codebook: Codebook, *, dev: float, test: float, seed: int
) -> FrozenSplit:
    """Draw a split by event in which the parts are alike: every frame and stance in each, by its share.

    Many random splits are drawn; the one is kept in which the counts of all pairs of frame and stance (and of
    sentences without frame, of sources and of the parts with and without own text) lie nearest to their shares.

    Args:
        sentences: All sentences.
        codebook: The codebook of the labels.
        dev: Share of sentences to tune on.
        test: Share of sentences to measure on.
        seed: Seed of the draws.

    Raises:
        UsageError: The shares are not between 0 and 1, or there are fewer than three events or documents.
    """
    if not (0 < dev < 1 and 0 < test < 1 and dev + test < 1):
        raise UsageError("the shares of dev and test must be above 0, and together below 1")
    groups = groups_of(sentences)
    names, index = np.unique(np.array(groups, dtype=object).astype(str), return_inverse=True)
    if len(names) < 3:
        raise UsageError(f"the data holds {len(names)} independent event(s) or document(s); a split needs three")
    features = _features(sentences, codebook)
    counts = np.zeros((len(names), features.shape[1]))
    np.add.at(counts, index, features)
    total = counts.sum(0)
    sizes = counts[:, 0] / total[0]
    rng = np.random.default_rng(seed)
    best: tuple[float, NDArray[np.int64], int, int] | None = None
    for _ in range(_DRAWS):
        order = rng.permutation(len(names))
        reached = sizes[order].cumsum()
        first = max(1, int(np.searchsorted(reached, test)))
        second = max(first + 1, int(np.searchsorted(reached, test + dev)))
        if second >= len(names):
            continue
        held = [counts[order[:first]].sum(0), counts[order[first:second]].sum(0)]
        distance = sum(
            float((np.square(part - share * total) / np.maximum(share * total, 1)).sum())
            + 100 * float(((part == 0) & (total >= 3)).sum())
            for part, share in zip(held, (test, dev), strict=True)
        )
        if best is None or distance < best[0]:
            best = distance, order, first, second
    if best is None:
        raise UsageError("a single event holds nearly all sentences: no split leaves something to learn from")
    _, order, first, second = best
    events = _events_of(sentences, groups)
    return FrozenSplit(
        seed=seed,
        test=tuple(sorted(event for row in order[:first] for event in events[names[row]])),
        dev=tuple(sorted(event for row in order[first:second] for event in events[names[row]])),
    )


def apply_split(sentences: Sequence[LabelledSentence], frozen: FrozenSplit) -> Split:
    """Return the parts of *sentences*; events that the split does not name are there to learn from.

    Raises:
        UsageError: Sentences of one document or of the same text would stand on two sides, or a part is empty.
    """
    side = dict.fromkeys(frozen.dev, "dev") | dict.fromkeys(frozen.test, "test")
    parts: dict[str, list[LabelledSentence]] = {"train": [], "dev": [], "test": []}
    of_group: dict[str, tuple[str, LabelledSentence]] = {}
    for item, group in zip(sentences, groups_of(sentences), strict=True):
        part = side.get(item.event, "train")
        first = of_group.setdefault(group, (part, item))
        if first[0] != part:
            raise UsageError(
                f"the split puts {item.id!r} into {part} and {first[1].id!r} into {first[0]}, but they share a document"
                " or a text; draw the split anew with: counterframe data split"
            )
        parts[part].append(item)
    empty = [name for name, items in parts.items() if not items]
    if empty:
        raise UsageError(f"the split leaves nothing in {' and '.join(empty)}: it was made for other data")
    return Split(**parts)


def missing_pairs(split: Split, codebook: Codebook) -> dict[str, list[str]]:
    """Return, for each part, the pairs ``frame:stance`` that it lacks."""
    return {
        name: [
            f"{frame}:{stance}"
            for frame in codebook.frame_ids
            for stance in codebook.stance_ids
            if not held[frame, stance]
        ]
        for name, items in (("train", split.train), ("dev", split.dev), ("test", split.test))
        for held in [Counter(pair for item in items for pair in item.labels.items())]
    }


def load_split(path: str | Path) -> FrozenSplit:
    """Read a frozen split.

    Raises:
        InputError: The file cannot be read, a field is wrong, or an event stands on two sides.
    """
    file = Path(path)
    try:
        frozen = FrozenSplit.model_validate(load_json(file.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(first["msg"], path=file, field=".".join(map(str, first["loc"]))) from error
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be read as JSON: {error}", path=file) from error
    both = sorted(set(frozen.dev) & set(frozen.test))
    if both:
        raise InputError(f"the event {both[0]!r} stands in dev and in test", path=file)
    return frozen


def write_split(frozen: FrozenSplit, path: str | Path) -> None:
    """Write a frozen split, one event a line, so that a change of it can be read."""
    content = json.dumps(frozen.model_dump(), indent=1, ensure_ascii=False) + "\n"
    Path(path).write_text(content, encoding="utf-8")


def _features(sentences: Sequence[LabelledSentence], codebook: Codebook) -> NDArray[np.float64]:
    pairs = [(frame, stance) for frame in codebook.frame_ids for stance in codebook.stance_ids]
    rows = [
        [1, not item.labels, item.source is not None, "sha1" in item.meta]
        + [item.labels.get(frame) == stance for frame, stance in pairs]
        for item in sentences
    ]
    return np.array(rows, dtype=np.float64)


def _events_of(sentences: Sequence[LabelledSentence], groups: Sequence[str]) -> dict[str, set[str]]:
    events: dict[str, set[str]] = {}
    for item, group in zip(sentences, groups, strict=True):
        events.setdefault(group, set()).add(item.event)
    return events
