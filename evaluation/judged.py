"""Gold labels and predictions side by side, as arrays. N sentences, F frames, S stances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..data.codebook import Codebook
from ..data.confidence import Abstention
from ..data.types import LabelledSentence, Span
from .bootstrap import independent_groups

__all__ = ["Decided", "Gold", "Judged", "Predicted"]


@dataclass(frozen=True)
class Gold:
    """What the annotators say.

    Attributes:
        frames: (N, F) bool.
        stances: (N, F), index of the stance; -1 where there is no frame or the data has no stance.
        primary: (N,), index of the primary frame; -1 for no frame.
        sources: Span of the source, or None.
        sources_known: (N,) bool, False where the data says nothing of sources.
        texts: The sentences.
        groups: Event of each sentence (its document, where events are unknown, or there is one); intervals resample
            these.
    """

    frames: NDArray[np.bool_]
    stances: NDArray[np.int64]
    primary: NDArray[np.int64]
    sources: tuple[Span | None, ...]
    sources_known: NDArray[np.bool_]
    texts: tuple[str, ...]
    groups: tuple[str, ...]

    @classmethod
    def of(cls, sentences: Sequence[LabelledSentence], codebook: Codebook) -> Gold:
        """Lay out the labels of *sentences* in the order of the codebook."""
        frames, stances = codebook.frame_ids, codebook.stance_ids
        present = np.array([[name in item.labels for name in frames] for item in sentences], dtype=bool)
        stance = np.full((len(sentences), len(frames)), -1)
        primary = np.full(len(sentences), -1)
        for row, item in enumerate(sentences):
            for position, (frame, held) in enumerate(item.labels.items()):
                column = frames.index(frame)
                if position == 0:
                    primary[row] = column
                if held is not None:
                    stance[row, column] = stances.index(held)
        return cls(
            frames=present.reshape(len(sentences), len(frames)),
            stances=stance,
            primary=primary,
            sources=tuple(item.source for item in sentences),
            sources_known=np.array([item.source_known for item in sentences], dtype=bool),
            texts=tuple(item.text for item in sentences),
            groups=tuple(independent_groups(sentences)),
        )


@dataclass(frozen=True)
class Decided:
    """Decisions of a tool that are known without the scores and thresholds that led to them.

    Attributes:
        frames: (N, F) bool, the frames found.
        stances: (N, F), index of the stance of each frame, found or not; -1 where none was given.
        primary: (N,), index of the primary frame; -1 for none.
        scored: Whether the scores beside them are the tool's own; else nothing is made of scores.
        sourced: Whether the tool names sources at all.
    """

    frames: NDArray[np.bool_]
    stances: NDArray[np.int64]
    primary: NDArray[np.int64]
    scored: bool
    sourced: bool


@dataclass(frozen=True)
class Predicted:
    """What a model says.

    Attributes:
        frame_scores: (N, F), calibrated P(frame).
        stance_scores: (N, F, S), calibrated P(stance | frame).
        thresholds: (F,), score from which a frame counts as found.
        sources: Span of the source, or None.
        abstention: When it abstains; never by default.
        decided: Decisions that take the place of what follows from scores and thresholds.
    """

    frame_scores: NDArray[np.float32]
    stance_scores: NDArray[np.float32]
    thresholds: NDArray[np.float64]
    sources: tuple[Span | None, ...]
    abstention: Abstention = field(default=Abstention())
    decided: Decided | None = None

    @property
    def frames(self) -> NDArray[np.bool_]:
        """(N, F) bool, the frames found."""
        if self.decided is not None:
            return self.decided.frames
        return np.asarray(self.frame_scores >= self.thresholds, dtype=bool)

    @property
    def stances(self) -> NDArray[np.int64]:
        """(N, F), the most probable stance of each frame, found or not."""
        if self.decided is not None:
            return self.decided.stances
        return np.asarray(self.stance_scores.argmax(-1), dtype=np.int64)

    @property
    def primary(self) -> NDArray[np.int64]:
        """(N,), the found frame with the highest score; -1 for none."""
        if self.decided is not None:
            return self.decided.primary
        scores = np.where(self.frames, self.frame_scores, -1.0)
        return np.where(self.frames.any(1), scores.argmax(1), -1)

    @property
    def confidence(self) -> NDArray[np.float64]:
        """(N,), probability of the answer: of the primary frame and its stance, or of no frame."""
        return self._sureness[0]

    @property
    def abstained(self) -> NDArray[np.bool_]:
        """(N,) bool, True where the model is too unsure to be taken at its word."""
        return self._sureness[1]

    @cached_property
    def _sureness(self) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        return self.abstention.decide(self.frame_scores, self.stance_scores, self.thresholds)


@dataclass(frozen=True)
class Judged:
    """Gold and prediction of the same sentences in the same order."""

    gold: Gold
    predicted: Predicted
    codebook: Codebook

    def __post_init__(self) -> None:
        if self.gold.frames.shape != self.predicted.frame_scores.shape:
            raise ValueError(f"gold {self.gold.frames.shape} and predicted {self.predicted.frame_scores.shape} differ")
