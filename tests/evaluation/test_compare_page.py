"""The page of a comparison: any codebook, any number of tellings, nothing lost, nothing run, no dangling link."""

from __future__ import annotations

import copy
import re
from html import escape
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from helpers.comparing import comparison, figure, many, two_sides
from helpers.readings import VOID, Release, demo, small_codebook

from counterframe.errors import CodebookError, InputError
from counterframe.evaluation.annotated import write_annotated_page
from counterframe.evaluation.compare_facts import Facts
from counterframe.evaluation.compare_page import comparison_page, write_comparison_page
from counterframe.evaluation.compare_time import over_time
from counterframe.evaluation.compare_views import aligned, contest, left_out, who
from counterframe.evaluation.marking import group

PERIODS = [f"2031-{month:02}" for month in range(1, 7)]


def tags(html: str) -> list[tuple[str, dict[str, str]]]:
    """Return all tags, having checked that each that is opened is closed."""
    found: list[tuple[str, dict[str, str]]] = []
    open_: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append((tag, {name: value or "" for name, value in attrs}))
            if tag not in VOID:
                open_.append(tag)

        def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append((tag, {name: value or "" for name, value in attrs}))

        def handle_endtag(self, tag: str) -> None:
            last = open_.pop()
            assert last == tag, f"<{last}> closed by </{tag}>"

    reader = Reader()
    reader.feed(html)
    reader.close()
    assert not open_
    return found


def words(html: str) -> str:
    """Return what the page says, without its styles."""
    body = html[html.index("<body") :]
    return re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", body))


def check(html: str) -> list[tuple[str, dict[str, str]]]:
    """Check what holds for every page, and return its tags."""
    found = tags(html)
    ids = [attributes["id"] for _, attributes in found if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = {a["href"][1:] for _, a in found if a.get("href", "").startswith("#")}
    assert links <= set(ids), links - set(ids)
    described = {a[name] for _, a in found for name in ("aria-labelledby", "for") if name in a}
    assert described <= set(ids), described - set(ids)
    levels = [int(tag[1]) for tag, _ in found if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels)), levels
    assert not {"script", "img", "iframe", "form", "object"} & {tag for tag, _ in found}
    assert not [name for _, a in found for name in a if name.startswith("on") or name in ("src", "srcset")]
    assert not re.search(r"url\(|@import", html)
    assert "default-src 'none'" in html
    said = words(html)
    assert not re.search(r"\b(None|nan|NaN|inf|undefined)\b", said), re.search(r".{40}\b(None|nan)\b.{40}", said)
    for tag, attributes in found:
        if tag == "th":
            assert attributes["scope"] in ("row", "col", "rowgroup")
    assert html.count("<table") == html.count("<caption") == html.count("<thead")
    html.encode("utf-8")
    return found


def sections(html: str) -> list[str]:
    return [a["href"] for tag, a in tags(html[html.index("<nav") : html.index("</nav>") + 6]) if tag == "a"]


def test_a_comparison_of_hostile_texts() -> None:
    html = comparison_page(two_sides())
    check(html)
    assert "<b>Bold" not in html
    assert "&lt;b&gt;Bold&lt;/b&gt; &amp; Sons" in html
    assert sections(html) == ["#contest", "#texts", "#who", "#aligned", "#left-out"]


@pytest.mark.parametrize("stances", [1, 2, 3, 5])
@pytest.mark.parametrize("frames", [1, 2, 40])
def test_any_codebook(frames: int, stances: int) -> None:
    codebook = small_codebook([f"frame{n}" for n in range(frames)], [f"stance{n}" for n in range(stances)])
    html = comparison_page(many(3, 2, codebook=codebook, periods=PERIODS))
    check(html)
    assert not {"asserts", "relays"} & set(words(html).split())  # words of the shipped codebook
    assert ("what it rejects" in html) is (stances > 1)
    assert ("to the left" in words(html)) is (stances > 1)
    assert ("in the middle" in words(html)) is (stances > 2)
    assert ("other stances" in words(html)) is (stances > 4)


