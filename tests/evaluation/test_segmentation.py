"""Counting how well a document was cut, on small invented documents."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from counterframe.data.types import Kind, Sentence
from counterframe.errors import InputError
from counterframe.evaluation.segmentation import GoldDocument, Segmentation, compare, read_gold

GOLD = GoldDocument(
    headline=("Envoy leaves",),
    body=("The envoy left Port Ilva.", "He came back.", "Lorries pass."),
    optional=("By Mira Ost",),
    furniture=("Home | Visits", "Envoy leaves", "Share"),
)
RIGHT: list[tuple[str, Kind, int]] = [
    ("Home | Visits", "boilerplate", 0),
    ("Envoy leaves", "boilerplate", 1),
    ("Envoy leaves", "headline", 2),
    ("By Mira Ost", "body", 3),
    ("The envoy left Port Ilva.", "body", 4),
    ("He came back.", "body", 4),
    ("Lorries pass.", "body", 5),
    ("Share", "boilerplate", 6),
]


def cut(pieces: list[tuple[str, Kind, int]]) -> list[Sentence]:
    return [
        Sentence(doc="d", n=number, start=0, end=len(text), text=text, kind=kind, paragraph=paragraph)
        for number, (text, kind, paragraph) in enumerate(pieces)
    ]


def counted(pieces: list[tuple[str, Kind, int]], gold: GoldDocument = GOLD) -> tuple[Segmentation, list[str]]:
    errors: list[str] = []
    return compare(gold, cut(pieces), on_error=errors.append), errors


def test_a_document_cut_rightly() -> None:
    found, errors = counted(RIGHT)
    assert errors == []
    assert found == Segmentation(
        documents=1,
        body=4,
        body_kept=4,
        furniture=3,
        furniture_marked=3,
        marked=3,
        marked_rightly=3,
        ends=3,
        ends_found=3,
        inner_ends=1,
        inner_ends_found=1,
    )
    assert found.body_recall == found.boilerplate_precision == found.boilerplate_recall == 1
    assert found.boundary_f1 == found.inner_boundary_f1 == 1


def test_white_space_and_hidden_characters_do_not_count() -> None:
    pieces = [(text.replace(" ", "\n ").replace("v", "\u00adv"), kind, number) for text, kind, number in RIGHT]
    assert counted(pieces) == counted(RIGHT)


def test_a_sentence_that_is_lost() -> None:
    found, errors = counted([piece for piece in RIGHT if piece[0] != "He came back."])
    assert errors == ["lost: He came back."]
    assert (found.body, found.body_kept, found.unplaced) == (4, 3, 1)
    assert found.body_recall == 0.75
    assert (found.ends, found.ends_found) == (2, 2)


def test_a_sentence_marked_as_boilerplate() -> None:
    found, errors = counted([(text, "boilerplate" if number == 5 else kind, number) for text, kind, number in RIGHT])
    assert errors == ["marked as boilerplate: Lorries pass.", "boilerplate that holds story: Lorries pass."]
    assert found.body_recall == 0.75
    assert found.boilerplate_precision == 0.75
    assert found.ends == 2


def test_a_headline_marked_as_boilerplate_is_lost_story() -> None:
    found, _ = counted([(text, "boilerplate" if number == 2 else kind, number) for text, kind, number in RIGHT])
    assert (found.body_kept, found.marked, found.marked_rightly) == (3, 4, 3)


def test_furniture_kept_as_story_costs_recall_of_boilerplate_alone() -> None:
    found, errors = counted([(text, "body" if number == 6 else kind, number) for text, kind, number in RIGHT])
    assert errors == ["furniture kept: Share"]
    assert found.boilerplate_recall == pytest.approx(2 / 3)
    assert found.body_recall == found.boilerplate_precision == found.boundary_f1 == 1


def test_optional_text_counts_neither_way() -> None:
    kinds: list[Kind] = ["body", "boilerplate", "headline"]
    results = [
        counted([(text, kind if number == 3 else own, number) for text, own, number in RIGHT])[0] for kind in kinds
    ]
    assert results[0] == results[1] == results[2]
    assert results[0] == counted([piece for piece in RIGHT if piece[2] != 3])[0]


def test_sentences_run_together() -> None:
    pieces = [*RIGHT[:4], ("The envoy left Port Ilva. He came back.", "body", 4), *RIGHT[6:]]
    found, errors = counted(pieces)  # type: ignore[arg-type]
    assert errors == ["not ended after: The envoy left Port Ilva."]
    assert (found.ends, found.ends_found, found.ends_false) == (3, 2, 0)
    assert found.boundary_f1 == 2 * 2 / (3 + 2)
    assert (found.inner_ends, found.inner_ends_found) == (1, 0)


def test_a_sentence_cut_in_three() -> None:
    parts: list[tuple[str, Kind, int]] = [("The envoy", "body", 4), ("left", "body", 4), ("Port Ilva.", "body", 4)]
    found, errors = counted([*RIGHT[:4], *parts, *RIGHT[5:]])
    assert errors == ["cut into 3: The envoy left Port Ilva."]
    assert (found.ends_found, found.ends_false) == (3, 2)
    assert found.boundary_f1 == 2 * 3 / (3 + 3 + 2)


def test_equal_sentences_are_placed_one_after_the_other() -> None:
    gold = GoldDocument(body=("No.", "Is it open?", "No."))
    pieces: list[tuple[str, Kind, int]] = [("No.", "body", 0), ("Is it open?", "body", 0), ("No.", "body", 0)]
    assert counted(pieces, gold)[0].ends_found == 3
    found, errors = counted(pieces[:2], gold)
    assert errors == ["lost: No."]
    assert found.unplaced == 1


def test_a_document_without_pieces_loses_all() -> None:
    found, errors = counted([])
    assert (found.body, found.body_kept, found.unplaced) == (4, 0, 4)
    assert found.body_recall == 0
    assert len(errors) == 4


def test_counts_add_up_and_nothing_is_all_of_nothing() -> None:
    total = Segmentation()
    assert total.body_recall == total.boundary_f1 == 1
    for _ in range(2):
        total += counted(RIGHT)[0]
    assert (total.documents, total.body, total.ends_found, total.inner_ends) == (2, 8, 6, 2)


def test_gold_of_one_document_and_of_a_feed(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"note": "invented", "body": ["It is open."]}))
    assert read_gold(path) == [GoldDocument(body=("It is open.",))]
    path.write_text(json.dumps({"entries": [{"headline": ["A"]}, {"headline": ["B"]}]}))
    assert [gold.headline for gold in read_gold(path)] == [("A",), ("B",)]
    path.write_text(json.dumps({"entries": []}))
    assert read_gold(path) == []


@pytest.mark.parametrize("entry", [{"bdy": ["a"]}, {"body": "a"}, {"body": [1]}])
def test_gold_that_is_misspelt_is_named(tmp_path: Path, entry: object) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(entry))
    with pytest.raises(InputError, match="expected a list of texts") as caught:
        read_gold(path)
    assert caught.value.field in ("bdy", "body")
