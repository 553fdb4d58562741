"""Learning from teachers: models whose scores stand beside the labels, and in their place where there are none.

Knowledge distillation as in Hinton et al. 2015 (arXiv:1503.02531), with the teachers' calibrated probabilities as the
targets in place of a raised temperature: a sentence may evoke any number of frames, so each is a yes-or-no of its own.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..data.codebook import Codebook
from ..data.releases import read_releases
from ..data.splits import Split, fingerprint
from ..data.types import LabelledSentence
from ..errors import InputError, UsageError
from ..inference.classifier import Classifier
from ..models.decode import probabilities
from ..models.device import Device
from .config import DistillationConfig
from .leaks import refuse_leaks
from .targets import Targets

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Lesson", "Unlabelled", "read_unlabelled"]

#: Sentences that are scored between two lines of progress.
_PART = 4096


@dataclass(frozen=True)
class Unlabelled:
    """A sentence without labels, and its document."""

    doc: str
    text: str


def read_unlabelled(paths: Sequence[str], split: Split, *, say: Callable[[str], None]) -> list[Unlabelled]:
    """Return the sentences of tables and texts that teachers may label.

    Each row or line is one sentence. Left out are those that are held out, those of documents that are held out (by the
    column ``doc``), those that are labelled already, and repetitions.

    Args:
        paths: Files or folders, as for ``classify --unit sentence``.
        split: What is learnt from and what is held out.
        say: Receives a line on what was left out.

    Raises:
        InputError: A file cannot be read.
        UsageError: A path does not exist.
    """
    held_out = {key for item in (*split.dev, *split.test) for key in fingerprint(item)}
    seen = {_plain(item.text) for item in (*split.train, *split.dev, *split.test)}
    kept: list[Unlabelled] = []
    closed = known = 0
    for release in read_releases(list(paths), unit="sentence", on_failure=_stop, on_notice=say):
        sentence = Unlabelled(str(release.meta.get("doc") or release.doc), release.text)
        if not held_out.isdisjoint(fingerprint(sentence)):
            closed += 1
        elif _plain(sentence.text) in seen:
            known += 1
        else:
            seen.add(_plain(sentence.text))
            kept.append(sentence)
    say(
        f"{len(kept)} sentences without labels to learn from; left out: {closed} of documents that are held out,"
        f" {known} that are labelled or repeated"
    )
    return kept


def _stop(problem: InputError) -> None:
    raise problem


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


class Lesson:
    """What is learnt: labelled sentences, and beside them what teachers say of these and of sentences without labels.

    Attributes:
        unlabelled: Sentences without labels.
        texts: All sentences, the labelled ones first.
        teachers: Names of the teachers' checkpoints.
    """

    def __init__(
        self, labelled: Sequence[LabelledSentence], unlabelled: Sequence[Unlabelled], teachers: Sequence[Classifier]
    ) -> None:
        self.unlabelled = unlabelled
        self.texts = [*(item.text for item in labelled), *(item.text for item in unlabelled)]
        self.teachers = [teacher.checkpoint.name for teacher in teachers]
        self._labelled = labelled
        self._teachers = teachers

    @classmethod
    def prepare(
        cls,
        split: Split,
        codebook: Codebook,
        settings: DistillationConfig,
        *,
        device: Device = "auto",
        say: Callable[[str], None],
    ) -> Lesson:
        """Load the teachers and read the sentences without labels.

        Raises:
            UsageError: A teacher knows other frames or stances than *codebook*, or learnt from what is held out here;
                or a file does not exist.
            CheckpointError: A teacher's folder is no model.
            InputError: A file cannot be read.
        """
        teachers = [Classifier.load(folder, device=device) for folder in settings.teachers]
        for folder, teacher in zip(settings.teachers, teachers, strict=True):
            own = teacher.codebook
            if (own.frame_ids, own.stance_ids) != (codebook.frame_ids, codebook.stance_ids):
                raise UsageError(
                    f"distillation.teachers: {folder} has other frames or stances than the codebook {codebook.name!r};"
                    " a teacher must be trained with the same ones"
                )
            # It would tell its student what the student is to be tuned or measured on.
            refuse_leaks(
                teacher.checkpoint.folder,
                split,
                setting=f"distillation.teachers: {folder}",
                consequence="the figures of its student would be too good; train the teacher with the same data and the"
                " same split settings",
            )
        unlabelled = read_unlabelled(settings.texts, split, say=say) if settings.texts else []
        return cls(split.train, unlabelled, teachers)

    def targets(self, codebook: Codebook, *, share: float, file: Path, say: Callable[[str], None]) -> Targets:
        """Return the target of each text.

        Args:
            codebook: Frames and stances.
            share: Of the teachers' scores, in what is learnt from a labelled sentence.
            file: Keeps the teachers' scores, so that a run that is cut off need not ask them again.
            say: Receives lines of progress.
        """
        gold = Targets.of(self._labelled, codebook)
        if not self._teachers:
            return gold
        beside, alone = self._taught(file, say).cut(len(self._labelled))
        return gold.mixed_with(beside, share).followed_by(alone)

    def _taught(self, file: Path, say: Callable[[str], None]) -> Targets:
        key = self.digest
        if file.is_file():
            with np.load(file, allow_pickle=False) as kept:
                if str(kept["key"]) == key:
                    return _from_arrays(kept["frames"], kept["stances"], kept["sources"], kept["known"])
        taught = self._ask(say)
        file.parent.mkdir(parents=True, exist_ok=True)
        spans = np.array([span or (-1, -1) for span in taught.sources], dtype=np.int64).reshape(-1, 2)
        # Each process of a distributed run asks and keeps for itself; whoever is last has the same to say.
        partial = file.with_suffix(f".{os.getpid()}.partial.npz")
        np.savez(
            partial,
            key=np.array(key),
            frames=taught.frames,
            stances=taught.stances,
            sources=spans,
            known=taught.sources_known,
        )
        partial.replace(file)
        return taught

    @property
    def digest(self) -> str:
        """Digest of the teachers and of all that they are asked."""
        return hashlib.sha256("\n".join([*self.teachers, *self.texts]).encode()).hexdigest()

    def _ask(self, say: Callable[[str], None]) -> Targets:
        parts: list[Targets] = []
        for start in range(0, len(self.texts), _PART):
            texts = self.texts[start : start + _PART]
            parts.append(_mean([_answers(teacher, texts) for teacher in self._teachers]))
            say(f"teachers: {start + len(texts)} of {len(self.texts)} sentences read")
        whole = parts[0]
        for part in parts[1:]:
            whole = whole.followed_by(part)
        return whole


def _answers(teacher: Classifier, texts: Sequence[str]) -> Targets:
    scores = teacher.score(texts)
    frames, stances = probabilities(scores.frames, scores.stances, teacher.calibration, teacher.codebook)
    # The source is that of the primary frame; a sentence without a frame has none.
    found = frames >= teacher.calibration.frame_thresholds(teacher.codebook.frame_ids)  # (N, F)
    sources = tuple(span if found[row].any() else None for row, span in enumerate(scores.sources))
    return Targets(
        frames.astype(np.float32),
        (frames[..., None] * stances).astype(np.float32),
        sources,
        np.ones(len(texts), dtype=np.bool_),
    )


def _mean(answers: Sequence[Targets]) -> Targets:
    first = answers[0]
    agreed = [len({answer.sources[row] for answer in answers}) == 1 for row in range(len(first))]
    return Targets(
        np.mean([answer.frames for answer in answers], axis=0, dtype=np.float32),
        np.mean([answer.stances for answer in answers], axis=0, dtype=np.float32),
        first.sources,
        np.array(agreed, dtype=np.bool_),
    )


def _from_arrays(
    frames: NDArray[np.float32], stances: NDArray[np.float32], sources: NDArray[np.int64], known: NDArray[np.bool_]
) -> Targets:
    spans = tuple((int(start), int(end)) if start >= 0 else None for start, end in sources)
    return Targets(frames, stances, spans, known)