@pytest.mark.parametrize("tellings", [1, 2, 4, 7, 12, 30])
def test_any_number_of_tellings(tellings: int) -> None:
    html = comparison_page(many(tellings, 1, 12))
    found = check(html)
    boxes = [a for tag, a in found if tag == "input" and a.get("type") == "checkbox" and a["id"] != "hide-rest"]
    assert len(boxes) == (tellings if tellings > 12 else 0)
    assert sum("checked" in box for box in boxes) == (3 if boxes else 0)


def test_texts_left_out_leave_no_link_to_them() -> None:
    content = many(4, 2, periods=PERIODS) | {"documents": []}
    html = comparison_page(content)
    check(html)
    assert sections(html) == ["#contest", "#who", "#left-out", "#time"] or "#texts" not in sections(html)
    assert "#show-" not in html[html.index("<body") :]
    # The legend then counts what the figures count.
    cells = [cell for row in content["contest"] for cell in row["cells"].values()]
    counted = sum(cell["count"] for by_stance in cells for cell in by_stance.values())
    offered = re.findall(r'for="pick-f\d+"[^>]*>.*?<span class="n">(\d+)</span>', html)
    assert sum(map(int, offered)) == counted > 0


@pytest.mark.parametrize("name", ["contest", "who", "aligned", "left_out", "time", "documents"])
def test_an_empty_section_is_left_out_with_its_link(name: str) -> None:
    content = many(3, 2, periods=PERIODS)
    content[name] = None if name == "time" else []
    html = comparison_page(content)
    check(html)
    assert f'id="{ {"left_out": "left-out", "documents": "texts"}.get(name, name) }"' not in html


def test_nothing_at_all_is_said() -> None:
    quiet = [Release(name).add("The ford was mended.").results for name in ("a", "b")]
    content = comparison({"a": [quiet[0]], "b": [quiet[1]]})
    content["documents"] = []
    html = comparison_page(content)
    check(html)
    assert "There is nothing to compare" in html


def test_figures_that_could_not_be_measured_are_a_dash() -> None:
    content = many(3, 1)
    empty = {"value": None, "low": None, "high": None, "support": 0}
    for row in content["contest"]:
        row["distance"] = None
        for cells in row["cells"].values():
            for cell in cells.values():
                cell["share"] = dict(empty)
    content["contest"][0]["cells"]["t0"] = {
        stance: {"count": 1, "share": {"value": float("nan"), "low": float("inf"), "high": None, "support": 3}}
        for stance in content["codebook"]["stances"]
    }
    html = comparison_page(content)
    check(html)
    assert "distance –" in words(html)
    assert 'class="whisker"' not in html


def test_each_telling_says_how_much_it_stands_on() -> None:
    content = two_sides()
    html = comparison_page(content)
    table = html[html.index('<table class="tellings') : html.index("</table>")]
    for telling in content["tellings"]:
        assert telling["sentences"] > telling["unsure"]
        row = next(row for row in table.split("<tr")[1:] if escape(telling["name"]) in row.replace("&#34;", "&quot;"))
        numbers = [int(number) for number in re.findall(r"</span>(\d+)</td>", row)]
        names = ("documents", "sentences", "framed", "unsure", "boilerplate")
        assert numbers == [telling[name] for name in names]


def test_warnings_stand_first() -> None:
    html = comparison_page(many(2, 1, warnings=["Mind the <gap>."]))
    check(html)
    assert html.index("Mind the &lt;gap&gt;.") < html.index("<table")
    assert 'role="note"' not in comparison_page(many(2, 1))


# What the sections show


def test_the_contest_stands_in_the_order_of_the_figures_with_what_is_contested_in_words() -> None:
    content = two_sides()
    shown = contest(Facts(content))
    assert shown is not None
    titles = {name: frame["title"] for name, frame in content["codebook"]["frames"].items()}
    assert [row["title"] for row in shown["frames"]] == [titles[row["frame"]] for row in content["contest"]]
    blockade = next(row for row in shown["frames"] if row["title"] == "Blockade")
    assert blockade["contested"]
    assert [telling.letter for telling in blockade["rejected"]] == ["B"]
    html = comparison_page(content)
    card = html[html.index('aria-labelledby="contest-f0"') :]
    assert re.sub(r"\s+", " ", words(f"<body>{card[: card.index('<table')]}")).count("contested") == 1


