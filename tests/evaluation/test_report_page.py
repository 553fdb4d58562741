"""The report page: what it holds, what it leaves out, what it never shows."""

from __future__ import annotations

import copy
import json
import math
import re
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html
from typer.testing import CliRunner

from counterframe.cli_report import report
from counterframe.errors import InputError
from counterframe.evaluation.facts import figure_of
from counterframe.evaluation.pages import number, p_value, percent, signed
from counterframe.evaluation.plots import Axis
from counterframe.evaluation.report_page import FactsError, read_facts, render_report

# Tests are no packages, so what they share is looked for beside them.
sys.path.append(str(Path(__file__).parent))
from report_facts import HOSTILE, KINDS, report_facts

LIMIT = 3_000_000
#: What a value that nobody thought of would look like.
SLIPS = re.compile(r"\b(None|nan|NaN|inf|Undefined|True|False)\b")
SECTIONS = ["overall", "frames", "stances", "confusion", "calibration", "coverage", "slices", "against", "human"]
SECTIONS += ["audit", "errors", "documents"]
#: Sections, and the key without which each is not there.
OPTIONAL = {
    "frames": "frames",
    "stances": "stances",
    "confusion": "confusion",
    "calibration": "calibration",
    "coverage": "coverage",
    "slices": "slices",
    "against": "against",
    "human": "human",
    "audit": "audit",
    "errors": "errors",
    "documents": "passages",
}


def page_of(facts: dict[str, Any]) -> Any:
    return html.fromstring(render_report(facts))


def parts(page: Any) -> list[str]:
    return [str(name) for name in page.xpath("//section[@class='part']/@id")]


def words(page: Any) -> str:
    return " ".join(" ".join(page.xpath("//body//text()[not(ancestor::style)]")).split())


def check_whole(page: Any) -> None:
    """Every link and reference leads somewhere, ids are unique, and no slip shows."""
    ids = [str(name) for name in page.xpath("//@id")]
    assert len(ids) == len(set(ids))
    targets = {str(link).removeprefix("#") for link in page.xpath("//a/@href")}
    targets |= {name for one in page.xpath("//@aria-labelledby | //@aria-describedby") for name in str(one).split()}
    assert targets <= set(ids)
    assert all(str(link).startswith("#") for link in page.xpath("//a/@href"))
    assert not SLIPS.search(words(page)), SLIPS.search(words(page))


@pytest.fixture(scope="module")
def page() -> Any:
    return page_of(report_facts())


def test_every_section_is_there_and_in_the_contents(page: Any) -> None:
    assert parts(page) == SECTIONS
    assert page.xpath("//nav//a/@href") == [f"#{name}" for name in SECTIONS]
    check_whole(page)


@pytest.mark.parametrize("section", OPTIONAL)
def test_a_section_without_facts_is_left_out(section: str) -> None:
    for empty in (None, [] if OPTIONAL[section] in {"coverage", "errors", "passages"} else {}):
        facts = report_facts() | {OPTIONAL[section]: empty}
        page = page_of(facts)
        gone = {"errors", "documents"} if section == "errors" else {section}
        assert parts(page) == [name for name in SECTIONS if name not in gone]
        check_whole(page)


def test_the_least_that_a_report_can_hold() -> None:
    full = report_facts()
    page = page_of({name: full[name] for name in ("schema", "model", "sentences", "overall", "codebook")})
    assert parts(page) == ["overall"]
    check_whole(page)
    nothing = page_of({**{name: full[name] for name in ("schema", "model", "sentences", "codebook")}, "overall": {}})
    assert parts(nothing) == []
    assert "nothing to measure" in words(nothing)


