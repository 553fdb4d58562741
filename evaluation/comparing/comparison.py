"""A comparison as a whole: the dictionary that is written and drawn, and the same as dataframes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data.codebook import Codebook
from ..schemas import COMPARISON_SCHEMA
from .aligning import MOST_EMBEDDED, THRESHOLD, align, framed_sentences
from .contest import FIRM, Counted, contest, left_out
from .intervals import explain
from .table import section
from .tellings import Telling
from .timeline import Period, timeline
from .voices import who_says_what

__all__ = ["MOST_DOCUMENTS", "Comparison", "compare_tellings"]

#: More documents than this are not laid side by side.
MOST_DOCUMENTS = 200
#: A telling in which a larger share of sentences is unsure, or with fewer sentences, is warned of.
_MUCH_UNSURE, _FEW_SENTENCES = 1 / 3, 5


class Comparison:
    """How several tellings of the same events differ; ``docs/compare.md`` documents the parts.

    The dataframes need pandas and have one row a figure, with the names of the tellings.
    """

    def __init__(self, content: dict[str, Any]) -> None:
        self._content = content

    def to_dict(self) -> dict[str, Any]:
        """Return everything as one JSON object."""
        return self._content

    @property
    def warnings(self) -> list[str]:
        """What a reader of the figures should know."""
        return list(self._content["warnings"])

    @property
    def tellings(self) -> Any:
        """Dataframe of the tellings: documents, sentences, framed, unsure, boilerplate."""
        import pandas as pd

        return pd.DataFrame(self._content["tellings"])

    @property
    def contest(self) -> Any:
        """Dataframe of frames × tellings × stances: counts and shares with intervals."""
        return self._frame("contest")

    @property
    def distances(self) -> Any:
        """Dataframe of frames: how far the tellings are apart, and whether the frame is contested."""
        return self._frame("distance")

    @property
    def who(self) -> Any:
        """Dataframe of sources × primary frames × stances for each telling."""
        return self._frame("who")

    @property
    def aligned(self) -> Any:
        """Dataframe of sentences and the nearest ones of other tellings."""
        return self._frame("aligned")

    @property
    def left_out(self) -> Any:
        """Dataframe of frames that others take up and a telling does not."""
        return self._frame("left_out")

    @property
    def time(self) -> Any:
        """Dataframe of frames × tellings × periods; empty where there is no series."""
        return self._frame("time")

    def _frame(self, name: str) -> Any:
        import pandas as pd

        columns, rows = section(self._content, name)
        return pd.DataFrame(rows, columns=list(columns))


def compare_tellings(
    tellings: Sequence[Telling],
    codebook: Codebook,
    *,
    model: str,
    by: str | None = None,
    period: Period | None = None,
    embed: Callable[[Sequence[str]], NDArray[np.float32]] | None = None,
    warnings: Sequence[str] = (),
) -> Comparison:
    """Return the comparison of *tellings*.

    Args:
        tellings: At least two, with the results of one model.
        codebook: Its codebook.
        model: Its name.
        by: Column that makes the tellings; None if each input is one.
        period: Unit of the series over time; None chooses, and leaves it out where the documents are of one period.
        embed: Returns the embeddings (N, H) of N texts; None leaves aligned sentences out.
        warnings: What is known already.
    """
    counted = Counted(tellings, codebook)
    notes = [*warnings, *_cautions(tellings, codebook)]
    time, undated = timeline(tellings, codebook, counted, period)
    aligned, cut = _aligned(tellings, embed, notes)
    if cut:
        notes.append(f"{cut} more pairs of aligned sentences, less similar than those listed, are left out")
    documents = _documents(tellings, notes)
    content = {
        "schema": COMPARISON_SCHEMA,
        "model": model,
        "codebook": _codebook(codebook),
        "by": by,
        "interval": explain([len(telling.documents) for telling in tellings]),
        "reading": _reading(codebook),
        "warnings": [*notes, *undated],
        "tellings": [telling.to_dict() for telling in tellings],
        "contest": contest(tellings, codebook, counted),
        "who": who_says_what(tellings, codebook),
        "aligned": aligned,
        "left_out": left_out(tellings, codebook, counted),
        "time": time,
        "documents": documents,
    }
    return Comparison(content)


def _aligned(
    tellings: Sequence[Telling], embed: Callable[[Sequence[str]], NDArray[np.float32]] | None, notes: list[str]
) -> tuple[list[dict[str, Any]], int]:
    if embed is None:
        return [], 0
    framed = framed_sentences(tellings)
    if framed > MOST_EMBEDDED:
        notes.append(
            f"aligned sentences are left out: {framed:,} sentences take up a frame, and at most {MOST_EMBEDDED:,} are"
            " laid beside each other; compare fewer documents to see them"
        )
        return [], 0
    return align(tellings, embed)


def _documents(tellings: Sequence[Telling], notes: list[str]) -> list[dict[str, Any]]:
    count = sum(len(telling.documents) for telling in tellings)
    if count > MOST_DOCUMENTS:
        notes.append(
            f"the texts side by side are left out: {count:,} documents, and at most {MOST_DOCUMENTS} are shown"
        )
        return []
    return [
        {"telling": telling.id, "doc": document.doc, "results": document.results}
        for telling in tellings
        for document in telling.documents
    ]


def _codebook(codebook: Codebook) -> dict[str, Any]:
    frames = {
        name: {"title": frame.title, "definition": frame.definition, "not": frame.not_}
        for name, frame in codebook.frames.items()
    }
    head = {"name": codebook.name, "version": codebook.version, "language": codebook.language}
    return head | {"frames": frames, "stances": dict(codebook.stances)}


def _cautions(tellings: Sequence[Telling], codebook: Codebook) -> list[str]:
    """Return what makes the figures of some tellings weaker than they look."""
    notes = []
    for telling in tellings:
        unsure = sum(sentence.unsure for _, sentence in telling.told())
        if telling.sentences < _FEW_SENTENCES:
            notes.append(f"{telling.name}: only {telling.sentences} sentence(s), so its shares say little")
        elif unsure > _MUCH_UNSURE * telling.sentences:
            notes.append(
                f"{telling.name}: the model is unsure of {unsure} of {telling.sentences} sentences; what stands in them"
                " is in no share"
            )
    truncated = sum(document.truncated for telling in tellings for document in telling.documents)
    if truncated:
        notes.append(f"{truncated} sentence(s) are longer than the model reads; only their beginnings counted")
    return notes + _foreign(tellings, codebook) + _same(tellings)


def _foreign(tellings: Sequence[Telling], codebook: Codebook) -> list[str]:
    own = codebook.language.casefold()
    stated = [str(item.meta.get("language") or own) for telling in tellings for item in telling.documents]
    foreign = [language for language in stated if not language.casefold().startswith(own)]
    if not foreign:
        return []
    named = ", ".join(sorted(set(foreign)))
    return [
        f"{len(foreign)} document(s) are in another language by their own statement ({named});"
        f" the codebook is for {own!r}, and answers on others mean nothing"
    ]


def _same(tellings: Sequence[Telling]) -> list[str]:
    """Return a warning where one text stands in two tellings: what is told once is then counted as two voices."""
    owners: dict[bytes, set[str]] = {}
    for telling in tellings:
        for document in telling.documents:
            owners.setdefault(document.digest, set()).add(telling.name)
    return [
        f"one and the same text stands in {' and '.join(sorted(names))}" for names in owners.values() if len(names) > 1
    ]


def _reading(codebook: Codebook) -> dict[str, str]:
    """Return, by part of the comparison, what its figures mean."""
    stances = codebook.stance_ids
    sides = f"{stances[0]!r} and {stances[1]!r}" if len(stances) > 1 else repr(stances[0])
    return {
        "contest": (
            "Counts are sentences of a text, whoever speaks in them: a text that quotes the other side holds its words"
            " too. `quoted` is how many of them name a source."
        ),
        "distance": (
            "Half the sum of the differences between two tellings in the shares of each stance and of the sentences"
            " that do not take the frame up: 0 is the same, 1 has nothing in common. Of more than two tellings, the two"
            " that are farthest apart (`between`)."
        ),
        "contested": (
            f"The stances {sides} stand against each other in two tellings, in at least one sure sentence each; where"
            f" that is a single sentence, one misreading is enough. `firm`: at least {FIRM} sentences each, and more"
            " than of the opposite stance. `rejected_only`: some text rejects the frame and none of these asserts it,"
            " so it answers what is told elsewhere."
            if len(stances) > 1
            else "The codebook has a single stance, so no frame can be contested."
        ),
        "who": (
            "Sentences by source and by their primary frame, since the source is known for that frame alone. Without a"
            " source means that none was found in the sentence, not that the publisher speaks. Pronouns stand for the"
            " last named source only where that is safe."
        ),
        "aligned": (
            "Each sentence with a frame and the nearest such sentence of each other telling, by the encoder and by"
            f" words; pairs below a similarity of {THRESHOLD} are not shown."
        ),
        "left_out": (
            "Frames that others take up and that were found in no sure sentence of a telling, not even rejected. A"
            " short text leaves much out; `unsure` counts sentences that may hold the frame."
        ),
    }