def test_bars_are_as_long_as_the_shares_and_stand_on_their_side() -> None:
    stances = ["says", "denies", "asks", "mocks"]
    codebook = small_codebook(["siege"], stances)
    release = Release("a")
    for stance, count in zip(stances, (4, 2, 1, 1), strict=True):
        for _ in range(count):
            release.add("A siege.", ("siege", stance, 0.9, ["siege"]))
    for _ in range(12):
        release.add("The ford was mended.")
    shown = contest(Facts(comparison({"a": [release.results]}, codebook)))
    assert shown is not None
    first, second, rest = shown["frames"][0]["rows"][0]["bars"]
    assert (first.side, second.side, rest.side) == ("first", "second", "rest")
    assert first.left == 50
    assert second.left + second.width == pytest.approx(50)
    assert first.width == pytest.approx(2 * second.width)
    assert rest.width == pytest.approx(second.width)
    assert rest.left + rest.width / 2 == pytest.approx(50)
    unit = 50 / (float(shown["scale"].removesuffix(" %")) / 100)
    share = figure(4, 20)
    assert first.width == pytest.approx(unit * 0.2, abs=0.02)
    begin, width = first.whisker or (0, 0)
    assert begin == pytest.approx(50 + unit * share["low"], abs=0.02)
    assert begin + width == pytest.approx(50 + unit * share["high"], abs=0.02)


def test_a_frame_found_nowhere_is_named_and_has_no_bars() -> None:
    content = two_sides()
    row = copy.deepcopy(content["contest"][0]) | {"frame": "provocation", "distance": 0.0, "contested": False}
    row |= {"asserted_by": [], "rejected_by": [], "absent_from": ["t0", "t1", "t2"]}
    content["contest"].append(row)
    html = comparison_page(content)
    check(html)
    assert "Found in no telling: Provocation." in html
    assert 'id="contest-f4"' not in html


def test_sources_with_their_frames_and_pronouns_that_were_resolved() -> None:
    release = Release("a")
    release.add("Minister Vell said it is a siege.", ("blockade", "asserts", 0.9, ["siege"]), source="Minister Vell")
    release.add("He denied a siege.", ("blockade", "rejects", 0.9, ["siege"]), source="He")
    release.add("It is a siege.", ("blockade", "asserts", 0.9, ["siege"]))
    content = comparison({"a": [release.results], "b": [Release("b").add("Nothing.").results]})
    (table,) = who(Facts(content))
    named, nobody = table["sources"]
    assert (named["name"], nobody["name"]) == ("Minister Vell", None)
    assert named["resolved"] == [("He", 1)]
    assert [(cell["count"], cell["link"]) for cell in named["frames"][0]["cells"]] == [
        (1, "#d0-0"),
        (1, "#d0-1"),
        (0, None),
    ]
    html = comparison_page(content)
    check(html)
    assert "1 as “He”, taken for the last source named before" in re.sub("</?bdi>", "", html)
    said = re.sub("</?bdi>", "", html)
    assert 'Minister Vell (“He”)<span class="unseen">. </span><mark>' in said
    assert "known for the primary frame of a sentence only" in html


def test_each_pair_stands_once_and_leads_to_its_place() -> None:
    content = two_sides()
    facts = Facts(content)
    shown = aligned(facts)
    assert shown is not None
    pairs = [tuple(side["row"]["anchor"] for side in pair["sides"]) for pair in shown["pairs"]]
    assert len({frozenset(pair) for pair in pairs}) == len(pairs)
    values = [float(pair["similarity"]) for pair in shown["pairs"]]
    assert values == sorted(values, reverse=True)
    wanted = {frozenset(((p["doc"], p["n"]), (p["to_doc"], p["to_n"]))) for p in content["aligned"]}
    assert len(pairs) + shown["more"] == len(wanted)
    # A sentence that carries no frame has no mark, so it needs an anchor of its own.
    html = comparison_page(content)
    assert {anchor for pair in pairs for anchor in pair} <= {a.get("id") for _, a in tags(html)}
    assert "no frame in one of them" in html


