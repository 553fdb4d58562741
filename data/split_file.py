"""A split that is frozen in a file, so that everybody trains and measures on the same events."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from ..errors import InputError, UsageError
from .codebook import Codebook
from .output import write_json
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
    """Draw a split by event in which the parts are alike: each with every frame and stance by its share, where it can.

    Many random splits are drawn; the one is kept in which the counts of all frames and pairs of frame and stance (and
    of sentences without frame, of sources and of the parts with and without own text) lie nearest to their shares. A
    pair that only one or two events hold cannot be in all three parts; then it is there to learn from.

    Args:
        sentences: All sentences.
        codebook: The codebook of the labels.
        dev: Share of sentences to tune on.
        test: Share of sentences to measure on.
        seed: Seed of the draws.

    Raises:
        UsageError: The shares are not between 0 and 1, the seed is negative, there are fewer than three events or
            documents, or sentences belong to no document and so could be named by their text alone.
    """
    if not (0 < dev < 1 and 0 < test < 1 and dev + test < 1):
        raise UsageError("the shares of dev and test must be above 0, and together below 1")
    if seed < 0:
        raise UsageError(f"the seed must not be negative, as {seed} is")
    if any(item.event == item.text for item in sentences):
        raise UsageError("a frozen split names events or documents, and some sentences have neither: add a column doc")
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
        first = int(np.abs(reached - test).argmin()) + 1
        second = max(first, int(np.abs(reached - test - dev).argmin())) + 1
        if second >= len(names):
            continue
        parts = [counts[order[start:end]].sum(0) for start, end in ((0, first), (first, second), (second, len(names)))]
        distance = sum(
            float((np.square(part - share * total) / np.maximum(share * total, 1)).sum())
            + lack * float(((part == 0) & (total > 0)).sum())
            for part, share, lack in zip(parts, (test, dev, 1 - dev - test), (100, 100, 10_000), strict=True)
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
        UsageError: Sentences of one document or of the same text would stand on two sides, nothing is left to learn
            from or to tune on, or none of the events to measure on is in the data.
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
    empty = [name for name, items in parts.items() if not items and (name != "test" or frozen.test)]
    if empty:
        raise UsageError(f"the split leaves nothing in {' and '.join(empty)}: it was made for other data")
    return Split(**parts)


def missing_pairs(split: Split, codebook: Codebook) -> dict[str, list[str]]:
    """Return, for each part, the pairs ``frame:stance`` that the data holds and the part lacks.

    A label without a stance counts as ``frame``.
    """
    parts = {"train": split.train, "dev": split.dev, "test": split.test}
    held = {name: {pair for item in items for pair in item.labels.items()} for name, items in parts.items()}
    stances = (*codebook.stance_ids, None)
    known = [(frame, stance) for frame in codebook.frame_ids for stance in stances]
    anywhere = set().union(*held.values())
    return {
        name: [
            f"{frame}:{stance}" if stance else frame for frame, stance in known if (frame, stance) in anywhere - pairs
        ]
        for name, pairs in held.items()
    }


def load_split(path: str | Path) -> FrozenSplit:
    """Read a frozen split.

    Raises:
        InputError: The file cannot be read, a field is wrong, or an event stands on two sides.
    """
    file = Path(path)
    try:
        content = load_json(file.read_text(encoding="utf-8"))
        if isinstance(content, dict) and set(content) == {"train", "dev", "test"}:
            raise InputError(
                "is what a model has seen, as hashes, and no frozen split; name the file that `data split` wrote",
                path=file,
            )
        frozen = FrozenSplit.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(first["msg"], path=file, field=".".join(map(str, first["loc"])) or None) from error
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be read as JSON: {error}", path=file) from error
    both = sorted(set(frozen.dev) & set(frozen.test))
    if both:
        raise InputError(f"the event {both[0]!r} stands in dev and in test", path=file)
    return frozen


def write_split(frozen: FrozenSplit, path: str | Path) -> None:
    """Write a frozen split, one event a line, so that a change of it can be read."""
    write_json(Path(path), frozen.model_dump())


def _features(sentences: Sequence[LabelledSentence], codebook: Codebook) -> NDArray[np.float64]:
    pairs = [(frame, stance) for frame in codebook.frame_ids for stance in codebook.stance_ids]
    rows = [
        [1, not item.labels, item.source is not None, item.text_elsewhere]
        + [frame in item.labels for frame in codebook.frame_ids]
        + [item.labels.get(frame) == stance for frame, stance in pairs]
        for item in sentences
    ]
    return np.array(rows, dtype=np.float64)


def _events_of(sentences: Sequence[LabelledSentence], groups: Sequence[str]) -> dict[str, set[str]]:
    events: dict[str, set[str]] = {}
    for item, group in zip(sentences, groups, strict=True):
        events.setdefault(group, set()).add(item.event)
    return events
