"""The annotated reading: nothing of a release is lost or run, and what was found stands in its place."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from counterframe.data.codebook import Codebook, load_codebook
from counterframe.data.types import Result, ScoredFrame, Sentence, Span
from counterframe.errors import CodebookError, InputError
from counterframe.evaluation.annotated import Piece, cut, write_annotated_page

Found = tuple[str, str, float, list[str]]
VOID = {"meta", "link", "input", "br", "circle", "path", "use"}


class Release:
    """Builds the results of a release, sentence by sentence, with spans given as words."""

    def __init__(self, doc: str, **meta: Any) -> None:
        self.doc, self.meta = doc, meta
        self.results: list[dict[str, Any]] = []
        self.end = 0
        self.paragraph = -1

    def add(
        self,
        text: str,
        *found: Found,
        source: str | None = None,
        kind: Any = "body",
        new: bool = False,
        unsure: bool = False,
        truncated: bool = False,
    ) -> Release:
        start = self.end + 1 if self.results else 0
        if new or not self.results or self.results[-1]["kind"] != kind:
            self.paragraph += 1
        self.end = start + len(text)

        def span(words: str) -> Span:
            return start + text.index(words), start + text.index(words) + len(words)

        frames = tuple(
            ScoredFrame(frame=f, score=score, stance=stance, stance_score=0.9, evidence=tuple(map(span, words)))
            for f, stance, score, words in found
        )
        result = Result(
            sentence=Sentence(
                doc=self.doc,
                n=len(self.results),
                start=start,
                end=self.end,
                text=text,
                kind=kind,
                paragraph=self.paragraph,
                meta=self.meta,
            ),
            primary=frames[0].frame if frames and not unsure else None,
            stance=frames[0].stance if frames and not unsure else None,
            frames=frames,
            source=span(source) if source else None,
            abstained=unsure,
            truncated=truncated,
            model="default-0a1b2c3d",
        )
        self.results.append(result.to_dict())
        return self


def demo() -> list[dict[str, Any]]:
    """Two invented releases on one event, told from opposite sides, and a hostile one."""
    north = Release(
        "ostrel-bridge/vardeny.html",
        publisher="Foreign Ministry of Vardeny",
        date="2031-03-04",
        url="https://vardeny.example/press/417",
    )
    north.add(
        "Home  ›  Press  ›  Statements  ›  March    Share    Print    Text size  A  A  A"
        "    Follow the Ministry on its channels    Sign up for the morning bulletin",
        kind="boilerplate",
    )
    north.add(
        "Cookies help us to serve you better; by staying here you agree to their use on all our pages.",
        kind="boilerplate",
    )
    north.add("Accept    Decline    Settings", kind="boilerplate")
    north.add(
        "Statement on the siege of the Ostrel valley",
        ("blockade", "asserts", 0.97, ["siege"]),
        kind="headline",
    )
    north.add("Halden Quay, 4 March.", new=True)
    north.add(
        "For the ninth day running, Karsholm keeps the Ostrel bridge barred to every lorry for the valley.",
        ("blockade", "asserts", 0.96, ["keeps the Ostrel bridge barred", "every lorry"]),
    )
    north.add(
        "Minister Ilse Varga warned that 14,000 people are running out of insulin and flour while Karsholm"
        " stalls the inspection it signed up to in Tarn.",
        ("humanitarian_crisis", "asserts", 0.94, ["running out of insulin and flour"]),
        ("obstruction", "asserts", 0.81, ["stalls the inspection"]),
        ("legal_breach", "asserts", 0.58, ["inspection it signed up to in Tarn"]),
        source="Minister Ilse Varga",
    )
    north.add(
        "Talk of “routine repairs”, she added, is a curtain drawn over a lock.",
        ("road_closure", "rejects", 0.83, ["routine repairs"]),
        ("disinformation", "asserts", 0.62, ["a curtain drawn over a lock"]),
        source="she",
        new=True,
    )
    north.add("The Minister received the envoy of the Lake League on Tuesday.")
    north.add(
        "The reopening of the crossing and the return to the Tarn talks were discussed.",
        ("road_closure", "relays", 0.74, ["reopening of the crossing"]),
        ("peace_process", "relays", 0.71, ["return to the Tarn talks"]),
    )
    north.add("What the market women sing of the toll-keeper is well known here.", unsure=True)
    north.add("Photo: Press Office", kind="boilerplate")

    south = Release(
        "ostrel-bridge/karsholm.txt",
        publisher="Government of Karsholm",
        date="2031-03-05",
        url="see print edition",
    )
    south.add(
        "Ostrel bridge: works on schedule, traffic moving",
        ("road_closure", "asserts", 0.91, ["works on schedule"]),
        ("open_passage", "asserts", 0.88, ["traffic moving"]),
        kind="headline",
    )
    south.add(
        "The so-called siege exists in Vardeny’s bulletins and nowhere else, spokesman Jorun Aldt said.",
        ("blockade", "rejects", 0.95, ["so-called siege", "exists in Vardeny’s bulletins and nowhere else"]),
        ("disinformation", "asserts", 0.55, ["siege exists in Vardeny’s bulletins"]),
        source="spokesman Jorun Aldt",
    )
    south.add(
        "On Monday alone, 63 lorries and both ambulances used the lower ford.",
        ("open_passage", "asserts", 0.97, ["63 lorries and both ambulances used the lower ford"]),
    )
    south.add(
        "He dismissed reports of empty pharmacies.",
        ("humanitarian_crisis", "rejects", 0.79, ["empty pharmacies"]),
        source="He",
    )
    south.add("Background", kind="headline")
    south.add(
        "The bridge stands on Karsholm’s soil, and no neighbour will tell a sovereign state when to mend it.",
        ("sovereignty", "asserts", 0.995, ["Karsholm’s soil", "sovereign state"]),
    )
    south.add(
        "Whether the drones seen over the customs yard were sent to provoke remains an open question.",
        ("provocation", "relays", 0.41, ["sent to provoke"]),
        unsure=True,
    )
    south.add(
        "The farmers who have camped on the northern ramp since the gravel pits fouled their wells, and who"
        " say that they will go when the wells run clean, were offered tea",
        ("protest", "asserts", 0.69, ["camped on the northern ramp", "gravel pits fouled their wells"]),
        source="The farmers",
        truncated=True,
    )

    hostile = Release('"><script>alert(1)</script>', publisher="<b>Bold</b> & Sons", url="javascript:alert(2)")
    hostile.add("</p><script>document.body.innerHTML = 'gone'</script>", kind="headline")
    hostile.add(
        "<img src=x onerror=alert(3)> besieged &lt;town&gt; {{ 7 * 7 }} {% raw %}",
        ("blockade", "asserts", 0.9, ["<img src=x", "besieged &lt;"]),
        source="src=x onerror",
    )
    hostile.add("Nul \0, half a pair \ud800, turned \u202e round, and " + "unbroken" * 40)
    return north.results + south.results + hostile.results


def render(results: Iterable[Mapping[str, Any]], codebook: Codebook | None = None, **options: Any) -> str:
    handle = io.StringIO()
    write_annotated_page(results, handle, codebook=codebook or load_codebook(), **options)
    return handle.getvalue()


class Page(HTMLParser):
    """Reads a page back, as a reader meets it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.path: list[tuple[str, dict[str, str]]] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.blocks: list[str] = []
        self.labels: list[str] = []
        self.sources: list[str] = []
        self.evidence: dict[str, str] = {}
        self.facts = ""
        self.feed(html)
        self.close()
        assert not self.path, f"left open: {self.path}"

    def classes(self, name: str) -> bool:
        return any(name in attributes.get("class", "").split() for _, attributes in self.path)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.tags.append((tag, attributes))
        if tag in VOID:
            return
        self.path.append((tag, attributes))
        classes = attributes.get("class", "").split()
        if self.classes("text"):
            if tag in {"p", "h3"}:
                self.blocks.append("")
            elif "label" in classes:
                self.labels.append("")
            elif "source" in classes:
                self.sources.append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        opened, _ = self.path.pop()
        assert opened == tag, f"<{opened}> closed by </{tag}>"

    def handle_data(self, data: str) -> None:
        if self.classes("facts"):
            self.facts += f" {data.strip()}"
        if not self.classes("text") or self.classes("unseen"):
            return
        if self.classes("label"):
            self.labels[-1] += data
        elif not self.classes("labels") and any(tag in {"p", "h3"} for tag, _ in self.path):
            self.blocks[-1] += data
            if self.classes("source"):
                self.sources[-1] += data
            for name in {a["class"].split()[1] for tag, a in self.path if tag == "u"}:
                self.evidence[name] = self.evidence.get(name, "") + data


