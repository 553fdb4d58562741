"""Labelled sentences as tensors."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..data.codebook import Codebook
from ..data.types import LabelledSentence, Span
from ..models.network import IGNORED
from ..models.tokenization import Encoded, SentenceTokenizer
from .config import ClassWeights
from .targets import Targets

__all__ = ["Collator", "SentenceDataset", "frame_weights", "stance_weights"]

#: No class counts more than this, however rare it is.
_MOST = 5.0


class SentenceDataset(torch.utils.data.Dataset[dict[str, Any]]):
    """Encoded sentences with their targets.

    An item holds ``input_ids`` and ``source_labels`` (L,), ``frame_labels`` (F,) and ``stance_labels`` (F, S).
    """

    def __init__(self, texts: Sequence[str], targets: Targets, tokenizer: SentenceTokenizer) -> None:
        encoded = tokenizer.encode(texts)
        self._items = [_item(row, tokens, targets) for row, tokens in enumerate(encoded)]
        self.truncated = sum(tokens.truncated for tokens in encoded)

    @classmethod
    def labelled(
        cls, sentences: Sequence[LabelledSentence], tokenizer: SentenceTokenizer, codebook: Codebook
    ) -> SentenceDataset:
        """Return labelled sentences with their gold labels as targets."""
        return cls([item.text for item in sentences], Targets.of(sentences, codebook), tokenizer)

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, index: int) -> dict[str, Any]:
        return self._items[index]


def _item(row: int, tokens: Encoded, targets: Targets) -> dict[str, Any]:
    return {
        "input_ids": list(tokens.ids),
        "frame_labels": targets.frames[row],
        "stance_labels": targets.stances[row],
        "source_labels": _tags(targets.sources[row], tokens, known=bool(targets.sources_known[row])),
    }


def _tags(source: Span | None, tokens: Encoded, *, known: bool) -> list[int]:
    """Return 0 outside, 1 begin, 2 inside for each token; all ignored where nothing is known of the source."""
    if not known:
        return [IGNORED] * len(tokens)
    tags = []
    begun = False
    for start, end in tokens.offsets:
        if end <= start:  # a special token
            tags.append(IGNORED)
        elif source and start < source[1] and end > source[0]:
            tags.append(2 if begun else 1)
            begun = True
        else:
            tags.append(0)
    return tags


class Collator:
    """Pads the sentences of a batch to the longest of them."""

    def __init__(self, pad_id: int) -> None:
        self._pad_id = pad_id

    def __call__(self, items: Sequence[Mapping[str, Any]]) -> dict[str, Tensor]:
        """Return ``input_ids``, ``attention_mask``, ``source_labels`` (B, L) and the other labels."""
        longest = max(len(item["input_ids"]) for item in items)

        def padded(name: str, filler: int) -> Tensor:
            return torch.tensor([item[name] + [filler] * (longest - len(item[name])) for item in items])

        mask = [[1] * len(item["input_ids"]) + [0] * (longest - len(item["input_ids"])) for item in items]
        return {
            "input_ids": padded("input_ids", self._pad_id),
            "attention_mask": torch.tensor(mask),
            "frame_labels": torch.from_numpy(np.stack([item["frame_labels"] for item in items])),
            "stance_labels": torch.from_numpy(np.stack([item["stance_labels"] for item in items])),
            "source_labels": padded("source_labels", IGNORED),
        }


def frame_weights(sentences: Sequence[LabelledSentence], codebook: Codebook, setting: ClassWeights) -> dict[str, float]:
    """Return the weight of the positive class of each frame, by name.

    Raises:
        CodebookError: The setting names a frame that the codebook lacks.
    """
    if isinstance(setting, dict):
        return {codebook.check_frame(name, field="loss.frame_weights"): weight for name, weight in setting.items()}
    if setting == "none":
        return {}
    counts = Counter(name for item in sentences for name in item.labels)
    total = len(sentences)
    return {
        name: min(_MOST, math.sqrt((total - counts[name]) / counts[name])) if counts[name] else 1.0
        for name in codebook.frame_ids
    }


def stance_weights(
    sentences: Sequence[LabelledSentence], codebook: Codebook, setting: ClassWeights
) -> dict[str, float]:
    """Return the weight of each stance, by name.

    Raises:
        CodebookError: The setting names a stance that the codebook lacks.
    """
    if isinstance(setting, dict):
        return {codebook.check_stance(name, field="loss.stance_weights"): weight for name, weight in setting.items()}
    if setting == "none":
        return {}
    counts = Counter(stance for item in sentences for stance in item.labels.values() if stance is not None)
    if not counts:
        return {}
    mean = sum(counts.values()) / len(codebook.stance_ids)
    return {name: min(_MOST, math.sqrt(mean / counts[name])) if counts[name] else 1.0 for name in codebook.stance_ids}
