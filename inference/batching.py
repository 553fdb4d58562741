"""Batches of sentences of like length, so that little is computed on padding."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ..models.tokenization import Encoded

__all__ = ["pad", "token_batches", "windows"]

_Item = TypeVar("_Item")


def windows(items: Iterable[_Item], size: int) -> Iterator[list[_Item]]:
    """Cut a stream into lists of *size* items, so that memory is bounded whatever its length."""
    if size < 1:
        raise ValueError(f"a window must hold at least one item, not {size}")
    iterator = iter(items)
    while window := list(islice(iterator, size)):
        yield window


def token_batches(lengths: Sequence[int], *, budget: int) -> list[list[int]]:
    """Group items of like length so that items times longest stays within *budget*; longest first.

    Args:
        lengths: Tokens of each item.
        budget: Padded tokens of a batch; an item that is longer makes a batch of its own.

    Returns:
        The positions of the items of each batch.
    """
    batches: list[list[int]] = []
    longest = 0
    for index in sorted(range(len(lengths)), key=lambda index: (-lengths[index], index)):
        if not batches or (len(batches[-1]) + 1) * longest > budget:
            batches.append([])
            longest = lengths[index]
        batches[-1].append(index)
    return batches


def pad(encoded: Sequence[Encoded], pad_id: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return token ids (B, L) filled up with *pad_id*, and the mask (B, L)."""
    longest = max(len(item) for item in encoded)
    ids = np.full((len(encoded), longest), pad_id, dtype=np.int64)
    mask = np.zeros((len(encoded), longest), dtype=np.int64)
    for row, item in enumerate(encoded):
        ids[row, : len(item)] = item.ids
        mask[row, : len(item)] = 1
    return ids, mask