def one(**changes: Any) -> dict[str, Any]:
    """A single result, with one frame and a source, altered by *changes*."""
    release = Release("a").add("He called it a siege.", ("blockade", "asserts", 0.9, ["a siege"]), source="He")
    return release.results[0] | changes


def small_codebook(frames: Iterable[str], stances: Iterable[str]) -> Codebook:
    return Codebook(
        name="small",
        frames={name: {"title": name.title(), "definition": f"About {name}."} for name in frames},
        stances={name: f"It {name}." for name in stances},
    )


def printable(text: str) -> str:
    return re.sub("[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff]", "\ufffd", text)


# Cutting


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


# Text


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


def test_hostile_text_stands_on_the_page_as_text() -> None:
    html = render(demo(), title="<i>Title</i>", model="<i>model</i>")
    page = Page(html)
    assert not {"script", "img"} & {tag for tag, _ in page.tags}
    assert "<i>Title" not in html
    assert "<i>model" not in html
    assert "<b>Bold" not in html
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    assert "</p><script>document.body.innerHTML = 'gone'</script>" in page.blocks
    assert any("{{ 7 * 7 }} {% raw %}" in block for block in page.blocks)
    assert "<title>&lt;i&gt;Title&lt;/i&gt;</title>" in html
    html.encode("utf-8")


