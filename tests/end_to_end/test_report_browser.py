"""The report page in a real browser: one screen, any width, dark, on paper, and marks where the numbers say."""

from __future__ import annotations

import base64
import io
import json
import sys
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from counterframe.evaluation.report_page import write_report

# Tests are no packages, so what they share is looked for beside them.
sys.path.append(str(Path(__file__).parents[1] / "evaluation"))
from report_facts import HOSTILE, report_facts

OPEN_ALL = "document.querySelectorAll('details').forEach(one => { one.open = true })"
TEXTS = (
    "h1, h2, h3, .lead, .made, p, li, dt, dd, th, td, td .ci, caption, summary, a, .label, .label b, .few, .yes, .no,"
    " .which, .gap, mark, mark bdi, .n"
)
#: Where each mark stands as a share of the plot's area, from the left and from the top.
MARKS = """
const plot = document.querySelector(arguments[0]);
const area = plot.getBoundingClientRect();
const width = plot.clientWidth || parseFloat(getComputedStyle(plot).width);
const height = plot.clientHeight || parseFloat(getComputedStyle(plot).height);
return [...plot.querySelectorAll(arguments[1])].map(mark => {
  const box = mark.getBoundingClientRect();
  const x = (box.left + box.right) / 2, y = (box.top + box.bottom) / 2;
  const zero = plot.getScreenCTM();
  return [(x - zero.e) / width, (y - zero.f) / height, box.width / width, box.height / height];
});
"""


@pytest.fixture(scope="module")
def facts() -> dict[str, Any]:
    return report_facts(slices=30)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory, facts: dict[str, Any]) -> str:
    path: Path = tmp_path_factory.mktemp("report") / "report.html"
    write_report(facts, path)
    return path.as_uri()


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A page of a codebook with many frames, long names and no blank to break a line at."""
    path: Path = tmp_path_factory.mktemp("crowded") / "report.html"
    frames = {f"f{number}": "Unbroken" * 12 for number in range(40)}
    crowded = report_facts(frames=frames, stances=["stance" * 12, HOSTILE, "c", "d"], errors=2)
    crowded |= {"model": "model" * 40, "data": ["file" * 40], "warnings": ["warning" * 20] * 6}
    crowded["against"]["other"] = "other" * 40
    crowded["errors"][0]["listed"][0] |= {"doc": "doc" * 80, "gold_source": "source" * 40}
    crowded["passages"][0]["doc"] = "doc" * 80
    write_report(crowded, path)
    return path.as_uri()


@pytest.mark.parametrize("width", [320, 400, 800, 1280])
@pytest.mark.parametrize("which", ["page", "crowded"])
def test_the_page_is_not_scrolled_sideways(
    browser: Any, which: str, width: int, request: pytest.FixtureRequest
) -> None:
    browser.view(request.getfixturevalue(which), width=width)
    browser.execute_script(OPEN_ALL)
    inside, outside = browser.execute_script(
        "const root = document.documentElement; return [root.scrollWidth, root.clientWidth]"
    )
    assert inside <= outside <= width
    # What is cut off would not widen the page. Tables may be wider: their regions scroll by themselves.
    beyond = browser.execute_script(
        "return [...document.querySelectorAll('main *, header *')].filter(one => !one.closest('.wide, svg, .unseen')"
        " && one.getBoundingClientRect().right > document.documentElement.clientWidth + 1).map(one => one.outerHTML)"
    )
    assert beyond == []


@pytest.mark.parametrize("width", [320, 400, 800, 1280])
def test_letters_of_plots_are_inside_and_do_not_cover_each_other(browser: Any, page: str, width: int) -> None:
    browser.view(page, width=width)
    found = browser.execute_script(
        "const wide = document.documentElement.clientWidth, problems = [];"
        "for (const plot of document.querySelectorAll('figure.plot > svg')) {"
        "  const boxes = [...plot.querySelectorAll('text')].map(one => [one.getBoundingClientRect(), one.textContent]);"
        "  for (const [box, text] of boxes) if (box.left < 0 || box.right > wide) problems.push(['outside', text]);"
        "  boxes.forEach(([a, first], n) => boxes.slice(n + 1).forEach(([b, second]) => {"
        "    const x = Math.min(a.right, b.right) - Math.max(a.left, b.left);"
        "    const y = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);"
        "    if (x > 1 && y > 3) problems.push([plot.parentElement.id, first, second]); })) }"
        "return problems"
    )
    assert found == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_text_can_be_read(browser: Any, page: str, dark: bool) -> None:
    browser.view(page, dark=dark)
    browser.execute_script(OPEN_ALL)
    worst = browser.lowest_contrast(TEXTS)
    assert worst["count"] > 1000
    assert worst["ratio"] >= 4.5, worst


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_letters_and_marks_of_plots_can_be_seen(browser: Any, page: str, dark: bool) -> None:
    browser.view(page, dark=dark)
    # The tool for contrast looks at `color`, a drawing has `fill` and `stroke`.
    browser.execute_script(
        "for (const one of document.querySelectorAll('.plot svg text, .plot svg .mark > *, .plot .range')) {"
        "  const style = getComputedStyle(one);"
        "  one.style.color = one.tagName === 'text' ? style.fill : style.stroke; }"
    )
    letters = browser.lowest_contrast(".plot svg text")
    assert letters["count"] > 200
    assert letters["ratio"] >= 4.5, letters
    marks = browser.lowest_contrast(".plot svg .mark > *, .plot .range")
    assert marks["count"] > 200
    assert marks["ratio"] >= 3, marks


def test_dark_and_light_differ(browser: Any, page: str) -> None:
    seen = []
    for dark in (False, True):
        browser.view(page, dark=dark)
        seen.append(browser.execute_script("return getComputedStyle(document.body).backgroundColor"))
    assert seen[0] != seen[1]


@pytest.fixture(scope="module")
def warned(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A page without texts that has much to warn of."""
    path: Path = tmp_path_factory.mktemp("warned") / "report.html"
    warnings = [
        f"by column {n}, 14 of 14 parts stand on fewer than 30 documents; mind their intervals" for n in range(9)
    ]
    write_report(report_facts(texts=False) | {"warnings": warnings, "data": ["one.jsonl", "two.jsonl"] * 4}, path)
    return path.as_uri()


