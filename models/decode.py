"""From logits to decisions: probabilities, frames, stances, the source span and the evidence words.

Shapes: B sentences, L tokens, F frames, S stances. Numpy only, so that no engine needs torch.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..data.codebook import Codebook
from ..data.confidence import Abstention
from ..data.types import Result, ScoredFrame, Sentence, Span
from .calibration import Calibration
from .tokenization import Encoded

__all__ = ["Decoder", "Logits", "evidence_spans", "probabilities", "source_span"]

_Array = NDArray[np.float32]
_WORD = re.compile(r"\w+(?:[-'’]\w+)*")

#: Evidence is the fewest words that hold this share of a frame's attention, and at most so many.
_EVIDENCE_SHARE = 0.5
_EVIDENCE_WORDS = 4


@dataclass(frozen=True, slots=True)
class Logits:
    """What an engine returns for a batch.

    Attributes:
        frames: (B, F).
        stances: (B, F, S).
        sources: (B, L, 3), outside, begin, inside.
        attention: (B, F, L).
        embedding: (B, H), mean of the token states; None unless it was asked for.
    """

    frames: _Array
    stances: _Array
    sources: _Array
    attention: _Array
    embedding: _Array | None = None


def probabilities(
    frames: _Array, stances: _Array, calibration: Calibration, codebook: Codebook
) -> tuple[_Array, _Array]:
    """Return calibrated P(frame) (B, F) and P(stance | frame) (B, F, S).

    Args:
        frames: (B, F), logits of the frames in the order of the codebook.
        stances: (B, F, S), logits of the stances.
        calibration: Temperatures and biases.
        codebook: Names the frames and the stances.
    """
    temperatures, biases = calibration.frame_scales(codebook.frame_ids)
    scaled = frames.astype(np.float64) / temperatures + biases
    presence = 0.5 * (1.0 + np.tanh(0.5 * scaled))  # a sigmoid that does not overflow
    logits = stances.astype(np.float64) / calibration.stance_scales(codebook.frame_ids)[:, None]
    logits += calibration.stance_offsets(codebook.stance_ids)
    logits -= logits.max(axis=-1, keepdims=True)
    weights = np.exp(logits)
    return presence.astype(np.float32), (weights / weights.sum(-1, keepdims=True)).astype(np.float32)


def source_span(logits: _Array, offsets: Sequence[Span], text: str, *, margin: float = 0.0) -> Span | None:
    """Return the most probable single source span of a sentence, widened to whole words, or None.

    Of all ways to tag the sentence with one span (begin, then inside), the best is compared with "all outside";
    it must win by *margin* in log-odds.

    Args:
        logits: (L, 3), outside, begin, inside; may be longer than *offsets* (padding).
        offsets: Span of each token in *text*; special tokens have empty spans.
        text: The sentence.
        margin: Log-odds that are asked for beyond 0.
    """
    real = [index for index, (start, end) in enumerate(offsets) if end > start]
    if not real:
        return None
    chosen = logits[real]
    gains = (chosen - chosen[:, :1]).tolist()  # log-odds against "outside"; a list, whose numbers are quick to reach
    tail_gain, tail_end = 0.0, len(real) - 1
    best_gain, best = -math.inf, (0, 0)
    # Backwards: the best continuation behind each token is known when a begin is tried there.
    for position in range(len(real) - 1, -1, -1):
        _, begins, continues = gains[position]
        gain = begins + tail_gain
        end = tail_end if tail_gain > 0 else position
        if gain > best_gain:
            best_gain, best = gain, (position, end)
        inside = continues + tail_gain
        if inside > 0:
            tail_gain, tail_end = inside, end
        else:
            tail_gain, tail_end = 0.0, position - 1
    if best_gain <= margin:
        return None
    start, end = offsets[real[best[0]]][0], offsets[real[best[1]]][1]
    while start > 0 and text[start - 1].isalnum() and text[start].isalnum():
        start -= 1
    while end < len(text) and text[end - 1].isalnum() and text[end].isalnum():
        end += 1
    return start, end


def evidence_spans(attention: _Array, offsets: Sequence[Span], text: str) -> tuple[Span, ...]:
    """Return the words of *text* that a frame looked at most, neighbours joined.

    Args:
        attention: (L,), attention of one frame over the tokens; may be longer than *offsets*.
        offsets: Span of each token in *text*.
        text: The sentence.
    """
    return _Words(offsets, text).evidence(attention)


class _Words:
    """The words of a sentence and the tokens that begin in each: the same for all its frames."""

    def __init__(self, offsets: Sequence[Span], text: str) -> None:
        self._text = text
        self._spans = [match.span() for match in _WORD.finditer(text)]
        starts = [start for start, _ in self._spans]
        #: Token and word, for each token that begins in a word.
        self._within: list[tuple[int, int]] = []
        for token, (start, end) in enumerate(offsets):
            if end > start:
                word = bisect_right(starts, start) - 1
                if word >= 0 and start < self._spans[word][1]:
                    self._within.append((token, word))

    def evidence(self, attention: _Array) -> tuple[Span, ...]:
        """Return the words that hold most of *attention* (L,), neighbours joined."""
        if not self._spans:
            return ()
        weights = attention.tolist()
        mass = [0.0] * len(self._spans)
        for token, word in self._within:
            mass[word] += weights[token]
        order = sorted(range(len(mass)), key=mass.__getitem__, reverse=True)[:_EVIDENCE_WORDS]
        # Of many numbers numpy's sum is the exacter one.
        total = max(float(np.sum(mass)), 1e-12)
        chosen, covered = [], 0.0
        for word in order:
            if mass[word] > 0:
                chosen.append(word)
            covered += mass[word]
            if covered / total >= _EVIDENCE_SHARE:
                break
        spans: list[Span] = []
        for start, end in (self._spans[word] for word in sorted(chosen)):
            if spans and not self._text[spans[-1][1] : start].strip():
                spans[-1] = (spans[-1][0], end)
            else:
                spans.append((start, end))
        return tuple(spans)


class Decoder:
    """Turns the logits of a batch into results by a codebook and a calibration."""

    def __init__(
        self, codebook: Codebook, calibration: Calibration, *, model: str, abstention: Abstention | None = None
    ) -> None:
        self._codebook = codebook
        self._frames = codebook.frame_ids
        self._stances = codebook.stance_ids
        self._calibration = calibration
        self._thresholds = calibration.frame_thresholds(self._frames)
        self._abstention = abstention or calibration.abstention(codebook)
        self._model = model

    def decode(self, sentences: Sequence[Sentence], encoded: Sequence[Encoded], logits: Logits) -> list[Result]:
        """Return one result a sentence; all three arguments are in the same order."""
        presence, stances = probabilities(logits.frames, logits.stances, self._calibration, self._codebook)
        confidence, abstained = self._abstention.decide(presence, stances, self._thresholds)
        # All rows at once: a call of numpy for each sentence would cost more than the answer.
        reached = presence >= self._thresholds
        ranked = np.argsort(-presence, axis=1, kind="stable").tolist()
        winners, results = stances.argmax(-1), []
        for row, (sentence, tokens) in enumerate(zip(sentences, encoded, strict=True)):
            found: tuple[ScoredFrame, ...] = ()
            source = None
            if reached[row].any():
                frames = [index for index in ranked[row] if reached[row, index]]
                words = _Words(tokens.offsets, sentence.text)
                found = tuple(
                    self._frame(
                        index,
                        float(presence[row, index]),
                        int(winners[row, index]),
                        stances[row, index],
                        words.evidence(logits.attention[row, index]),
                        sentence,
                    )
                    for index in frames
                )
                source = self._source(sentence, tokens, logits.sources[row])
            results.append(
                Result(
                    sentence=sentence,
                    primary=found[0].frame if found else None,
                    stance=found[0].stance if found else None,
                    frames=found,
                    source=source,
                    confidence=float(confidence[row]),
                    abstained=bool(abstained[row]),
                    truncated=tokens.truncated,
                    model=self._model,
                )
            )
        return results

    def empty(self, sentence: Sentence) -> Result:
        """Return the result of a sentence that is not shown to the model: no frame."""
        return Result(
            sentence=sentence,
            primary=None,
            stance=None,
            frames=(),
            source=None,
            confidence=None,
            abstained=False,
            truncated=False,
            model=self._model,
        )

    def _frame(
        self, index: int, score: float, stance: int, stances: _Array, evidence: Sequence[Span], sentence: Sentence
    ) -> ScoredFrame:
        return ScoredFrame(
            frame=self._frames[index],
            score=score,
            stance=self._stances[stance],
            stance_score=float(stances[stance]),
            evidence=tuple((sentence.place(start), sentence.place(end)) for start, end in evidence),
        )

    def _source(self, sentence: Sentence, tokens: Encoded, logits: _Array) -> Span | None:
        span = source_span(logits, tokens.offsets, sentence.text, margin=self._calibration.source_margin)
        return None if span is None else (sentence.place(span[0]), sentence.place(span[1]))