@pytest.mark.parametrize(
    ("url", "linked"),
    [
        ("https://vardeny.example/press?a=1&b=2", True),
        ("HTTP://vardeny.example", True),
        ("javascript:alert(1)", False),
        ("see https://vardeny.example", False),
        ("https://vardeny.example/a b", False),
        ("data:text/html,<script>", False),
        (" https://vardeny.example", False),
    ],
)
def test_an_address_is_a_link_only_if_it_is_http(url: str, linked: bool) -> None:
    page = Page(render([one(meta={"url": url})]))
    assert [a["href"] for tag, a in page.tags if tag == "a" and not a["href"].startswith("#")] == [url] * linked


def test_page_asks_the_network_for_nothing_and_has_no_id_twice() -> None:
    html = render(demo() + demo())
    page = Page(html)
    assert not [a for tag, a in page.tags if "src" in a or "srcset" in a or tag in {"iframe", "object", "form"}]
    assert {a["href"] for tag, a in page.tags if tag in {"link", "use"}} <= {"data:,", "#k0", "#k1", "#k2"}
    assert "default-src 'none'" in html
    assert not re.search(r"url\(|@import", html)
    ids = [a["id"] for _, a in page.tags if "id" in a]
    assert len(ids) == len(set(ids))


# What was found


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


def test_counts_leave_out_furniture_and_what_the_model_is_unsure_of() -> None:
    page = Page(render(demo()))
    assert page.facts.split() == [
        "documents",
        "3",
        "sentences",
        "19",
        "with",
        "a",
        "frame",
        "12",
        "unsure",
        "2",
    ]
    unsure_only = Release("a").add("A siege.", ("blockade", "asserts", 0.4, ["siege"]), unsure=True).results
    assert not [a for _, a in Page(render(unsure_only)).tags if a.get("id") == "pick-f0"]


def test_legend_offers_each_frame_and_stance_that_occurs_with_its_count() -> None:
    html = render(demo())
    offered = {a["id"] for tag, a in Page(html).tags if tag == "input"}
    assert {"pick-all", "pick-k0", "pick-f0", "pick-f0k0", "pick-f0k1", "pick-unsure"} <= offered
    assert "pick-f0k2" not in offered  # nobody relays the blockade
    assert "pick-f4" not in offered  # the only provocation is an unsure one
    label = html[html.index('<label for="pick-f0"') :]
    assert re.sub("<[^>]*>", "", label[: label.index("</label>")]) == "Blockade 4"


def test_scores_never_claim_certainty() -> None:
    rows = Release("a")
    for score in (0.9999, 1.0, 0.001, 0.994):
        rows.add("A siege.", ("blockade", "asserts", score, []))
    assert [label.split()[1] for label in Page(render(rows.results)).labels] == [
        ">0.99",
        "1.00",
        "<0.01",
        "0.99",
    ]