@pytest.mark.parametrize("which", ["page", "warned"])
def test_the_overview_fits_the_first_screen(browser: Any, which: str, request: pytest.FixtureRequest) -> None:
    browser.view(request.getfixturevalue(which), width=1280)
    for part in ("h1", ".facts", "#plot-headline", ".mind", ".toc li:last-child", ".held"):
        box = browser.execute_script(
            "const box = document.querySelector(arguments[0]).getBoundingClientRect();"
            " return [box.top, box.bottom, box.height]",
            part,
        )
        assert box[0] >= 0, part
        assert box[2] > 10, part
        assert box[1] <= 800, part


def test_rows_of_intervals_stand_where_the_numbers_say(browser: Any, page: str, facts: dict[str, Any]) -> None:
    for width in (1280, 400):
        browser.view(page, width=width)
        values = [row["f1"] for row in facts["frames"].values()]
        marks = browser.execute_script(MARKS, "#plot-frames > svg", ".row .mark:last-child > *")
        ranges = browser.execute_script(MARKS, "#plot-frames > svg", ".row line.range.m0")
        assert len(marks) == len(ranges) == len(values)
        for value, mark, span in zip(values, marks, ranges, strict=True):
            assert mark[0] == pytest.approx(value["value"], abs=0.005)
            assert span[2] == pytest.approx(value["high"] - value["low"], abs=0.01)
            assert span[0] == pytest.approx((value["high"] + value["low"]) / 2, abs=0.005)
        # Row by row from the top, each beside its name.
        names = browser.execute_script(MARKS, "#plot-frames > svg", ".row .name")
        step = 1 / len(values)
        for place, (mark, name) in enumerate(zip(marks, names, strict=True)):
            assert place * step < mark[1] < (place + 1) * step
            assert place * step < name[1] < (place + 1) * step


def test_baselines_and_readers_stand_where_the_numbers_say(browser: Any, page: str, facts: dict[str, Any]) -> None:
    browser.view(page)
    marks = browser.execute_script(MARKS, "#plot-headline > svg", ".row:nth-of-type(3) .mark > *")
    pair = [one["overall"]["pair_f1"]["value"] for one in (facts["human"], facts["baselines"]["majority"])]
    pair += [facts["baselines"]["tf-idf"]["overall"]["pair_f1"]["value"], facts["overall"]["pair_f1"]["value"]]
    assert [mark[0] for mark in marks] == [pytest.approx(value, abs=0.006) for value in pair]


