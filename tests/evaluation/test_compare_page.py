"""The page of a comparison: any codebook, any number of tellings, nothing lost, nothing run, no dangling link."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path
from typing import Any

import pytest
from helpers.comparing import comparison, many, two_sides
from helpers.pages import check, tags, words
from helpers.readings import Release, demo, small_codebook

from counterframe.errors import CodebookError, InputError
from counterframe.evaluation.annotated import write_annotated_page
from counterframe.evaluation.compare_facts import Facts
from counterframe.evaluation.compare_page import comparison_page, write_comparison_page
from counterframe.evaluation.marking import group

PERIODS = [f"2031-{month:02}" for month in range(1, 7)]


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
    assert sections(html) == ["#contest", "#who", "#left-out", "#time"]
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
