"""The contest: counts, shares with intervals, distances, what is contested and what is left out."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from helpers.tellings import book, documents, result, tell
from hypothesis import given
from hypothesis import strategies as st

from counterframe.data.codebook import Codebook
from counterframe.errors import CodebookError, InputError, UsageError
from counterframe.evaluation.comparing.comparison import compare_tellings
from counterframe.evaluation.comparing.contest import Counted, contest, distance, left_out
from counterframe.evaluation.comparing.intervals import explain, shares
from counterframe.evaluation.comparing.tellings import group_by, read_documents
from counterframe.evaluation.wilson import wilson

BOOK = book()


def _rows(codebook: Codebook, *texts: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    tellings = tell(codebook, *texts)
    return {row["frame"]: row for row in contest(tellings, codebook, Counted(tellings, codebook))}


@st.composite
def tellings_of(draw: st.DrawFn) -> tuple[Codebook, list[list[dict[str, Any]]]]:
    codebook = book(draw(st.integers(1, 4)), draw(st.integers(1, 5)))
    pair = st.tuples(st.sampled_from(codebook.frame_ids), st.sampled_from(codebook.stance_ids))
    sentence = st.builds(
        lambda pairs, unsure, kind, doc: result(
            "Words.", *dict(pairs).items(), doc=f"d{doc}", abstained=unsure, kind=kind
        ),
        st.lists(pair, max_size=3),
        st.booleans(),
        st.sampled_from(["body", "headline", "boilerplate"]),
        st.just(0),
    )
    text = st.lists(sentence, min_size=1, max_size=8)
    return codebook, draw(st.lists(text, min_size=2, max_size=4))


@given(tellings_of())
def test_shares_add_up_and_unsure_or_furniture_is_no_finding(made: tuple[Codebook, list[list[dict[str, Any]]]]) -> None:
    codebook, texts = made
    rows = _rows(codebook, *texts)
    assert set(rows) == set(codebook.frames)
    for index, text in enumerate(texts):
        shown = [row for row in text if row["kind"] != "boilerplate"]
        sure = [row for row in shown if not row["abstained"]]
        for frame, row in rows.items():
            cells = row["cells"][f"t{index}"]
            assert list(cells) == list(codebook.stances)
            for stance, cell in cells.items():
                expected = sum((frame, stance) in [(f["frame"], f["stance"]) for f in one["frames"]] for one in sure)
                assert cell["count"] == expected
                assert cell["share"]["support"] == len(shown)
                if shown:
                    assert cell["share"]["value"] == pytest.approx(expected / len(shown), abs=1e-4)
                    assert 0 <= cell["share"]["low"] <= cell["share"]["value"] <= cell["share"]["high"] <= 1
                else:
                    assert cell["share"]["value"] is None
            assert sum(cell["count"] for cell in cells.values()) <= len(sure)


@given(tellings_of(), st.randoms())
def test_the_order_of_inputs_changes_no_distance(made: tuple[Codebook, list[list[dict[str, Any]]]], rng: Any) -> None:
    codebook, texts = made
    other = list(texts)
    rng.shuffle(other)
    first, second = _rows(codebook, *texts), _rows(codebook, *other)
    for frame, row in first.items():
        assert row["distance"] == pytest.approx(second[frame]["distance"], abs=1e-9)
        assert (row["contested"], row["firm"]) == (second[frame]["contested"], second[frame]["firm"])
        assert 0 <= row["distance"] <= 1


@given(tellings_of())
def test_a_whole_comparison_holds_together(made: tuple[Codebook, list[list[dict[str, Any]]]]) -> None:
    codebook, texts = made
    content = compare_tellings(tell(codebook, *texts), codebook, model="tiny@1").to_dict()
    ids = {telling["id"] for telling in content["tellings"]}
    for telling in content["tellings"]:
        assert telling["framed"] + telling["unsure"] <= telling["sentences"]
    spoken = {(row["telling"], row["frame"], row["stance"]): 0 for row in content["who"]}
    for row in content["who"]:
        assert row["count"] == len(row["sentences"]) > 0
        spoken[row["telling"], row["frame"], row["stance"]] += row["count"]
    cells = {
        (t, row["frame"], s): cell for row in content["contest"] for t in ids for s, cell in row["cells"][t].items()
    }
    assert all(cells[key]["count"] >= count for key, count in spoken.items())
    for row in content["left_out"]:
        assert row["telling"] not in row["told_by"]
        assert not any(cells[row["telling"], row["frame"], stance]["count"] for stance in codebook.stances)
    for row in content["contest"]:
        assert set(row["asserted_by"]) | set(row["rejected_by"]) <= ids - set(row["absent_from"])


@given(st.lists(st.lists(st.integers(0, 5), min_size=3, max_size=3), min_size=3, max_size=3))
def test_distance_is_a_metric_between_0_and_1(counts: list[list[int]]) -> None:
    portions = [np.array(row) / 15 for row in counts]
    for first, second, third in itertools.permutations(portions):
        assert 0 <= distance(first, second) <= 1
        assert distance(first, second) == pytest.approx(distance(second, first))
        assert distance(first, third) <= distance(first, second) + distance(second, third) + 1e-9
    assert distance(portions[0], portions[0]) == 0


def test_distance_of_known_cases() -> None:
    none, all_assert, all_reject = np.zeros(2), np.array([1.0, 0.0]), np.array([0.0, 1.0])
    assert distance(all_assert, all_reject) == distance(none, all_assert) == 1
    assert distance(np.array([0.5, 0.0]), np.array([0.0, 0.5])) == 0.5
    assert distance(np.array([0.5, 0.0]), none) == 0.5


def test_far_apart_first_and_ties_as_in_the_codebook() -> None:
    codebook = book(frames=4)
    first = [result("x", ("f2", "s0")), result("x", ("f1", "s0"), ("f3", "s0"))]
    tellings = tell(codebook, first, [result("x", ("f1", "s0")), result("x")])
    rows = contest(tellings, codebook, Counted(tellings, codebook))
    assert [row["frame"] for row in rows] == ["f2", "f3", "f0", "f1"]
    assert rows[0]["between"] == ["t0", "t1"] and rows[-1]["between"] == []


def test_contested_needs_two_tellings() -> None:
    both = [result("x", ("f0", "s0")), result("x", ("f0", "s1"))]
    alone = _rows(BOOK, both, [result("x", ("f1", "s0"))])["f0"]
    assert (alone["asserted_by"], alone["rejected_by"], alone["absent_from"]) == (["t0"], ["t0"], ["t1"])
    assert not alone["contested"]
    assert _rows(BOOK, both, [result("x", ("f0", "s1"))])["f0"]["contested"]
    assert not _rows(BOOK, [result("x", ("f0", "s0"))], [result("x", ("f0", "s2"))])["f0"]["contested"]


def test_a_contest_that_hangs_on_one_sentence_is_not_firm() -> None:
    asserts, rejects = result("x", ("f0", "s0")), result("x", ("f0", "s1"))
    assert not _rows(BOOK, [asserts, asserts], [rejects])["f0"]["firm"]
    assert _rows(BOOK, [asserts, asserts], [rejects, rejects])["f0"]["firm"]
    # A telling that mostly asserts does not reject because of a few sentences.
    assert not _rows(BOOK, [asserts] * 3, [asserts] * 5 + [rejects] * 2)["f0"]["firm"]


def test_unsure_sentences_make_no_contest() -> None:
    rejects = result("x", ("f0", "s1"), abstained=True)
    row = _rows(BOOK, [result("x", ("f0", "s0"))], [rejects])["f0"]
    assert not row["contested"] and row["absent_from"] == ["t1"]


def test_a_frame_that_is_only_rejected_answers_somebody_else() -> None:
    rows = _rows(BOOK, [result("x", ("f0", "s1"))], [result("x", ("f0", "s1")), result("x", ("f1", "s0"))])
    assert rows["f0"]["rejected_only"] and not rows["f0"]["contested"]
    assert not rows["f1"]["rejected_only"]


def test_a_codebook_with_one_frame_and_one_stance() -> None:
    codebook = book(1, 1)
    content = compare_tellings(
        tell(codebook, [result("x", ("f0", "s0"))], [result("x")]), codebook, model="tiny@1"
    ).to_dict()
    (row,) = content["contest"]
    assert row["distance"] == 1 and not row["contested"] and not row["rejected_only"]
    assert content["left_out"] == [
        {"telling": "t1", "frame": "f0", "told_by": ["t0"], "sentences": 1, "unsure": 0},
    ]
    assert "single stance" in content["reading"]["contested"]


def test_quoted_counts_sentences_with_a_source() -> None:
    text = [result("Vell said so.", ("f0", "s0"), ("f1", "s0"), source="Vell"), result("So it is.", ("f0", "s0"))]
    rows = _rows(BOOK, text, [result("x")])
    assert rows["f0"]["cells"]["t0"]["s0"]["quoted"] == 1
    assert rows["f1"]["cells"]["t0"]["s0"]["quoted"] == 0  # the source is known for the primary frame


def test_left_out_is_what_others_tell_and_not_what_they_only_deny() -> None:
    texts = [
        [result("x", ("f0", "s0")), result("x", ("f1", "s1"))],
        [result("x", ("f0", "s2")), result("x", ("f2", "s0"))],
        [result("x"), result("x", ("f0", "s1"), abstained=True), result("x", ("f2", "s1"))],
    ]
    tellings = tell(BOOK, *texts)
    rows = left_out(tellings, BOOK, Counted(tellings, BOOK))
    assert rows[0] == {"telling": "t2", "frame": "f0", "told_by": ["t0", "t1"], "sentences": 2, "unsure": 1}
    assert [(row["telling"], row["frame"]) for row in rows] == [("t2", "f0"), ("t0", "f2")]


@given(st.integers(0, 30), st.integers(1, 30))
def test_wilson_holds_the_share(count: int, more: int) -> None:
    size = count + more - 1 or 1
    low, high = wilson(np.array([float(min(count, size))]), size)
    assert 0 <= low[0] <= min(count, size) / size <= high[0] <= 1
    assert high[0] - low[0] > 0


def test_wilson_against_the_reference() -> None:
    from scipy.stats import binomtest

    for count, size in ((0, 10), (3, 12), (10, 10), (417, 1000)):
        low, high = wilson(np.array([float(count)]), size)
        expected = binomtest(count, size).proportion_ci(method="wilson")
        assert (low[0], high[0]) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_documents_are_resampled_where_there_are_several() -> None:
    # All of it in one of 40 documents: sentences alone would make the interval far too narrow.
    counts = [np.array([20.0])] + [np.array([0.0])] * 39
    (figure,) = shares(counts, [20] * 40)
    low, high = wilson(np.array([20.0]), 800)
    assert figure.low is not None and figure.high is not None
    assert figure.low < low[0] and figure.high > 1.5 * high[0]
    # Nothing found in any document is not certainty.
    (nothing,) = shares([np.array([0.0])] * 5, [10] * 5)
    assert nothing.low == 0 and nothing.high is not None and nothing.high > 0.05


def test_documents_without_a_sentence_do_no_harm() -> None:
    (figure,) = shares([np.array([1.0]), np.array([0.0])], [2, 0])
    assert figure.value == 0.5 and figure.low is not None and figure.high is not None
    (empty,) = shares([np.array([0.0])], [0])
    assert (empty.value, empty.low, empty.high, empty.support) == (None, None, None, 0)


def test_intervals_are_explained_for_what_there_is() -> None:
    assert "Wilson" in explain([1, 1]) and "resampled" not in explain([1, 1])
    assert "resampled" in explain([3, 40]) and "too narrow" in explain([3, 40])
    assert "too narrow" not in explain([30, 40])


def test_grouping_by_a_column() -> None:
    rows = [
        result("x", doc="a", meta={"publisher": "Port of Tirsa", "date": "2 May 2031"}),
        result("x", doc="b", meta={"publisher": "Agency", "date": "2031-05-02T10:00"}),
        result("x", doc="c", meta={"date": "2031-04-01", "desk": ["a"]}),
    ]
    found = documents(rows, BOOK)
    notes: list[str] = []
    assert [telling.name for telling in group_by(found, "publisher", notes.append)] == [
        "Agency",
        "Port of Tirsa",
        "(no publisher stated)",
    ]
    assert notes and "1 document(s) state no publisher" in notes[0]
    assert [telling.name for telling in group_by(found, "date")] == ["2031-04-01", "2031-05-02"]
    with pytest.raises(UsageError, match="did you mean 'publisher'"):
        group_by(found, "publishr")
    with pytest.raises(UsageError, match="needs two values"):
        group_by(found[:1], "publisher")


def test_names_of_tellings() -> None:
    def meta(publisher: str) -> list[dict[str, Any]]:
        return [result("x", meta={"publisher": publisher} if publisher else {})]

    names = [telling.name for telling in tell(BOOK, meta("Agency"), meta("Port"), meta("Agency"), meta(""))]
    assert names == ["Agency (input 0)", "Port", "Agency (input 2)", "input 3"]


def test_labels_that_do_not_fit_are_named() -> None:
    with pytest.raises(CodebookError, match=r"d, sentence 0.*no frame 'f9'"):
        list(read_documents([result("x", ("f9", "s0"))], BOOK))
    with pytest.raises(InputError, match="a frame stands twice"):
        list(read_documents([result("x", ("f0", "s0"), ("f0", "s1"))], BOOK))


def test_what_weakens_the_figures_is_said() -> None:
    long = [result("x", ("f0", "s0"), truncated=True, meta={"language": "sq"})] * 6
    unsure = [result("y", abstained=True)] * 6
    warnings = compare_tellings(tell(BOOK, long, unsure, unsure, [result("z")]), BOOK, model="m").warnings
    text = "\n".join(warnings)
    assert "unsure of 6 of 6 sentences" in text
    assert "input 3: only 1 sentence(s)" in text
    assert "6 sentence(s) are longer" in text
    assert "another language by their own statement (sq)" in text
    assert "one and the same text stands in input 1 and input 2" in text
