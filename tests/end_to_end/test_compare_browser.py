"""The page of a comparison in a real browser: side by side, lit, narrow, dark, by keyboard, and fast."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from helpers.comparing import comparison, many, two_sides
from helpers.readings import Release, small_codebook

from counterframe.evaluation.compare_page import write_comparison_page

pytest.importorskip("selenium", reason="needs selenium, which is not installed")

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

PERIODS = [f"2031-{month:02}" for month in range(1, 13)]
HOSTILE = "</p><script>document.title = 'gone'</script><img src=https://nowhere.invalid/x.png onerror=alert(1)>"
TEXTS = (
    "h1, h2, h3, h4, h5, p, li, th, td, td a, caption, small, dt, dd, summary, legend, label, mark, .n, .voice,"
    " .label, .s, .letter, .contested, .ends, .top, .zero, .word"
)


def five() -> dict[str, Any]:
    """Five tellings, twelve frames, five stances, a right-to-left text, endless words and mark-up."""
    frames = [f"frame{n}" for n in range(12)]
    stances = ["holds", "denies", "reports", "mocks", "asks"]
    tellings = {}
    for index, name in enumerate(["Vardeny", "Karsholm", "unbroken" * 20, '"><script>alert(2)</script>', "אוסטרל"]):
        release = Release(f"{name}/{index}.txt", publisher=name, date="2031-03-04")
        release.add("What is said of the ford at Ostrel", kind="headline")
        for n, frame in enumerate(frames):
            text = f"The envoy of the valley, as always, said in note {n} that the ford is kept."
            stance = stances[(n + index) % 5]
            release.add(text, (frame, stance, 0.8, ["the ford"]), source="The envoy of the valley", new=True)
        release.add(HOSTILE, ("frame0", "holds", 0.9, ["<script>"]), ("frame10", "asks", 0.6, ["<img"]))
        release.add("unbroken" * 60, ("frame1", "denies", 0.7, ["unbroken"]), truncated=True)
        release.add("ראש העיר אמר כי המעבר סגור.", ("frame2", "holds", 0.7, ["המעבר"]), source="ראש העיר", new=True)
        release.add("What the toll-keeper sings is well known.", unsure=True)
        release.add("Menu  Search  Press room  " * 12, kind="boilerplate")
        tellings[name] = [release.results]
    return comparison(tellings, small_codebook(frames, stances), warnings=["A " + "long" * 60 + " warning."])


def write(folder: Path, content: dict[str, Any]) -> str:
    write_comparison_page(content, folder / "page.html")
    return (folder / "page.html").as_uri()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write(tmp_path_factory.mktemp("five"), five())


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write(tmp_path_factory.mktemp("two"), two_sides())


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Ten publishers over a year."""
    return write(tmp_path_factory.mktemp("crowd"), many(10, 12, 10, periods=PERIODS))


@pytest.fixture(scope="module")
def long_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("long") / "page.html"
    write_comparison_page(many(10, 5, 100, periods=PERIODS[:5]), path)
    return path


def style(browser: Any, selector: str, name: str) -> str:
    script = "return getComputedStyle(document.querySelector(arguments[0]))[arguments[1]]"
    return str(browser.execute_script(script, selector, name))


def lit(browser: Any) -> set[str]:
    """Return the sentences of the texts whose highlight is ringed."""
    return set(
        browser.execute_script(
            "return [...document.querySelectorAll('article .s[id]')].filter(one => one.querySelector('mark')"
            " && getComputedStyle(one.querySelector('mark')).outlineColor !== 'rgba(0, 0, 0, 0)').map(one => one.id)"
        )
    )


def carrying(browser: Any, frame: str) -> set[str]:
    script = "return [...document.querySelectorAll(`article .s.in-${arguments[0]}`)].map(one => one.id)"
    return set(browser.execute_script(script, frame))


def until(browser: Any, state: Callable[[], bool], problem: str) -> None:
    """Wait for a state that a busy browser takes a while to reach; fail if it never does."""
    WebDriverWait(browser, 10, poll_frequency=0.05).until(lambda _: state(), problem)


def open_all(browser: Any) -> None:
    browser.execute_script("document.querySelectorAll('details').forEach(one => { one.open = true })")


def test_page_is_quiet_asks_for_nothing_and_runs_nothing(browser: Any, page: str) -> None:
    browser.view("about:blank")
    browser.get_log("performance")
    browser.get_log("browser")
    browser.view(page)
    open_all(browser)
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
    assert [url for url in asked if not url.startswith(("data:", "about:"))] == [page]
    assert browser.get_log("browser") == []
    assert browser.title == "How each tells it"
    assert browser.execute_script("return document.querySelectorAll('script, img, iframe').length") == 0


