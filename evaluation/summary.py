"""What a run of classify found, in a few lines of text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from ..data.codebook import Codebook
from ..data.types import Result

__all__ = ["Summary"]


#: Documents that are listed one by one.
_LISTED = 10


class Summary:
    """Counts results as they pass by. An answer that the model is unsure of is no finding, as on the annotated page.

    The results of a document must come one after the other: of a million documents only the first are remembered.
    """

    def __init__(self, codebook: Codebook) -> None:
        self._codebook = codebook
        self._kinds: Counter[str] = Counter()
        self._pairs: Counter[tuple[str, str]] = Counter()
        self._docs: dict[str, list[int]] = {}  # the first, with their sentences with a frame, and all that were read
        self._doc: str | None = None
        self._count = self._framed = self._abstained = 0

    def add(self, result: Result) -> None:
        """Count one result."""
        self.add_row(result.to_dict())

    def add_row(self, row: Mapping[str, Any]) -> None:
        """Count one result as ``Result.to_dict`` makes it."""
        doc, kind = row["doc"], row["kind"]
        if doc != self._doc:
            self._doc = doc
            self._count += 1
            if self._count <= _LISTED:
                self._docs[doc] = [0, 0]
        found = () if row["abstained"] else row["frames"]
        self._kinds[kind] += 1
        self._abstained += row["abstained"]
        self._framed += bool(found)
        if self._count <= _LISTED:
            self._docs[doc][0] += bool(found)
            self._docs[doc][1] += kind != "boilerplate"
        for frame in found:
            self._pairs[frame["frame"], frame["stance"]] += 1

    def to_text(self) -> str:
        """Return the counts as lines: the run, the documents (ten at most), frames by stance."""
        read = self._kinds["body"] + self._kinds["headline"]
        lines = [
            f"{self._count} document(s), {read} sentences read ({self._kinds['headline']} headlines),"
            f" {self._kinds['boilerplate']} pieces of boilerplate set aside",
            f"{self._framed} sentences with a frame, {read - self._framed - self._abstained} without one,"
            f" {self._abstained} unsure",
        ]
        if 1 < self._count <= _LISTED:
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
