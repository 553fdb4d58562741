"""The figures against scikit-learn, the intervals against a simulation, and what is absent instead of 0."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, f1_score, precision_recall_fscore_support

from counterframe.data.codebook import Codebook
from counterframe.data.types import LabelledSentence, Span
from counterframe.evaluation import bootstrap
from counterframe.evaluation.figure import Figure
from counterframe.evaluation.judged import Gold, Judged, Predicted
from counterframe.evaluation.metrics import best_threshold, measure, paired_difference

FRAMES = ("siege", "march", "talks")
STANCES = ("yes", "no", "told")


def _book(frames: int = 3, stances: int = 3) -> Codebook:
    return Codebook.model_validate(
        {
            "name": "tiny",
            "frames": {name: {"title": name, "definition": name} for name in FRAMES[:frames]},
            "stances": {name: name for name in STANCES[:stances]},
        }
    )


def _item(labels: dict[str, str | None], *, group: str = "e", **other: Any) -> LabelledSentence:
    return LabelledSentence(id="", doc=group, event=group, n=0, text="Vell and Marek spoke", labels=labels, **other)


def _judged(
    gold: list[LabelledSentence],
    found: list[dict[str, str]],
    sources: list[Span | None] | None = None,
    *,
    book: Codebook | None = None,
) -> Judged:
    """Return predictions in which exactly *found* was found, the first frame with the highest score."""
    book = book or _book()
    frames, stances = book.frame_ids, book.stance_ids
    scores = np.zeros((len(gold), len(frames)), dtype=np.float32)
    held = np.zeros((len(gold), len(frames), len(stances)), dtype=np.float32)
    held[..., 0] = 0.5
    for row, labels in enumerate(found):
        for rank, (frame, stance) in enumerate(labels.items()):
            scores[row, frames.index(frame)] = 0.9 - rank / 10
            held[row, frames.index(frame)] = 0
            held[row, frames.index(frame), stances.index(stance)] = 1
    where = tuple(sources or [None] * len(gold))
    return Judged(Gold.of(gold, book), Predicted(scores, held, np.full(len(frames), 0.5), where), book)


@st.composite
def _random(draw: st.DrawFn) -> Judged:
    seed = draw(st.integers(0, 2**32 - 1))
    size, frames, stances = draw(st.integers(1, 40)), draw(st.integers(1, 3)), draw(st.integers(1, 3))
    rng = np.random.default_rng(seed)
    density = draw(st.sampled_from([0.0, 0.2, 0.7]))
    book = _book(frames, stances)
    gold = [
        _item(
            {
                name: str(rng.choice(book.stance_ids))
                for name in rng.permutation(book.frame_ids).tolist()
                if rng.random() < density
            },
            group=f"e{rng.integers(5)}",
        )
        for _ in range(size)
    ]
    predicted = Predicted(
        rng.random((size, frames), dtype=np.float32),
        rng.random((size, frames, stances), dtype=np.float32),
        rng.random(frames),
        (None,) * size,
    )
    return Judged(Gold.of(gold, book), predicted, book)


def _same(figure: Figure, value: float, support: int | None = None) -> None:
    assert figure.value == (None if math.isnan(value) else pytest.approx(value))
    assert support is None or figure.support == support


def _f1(gold: NDArray[np.bool_], predicted: NDArray[np.bool_]) -> float:
    return float(f1_score(gold, predicted, zero_division=math.nan))


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else math.nan


@settings(max_examples=150, deadline=None)
@given(judged=_random())
def test_frame_figures_are_those_of_scikit_learn(judged: Judged) -> None:
    found = measure(judged, rounds=0)
    gold, predicted = judged.gold.frames, judged.predicted.frames
    _same(found.overall["frame_micro_f1"], _f1(gold.ravel(), predicted.ravel()), gold.sum())
    by_frame = [_f1(gold[:, column], predicted[:, column]) for column in np.flatnonzero(gold.any(0))]
    _same(found.overall["frame_macro_f1"], _mean(by_frame), gold.sum())
    primary = accuracy_score(judged.gold.primary, judged.predicted.primary)
    _same(found.overall["primary_accuracy"], primary, len(gold))
    for column, name in enumerate(judged.codebook.frame_ids):
        truth, guess = gold[:, column], predicted[:, column]
        values = precision_recall_fscore_support(truth, guess, average="binary", zero_division=math.nan)
        for key, value in zip(("precision", "recall", "f1"), values, strict=False):
            _same(found.frames[name][key], value, truth.sum())


@settings(max_examples=150, deadline=None)
@given(judged=_random())
def test_stance_and_pair_figures_are_those_of_scikit_learn(judged: Judged) -> None:
    found = measure(judged, rounds=0)
    labels = list(range(len(judged.codebook.stance_ids)))
    rows, columns = np.nonzero(judged.gold.frames)
    gold, held = judged.gold.stances[rows, columns], judged.predicted.stances[rows, columns]
    by_stance = np.full((3, len(labels)), math.nan)
    if len(gold):
        by_stance[:] = precision_recall_fscore_support(gold, held, labels=labels, zero_division=math.nan)[:3]
    for index, name in enumerate(judged.codebook.stance_ids):
        for key, values in zip(("precision", "recall", "f1"), by_stance, strict=True):
            _same(found.stances[name][key], values[index], int((gold == index).sum()))
    accuracy = accuracy_score(gold, held) if len(gold) else math.nan
    _same(found.overall["stance_accuracy"], accuracy, len(gold))
    _same(found.overall["stance_macro_f1"], _mean([by_stance[2][index] for index in np.unique(gold)]), len(gold))
    # A pair is one class of frame and stance.
    pairs = np.zeros((2, *judged.gold.frames.shape, len(labels)), dtype=bool)
    for side, (present, stances) in enumerate(
        [
            (judged.gold.frames, judged.gold.stances),
            (judged.predicted.frames, judged.predicted.stances),
        ]
    ):
        row, column = np.nonzero(present)
        pairs[side, row, column, stances[row, column]] = True
    _same(found.overall["pair_f1"], _f1(pairs[0].ravel(), pairs[1].ravel()), int(pairs[0].sum()))


def test_an_interval_of_whole_groups_covers_the_truth() -> None:
    rng = np.random.default_rng(4)
    groups, each, truth, runs = 120, 5, 0.7, 200
    index = np.repeat(np.arange(groups), each)
    book = _book(1, 1)
    gold = Gold.of([_item({"siege": "yes"}, group=f"e{group}") for group in index], book)
    covered = 0
    for _ in range(runs):
        chance = rng.beta(truth * 3, (1 - truth) * 3, groups)  # sentences of a group are alike
        right = rng.random(len(index)) < chance[index]
        predicted = Predicted(
            right[:, None].astype(np.float32),
            np.ones((len(index), 1, 1), np.float32),
            np.array([0.5]),
            (None,) * len(index),
        )
        figure = measure(Judged(gold, predicted, book), rounds=400, seed=int(rng.integers(1 << 30)))
        recall = figure.frames["siege"]["recall"]
        assert recall.low is not None
        assert recall.high is not None
        covered += recall.low <= truth <= recall.high
    assert 0.90 <= covered / runs <= 0.99


def test_intervals_are_the_same_whatever_is_drawn_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    gold = [_item({"siege": "yes"} if n % 3 else {}, group=f"e{n % 9}") for n in range(60)]
    judged = _judged(gold, [{"siege": "yes"} if n % 2 else {} for n in range(60)])
    whole = measure(judged, rounds=50)
    monkeypatch.setattr(bootstrap, "_DRAWN_AT_ONCE", 30)
    assert measure(judged, rounds=50) == whole
    assert measure(judged, rounds=50, seed=1) != whole
    figure = whole.overall["frame_micro_f1"]
    assert figure.low is not None
    assert figure.high is not None
    assert figure.value is not None
    assert figure.low < figure.value < figure.high
    assert whole.groups == 9


def test_one_group_has_no_interval() -> None:
    figure = measure(_judged([_item({"siege": "yes"})] * 4, [{"siege": "yes"}] * 4)).overall["pair_f1"]
    assert (figure.value, figure.low, figure.high, figure.support) == (1.0, None, None, 4)


def test_without_stances_their_figures_are_absent() -> None:
    found = measure(_judged([_item({"siege": None}), _item({})], [{"siege": "no"}, {"march": "no"}]))
    for name in ("pair_f1", "stance_accuracy", "stance_macro_f1"):
        assert found.overall[name] == Figure(None, None, None, 0)
    assert found.overall["frame_micro_f1"].value == pytest.approx(2 / 3)
    assert found.frames["siege"]["pair_f1"].value is None
    assert {figure.value for row in found.stances.values() for figure in row.values()} == {None}


def test_a_frame_without_stance_neither_earns_nor_costs_a_pair() -> None:
    known = _item({"march": "no"})
    alone = measure(_judged([known], [{"march": "no"}])).overall["pair_f1"]
    beside = measure(_judged([known, _item({"siege": None})], [{"march": "no"}, {"siege": "no"}]))
    assert beside.overall["pair_f1"].value == alone.value == 1.0
    wrong = measure(_judged([known, _item({"siege": None})], [{"march": "no"}, {"talks": "no"}]))
    assert wrong.overall["pair_f1"].value == pytest.approx(2 / 3)


def test_sources() -> None:
    gold = [
        _item({"siege": "yes"}, source=(0, 4)),
        _item({"siege": "yes"}, source=(0, 14)),
        _item({"siege": "yes"}, source=None),
        _item({"siege": "yes"}, source=None),
        _item({"siege": "yes"}, source=(0, 4), source_known=False),
    ]
    spans: list[Span | None] = [(0, 5), (0, 4), None, (9, 14), (9, 14)]  # a space more is the same words
    found = measure(_judged(gold, [{"siege": "yes"}] * 5, spans)).overall
    assert found["source_exact_f1"].value == pytest.approx(2 * 1 / (3 + 2))
    assert found["source_token_f1"].value == pytest.approx(2 * 2 / (3 + 4))
    assert found["source_accuracy"].value == pytest.approx(2 / 4)
    assert [found[f"source_{name}"].support for name in ("exact_f1", "token_f1", "accuracy")] == [2, 2, 4]


def test_without_sources_their_figures_are_absent() -> None:
    gold = [_item({"siege": "yes"}, source_known=False)]
    found = measure(_judged(gold, [{"siege": "yes"}], [(0, 4)])).overall
    assert {found[name] for name in found if name.startswith("source")} == {Figure(None, None, None, 0)}


@pytest.mark.parametrize("size", [0, 3])
def test_nothing_to_measure_is_none_and_not_zero(size: int) -> None:
    found = measure(_judged([_item({}, group=f"e{n}") for n in range(size)], [{}] * size))
    values = {name: figure.value for name, figure in found.overall.items()}
    assert values.pop("primary_accuracy") == (1.0 if size else None)
    assert values.pop("source_accuracy") == (1.0 if size else None)
    assert set(values.values()) == {None}
    assert (found.sentences, found.groups) == (size, size)
    assert "NaN" not in json.dumps(found.to_dict())


def test_the_primary_frame_is_the_first_of_gold_and_the_surest_of_the_model() -> None:
    gold = [_item({"talks": "yes", "siege": "no"}), _item({"siege": "no", "talks": "yes"}), _item({})]
    judged = _judged(gold, [{"talks": "yes", "siege": "no"}] * 2 + [{}])
    assert judged.gold.primary.tolist() == [2, 0, -1]
    assert judged.predicted.primary.tolist() == [2, 2, -1]
    found = measure(judged).overall
    assert found["primary_accuracy"].value == pytest.approx(2 / 3)
    assert found["primary_accuracy_framed"].value == pytest.approx(1 / 2)
    assert found["primary_among"].value == 1.0


def test_a_primary_frame_that_the_readers_lack_is_not_among_theirs() -> None:
    gold = [_item({"siege": "no"}), _item({"siege": "no"}), _item({}), _item({"talks": "yes"})]
    found = measure(_judged(gold, [{"talks": "yes"}, {}, {"talks": "yes"}, {"talks": "no"}])).overall
    assert found["primary_among"].value == pytest.approx(1 / 3)
    assert found["primary_among"].support == 3


def test_gold_and_predictions_of_another_size_are_refused() -> None:
    judged = _judged([_item({})], [{}])
    with pytest.raises(ValueError, match="differ"):
        Judged(Gold.of([], judged.codebook), judged.predicted, judged.codebook)


def test_the_best_threshold_parts_right_from_wrong() -> None:
    rng = np.random.default_rng(0)
    present = rng.random((400, 3)) < 0.3
    scores = np.where(present, rng.uniform(0.55, 1, (400, 3)), rng.uniform(0, 0.65, (400, 3))).astype(np.float32)
    gold = [_item({name: None for name, has in zip(FRAMES, row, strict=True) if has}) for row in present]
    predicted = Predicted(scores, np.ones((400, 3, 3), np.float32), np.full(3, 0.5), (None,) * 400)
    assert 0.54 <= best_threshold(Judged(Gold.of(gold, _book()), predicted, _book())) <= 0.68


def test_of_thresholds_that_do_equally_well_the_middle_one_is_taken() -> None:
    gold = [_item({"siege": "yes"}), _item({})]
    scores = np.array([[0.99], [0.01]], np.float32)
    predicted = Predicted(scores, np.ones((2, 1, 3), np.float32), np.array([0.5]), (None,) * 2)
    book = _book(1)
    assert best_threshold(Judged(Gold.of(gold, book), predicted, book)) == pytest.approx(0.5)


def test_the_paired_difference_is_that_of_the_two_figures_and_narrower_than_chance() -> None:
    rng = np.random.default_rng(3)
    gold = [_item({"siege": "yes"} if n % 2 else {"march": "no"}, group=f"e{n % 40}") for n in range(400)]
    good = [dict(item.labels) if rng.random() < 0.9 else {} for item in gold]
    worse = [labels if rng.random() < 0.7 else {} for labels in good]
    first, second = _judged(gold, good), _judged(gold, worse)  # type: ignore[arg-type]
    found = paired_difference(first, second, rounds=300)["pair_f1"]
    values = [measure(judged, rounds=0).overall["pair_f1"].value for judged in (first, second)]
    assert values[0] is not None
    assert values[1] is not None
    assert found.value == pytest.approx(values[0] - values[1])
    assert found.low is not None
    assert found.low > 0
    same = paired_difference(first, first, rounds=50)["pair_f1"]
    assert (same.value, same.low, same.high) == (0, 0, 0)


def test_models_judged_by_other_labels_are_not_compared() -> None:
    one, other = _item({"siege": "yes"}), _item({"siege": "no"})
    with pytest.raises(ValueError, match="same sentences"):
        paired_difference(_judged([one], [{}]), _judged([other], [{}]))
