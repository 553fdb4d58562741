"""Who says what, and which name a pronoun stands for: a wrong name is worse than none."""

from __future__ import annotations

from typing import Any

import pytest
from helpers.tellings import book, result, tell
from hypothesis import given
from hypothesis import strategies as st

from counterframe.evaluation.comparing.pronouns import resolve_pronouns
from counterframe.evaluation.comparing.tellings import read_documents
from counterframe.evaluation.comparing.voices import source_key, who_says_what

BOOK = book()
Line = tuple[str, str | None] | tuple[str, str | None, int]


def _rows(*lines: Line, **fields: Any) -> list[dict[str, Any]]:
    rows = []
    for n, (text, source, *paragraph) in enumerate(lines):
        pairs = (("f0", "s0"),) if source else ()
        rows.append(result(text, *pairs, n=n, source=source, paragraph=paragraph[0] if paragraph else 0, **fields))
    return rows


def _resolved(*lines: Line) -> str | None:
    """Return the name that the source of the last sentence stands for."""
    (document,) = read_documents(_rows(*lines), BOOK)
    return resolve_pronouns(document.sentences).get(len(lines) - 1)


SAFE: dict[str, tuple[list[Line], str]] = {
    "a title": ([("Minister Vell denied it.", "Minister Vell"), ("He added more.", "He")], "Minister Vell"),
    "a place is not a she": (
        [("Minister Vell said that nobody in Orvania had lied.", "Minister Vell"), ("She added more.", "She")],
        "Minister Vell",
    ),
    "a name in full": ([("Edda Lunt spoke.", "Edda Lunt"), ("The road is open, she said.", "she")], "Edda Lunt"),
    "a role without a name": ([("The envoy spoke.", "The envoy"), ("He went on.", "He")], "The envoy"),
    "a role and a name behind it": (
        [
            (
                "A spokesman for the port authority, Capt. J. Orlo, spoke.",
                "A spokesman for the port authority, Capt. J. Orlo",
            ),
            ("He went on.", "He"),
        ],
        "A spokesman for the port authority, Capt. J. Orlo",
    ),
    "the paragraph before": (
        [("Minister Vell denied it.", "Minister Vell", 3), ("He added more.", "He", 4)],
        "Minister Vell",
    ),
    "a sentence between that names nobody": (
        [("Minister Vell denied it.", "Minister Vell"), ("It had rained.", None), ("He added more.", "He")],
        "Minister Vell",
    ),
    "a chain": (
        [("Minister Vell denied it.", "Minister Vell"), ("He went on.", "He"), ("He added more.", "He")],
        "Minister Vell",
    ),
    "a surname that stood behind a title": (
        [("Prime Minister Ondra Vell came.", None), ("Vell denied it.", "Vell"), ("He added more.", "He")],
        "Vell",
    ),
    "a body": (
        [("The Relief Committee of the Straits warned.", "The Relief Committee of the Straits"), ("It asked.", "It")],
        "The Relief Committee of the Straits",
    ),
    "several people": ([("Local residents spoke.", "Local residents"), ("They asked.", "They")], "Local residents"),
    "his own title again": (
        [("Minister Vell denied it, and the Minister left.", "Minister Vell"), ("He added more.", "He")],
        "Minister Vell",
    ),
    "a quotation that has ended": (
        [("Minister Vell denied it.", "Minister Vell"), ('"It is open," he said.', "he")],
        "Minister Vell",
    ),
}

UNSAFE: dict[str, list[Line]] = {
    "somebody else stands before the source": [
        ("After Mr Jo Brask had left the room, minister Ida Korrin said no.", "minister Ida Korrin"),
        ("He called it a siege.", "He"),
    ],
    "her brother": [
        ("Ida Korrin said her brother would open the road.", "Ida Korrin"),
        ("He called it a siege.", "He"),
    ],
    "his sister": [
        ("Jo Brask said his sister would open the road.", "Jo Brask"),
        ("She called it a siege.", "She"),
    ],
    "her, and he goes on": [
        ("Ida Korrin said her brother would open the road.", "Ida Korrin"),
        ("She went on.", "She"),
        ("He called it a siege.", "He"),
    ],
    "a surname alone": [
        ("Minister Ida Korrin said Brask had shut the road.", "Minister Ida Korrin"),
        ("He called it a siege.", "He"),
    ],
    "nobody was named": [("He added more.", "He")],
    "two paragraphs before": [("Minister Vell denied it.", "Minister Vell", 1), ("He added more.", "He", 3)],
    "a chain that leaves the paragraphs": [
        ("Minister Vell denied it.", "Minister Vell", 0),
        ("He went on.", "He", 1),
        ("He added more.", "He", 2),
    ],
    "another person is spoken to": [
        ("Minister Vell told Karen Doran that it was shut.", "Minister Vell"),
        ("She added more.", "She"),
    ],
    "another role between": [
        ("Minister Vell spoke.", "Minister Vell"),
        ("The envoy was late.", None),
        ("He added more.", "He"),
    ],
    "another name between": [
        ("Minister Vell spoke.", "Minister Vell"),
        ("Later came Maranne.", None),
        ("She added more.", "She"),
    ],
    "a name before the pronoun": [
        ("Minister Vell spoke.", "Minister Vell"),
        ("To Karen Doran, he added more.", "he"),
    ],
    "he and a woman": [("Ms. Lunt spoke.", "Ms. Lunt"), ("He added more.", "He")],
    "she and a man": [("The chairman, Mr. Orlo, spoke.", "The chairman, Mr. Orlo"), ("She added more.", "She")],
    "he and a ministry": [("The Foreign Ministry spoke.", "The Foreign Ministry"), ("He added more.", "He")],
    "he and the office of somebody": [("The Minister's office spoke.", "The Minister's office"), ("He spoke.", "He")],
    "he and one word that may be a state": [("Orvania denied it.", "Orvania"), ("He added more.", "He")],
    "it and a person": [("Minister Vell spoke.", "Minister Vell"), ("It was said.", "It")],
    "it and another body between": [
        ("The Committee warned the Government.", "The Committee"),
        ("It asked for passage.", "It"),
    ],
    "they and a single body": [("The Committee warned.", "The Committee"), ("They asked.", "They")],
    "they and one person": [("Minister Vell spoke.", "Minister Vell"), ("They asked.", "They")],
    "a quoted pronoun": [("Minister Vell spoke.", "Minister Vell"), ('"He said so," a man shouted.', "He")],
    "a quotation that goes on": [
        ("“The road is open,” Minister Vell said.", "Minister Vell"),
        ("“Nobody came.", None),
        ("He said so himself.”", "He"),
    ],
    "an unsafe pronoun in between": [
        ("Minister Vell spoke.", "Minister Vell"),
        ("They asked.", "They"),
        ("He added more.", "He"),
    ],
    "no pronoun of the third person": [("Minister Vell spoke.", "Minister Vell"), ("We deny it.", "We")],
    "a role is no pronoun": [("Minister Vell spoke.", "Minister Vell"), ("The minister added.", "The minister")],
}


