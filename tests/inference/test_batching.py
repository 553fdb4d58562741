"""Windows and batches: everything comes through once, in order, and within the budget."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterframe.inference.batching import pad, token_batches, windows
from counterframe.models.tokenization import Encoded

lengths = st.lists(st.integers(1, 300), max_size=120)
budgets = st.integers(1, 2000)


def _encoded(length: int) -> Encoded:
    return Encoded(tuple(range(1, length + 1)), ((0, 0),) * length, truncated=False)


@given(items=st.lists(st.integers()), size=st.integers(1, 12))
def test_windows_hold_everything_in_order(items: list[int], size: int) -> None:
    found = list(windows(iter(items), size))
    assert list(itertools.chain.from_iterable(found)) == items
    assert all(len(window) == size for window in found[:-1])
    assert all(0 < len(window) <= size for window in found[-1:])


def test_windows_take_no_more_of_a_stream_than_they_show() -> None:
    stream = itertools.count()
    assert next(windows(stream, 3)) == [0, 1, 2]
    assert next(stream) == 3


@pytest.mark.parametrize("size", [0, -1])
def test_a_window_that_holds_nothing_is_refused_rather_than_the_stream_dropped(size: int) -> None:
    with pytest.raises(ValueError, match="at least one"):
        list(windows([1, 2], size))


@given(sizes=lengths, budget=budgets)
def test_each_item_is_in_one_batch_within_the_budget(sizes: list[int], budget: int) -> None:
    batches = token_batches(sizes, budget=budget)
    assert sorted(itertools.chain.from_iterable(batches)) == list(range(len(sizes)))
    for batch in batches:
        assert len(batch) * max(sizes[index] for index in batch) <= budget or len(batch) == 1


@given(sizes=lengths, budget=budgets)
def test_batches_go_from_the_longest_items_to_the_shortest(sizes: list[int], budget: int) -> None:
    order = list(itertools.chain.from_iterable(token_batches(sizes, budget=budget)))
    assert order == sorted(range(len(sizes)), key=lambda index: (-sizes[index], index))


@given(sizes=lengths, budget=budgets)
def test_no_batch_is_shorter_than_it_need_be(sizes: list[int], budget: int) -> None:
    batches = token_batches(sizes, budget=budget)
    for batch in batches[:-1]:
        assert (len(batch) + 1) * sizes[batch[0]] > budget


def test_sentences_of_one_length_fill_their_batches() -> None:
    assert [len(batch) for batch in token_batches([8] * 10, budget=32)] == [4, 4, 2]
    assert token_batches([], budget=32) == []


@given(sizes=st.lists(st.integers(1, 40), min_size=1, max_size=20), pad_id=st.integers(-5, 0))
def test_padding_keeps_the_tokens_and_masks_the_rest(sizes: list[int], pad_id: int) -> None:
    ids, mask = pad([_encoded(size) for size in sizes], pad_id)
    assert ids.shape == mask.shape == (len(sizes), max(sizes))
    assert ids.dtype == mask.dtype == np.int64
    for row, size in enumerate(sizes):
        assert ids[row, :size].tolist() == list(range(1, size + 1))
        assert (ids[row, size:] == pad_id).all()
        assert mask[row].tolist() == [1] * size + [0] * (max(sizes) - size)