def test_figures_stand_with_their_intervals(page: Any) -> None:
    facts = report_facts()
    rows = {
        row.xpath("string(th)"): [" ".join(cell.text_content().split()) for cell in row.xpath("td")]
        for row in page.xpath("//section[@id='overall']//tbody/tr")
    }
    for name, title in {"pair_f1": "pair F1 (frame and stance)", "frame_map": "frame average precision (mean)"}.items():
        held = [
            facts["overall"][name],
            facts["baselines"]["tf-idf"]["overall"][name],
            facts["baselines"]["majority"]["overall"][name],
        ]
        shown = [f"{one['value']:.3f} [{one['low']:.3f}, {one['high']:.3f}]" for one in held]
        assert rows[title][:3] == shown
    human = facts["human"]["overall"]["pair_f1"]
    assert rows["pair F1 (frame and stance)"][3].startswith(f"{human['value']:.3f}")
    assert rows["source F1, exact"][3] == "–not measured"  # readers are compared in another way


def test_confusion_is_shown_as_counts(page: Any) -> None:
    facts = report_facts()
    for part in ("frames", "stances"):
        table = page.xpath(f"//h3[@id='confusion-{part}']/following::table[1]")[0]
        counts = [[int(cell.text_content()) for cell in row.xpath("td")][:-1] for row in table.xpath("tbody/tr")]
        assert counts == facts["confusion"][part]["counts"]
        assert len(table.xpath("thead//th")) == len(counts) + 2


def test_each_error_leads_to_its_place_and_back(page: Any) -> None:
    cases = page.xpath("//section[@id='errors']//ol/li")
    assert len(cases) == 3 * len(KINDS)
    for case in cases:
        (link,) = case.xpath(".//a[text()='in its document']/@href")
        (place,) = page.xpath(f"//*[@id='{link[1:]}']")
        assert place.tag == "mark"
        assert place.text_content() == case.xpath("string(p[contains(@class, 'case')])")
        assert place.xpath(f"following-sibling::a[1][@href='#{case.get('id')}']")
        assert place.xpath("string(ancestor::article//h3)") in case.xpath("string(p[@class='meta'])")


def test_an_error_whose_place_is_not_given_has_no_link() -> None:
    facts = report_facts()
    facts["passages"] = facts["passages"][1:]
    page = page_of(facts)
    check_whole(page)
    assert len(page.xpath("//a[text()='in its document']")) == 3 * len(KINDS) - 1


def test_evidence_is_underlined_where_it_stands(page: Any) -> None:
    facts = report_facts()
    case = facts["errors"][2]["listed"][0]
    (shown,) = page.xpath("//li[@id='error-2-0']/p[contains(@class, 'case')]")
    assert shown.text_content() == case["text"]
    first = "".join(shown.xpath(".//u[contains(@class, 'deep-0')]//text()"))
    assert first == "".join(case["text"][start:end] for start, end in case["predicted"][0]["evidence"])


@given(
    st.text(max_size=40),
    st.lists(st.lists(st.tuples(st.integers(-3, 60), st.integers(-3, 60)).map(list), max_size=4), max_size=3),
)
@settings(max_examples=40)
def test_no_text_and_no_span_breaks_a_sentence(text: str, spans: list[list[list[int]]]) -> None:
    facts = report_facts(errors=1)
    case = facts["errors"][1]["listed"][0]
    predicted = [case["predicted"][0] | {"evidence": evidence} for evidence in spans]
    case |= {"text": text, "doc": text, "predicted": predicted, "gold_source": text}
    facts["slices"]["publisher"][0]["value"] = text
    shown = page_of(facts).xpath("//li[@id='error-1-0']/p[1]")[0].text_content()
    unprintable = {*range(9), 0x0B, *range(0x0E, 0x20), 0x7F}
    expected = "".join("\ufffd" if ord(letter) in unprintable else letter for letter in text)
    # HTML has one kind of line break.
    assert shown == expected.replace("\r\n", "\n").replace("\r", "\n")


