"""The page of a comparison: the contest, the texts side by side, who says what, pairs, what is left out, time."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..data.output import write_whole
from .compare_facts import Facts
from .compare_time import over_time
from .compare_views import aligned, contest, left_out, voices, who
from .pages import page_environment

__all__ = ["comparison_page", "write_comparison_page"]

#: More texts than these do not stand beside each other at once: the reader chooses.
_SHOWN = 12
#: Texts that stand there before the reader has chosen.
_CHOSEN = 3

#: Anchor and heading of each section, in their order on the page.
_SECTIONS = {
    "contest": "The contest",
    "texts": "The texts side by side",
    "who": "Who says what",
    "aligned": "Sentences that stand near each other",
    "left-out": "Left out",
    "time": "Over time",
}


def write_comparison_page(comparison: Mapping[str, Any], path: str | Path) -> None:
    """Write one HTML page that needs no network and no script.

    Args:
        comparison: As of ``Comparison.to_dict``.
        path: The file.

    Raises:
        CodebookError: A result names a frame or stance that the codebook lacks.
        InputError: The comparison is of another schema, or a result in it cannot be shown.
    """
    write_whole(Path(path), comparison_page(comparison))


def comparison_page(comparison: Mapping[str, Any], title: str = "How each tells it") -> str:
    """Return the page as text."""
    facts = Facts(comparison)
    voices(facts)
    found = {
        "contest": contest(facts),
        "texts": facts.texts,
        "who": who(facts),
        # It notes which sentences need an anchor, so it comes before the texts are laid out.
        "aligned": aligned(facts),
        "left-out": left_out(facts),
        "time": over_time(facts),
    }
    tellings = list(facts.tellings.values())
    return (
        page_environment()
        .get_template("compare/page.html")
        .render(
            title=title,
            model=comparison.get("model") or "",
            by=comparison.get("by"),
            interval=comparison.get("interval") or "",
            warnings=list(comparison.get("warnings") or ()),
            codebook=facts.codebook,
            legend=facts.legend,
            looks=[facts.legend.look(name) for name in facts.codebook.frame_ids],
            tellings=tellings,
            publishers=any(telling.publisher not in (None, telling.name) for telling in tellings),
            dates=any(telling.date not in (None, telling.name) for telling in tellings),
            choose=len(facts.texts) > _SHOWN,
            chosen={telling.texts[0].index for telling in [one for one in tellings if one.texts][:_CHOSEN]},
            sections=[(name, heading) for name, heading in _SECTIONS.items() if found[name]],
            contest=found["contest"],
            who=found["who"],
            aligned=found["aligned"],
            left_out=found["left-out"],
            time=found["time"],
        )
    )
