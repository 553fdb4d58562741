"""How far several readers agree on the same sentences: Krippendorff's alpha, pair F1, and the sentences in dispute."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from ..data.codebook import Codebook
from ..data.types import LabelledSentence
from ..errors import UsageError
from .bootstrap import FEW_GROUPS, Array, Bootstrap, Counts, f1, independent_groups, ratio
from .figure import Figure

__all__ = ["Agreement", "Dispute", "Reading", "agreement", "nominal_alpha"]

#: The labels of one reader by sentence id.
Reading = Mapping[str, LabelledSentence]


@dataclass(frozen=True)
class Dispute:
    """A sentence whose frames, stances or source the readers see differently, with what each of them says."""

    id: str
    text: str
    labels: Mapping[str, Mapping[str, str | None]]
    sources: Mapping[str, str | None]

    def to_dict(self) -> dict[str, Any]:
        """Return the dispute as JSON."""
        labels = {reader: dict(held) for reader, held in self.labels.items()}
        return {"id": self.id, "text": self.text, "labels": labels, "sources": dict(self.sources)}


@dataclass(frozen=True)
class Agreement:
    """How far readers agree. With more than two, F1 figures and shares pool all pairs of readers.

    Attributes:
        readers: Their names.
        sentences: How many sentences at least two of them read.
        groups: Independent events (else documents) among these; intervals resample them.
        overall: ``pair_f1`` (frame and stance), ``frame_f1``, ``primary_same`` (share of sentences),
            ``stance_same`` (given a frame that both see), ``source_same`` (exact words, or none for both, given the
            same primary frame), ``alpha_primary``, ``alpha_stance`` (given the frame), ``alpha_source`` (whether a
            source is named).
        frames: For each frame: ``alpha`` (presence), ``f1`` (presence), ``pair_f1``.
        stances: For each stance: ``alpha`` (whether it is this one, given the frame), ``f1`` of the pairs that carry
            it.
        disputes: Sentences on which they differ.
    """

    readers: tuple[str, ...]
    sentences: int
    groups: int
    overall: Mapping[str, Figure]
    frames: Mapping[str, Mapping[str, Figure]]
    stances: Mapping[str, Mapping[str, Figure]]
    disputes: Sequence[Dispute]

    def notes(self) -> list[str]:
        """Return what a reader of the figures should mind."""
        if self.groups < FEW_GROUPS:
            return [f"only {self.groups} independent events or documents: the intervals are too narrow to be trusted"]
        return []

    def to_dict(self) -> dict[str, Any]:
        """Return figures and disputes as JSON."""

        def table(rows: Mapping[str, Mapping[str, Figure]]) -> dict[str, Any]:
            return {name: {key: figure.to_dict() for key, figure in row.items()} for name, row in rows.items()}

        return {
            "readers": list(self.readers),
            "sentences": self.sentences,
            "groups": self.groups,
            "overall": {name: figure.to_dict() for name, figure in self.overall.items()},
            "frames": table(self.frames),
            "stances": table(self.stances),
            "disputes": [dispute.to_dict() for dispute in self.disputes],
        }


def agreement(readings: Mapping[str, Reading], codebook: Codebook, *, rounds: int = 1000, seed: int = 0) -> Agreement:
    """Compare the labels of several readers.

    A sentence that a reader has not labelled is missing for that reader; sentences with one reader are left out.

    Args:
        readings: For each reader, by name, the labels by sentence id.
        codebook: The codebook of the labels.
        rounds: Bootstrap rounds over events (else documents); 0 leaves the intervals empty.
        seed: Seed of the resampling.

    Raises:
        UsageError: There are fewer than two readers, no sentence has two of them, or one id has two texts.
    """
    if len(readings) < 2:
        raise UsageError("agreement needs the labels of at least two readers")
    units: dict[str, dict[str, LabelledSentence]] = {}
    for reader, reading in readings.items():
        for identifier, item in reading.items():
            unit = units.setdefault(identifier, {})
            if unit and next(iter(unit.values())).text != item.text:
                raise UsageError(f"the id {identifier!r} stands for two different texts ({item.place})")
            unit[reader] = item
    units = {identifier: unit for identifier, unit in units.items() if len(unit) > 1}
    if not units:
        raise UsageError("no sentence has two readers: their files must label sentences of the same ids")
    rows = [_count(list(unit.values()), codebook) for unit in units.values()]
    counts = {name: np.stack([row[name] for row in rows]) for name in rows[0]}
    groups = independent_groups([next(iter(unit.values())) for unit in units.values()])
    sample = Bootstrap(counts, groups, rounds=rounds, seed=seed)

    def figure(name: str, function: _Function, support: _Function) -> Figure:
        return sample.figure(function, support, whole=None if name.startswith("alpha") else support)

    return Agreement(
        readers=tuple(readings),
        sentences=len(units),
        groups=sample.groups,
        overall={name: figure(name, function, support) for name, (function, support) in _OVERALL.items()},
        frames={
            frame: {
                name: figure(name, _at(function, column), _frame_support(column))
                for name, function in _BY_FRAME.items()
            }
            for column, frame in enumerate(codebook.frame_ids)
        },
        stances={
            stance: {
                "alpha": figure("alpha", _stance_alpha(column), _OVERALL["alpha_stance"][1]),
                "f1": figure("f1", _stance_f1(column), _stance_support(column)),
            }
            for column, stance in enumerate(codebook.stance_ids)
        },
        disputes=[_dispute(identifier, unit) for identifier, unit in units.items() if _differ(list(unit.values()))],
    )


def nominal_alpha(coincidences: Array) -> Array:
    """Return Krippendorff's alpha for nominal data.

    Krippendorff, K. (2011), Computing Krippendorff's Alpha-Reliability. NaN where nothing varies or nothing is paired.

    Args:
        coincidences: (…, C, C), for each pair of values how often readers of a unit gave them, each unit weighted by
            one over its readers less one.
    """
    totals = coincidences.sum(-1)
    whole = totals.sum(-1)
    observed = whole - np.trace(coincidences, axis1=-2, axis2=-1)
    expected = (whole**2 - (totals**2).sum(-1)) / np.maximum(whole - 1, 1e-12)
    return np.asarray(np.where(expected > 1e-12, 1 - observed / np.maximum(expected, 1e-12), np.nan))


def _coincide(values: Sequence[int], size: int) -> Array:
    """Return the coincidences (C, C) of one unit; values below 0 are missing."""
    held = np.bincount([value for value in values if value >= 0], minlength=size).astype(float)
    readers = held.sum()
    if readers < 2:
        return np.zeros((size, size))
    return np.asarray((np.outer(held, held) - np.diag(held)) / (readers - 1))


def _count(items: Sequence[LabelledSentence], codebook: Codebook) -> Counts:
    """Return what one sentence adds to each figure."""
    frames, stances = codebook.frame_ids, codebook.stance_ids
    present = np.array([[frame in item.labels for frame in frames] for item in items])  # (readers, F)
    stance = np.array([[_stance(item, frame, stances) for frame in frames] for item in items])
    primary = [frames.index(next(iter(item.labels))) if item.labels else len(frames) for item in items]
    told = [int(item.source is not None) if item.source_known else -1 for item in items]
    pairs: Counts = {
        "frame_both": np.zeros(len(frames)),
        "frame_sum": np.zeros(len(frames)),
        "pair_both": np.zeros((len(frames), len(stances))),
        "pair_sum": np.zeros((len(frames), len(stances))),
        **{name: np.zeros(()) for name in ("one", "primary", "seen", "stance", "sourced", "source", "asked")},
    }
    each = np.arange(len(stances))
    for a, b in combinations(range(len(items)), 2):
        pairs["frame_both"] += present[a] & present[b]
        pairs["frame_sum"] += present[a].astype(int) + present[b]
        known = (stance[a] >= 0) & (stance[b] >= 0)
        # A frame that one reader gives without a stance can neither earn nor cost a pair.
        judgeable = ~((present[a] & (stance[a] < 0)) | (present[b] & (stance[b] < 0)))
        said = [(stance[reader, :, None] == each) & judgeable[:, None] for reader in (a, b)]
        pairs["pair_both"] += said[0] & said[1]
        pairs["pair_sum"] += said[0].astype(int) + said[1]
        pairs["seen"] += known.sum()
        pairs["stance"] += (known & (stance[a] == stance[b])).sum()
        pairs["one"] += 1
        pairs["primary"] += primary[a] == primary[b]
        pairs["asked"] += min(told[a], told[b]) >= 0
        if primary[a] == primary[b] < len(frames) and min(told[a], told[b]) >= 0:
            pairs["sourced"] += 1
            pairs["source"] += items[a].source == items[b].source
    return {
        **pairs,
        "alpha_frame": np.stack(
            [_coincide(present[:, column].astype(int).tolist(), 2) for column in range(len(frames))]
        ),
        "alpha_primary": _coincide(primary, len(frames) + 1),
        "alpha_stance": sum(
            (_coincide(column.tolist(), len(stances)) for column in stance.T),
            start=np.zeros((len(stances), len(stances))),
        ),
        "alpha_source": _coincide(told, 2),
    }


def _stance(item: LabelledSentence, frame: str, stances: Sequence[str]) -> int:
    held = item.labels.get(frame)
    return -1 if held is None else stances.index(held)


def _differ(items: Sequence[LabelledSentence]) -> bool:
    """Whether two readers differ in anything that both of them say: what one leaves unsaid is no dispute."""
    for a, b in combinations(items, 2):
        if set(a.labels) != set(b.labels) or next(iter(a.labels), None) != next(iter(b.labels), None):
            return True
        if any(
            None not in (a.labels[frame], b.labels[frame]) and a.labels[frame] != b.labels[frame] for frame in a.labels
        ):
            return True
        if a.source_known and b.source_known and a.source != b.source:
            return True
    return False


def _dispute(identifier: str, unit: Mapping[str, LabelledSentence]) -> Dispute:
    text = next(iter(unit.values())).text
    return Dispute(
        id=identifier,
        text=text,
        labels={reader: dict(item.labels) for reader, item in unit.items()},
        sources={reader: None if item.source is None else text[slice(*item.source)] for reader, item in unit.items()},
    )


_Function = Callable[[Counts], Array]


def _all(name: str) -> _Function:
    """Return the sum of a count over frames and stances."""
    return lambda counts: counts[name].reshape(len(counts[name]), -1).sum(-1)


def _pooled_f1(both: str, either: str) -> _Function:
    return lambda counts: f1(_all(both)(counts), _all(either)(counts), np.zeros(len(counts[both])))


def _share(part: str, whole: str) -> _Function:
    return lambda counts: ratio(counts[part], counts[whole])


def _alpha(name: str) -> _Function:
    return lambda counts: nominal_alpha(counts[name])


def _at(function: _Function, column: int) -> _Function:
    return lambda counts: function(counts)[:, column]


def _frame_support(column: int) -> _Function:
    return lambda counts: counts["frame_sum"][:, column] / 2


def _stance_f1(column: int) -> _Function:
    def figure(counts: Counts) -> Array:
        both, either = counts["pair_both"][:, :, column].sum(-1), counts["pair_sum"][:, :, column].sum(-1)
        return f1(both, either, np.zeros(len(both)))

    return figure


def _stance_alpha(column: int) -> _Function:
    """Return alpha of one stance against all others: the coincidences, with the others taken as one value."""

    def figure(counts: Counts) -> Array:
        whole = counts["alpha_stance"]
        kept = np.array([np.arange(whole.shape[-1]) != column, np.arange(whole.shape[-1]) == column], dtype=float)
        return nominal_alpha(kept @ whole @ kept.T)

    return figure


def _stance_support(column: int) -> _Function:
    return lambda counts: counts["pair_sum"][:, :, column].sum(-1) / 2


_OVERALL: dict[str, tuple[_Function, _Function]] = {
    "pair_f1": (_pooled_f1("pair_both", "pair_sum"), lambda counts: _all("pair_sum")(counts) / 2),
    "frame_f1": (_pooled_f1("frame_both", "frame_sum"), lambda counts: _all("frame_sum")(counts) / 2),
    "primary_same": (_share("primary", "one"), lambda counts: counts["one"]),
    "stance_same": (_share("stance", "seen"), lambda counts: counts["seen"]),
    "source_same": (_share("source", "sourced"), lambda counts: counts["sourced"]),
    "alpha_primary": (_alpha("alpha_primary"), lambda counts: counts["one"]),
    "alpha_stance": (_alpha("alpha_stance"), lambda counts: counts["seen"]),
    "alpha_source": (_alpha("alpha_source"), lambda counts: counts["asked"]),
}

_BY_FRAME: dict[str, _Function] = {
    "alpha": _alpha("alpha_frame"),
    "f1": lambda counts: f1(counts["frame_both"], counts["frame_sum"], np.zeros_like(counts["frame_sum"])),
    "pair_f1": lambda counts: f1(
        counts["pair_both"].sum(-1), counts["pair_sum"].sum(-1), np.zeros_like(counts["frame_sum"])
    ),
}