def test_reliability_and_coverage_stand_where_the_numbers_say(browser: Any, page: str, facts: dict[str, Any]) -> None:
    browser.view(page)
    bins = [one for one in facts["calibration"]["frames"]["bins"] if one["count"]]
    marks = browser.execute_script(MARKS, "#plot-reliability-frames > svg", ".m0 .mark > *")
    assert [mark[0] for mark in marks] == [pytest.approx(one["confidence"], abs=0.005) for one in bins]
    assert [1 - mark[1] for mark in marks] == [pytest.approx(one["share"]["value"], abs=0.005) for one in bins]
    bars = browser.execute_script(MARKS, "#plot-reliability-frames > svg", "rect.count")
    most = max(one["count"] for one in bins)
    for bar, one in zip(bars, facts["calibration"]["frames"]["bins"], strict=True):
        assert bar[3] / max(bar[3] for bar in bars) == pytest.approx(one["count"] / most, abs=0.03)
    marks = browser.execute_script(MARKS, "#plot-coverage > svg", ".m0 .mark > *")
    ticks = browser.execute_script(
        "return [...document.querySelectorAll('#plot-coverage .tick[text-anchor=end]')]"
        ".map(one => Number(one.textContent))"
    )
    lowest = min(ticks)
    assert [mark[0] for mark in marks] == [
        pytest.approx(one["answered"]["value"], abs=0.005) for one in facts["coverage"]
    ]
    assert [lowest + (1 - mark[1]) * (1 - lowest) for mark in marks] == [
        pytest.approx(one["precision"]["value"], abs=0.005) for one in facts["coverage"]
    ]


def test_the_band_of_the_shifts_is_a_hundredth_to_each_side(browser: Any, page: str, facts: dict[str, Any]) -> None:
    browser.view(page)
    (band,) = browser.execute_script(MARKS, "#plot-shift-0 > svg", "rect.band")
    ticks = browser.execute_script(MARKS, "#plot-shift-0 > svg", "line.grid")
    labels = browser.execute_script(
        "return [...document.querySelectorAll('#plot-shift-0 .tick')].map(one => one.textContent)"
    )
    span = ticks[-1][0] - ticks[0][0]
    whole = float(labels[-1].replace("−", "-")) - float(labels[0].replace("−", "-"))
    assert band[0] == pytest.approx(0.5, abs=0.005)
    assert band[2] / span * whole == pytest.approx(0.02, abs=0.0005)
    marks = browser.execute_script(MARKS, "#plot-shift-0 > svg", ".row .mark > *")
    shifts = facts["audit"]["swaps"][0]["shifts"].values()
    assert [(mark[0] - 0.5) * whole for mark in marks] == [pytest.approx(one["value"], abs=0.0003) for one in shifts]


def test_darker_cells_hold_a_larger_share(browser: Any, page: str, facts: dict[str, Any]) -> None:
    browser.view(page)
    shades = browser.execute_script(
        "const table = document.querySelector('#confusion-frames ~ .wide table');"
        "return [...table.tBodies[0].rows].map(row => [...row.querySelectorAll('td')].slice(0, -1).map(cell => {"
        "  const parts = getComputedStyle(cell).backgroundColor.match(/[\\d.]+/g).map(Number);"
        "  return parts.length > 3 ? parts[3] : 1; }))"
    )
    for row, counts in zip(shades, facts["confusion"]["frames"]["counts"], strict=True):
        assert row == [pytest.approx(count / sum(counts) / 2, abs=0.01) for count in counts]


def test_nothing_runs_and_nothing_is_fetched(browser: Any, page: str) -> None:
    browser.view("about:blank")
    browser.get_log("performance")
    browser.get_log("browser")
    browser.view(page)
    browser.execute_script(OPEN_ALL)
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
    assert [url for url in asked if not url.startswith(("data:", "about:"))] == [page]
    assert browser.get_log("browser") == []
    assert browser.execute_script("return document.querySelectorAll('script, img, iframe').length") == 0


