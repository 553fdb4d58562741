"""Text as a reader sees it, and the way back to what was written."""

from __future__ import annotations

import time
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from counterframe.data.normalise import (
    is_blank,
    normalise,
    shifts_between,
    spans_to_original,
    to_original,
    to_text,
)
from counterframe.data.sentences import release_sentences
from counterframe.data.types import Release

READ = {
    "soft hyphen": ("min\u00adis\u00adter", "minister"),
    "zero-width space": ("min\u200bister", "minister"),
    "byte order mark": ("\ufeffThe road", "The road"),
    "word joiner": ("10\u2060km", "10km"),
    "direction marks": ("\u200eroad\u202b port\u202c", "road port"),
    "joiners in Latin": ("min\u200dis\u200cter", "minister"),
    "two joiners in Latin": ("min\u200c\u200dister", "minister"),
    "joiner beside another": ("min\u200b\u200cister", "minister"),
    "joiner before a quotation mark": ("“\u200dminister\u200c”", "“minister”"),
    "variation selector": ("min\ufe0fister", "minister"),
    "tags": ("min\U000e0041\U000e0042ister", "minister"),
    "control characters": ("min\x02ister\x7f", "minister"),
    "accents apart": ("cafe\u0301 n\u0303", "café ñ"),
    "accent after a soft hyphen": ("cafe\u00ad\u0301", "café"),
    "Hangul apart": ("\u1112\u1161\u11ab\u1100\u1173\u11af", "한글"),
    "ligatures": ("oﬃce ﬁre ﬂow", "office fire flow"),
    "only hidden": ("\u200b\u00ad", ""),
}
KEPT = {
    "plain": "The road is open.",
    "white space": "a\tb\n\n c\u00a0d\r\n",
    "ZWNJ in Persian": "می\u200cشود",
    "ZWJ in Devanagari": "क्\u200dष",
    "family of emoji": "👩\u200d👩\u200d👧",
    "Polytonic": "ἄνθρωπος",
    "Hangul": "한글",
    "fractions and superscripts": "½ m² ™",
}


@pytest.mark.parametrize(("written", "read"), READ.values(), ids=READ.keys())
def test_what_hides_a_word_is_left_out(written: str, read: str) -> None:
    text, shifts = normalise(written)
    assert text == read
    assert shifts
    assert to_original(len(text), shifts) == len(written)


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT.keys())
def test_what_hides_nothing_stays(text: str) -> None:
    assert normalise(text) == (text, ())


def test_a_letter_with_two_codes_is_read_as_one_of_them() -> None:
    assert normalise("10 \u212b") == ("10 Å", ())


def test_places_behind_what_was_left_out_or_joined() -> None:
    written = "cafe\u0301 min\u00adister oﬃce."
    text, shifts = normalise(written)
    for word in ("café", "minister", "office."):
        start = text.index(word)
        place, end = to_original(start, shifts), to_original(start + len(word), shifts)
        assert normalise(written[place:end])[0] == word
        assert (to_text(place, shifts), to_text(end, shifts)) == (start, start + len(word))


def test_letters_of_a_ligature_stand_inside_of_it() -> None:
    _, shifts = normalise("oﬃce")
    assert [to_original(place, shifts) for place in range(7)] == [0, 1, 2, 2, 2, 3, 4]


@pytest.mark.parametrize(
    ("text", "blank"), [("", True), (" \n\u00a0", True), ("\u200b \u00ad\u200d", True), ("\u200b.", False)]
)
def test_blank_is_what_shows_nothing(text: str, blank: bool) -> None:
    assert is_blank(text) is blank


_HARD = st.sampled_from(
    [
        *"ae.ﬃﬁ \n한",
        *"\u0301\u0323\u00ad\u200b\u200c\u200d\ufeff\u1112\u1161\u11ab\ufe0f\x02\u2000\u0958\u212b",
        "The ", "road. ", "he said: “", "” ", "\n\n", "می", "U.S. ", "\U000e0041",
    ]
)  # fmt: skip
_TEXTS = st.one_of(st.text(max_size=60), st.lists(_HARD, max_size=30).map("".join))