@pytest.mark.parametrize("width", [320, 400, 800, 1280, 1920])
@pytest.mark.parametrize("which", ["page", "two", "crowd"])
def test_nothing_has_to_be_scrolled_sideways(
    browser: Any, request: pytest.FixtureRequest, which: str, width: int
) -> None:
    browser.view(request.getfixturevalue(which), width=width)
    open_all(browser)
    inside, outside = browser.execute_script(
        "const root = document.documentElement; return [root.scrollWidth, root.clientWidth]"
    )
    assert inside <= outside <= width
    # What is cut off would not widen the page; wide tables scroll within their own region, by keyboard too.
    beyond = browser.execute_script(
        "return [...document.querySelectorAll('mark, .label, .legend label, .bars td, .verdict, .voice, h2, h3')]"
        ".filter(one => !one.closest('.wide') && one.getBoundingClientRect().right >"
        " document.documentElement.clientWidth + 1).map(one => one.outerHTML.slice(0, 120))"
    )
    assert beyond == []
    assert browser.execute_script(
        "return [...document.querySelectorAll('.wide')].every(one => one.tabIndex === 0 && one.ariaLabel)"
    )


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("chosen", ["pick-all", "pick-f0"])
@pytest.mark.parametrize("which", ["page", "two", "crowd"])
def test_all_text_has_enough_contrast(
    browser: Any, request: pytest.FixtureRequest, which: str, dark: bool, chosen: str
) -> None:
    browser.view(request.getfixturevalue(which), dark=dark)
    open_all(browser)
    browser.execute_script("document.getElementById(arguments[0]).click()", chosen)
    worst = browser.lowest_contrast(TEXTS)
    assert worst["count"] > 300
    assert worst["ratio"] >= 4.5, worst


def test_dark_and_light_differ(browser: Any, page: str) -> None:
    seen = []
    for dark in (False, True):
        browser.view(page, dark=dark)
        seen.append([style(browser, "body", "backgroundColor"), style(browser, ".track .full", "backgroundColor")])
    assert seen[0][0] != seen[1][0]
    assert seen[0][1] != seen[1][1]


# Side by side


@pytest.mark.parametrize(("width", "columns"), [(400, 1), (1280, 3), (1440, 3), (1920, 3)])
def test_texts_stand_beside_each_other_where_there_is_room(browser: Any, two: str, width: int, columns: int) -> None:
    browser.view(two, width=width)
    tops = browser.execute_script(
        "return [...document.querySelectorAll('.column')].map(one => Math.round(one.getBoundingClientRect().top))"
    )
    assert len(tops) == 3
    assert tops.count(tops[0]) == columns


def test_sources_stand_in_the_margin_of_their_sentence(browser: Any, page: str) -> None:
    place = (
        "const voice = document.querySelector(arguments[0]), box = voice.getBoundingClientRect(),"
        " mark = voice.parentElement.querySelector('mark').getClientRects()[0];"
        "return [box.left, box.right, Math.abs(box.top - mark.top), mark.left, mark.right]"
    )
    browser.view(page, width=1920)
    left, right, down, begin, _ = browser.execute_script(place, "#text-0 .voice")
    assert left < right <= begin
    assert down < 20
    # A right-to-left paragraph has its margin on the right.
    left, right, down, _, end = browser.execute_script(place, "#text-0 [id$='-15'] .voice")
    assert end <= left < right
    assert down < 20


def test_a_narrow_column_leaves_the_source_to_its_box(browser: Any, page: str) -> None:
    browser.view(page, width=400)
    assert style(browser, "#text-0 .voice", "display") == "none"
    assert browser.execute_script("return document.querySelector('#text-0 .source').textContent").strip()


# Lit


def test_hovering_a_frame_in_the_legend_lights_it_in_all_texts_and_no_other(browser: Any, page: str) -> None:
    browser.view(page, width=1440)
    browser.execute_script("document.getElementById('texts').scrollIntoView()")
    assert lit(browser) == set()
    for frame in ("f1", "f10"):
        ActionChains(browser).move_to_element(browser.find_element("css selector", f"[for=pick-{frame}]")).perform()
        assert lit(browser) == carrying(browser, frame)
        assert len({one.split("-")[0] for one in lit(browser)}) == 5
    ActionChains(browser).move_to_element(browser.find_element("css selector", "#texts-name")).perform()
    assert lit(browser) == set()


