"""Invented releases with what a model might find in them, and a reader of the pages that show them."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping
from html.parser import HTMLParser
from typing import Any

from counterframe.data.codebook import Codebook, load_codebook
from counterframe.data.types import Result, ScoredFrame, Sentence, Span
from counterframe.evaluation.annotated import write_annotated_page

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
