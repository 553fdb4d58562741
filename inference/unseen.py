"""What a model has not seen: only on that can it be measured."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from ..data.splits import check_disjoint, fingerprint
from ..data.types import LabelledSentence
from ..errors import CheckpointError, UsageError

__all__ = ["read_seen", "unlearnt_sentences", "unseen_sentences"]


def unseen_sentences(
    sentences: Sequence[LabelledSentence],
    folder: Path,
    *,
    held_out: bool = False,
    local_ids: bool = False,
    who: str = "the model",
) -> list[LabelledSentence]:
    """Return the sentences on which the model in *folder* can be measured.

    Args:
        sentences: All sentences.
        folder: Model folder.
        held_out: Keep those alone that training held out for measuring; else all must be new.
        local_ids: Documents of the same id as one the model has seen are other documents; identical texts are still
            refused.
        who: The model in an error.

    Raises:
        UsageError: The model was trained or tuned on some, or nothing is left.
        CheckpointError: Nobody knows what the model has seen.
    """
    seen = read_seen(folder)
    kept = list(sentences)
    if held_out:
        kept = [item for item in kept if not seen["test"].isdisjoint(fingerprint(item))]
        _check_left(kept)
    _refuse(kept, seen["train"] | seen["dev"], f"{who} was trained or tuned", local_ids)
    return kept


def unlearnt_sentences(
    sentences: Sequence[LabelledSentence],
    folder: Path,
    *,
    held_out: bool = False,
    local_ids: bool = False,
    tuned: bool = False,
) -> list[LabelledSentence]:
    """Return the sentences on which answers of the model in *folder* can be compared with each other.

    Other than ``unseen_sentences`` it leaves out what was learnt from and keeps new data beside what was held out.

    Args:
        sentences: All sentences.
        folder: Model folder.
        held_out: Leave out what the model was trained (and tuned) on; else there must be none of it.
        local_ids: As for ``unseen_sentences``.
        tuned: Admit what thresholds were tuned on: the weights have not seen it, and two answers of the model are
            compared by the same thresholds.

    Raises:
        UsageError: The model was trained on some, or nothing is left.
        CheckpointError: Nobody knows what the model has seen.
    """
    seen = read_seen(folder)
    learnt = seen["train"] if tuned else seen["train"] | seen["dev"]
    kept = list(sentences)
    if held_out:
        kept = [item for item in kept if learnt.isdisjoint(fingerprint(item, local_ids=local_ids))]
        _check_left(kept)
    _refuse(kept, learnt, "the model was trained" if tuned else "the model was trained or tuned", local_ids)
    return kept


def _check_left(kept: Sequence[LabelledSentence]) -> None:
    if not kept:
        raise UsageError(
            "--held-out: none of these sentences was held out when the model was trained; name the data that it"
            " was trained on, or leave --held-out away to measure on new data"
        )


def _refuse(sentences: Sequence[LabelledSentence], learnt: set[str], done: str, local_ids: bool) -> None:
    hint = f"{done} on; use --held-out for the part that training kept back"
    if not local_ids:
        hint += ", or --local-ids if the same ids stand for other documents here"
    check_disjoint(sentences, learnt, what=hint, local_ids=local_ids)


def read_seen(folder: Path) -> dict[str, set[str]]:
    """Return the fingerprints of what a model was trained (``train``), tuned (``dev``) and measured (``test``) on.

    Raises:
        CheckpointError: ``split.json`` is missing or damaged.
    """
    path = folder / "split.json"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return {part: set(content[part]) for part in ("train", "dev", "test")}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(
            f"{path} cannot be read ({error}); without it nobody knows what the model was trained on"
        ) from error
