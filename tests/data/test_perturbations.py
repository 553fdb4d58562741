"""Changes of a sentence that change nothing of what it says."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterframe.data.changed import NameSwapper, perturbed
from counterframe.data.events import Event, Party
from counterframe.data.party_names import PartyNames, SwapList
from counterframe.data.perturbations import PERTURBATIONS
from counterframe.data.types import LabelledSentence

TEXT = 'Vell\'s minister said on 12 March 2031: "The road stays open."'


def change(name: str, text: str, seed: int = 0) -> str:
    return PERTURBATIONS[name].change(text, random.Random(seed))


def sentence(number: int, text: str, event: str = "e1") -> LabelledSentence:
    return LabelledSentence(id=f"s{number}", doc=f"d{number}", event=event, n=0, text=text, labels={})


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("lower_case", 'vell\'s minister said on 12 march 2031: "the road stays open."'),
        ("upper_case", 'VELL\'S MINISTER SAID ON 12 MARCH 2031: "THE ROAD STAYS OPEN."'),
        ("title_case", 'Vell\'s Minister Said On 12 March 2031: "The Road Stays Open."'),
        ("curly_quotes", "Vell’s minister said on 12 March 2031: “The road stays open.”"),
        ("straight_quotes", TEXT),
        ("guillemets", "Vell's minister said on 12 March 2031: «The road stays open.»"),
        ("no_full_stop", 'Vell\'s minister said on 12 March 2031: "The road stays open"'),
    ],
)
def test_what_becomes_of_a_sentence(name: str, changed: str) -> None:
    assert change(name, TEXT) == changed


def test_quotes_of_any_kind_become_those_of_one() -> None:
    for text in (
        "“No,” he said, “never”",
        "«No,» he said, «never»",
        "„No,” he said, „never”",
        '"No," he said, "never"',
    ):
        assert change("straight_quotes", text) == '"No," he said, "never"'
        assert change("curly_quotes", text) == "“No,” he said, “never”"
        assert change("guillemets", text) == "«No,» he said, «never»"


@pytest.mark.parametrize(
    "text",
    ["on 2031-03-12", "on 12 March", "on the 3rd of May", "on March 12", "on Monday", "in 1999", "on Mar 2, 2031"],
)
def test_another_date(text: str) -> None:
    for seed in range(20):
        changed = change("date", f"It began {text} here.", seed)
        assert changed != f"It began {text} here."
        assert re.match(r"It began (on|in) .* here\.$", changed)


@pytest.mark.parametrize(
    "text",
    [
        "They took 1950 tonnes of 2000 tonnes in 2010 trucks.",
        "Paper A/2031/19, law of 2031/19 and 12-2031",
        "A 2000-strong force of 2000-odd",
        "From 3-5 May, 3–5 May, 3 - 5 May, 3 to 5 May, 3 and 5 May",
        "From 3 May to 5 June; from 3 May 2031 to 5 June 2031; May 3-5; 3 May–5 June; May 3rd to May 5th",
        "Monday to Friday, Monday–Friday, in 2030-31, in 2030–2031, from 2030-01-02/2030-01-05",
        "between 2001 and 2005; 1999 people",
    ],
)
def test_what_is_no_date_or_part_of_a_range_stays(text: str) -> None:
    assert {change("date", text, seed) for seed in range(5)} == {text}


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("May 3rd was", r"[A-Z][a-z]+ \d+th was"),
        ("since 1950 they", r"since \d{4} they"),
        ("From 3-5 May, and on Monday", r"From 3-5 May, and on \w+day"),
        ("in March 2031.", r"in March \d{4}\."),
        ("by 2031.", r"by \d{4}\."),
    ],
)
def test_what_becomes_of_a_date(text: str, pattern: str) -> None:
    for seed in range(10):
        changed = change("date", text, seed)
        assert changed != text and re.fullmatch(pattern, changed)


@pytest.mark.parametrize(
    ("text", "curly", "straight"),
    [
        ("„Nein“, he said", "“Nein”, he said", '"Nein", he said'),
        ("»Nein« and »nie«", "“Nein” and “nie”", '"Nein" and "nie"'),
        ("”Nej”, he said", "“Nej”, he said", '"Nej", he said'),
        ("a ‘no’ and a 'yes' of Vell's", "a ‘no’ and a ‘yes’ of Vell’s", "a 'no' and a 'yes' of Vell's"),
        ("‚nein‘", "‘nein’", "'nein'"),
        ("\"'No', he said\"", "“‘No’, he said”", "\"'No', he said\""),
        ("the '90s, the workers' road", "the ’90s, the workers’ road", "the '90s, the workers' road"),
        ("“A ‘don’t go’ sign”", "“A ‘don’t go’ sign”", "\"A 'don't go' sign\""),
    ],
)
def test_quotes_change_as_pairs(text: str, curly: str, straight: str) -> None:
    assert change("curly_quotes", text) == curly
    assert change("straight_quotes", text) == straight


def test_no_date_no_change() -> None:
    assert change("date", "It may go on; 12 ships marched 20 miles.") == "It may go on; 12 ships marched 20 miles."


@given(st.integers(0, 10_000))
def test_a_typo_touches_one_inner_letter_of_a_long_word(seed: int) -> None:
    text = "Orvania announced the closure of Brezhnovar"
    changed = change("typo", text, seed)
    before, after = text.split(), changed.split()
    differing = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert len(differing) == 1, "names and short words stay"
    ((old, new),) = differing
    assert old in ("announced", "closure")
    assert (new[0], new[-1]) == (old[0], old[-1])
    assert (abs(len(new) - len(old)) <= 1 and sorted(set(new)) == sorted(set(old))) or len(new) < len(old)


@given(st.sampled_from(sorted(PERTURBATIONS)), st.text(max_size=60), st.integers(0, 9))
def test_any_text_can_be_changed(name: str, text: str, seed: int) -> None:
    assert change(name, text, seed) == change(name, text, seed)


def test_boilerplate_stands_behind_and_varies() -> None:
    changed = {change("boilerplate", TEXT, seed) for seed in range(60)}
    assert len(changed) >= 6 and all(text.startswith(TEXT + " ") for text in changed)


def test_only_what_changes_counts_and_alike_each_time() -> None:
    sentences = [sentence(0, "No quotes here at all."), sentence(1, '"Yes."')]
    assert [item.row for item in perturbed(sentences, "curly_quotes")] == [1]
    assert perturbed(sentences, "typo", seed=3) == perturbed(list(sentences), "typo", seed=3)


EVENT = Event(
    event="e1",
    parties=(Party(side="A", names=("Vell",), adjectives=("Vellan",)), Party(side="B", names=("Ormia",))),
)


def test_a_sentence_counts_once_a_draw_and_only_if_it_names_a_party() -> None:
    sentences = [sentence(0, "Vell said no."), sentence(1, "Nobody did."), sentence(2, "Vell did.", event="e2")]
    swapper = NameSwapper(sentences, {"e1": EVENT})
    (only,) = swapper.parties()
    assert (only.row, only.text, only.parties) == (0, "Ormia said no.", (("e1", "Vell"),))
    unseen = swapper.unseen(4)
    assert [item.row for item in unseen] == [0] * 4
    assert len({item.text for item in unseen}) > 1


def test_the_plural_of_a_further_adjective_belongs_to_its_party() -> None:
    party = Party(side="A", names=("Veln",), adjectives=("Velnish", "Velnian"))
    event = Event(event="e1", parties=(party, Party(side="B", names=("Ormia",), adjectives=("Ormian",))))
    (only,) = NameSwapper([sentence(0, "The Velnians said no.")], {"e1": event}).parties()
    assert (only.text, only.parties) == ("The Ormians said no.", (("e1", "Veln"),))
    listed = PartyNames(id="Veln", states=("Veln",), adjectives=("Velnish", "Velnian"))
    swapper = NameSwapper([sentence(0, "The Velnians said no.")], {}, SwapList({"Veln": listed}, {}))
    (unseen,) = swapper.unseen(1)
    assert unseen.parties == (("", "Veln"),) and "Velnians" not in unseen.text


def test_publisher_and_meta_play_no_part() -> None:
    from dataclasses import replace

    sentences = [sentence(0, "Vell said no.")]
    others = [replace(item, publisher="Ministry of Vell", meta={"side": "Vell"}) for item in sentences]
    first, second = NameSwapper(sentences, {"e1": EVENT}), NameSwapper(others, {"e1": EVENT})
    assert first.parties() == second.parties() and first.unseen(2) == second.unseen(2)
