"""Slices, groups of errors, predictions as a file: what they hold, what they bound, what they refuse."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from counterframe.data.confidence import Abstention
from counterframe.data.types import LabelledSentence
from counterframe.errors import InputError, UsageError
from counterframe.evaluation.counts import sentence_counts
from counterframe.evaluation.error_groups import documents_of, error_groups
from counterframe.evaluation.judged import Judged, Predicted
from counterframe.evaluation.metrics import measure, paired_difference
from counterframe.evaluation.predictions import prediction_rows, read_predictions
from counterframe.evaluation.slices import MOST_VALUES, SliceRow, slices

# Tests are no packages, so what they share is looked for beside them.
sys.path.append(str(Path(__file__).parent))
from making import FRAMES, STANCES, book, judge, predicted, sentence


def _answers(found: list[dict[str, tuple[float, str]]], **other: Any) -> Predicted:
    scores = np.full((len(found), 3), 0.1, np.float32)
    stances = np.full((len(found), 3, 3), [0.4, 0.3, 0.3], np.float32)
    for row, labels in enumerate(found):
        for frame, (score, stance) in labels.items():
            column = FRAMES.index(frame)
            scores[row, column] = score
            stances[row, column] = np.where(np.array(STANCES) == stance, 0.8, 0.1)
    sources = other.pop("sources", (None,) * len(found))
    return Predicted(scores, stances, np.full(3, 0.5), sources, **other)


def _slices(gold: list[LabelledSentence], asked: list[str] = [], **other: Any) -> dict[str, list[SliceRow]]:  # noqa: B006
    judged = judge(gold, predicted(len(gold), 3, 3, np.random.default_rng(0)))
    return slices(judged, sentence_counts(judged), gold, asked, **{"rounds": 20, **other})


def test_a_slice_has_the_figures_of_its_sentences_alone() -> None:
    gold = [
        sentence(n, {"siege": STANCES[n % 3]} if n % 4 else {}, publisher=["Orvania Post", "Vask Times"][n % 2])
        for n in range(80)
    ]
    judged = judge(gold, predicted(80, 3, 3, np.random.default_rng(3)))
    found = slices(judged, sentence_counts(judged), gold, rounds=50)
    assert set(found) == {"stance", "publisher", "length", "event"}
    rows = list(range(0, 80, 2))
    answers = judged.predicted
    part = Predicted(
        answers.frame_scores[rows], answers.stance_scores[rows], answers.thresholds, tuple(None for _ in rows)
    )
    alone = measure(judge([gold[row] for row in rows], part), rounds=50)
    (row,) = [row for row in found["publisher"] if row.value == "Orvania Post"]
    assert (row.sentences, row.groups) == (40, 40)
    assert row.figures == alone.overall
    assert {row.value: row.sentences for row in found["stance"]} == {"none": 20, "yes": 20, "no": 20, "told": 20}
    assert [row.value for row in found["length"]] == ["1 to 9 words"]


def test_many_values_are_bounded_and_the_rest_is_pooled() -> None:
    gold = [sentence(n, {"siege": "yes"}, meta={"desk": f"desk {n % 50 if n < 50 else n % 30}"}) for n in range(200)]
    rows = _slices(gold, ["desk"])["desk"]
    assert len(rows) == MOST_VALUES + 1
    assert (rows[-1].value, rows[-1].sentences) == ("(20 other values, pooled)", 20)
    assert sum(row.sentences for row in rows) == 200
    assert rows[0].few
    assert rows[0].figures["frame_micro_f1"].low is not None


def test_within_one_event_documents_are_resampled() -> None:
    gold = [sentence(n, {"siege": "yes"}, doc=f"d{n % 9}", event=f"e{n % 9 // 3}") for n in range(90)]
    assert {(row.value, row.groups) for row in _slices(gold)["event"]} == {("e0", 3), ("e1", 3), ("e2", 3)}
    assert "event" not in _slices([sentence(n, event=f"d{n}") for n in range(5)])  # events are not known


def test_an_unknown_column_is_refused_by_the_nearest() -> None:
    gold = [sentence(0, meta={"region": "north"})]
    with pytest.raises(UsageError, match=r"--slice regoin.*did you mean 'region'"):
        _slices(gold, ["regoin"])
    with pytest.raises(UsageError, match="did you mean 'publisher'"):
        _slices(gold, ["publishr"])
    assert [row.value for row in _slices([*gold, sentence(1)], ["region"])["region"]] == ["north", "(not given)"]


def test_where_no_text_is_shown_values_that_are_text_become_codes() -> None:
    text = "Siege goes on"
    gold = [sentence(0, text=text, doc=text, event="e", meta={"copy": text, "list": [1, {"a": 2}]}), sentence(1)]
    shown = _slices(gold, ["copy", "list", "doc"])
    assert {row.value for row in shown["copy"]} == {text, "(not given)"}
    assert {row.value for row in shown["list"]} == {'[1, {"a": 2}]', "(not given)"}
    hidden = _slices(gold, ["copy", "doc"], texts=False)
    assert text not in str(hidden)
    assert {row.value[0] for row in hidden["copy"]} == {"#", "("}


GOLD: list[dict[str, str | None]] = [
    {"siege": "yes"},  # missed
    {},  # invented
    {"siege": "yes"},  # another frame
    {"siege": "yes"},  # stance
    {"siege": "yes"},  # one frame more
    {"siege": "yes", "march": "no"},  # the second frame's stance
    {"siege": "yes"},  # source
    {"siege": "yes"},  # right
    {},  # right
    {"siege": None},  # right: nothing is known of the stance
]
FOUND: list[dict[str, tuple[float, str]]] = [
    {},
    {"talks": (0.9, "yes")},
    {"talks": (0.9, "yes"), "siege": (0.8, "yes")},
    {"siege": (0.9, "no")},
    {"siege": (0.9, "yes"), "talks": (0.6, "no")},
    {"siege": (0.9, "yes"), "march": (0.6, "yes")},
    {"siege": (0.9, "yes")},
    {"siege": (0.9, "yes")},
    {},
    {"siege": (0.9, "no")},
]


def _wrong() -> tuple[Judged, list[LabelledSentence]]:
    gold = [sentence(n, labels, doc=f"d{n // 5}", source=(0, 4) if labels else None) for n, labels in enumerate(GOLD)]
    sources = tuple((9, 14) if n == 6 else (0, 4) if labels else None for n, labels in enumerate(FOUND))
    return judge(gold, _answers(FOUND, sources=sources, abstention=Abstention(min_confidence=0.6))), gold


def test_each_error_is_of_one_kind() -> None:
    judged, gold = _wrong()
    found = {group.kind: [error.sentence.id for error in group.listed] for group in error_groups(judged, gold)}
    assert found == {
        "missed": ["s0"],
        "invented": ["s1"],
        "other_frame": ["s2"],
        "stance": ["s3"],
        "extra_frames": ["s4", "s5"],
        "source": ["s6"],
    }


def test_a_listed_error_tells_scores_evidence_and_source() -> None:
    judged, gold = _wrong()
    groups = [group.with_evidence({"s4": {"siege": [(0, 4)]}}) for group in error_groups(judged, gold)]
    error = next(group for group in groups if group.kind == "extra_frames").to_dict()["listed"][0]
    assert error["predicted"] == [
        {"frame": "siege", "score": 0.9, "stance": "yes", "stance_score": 0.8, "evidence": [[0, 4]]},
        {"frame": "talks", "score": 0.6, "stance": "no", "stance_score": 0.8, "evidence": []},
    ]
    assert (error["gold"], error["gold_source"], error["source"]) == ({"siege": "yes"}, "Vell", "Vell")
    assert (error["confidence"], error["abstained"], error["start"]) == (0.72, False, None)
    hidden = next(group for group in groups if group.kind == "source").to_dict(texts=False)["listed"][0]
    assert (hidden["text"], hidden["gold_source"], hidden["source"]) == (None, [0, 4], [9, 14])


def test_the_surest_errors_are_listed_and_the_rest_is_counted() -> None:
    gold = [sentence(n, {"siege": "yes"}, doc="d", meta={"start": 7 * n}) for n in range(50)]
    judged = judge(gold, _answers([{"talks": (0.5 + n / 101, "yes")} for n in range(50)]))
    (group,) = error_groups(judged, gold)
    assert (group.kind, group.count, len(group.listed)) == ("other_frame", 50, 20)
    assert [error.sentence.id for error in group.listed] == [f"s{n}" for n in range(49, 29, -1)]
    assert group.to_dict()["listed"][0]["start"] == 7 * 49
    (document,) = documents_of([group], gold)
    assert [item["n"] for item in document["sentences"]] == list(range(10, 50))  # twenty around each listed one
    assert [item["error"] for item in document["sentences"]] == [n >= 30 for n in range(10, 50)]
    assert {item["text"] for item in documents_of([group], gold, texts=False)[0]["sentences"]} == {None}
    assert ([item["left"] for item in document["sentences"]], document["left"]) == ([10, *[0] * 39], 0)


def test_a_long_document_says_where_sentences_are_left_out() -> None:
    wrong = (5, 90)
    gold = [sentence(n, {"siege": "yes"}, doc="d") for n in range(120)]
    judged = judge(gold, _answers([{"talks" if n in wrong else "siege": (0.9, "yes")} for n in range(120)]))
    (group,) = error_groups(judged, gold)
    (document,) = documents_of([group], gold)
    assert {item["n"]: item["left"] for item in document["sentences"] if item["left"]} == {70: 44}
    assert document["left"] == 9
    assert len(document["sentences"]) + 44 + 9 == 120


def test_only_documents_of_listed_errors_are_there_in_their_order() -> None:
    judged, gold = _wrong()
    groups = error_groups(judged, gold)
    documents = documents_of(groups, gold)
    assert {document["doc"] for document in documents} == {"d0", "d1"}
    assert [item["id"] for item in documents[0]["sentences"]] == [f"s{n}" for n in range(5)]
    assert documents_of(groups[:1], gold)[0]["sentences"][1]["error"] is False


def _file(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize("texts", [True, False])
def test_what_is_written_is_read_again_as_it_was(tmp_path: Path, texts: bool) -> None:
    judged, gold = _wrong()
    path = _file(tmp_path / "p.jsonl", list(prediction_rows(judged, gold, texts=texts)))
    assert texts == ("spoke" in path.read_text())
    again = Judged(judged.gold, read_predictions(path, gold, book()), book())
    assert measure(again, rounds=0).to_dict() == measure(judged, rounds=0).to_dict()
    differences = paired_difference(judged, again, rounds=50)
    assert {found.value for found in differences.values()} == {0.0}
    assert {found.p for found in differences.values()} == {1.0}


def test_the_smallest_form_needs_an_id_and_labels(tmp_path: Path) -> None:
    gold = [sentence(0, {"siege": "yes"}), sentence(1, {"march": "no"}), sentence(2, {})]
    rows = [
        {"id": "s1", "labels": {"march": "no", "siege": None}},
        {"id": "s0", "labels": {"talks": "yes"}},
        {"id": "s2", "labels": {}},
        {"id": "of other data", "labels": {"nothing": "known"}},
    ]
    found = read_predictions(_file(tmp_path / "p.jsonl", rows), gold, book())
    assert found.frames.tolist() == [[False, False, True], [True, True, False], [False] * 3]
    assert found.primary.tolist() == [2, 1, -1]
    assert found.stances[1].tolist() == [-1, 1, -1]
    figures = measure(judge(gold, found), rounds=20)
    assert figures.overall["frame_micro_f1"].value == pytest.approx(2 / 5)
    assert figures.overall["frame_map"].value is None  # no scores of its own
    assert figures.overall["source_accuracy"].value is None  # it names no sources
    assert figures.overall["stance_accuracy"].support == 1  # where it gives a stance


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"id": "s0", "labels": {"seige": "yes"}}], r"p\.jsonl:1.*did you mean 'siege'"),
        ([{"id": "s0", "labels": {"siege": "yess"}}], "did you mean 'yes'"),
        ([{"id": "s0", "labels": []}], "must be an object"),
        ([{"id": "s0"}], "must be an object"),
        ([{"labels": {}}], "needs the id"),
        ([{"id": "s0", "labels": {}}, {"id": "s0", "labels": {}}], "stands also on line 1"),
        ([{"id": "s0", "labels": {}, "text": "Another one"}], "is not the text"),
        ([{"id": "s0", "labels": {}, "source": "Nobody"}], "do not stand in the sentence"),
        ([{"id": "s0", "labels": {}, "source": [3, 99]}], "start and end within"),
        ([{"id": "s0", "labels": {}, "scores": {"siege": 0.4}}], "must hold"),
    ],
)
def test_wrong_predictions_are_named_by_line(tmp_path: Path, rows: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_predictions(_file(tmp_path / "p.jsonl", rows), [sentence(0)], book())


def test_predictions_must_be_there_for_every_sentence(tmp_path: Path) -> None:
    path = _file(tmp_path / "p.jsonl", [{"id": "s9", "labels": {}}])
    with pytest.raises(UsageError, match="5 of 5 sentences have no prediction in it: s0, s1, s2 and 2 more"):
        read_predictions(path, [sentence(n) for n in range(5)], book())
    path.write_text('{"id": "s0", "labels": {}}\nno json\n')
    with pytest.raises(InputError, match=r"p\.jsonl:2"):
        read_predictions(path, [sentence(0)], book())


def test_scores_must_be_shares_and_on_every_line(tmp_path: Path) -> None:
    scores = {frame: {"frame": 0.4, "stance": dict.fromkeys(STANCES, 0.3)} for frame in FRAMES}
    rows = [{"id": "s0", "labels": {}, "scores": scores}, {"id": "s1", "labels": {}}]
    with pytest.raises(InputError, match=r"p\.jsonl:2.*other lines have scores"):
        read_predictions(_file(tmp_path / "p.jsonl", rows), [sentence(0), sentence(1)], book())
    rows[0]["scores"] = scores | {"siege": {"frame": 1.4, "stance": dict.fromkeys(STANCES, 0.3)}}
    with pytest.raises(InputError, match="between 0 and 1"):
        read_predictions(_file(tmp_path / "p.jsonl", rows), [sentence(0), sentence(1)], book())
