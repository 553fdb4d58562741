"""The sections of a comparison: figures as bars, sources, pairs and charts, each true to what it is made of."""

from __future__ import annotations

import copy
import re

import pytest
from helpers.comparing import comparison, figure, many, two_sides
from helpers.pages import check, tags, words
from helpers.readings import Release, small_codebook

from counterframe.evaluation.compare_facts import Facts
from counterframe.evaluation.compare_page import comparison_page
from counterframe.evaluation.compare_time import over_time
from counterframe.evaluation.compare_views import aligned, contest, left_out, who

PERIODS = [f"2031-{month:02}" for month in range(1, 7)]


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
