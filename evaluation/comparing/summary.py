"""A comparison in a few lines of text, for the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["summary"]

_SHOWN = 10
_LONGEST_NAME = 40


def summary(content: Mapping[str, Any]) -> str:
    """Return the tellings, the frames on which they are farthest apart, and the warnings."""
    names = {telling["id"]: _short(telling["name"]) for telling in content["tellings"]}
    lines = [f"{len(names)} tellings, codebook {content['codebook']['name']}, model {content['model']}"]
    lines.append("counts are sentences, whoever speaks in them; shares and intervals stand in the files")
    lines += [
        f"  {names[telling['id']]}: {telling['documents']} document(s), {telling['sentences']} sentences,"
        f" {telling['framed']} with a frame, {telling['unsure']} unsure"
        for telling in content["tellings"][:_SHOWN]
    ]
    if len(names) > _SHOWN:
        lines.append(f"  … and {len(names) - _SHOWN} more")
    stances = list(content["codebook"]["stances"])
    for row in content["contest"]:
        title = content["codebook"]["frames"][row["frame"]]["title"]
        if row["contested"]:
            counts = "; ".join(_sides(row, names, stances[place]) for place in (0, 1))
            lines.append(
                f"contested: {title}: {counts}"
                if row["firm"]
                else f"perhaps contested: {title}: {counts} (few sentences: read them)"
            )
        elif row["rejected_only"]:
            lines.append(f"no text found with {stances[0]!r}: {title}: {_sides(row, names, stances[1])}")
    lines += [f"mind: {warning}" for warning in content["warnings"]]
    return "\n".join(_printable(line) for line in lines)


def _sides(row: Mapping[str, Any], names: Mapping[str, str], stance: str) -> str:
    counts = {telling: cells[stance]["count"] for telling, cells in row["cells"].items() if cells[stance]["count"]}
    most = sorted(counts, key=lambda telling: -counts[telling])
    told = ", ".join(f"{names[telling]} {counts[telling]}" for telling in most[:_SHOWN])
    return f"{stance} {told}" + (" …" if len(most) > _SHOWN else "")


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"


def _printable(text: str) -> str:
    """Return *text* without what a terminal obeys: names of files and publishers may hold anything."""
    return "".join(character if character.isprintable() else repr(character)[1:-1] for character in text)
