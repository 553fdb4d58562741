"""What a labelled corpus holds and how far its readers agree, as text for a terminal and as an HTML page with plots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..data.codebook import Codebook
from ..data.output import write_whole
from ..data.statistics import LONG, TENS, CorpusStatistics, PartStatistics
from .agreement import Agreement
from .figure import Figure
from .markdown import number
from .pages import page_environment

__all__ = ["agreement_text", "corpus_text", "write_corpus_page"]

#: Pairs of near-duplicates that are listed; the rest is counted.
_LISTED = 10

#: So many colours of bars are in the style sheet.
_TONES = 5


def corpus_text(
    statistics: CorpusStatistics, codebook: Codebook, leakage: Mapping[str, float | None] | None = None
) -> str:
    """Return the counts as lines of a terminal.

    Args:
        statistics: The counts.
        codebook: The codebook of the labels.
        leakage: What ``name_leakage`` found, where it was asked.
    """
    lines: list[str] = []
    for name, part in statistics.parts.items():
        lines += [f"{name}:", *(f"  {fact}" for fact in _facts(part)), "", *_grid(_label_rows(part, codebook)), ""]
    if statistics.missing:
        lines += [f"{statistics.missing} labels are not counted: their text is not at hand", ""]
    if statistics.balance:
        stance = codebook.stance_ids[0]
        lines += [f"{stance} by the weight of the publisher's side:", "", *_grid(_balance_rows(statistics)), ""]
    repetition = statistics.repetition
    lines.append(f"near-duplicates across events: {len(repetition.duplicates)}")
    lines += [f"  {pair.similarity:.2f}  {pair.first.id}  {pair.second.id}" for pair in repetition.duplicates[:_LISTED]]
    lines.append(f"framed sentences that share a skeleton: {repetition.skeletons}")
    lines.append(
        f"most frequent opening of a framed sentence: {repetition.opening!r} ({100 * repetition.opening_share:.1f} %)"
    )
    if leakage:
        lines += ["", "frames told by publisher and party names alone (AUC on other events; 0.5 is chance):", ""]
        lines += _grid([["frame", "AUC"], *([name, number(area)] for name, area in leakage.items())])
    return "\n".join(lines)


def agreement_text(found: Agreement, codebook: Codebook) -> str:
    """Return the agreement of readers as lines of a terminal."""
    overall = [["", "figure [95 % interval]", "of"]]
    overall += [[_NAMES[name], _interval(figure), str(figure.support)] for name, figure in found.overall.items()]
    frames = [["frame", "alpha", "frame F1", "pair F1", "labels"]]
    for frame in codebook.frame_ids:
        row = found.frames[frame]
        frames.append([frame, *(_interval(row[name]) for name in ("alpha", "f1", "pair_f1")), str(row["f1"].support)])
    stances = [["stance", "alpha, given the frame", "F1 of its pairs", "labels"]]
    for name, row in found.stances.items():
        stances.append([name, _interval(row["alpha"]), _interval(row["f1"]), str(row["f1"].support)])
    lines = [f"{found.sentences} sentences read by {' and '.join(found.readers)}; in dispute: {len(found.disputes)}"]
    for rows in (overall, frames, stances):
        lines += ["", *_grid(rows)]
    return "\n".join(lines)


def write_corpus_page(
    statistics: CorpusStatistics,
    codebook: Codebook,
    path: str | Path,
    leakage: Mapping[str, float | None] | None = None,
) -> None:
    """Write one HTML page with all counts as tables and plots. It needs no network and no script."""
    page = page_environment().get_template("corpus.html")
    content = page.render(
        title="What the corpus holds",
        parts=[
            {
                "name": name,
                "facts": _facts(part),
                "stances": [{"id": stance, "class": _tone(n)} for n, stance in enumerate(_stances(part, codebook))],
                "bars": _bars(part, codebook),
                "lengths": _lengths(part),
                "publishers": _top(part),
            }
            for name, part in statistics.parts.items()
        ],
        balance=_balance_rows(statistics)[1:] if statistics.balance else [],
        first_stance=codebook.stance_ids[0],
        repetition=statistics.repetition,
        leakage=[(name, number(area)) for name, area in (leakage or {}).items()],
        missing=statistics.missing,
        listed=_LISTED,
    )
    write_whole(Path(path), content)


_NAMES = {
    "pair_f1": "pair F1 (frame and stance)",
    "frame_f1": "frame F1",
    "primary_same": "same primary frame",
    "stance_same": "same stance, given the frame",
    "source_same": "same source words (or none), given the primary frame",
    "alpha_primary": "alpha of the primary frame",
    "alpha_stance": "alpha of the stance, given the frame",
    "alpha_source": "alpha of whether a source is named",
}


@dataclass(frozen=True)
class _Bar:
    """A frame with its counts by stance, each as a share of the longest bar."""

    title: str
    total: int
    primary: int
    pieces: Sequence[tuple[str, int, float, float]]  # class, count, start in %, width in %


def _bars(part: PartStatistics, codebook: Codebook) -> list[_Bar]:
    longest = max((sum(row.values()) for row in part.labels.values()), default=0) or 1
    bars = []
    for frame in codebook.frame_ids:
        begin, pieces = 0.0, []
        for index, stance in enumerate(_stances(part, codebook)):
            count = part.labels[frame].get(stance, 0)
            width = 100 * count / longest
            pieces.append((_tone(index), count, round(begin, 2), round(width, 2)))
            begin += width
        total = sum(part.labels[frame].values())
        bars.append(_Bar(codebook.frames[frame].title, total, part.primary[frame], pieces))
    return bars


def _stances(part: PartStatistics, codebook: Codebook) -> list[str]:
    """Return the columns: the stances of the codebook, and one for labels that carry none."""
    return list(dict.fromkeys([*codebook.stance_ids, *(stance for row in part.labels.values() for stance in row)]))


def _tone(index: int) -> str:
    return f"s{index % _TONES}"


def _lengths(part: PartStatistics) -> list[tuple[str, int, float]]:
    """Return the classes of lengths: their name, count, and width of the bar in percent of the longest."""
    most = max(part.lengths)
    return [
        (f"{TENS * number} to {TENS * number + TENS - 1}", count, round(100 * count / most, 2))
        for number, count in enumerate(part.lengths)
    ]


def _top(part: PartStatistics) -> list[tuple[str, int]]:
    return list(part.publishers.items())[:_LISTED]


def _facts(part: PartStatistics) -> list[str]:
    p10, median, p90, longest = part.words
    return [
        f"{part.sentences:,} sentences, {part.documents:,} documents, {part.events:,} events,"
        f" {len(part.publishers):,} publishers",
        f"{part.without_frame:,} without a frame ({_percent(part.without_frame, part.sentences)}),"
        f" {part.several:,} with two or more",
        f"{part.sourced:,} of {part.asked:,} framed sentences name a source ({_percent(part.sourced, part.asked)})"
        if part.asked
        else "nothing is said of sources",
        f"words a sentence: median {median}, eight of ten between {p10} and {p90}, at most {longest};"
        f" {part.long:,} sentences of {LONG} or more ({_percent(part.long, part.sentences)})",
        *_most(part),
    ]


def _most(part: PartStatistics) -> list[str]:
    """Return who published most, where publishers are named."""
    most = [f"{name} ({count:,})" for name, count in list(part.publishers.items())[:3]]
    return [f"most sentences: {'; '.join(most)}"] if most else []


def _label_rows(part: PartStatistics, codebook: Codebook) -> list[list[str]]:
    stances = _stances(part, codebook)
    rows = [["frame", *stances, "all", "primary"]]
    for frame in codebook.frame_ids:
        counts = part.labels[frame]
        rows.append(
            [frame, *(str(counts.get(s, 0)) for s in stances), str(sum(counts.values())), str(part.primary[frame])]
        )
    sums = [sum(part.labels[frame].get(stance, 0) for frame in codebook.frame_ids) for stance in stances]
    return [*rows, ["all", *map(str, sums), str(sum(sums)), str(sum(part.primary.values()))]]


def _balance_rows(statistics: CorpusStatistics) -> list[list[str]]:
    rows = [["frame", "stronger", "weaker", "of neither", "share of the stronger"]]
    for frame, row in statistics.balance.items():
        stronger, weaker = row["stronger"], row["weaker"]
        rows.append([frame, str(stronger), str(weaker), str(row["none"]), _percent(stronger, stronger + weaker)])
    return rows


def _grid(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return aligned columns: the first to the left, the others to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        first, *others = (
            cell.rjust(width) if number else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        lines.append("  " + "  ".join([first, *others]).rstrip())
    return lines


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "–"


def _interval(figure: Figure) -> str:
    if figure.value is None:
        return "–"
    if figure.low is None or figure.high is None:
        return f"{figure.value:.3f}"
    return f"{figure.value:.3f} [{figure.low:.2f}, {figure.high:.2f}]"
