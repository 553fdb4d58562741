"""Refuses a model that knows what another one is to be tuned or measured on."""

from __future__ import annotations

from pathlib import Path

from ..data.splits import Split, fingerprint
from ..errors import UsageError
from ..inference.unseen import read_seen

__all__ = ["refuse_leaks"]


def refuse_leaks(folder: Path, split: Split, *, setting: str, consequence: str) -> None:
    """Refuse a model that was trained on what is held out here, or tuned on what is measured on.

    Args:
        folder: The model's folder.
        split: What is learnt from and what is held out.
        setting: The setting that names the model, with its value, for the error.
        consequence: What would be wrong otherwise, for the error.

    Raises:
        UsageError: It knows some of it.
        CheckpointError: Nobody knows what the model has seen.
    """
    seen = read_seen(folder)
    learnt, tuned = seen["train"], seen["train"] | seen["dev"]
    known = [item for item in split.dev if not learnt.isdisjoint(fingerprint(item))]
    known += [item for item in split.test if not tuned.isdisjoint(fingerprint(item))]
    if known:
        raise UsageError(
            f"{setting} was trained or tuned on sentences that are held out here ({len(known)} of"
            f" {len(split.dev) + len(split.test)}, the first: {known[0].place or known[0].id}), so {consequence}"
        )
