"""What the network should say of sentences: gold labels, teachers' scores, or a mixture of both.

Shapes: N sentences, F frames, S stances.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..data.codebook import Codebook
from ..data.types import LabelledSentence, Span

__all__ = ["Targets"]


@dataclass(frozen=True)
class Targets:
    """Targets of N sentences.

    Attributes:
        frames: (N, F), probability that the frame is there; 0 or 1 for gold labels.
        stances: (N, F, S), probability of frame and stance together; all 0 where nothing is known of the stance.
        sources: The span of the source in each sentence, or None for no source.
        sources_known: (N,), False where nothing is known of the source.
    """

    frames: NDArray[np.float32]
    stances: NDArray[np.float32]
    sources: tuple[Span | None, ...]
    sources_known: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.frames)

    @classmethod
    def of(cls, sentences: Sequence[LabelledSentence], codebook: Codebook) -> Targets:
        """Return what the gold labels say."""
        columns = {name: column for column, name in enumerate(codebook.frame_ids)}
        places = {name: place for place, name in enumerate(codebook.stance_ids)}
        frames = np.zeros((len(sentences), len(columns)), dtype=np.float32)
        stances = np.zeros((*frames.shape, len(places)), dtype=np.float32)
        for row, item in enumerate(sentences):
            for name, stance in item.labels.items():
                frames[row, columns[name]] = 1.0
                if stance is not None:
                    stances[row, columns[name], places[stance]] = 1.0
        known = np.array([item.source_known for item in sentences], dtype=np.bool_)
        return cls(frames, stances, tuple(item.source for item in sentences), known)

    def mixed_with(self, other: Targets, share: float) -> Targets:
        """Return these targets with *share* of another reading of the same sentences in them; sources stay."""
        return Targets(
            ((1 - share) * self.frames + share * other.frames).astype(np.float32),
            ((1 - share) * self.stances + share * other.stances).astype(np.float32),
            self.sources,
            self.sources_known,
        )

    def followed_by(self, other: Targets) -> Targets:
        """Return the targets of these sentences and then of *other* ones."""
        return Targets(
            np.concatenate([self.frames, other.frames]),
            np.concatenate([self.stances, other.stances]),
            (*self.sources, *other.sources),
            np.concatenate([self.sources_known, other.sources_known]),
        )

    def cut(self, at: int) -> tuple[Targets, Targets]:
        """Return the targets of the first *at* sentences and of the others."""
        first, rest = slice(None, at), slice(at, None)
        return (
            Targets(self.frames[first], self.stances[first], self.sources[first], self.sources_known[first]),
            Targets(self.frames[rest], self.stances[rest], self.sources[rest], self.sources_known[rest]),
        )