def test_hostile_text_is_text_wherever_it_comes_from() -> None:
    facts = report_facts(frames={"a": HOSTILE, "b": "B"}, stances=[HOSTILE, "no"])
    facts |= {"model": HOSTILE, "data": [HOSTILE] * 5, "warnings": [HOSTILE] * 5, "interval": HOSTILE}
    facts["codebook"] |= {"name": HOSTILE, "language": '"><script>'}
    facts["against"]["other"] = HOSTILE
    facts["human"]["readers"] = [HOSTILE]
    facts["baselines"][HOSTILE] = facts["baselines"]["majority"]
    facts["slices"][HOSTILE] = facts["slices"]["length"]
    facts["audit"]["warnings"] = [HOSTILE]
    facts["audit"]["swaps"][0] |= {"title": HOSTILE, "kind": HOSTILE}
    facts["audit"]["swaps"][0]["parties"][0] |= {"party": HOSTILE, "event": HOSTILE}
    facts["audit"]["robustness"][0]["title"] = HOSTILE
    facts["audit"]["bars"][0] |= dict.fromkeys(("name", "limit", "value"), HOSTILE)
    for kind in facts["errors"]:
        kind["title"] = HOSTILE
        for case in kind["listed"]:
            case |= {"gold_source": HOSTILE, "source": HOSTILE}
    facts["passages"][0]["doc"] = facts["errors"][0]["listed"][0]["doc"] = HOSTILE
    page = page_of(facts)
    assert page.xpath("//script | //img | //iframe | //form | //@onerror") == []
    assert words(page).count(HOSTILE) > 40
    check_whole(page)


def test_nothing_is_fetched_and_nothing_runs(page: Any) -> None:
    text = render_report(report_facts())
    assert page.xpath("//script | //link[@rel='stylesheet'] | //img | //*[@src]") == []
    (policy,) = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert "default-src 'none'" in policy
    assert "url(" not in text
    assert "@import" not in text


def test_without_texts_ids_stand_in_their_place() -> None:
    with_texts, facts = report_facts(), report_facts(texts=False)
    page = page_of(facts)
    check_whole(page)
    assert parts(page) == SECTIONS
    shown = words(page)
    assert "may not be passed on" in shown
    assert "missed-00/2" in shown
    assert "characters 304 to 324" in shown
    for kind in with_texts["errors"]:
        for case in kind["listed"]:
            assert case["text"] not in shown
    assert "may not be passed on" not in words(page_of(with_texts))


@pytest.mark.parametrize("frames", [{"only": "The only frame"}, {str(n): f"Frame {n}" for n in range(40)}])
@pytest.mark.parametrize("stances", [["only"], ["yes", "no"], [f"stance {n}" for n in range(7)]])
def test_any_codebook(frames: dict[str, str], stances: list[str]) -> None:
    page = page_of(report_facts(frames=frames, stances=stances))
    check_whole(page)
    rows = page.xpath("//section[@id='frames']//tbody/tr/th/text()")
    assert [str(row) for row in rows] == list(frames.values())
    # Of a single stance nothing can be said.
    single = len(stances) == 1
    assert ("stances" in parts(page)) is not single
    assert ("pair F1" in words(page)) is not single


