"""The audit as files: ``audit.json`` and ``audit.md``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..data.output import write_json, write_whole
from .audit import FLIPS, Audit, Flipped, NameSwaps, percent, signed
from .markdown import escaped, table
from .party_tests import MIN_SENTENCES

__all__ = ["audit_markdown", "bar_rows", "flip_rows", "write_audit"]

#: In the Markdown so many flipped sentences of each kind; all that are listed stand in the JSON.
_SHOWN = 10


def write_audit(folder: Path, audit: Audit) -> None:
    """Write the files into *folder*, which is made; each is complete or not there."""
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "audit.json", audit.to_dict())
    write_whole(folder / "audit.md", audit_markdown(audit))


def bar_rows(audit: Audit) -> list[list[str]]:
    """Return the bars as rows: what, limit, value, whether it holds."""
    return [[bar.name, bar.limit, bar.value, "holds" if bar.holds else "does not hold"] for bar in audit.bars()]


def flip_rows(audit: Audit) -> list[list[str]]:
    """Return the rate of flips of each change as rows: what, sentences, any flip, frames, stances."""
    entries = [(swap.title, swap.sentences, swap.flips) for swap in audit.swaps]
    entries += [(look.title, look.sentences, look.flips) for look in audit.looks]
    return [
        [title, f"{size:,}", *(percent(flips[name]) for name in ("any", "frames", "primary", "stances"))]
        for title, size, flips in entries
    ]


def audit_markdown(audit: Audit) -> str:
    """Return the audit as Markdown."""
    lines = [
        "# Neutrality audit",
        "",
        f"Model `{audit.model}` on {', '.join(map(escaped, audit.data))}.",
        "",
        "The same sentences with other names, and with other looks: how often does the answer change? A pair is a"
        " sentence and one changed form of it. Brackets hold 95 % intervals (bootstrap over events, or documents where"
        " events are unknown). A model that finds nothing never flips, so its accuracy stands beside.",
        "",
        *[f"Mind: {escaped(note)}.\n" for note in audit.notes()],
        "## Bars",
        "",
        _table(["", "limit", "measured", ""], bar_rows(audit)),
        "",
        "## Flips",
        "",
        _table(["change", "sentences", "any", "frames", "primary frame", "stances"], flip_rows(audit)),
        "",
        *[f"- *{name}*: {title}" for name, title in FLIPS.items() if name != "decisions"],
    ]
    for swap in audit.swaps:
        lines += ["", *_swap_lines(swap)]
    lines += ["", "## Examples of sentences whose looks matter", ""]
    for look in audit.looks:
        if look.examples:
            lines += [f"**{escaped(look.title)}**", "", *_flipped(look.examples), ""]
    return "\n".join(lines).rstrip() + "\n"


def _swap_lines(swap: NameSwaps) -> list[str]:
    accuracy = [
        [title, percent(swap.before[name]), percent(swap.after[name])]
        for name, title in (("pair_f1", "pair F1"), ("frame_micro_f1", "frame F1"))
    ]
    lines = [
        f"## {swap.title[0].upper()}{swap.title[1:]}",
        "",
        f"{swap.sentences:,} sentences of {swap.groups:,} events or documents, {swap.pairs:,} pairs."
        f" Decisions that differ, of all sentences × frames: {percent(swap.flips['decisions'])}.",
        "",
        _table(["accuracy", "names as they were", "names swapped"], accuracy),
        "",
        _table(["frame", "mean shift of the score"], [[name, signed(row)] for name, row in swap.shifts.items()]),
        "",
    ]
    if swap.parties:
        rows = [
            [
                test.party,
                test.frame,
                str(test.sentences),
                f"{test.shift:+.4f}",
                f"{test.p:.3f}",
                f"{test.p_adjusted:.3f}",
            ]
            for test in swap.parties
        ]
        lines.append(_table(["party", "frame", "sentences", "mean shift", "p", "p, corrected (Holm)"], rows))
    lines += [
        f"{swap.small_parties} parties are named in fewer than {MIN_SENTENCES} sentences, or in a single document; none"
        " of these is tested alone.",
        "",
        f"### Sentences that flipped, the farthest first ({min(len(swap.flipped), _SHOWN)} shown)",
        "",
        *_flipped(swap.flipped[:_SHOWN]),
    ]
    return lines


def _flipped(items: Sequence[Flipped]) -> list[str]:
    lines = []
    for item in items:
        before, after = (_labels(labels) for labels in (item.before, item.after))
        lines.append(f"- {escaped(item.id)}: {before} → {after}")
        if item.text is not None and item.swapped is not None:
            lines += [f"  - {escaped(item.text)}", f"  - {escaped(item.swapped)}"]
    return lines


def _labels(labels: Sequence[tuple[str, str, float]]) -> str:
    return ", ".join(f"{frame} ({stance}, {score:.2f})" for frame, stance, score in labels) or "no frame"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return table(header, [[escaped(cell) for cell in row] for row in rows])