def test_hostile_text_is_text(browser: Any, page: str) -> None:
    browser.view(page)
    assert browser.title == "Evaluation report"
    assert HOSTILE in browser.execute_script("return document.querySelector('#errors').innerText")
    assert HOSTILE in browser.execute_script("return document.querySelector('#documents').textContent")
    assert HOSTILE in browser.execute_script("return document.querySelector('#slices').textContent")


def test_links_lead_to_what_is_seen(browser: Any, page: str) -> None:
    browser.view(page)
    for link in ("a[href='#slices']", "#error-1-1 .meta a", "#documents .to-error:last-of-type", ".to-error"):
        target = browser.execute_script(
            "const link = document.querySelector(arguments[0]); link.click();return link.getAttribute('href').slice(1)",
            link,
        )
        top, bottom = browser.execute_script(
            "const box = document.getElementById(arguments[0]).getBoundingClientRect(); return [box.top, box.bottom]",
            target,
        )
        assert -1 <= top < 900, link
        assert bottom > 0, link


def test_wide_tables_scroll_by_keyboard(browser: Any, page: str) -> None:
    browser.view(page, width=400)
    browser.execute_script(OPEN_ALL)
    regions = browser.execute_script(
        "return [...document.querySelectorAll('.wide')].filter(one => one.scrollWidth > one.clientWidth)"
        ".map(one => { one.focus(); return [document.activeElement === one, one.getAttribute('aria-label')] })"
    )
    assert len(regions) > 5
    assert all(focused and label for focused, label in regions)
    # The first column stays in view.
    left = browser.execute_script(
        "const wide = document.querySelector('#overall .wide'); wide.scrollLeft = 200;"
        "return wide.querySelector('tbody th').getBoundingClientRect().left - wide.getBoundingClientRect().left"
    )
    assert left == pytest.approx(0, abs=1)


def test_the_tree_for_screen_readers_names_plots_and_landmarks(browser: Any, page: str) -> None:
    browser.view(page)
    browser.execute_cdp_cmd("Accessibility.enable", {})
    nodes = browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    browser.execute_cdp_cmd("Accessibility.disable", {})
    seen: dict[str, list[str]] = {}
    for node in nodes:
        if not node.get("ignored"):
            seen.setdefault(node["role"]["value"], []).append((node.get("name") or {}).get("value", ""))
    plots = [*seen.get("image", []), *seen.get("img", [])]
    assert len(plots) == 12
    assert all(plots)
    assert len(seen["main"]) == len(seen["banner"]) == len(seen["contentinfo"]) == len(seen["navigation"]) == 1
    assert seen["table"]
    assert all(seen["table"])


def test_paper_has_every_section_and_what_is_folded(browser: Any, page: str) -> None:
    pdfminer = pytest.importorskip("pdfminer.high_level")
    browser.view(page)
    assert browser.execute_script("return document.querySelectorAll('details:not([open])').length") > 5
    printed = browser.execute_cdp_cmd("Page.printToPDF", {"paperWidth": 8.27, "paperHeight": 11.69})
    pages = [
        "".join(unicodedata.normalize("NFKC", text).split())  # fi is one sign on paper
        for text in pdfminer.extract_text(io.BytesIO(base64.b64decode(printed["data"]))).split("\f")
    ]
    text = "".join(pages)
    headings = browser.execute_script("return [...document.querySelectorAll('.part > h2')].map(one => one.innerText)")
    assert len(headings) == 12
    for heading in headings:
        assert "".join(heading.split()) in text
    assert len(pages) > 10
    folded = browser.execute_script(
        "return [...document.querySelectorAll('details:not([open])')]"
        ".map(one => { one.open = true; one.querySelectorAll('.unseen').forEach(word => word.remove());"
        "return one.lastElementChild.innerText })"
    )
    for content in folded:
        assert [word for word in content.split() if word not in text] == []
    assert "Karsk" in text  # it stands in what is folded alone
    # No column of a table is cut off at the edge.
    assert all(f"ostrel-ford-{number:03}" in text for number in range(30))
    last = [str(sum(row)) for row in report_facts(slices=30)["confusion"]["frames"]["counts"]]
    assert all(number in text for number in last)
