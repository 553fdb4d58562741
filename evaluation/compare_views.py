"""The sections of a comparison as its templates show them: the contest, who says what, pairs, what is left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from .compare_facts import Facts, Telling, interval, read_figure, scale_of, share
from .figure import Figure
from .marking import Voice, lay_out
from .pages import number

__all__ = ["aligned", "contest", "left_out", "voices", "who"]

#: Stances that have a column each; with more, those after the second share one.
_COLUMNS = 4
#: Pairs of sentences on the page; the rest stands in the written figures.
_PAIRS = 120


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar and the whisker of its interval, in percent of the width from the left."""

    side: str
    left: float
    width: float
    whisker: tuple[float, float] | None = None


def contest(facts: Facts) -> dict[str, Any] | None:
    """Return the frames with a row for each telling: counts, shares, and the bars that show them."""
    everything: Sequence[Mapping[str, Any]] = facts.comparison["contest"]
    rows = [row for row in everything if set(facts.tellings) - set(row["absent_from"])]
    if not rows:
        return None
    stances = list(facts.stances())
    words = [stance["word"] for stance in stances]
    single = words if len(words) <= _COLUMNS else words[:2]
    ends: list[float] = []
    for row in rows:
        for cells in row["cells"].values():
            figures = {word: read_figure(cell["share"]) for word, cell in cells.items() if cell["count"]}
            ends += [figure.high or figure.value or 0 for word, figure in figures.items() if word in words[:2]]
            ends.append(sum(figures[word].value or 0 for word in words[2:] if word in figures) / 2)
    scale = scale_of(ends)
    return {
        "stances": [stance for stance in stances if stance["word"] in single],
        "together": len(words) - len(single),
        "first": stances[0],
        "second": stances[1] if len(stances) > 1 else None,
        "rest": stances[2:],
        "scale": f"{100 * scale:.0f} %",
        "quotes": any(cell.get("quoted") for row in rows for cells in row["cells"].values() for cell in cells.values()),
        "frames": [_frame(facts, row, words, single, scale) for row in rows],
        "nowhere": [facts.frame(row["frame"])["title"] for row in everything if row not in rows],
    }


def _frame(
    facts: Facts, row: Mapping[str, Any], words: Sequence[str], single: Sequence[str], scale: float
) -> dict[str, Any]:
    absent = facts.those(row["absent_from"])
    rows = []
    for telling in facts.tellings.values():
        cells = row["cells"].get(telling.id) or {}
        figures = {word: read_figure(cells[word]["share"]) for word in words if word in cells}
        counts = {word: int(cells[word]["count"]) for word in words if word in cells}
        quoted = {word: int(cells[word].get("quoted") or 0) for word in words if word in cells}
        cell = partial(_cell, facts, telling, row["frame"], counts, quoted, figures)
        rows.append(
            {
                "telling": telling,
                "absent": telling in absent,
                "bars": list(_bars({word: figures[word] for word in figures if counts[word]}, words, scale)),
                "cells": [cell(word) for word in single],
                "others": [cell(word) for word in words if word not in single and counts.get(word)],
            }
        )
    return facts.frame(row["frame"]) | {
        "distance": number(row["distance"], 2),
        "between": facts.those(row.get("between") or ()),
        "contested": bool(row["contested"]),
        # Where it is known, whether more than single sentences stand against each other.
        "firm": bool(row.get("firm", True)),
        "asserted": facts.those(row["asserted_by"]),
        "rejected": facts.those(row["rejected_by"]),
        "absent": absent,
        "rows": rows,
    }


def _cell(
    facts: Facts,
    telling: Telling,
    frame: str,
    counts: Mapping[str, int],
    quoted: Mapping[str, int],
    figures: Mapping[str, Figure],
    word: str,
) -> dict[str, Any]:
    figure = figures.get(word) or Figure(None, None, None, 0)
    return {
        "word": word,
        "count": counts.get(word, 0),
        "quoted": quoted.get(word, 0),
        "share": share(figure),
        "interval": interval(figure),
        "at_most": "" if figure.high is None else f"≤ {share(replace(figure, value=figure.high))}",
        "link": facts.first(telling.id, frame, word),
    }


def _bars(figures: Mapping[str, Figure], words: Sequence[str], scale: float) -> Iterator[Bar]:
    """Yield the bars of a row: the first stance to the right, the second to the left, the rest around the middle.

    What was not found once has no bar and no whisker; how high its share may still be stands in its cell.
    """
    # Where there is no second stance, nothing can stand on the left.
    middle, half = (50.0, 50.0) if len(words) > 1 else (0.0, 100.0)

    def along(value: float) -> float:
        return half * min(value / scale, 1.0)

    for word, side in zip(words, ("first", "second"), strict=False):
        figure = figures.get(word)
        if figure is None or figure.value is None:
            continue
        known = (figure.low, figure.high)
        low, high = (along(end if end is not None else figure.value) for end in known)
        ends = (middle + low, middle + high) if side == "first" else (middle - high, middle - low)
        whisker = (round(ends[0], 2), round(ends[1] - ends[0], 2)) if None not in known else None
        width = along(figure.value)
        yield Bar(side, round(middle if side == "first" else middle - width, 2), round(width, 2), whisker)
    rest = sum(figures[word].value or 0 for word in words[2:] if word in figures)
    if rest:
        width = min(2 * half, half * rest / scale)
        yield Bar("rest", round(middle - width / 2, 2), round(width, 2))


