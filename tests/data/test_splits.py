"""Splits: what belongs together stays together, shares are met, and new data does not stir the old."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterframe.data.splits import Split, check_disjoint, fingerprint, groups_of, split_by_group
from counterframe.data.types import LabelledSentence
from counterframe.errors import UsageError

LONG = "the envoy of Orvania said again that number {} was near the bridge"


def _sentence(doc: str, text: str, event: str | None = None) -> LabelledSentence:
    return LabelledSentence(id=f"{doc}/{text}", doc=doc, event=event or doc, n=0, text=text, labels={})


def _corpus(events: int, each: int, prefix: str = "e", seed: int = 0) -> list[LabelledSentence]:
    rng = random.Random(seed)
    sizes = [rng.randint(1, 2 * each) for _ in range(events)]
    return [
        _sentence(f"{prefix}{event}-{n % 2}", LONG.format(f"{prefix}{event} {n}"), f"{prefix}{event}")
        for event, size in enumerate(sizes)
        for n in range(size)
    ]


def _parts(split: Split) -> dict[str, list[LabelledSentence]]:
    return {"train": split.train, "dev": split.dev, "test": split.test}


def _side(split: Split) -> dict[str, str]:
    return {item.id: name for name, items in _parts(split).items() for item in items}


sentences = st.lists(
    st.builds(
        _sentence,
        doc=st.sampled_from([f"d{n}" for n in range(30)]),
        text=st.sampled_from([LONG.format(n) for n in range(60)] + ["Photo: press service", "Read more"]),
        event=st.sampled_from([None, None, "e1", "e2", "e3"]),
    ),
    max_size=60,
)


@settings(max_examples=150, deadline=None)
@given(items=sentences, dev=st.floats(0.05, 0.4), test=st.floats(0, 0.4), seed=st.integers(0, 99))
def test_nothing_stands_on_two_sides_and_nothing_is_lost(
    items: list[LabelledSentence], dev: float, test: float, seed: int
) -> None:
    try:
        split = split_by_group(items, dev=dev, test=test, seed=seed)
    except UsageError:
        assert len(set(groups_of(items))) < 2 + (test > 0)
        return
    parts = _parts(split)
    assert Counter(item.id for part in parts.values() for item in part) == Counter(item.id for item in items)
    assert split.train
    assert split.dev
    assert bool(split.test) == (test > 0)
    sides: dict[str, set[str]] = {}
    for name, part in parts.items():
        for item in part:
            keys = [f"doc {item.doc}", f"event {item.event}"]
            keys += [f"text {item.text}"] if len(item.text.split()) >= 6 else []
            for key in keys:
                sides.setdefault(key, set()).add(name)
    assert all(len(names) == 1 for names in sides.values())


@settings(max_examples=50, deadline=None)
@given(items=sentences, order=st.randoms(use_true_random=False), seed=st.integers(0, 99))
def test_the_order_of_the_data_changes_nothing(items: list[LabelledSentence], order: random.Random, seed: int) -> None:
    if len(set(groups_of(items))) < 3:
        return
    shuffled = list(items)
    order.shuffle(shuffled)
    split = split_by_group(items, dev=0.1, test=0.1, seed=seed)
    assert _side(split) == _side(split_by_group(shuffled, dev=0.1, test=0.1, seed=seed))
    assert split == split_by_group(items, dev=0.1, test=0.1, seed=seed)


@pytest.mark.parametrize("seed", range(8))
def test_the_name_of_a_joined_group_does_not_hang_on_the_order_of_the_data(seed: int) -> None:
    joined = [_sentence(f"d{n // 2}", LONG.format(n), f"e{n}") for n in range(60)]  # two events in each document
    sides = [_side(split_by_group(items, dev=0.2, test=0.2, seed=seed)) for items in (joined, joined[::-1])]
    assert sides[0] == sides[1]


@pytest.mark.parametrize("seed", range(8))
def test_shares_are_met_to_half_a_group(seed: int) -> None:
    items = _corpus(60, 10, seed=seed)
    largest = max(Counter(item.event for item in items).values())
    split = split_by_group(items, dev=0.1, test=0.2, seed=seed)
    assert abs(len(split.dev) - 0.1 * len(items)) <= largest / 2
    assert abs(len(split.test) - 0.2 * len(items)) <= largest / 2


@pytest.mark.parametrize("seed", range(20))
def test_a_group_as_large_as_half_the_data_is_learnt_from(seed: int) -> None:
    items = _corpus(30, 3) + [_sentence("giant", LONG.format(n)) for n in range(90)]
    split = split_by_group(items, dev=0.1, test=0.1, seed=seed)
    assert "giant" in {item.doc for item in split.train}
    assert 0.05 * len(items) <= len(split.test) <= 0.15 * len(items)
    assert 0.05 * len(items) <= len(split.dev) <= 0.15 * len(items)


def test_where_all_groups_are_large_the_smallest_is_held_out() -> None:
    items = [
        _sentence(doc, LONG.format(f"{doc}{n}"))
        for doc, size in zip("abc", (9, 8, 2), strict=True)
        for n in range(size)
    ]
    split = split_by_group(items, dev=0.05, test=0.05, seed=1)
    assert {item.doc for item in split.test} == {"c"}
    assert {item.doc for item in split.dev} == {"b"}


def test_another_seed_holds_out_others() -> None:
    items = _corpus(60, 5)
    tests = [frozenset(i.event for i in split_by_group(items, dev=0.1, test=0.1, seed=s).test) for s in range(5)]
    assert len(set(tests)) == 5


@pytest.mark.parametrize("seed", range(8))
def test_new_groups_move_few_old_ones(seed: int) -> None:
    old = _corpus(100, 5)
    new = _corpus(10, 5, prefix="new", seed=1)
    before = _side(split_by_group(old, dev=0.1, test=0.1, seed=seed))
    after = _side(split_by_group(old + new, dev=0.1, test=0.1, seed=seed))
    moved = sum(after[key] != side for key, side in before.items())
    assert moved <= 0.08 * len(old)  # a shuffle would move a third


def test_one_event_in_many_documents_and_one_document_in_many_events_hang_together() -> None:
    items = [
        _sentence("a", "x", "e1"),
        _sentence("b", "y", "e1"),
        _sentence("b", "z", "e2"),
        _sentence("c", "x"),
    ]
    first, second, third, fourth = groups_of(items)
    assert first == second == third != fourth


def test_only_a_long_text_ties_documents_together() -> None:
    text = LONG.format(1)
    same = groups_of([_sentence("a", text), _sentence("b", text.upper().replace(" ", "\n  "))])
    assert same[0] == same[1]
    short = groups_of([_sentence("a", "one two three four five"), _sentence("b", "one two three four five")])
    assert short[0] != short[1]


@pytest.mark.parametrize(("test", "groups", "wanted"), [(0.1, 2, 3), (0.0, 1, 2), (0.1, 0, 3)])
def test_too_few_groups_are_counted(test: float, groups: int, wanted: int) -> None:
    items = [_sentence(f"d{group}", LONG.format(f"{group} {n}")) for group in range(groups) for n in range(50)]
    with pytest.raises(UsageError, match=rf"holds {groups} event.* at least {wanted} are needed"):
        split_by_group(items, dev=0.1, test=test, seed=0)
    split_by_group([*items, *_corpus(wanted - groups, 3)], dev=0.1, test=test, seed=0)


def test_a_model_knows_again_what_it_has_seen() -> None:
    seen = {key for item in _corpus(3, 3) for key in fingerprint(item)}
    fresh = [_sentence("x", "a text that nobody has ever seen before"), _sentence("y", "Read more")]
    check_disjoint(fresh, seen, what="it was trained on")
    known = [*fresh, _sentence("e1-0", "another sentence"), _sentence("z", LONG.format("e0 0").upper())]
    with pytest.raises(UsageError, match="2 of 4 sentences stand in documents that it was trained on"):
        check_disjoint(known, seen, what="it was trained on")
    assert not any("Orvania" in key for key in seen)
