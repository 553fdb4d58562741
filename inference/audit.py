"""The neutrality audit: show a model the same sentences with other names and other looks, and compare its answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from ..data.changed import Changed, NameSwapper, perturbed
from ..data.events import EVENTS_FILE, find_events
from ..data.inventory import load_inventory
from ..data.labelled import read_labelled
from ..data.party_names import load_swaps
from ..data.perturbations import PERTURBATIONS
from ..data.types import LabelledSentence
from ..errors import UsageError
from ..evaluation.audit import Audit, Looks, NameSwaps
from ..evaluation.audit_report import write_audit
from ..evaluation.flips import Pairs, measure_looks, measure_swaps
from ..evaluation.judged import Predicted
from ..models.checkpoint import DEFAULT_MODEL
from ..models.device import Device
from .classifier import Classifier
from .engines import Precision
from .predict import predicted
from .unseen import unlearnt_sentences

__all__ = ["audit", "audit_sentences"]


def _silent(_line: str) -> None:
    pass


_PARTIES = "names of the parties swapped"
_UNSEEN = "names never seen"


def audit(
    data: Sequence[str | Path],
    out: str | Path | None = None,
    *,
    model: str | Path = DEFAULT_MODEL,
    device: Device = "auto",
    precision: Precision | None = None,
    swaps: str | Path | None = None,
    names: str | Path | None = None,
    texts: Sequence[str | Path] = (),
    allow_missing: bool = False,
    held_out: bool = False,
    local_ids: bool = False,
    tuned: bool = False,
    with_text: bool = True,
    draws: int = 3,
    seed: int = 0,
    say: Callable[[str], None] = _silent,
) -> Audit:
    """Audit a model, and write ``audit.json`` and ``audit.md`` into *out*.

    The names come from the ``events.json`` beside the data and from a swap list; one of both must be there.

    Args:
        data: Labelled files or folders.
        out: Folder for the files; None writes nothing.
        model: Model folder.
        device: Where to compute.
        precision: In what numbers; see ``Classifier.load``.
        swaps: A swap list, or ``states`` for the shipped one of the states of the world.
        names: A list of names never seen, in place of the shipped one; see ``docs/audit.md``.
        texts: Files that hold the texts of records kept as addresses.
        allow_missing: Leave out records whose text is missing.
        held_out: Leave out what the model was trained or tuned on.
        local_ids: Documents of the same id as one the model has seen are other documents.
        tuned: Admit what thresholds were tuned on.
        with_text: Show sentences in the files; else their ids alone.
        draws: How many times names never seen are drawn.
        seed: Another seed draws other names and typos.
        say: Told what is going on.

    Raises:
        UsageError: The data was learnt from, nobody says which names to swap, or no sentence has one.
        InputError: A record or the swap list is wrong.
        CheckpointError: The model folder is incomplete.
    """
    if out is not None and Path(out).exists() and not Path(out).is_dir():
        raise UsageError(f"--out {out} is a file; name a folder")
    if draws < 1:
        raise UsageError(f"names never seen must be drawn at least once, not {draws} times")
    areas = load_inventory(names)
    events, listed = find_events(data), None if swaps is None else load_swaps(swaps)
    if not events and listed is None:
        raise UsageError(
            f"nobody says which names to swap: put an {EVENTS_FILE} with the parties of each event beside the data, or"
            " name a swap list with --swaps (`--swaps states` takes the shipped one of the states of the world)"
        )
    classifier = Classifier.load(model, device=device, precision=precision)
    labelled = read_labelled(data, classifier.codebook, texts=texts, allow_missing=allow_missing)
    folder = classifier.checkpoint.folder
    sentences = unlearnt_sentences(labelled.sentences, folder, held_out=held_out, local_ids=local_ids, tuned=tuned)
    warnings = list(labelled.warnings)
    if tuned:
        warnings.append("sentences that thresholds were tuned on are among these: the accuracy is a little too high")
    swapper = NameSwapper(sentences, events, listed, seed=seed, areas=areas)
    found = audit_sentences(
        classifier,
        sentences,
        swapper,
        data=[Path(path).name for path in data],
        warnings=warnings,
        with_text=with_text,
        draws=draws,
        seed=seed,
        say=say,
    )
    if out is not None:
        write_audit(Path(out), found)
    return found


def audit_sentences(
    classifier: Classifier,
    sentences: Sequence[LabelledSentence],
    swapper: NameSwapper,
    *,
    data: Sequence[str],
    warnings: Sequence[str] = (),
    with_text: bool = True,
    draws: int = 3,
    seed: int = 0,
    say: Callable[[str], None] = _silent,
) -> Audit:
    """Audit a loaded model on sentences that it has not learnt from; the arguments are those of ``audit``.

    Raises:
        UsageError: No sentence holds a name that can be swapped.
    """
    swapped = {"parties": swapper.parties(), "unseen": swapper.unseen(draws)}
    if not swapped["unseen"]:
        raise UsageError(
            f"no name of {EVENTS_FILE} or the swap list stands in these {len(sentences)} sentences: check that the"
            " events have the names of those in the data, or give a swap list for it with --swaps"
        )
    titles = {"parties": _PARTIES, "unseen": _UNSEEN}
    answers = _Answers(classifier, sentences)
    found: list[NameSwaps] = []
    for kind, changed in swapped.items():
        if changed:
            say(f"{titles[kind]}: {len(changed)} changed sentences")
            pairs = answers.pairs(changed)
            found.append(measure_swaps(kind, titles[kind], pairs, with_text=with_text, seed=seed))
    looks: list[Looks] = []
    for name, kind_of in PERTURBATIONS.items():
        changed = perturbed(sentences, name, seed=seed)
        if changed:
            say(f"{kind_of.title}: {len(changed)} changed sentences")
            looks.append(measure_looks(name, kind_of.title, answers.pairs(changed), with_text=with_text, seed=seed))
    return Audit(model=classifier.name, data=data, seed=seed, swaps=found, looks=looks, warnings=tuple(warnings))


class _Answers:
    """What a model says of sentences and of their changed forms. It sees their text and nothing else."""

    def __init__(self, classifier: Classifier, sentences: Sequence[LabelledSentence]) -> None:
        self._classifier = classifier
        self._sentences = sentences
        self._before = self._of([item.text for item in sentences])

    def pairs(self, changed: Sequence[Changed]) -> Pairs:
        texts = [item.text for item in changed]
        return Pairs(
            sentences=self._sentences,
            before=self._before,
            rows=np.array([item.row for item in changed], dtype=np.int64),
            texts=texts,
            after=self._of(texts),
            codebook=self._classifier.codebook,
            parties=[item.parties for item in changed],
        )

    def _of(self, texts: Sequence[str]) -> Predicted:
        classifier = self._classifier
        return predicted(classifier.score(texts), classifier.calibration, classifier.codebook)
