"""Marked sentences: nothing of a release is lost or run, and what was found stands in its place."""

from __future__ import annotations

from helpers.readings import Page, Release, demo, one, printable, render
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from counterframe.data.codebook import load_codebook
from counterframe.data.types import Span
from counterframe.evaluation.marking import Piece, cut


def test_cut_at_the_borders_of_overlapping_evidence_and_source() -> None:
    pieces = cut("0123456789", [[(1, 5)], [(3, 8)]], (4, 6))
    assert pieces == [
        Piece("0"),
        Piece("12", (0,)),
        Piece("3", (0, 1)),
        Piece("4", (0, 1), source=True),
        Piece("5", (1,), source=True),
        Piece("67", (1,)),
        Piece("89"),
    ]


@st.composite
def _text_with_spans(draw: st.DrawFn) -> tuple[str, list[list[Span]], Span | None]:
    text = draw(st.text(min_size=1, max_size=40))
    place = st.integers(0, len(text))
    span = st.tuples(place, place).map(lambda pair: (min(pair), max(pair)))
    return text, draw(st.lists(st.lists(span, max_size=3), max_size=5)), draw(st.none() | span)


@given(_text_with_spans())
def test_pieces_join_to_the_text_and_cover_exactly_the_spans(
    drawn: tuple[str, list[list[Span]], Span | None],
) -> None:
    text, evidence, source = drawn
    pieces = cut(text, evidence, source)
    assert "".join(piece.text for piece in pieces) == text
    covering = [(set(piece.evidence), piece.source) for piece in pieces for _ in piece.text]
    for place, (ranks, in_source) in enumerate(covering):
        assert ranks == {r for r, spans in enumerate(evidence) if any(a <= place < b for a, b in spans)}
        assert in_source == (source is not None and source[0] <= place < source[1])


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_text_with_spans(), min_size=1, max_size=4), st.data())
def test_page_holds_each_text_as_it_was_written(
    drawn: list[tuple[str, list[list[Span]], Span | None]], data: st.DataObject
) -> None:
    frames = load_codebook().frame_ids
    results, start = [], 0
    for n, (text, evidence, source) in enumerate(drawn):

        def moved(span: Span, start: int = start) -> list[int]:
            return [span[0] + start, span[1] + start]

        found = [
            {
                "frame": name,
                "score": 0.5,
                "stance": "relays",
                "stance_score": 0.5,
                "evidence": list(map(moved, spans)),
            }
            for name, spans in zip(frames, evidence, strict=False)
        ]
        at = moved(source) if source else None
        results.append(
            one(
                n=n,
                start=start,
                end=start + len(text),
                text=text,
                paragraph=n,
                kind=data.draw(st.sampled_from(["body", "headline", "boilerplate"])),
                primary=found[0]["frame"] if found else None,
                frames=found,
                source=at and {"text": "", "start": at[0], "end": at[1]},
                abstained=data.draw(st.booleans()),
                truncated=data.draw(st.booleans()),
            )
        )
        start += len(text)
    assert Page(render(results)).blocks == [printable(row["text"]) for row in results]


def test_page_follows_the_paragraphs_in_reading_order() -> None:
    paragraphs: dict[tuple[str, int], list[str]] = {}
    for row in demo():
        paragraphs.setdefault((row["doc"], row["paragraph"]), []).append(printable(row["text"]))
    # Furniture has one paragraph in the demo, as it stands in one block.
    assert Page(render(demo())).blocks == [" ".join(texts) for texts in paragraphs.values()]


def test_sentences_that_touch_in_the_release_touch_on_the_page() -> None:
    first = one(text="第一句。", end=4, frames=[], primary=None, source=None)
    page = Page(render([first, first | {"n": 1, "start": 4, "end": 8}, first | {"n": 2, "start": 9, "end": 13}]))
    assert page.blocks == [f"{first['text']}{first['text']} {first['text']}"]


def test_evidence_source_and_labels_stand_where_they_were_found() -> None:
    release = Release("a").add(
        "The so-called siege is a fable, the envoy said.",
        ("blockade", "rejects", 0.954, ["so-called siege", "fable"]),
        ("disinformation", "asserts", 0.5, ["siege is a fable, the"]),
        source="the envoy",
    )
    page = Page(render(release.results))
    assert page.evidence == {"f0": "so-called siegefable", "f8": "siege is a fable, the"}
    assert page.sources == ["the envoy"]
    assert page.labels == ["Blockade 0.95 · rejects 0.90", "Disinformation 0.50 · asserts 0.90"]
    (sentence,) = [a["class"].split() for _, a in page.tags if "s" in a.get("class", "").split()]
    assert {"f0", "line-k1", "struck", "in-f0k1", "in-f8k0"} <= set(sentence)


def test_unsure_and_shortened_sentences_say_so() -> None:
    release = Release("a").add("One.", unsure=True).add("Two.", truncated=True)
    release.add("Three siege.", ("blockade", "asserts", 0.4, ["siege"]), unsure=True)
    page = Page(render(release.results))
    cut_short = "cut short: only the beginning was read"
    assert page.labels == ["unsure", cut_short, "unsure: perhaps", "Blockade 0.40 · asserts 0.90"]


def test_long_furniture_is_folded_and_short_furniture_is_not() -> None:
    short = Release("a").add("Photo: office", kind="boilerplate").add("Text.").results
    long = Release("a").add("Menu " * 80, kind="boilerplate").add("Text.").results
    for results, folded in ((short, 0), (long, 1)):
        classes = [a.get("class", "") for tag, a in Page(render(results)).tags if tag == "details"]
        assert classes.count("block furniture") == folded
