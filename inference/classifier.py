"""The classifier as a Python object: sentences or releases in, results out, in order."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
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
from .engines import Engine, Precision, choose_engine
from .pipeline import Part, in_order

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
        self._decoder = Decoder(codebook, calibration, model=self.name, abstention=self.abstention)

    @classmethod
    def load(
        cls,
        model: str | Path = DEFAULT_MODEL,
        *,
        device: Device = "auto",
        precision: Precision | None = None,
        min_confidence: float | None = None,
        min_precision: float | Mapping[str, float] | None = None,
    ) -> Classifier:
        """Load a model folder.

        Args:
            model: A folder that ``counterframe train`` wrote; the default is the shipped model.
            device: ``auto`` takes CUDA where it is, else the CPU.
            precision: In what numbers the encoder computes: ``float32`` (the default), ``int8`` on a CPU, ``bfloat16``
                or ``float16`` on a GPU.
            min_confidence: Below this probability a sentence is marked as abstained; the model's own by default.
            min_precision: Abstain besides from answers that were right less often on held-out sentences: one share for
                all, or one for each label (frame id, ``none`` for "no frame", ``*`` for all others).

        Raises:
            CheckpointError: The folder is incomplete or damaged.
            UsageError: The device is not here or does not compute in this precision, a share is out of range, a label
                is unknown, or the model holds no precision of its answers.
        """
        checkpoint = Checkpoint.load(model)
        engine = choose_engine(checkpoint, device, precision)
        return cls(checkpoint, engine, min_confidence=min_confidence, min_precision=min_precision)

    @property
    def name(self) -> str:
        """The model as it stands in results: its name and digest, and the precision where it is not float32."""
        return self.checkpoint.name_in(self.engine.precision)

    @property
    def codebook(self) -> Codebook:
        """Frames and stances that the model tells apart."""
        return self.checkpoint.codebook

    def classify(self, sentences: Iterable[Sentence]) -> Iterator[Result]:
        """Yield one result a sentence, in order. Boilerplate is not shown to the model and carries no frame.

        Batches are made of ``WINDOW`` sentences at a time, counted from the first: the same sentences make the same
        batches. Sentences are read ahead of the results, by a few windows.
        """
        with closing(self.classify_windows(windows(sentences, WINDOW))) as stream:  # its threads end with this iterator
            for results in stream:
                yield from results

    def classify_windows(self, windows: Iterable[Sequence[Sentence]]) -> Generator[list[Result], None, None]:
        """Yield the results of each window, in order; batches hold sentences of one window alone.

        For callers that choose the windows themselves, such as a run that keeps what is done window by window: the
        next ones are read and computed while the results of one are dealt with.
        """

        def plan(items: Sequence[Sentence]) -> list[Part[Result]]:
            shown = [index for index, item in enumerate(items) if item.kind != "boilerplate"]
            hidden = [index for index, item in enumerate(items) if item.kind == "boilerplate"]
            parts = self._parts(items, shown, lambda item: item.text, self._decoder.decode)
            return [*parts, lambda: [(index, self._decoder.empty(items[index])) for index in hidden]]

        return in_order(windows, plan, threads=self.engine.workers)

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
        for found in self._windows(texts, self._rows):
            rows.extend(found)
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

        found = list(itertools.chain.from_iterable(self._windows(texts, rows, embed=True)))
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

    def _windows(
        self,
        texts: Sequence[str],
        finish: Callable[[Sequence[str], Sequence[Encoded], Logits], Sequence[_Out]],
        *,
        embed: bool = False,
    ) -> Iterator[list[_Out]]:
        """Yield what *finish* makes of *texts*, in order."""

        def plan(items: Sequence[str]) -> list[Part[_Out]]:
            return self._parts(items, range(len(items)), str, finish, embed=embed)

        return in_order(windows(texts, WINDOW), plan, threads=self.engine.workers)

    def _parts(
        self,
        items: Sequence[_In],
        shown: Sequence[int],
        text_of: Callable[[_In], str],
        finish: Callable[[Sequence[_In], Sequence[Encoded], Logits], Sequence[_Out]],
        *,
        embed: bool = False,
    ) -> list[Part[_Out]]:
        """Lay the *shown* ones of *items* out in batches of like length; *finish* makes results of their logits."""
        encoded = self._tokenizer.encode([text_of(items[index]) for index in shown])

        def work(batch: Sequence[int]) -> list[tuple[int, _Out]]:
            rows = [encoded[place] for place in batch]
            logits = self.engine.run(*pad(rows, self.checkpoint.pad_id), embed=embed)
            places = [shown[place] for place in batch]
            return list(zip(places, finish([items[index] for index in places], rows, logits), strict=True))

        batches = token_batches([len(item) for item in encoded], budget=self.engine.token_budget)
        return [partial(work, batch) for batch in batches]