def who(facts: Facts) -> list[dict[str, Any]]:
    """Return, for each telling, its sources with the frames that they stand for, by stance."""
    tables = []
    for telling in facts.tellings.values():
        lines = [line for line in facts.comparison["who"] if line["telling"] == telling.id]
        by_source: dict[str | None, list[Mapping[str, Any]]] = {}
        for line in lines:
            by_source.setdefault(line["source"], []).append(line)
        sources = [_source(facts, name, found) for name, found in by_source.items()]
        # The text's own voice closes the table: it is no source that the text names.
        sources.sort(key=lambda source: (source["name"] is None, -source["count"]))
        if sources:
            tables.append({"telling": telling, "sources": sources})
    return tables


def _source(facts: Facts, name: str | None, lines: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    by_frame: dict[str, dict[str, list[Mapping[str, Any]]]] = {}
    for line in lines:
        by_frame.setdefault(line["frame"], {}).setdefault(line["stance"], []).append(line)
    frames = []
    for frame, found in by_frame.items():
        cells = [_said(facts, found.get(stance, [])) for stance in facts.codebook.stance_ids]
        frames.append(facts.frame(frame) | {"cells": cells, "count": sum(cell["count"] for cell in cells)})
    frames.sort(key=lambda row: -row["count"])
    resolved: dict[str, int] = {}
    for line in lines:
        if line.get("named"):
            resolved[line["named"]] = resolved.get(line["named"], 0) + int(line["count"])
    return {
        "name": name,
        "resolved": list(resolved.items()),
        "frames": frames,
        "count": sum(row["count"] for row in frames),
    }


def _said(facts: Facts, lines: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    places = sorted((str(doc), int(n)) for line in lines for doc, n in line["sentences"])
    links = (facts.link(lines[0]["telling"], doc, n) for doc, n in places)
    return {"count": sum(int(line["count"]) for line in lines), "link": next(filter(None, links), None)}


def voices(facts: Facts) -> None:
    """Write into the texts who speaks, for their margins: the source of the primary frame."""
    for line in facts.comparison["who"]:
        if not line["source"]:
            continue
        for doc, n in line["sentences"]:
            found = facts.find(line["telling"], doc, n)
            if found:
                found[0].voices[n] = Voice(str(line["source"]), line.get("named") or None)


def aligned(facts: Facts) -> dict[str, Any] | None:
    """Return pairs of sentences that stand near each other, best first, each pair once."""
    pairs: list[dict[str, Any]] = []
    seen = set()
    for pair in facts.comparison["aligned"]:
        first = (pair["telling"], pair["doc"], pair["n"])
        second = (pair["to"], pair["to_doc"], pair["to_n"])
        here, there = facts.find(*first), facts.find(*second)
        both = frozenset((first, second))
        if here is None or there is None or both in seen:
            continue
        seen.add(both)
        if len(pairs) == _PAIRS:
            continue
        sides = []
        for telling, (document, row) in ((pair["telling"], here), (pair["to"], there)):
            document.linked.add(row["n"])
            sides.append(
                {
                    "telling": facts.tellings[telling],
                    "row": lay_out(row, facts.legend, document.anchor_of(row["n"])),
                }
            )
        pairs.append(
            {"sides": sides, "similarity": number(pair["similarity"], 2), "relation": _relation(here[1], there[1])}
        )
    return {"pairs": pairs, "more": len(seen) - len(pairs)} if pairs else None


def _relation(first: Mapping[str, Any], second: Mapping[str, Any]) -> str:
    if first["abstained"] or second["abstained"]:
        return "unsure"
    if not first["frames"] or not second["frames"]:
        return "no frame in one of them"
    one, other = first["frames"][0], second["frames"][0]
    if one["frame"] != other["frame"]:
        return "another frame"
    return "same frame and stance" if one["stance"] == other["stance"] else "same frame, another stance"


def left_out(facts: Facts) -> list[dict[str, Any]]:
    """Return, for each telling, the frames that others take up and it never does."""
    tables = []
    for telling in facts.tellings.values():
        frames = [
            facts.frame(row["frame"])
            | {
                "told_by": facts.those(row["told_by"]),
                "sentences": int(row["sentences"]),
                "unsure": int(row.get("unsure") or 0),
            }
            for row in facts.comparison["left_out"]
            if row["telling"] == telling.id
        ]
        if frames:
            tables.append({"telling": telling, "frames": sorted(frames, key=lambda row: -row["sentences"])})
    return tables