@pytest.mark.parametrize("name", SAFE)
def test_a_pronoun_is_resolved_where_it_is_safe(name: str) -> None:
    lines, expected = SAFE[name]
    assert _resolved(*lines) == expected


@pytest.mark.parametrize("name", UNSAFE)
def test_a_pronoun_is_left_as_it_is_where_it_is_not(name: str) -> None:
    assert _resolved(*UNSAFE[name]) is None


def test_a_headline_introduces_nobody() -> None:
    rows = _rows(("Minister Vell denies it", "Minister Vell"), ("He added more.", "He", 1))
    rows[0]["kind"] = "headline"
    (document,) = read_documents(rows, BOOK)
    assert resolve_pronouns(document.sentences) == {}


def test_who_speaks_in_an_unsure_sentence_is_not_known() -> None:
    rows = _rows(("Minister Vell spoke.", "Minister Vell"), ("Lunt spoke.", "Lunt"), ("He added more.", "He"))
    rows[1]["abstained"] = True
    (document,) = read_documents(rows, BOOK)
    assert resolve_pronouns(document.sentences) == {}


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["Minister Vell", "Ms. Lunt", "the Committee", "he", "She", "It", "they", None]),
            st.text(alphabet='abc ABC,."“”’', max_size=20),
            st.integers(0, 3),
            st.booleans(),
        ),
        max_size=8,
    )
)
def test_only_pronouns_are_resolved_and_only_to_names_of_the_same_text(
    made: list[tuple[str | None, str, int, bool]],
) -> None:
    rows = []
    for n, (source, rest, paragraph, unsure) in enumerate(made):
        text = f"{source or 'Nobody'} {rest}."
        row = result(text, ("f0", "s0"), n=n, source=source, paragraph=paragraph, abstained=unsure)
        rows.append(row)
    for document in read_documents(rows, BOOK):
        resolved = resolve_pronouns(document.sentences)
        for n, name in resolved.items():
            assert made[n][0] in ("he", "She", "It", "they") and not made[n][3]
            assert name in [source for source, *_ in made[:n]] and name not in ("he", "She", "It", "they")


def test_an_unsure_pronoun_does_not_break_a_chain_and_is_not_resolved() -> None:
    rows = _rows(("Minister Vell spoke.", "Minister Vell"), ("He went on.", "He"), ("He added more.", "He"))
    rows[1]["abstained"] = True
    (document,) = read_documents(rows, BOOK)
    assert resolve_pronouns(document.sentences) == {2: "Minister Vell"}


def test_rows_of_who_says_what() -> None:
    rows = _rows(
        ("The Minister denied it.", "The Minister"),
        ("Then the  Minister left.", "the  Minister"),
        ("He added more.", "He"),
        ("It is so.", None),
    )
    rows[3] |= {"frames": [{"frame": "f1", "stance": "s0"}, {"frame": "f0", "stance": "s0"}]}
    found = who_says_what(tell(BOOK, rows), BOOK)
    assert [(row["source"], row["named"], row["frame"], row["count"]) for row in found] == [
        ("The Minister", None, "f0", 2),
        ("The Minister", "He", "f0", 1),
        (None, None, "f1", 1),  # the primary frame alone
    ]
    assert found[0]["sentences"] == [["0/d", 0], ["0/d", 1]]


def test_other_languages_keep_their_pronouns_and_articles() -> None:
    codebook = book(language="de")
    rows = _rows(("Minister Vell spoke.", "Minister Vell"), ("He added more.", "He"))
    assert [row["source"] for row in who_says_what(tell(codebook, rows), codebook)] == ["Minister Vell", "He"]
    assert source_key("An der Brücke", "de") != source_key("Der Brücke", "de")


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("The  Minister", "the Minister", True),
        ("Minister", "the minister", True),
        ("A spokesman", "a spokesman", True),
        ("Minister Vell", "minister Vell", True),
        ("Minister Vell", "Minister vell", False),
        ("Vell", "Minister Vell", False),
        ("The", "the", True),
        ("Theodora", "odora", False),
        ("Anna", "na", False),
    ],
)
def test_sources_are_joined_only_where_it_is_trivial(first: str, second: str, same: bool) -> None:
    assert (source_key(first) == source_key(second)) is same