def test_what_is_left_out_names_who_tells_it() -> None:
    tables = left_out(Facts(two_sides()))
    first = next(table for table in tables if table["telling"].letter == "A")
    assert {row["title"] for row in first["frames"]} == {"Open passage", "Sovereignty", "Protest"}
    assert all([telling.letter for telling in row["told_by"]] == ["B"] for row in first["frames"])


def test_time_breaks_where_nothing_was_published_and_says_how_many_sentences() -> None:
    content = many(3, 6, periods=PERIODS)
    shown = over_time(Facts(content))
    assert shown is not None
    chart = next(chart for frame in shown["frames"] for chart in frame["charts"] if chart["telling"].id == "t1")
    assert chart["gaps"] == [(10, 10)]
    assert chart["line"].count("M") == 2
    assert chart["dots"].count("h0") == 5
    assert chart["sentences"] == "20 sentences a point"
    first = shown["frames"][0]
    cells = [row["cells"][first["tellings"].index(chart["telling"])] for row in first["rows"]]
    assert [cell is None for cell in cells] == [False, True, False, False, False, False]
    html = comparison_page(content)
    check(html)
    assert "nothing published" in html


def test_a_telling_that_never_takes_a_frame_up_has_no_chart_of_zeros() -> None:
    content = many(3, 6, periods=PERIODS)
    series = content["time"]["series"][0]
    for point in series["points"]:
        point |= {"count": 0, "share": figure(0, point["sentences"])}
    shown = over_time(Facts(content))
    assert shown is not None
    title = content["codebook"]["frames"][series["frame"]]["title"]
    frame = next(frame for frame in shown["frames"] if frame["title"] == title)
    assert [chart["telling"].id for chart in frame["charts"] if chart["never"]] == [series["telling"]]
    assert len(frame["charts"]) == 3
    assert "never taken up" in comparison_page(content)


# One renderer, errors, the file


def test_sentences_look_as_in_the_annotated_reading(tmp_path: Path) -> None:
    content = two_sides()
    page = comparison_page(content)
    path = tmp_path / "reading.html"
    with path.open("w", encoding="utf-8") as handle:
        write_annotated_page(demo(), handle, codebook=Facts(content).codebook)
    reading = path.read_text(encoding="utf-8")
    assert [document.doc for document in group(demo(), Facts(content).codebook)] == [
        entry["doc"] for entry in content["documents"]
    ]

    def marked(html: str) -> dict[str, str]:
        found = re.findall(r'<span class="s [^>]*id="(d\d+-\d+)">(.*?)</a></span>', html, re.DOTALL)
        return {anchor: re.sub(r'<bdi class="voice.*?\. </span></bdi>', "", inner) for anchor, inner in found}

    assert marked(page) == marked(reading)
    assert len(marked(page)) > 10
    legend = re.compile(r'<aside class="legend".*?</aside>', re.DOTALL)
    assert legend.findall(page) == legend.findall(reading)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"schema": "counterframe-comparison/0"}, InputError, "field 'schema': .*make the comparison again"),
        ({"left_out": [{"telling": "t0", "frame": "sieg", "told_by": [], "sentences": 1}]}, CodebookError, "'sieg'"),
    ],
)
def test_errors_say_what_is_wrong_and_nothing_is_written(
    tmp_path: Path, changes: dict[str, Any], error: type[InputError], message: str
) -> None:
    path = tmp_path / "page.html"
    with pytest.raises(error, match=message):
        write_comparison_page(two_sides() | changes, path)
    assert not path.exists()


def test_the_page_is_the_file(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    write_comparison_page(two_sides(), path)
    assert path.read_text(encoding="utf-8") == comparison_page(two_sides())