def test_hovering_or_focusing_a_label_lights_its_frame_in_all_texts(browser: Any, page: str) -> None:
    browser.view(page, width=1440)
    label = browser.find_element("css selector", "#text-1 .label.f3")
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", label)
    ActionChains(browser).move_to_element(label).perform()
    assert lit(browser) == carrying(browser, "f3")
    ActionChains(browser).move_to_element(browser.find_element("css selector", ".legend summary")).perform()
    browser.execute_script("document.querySelector('#text-0 .s.in-f5 .labels').focus()")
    assert carrying(browser, "f5") <= lit(browser)


def test_a_frame_of_the_contest_leads_to_its_sentences_by_keyboard(browser: Any, page: str) -> None:
    browser.view(page, width=1440)
    link = browser.find_element("css selector", "#contest .to-f2")
    # A key first: what a script focuses shows as focused only if the last thing that was used was the keyboard.
    browser.find_element("css selector", "body").send_keys(Keys.TAB)
    browser.execute_script("arguments[0].focus()", link)
    # Focus, address and target are settled by several processes: each is waited for, for ten seconds at most.
    until(browser, lambda: lit(browser) == carrying(browser, "f2"), "focus does not light the frame")
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    until(browser, lambda: browser.current_url.endswith("#show-f2"), "the link leads nowhere")
    note = browser.find_element("css selector", "#show-f2")
    until(browser, note.is_displayed, "the note is not shown")
    browser.execute_script("document.activeElement.blur()")  # what is lit now is so because of the address
    until(browser, lambda: lit(browser) == carrying(browser, "f2"), "the address does not light the frame")
    assert "lit in all texts: 10 sentences" in note.text
    top = "return arguments[0].getBoundingClientRect().top"
    until(browser, lambda: 0 <= browser.execute_script(top, note) < 900, "the note is out of sight")
    note.find_element("css selector", "a").send_keys(Keys.ENTER)
    until(browser, lambda: not note.is_displayed(), "the note stays")
    until(browser, lambda: lit(browser) == set(), "the frame stays lit")


def test_choosing_a_frame_dims_the_rest_and_marks_its_rows(browser: Any, page: str) -> None:
    browser.view(page, width=1440)
    other = ".column .s.in-f2 > mark"
    before = style(browser, other, "backgroundColor")
    browser.execute_script("document.getElementById('pick-f0').click()")
    assert style(browser, other, "backgroundColor") == "rgba(0, 0, 0, 0)" != before
    assert style(browser, ".column .s.in-f0 > mark", "backgroundColor") != "rgba(0, 0, 0, 0)"
    assert style(browser, "#who .row.in-f0 > [scope=row]", "boxShadow") != style(
        browser, "#who .row.in-f2 > [scope=row]", "boxShadow"
    )
    shown = "return [...document.querySelectorAll('.block')].filter(one => one.checkVisibility()).length"
    everything = browser.execute_script(shown)
    browser.execute_script("document.getElementById('hide-rest').click()")
    assert 0 < browser.execute_script(shown) < everything / 3


def test_keyboard_goes_from_the_sections_over_the_contest_and_the_legend_to_the_texts(browser: Any, two: str) -> None:
    browser.view(two)
    reached: list[str] = []
    for _ in range(120):
        browser.switch_to.active_element.send_keys(Keys.TAB)
        reached.append(
            browser.execute_script(
                "const at = document.activeElement; return at.id || at.className || at.getAttribute('href')"
            )
        )
    assert reached[0] == "skip"
    order = [reached.index(name) for name in ("#contest", "pick-all", "hide-rest", "labels")]
    assert order == sorted(order)
    assert any("frame-name" in name for name in reached[: reached.index("pick-all")])


# Bars and charts


def test_bars_are_drawn_to_the_scale_that_is_said(browser: Any, two: str) -> None:
    browser.view(two)
    drawn = browser.execute_script(
        "const track = document.querySelector('.track'), whole = track.getBoundingClientRect();"
        "return [...track.children].map(one => [one.className, one.getBoundingClientRect(), whole])"
        ".map(([name, box, whole]) => [name, box.left - whole.left - whole.width / 2, box.width, whole.width])"
    )
    cell = two_sides()["contest"][0]["cells"]["t0"]["asserts"]
    said = browser.find_element("css selector", ".key-of-bars").text
    scale = float(said.split("the whole width is ")[1].split(" %")[0]) / 100
    bar, whisker = drawn[0], drawn[1]
    assert bar[0] == "first full"
    unit = bar[3] / 2 / scale
    assert bar[1] == pytest.approx(0, abs=1)
    assert bar[2] == pytest.approx(unit * cell["share"]["value"], abs=1)
    assert whisker[1] == pytest.approx(unit * cell["share"]["low"], abs=1)
    assert whisker[2] == pytest.approx(unit * (cell["share"]["high"] - cell["share"]["low"]), abs=1)


