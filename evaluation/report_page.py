"""The evaluation as one HTML page that needs no network and no script: what a researcher attaches to a paper."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import accumulate
from pathlib import Path
from typing import Any

from ..data.output import write_whole
from .facts import Facts, FactsError, finite
from .pages import page_environment
from .report_audit import audit
from .report_errors import errors_and_documents
from .report_judgement import calibration, confusion, coverage
from .report_sections import Section, against, frames, headline, human, overall, slices, stances

__all__ = ["FactsError", "read_facts", "render_report", "write_report"]

#: Files of data that are named in the overview, and letters of a name.
_FILES_SHOWN = 3
#: Warnings that the first screen has room for, and their letters; the rest is folded.
_WARNINGS_SHOWN, _WARNING_LETTERS = 3, 200


def render_report(facts: Mapping[str, Any]) -> str:
    """Return the page of an evaluation. Sections for which there are no facts are left out.

    Args:
        facts: The object of ``metrics.json``.

    Raises:
        FactsError: The facts are of another schema, or lack what a report must hold.
    """
    held = Facts.of(facts)
    found = [
        overall(held),
        frames(held),
        stances(held),
        confusion(held),
        calibration(held),
        coverage(held),
        slices(held),
        against(held),
        human(held),
        audit(held),
        *errors_and_documents(held),
    ]
    sections = [section for section in found if section is not None]
    template = page_environment().get_template("report.html")
    return template.render(
        title="Evaluation report",
        facts=held,
        about=_about(held),
        plot=headline(held),
        sections=sections,
        bars=_bars(held),
        warnings=_warnings(held),
        without=_without_text(sections),
    )


def read_facts(path: str | Path) -> dict[str, Any]:
    """Return the object of a ``metrics.json``.

    Raises:
        FactsError: It is no JSON object.
    """
    try:
        facts = json.loads(Path(path).read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise FactsError(f"is no JSON: {error}; give the metrics.json of an evaluation", path=path) from error
    if not isinstance(facts, dict):
        raise FactsError("holds no JSON object; give the metrics.json of an evaluation", path=path)
    return facts


def write_report(facts: Mapping[str, Any], path: str | Path) -> None:
    """Write the page of an evaluation to *path*, complete or not at all.

    Raises:
        FactsError: The facts are of another schema, or lack what a report must hold.
        UsageError: The file cannot be written.
    """
    write_whole(Path(path), render_report(facts))


def _about(facts: Facts) -> dict[str, Any]:
    """Return what was measured on what."""
    book, raw = facts.part("codebook"), facts.raw
    counts = {"sentences": raw["sentences"], "documents": raw.get("documents"), "events": raw.get("groups")}
    if counts["events"] == counts["documents"]:  # events are unknown, or each document tells of its own
        del counts["events"]
    files = [str(name) for name in facts.listed("data")]
    return {
        "model": raw["model"],
        "files": files[:_FILES_SHOWN],
        "files_left": max(0, len(files) - _FILES_SHOWN),
        "codebook": str(book.get("name") or ""),
        "version": str(book.get("version") or ""),
        "counts": [(name, int(value)) for name, value in counts.items() if finite(value) is not None],
        "frames": len(facts.frames),
        "stances": len(facts.stances),
    }


def _bars(facts: Facts) -> tuple[int, int]:
    """Return how many bars of the audit hold, and how many there are."""
    bars = facts.part("audit").get("bars") or ()
    return sum(bool(bar.get("holds")) for bar in bars), len(bars)


def _warnings(facts: Facts) -> tuple[list[str], list[str]]:
    """Return the warnings that are shown and those that are folded."""
    notes = [str(note) for note in facts.listed("warnings")]
    lengths = list(accumulate(map(len, notes)))
    shown = max(1, sum(length <= _WARNING_LETTERS for length in lengths[:_WARNINGS_SHOWN]))
    return notes[:shown], notes[shown:]


def _without_text(sections: list[Section]) -> bool:
    return any(section.content.get("without") for section in sections)
