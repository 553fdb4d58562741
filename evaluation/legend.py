"""The legend of every page that shows sentences: how frames and stances look, and how often each was found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..data.codebook import Codebook
from .pages import frame_tone, score

__all__ = ["Legend", "Tally"]

#: How sign and highlight of a stance are filled; by position, since a codebook may name its stances freely.
_FILLS = ("full", "struck", "open")


@dataclass(slots=True)
class Tally:
    """Counts over sentences. Boilerplate is no sentence, and what the model is unsure of is no finding."""

    sentences: int = 0
    framed: int = 0
    unsure: int = 0
    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, result: Mapping[str, Any]) -> None:
        """Count one result."""
        if result["kind"] == "boilerplate":
            return
        self.sentences += 1
        if result["abstained"]:
            self.unsure += 1
        elif result["frames"]:
            self.framed += 1
            self.pairs.update((found["frame"], found["stance"]) for found in result["frames"])


class Legend:
    """Colours, lines and signs of a codebook's frames and stances, and how often each was found.

    Frames are told apart by colour and name, stances by sign, line, filling and word. All follow from the
    position in the codebook, so that the pages of one codebook look alike. Classes in the page: ``f3`` is the
    fourth frame, ``k1`` the second stance, ``f3k1`` both together.
    """

    def __init__(self, codebook: Codebook, tally: Tally) -> None:
        self.codebook = codebook
        self.tally = tally
        self._frame_positions = {name: index for index, name in enumerate(codebook.frames)}
        self._stance_positions = {name: index for index, name in enumerate(codebook.stances)}
        self.frames = self.counts(tally)
        self.stances = [
            {
                "class": f"k{index}",
                "word": name,
                "definition": definition,
                "line": ("solid", "dashed", "dotted", "double")[index % 4],
                "fill": _FILLS[index % 3],
                "shape": ("circle", "square", "diamond")[index // 3 % 3],
                "count": sum(count for (_, stance), count in tally.pairs.items() if stance == name),
            }
            for index, (name, definition) in enumerate(codebook.stances.items())
        ]

    def look(self, name: str) -> dict[str, Any]:
        """Return class, colour and words of a frame, whether it occurs or not."""
        index, frame = self._frame_positions[name], self.codebook.frames[name]
        hue, lift = frame_tone(index, len(self.codebook.frames))
        words = {"title": frame.title, "definition": frame.definition, "not": frame.not_}
        return {"class": f"f{index}", "hue": hue, "lift": lift} | words

    def counts(self, tally: Tally) -> list[dict[str, Any]]:
        """Return the frames that occur in *tally*, in the codebook's order, each with its stances."""
        rows = []
        for name in self.codebook.frame_ids:
            stances = [
                {"class": f"k{position}", "word": stance, "count": tally.pairs[name, stance]}
                for position, stance in enumerate(self.codebook.stance_ids)
                if tally.pairs[name, stance]
            ]
            if stances:
                count = sum(tally.pairs[name, stance] for stance in self.codebook.stance_ids)
                rows.append(self.look(name) | {"count": count, "stances": stances})
        return rows

    def label(self, found: Mapping[str, Any]) -> dict[str, str]:
        """Return what the page shows of one frame of a result."""
        frame = self._frame_positions[found["frame"]]
        stance = self._stance_positions[found["stance"]]
        return {
            "frame": f"f{frame}",
            "stance": f"k{stance}",
            "title": self.codebook.frames[found["frame"]].title,
            "word": found["stance"],
            "fill": _FILLS[stance % 3],
            "score": score(found["score"]),
            "stance_score": score(found["stance_score"]),
        }
