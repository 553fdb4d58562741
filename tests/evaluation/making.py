"""Random gold labels and predictions for tests of figures."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from counterframe.data.codebook import Codebook
from counterframe.data.types import LabelledSentence
from counterframe.evaluation.judged import Gold, Judged, Predicted

FRAMES = ("siege", "march", "talks")
STANCES = ("yes", "no", "told")


def book(frames: int = 3, stances: int = 3) -> Codebook:
    named = {name: {"title": name.title(), "definition": name} for name in FRAMES[:frames]}
    return Codebook.model_validate({"name": "tiny", "frames": named, "stances": {s: s for s in STANCES[:stances]}})


def sentence(number: int = 0, labels: dict[str, str | None] | None = None, **other: Any) -> LabelledSentence:
    values = {"doc": f"d{number}", "event": f"e{number}", "text": "Vell and Marek spoke", "n": number, **other}
    return LabelledSentence(id=f"s{number}", labels=labels or {}, **values)


def predicted(size: int, frames: int, stances: int, rng: np.random.Generator, **other: Any) -> Predicted:
    held = rng.random((size, frames, stances)) + 1e-3
    return Predicted(
        # One decimal: scores that tie are the hard case.
        np.round(rng.random((size, frames)), 1).astype(np.float32),
        (held / held.sum(-1, keepdims=True)).astype(np.float32),
        np.full(frames, 0.5),
        (None,) * size,
        **other,
    )


def judge(gold: list[LabelledSentence], answers: Predicted, codebook: Codebook | None = None) -> Judged:
    codebook = codebook or book()
    return Judged(Gold.of(gold, codebook), answers, codebook)


@st.composite
def judged_sets(draw: st.DrawFn) -> tuple[Judged, list[LabelledSentence]]:
    """Random labels and answers, with ties, rare labels, unknown stances and few sentences."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    size, frames, stances = draw(st.integers(1, 40)), draw(st.integers(1, 3)), draw(st.integers(2, 3))
    density = draw(st.sampled_from([0.0, 0.2, 0.7]))
    unknown = draw(st.sampled_from([0.0, 0.3]))
    codebook = book(frames, stances)
    gold = [
        sentence(
            number,
            {
                name: None if rng.random() < unknown else str(rng.choice(codebook.stance_ids))
                for name in rng.permutation(codebook.frame_ids).tolist()
                if rng.random() < density
            },
            event=f"e{rng.integers(8)}",
        )
        for number in range(size)
    ]
    return judge(gold, predicted(size, frames, stances, rng), codebook), gold