def _emptied(value: Any, empty: Any) -> Any:
    """Return facts in which every figure is *empty* and the rest is as it was."""
    if isinstance(value, dict):
        if {"value", "low", "high"} <= set(value):
            return value | dict.fromkeys(("value", "low", "high"), empty)
        return {name: _emptied(one, empty) for name, one in value.items()}
    return [_emptied(one, empty) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("empty", [None, math.nan, math.inf])
def test_figures_may_be_missing(empty: float | None) -> None:
    facts = _emptied(report_facts(), empty)
    page = page_of(facts)
    check_whole(page)
    assert parts(page) == ["confusion", "calibration", "audit", "errors", "documents"]


@pytest.mark.parametrize("name", ["value", "low", "support"])
def test_parts_of_figures_may_be_missing(name: str) -> None:
    def without(value: Any) -> Any:
        if isinstance(value, dict):
            dropped = name if {"value", "low", "high"} <= set(value) else ""
            return {key: without(one) for key, one in value.items() if key != dropped}
        return [without(one) for one in value] if isinstance(value, list) else value

    check_whole(page_of(without(report_facts())))


def test_warnings_that_have_no_room_are_folded() -> None:
    for warnings, shown in ((["a"] * 5, 3), (["b" * 500, "c"], 1), (["d" * 100] * 3, 2), ([], 0)):
        page = page_of(report_facts() | {"warnings": warnings})
        seen = [one.text_content() for one in page.xpath("//div[@class='mind']/ul/li")]
        folded = [one.text_content() for one in page.xpath("//div[@class='mind']/details//li")]
        assert (seen + folded, len(seen)) == (warnings, shown)


def test_sentences_without_a_frame_are_called_so(page: Any) -> None:
    table = page.xpath("//h3[@id='slice-0']/following::table[1]")[0]
    assert table.xpath("string(tbody/tr[last()]/th)") == "no frame"


def test_few_groups_are_marked_in_words(page: Any) -> None:
    facts = report_facts()
    table = page.xpath("//h3[@id='slice-1']/following::table[1]")[0]
    for row, raw in zip(table.xpath("tbody/tr"), facts["slices"]["publisher"], strict=True):
        assert ("few" in row.xpath("string(td[2])")) is (raw["groups"] < 30)


def test_a_worst_case_stays_small() -> None:
    frames = {f"frame_{number}": f"A frame with the longish title number {number}" for number in range(40)}
    facts = report_facts(frames=frames, slices=500, errors=20, long=12, context=40)
    text = render_report(facts)
    assert len(json.dumps(facts)) > 4_000_000
    assert len(text.encode()) < LIMIT
    page = html.fromstring(text)
    check_whole(page)
    assert "not shown" in words(page)
    assert len(page.xpath("//a[text()='in its document']")) == 20 * len(KINDS)


def test_texts_full_of_mark_up_stay_small() -> None:
    facts = report_facts(errors=20)
    for raw in facts["passages"]:
        for row in raw["sentences"]:
            row["text"] = '"' * 4000
    for kind in facts["errors"]:
        for case in kind["listed"]:
            case["text"] = '"' * 4000
    assert len(render_report(facts).encode()) < LIMIT


def test_a_long_slice_is_folded_and_its_largest_rows_are_shown() -> None:
    page = page_of(report_facts(slices=500))
    (table,) = page.xpath("//h3[@id='slice-3']/following::details[1]//table")
    assert len(table.xpath("tbody/tr")) == 200
    assert "300 more stand in metrics.json" in table.xpath("string(caption)")
    sizes = [int(row.xpath("string(td[1])")) for row in table.xpath("tbody/tr")]
    given = sorted((row["sentences"] for row in report_facts(slices=500)["slices"]["event"]), reverse=True)
    assert sizes == given[:200]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"schema": "counterframe-metrics/1"}, "schema"),
        ({"schema": None}, "schema"),
        ({"model": None}, "model"),
        ({"overall": []}, "overall"),
        ({"codebook": {}}, "codebook"),
        ({"sentences": "many"}, "sentences"),
        ({"slices": []}, "slices"),
        ({"errors": {}}, "errors"),
    ],
)
def test_other_facts_are_refused_by_name(change: dict[str, Any], field: str) -> None:
    with pytest.raises(ValueError, match=field) as raised:
        render_report(report_facts() | change)
    assert isinstance(raised.value, InputError)


def test_facts_are_not_changed() -> None:
    facts = report_facts()
    before = copy.deepcopy(facts)
    render_report(facts)
    assert facts == before


