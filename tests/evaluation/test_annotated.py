"""The annotated reading: one safe page, written only from results that can be shown."""

from __future__ import annotations

import io
import re
import weakref
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from helpers.readings import Page, Release, demo, one, render

from counterframe.data.codebook import load_codebook
from counterframe.errors import CodebookError, InputError
from counterframe.evaluation.annotated import write_annotated_page


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


def test_no_result_is_a_page_that_says_so() -> None:
    assert "There is nothing to read" in render([])


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


def test_one_document_is_held_at_a_time_where_results_can_be_asked_for_again() -> None:
    class Row(dict[str, Any]):
        """Can be told when nobody holds it any more."""

        __hash__ = object.__hash__

    alive: weakref.WeakSet[Row] = weakref.WeakSet()
    most = 0

    def results() -> Iterator[Row]:
        nonlocal most
        for copy in range(30):
            for row in demo():
                made = Row(row | {"doc": f"{row['doc']}-{copy}"})
                alive.add(made)
                most = max(most, len(alive))
                yield made

    handle = io.StringIO()
    write_annotated_page(results, handle, codebook=load_codebook())
    again = [row | {"doc": f"{row['doc']}-{copy}"} for copy in range(30) for row in demo()]
    assert handle.getvalue() == render(again)
    longest = max(Counter(row["doc"] for row in again).values())
    assert most <= 3 * longest < len(again) / 10
