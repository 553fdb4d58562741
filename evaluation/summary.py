"""What a run of classify found, in a few lines of text."""

from __future__ import annotations

from collections import Counter

from ..data.codebook import Codebook
from ..data.types import Result

__all__ = ["Summary"]


class Summary:
    """Counts results as they pass by. An answer that the model is unsure of is no finding, as on the annotated page."""

    def __init__(self, codebook: Codebook) -> None:
        self._codebook = codebook
        self._kinds: Counter[str] = Counter()
        self._pairs: Counter[tuple[str, str]] = Counter()
        self._docs: dict[str, list[int]] = {}
        self._abstained = 0

    def add(self, result: Result) -> None:
        """Count one result."""
        self._kinds[result.sentence.kind] += 1
        self._abstained += result.abstained
        framed, read = self._docs.setdefault(result.sentence.doc, [0, 0])
        shown = result.sentence.kind != "boilerplate"
        found = () if result.abstained else result.frames
        self._docs[result.sentence.doc] = [framed + bool(found), read + shown]
        for frame in found:
            self._pairs[frame.frame, frame.stance] += 1

    def to_text(self) -> str:
        """Return the counts as lines: the run, the documents (ten at most), frames by stance."""
        read = self._kinds["body"] + self._kinds["headline"]
        framed = sum(count for count, _ in self._docs.values())
        lines = [
            f"{len(self._docs)} document(s), {read} sentences read ({self._kinds['headline']} headlines),"
            f" {self._kinds['boilerplate']} pieces of boilerplate set aside",
            f"{framed} sentences with a frame, {read - framed - self._abstained} without one, {self._abstained} unsure",
        ]
        if 1 < len(self._docs) <= 10:
            lines += [f"  {doc}: {count} of {size} sentences with a frame" for doc, (count, size) in self._docs.items()]
        if self._pairs:
            lines += ["", *self._table()]
        return "\n".join(lines)

    def _table(self) -> list[str]:
        stances = self._codebook.stance_ids
        totals = Counter[str]()
        for (frame, _), count in self._pairs.items():
            totals[frame] += count
        width = max(len(self._codebook.frames[frame].title) for frame in totals)
        lines = ["  " + "frame".ljust(width) + "".join(stance.rjust(max(10, len(stance) + 2)) for stance in stances)]
        for frame, _ in totals.most_common():
            cells = (str(self._pairs[frame, stance]).rjust(max(10, len(stance) + 2)) for stance in stances)
            lines.append("  " + self._codebook.frames[frame].title.ljust(width) + "".join(cells))
        return lines