def test_tables_and_headings_can_be_heard(page: Any) -> None:
    for table in page.xpath("//table"):
        assert table.xpath("string(caption)").strip()
        assert table.xpath("thead//th[@scope='col']")
        assert len(table.xpath("tbody/tr")) == len(table.xpath("tbody/tr/th[@scope='row']")) > 0
        widths = {len(row.xpath("th | td")) for row in table.xpath(".//tr")}
        assert len(widths) == 1
    levels = [int(one.tag[1]) for one in page.xpath("//h1 | //h2 | //h3 | //h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    for region in page.xpath("//*[@role='region']"):
        assert region.get("aria-label")
        assert region.get("tabindex") == "0"


def test_plots_have_a_title_a_description_and_axes(page: Any) -> None:
    plots = page.xpath("//figure//svg[@role='img']")
    assert len(plots) == 13
    for plot in plots:
        assert len(plot.xpath("string(title)")) > 5
        assert len(plot.xpath("string(desc)")) > 20
        assert len(plot.xpath(".//text[@class='tick']")) >= 5
        assert all(str(text).strip() for text in plot.xpath(".//text[contains(@class, 'axis')]//text()"))


@given(st.floats(-5, 5), st.lists(st.floats(-5, 5), max_size=5))
def test_an_axis_around_zero_has_room_for_all(value: float, others: list[float]) -> None:
    axis = Axis.around_zero("x", [value, *others], 0.01)
    assert axis.at(0) == 50
    assert axis.low <= value <= axis.high
    labels = [text for _, text in axis.ticks]
    assert len(set(labels)) == len(labels) == 5
    for place, text in axis.ticks:
        assert axis.at(float(text.replace("\N{MINUS SIGN}", "-"))) == pytest.approx(place, abs=0.01)


@given(st.floats(0, 1))
def test_an_axis_of_shares_begins_below_its_least(value: float) -> None:
    axis = Axis.share("x", value)
    assert axis.low <= value
    assert axis.ticks[0][0] == 0
    assert axis.ticks[-1] == (100, "1.0")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"slices": {"publisher": ["x"]}}, "slices.publisher"),
        ({"coverage": ["x"]}, "coverage"),
        ({"audit": {"bars": ["x"]}}, "audit.bars"),
        ({"audit": {"swaps": [{"flipped": ["x"]}]}}, "audit.swaps.flipped"),
        ({"passages": [{"sentences": ["x"]}]}, "passages.sentences"),
        (
            {"errors": [{"count": 1, "listed": [{"text": "Words.", "predicted": [{"evidence": [["a", 1]]}]}]}]},
            "errors.listed.predicted.evidence",
        ),
    ],
)
def test_what_a_list_should_not_hold_is_named(change: dict[str, Any], field: str) -> None:
    with pytest.raises(FactsError) as caught:
        render_report(report_facts() | change)
    assert caught.value.field == field


def test_numbers_for_people() -> None:
    assert [number(-0.0004), number(-0.5, 2), number(None)] == ["0.000", "−0.50", "–"]
    assert [signed(0.0123), signed(-0.0123), signed(0.0001)] == ["+0.012", "−0.012", "0.000"]
    assert [percent(0.0213), percent(None), percent(1.0, 0)] == ["2.1 %", "–", "100 %"]
    assert [p_value(0.0), p_value(0.04), p_value(None)] == ["<0.001", "0.040", "–"]
    assert figure_of({"value": True, "low": math.inf, "high": 1}).value is None
    assert figure_of({"value": 0.0, "low": 0.0, "high": 0.0, "support": 0}).value is None
    assert figure_of({"value": 0.0, "low": 0.0, "high": 0.0, "support": 3}).value == 0


def test_the_command_draws_the_page_of_a_file(tmp_path: Path) -> None:
    app = typer.Typer()
    app.command()(report)
    metrics, out = tmp_path / "metrics.json", tmp_path / "page.html"
    metrics.write_text(json.dumps(report_facts()), encoding="utf-8")
    done = CliRunner().invoke(app, [str(metrics), "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert out.read_text(encoding="utf-8") == render_report(report_facts())
    for content, problem in (("{", "no JSON"), ("[]", "no JSON object"), ("{}", "schema")):
        metrics.write_text(content, encoding="utf-8")
        failed = CliRunner().invoke(app, [str(metrics), "--out", str(out)])
        assert isinstance(failed.exception, FactsError)
        assert problem in str(failed.exception)
    with pytest.raises(FileNotFoundError):
        read_facts(tmp_path / "missing.json")
