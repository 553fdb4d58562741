"""Names are found by their capitals and hidden from the model; offsets stay those of the sentence."""

from __future__ import annotations

import string
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterframe.data.normalise import to_original
from counterframe.models.names import NameMask, lower_case_words
from counterframe.models.tokenization import as_read, no_names

TEXTS = [
    "the minister said that the upper road to the port is closed and that the union of states will yield to no army",
    "a ministry tells us of trucks led by soldiers; the new secretary-general of nations, security council, held on",
    "no statement was issued by officials today, and people wait for the convoy of aid at the bridge",
    "a kingdom or a democratic republic, it is said",
]
MASK = NameMask(lower_case_words(TEXTS), "[MASK]")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("The road to Velmar is closed.", "The road to [MASK] is closed."),
        ("Velmar closed the road.", "[MASK] closed the road."),
        ("Officials of Velmar's army said no.", "Officials of [MASK]'s army said no."),
        ("Minister Idris al-Hannoud said no.", "Minister [MASK] said no."),
        ("Al-Hannoud said no.", "[MASK] said no."),
        ("Anna van der Berg said no.", "[MASK] said no."),
        ("The Velmari-led convoy, the Port of Ostrel", "The [MASK]-led convoy, the Port of [MASK]"),
        ("Côte d'Ormont and Nuku‘alva", "[MASK] and [MASK]"),
        ("Port of the Berg, and van der Lund", "Port of the [MASK], and van der [MASK]"),
        ("J. K. Torvald said", "[MASK] said"),
        ("Ilvek, Prazh and Gresh", "[MASK], [MASK] and [MASK]"),
        ("The US army tells us no.", "The [MASK] army tells us no."),
        ("THE ROAD TO VELMAR IS CLOSED", "THE ROAD TO [MASK] IS CLOSED"),
        ("A ROAD IS CLOSED", "A ROAD IS CLOSED"),
        ("The Security Council of the Nations", "The Security Council of the Nations"),
        ("The Secretary-General said no.", "The Secretary-General said no."),
        ("de facto closed", "de facto closed"),
        ("Upper Velmar and the Tavu Islands", "[MASK] and the [MASK]"),
        ("the United States and New Velmar's army", "the [MASK] and [MASK]'s army"),
        ("The upper road, Port people", "The upper road, Port people"),
        ("O'Brask, N'Gour, Bit-garam", "[MASK], [MASK], [MASK]"),
        ("the army of velmar held on to the road", "the army of [MASK] held on to the road"),
        ("velmar", "velmar"),
        ("the People's Democratic Republic of Velmar", "the [MASK]"),
        ("The Ministry of the Kingdom of the Velmars", "The Ministry of the [MASK]"),
        ("the United Emirates of Velmar and Tavu", "the [MASK] and [MASK]"),
        ("the republic of Velmar, the Union of states", "the republic of [MASK], the Union of states"),
        ("", ""),
    ],
)
def test_names_are_hidden_and_words_are_not(text: str, shown: str) -> None:
    assert MASK.hide(text)[0] == shown


def test_what_a_sentence_begins_with_is_no_name_if_it_is_written_in_lower_case_elsewhere() -> None:
    assert "road" in lower_case_words(["Road works: the road is closed"])
    assert "velmar" not in lower_case_words(["Velmar and VELMAR"])
    assert NameMask(lower_case_words(["the road"]), "X").hide("Road closed.")[0] == "Road closed."


@given(st.text(alphabet=string.ascii_letters + " .'-éßДж中\u00ad1", max_size=80))
def test_what_is_shown_is_the_text_but_for_names(text: str) -> None:
    shown, shifts = MASK.hide(text)
    spans = MASK.spans(text)
    assert all(start < end for start, end in spans)
    assert all(first[1] < second[0] for first, second in pairwise(spans))
    place = 0
    for start, end in spans:
        begin = shown.index("[MASK]", place)
        # What stands before, the sign itself, and what follows are where they were.
        assert (to_original(begin, shifts), to_original(begin + 6, shifts)) == (start, end)
        assert all(text[to_original(index, shifts)] == shown[index] for index in range(place, begin))
        place = begin + 6
    assert shown[place:] == text[spans[-1][1] if spans else 0 :]


@given(
    st.sampled_from(
        ["The army of {} closed the road.", "{} closed the road to {}.", "Minister {}, said {}'s ministry"]
    ),
    st.lists(st.from_regex(r"[A-ZÄÉŠ][a-zäéš]{3,9}", fullmatch=True), min_size=4, max_size=4, unique=True).filter(
        lambda names: not any(name.lower() in lower_case_words(TEXTS) for name in names)
    ),
)
def test_the_model_is_shown_the_same_whatever_the_names(template: str, names: list[str]) -> None:
    first, second = template.format(*names[:2]), template.format(*names[2:])
    assert MASK.hide(first)[0] == MASK.hide(second)[0]


def test_the_words_are_those_that_the_mask_meets() -> None:
    texts = ["The eﬃcient oﬀer", "road\u00adworks stand still", "a cafe\u0301 by the road"]
    words = no_names(texts)
    assert {"efficient", "offer", "roadworks", "café"} <= words
    assert not {"eﬃcient", "works", "cafe"} & words
    mask = NameMask(words, "[MASK]")
    for text in ("Oﬀer made, and Eﬃcient too", "Road\u00adworks begin", "Cafe\u0301 closed", "Roadworks begin"):
        shown = as_read(text)[0]
        assert mask.hide(shown)[0] == shown
