"""The legend: each frame and stance has a look of its own, and counts say how often it was found."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from helpers.readings import Page, Release, demo, render, small_codebook


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