@given(_TEXTS)
@example("oﬃce")
@example("\u200ba\u200b")
@settings(max_examples=500, deadline=None)
def test_the_way_back_is_monotone_and_reaches_both_ends(written: str) -> None:
    text, shifts = normalise(written)
    places = [to_original(position, shifts) for position in range(len(text) + 1)]
    assert all(before <= after for before, after in pairwise(places))
    assert places[0] >= 0
    assert places[-1] == len(written)
    offsets = [to_text(offset, shifts) for offset in range(len(written) + 1)]
    assert all(before <= after for before, after in pairwise(offsets))
    assert offsets[0] == 0
    assert offsets[-1] == len(text)


@given(_TEXTS)
@settings(max_examples=500, deadline=None)
def test_reading_twice_changes_nothing_more(written: str) -> None:
    text, shifts = normalise(written)
    assert normalise(text) == (text, ())
    assert unicodedata.is_normalized("NFC", text)
    assert (not shifts) <= (len(text) == len(written))


@given(_TEXTS, st.sampled_from(["document", "sentence"]))
@settings(max_examples=300, deadline=None)
def test_each_sentence_reads_as_what_is_written_at_its_place(written: str, unit: str) -> None:
    position = 0
    for item in release_sentences(Release(doc="d", text=written), unit=unit):  # type: ignore[arg-type]
        assert normalise(written[item.start : item.end])[0] == item.text
        assert item.place(0) == item.start
        assert item.place(len(item.text)) == item.end
        assert is_blank(written[position : item.start])
        position = item.end
    assert is_blank(written[position:])


@given(_TEXTS, st.integers(0, 60), st.integers(0, 60))
@settings(max_examples=300, deadline=None)
def test_shifts_of_a_stretch_count_from_its_beginning(written: str, first: int, second: int) -> None:
    text, shifts = normalise(written)
    start, end = sorted(min(place, len(text)) for place in (first, second))
    # No sentence begins or ends inside of a ligature.
    assume(not any(at - 3 < place < at for at, _ in shifts for place in (start, end)))
    inner = shifts_between(shifts, start, end)
    before = to_original(start, shifts)
    for place in range(start, end + 1):
        assert before + to_original(place - start, inner) == to_original(place, shifts)


def test_furniture_and_title_move_along() -> None:
    written = (
        "\ufeffEn\u00advoy leaves\n\nVis\u00adits\u200b of the month\n\nThe en\u00advoy left Port Ilva. He came back."
    )
    title = (1, 1 + len("En\u00advoy leaves"))
    start = written.index("Vis")
    furniture = (start, written.index("\n\nThe"))
    found = release_sentences(Release(doc="d", text=written, title=title, furniture=(furniture,)))
    assert [(item.text, item.kind) for item in found] == [
        ("Envoy leaves", "headline"),
        ("Visits of the month", "boilerplate"),
        ("The envoy left Port Ilva.", "body"),
        ("He came back.", "body"),
    ]
    assert (found[1].start, found[1].end) == furniture
    assert written[found[3].start : found[3].end] == "He came back."


@given(
    st.lists(st.tuples(st.integers(1, 6), st.integers(0, 6)), max_size=5),
    st.lists(st.tuples(st.integers(0, 45), st.integers(0, 9)), max_size=8),
)
def test_spans_move_as_their_ends_do(pieces: list[tuple[int, int]], spans: list[tuple[int, int]]) -> None:
    shifts: list[tuple[int, int]] = []
    read = written = 0
    for length, other in pieces:
        read, written = read + length, written + other
        shifts.append((read, written - read))
    spans = [(start, start + length) for start, length in spans]
    for given_spans in (spans, sorted(spans)):
        expected = [(to_original(start, shifts), to_original(end, shifts)) for start, end in given_spans]
        assert spans_to_original(given_spans, shifts) == expected


@pytest.mark.parametrize(
    "text",
    [
        "e" + "\u0301" * 200_000,
        "e\u0301\u0323" * 60_000,
        "\u200d" * 200_000,
        "ab\u200c" * 60_000,
        "\u1112\u1161" * 60_000,
        "\u1161" * 100_000 + "\u200b",
        "ﬃ" * 100_000,
        "道" * 100_000 + "\u200b",
    ],
    ids=["zalgo", "marks", "joiners", "joined", "Hangul", "vowels", "ligatures", "no blanks"],
)
def test_the_time_is_in_proportion_to_the_length(text: str) -> None:
    start = time.process_time()
    normalise(text)
    assert time.process_time() - start < 5
