"""Random labelled data of many documents, whose true figures are known: to see how often intervals hold these."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from counterframe.evaluation.bootstrap import Array, Bootstrap, Counts, Spread, f1, ratio
from counterframe.evaluation.ranking import RankedFrames

FIGURES = {
    "f1": lambda c: f1(c["tp"], c["found"], c["gold"]),
    "recall": lambda c: ratio(c["tp"], c["gold"]),
    "accuracy": lambda c: ratio(c["right"], c["one"]),
    "brier": lambda c: ratio(c["squared"], c["one"]),
}


class World:
    """Documents of 1 to a dozen sentences with a tenor of their own; two models read them, neither better."""

    def __init__(self, rng: np.random.Generator, groups: int) -> None:
        sizes = 1 + rng.poisson(4, groups)
        index = np.repeat(np.arange(groups), sizes)
        tenor, style = rng.normal(0, 0.7, groups)[index], rng.normal(0, 0.5, groups)[index]
        self.names = [str(group) for group in index]
        self.gold: NDArray[np.bool_] = rng.random(len(index)) < 1 / (1 + np.exp(1.4 - tenor))
        self.scores = [2 * self.gold + style + rng.normal(0, 1, len(index)) for _ in range(2)]

    def counts(self, model: int = 0) -> Counts:
        scores, gold = self.scores[model], self.gold.astype(float)
        found = (scores > 1.2).astype(float)
        share = 1 / (1 + np.exp(2 - 1.5 * scores))
        right = (found == gold).astype(float)
        squared = (share - gold) ** 2
        return {
            "tp": found * gold,
            "found": found,
            "gold": gold,
            "right": right,
            "squared": squared,
            "one": np.ones(len(gold)),
        }

    def spreads(self, *, rounds: int, seed: int, model: int = 0) -> dict[str, Spread]:
        sample = Bootstrap(self.counts(model), self.names, rounds=rounds, seed=seed)
        ranked = RankedFrames(sample, self.scores[model][:, None], self.gold[:, None])
        return {name: sample.spread(function) for name, function in FIGURES.items()} | {"ap": ranked.of(0)}


def truth(seed: int = 0) -> dict[str, float]:
    """Return the figures of very many documents."""
    spreads = World(np.random.default_rng(seed), 60_000).spreads(rounds=0, seed=0)
    return {name: spread.value for name, spread in spreads.items()}


def coverage(*, sets: int, groups: int, rounds: int, seed: int) -> Mapping[str, float]:
    """Return how often the interval of each figure holds the truth."""
    rng, true = np.random.default_rng(seed), truth()
    held: dict[str, list[bool]] = {name: [] for name in true}
    for number in range(sets):
        for name, spread in World(rng, groups).spreads(rounds=rounds, seed=number).items():
            figure = spread.figure(1)
            assert figure.low is not None
            assert figure.high is not None
            held[name].append(figure.low <= true[name] <= figure.high)
    return {name: float(np.mean(values)) for name, values in held.items()}


def p_values(*, sets: int, groups: int, rounds: int, seed: int) -> Mapping[str, Array]:
    """Return the p-values of the difference between two models that are equally good."""
    rng = np.random.default_rng(seed)
    found: dict[str, list[float]] = {}
    for number in range(sets):
        world = World(rng, groups)
        ours, theirs = (world.spreads(rounds=rounds, seed=number, model=model) for model in (0, 1))
        for name in ours:
            p = (ours[name] - theirs[name]).difference(1).p
            assert p is not None
            found.setdefault(name, []).append(p)
    return {name: np.array(values) for name, values in found.items()}
