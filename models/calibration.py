"""How logits become probabilities and decisions: what is fitted on held-out documents, kept in ``calibration.json``."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from ..data.codebook import Codebook
from ..data.confidence import NEVER, Abstention
from ..data.precision import PrecisionCurve
from ..errors import UsageError, nearest

__all__ = ["EVERY", "NO_FRAME", "Calibration", "check_targets"]

_Array = NDArray[np.float64]

#: Stands for all labels for which no target precision of their own is given.
EVERY = "*"

#: Names the answer "no frame" beside the frames, where no frame bears that name.
NO_FRAME = "none"


class Calibration(BaseModel):
    """How logits become decisions; fitted on held-out documents.

    Older files hold the first two temperatures and the thresholds alone.

    Attributes:
        frame_temperature: Divides the logits of frames that have no temperature of their own.
        stance_temperature: Divides the stance logits of such frames.
        frame_temperatures: Divides the logit of a frame, by frame id.
        frame_biases: Added to the logit of a frame then; 0 where a frame is not named.
        stance_temperatures: Divides the stance logits given a frame, by frame id.
        stance_rates: Share of each stance in the texts to be read that the calibration was made for, by stance id;
            empty where nothing was said of them.
        stance_biases: Added to the logit of a stance then, by stance id; empty without such rates.
        thresholds: Probability from which a frame counts as found, by frame id.
        source_margin: Log-odds by which the best source span must beat "no source".
        min_confidence: Below this probability of the whole answer a sentence is marked as abstained.
        precision: How often a frame, with its stance, was right where it was found, by frame id.
        precision_without_frame: The same for the answer "no frame".
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    frame_temperature: float = Field(default=1.0, gt=0, allow_inf_nan=False)
    stance_temperature: float = Field(default=1.0, gt=0, allow_inf_nan=False)
    frame_temperatures: dict[str, float] = Field(default_factory=dict)
    frame_biases: dict[str, float] = Field(default_factory=dict)
    stance_temperatures: dict[str, float] = Field(default_factory=dict)
    stance_rates: dict[str, float] = Field(default_factory=dict)
    stance_biases: dict[str, float] = Field(default_factory=dict)
    thresholds: dict[str, float]
    source_margin: float = 0.0
    min_confidence: float = Field(default=0.5, ge=0, le=1)
    precision: dict[str, PrecisionCurve] = Field(default_factory=dict)
    precision_without_frame: PrecisionCurve | None = None

    @classmethod
    def neutral(cls, codebook: Codebook) -> Calibration:
        """Return temperatures of 1 and thresholds of 0.5."""
        return cls(thresholds=dict.fromkeys(codebook.frame_ids, 0.5))

    def problem(self, codebook: Codebook) -> str | None:
        """Return what does not fit the codebook, or None."""
        frames = set(codebook.frame_ids)
        if set(self.thresholds) != frames:
            return "does not hold one threshold for each frame"
        for field in ("frame_temperatures", "frame_biases", "stance_temperatures", "precision"):
            held: Mapping[str, object] = getattr(self, field)
            if held and set(held) != frames:
                return f"field {field!r} does not hold one entry for each frame"
        for field in ("stance_rates", "stance_biases"):
            given: Mapping[str, float] = getattr(self, field)
            if given and set(given) != set(codebook.stance_ids):
                return f"field {field!r} does not hold one entry for each stance"
        for temperature in (*self.frame_temperatures.values(), *self.stance_temperatures.values()):
            if not (temperature > 0 and math.isfinite(temperature)):
                return f"a temperature must be above 0, not {temperature}"
        return None

    def frame_scales(self, frames: Sequence[str]) -> tuple[_Array, _Array]:
        """Return temperature and bias (F,) of each of *frames*."""
        temperatures = [self.frame_temperatures.get(name, self.frame_temperature) for name in frames]
        return np.array(temperatures), np.array([self.frame_biases.get(name, 0.0) for name in frames])

    def stance_scales(self, frames: Sequence[str]) -> _Array:
        """Return the temperature (F,) of the stances given each of *frames*."""
        return np.array([self.stance_temperatures.get(name, self.stance_temperature) for name in frames])

    def stance_offsets(self, stances: Sequence[str]) -> _Array:
        """Return the bias (S,) of each of *stances*."""
        return np.array([self.stance_biases.get(name, 0.0) for name in stances])

    def frame_thresholds(self, frames: Sequence[str]) -> _Array:
        """Return the threshold (F,) of each of *frames*."""
        return np.array([self.thresholds[name] for name in frames])

    def abstention(self, codebook: Codebook, targets: Mapping[str, float] | None = None) -> Abstention:
        """Return when to abstain.

        Args:
            codebook: The codebook of the model.
            targets: Precision that is asked for, by frame id, :data:`NO_FRAME` or :data:`EVERY`.

        Raises:
            UsageError: A label is unknown, a target is no share, or nothing was measured when the model was trained.
        """
        if not targets:
            return Abstention(self.min_confidence)
        cuts = []
        for _, target, curve in self._asked(codebook, targets):
            cut = 0.0 if target is None else curve.cut(target)
            cuts.append(NEVER if cut is None else cut)
        return Abstention(self.min_confidence, np.array(cuts))

    def unreached(self, codebook: Codebook, targets: Mapping[str, float]) -> dict[str, PrecisionCurve]:
        """Return the labels that nowhere reach their target, so that the model always abstains from them."""
        asked = self._asked(codebook, targets)
        return {label: curve for label, target, curve in asked if target is not None and curve.cut(target) is None}

    def _asked(
        self, codebook: Codebook, targets: Mapping[str, float]
    ) -> list[tuple[str, float | None, PrecisionCurve]]:
        """Return label, target and measured precision of each frame, and last of "no frame"."""
        check_targets(targets, codebook)
        if not self.precision or self.precision_without_frame is None:
            raise UsageError(
                "a target precision needs what was measured on held-out sentences, and the calibration of this model"
                " is older than that; train it anew, refit its calibration (scripts/recalibrate.py), or ask for a"
                " smallest confidence (--min-confidence)"
            )
        every = targets.get(EVERY)
        asked = [(name, targets.get(name, every), self.precision[name]) for name in codebook.frame_ids]
        without = every if NO_FRAME in codebook.frames else targets.get(NO_FRAME, every)
        return [*asked, ("no frame", without, self.precision_without_frame)]


def check_targets(targets: Mapping[str, float], codebook: Codebook) -> None:
    """Refuse target precisions of unknown labels, and such that are no share.

    Raises:
        UsageError: One is wrong; the message names the nearest label.
    """
    known = (*codebook.frame_ids, NO_FRAME)
    for label, target in targets.items():
        if label not in (*known, EVERY):
            raise UsageError(f"target precision of {label!r}: the model has no such frame{nearest(label, known)}")
        if not 0 < target < 1:
            of = "" if label == EVERY else f" of {label}"
            raise UsageError(f"a target precision{of} lies between 0 and 1, as 0.9 does; {target:g} does not")
