"""The figures of the audit: flips, shifts, tests of parties, bars."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from counterframe.data.codebook import Codebook, load_codebook
from counterframe.data.types import LabelledSentence
from counterframe.evaluation.audit import FLIPS, Audit
from counterframe.evaluation.audit_file import without_sentences
from counterframe.evaluation.audit_report import audit_markdown
from counterframe.evaluation.flips import Pairs, measure_looks, measure_swaps
from counterframe.evaluation.judged import Predicted
from counterframe.evaluation.party_tests import MIN_SENTENCES, clustered_p, holm, party_tests


@pytest.fixture(scope="module")
def book(codebook_file: Path) -> Codebook:
    return load_codebook(codebook_file)


def predicted(frames: np.ndarray, stances: np.ndarray | None = None) -> Predicted:
    size = len(frames)
    if stances is None:
        stances = np.tile(np.array([0.8, 0.1, 0.1]), (size, frames.shape[1], 1))
    return Predicted(
        frame_scores=frames.astype(np.float32),
        stance_scores=stances.astype(np.float32),
        thresholds=np.full(frames.shape[1], 0.5),
        sources=(None,) * size,
    )


def sentences(size: int, *, per_event: int = 1) -> list[LabelledSentence]:
    return [
        LabelledSentence(
            id=f"s{number}",
            doc=f"d{number // per_event}",
            event=f"e{number // per_event}",
            n=number % per_event,
            text=f"Vell shut road {number}.",
            labels={"blockade": "asserts"} if number % 2 else {},
        )
        for number in range(size)
    ]


@pytest.fixture
def make(book: Codebook) -> Callable[..., Pairs]:
    def build(before: Predicted, after: Predicted, rows: list[int] | None = None, **more: object) -> Pairs:
        taken = list(range(len(before.frame_scores))) if rows is None else rows
        return Pairs(
            sentences=sentences(len(before.frame_scores)),
            before=before,
            rows=np.array(taken),
            texts=[f"Ormia shut road {row}." for row in taken],
            after=after,
            codebook=book,
            **more,  # type: ignore[arg-type]
        )

    return build


def test_each_kind_of_flip_counts_what_it_says(make: Callable[..., Pairs]) -> None:
    before = np.array([[0.9, 0.7, 0.1]] * 5)
    after = before.copy()
    after[1] = [0.9, 0.4, 0.1]  # a frame gone
    after[2] = [0.6, 0.7, 0.1]  # another one is the first
    after[3] = [0.8, 0.6, 0.2]  # scores move and nothing flips
    stances = np.tile(np.array([0.8, 0.1, 0.1]), (5, 3, 1))
    stances[4, 0] = [0.3, 0.6, 0.1]  # another stance
    stances[4, 2] = [0.1, 0.1, 0.8]  # that of a frame that is not there
    found = measure_swaps("parties", "names", make(predicted(before), predicted(after, stances)))
    assert {name: found.flips[name].value for name in FLIPS} == pytest.approx(
        {"any": 2 / 5, "frames": 1 / 5, "primary": 1 / 5, "stances": 1 / 5, "decisions": 2 / 15}
    )
    assert found.shifts["blockade"].value == pytest.approx((-0.3 - 0.1) / 5, abs=1e-6)
    assert {item.id for item in found.flipped} == {"s1", "s4"}
    assert [item.id for item in found.flipped] == ["s4", "s1"], "the farthest first"
    assert found.flipped[1].before == [("blockade", "asserts", 0.9), ("protest", "asserts", 0.7)]
    assert found.flipped[1].after == [("blockade", "asserts", 0.9)]


def test_a_sentence_counts_once_and_its_draws_as_pairs(make: Callable[..., Pairs]) -> None:
    before = np.full((3, 3), 0.9)
    after = np.array([[0.1, 0.9, 0.9]] * 3 + [[0.9, 0.9, 0.9]] * 3)
    found = measure_swaps("unseen", "names", make(predicted(before), predicted(after), rows=[0, 0, 0, 1, 1, 1]))
    assert (found.sentences, found.pairs, found.groups) == (2, 6, 2)
    assert found.flips["any"].value == 0.5
    assert [item.id for item in found.flipped] == ["s0"]


def test_the_interval_resamples_events_not_pairs(make: Callable[..., Pairs]) -> None:
    """Ten pairs of one sentence tell no more than one, so the interval must not grow narrower."""
    rng = np.random.default_rng(1)
    before = np.full((40, 3), 0.9)
    flipped = rng.random(40) < 0.3
    after = np.where(flipped[:, None], 0.1, 0.9) * np.ones((1, 3))
    once = measure_swaps("parties", "x", make(predicted(before), predicted(after))).flips["any"]
    rows = np.repeat(np.arange(40), 10).tolist()
    ten = measure_swaps("parties", "x", make(predicted(before), predicted(after[rows]), rows=rows)).flips["any"]
    assert (ten.value, ten.low, ten.high) == pytest.approx((once.value, once.low, once.high))
    assert once.low is not None and once.high is not None and once.low < 0.3 < once.high


@given(st.integers(0, 1000))
def test_the_same_answers_flip_nothing_and_shift_nothing(seed: int) -> None:
    book = load_codebook()
    rng = np.random.default_rng(seed)
    size, frames = 7, len(book.frame_ids)
    scores = predicted(rng.random((size, frames)), rng.random((size, frames, 3)))
    noise = predicted(scores.frame_scores + 1e-8, scores.stance_scores)
    pairs = Pairs(
        [LabelledSentence(id=str(n), doc=str(n), event=str(n), n=0, text="x", labels={}) for n in range(size)],
        scores,
        np.arange(size),
        ["y"] * size,
        noise,
        book,
        [[("", "Vell")]] * size,
    )
    found = measure_swaps("parties", "names", pairs, rounds=50)
    assert all(figure.value == 0 for figure in found.flips.values())
    assert all(figure.value == 0 for figure in found.shifts.values())
    assert found.flipped == []


def test_accuracy_stands_beside_the_flips(make: Callable[..., Pairs]) -> None:
    """A model that finds nothing never flips, and has no accuracy."""
    nothing = np.full((6, 3), 0.1)
    found = measure_swaps("parties", "names", make(predicted(nothing), predicted(nothing)))
    assert found.flips["any"].value == 0
    assert found.before["pair_f1"].value == 0
    right = np.array([[0.9 if number % 2 else 0.1, 0.1, 0.1] for number in range(6)])
    found = measure_swaps("parties", "names", make(predicted(right), predicted(nothing)))
    assert (found.before["pair_f1"].value, found.after["pair_f1"].value) == (1, 0)


def audit_of(*swaps: object) -> Audit:
    return Audit(model="m", data=["d"], seed=0, swaps=swaps, looks=())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("size", "flipped", "shift", "holds"),
    [
        (1000, 20, 0.0, [True, True, True]),
        (1000, 21, 0.0, [False, True, True]),
        (999, 0, 0.0, [True, True, False]),
        (1000, 0, 0.0099, [True, True, True]),
        (1000, 0, 0.0101, [True, False, True]),
        (1000, 0, -0.0101, [True, False, True]),
    ],
)
def test_the_bars(make: Callable[..., Pairs], size: int, flipped: int, shift: float, holds: list[bool]) -> None:
    before = np.full((size, 3), 0.3)
    after = before.copy()
    after[:, 1] += shift
    stances_before = np.tile(np.array([0.8, 0.1, 0.1]), (size, 3, 1))
    before[:, 0] = after[:, 0] = 0.9
    stances_after = stances_before.copy()
    stances_after[:flipped, 0] = [0.1, 0.8, 0.1]
    pairs = make(predicted(before, stances_before), predicted(after, stances_after))
    bars = audit_of(measure_swaps("parties", "names", pairs)).bars()
    assert [bar.holds for bar in bars] == holds


def test_without_an_interval_the_shift_is_not_shown_to_be_small(make: Callable[..., Pairs]) -> None:
    one = predicted(np.full((1, 3), 0.3))
    audit = audit_of(measure_swaps("parties", "names", make(one, one)))
    assert [bar.holds for bar in audit.bars()] == [True, False, False]
    assert any("below 30" in note for note in audit.notes())


def test_a_wide_interval_breaks_the_bar_though_its_middle_is_nought(make: Callable[..., Pairs]) -> None:
    before = np.full((1000, 3), 0.2)
    after = before.copy()
    after[:, 0] += np.tile([-0.19, 0.19], 500)
    found = measure_swaps("parties", "names", make(predicted(before), predicted(after)))
    assert found.shifts["blockade"].value == pytest.approx(0, abs=1e-6)
    assert [bar.holds for bar in audit_of(found).bars()] == [True, False, True]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_as_by_its_definition(values: list[float]) -> None:
    adjusted = holm(values)
    ranked = sorted(range(len(values)), key=lambda index: values[index])
    for place, index in enumerate(ranked):
        reference = max(min(1.0, (len(values) - step) * values[ranked[step]]) for step in range(place + 1))
        assert adjusted[index] == pytest.approx(reference)
    assert all(new >= old for new, old in zip(adjusted, values, strict=True))


@given(st.integers(0, 10_000), st.integers(3, 40))
def test_one_value_a_cluster_is_the_t_test(seed: int, size: int) -> None:
    values = np.random.default_rng(seed).normal(0.1, 1, size)
    expected = stats.ttest_1samp(values, 0).pvalue
    assert clustered_p(values, [str(n) for n in range(size)]) == pytest.approx(expected)


def test_the_test_of_a_party_keeps_its_level_in_clusters() -> None:
    """Sentences of one document move together; taken for independent they would be "significant" far too often."""
    rng = np.random.default_rng(3)
    clusters = [str(n // 10) for n in range(300)]
    clustered, naive = 0, 0
    for _ in range(600):
        values = np.repeat(rng.normal(0, 1, 30), 10) + rng.normal(0, 0.5, 300)
        clustered += clustered_p(values, clusters) < 0.05
        naive += stats.ttest_1samp(values, 0).pvalue < 0.05
    assert 0.025 < clustered / 600 < 0.085
    assert naive / 600 > 0.3


def test_single_parties_need_200_sentences_and_are_corrected() -> None:
    size = 260
    shifts = np.zeros((size, 2))
    shifts[:, 1] = np.random.default_rng(0).normal(0.05, 0.01, size)
    rows = np.arange(size)
    documents = [f"d{n // 2}" for n in range(size)]
    named = [[("", "Vell"), *([("", "Ormia")] if n < 199 else [])] for n in range(size)]
    tests, small = party_tests(shifts, rows, documents, named, ["blockade", "protest"])
    assert [(test.party, test.frame) for test in tests] == [("Vell", "blockade"), ("Vell", "protest")]
    assert small == 1
    assert (tests[0].p, tests[0].p_adjusted) == (1, 1)
    assert tests[1].p < 1e-6 and tests[1].p_adjusted == pytest.approx(2 * tests[1].p)
    # 260 pairs of 130 sentences are not enough.
    assert party_tests(shifts, rows // 2, documents, named, ["a", "b"]) == ([], 2)


def test_a_party_of_a_single_document_is_not_said_to_stand_in_few_sentences(make: Callable[..., Pairs]) -> None:
    tests, small = party_tests(np.ones((300, 1)), np.arange(300), ["d"] * 300, [[("", "Vell")]] * 300, ["a"])
    assert (tests, small) == ([], 1)
    scores = predicted(np.full((2, 3), 0.1))
    swap = replace(measure_swaps("parties", "Swapped", make(scores, scores), rounds=0), small_parties=small)
    said = f"1 parties are named in fewer than {MIN_SENTENCES} sentences, or in a single document"
    assert said in audit_markdown(audit_of(swap))


def test_the_dict_is_what_the_page_expects(make: Callable[..., Pairs]) -> None:
    pairs = make(predicted(np.full((4, 3), 0.9)), predicted(np.full((4, 3), 0.2)), parties=[[("e", "Vell")]] * 4)
    swap = measure_swaps("parties", "names", pairs)
    audit = Audit("m@1", ["d.jsonl"], 3, [swap], [measure_looks("typo", "a typo", pairs)], ["odd"])
    content = audit.to_dict()
    assert content["schema"] == "counterframe-audit/1"
    assert set(content) == {"schema", "model", "data", "warnings", "seed", "swaps", "robustness", "bars"}
    (entry,) = content["swaps"]
    assert set(entry["flips"]) == set(FLIPS) and set(entry["flips"]["any"]) == {"value", "low", "high", "support"}
    assert set(entry["accuracy"]["before"]) == {"pair_f1", "frame_micro_f1"}
    assert set(entry["shifts"]) == {"blockade", "protest", "peace_process"}
    assert set(entry["flipped"][0]) == {"id", "text", "swapped", "before", "after"}
    assert content["robustness"][0]["name"] == "typo" and len(content["robustness"][0]["examples"]) == 3
    assert set(content["bars"][0]) == {"name", "limit", "value", "holds"}
    assert content["warnings"][0] == "odd"


def test_without_text_no_text_is_written(make: Callable[..., Pairs]) -> None:
    pairs = make(predicted(np.full((4, 3), 0.9)), predicted(np.full((4, 3), 0.2)))
    swap = measure_swaps("parties", "names", pairs, with_text=False)
    audit = Audit("m", ["d"], 0, [swap], [measure_looks("typo", "a typo", pairs, with_text=False)])
    assert "shut road" not in str(audit.to_dict()) and "shut road" not in audit_markdown(audit)
    assert (
        swap.flipped[0].text is None and swap.flipped[0].swapped is None and swap.flipped[0].id in audit_markdown(audit)
    )


def test_an_id_that_is_the_sentence_itself_is_no_loophole(book: Codebook) -> None:
    text = "Vell shut the valley road."
    item = LabelledSentence(id=text, doc="d", event="e", n=0, text=text, labels={})
    shown, hidden = (predicted(np.full((1, 3), score)) for score in (0.9, 0.2))
    pairs = Pairs([item], shown, np.array([0]), ["Ormia shut it."], hidden, book)

    def written(*, with_text: bool) -> dict[str, Any]:
        swap = measure_swaps("parties", "names", pairs, with_text=with_text)
        return Audit("m", ["d"], 0, [swap], [measure_looks("typo", "t", pairs, with_text=with_text)]).to_dict()

    assert "valley" in str(written(with_text=True))
    assert "valley" not in str(written(with_text=False))
    assert "valley" not in str(without_sentences(written(with_text=True)))
    assert without_sentences(written(with_text=False))["swaps"][0]["flipped"][0]["id"].startswith("#")


def test_text_in_markdown_is_escaped(book: Codebook) -> None:
    hostile = LabelledSentence(
        id="s|1", doc="d", event="e", n=0, text="<script>alert(1)</script> | [a](b) `c`", labels={}
    )
    pairs = Pairs(
        [hostile], predicted(np.full((1, 3), 0.9)), np.array([0]), ["<b>x"], predicted(np.full((1, 3), 0.2)), book
    )
    text = audit_markdown(Audit("m", ["<i>"], 0, [measure_swaps("parties", "names", pairs)], ()))
    assert "<script>" not in text and "<b>" not in text and "<i>" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; \\| \\[a\\](b)" in text
