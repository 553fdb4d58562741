"""Which temperatures, biases and thresholds earn their place; ``abstention.py`` beside it goes on from there.

The held-out parts of a model (dev and test) are cut at random into a side to fit on and a side to measure on, whole
groups (events, documents) at a time, many times over. Printed are means and, in brackets, the standard deviation over
the cuts of the difference to the first row. Half of the groups is about what the model is calibrated on; a tenth stands
for small data of a user's own.

Usage: ``python benchmarks/calibration.py [--model DIR] [--texts FOLDER] [--draws 40] [--shares 0.5 0.1]``
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from counterframe.data.codebook import Codebook
from counterframe.data.labelled import read_labelled
from counterframe.data.splits import fingerprint, groups_of
from counterframe.evaluation.judged import Gold, Judged, Predicted
from counterframe.evaluation.metrics import best_threshold
from counterframe.inference.classifier import Classifier
from counterframe.inference.evaluate import read_seen
from counterframe.training.calibrate import fit_frames, fit_stances, fit_thresholds

ROOT = Path(__file__).resolve().parents[1]
Array = NDArray[np.float64]
#: So strong a prior leaves the common values alone.
COMMON = 1e9
#: The prior in use.
PRIOR = 64.0


@dataclass(frozen=True)
class Part:
    """Raw scores and labels of some sentences."""

    frames: Array
    stances: Array
    gold: Gold
    groups: NDArray[np.str_]

    def take(self, rows: NDArray[np.bool_]) -> Part:
        """Return the part of *rows*."""
        kept = np.flatnonzero(rows)
        gold = replace(
            self.gold,
            frames=self.gold.frames[kept],
            stances=self.gold.stances[kept],
            primary=self.gold.primary[kept],
            sources=(None,) * len(kept),
            sources_known=np.zeros(len(kept), dtype=bool),
            texts=("",) * len(kept),
            groups=tuple(self.groups[kept]),
        )
        return Part(self.frames[kept], self.stances[kept], gold, self.groups[kept])


def held_out(model: str, data: list[Path], texts: list[Path]) -> tuple[Part, Classifier]:
    """Return the scores of all sentences that training held out."""
    classifier = Classifier.load(model, device="cpu")
    seen = read_seen(classifier.checkpoint.folder)
    kept = seen["dev"] | seen["test"]
    sentences = read_labelled(data, classifier.codebook, texts=texts, allow_missing=not texts).sentences
    sentences = [item for item in sentences if not kept.isdisjoint(fingerprint(item))]
    scores = classifier.score([item.text for item in sentences])
    gold = Gold.of(sentences, classifier.codebook)
    return Part(
        scores.frames.astype(np.float64), scores.stances.astype(np.float64), gold, np.array(groups_of(sentences))
    ), classifier


def cuts(part: Part, share: float, draws: int) -> Iterator[tuple[Part, Part]]:
    """Yield pairs to fit and to measure on."""
    rng, names = np.random.default_rng(0), np.unique(part.groups)
    for _ in range(draws):
        chosen = np.isin(part.groups, rng.permutation(names)[: round(share * len(names))])
        yield part.take(chosen), part.take(~chosen)


# Frames ------------------------------------------------------------------------------------------------------------


def one_temperature(fit: Part) -> tuple[Array, Array]:
    """Return scales and biases of the method that was there before: one temperature for all frames."""

    def loss(log: float) -> float:
        scaled = fit.frames * np.exp(log)
        return float(np.mean(np.logaddexp(0.0, scaled) - fit.gold.frames * scaled))

    size = fit.frames.shape[1]
    return np.full(size, np.exp(minimize_scalar(loss, bounds=(-3.5, 1.4), method="bounded").x)), np.zeros(size)


def platt(shrinkage: float) -> Callable[[Part], tuple[Array, Array]]:
    """Return our method with another weight of the prior."""

    def fitted(fit: Part) -> tuple[Array, Array]:
        _, temperatures, biases = fit_frames(fit.frames.astype(np.float32), fit.gold.frames, shrinkage)
        return 1 / temperatures, biases

    return fitted


FRAMES: dict[str, Callable[[Part], tuple[Array, Array]]] = {
    "one temperature for all": one_temperature,
    "uncalibrated": lambda fit: (np.ones(fit.frames.shape[1]), np.zeros(fit.frames.shape[1])),
    "one temperature, one bias": platt(COMMON),
    "per frame, not drawn together": platt(0.0),
    "per frame, prior 4": platt(4.0),
    "per frame, prior 16": platt(16.0),
    "per frame, prior 64 (in use)": platt(PRIOR),
    "per frame, prior 256": platt(256.0),
}


def presence(part: Part, scales: tuple[Array, Array]) -> NDArray[np.float32]:
    """Return P(frame)."""
    return (1 / (1 + np.exp(-(part.frames * scales[0] + scales[1])))).astype(np.float32)


@dataclass(frozen=True)
class Judge:
    """Lays gold and answers side by side; the stances are calibrated by these temperatures."""

    temperatures: Array
    codebook: Codebook

    @classmethod
    def fitted(cls, fit: Part, codebook: Codebook) -> Judge:
        """Take the temperatures of the stances from a part, as training does."""
        return cls(fit_stances(fit.stances.astype(np.float32), fit.gold.stances)[1], codebook)

    def __call__(self, part: Part, scales: tuple[Array, Array], thresholds: Array | float) -> Judged:
        """Return the answers that scales, biases and thresholds make of raw scores."""
        scaled = part.stances / self.temperatures[:, None]
        weights = np.exp(scaled - scaled.max(-1, keepdims=True))
        made = Predicted(
            presence(part, scales),
            (weights / weights.sum(-1, keepdims=True)).astype(np.float32),
            np.broadcast_to(np.asarray(thresholds, dtype=np.float64), part.frames.shape[1:]),
            part.gold.sources,
        )
        return Judged(part.gold, made, self.codebook)


def calibration_error(probabilities: Array, right: NDArray[np.bool_]) -> float:
    """Return the expected calibration error over ten equal bins."""
    bins = np.minimum((probabilities * 10).astype(int), 9)
    gaps = [abs(float(probabilities[bins == at].sum() - right[bins == at].sum())) for at in range(10)]
    return sum(gaps) / len(probabilities)


def probability_figures(judged: Judged) -> dict[str, float]:
    """Return how good P(frame) is."""
    present, gold = judged.predicted.frame_scores.astype(np.float64), judged.gold.frames
    clipped = np.clip(present, 1e-7, 1 - 1e-7)
    each = [calibration_error(present[:, at], gold[:, at]) for at in range(gold.shape[1])]
    return {
        "log loss": -float(np.mean(np.where(gold, np.log(clipped), np.log(1 - clipped)))),
        "ECE": calibration_error(present.ravel(), gold.ravel()),
        "ECE by frame": float(np.mean(each)),
        "Brier": float(np.mean((present - gold) ** 2)),
    }


def decision_figures(judged: Judged) -> dict[str, float]:
    """Return how good the decisions are."""
    gold, found = judged.gold, judged.predicted.frames
    pairs = found & gold.frames & (judged.predicted.stances == gold.stances)
    size = np.maximum(found.sum(0) + gold.frames.sum(0), 1)
    return {
        "frame F1": 2 * float((found & gold.frames).sum() / size.sum()),
        "its macro": float(np.mean(2 * (found & gold.frames).sum(0) / size)),
        "pair F1": 2 * float(pairs.sum() / size.sum()),
        "primary accuracy": float(np.mean(judged.predicted.primary == gold.primary)),
    }


def thresholds(judged: Judged, support: float, low: float = 0.25, high: float = 0.5) -> Array:
    """Return thresholds of another strength of the prior and of other bounds."""
    if (low, high) == (0.25, 0.5):
        return fit_thresholds(judged, support)
    return np.full(judged.gold.frames.shape[1], float(np.clip(best_threshold(judged), low, high)))


THRESHOLDS: dict[str, Callable[[Judged], Array | float]] = {
    "one for all": lambda judged: thresholds(judged, COMMON),
    "0.5": lambda _: 0.5,
    "one for all, between 0.1 and 0.9": lambda judged: thresholds(judged, COMMON, 0.1, 0.9),
    "per frame, not drawn together": lambda judged: thresholds(judged, 0.0),
    "per frame, prior of 50 sentences": lambda judged: thresholds(judged, 50),
    "per frame, prior of 100 (in use)": lambda judged: thresholds(judged, 100),
    "per frame, prior of 200": lambda judged: thresholds(judged, 200),
}

# Stances -----------------------------------------------------------------------------------------------------------

STANCES = {
    "one temperature for all": COMMON,
    "per frame, not drawn together": 0.0,
    "per frame, prior 16": 16.0,
    "per frame, prior 64 (in use)": 64.0,
    "per frame, prior 256": 256.0,
}


def stance_figures(part: Part, temperatures: Array) -> dict[str, float]:
    """Return how good P(stance | frame) is; the temperature changes no decision."""
    rows, columns = np.nonzero(part.gold.stances >= 0)
    scaled = part.stances[rows, columns] / temperatures[columns][:, None]
    logs = scaled - np.logaddexp.reduce(scaled, axis=1, keepdims=True)
    wanted = part.gold.stances[rows, columns]
    right = logs.argmax(1) == wanted
    ours = np.exp(logs)
    return {
        "log loss": -float(logs[np.arange(len(rows)), wanted].mean()),
        "ECE": calibration_error(ours.max(1), right),
        "Brier": float(np.mean(((ours - np.eye(ours.shape[1])[wanted]) ** 2).sum(1))),
    }


Rows = dict[str, list[dict[str, float]]]


def show(title: str, rows: Mapping[str, list[dict[str, float]]]) -> None:
    """Print a table."""
    first = next(iter(rows.values()))
    names = list(first[0])
    print(f"\n{title}\n\n| | " + " | ".join(names) + " |\n| --- |" + " ---: |" * len(names))
    base = {name: np.array([row[name] for row in first]) for name in names}
    for label, drawn in rows.items():
        cells = []
        for name in names:
            values = np.array([row[name] for row in drawn])
            away = (values - base[name])[~np.isnan(values - base[name])]
            spread = "" if drawn is first or not len(away) else f" ({away.mean():+.4f} ± {away.std():.4f})"
            cells.append("–" if np.isnan(values).all() else f"{np.nanmean(values):.4f}{spread}")
        print(f"| {label} | " + " | ".join(cells) + " |")


Compare = Callable[[Part, Codebook, float, int], Mapping[str, Rows]]


def run(compare: Compare, about: str) -> None:
    """Print the tables that *compare* makes."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="default")
    parser.add_argument("--data", type=Path, nargs="+", default=[ROOT / "data" / "corpus"])
    parser.add_argument("--texts", type=Path, nargs="*", default=[], help="texts of records kept as addresses")
    parser.add_argument("--draws", type=int, default=40)
    parser.add_argument("--shares", type=float, nargs="+", default=[0.5, 0.1], help="of the groups, to fit on")
    arguments = parser.parse_args()
    part, classifier = held_out(arguments.model, arguments.data, arguments.texts)
    print(f"{classifier.checkpoint.name}: {len(part.groups)} sentences, {len(np.unique(part.groups))} groups")
    for share in arguments.shares:
        print(f"\n## Fitted on {share:.0%} of the groups, {arguments.draws} cuts")
        for title, rows in compare(part, classifier.codebook, share, arguments.draws).items():
            show(title, rows)


def compare(part: Part, codebook: Codebook, share: float, draws: int) -> dict[str, Rows]:
    """Return all figures by table and row, one for each cut."""
    tables: dict[str, Rows] = {}

    def add(table: str, row: str, figures: dict[str, float]) -> None:
        tables.setdefault(table, {}).setdefault(row, []).append(figures)

    for fit, test in cuts(part, share, draws):
        for name, shrinkage in STANCES.items():
            _, temperatures = fit_stances(fit.stances.astype(np.float32), fit.gold.stances, shrinkage)
            add("P(stance | frame)", name, stance_figures(test, temperatures))
        judge = Judge.fitted(fit, codebook)
        for name, method in FRAMES.items():
            judged = judge(test, method(fit), 0.5)
            add("P(frame), and decisions at 0.5", name, probability_figures(judged) | decision_figures(judged))
        scales = platt(PRIOR)(fit)
        seen = judge(fit, scales, 0.5)
        for name, rule in THRESHOLDS.items():
            add("Thresholds", name, decision_figures(judge(test, scales, rule(seen))))
    return tables


if __name__ == "__main__":
    run(compare, __doc__ or "")
