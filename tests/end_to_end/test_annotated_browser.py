"""The annotated reading in a real browser: quiet, narrow, dark, by keyboard, and fast."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from counterframe.data.codebook import Codebook
from counterframe.data.types import Result, ScoredFrame, Sentence
from counterframe.evaluation.annotated import write_annotated_page

pytest.importorskip("selenium", reason="needs selenium, which is not installed")

from selenium.webdriver.common.keys import Keys

FRAMES = [f"frame{index}" for index in range(14)]
STANCES = ["holds", "denies", "reports", "mocks"]
HOSTILE = "</p><script>document.title = 'gone'</script><img src=https://nowhere.invalid/x.png onerror=alert(1)>"

TEXTS = ".text, .s, .s mark, .s u, .source, .label, .furniture, .meta li, .n, .hint, .note, .lead, dd, .name"


def result(doc: str, n: int, text: str, found: list[tuple[str, str, tuple[int, int]]], **extra: Any) -> dict[str, Any]:
    frames = tuple(
        ScoredFrame(frame=frame, score=0.8, stance=stance, stance_score=0.9, evidence=((n * 1000 + a, n * 1000 + b),))
        for frame, stance, (a, b) in found
    )
    kind = extra.pop("kind", "body")
    meta = {"publisher": "Ministry of Vardeny", "date": "2031-03-04", "url": "https://vardeny.example/press"}
    return Result(
        sentence=Sentence(
            doc=doc,
            n=n,
            start=n * 1000,
            end=n * 1000 + len(text),
            text=text,
            kind=kind,
            paragraph=n // 4 if kind == "body" else 1000 + n,
            meta=meta,
        ),
        primary=frames[0].frame if frames else None,
        stance=frames[0].stance if frames else None,
        frames=frames,
        source=(n * 1000, n * 1000 + 10) if frames else None,
        abstained=extra.get("abstained", False),
        truncated=extra.get("truncated", False),
        model="default",
    ).to_dict()


def releases(documents: int, sentences: int) -> Iterator[dict[str, Any]]:
    """Invented releases: two sentences in five carry a frame, one in ten carries two."""
    for number in range(documents):
        doc = f"ostrel/{number}.html"
        for n in range(sentences):
            text = f"The envoy of Vardeny said in note {n} that the ford at Ostrel is as it was in spring."
            found = []
            if n % 5 < 2:
                found.append((FRAMES[(n + number) % 14], STANCES[n % 4], (4, 20)))
            if n % 10 == 0:
                found.append((FRAMES[(n + number + 5) % 14], STANCES[(n + 1) % 4], (15, 40)))
            yield result(doc, n, text, found, kind="headline" if n == 0 else "body", abstained=n % 10 == 6)


def odd_release() -> Iterator[dict[str, Any]]:
    """What may break a page: mark-up, endless words, long furniture, cut sentences."""
    doc = '"><script>alert(2)</script>' + "x" * 200
    yield result(doc, 0, "Menu  Search  Press room  " * 12, [], kind="boilerplate")
    yield result(doc, 1, HOSTILE, [("frame0", "holds", (0, 30)), ("frame1", "denies", (5, 50))], kind="headline")
    yield result(doc, 2, "unbroken" * 90, [("frame2", "reports", (3, 500))], truncated=True)
    yield result(doc, 3, "Photo: press office", [], kind="boilerplate")


@pytest.fixture(scope="module")
def codebook() -> Codebook:
    return Codebook(
        name="fourteen",
        frames={
            name: {
                "title": f"A frame called {name}",
                "definition": f"What belongs to {name}.",
                "not": "the rest",
            }
            for name in FRAMES
        },
        stances={name: f"The source {name} it." for name in STANCES},
    )


@pytest.fixture(scope="module")
def small_page(tmp_path_factory: pytest.TempPathFactory, codebook: Codebook) -> str:
    path = tmp_path_factory.mktemp("small") / "page.html"
    with path.open("w", encoding="utf-8") as handle:
        write_annotated_page([*releases(2, 30), *odd_release()], handle, codebook=codebook)
    return path.as_uri()


@pytest.fixture(scope="module")
def long_page(tmp_path_factory: pytest.TempPathFactory, codebook: Codebook) -> str:
    path = tmp_path_factory.mktemp("long") / "page.html"
    with path.open("w", encoding="utf-8") as handle:
        write_annotated_page(releases(50, 100), handle, codebook=codebook)
    return path.as_uri()


def style(browser: Any, selector: str, name: str) -> str:
    script = "return getComputedStyle(document.querySelector(arguments[0]))[arguments[1]]"
    return str(browser.execute_script(script, selector, name))


def test_page_is_quiet_and_asks_the_network_for_nothing(browser: Any, small_page: str) -> None:
    browser.view("about:blank")
    browser.get_log("performance")
    browser.get_log("browser")
    browser.view(small_page)
    browser.execute_script("document.querySelectorAll('details').forEach(one => { one.open = true })")
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
    assert [url for url in asked if not url.startswith(("data:", "about:"))] == [small_page]
    assert browser.get_log("browser") == []


def test_hostile_text_is_text(browser: Any, small_page: str) -> None:
    browser.view(small_page)
    assert browser.title == "Annotated reading"
    assert browser.execute_script("return document.querySelectorAll('script, img, iframe').length") == 0
    texts = browser.execute_script("return [...document.querySelectorAll('mark')].map(mark => mark.textContent)")
    assert any(HOSTILE in text.replace("source: ", "") for text in texts)


@pytest.mark.parametrize("width", [320, 400, 800, 1280])
def test_nothing_has_to_be_scrolled_sideways(browser: Any, small_page: str, width: int) -> None:
    browser.view(small_page, width=width)
    browser.execute_script("document.querySelectorAll('details').forEach(one => { one.open = true })")
    inside, outside = browser.execute_script(
        "const root = document.documentElement; return [root.scrollWidth, root.clientWidth]"
    )
    assert inside <= outside <= width
    # Clipped text would not widen the page.
    beyond = browser.execute_script(
        "return [...document.querySelectorAll('.text mark, .label, .legend label')]"
        ".filter(one => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1).length"
    )
    assert beyond == 0


def test_dark_and_light_differ(browser: Any, small_page: str) -> None:
    seen = []
    for dark in (False, True):
        browser.view(small_page, dark=dark)
        seen.append([style(browser, "body", "backgroundColor"), style(browser, ".f0 > mark", "backgroundColor")])
    assert seen[0][0] != seen[1][0]
    assert seen[0][1] != seen[1][1]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("chosen", ["pick-all", "pick-f0"])
def test_all_text_has_enough_contrast(browser: Any, small_page: str, dark: bool, chosen: str) -> None:
    browser.view(small_page, dark=dark)
    browser.execute_script("document.getElementById(arguments[0]).click()", chosen)
    worst = browser.lowest_contrast(TEXTS)
    assert worst["count"] > 100
    assert worst["ratio"] >= 4.5, worst


def test_each_frame_has_its_own_highlight(browser: Any, small_page: str) -> None:
    browser.view(small_page)
    colours = browser.execute_script(
        "return [...document.querySelectorAll('.frame .swatch')].map(one => getComputedStyle(one).backgroundColor)"
    )
    assert len(set(colours)) == len(colours) >= 10


def test_stances_differ_without_colour(browser: Any, small_page: str) -> None:
    browser.view(small_page)
    looks = set()
    for index, stance in enumerate(STANCES):
        assert stance in browser.execute_script(
            "return document.querySelector(arguments[0]).innerText", f".label.line-k{index}"
        )
        looks.add(style(browser, f".label.line-k{index}", "borderTopStyle"))
        assert style(browser, f".s u.line-k{index}", "textDecorationStyle") in looks
    assert looks == {"solid", "dashed", "dotted", "double"}


def test_keyboard_reaches_legend_and_sentences(browser: Any, small_page: str) -> None:
    browser.view(small_page)
    reached: list[str] = []
    for _ in range(60):
        browser.switch_to.active_element.send_keys(Keys.TAB)
        reached.append(
            browser.execute_script("const at = document.activeElement; return at.id || at.className || at.tagName")
        )
    assert reached[0] == "skip"
    assert reached.index("pick-all") < reached.index("hide-rest") < reached.index("labels")
    assert reached.count("labels") > 5
    at = "document.activeElement.closest('.s').querySelector('mark')"
    while browser.execute_script("return document.activeElement.className") != "labels":
        browser.switch_to.active_element.send_keys(Keys.TAB)
    assert browser.execute_script(f"return getComputedStyle({at}).outlineStyle") == "solid"


def test_arrow_keys_in_the_legend_dim_all_but_the_chosen(browser: Any, small_page: str) -> None:
    browser.view(small_page)
    chosen, other = "#d0-0 > mark", "#d0-1 > mark"
    before = style(browser, other, "backgroundColor")
    browser.execute_script("document.getElementById('pick-all').focus()")
    for _ in range(40):
        browser.switch_to.active_element.send_keys(Keys.ARROW_DOWN)
        if browser.execute_script("return document.activeElement.id") == "pick-f0":
            break
    assert browser.execute_script("return document.querySelector('#pick-f0').checked")
    assert style(browser, chosen, "backgroundColor") not in {before, "rgba(0, 0, 0, 0)"}
    assert style(browser, other, "backgroundColor") == "rgba(0, 0, 0, 0)"
    assert style(browser, "#d0-1 .labels", "display") == "none"


def test_a_second_frame_lends_its_colour_and_filling_when_chosen(browser: Any, small_page: str) -> None:
    browser.view(small_page)
    swatch = style(browser, ".legend .f5 .swatch", "backgroundColor")
    before = style(browser, "#d0-0 > mark", "backgroundColor")
    assert style(browser, "#d0-0 > mark", "backgroundImage") == "none"
    browser.execute_script("document.getElementById('pick-f5').click()")
    assert style(browser, "#d0-0 > mark", "backgroundColor") == swatch != before
    assert "gradient" in style(browser, "#d0-0 > mark", "backgroundImage")  # it is denied, so it is hatched


def test_the_rest_can_be_hidden(browser: Any, small_page: str) -> None:
    browser.view(small_page)
    shown = "return [...document.querySelectorAll('.block')].filter(one => one.checkVisibility()).length"
    everything = browser.execute_script(shown)
    browser.execute_script("document.getElementById('hide-rest').click()")
    assert browser.execute_script(shown) == everything
    browser.execute_script("document.getElementById('pick-f0k0').click()")
    assert 0 < browser.execute_script(shown) < everything / 3


def test_a_long_page_opens_at_once(browser: Any, long_page: str) -> None:
    # Processor time, so that other work on the machine does not count.
    browser.execute_cdp_cmd("Performance.enable", {"timeDomain": "threadTicks"})

    def spent() -> float:
        metrics = browser.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
        return next(float(metric["value"]) for metric in metrics if metric["name"] == "TaskDuration")

    opened = []
    for _ in range(3):
        browser.view("about:blank")
        before = spent()
        browser.get(long_page)
        opened.append(spent() - before)
    browser.execute_cdp_cmd("Performance.disable", {})
    # The goal is one second; a machine that does other work needs up to three times the processor time.
    assert 0 < min(opened) < 3


def test_a_link_to_a_late_sentence_leads_there(browser: Any, long_page: str) -> None:
    browser.view(f"{long_page}#d44-61")
    top, height = browser.execute_script(
        "return [document.getElementById('d44-61').getBoundingClientRect().top, innerHeight]"
    )
    assert 0 <= top < height


def test_print_keeps_highlights_and_drops_controls(browser: Any, small_page: str) -> None:
    browser.view(small_page, dark=True)
    dark_paper = style(browser, "body", "backgroundColor")
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        assert style(browser, "body", "backgroundColor") == "rgb(255, 255, 255)" != dark_paper
        assert style(browser, ".s > mark", "printColorAdjust") == "exact"
        assert style(browser, ".only", "display") == "none"
        assert style(browser, "article", "contentVisibility") == "visible"
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