@pytest.mark.parametrize("width", [400, 1280])
def test_small_multiples_of_ten_publishers_can_be_read(browser: Any, crowd: str, width: int) -> None:
    browser.view(crowd, width=width)
    boxes = browser.execute_script(
        "return [...document.querySelector('.charts').querySelectorAll('.curve')]"
        ".map(one => one.getBoundingClientRect()).map(box => [box.width, box.height])"
    )
    assert len(boxes) == 10
    assert all(wide >= 100 and high >= 60 for wide, high in boxes)
    gap = "document.querySelector('.charts figure:nth-child(2) .gaps i').getBoundingClientRect().width"
    assert browser.execute_script(f"return {gap}") == pytest.approx(boxes[1][0] / 12, abs=1)


@pytest.mark.parametrize("width", [400, 1280])
def test_tables_stay_tables_for_a_screen_reader(browser: Any, two: str, width: int) -> None:
    browser.view(two, width=width)
    nodes = browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    roles = [node["role"]["value"] for node in nodes if not node["ignored"]]
    tables = browser.execute_script("return document.querySelectorAll('table').length")
    assert roles.count("table") == tables
    assert roles.count("rowheader") == browser.execute_script("return document.querySelectorAll('tbody th').length")
    assert {"main", "complementary", "navigation", "region", "article"} <= set(roles)
    names = [node["name"]["value"] for node in nodes if not node["ignored"] and node["role"]["value"] == "table"]
    assert all(names)
    assert len(set(names)) > 8


# Many texts


def test_where_there_are_many_texts_boxes_choose_which_stand_there(browser: Any, crowd: str) -> None:
    browser.view(crowd, width=1440)
    shown = "return [...document.querySelectorAll('article')].filter(one => one.checkVisibility()).map(one => one.id)"
    assert browser.execute_script(shown) == ["d0", "d12", "d24"]
    browser.execute_script("document.getElementById('see-40').click(); document.getElementById('see-0').click()")
    assert browser.execute_script(shown) == ["d12", "d24", "d40"]
    columns = "return [...document.querySelectorAll('.column')].filter(one => one.checkVisibility()).length"
    assert browser.execute_script(columns) == 3
    box = browser.find_element("css selector", "#see-41")
    browser.execute_script("arguments[0].focus()", box)
    browser.switch_to.active_element.send_keys(Keys.SPACE)
    assert "d41" in browser.execute_script(shown)


def test_a_link_to_a_text_that_is_not_shown_shows_it(browser: Any, crowd: str) -> None:
    browser.view(crowd)
    hidden = browser.execute_script(
        "return [...document.querySelectorAll('#who a')].map(one => one.getAttribute('href'))"
        ".find(one => one.startsWith('#d') && !document.querySelector(one).checkVisibility())"
    )
    browser.execute_script("location.hash = arguments[0]", hidden)
    top = browser.execute_script("return document.querySelector(arguments[0]).getBoundingClientRect().top", hidden)
    assert 0 <= top < 900
    assert browser.execute_script("return document.querySelector(arguments[0]).checkVisibility()", hidden)


def test_fifty_texts_of_a_hundred_sentences_open_at_once(browser: Any, long_page: Path) -> None:
    assert long_page.stat().st_size < 4_000_000
    # Processor time, so that other work on the machine does not count.
    browser.execute_cdp_cmd("Performance.enable", {"timeDomain": "threadTicks"})

    def spent() -> float:
        metrics = browser.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
        return next(float(metric["value"]) for metric in metrics if metric["name"] == "TaskDuration")

    opened = []
    for _ in range(3):
        browser.view("about:blank")
        before = spent()
        browser.get(long_page.as_uri())
        opened.append(spent() - before)
    before = spent()
    browser.execute_script("document.getElementById('pick-f0').click(); document.body.offsetHeight")
    chosen = spent() - before
    browser.execute_cdp_cmd("Performance.disable", {})
    # The goal is one second; a machine that does other work needs up to three times the processor time.
    assert 0 < min(opened) < 3
    assert chosen < 0.5


def test_print_keeps_the_bars_and_drops_the_controls(browser: Any, crowd: str) -> None:
    browser.view(crowd, dark=True)
    dark_paper = style(browser, "body", "backgroundColor")
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        assert style(browser, "body", "backgroundColor") == "rgb(255, 255, 255)" != dark_paper
        assert style(browser, ".track i", "printColorAdjust") == "exact"
        assert style(browser, ".chooser", "display") == "none"
        assert style(browser, "#contest .intro", "display") == "block"
        assert style(browser, "article", "contentVisibility") == "visible"
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
