"""The classifier as a Python object: sentences or releases in, results out, in order."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ..data.codebook import Codebook
from ..data.confidence import Abstention
from ..data.precision import PrecisionCurve
from ..data.types import Release, Result, Sentence, Span
from ..errors import CheckpointError, UsageError
from ..models.calibration import EVERY
from ..models.checkpoint import DEFAULT_MODEL, Calibration, Checkpoint
from ..models.decode import Decoder, Logits, source_span
from ..models.device import Device
from ..models.tokenization import Encoded
from .batching import pad, token_batches, windows
from .engines import Engine, choose_engine

__all__ = ["WINDOW", "Classifier", "Scores"]

#: Sentences that are sorted by length together; bounds the memory of a run. What is in a window decides its batches,
#: and these the last digits of the scores: a run that goes on where it was cut off begins with a new window.
WINDOW = 2048

_In = TypeVar("_In")
_Out = TypeVar("_Out")


@dataclass(frozen=True)
class Scores:
    """Raw scores of N sentences, before calibration.

    Attributes:
        frames: (N, F) logits.
        stances: (N, F, S) logits.
        sources: The most probable source span of each sentence, whatever its frames, or None.
    """

    frames: NDArray[np.float32]
    stances: NDArray[np.float32]
    sources: tuple[Span | None, ...]


class Classifier:
    """A checkpoint and an engine.

    Example::

        classifier = Classifier.load()
        for result in classifier.classify_text("The minister said that talk of a siege is absurd."):
            print(result.primary, result.stance)
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        engine: Engine,
        *,
        min_confidence: float | None = None,
        min_precision: float | Mapping[str, float] | None = None,
    ) -> None:
        codebook, calibration = checkpoint.codebook, checkpoint.calibration
        if min_confidence is not None:
            if not 0 <= min_confidence <= 1:
                raise UsageError(f"a smallest confidence lies between 0 and 1; {min_confidence:g} does not")
            calibration = calibration.model_copy(update={"min_confidence": min_confidence})
        targets = {EVERY: min_precision} if isinstance(min_precision, (int, float)) else dict(min_precision or {})
        self.checkpoint = checkpoint
        self.engine = engine
        self.calibration: Calibration = calibration
        self.abstention: Abstention = calibration.abstention(codebook, targets)
        #: Labels that reach the target precision nowhere on held-out sentences: always abstained from.
        self.unreached: Mapping[str, PrecisionCurve] = calibration.unreached(codebook, targets) if targets else {}
        self._tokenizer = checkpoint.tokenizer()
        self._decoder = Decoder(codebook, calibration, model=checkpoint.name, abstention=self.abstention)

    @classmethod
    def load(
        cls,
        model: str | Path = DEFAULT_MODEL,
        *,
        device: Device = "auto",
        min_confidence: float | None = None,
        min_precision: float | Mapping[str, float] | None = None,
    ) -> Classifier:
        """Load a model folder.

        Args:
            model: A folder that ``counterframe train`` wrote; the default is the shipped model.
            device: ``auto`` takes CUDA where it is, else the CPU.
            min_confidence: Below this probability a sentence is marked as abstained; the model's own by default.
            min_precision: Abstain besides from answers that were right less often on held-out sentences: one share for
                all, or one for each label (frame id, ``none`` for "no frame", ``*`` for all others).

        Raises:
            CheckpointError: The folder is incomplete or damaged.
            UsageError: The device is not here, a share is out of range, a label is unknown, or the model holds no
                precision of its answers.
        """
        checkpoint = Checkpoint.load(model)
        engine = choose_engine(checkpoint, device)
        return cls(checkpoint, engine, min_confidence=min_confidence, min_precision=min_precision)

    @property
    def codebook(self) -> Codebook:
        """Frames and stances that the model tells apart."""
        return self.checkpoint.codebook

    def classify(self, sentences: Iterable[Sentence]) -> Iterator[Result]:
        """Yield one result a sentence, in order. Boilerplate is not shown to the model and carries no frame."""
        for window in windows(sentences, WINDOW):
            shown = [item for item in window if item.kind != "boilerplate"]
            decoded = iter(self._map(shown, lambda item: item.text, self._decoder.decode))
            for item in window:
                yield self._decoder.empty(item) if item.kind == "boilerplate" else next(decoded)

    def classify_releases(self, releases: Iterable[Release], *, unit: str = "document") -> Iterator[Result]:
        """Clean, split and classify releases; see ``read_releases`` for where they come from."""
        from ..data.sentences import release_sentences

        return self.classify(
            itertools.chain.from_iterable(release_sentences(release, unit=unit) for release in releases)  # type: ignore[arg-type]
        )

    def classify_text(self, text: str, *, doc: str = "text") -> list[Result]:
        """Classify one text."""
        return list(self.classify_releases([Release(doc=doc, text=text)]))

    def score(self, texts: Sequence[str]) -> Scores:
        """Return the raw scores of *texts*, each taken as one sentence."""
        size = (len(self.codebook.frame_ids), len(self.codebook.stance_ids))
        rows: list[tuple[NDArray[np.float32], NDArray[np.float32], Span | None]] = []
        for window in windows(texts, WINDOW):
            rows.extend(self._map(window, str, self._rows))
        return Scores(
            np.array([row[0] for row in rows], dtype=np.float32).reshape(-1, size[0]),
            np.array([row[1] for row in rows], dtype=np.float32).reshape(-1, *size),
            tuple(row[2] for row in rows),
        )

    @property
    def embeds(self) -> bool:
        """Whether ``embed`` works: the graph of an older checkpoint gives no embedding."""
        return self.engine.embeds

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the encoder's embedding (N, H) of *texts*, each taken as one sentence.

        Raises:
            CheckpointError: The checkpoint's graph gives none.
        """
        if not self.embeds:
            raise CheckpointError(
                f"the graph of {self.checkpoint.folder} gives no sentence embeddings; `python scripts/reexport.py"
                f" {self.checkpoint.folder}` writes it anew from the weights"
            )

        def rows(_: Sequence[str], __: Sequence[Encoded], logits: Logits) -> Sequence[NDArray[np.float32]]:
            return [] if logits.embedding is None else list(logits.embedding)

        found = [row for window in windows(texts, WINDOW) for row in self._map(window, str, rows, embed=True)]
        return np.array(found, dtype=np.float32) if found else np.zeros((0, 0), dtype=np.float32)

    def _rows(
        self, texts: Sequence[str], encoded: Sequence[Encoded], logits: Logits
    ) -> list[tuple[NDArray[np.float32], NDArray[np.float32], Span | None]]:
        margin = self.calibration.source_margin
        return [
            (
                logits.frames[row],
                logits.stances[row],
                source_span(logits.sources[row], tokens.offsets, text, margin=margin),
            )
            for row, (text, tokens) in enumerate(zip(texts, encoded, strict=True))
        ]

    def _map(
        self,
        items: Sequence[_In],
        text_of: Callable[[_In], str],
        finish: Callable[[Sequence[_In], Sequence[Encoded], Logits], Sequence[_Out]],
        *,
        embed: bool = False,
    ) -> list[_Out]:
        """Run *items* through the engine in batches of like length and return what *finish* makes, in order."""
        encoded = self._tokenizer.encode([text_of(item) for item in items])
        batches = token_batches([len(item) for item in encoded], budget=self.engine.token_budget)
        outputs: list[_Out | None] = [None] * len(items)

        def work(batch: list[int]) -> None:
            rows = [encoded[index] for index in batch]
            logits = self.engine.run(*pad(rows, self.checkpoint.pad_id), embed=embed)
            for index, output in zip(batch, finish([items[index] for index in batch], rows, logits), strict=True):
                outputs[index] = output

        if self.engine.workers == 1 or len(batches) == 1:
            for batch in batches:
                work(batch)
        else:
            with ThreadPoolExecutor(self.engine.workers) as pool:
                list(pool.map(work, batches))
        return [output for output in outputs if output is not None]
