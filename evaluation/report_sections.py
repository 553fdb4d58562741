"""What the sections of the report page show of the figures: tables, plots, slices."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .bootstrap import FEW_GROUPS
from .facts import Facts, figure_of, finite, rows_of, with_interval
from .figure import Figure
from .pages import number, signed
from .plots import Axis, IntervalPlot, Mark, Row, Series
from .titles import HEADLINES, HUMAN_OF, HUMAN_TITLES, LABEL_TITLES, MEANINGS, SLICE_TITLES, TITLES

__all__ = ["Section", "against", "frames", "headline", "human", "overall", "slices", "stances"]

#: Rows of a slice that are shown; the rest stands in metrics.json.
_ROWS_SHOWN = 200
#: A longer slice is folded.
_FOLDED = 12
#: Baselines of which the plots show a mark.
_BASELINES = 2


@dataclass(frozen=True)
class Section:
    """A section of the page: its anchor, its heading, its template, and what the template shows."""

    id: str
    title: str
    content: Mapping[str, Any]

    @property
    def template(self) -> str:
        """Name of the template."""
        return f"report/{self.id}.html"


def headline(facts: Facts) -> IntervalPlot | None:
    """Return the plot of the overview: a handful of figures beside the baselines and two readers."""
    figures = facts.overall(facts.part("overall"))
    agreed = facts.part("human").get("overall") or {}
    names = [name for name in HEADLINES if name in figures and figures[name].value is not None]
    names = names or [name for name in TITLES if name in figures and figures[name].value is not None][:5]
    if not names:
        return None
    model, *others = _series(facts, facts.baselines)
    readers = Series("two readers with each other", _BASELINES + 1)
    axis = Axis.share("0 is the worst, 1 the best value")
    rows, said = [], []
    for name in names:
        found = [(model, figures[name])]
        found += [(one, figure_of((facts.baselines[one.name].get("overall") or {}).get(name))) for one in others]
        found.append((readers, figure_of(agreed.get(HUMAN_OF.get(name, "")))))
        title = HEADLINES.get(name) or TITLES.get(name, name)
        rows.append(_row(title, found, axis))
        said.append(f"{title}: {_said(found)}")
    shown = [model, *others, *([readers] if agreed else [])]
    about = f"{'. '.join(said)}. All figures stand in the table of the section after the overview."
    return IntervalPlot("plot-headline", "The main figures", about, axis, shown, rows)


def overall(facts: Facts) -> Section | None:
    """Return the table of all overall figures."""
    figures = facts.overall(facts.part("overall"))
    agreed = facts.part("human").get("overall") or {}
    others = list(facts.baselines)
    rows = [
        {
            "title": TITLES.get(name, name),
            "model": figure,
            "others": [figure_of((facts.baselines[one].get("overall") or {}).get(name)) for one in others],
            "human": figure_of(agreed.get(HUMAN_OF.get(name, ""))),
            "meaning": MEANINGS.get(name, ""),
        }
        for name, figure in figures.items()
        if figure.value is not None
    ]
    if not rows:
        return None
    content = {"rows": rows, "others": others, "human": bool(agreed), "interval": str(facts.raw.get("interval") or "")}
    return Section("overall", "All figures", content)


def frames(facts: Facts) -> Section | None:
    """Return the figures by frame."""
    about = "F1 of each frame, beside the baselines"
    return _by_label(facts, "frames", "Frames", about, facts.frame_title, list(LABEL_TITLES))


def stances(facts: Facts) -> Section | None:
    """Return the figures by stance, where there is more than one."""
    if len(facts.stances) < 2:
        return None
    about = "F1 of each stance, given the frame, beside the baselines"
    return _by_label(facts, "stances", "Stances, given the frame", about, str, ["precision", "recall", "f1"])


def _by_label(
    facts: Facts, part: str, title: str, about: str, titled: Callable[[str], str], names: Sequence[str]
) -> Section | None:
    held = facts.part(part)
    table: list[dict[str, Any]] = [
        {"title": titled(label), "figures": rows_of(row, names)} for label, row in held.items()
    ]
    shown = [name for name in names if any(row["figures"][name].value is not None for row in table)]
    if len(facts.stances) < 2 and "pair_f1" in shown:
        shown.remove("pair_f1")
    if not shown:
        return None
    for row in table:
        row["support"] = row["figures"]["f1"].support
    model, *others = _series(facts, facts.baselines)
    axis = Axis.share("F1")
    plotted = []
    for label, row in zip(held, table, strict=True):
        found = [(model, row["figures"]["f1"])]
        for one in others:
            theirs = (facts.baselines[one.name].get(part) or {}).get(label) or {}
            found.append((one, figure_of(theirs.get("f1"))))
        plotted.append(_row(row["title"], found, axis))
    said = ", ".join(f"{row['title']} {number(row['figures']['f1'].value, 2)}" for row in table)
    plot = IntervalPlot(
        f"plot-{part}", about, f"{said}. The table below has all numbers.", axis, [model, *others], plotted
    )
    return Section(
        part, title, {"plot": plot, "rows": table, "columns": [(name, LABEL_TITLES[name]) for name in shown]}
    )


def slices(facts: Facts) -> Section | None:
    """Return one table and plot for each column by which the data is cut."""
    tables = []
    for index, (column, given) in enumerate(facts.part("slices").items()):
        names = [name for name in HEADLINES if any(_sliced(row, name).value is not None for row in given)]
        names = [name for name in names if name in facts.overall(dict.fromkeys(HEADLINES))]
        if not given or not names:
            continue
        most = sorted(given, key=lambda row: -int(finite(row.get("sentences")) or 0))
        # Few rows stay in their order, which may mean something (lengths); of many the largest are shown.
        shown = given if len(given) <= _ROWS_SHOWN else most[:_ROWS_SHOWN]
        rows = [
            {
                "value": _value(facts, column, str(row.get("value", ""))),
                "sentences": int(finite(row.get("sentences")) or 0),
                "groups": int(finite(row.get("groups")) or 0),
                "few": int(finite(row.get("groups")) or 0) < FEW_GROUPS,
                "figures": [_sliced(row, name) for name in names],
            }
            for row in shown
        ]
        plotted = "pair_f1" if "pair_f1" in names else names[0]
        tables.append(
            {
                "id": f"slice-{index}",
                "title": SLICE_TITLES.get(column, f"By {column}"),
                "column": column,
                "names": [TITLES[name] for name in names],
                "rows": rows,
                "few": any(row["few"] for row in rows),
                "left": len(given) - len(rows),
                "folded": len(rows) > _FOLDED,
                "plot": _slice_plot(facts, index, column, plotted, rows, names.index(plotted)),
            }
        )
    return Section("slices", "Parts of the data", {"tables": tables, "least": FEW_GROUPS}) if tables else None


def _value(facts: Facts, column: str, value: str) -> str:
    """Return what a part is called; sentences without a frame have no stance."""
    return "no frame" if column == "stance" and value == "none" and value not in facts.stances else value


def _slice_plot(
    facts: Facts, index: int, column: str, name: str, rows: Sequence[Mapping[str, Any]], place: int
) -> IntervalPlot | None:
    if not 1 < len(rows) <= 2 * _FOLDED:
        return None
    axis, model = Axis.share(TITLES[name]), Series(facts.raw["model"], 0)
    plotted = [_row(row["value"] or "(empty)", [(model, row["figures"][place])], axis) for row in rows]
    said = ", ".join(f"{row['value']} {number(row['figures'][place].value, 2)}" for row in rows)
    whole = figure_of(facts.part("overall").get(name)).value
    about = f"{said}. The table below has all numbers."
    title = f"{TITLES[name]}, {SLICE_TITLES.get(column, f'By {column}').lower()}"
    zero = None if whole is None else axis.at(whole)
    title += "; the line marks all sentences" if zero is not None else ""
    return IntervalPlot(f"plot-slice-{index}", title, about, axis, [], plotted, zero=zero)


def _sliced(row: Mapping[str, Any], name: str) -> Figure:
    return figure_of((row.get("figures") or {}).get(name))


def against(facts: Facts) -> Section | None:
    """Return the differences between this model and another."""
    held = facts.part("against")
    given = held.get("differences") or {}
    differences = {name: figure for name, figure in facts.overall(given).items() if figure.value is not None}
    if not differences:
        return None
    ends = [end for figure in differences.values() for end in (figure.value, figure.low, figure.high)]
    other = str(held.get("other") or "the other model")
    axis = Axis.around_zero("difference", ends, 0.01)
    series = Series("difference", 0)
    rows: list[dict[str, Any]] = [
        {"title": TITLES.get(name, name), "figure": figure, "p": finite(given[name].get("p"))}
        for name, figure in differences.items()
    ]
    plotted = [Row(row["title"], signed(row["figure"].value), _marks([(series, row["figure"])], axis)) for row in rows]
    said = ", ".join(f"{row['title']} {signed(row['figure'].value)}" for row in rows)
    title = "Difference between this model and the other; above zero this one is better"
    plot = IntervalPlot(
        "plot-against", title, f"{said}. The table below has all numbers.", axis, [], plotted, zero=axis.at(0)
    )
    return Section("against", "Compared with another model", {"other": other, "plot": plot, "rows": rows})


def human(facts: Facts) -> Section | None:
    """Return how far two readers agree."""
    held = facts.part("human")
    rows: list[dict[str, Any]] = [
        {"title": HUMAN_TITLES.get(name, name), "figure": figure_of(raw)}
        for name, raw in (held.get("overall") or {}).items()
        if len(facts.stances) > 1 or name not in {"pair_f1", "stance_same"}
    ]
    rows = [row for row in rows if row["figure"].value is not None]
    if not rows:
        return None
    content = {
        "rows": rows,
        "readers": [str(name) for name in held.get("readers") or ()],
        "sentences": int(finite(held.get("sentences")) or 0),
        "groups": int(finite(held.get("groups")) or 0),
    }
    return Section("human", "Agreement of readers", content)


def _series(facts: Facts, baselines: Iterable[str]) -> list[Series]:
    names = [facts.raw["model"], *list(baselines)[:_BASELINES]]
    return [Series(name, index) for index, name in enumerate(names)]


def _row(title: str, found: Sequence[tuple[Series, Figure]], axis: Axis) -> Row:
    return Row(title, with_interval(found[0][1]), _marks(found, axis))


def _marks(found: Sequence[tuple[Series, Figure]], axis: Axis) -> list[Mark]:
    """Return the marks of a row, the model's last and with its interval; the others are points of reference."""
    marks = []
    for series, figure in reversed(found):
        plain = Figure(figure.value, None, None, figure.support) if series.index else figure
        mark = Mark.of(series, plain, axis)
        if mark is not None:
            marks.append(mark)
    return marks


def _said(found: Sequence[tuple[Series, Figure]]) -> str:
    first, *others = [(series.name, figure) for series, figure in found if figure.value is not None]
    low, high = first[1].low, first[1].high
    span = "" if low is None else f", 95 % interval {number(low, 2)} to {number(high, 2)}"
    return f"{number(first[1].value, 2)}{span}" + "".join(
        f"; {name} {number(figure.value, 2)}" for name, figure in others
    )