def test_long_furniture_is_folded_and_short_furniture_is_not() -> None:
    short = Release("a").add("Photo: office", kind="boilerplate").add("Text.").results
    long = Release("a").add("Menu " * 80, kind="boilerplate").add("Text.").results
    for results, folded in ((short, 0), (long, 1)):
        classes = [a.get("class", "") for tag, a in Page(render(results)).tags if tag == "details"]
        assert classes.count("block furniture") == folded


def test_a_single_stance_is_not_repeated_on_each_label() -> None:
    codebook = small_codebook(["siege"], ["found"])
    rows = Release("a").add("A siege.", ("siege", "found", 0.8, ["siege"])).results
    page = Page(render(rows, codebook))
    assert page.labels == ["Siege 0.80"]
    assert [a["id"] for tag, a in page.tags if tag == "input"] == ["pick-all", "pick-f0", "hide-rest"]


@pytest.mark.parametrize("count", [1, 2, 3, 4, 6, 11, 12, 24, 60])
def test_each_frame_has_a_colour_of_its_own_far_from_its_neighbours(count: int) -> None:
    names = [f"frame{index}" for index in range(count)]
    rows = Release("a")
    for name in names:
        rows.add("A siege.", (name, "found", 0.8, []))
    html = render(rows.results, small_codebook(names, ["found"]))
    hues = [float(hue) for hue in re.findall(r"\.f\d+\{--hue:([\d.]+)", html)]
    assert len(set(hues)) == count
    if count > 4:
        apart = [abs((b - a + 180) % 360 - 180) for a, b in pairwise(hues)]
        assert min(apart) >= 60


def test_stances_beyond_the_third_have_signs_of_their_own() -> None:
    stances = [f"stance{index}" for index in range(9)]
    html = render([], small_codebook(["siege"], stances))
    drawn = re.findall(r'<symbol id="k\d".*?>(.*?)</symbol>', html, re.DOTALL)
    assert len(set(drawn)) == 9


def test_no_result_is_a_page_that_says_so() -> None:
    assert "There is nothing to read" in render([])


# Errors and streaming


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        (
            {"frames": [one()["frames"][0] | {"frame": "blokade"}], "primary": "blokade"},
            CodebookError,
            "a, sentence 0: field 'frames': .*no frame 'blokade'.*did you mean 'blockade'",
        ),
        ({"frames": [one()["frames"][0] | {"stance": "assert"}]}, CodebookError, "did you mean 'asserts'"),
        ({"frames": [{"frame": "blockade"}]}, InputError, "field 'frames.score': is missing"),
        ({"schema": "counterframe/0"}, InputError, "field 'schema': .*classify the release again"),
        (
            {"primary": "protest"},
            InputError,
            "field 'primary': is 'protest', but `frames` begins with 'blockade'",
        ),
        ({"text": "Shorter."}, InputError, "field 'text': has 8 characters"),
        ({"source": {"start": 0}}, InputError, "field 'source.end': is missing"),
        ({"source": {"text": "", "start": 3, "end": 99}}, InputError, "field 'source': .*3 to 99 leaves"),
        ({"start": 1, "end": 22}, InputError, "field 'source': .*0 to 2 leaves the sentence, 1 to 22"),
    ],
)
def test_errors_name_the_place_and_nothing_is_written(
    changes: dict[str, Any], error: type[InputError], message: str
) -> None:
    handle = io.StringIO()
    with pytest.raises(error, match=message):
        write_annotated_page([one(), one() | changes], handle, codebook=load_codebook())
    assert not handle.getvalue()


def test_a_missing_field_is_named() -> None:
    result = one()
    del result["abstained"]
    with pytest.raises(InputError, match="field 'abstained': is missing"):
        render([result])


def test_results_of_versions_that_gave_no_confidence_are_read() -> None:
    result = one()
    result.pop("confidence", None)
    assert render([result])


def test_page_is_written_piece_by_piece_from_results_read_once() -> None:
    class Pieces(io.StringIO):
        longest = 0

        def write(self, text: str) -> int:
            self.longest = max(self.longest, len(text))
            return super().write(text)

        def writelines(self, lines: Iterable[str]) -> None:
            for line in lines:
                self.write(line)

    handle = Pieces()
    rows = (row | {"doc": f"{row['doc']}-{copy}"} for copy in range(20) for row in demo())
    write_annotated_page(rows, handle, codebook=load_codebook())
    assert handle.longest < len(handle.getvalue()) / 4
