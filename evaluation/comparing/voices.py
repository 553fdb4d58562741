"""Who says what: sources, the primary frames of their sentences, and the stances they take."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from ...data.codebook import Codebook
from .pronouns import PRONOUNS, resolve_pronouns
from .tellings import Telling

__all__ = ["source_key", "who_says_what"]

_ARTICLE = re.compile(r"(?:the|an?)\s+(?=\S)", re.IGNORECASE)


def source_key(source: str, language: str = "en") -> str:
    """Return by what sources are told apart: without a leading article, and whatever the case of the first letter.

    Nothing else is joined: whether "the minister" is "Minister Vell" is for the reader to say.
    """
    text = " ".join(source.split())
    if _is_english(language):
        text = _ARTICLE.sub("", text, count=1) if _ARTICLE.match(text) else text
    return text[:1].casefold() + text[1:]


def _is_english(language: str) -> bool:
    return language.casefold().partition("-")[0] == "en"


def who_says_what(tellings: Sequence[Telling], codebook: Codebook) -> list[dict[str, Any]]:
    """Return one row for each telling, source, primary frame and stance; within a telling the commonest first.

    Where a pronoun was resolved, ``source`` is the name and ``named`` the pronoun as the text writes it. Sentences
    of which the model is unsure are left out.
    """
    frames, stances = codebook.frame_ids, codebook.stance_ids
    forms: dict[str, Counter[str]] = {}
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for telling in tellings:
        for document in telling.documents:
            resolved = resolve_pronouns(document.sentences) if _is_english(codebook.language) else {}
            for sentence in document.sentences:
                if not sentence.found:
                    continue
                said = None if sentence.source is None else " ".join(sentence.source[0].split())
                name = resolved.get(sentence.n)
                named = said if name is not None else None
                key = None if said is None else source_key(name or said, codebook.language)
                if key is not None:
                    forms.setdefault(key, Counter())[" ".join((name or said or "").split())] += name is None
                frame, stance = sentence.found[0]
                place = (telling.id, key, named and named.casefold(), frame, stance)
                row = rows.setdefault(
                    place,
                    {
                        "telling": telling.id,
                        "source": key,
                        "named": named,
                        "frame": frames[frame],
                        "stance": stances[stance],
                        "sentences": [],
                        "count": 0,
                    },
                )
                row["sentences"].append([document.doc, sentence.n])
                row["count"] += 1
    for row in rows.values():
        if row["source"] is not None:
            row["source"] = _commonest(forms[row["source"]])
    order = {telling.id: index for index, telling in enumerate(tellings)}
    return sorted(rows.values(), key=lambda row: (order[row["telling"]], -row["count"]))


def _commonest(forms: Counter[str]) -> str:
    """Return the form in which texts write a source most often; ties go to the first by the alphabet."""
    return min(forms, key=lambda form: (-forms[form], form.casefold() in PRONOUNS, form))
