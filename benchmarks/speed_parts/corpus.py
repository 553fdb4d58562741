"""Releases to measure speed on: the shipped authored documents, again and again, each time with other names.

Nothing is read from outside the repository. The documents were written for the corpus (``data/corpus``), so their
sentences have the lengths of real releases; from the second copy on every name is another invented one, so that no text
comes twice.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from counterframe.data.sentences import release_sentences
from counterframe.data.types import Release

__all__ = ["authored_labels", "releases", "shown_sentences"]

_CORPUS = Path(__file__).resolve().parents[2] / "data" / "corpus"
_NAME = re.compile(r"\b[A-Z][a-z]{3,}\b")
#: Syllables of names that nobody bears.
_BEGINNINGS = "Bal Dro Eska Fen Gor Hal Ilva Jor Kess Lum Mor Nar Osk Pel Quor Rav Sel Tal Ulm Ves Wen Yar Zor"
_MIDDLES = "- - an el iv or und ar"
_ENDINGS = "a ane dal eth ia in mar nor o ova rik stan tek um ya"
#: Sentences of a paragraph, in turn.
_PARAGRAPHS = (1, 2, 3, 2)


@cache
def _documents() -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """Return id, publisher and sentences of each authored document."""
    documents: dict[str, tuple[str, list[str]]] = {}
    for record in _records():
        documents.setdefault(record["doc"], (str(record.get("publisher")), []))[1].append(record["text"])
    return tuple((doc, publisher, tuple(texts)) for doc, (publisher, texts) in documents.items())


def _records() -> Iterator[dict[str, str]]:
    for path in sorted(_CORPUS.glob("*.jsonl")):
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                record = json.loads(line)
                if "text" in record:  # others are addresses of texts that are not shipped
                    yield record


def authored_labels() -> tuple[list[str], list[str]]:
    """Return the authored sentences and the first frame of each: what a classifier can be fitted to."""
    records = list(_records())
    return [record["text"] for record in records], [next(iter(record["labels"]), "none") for record in records]


@cache
def _plain_words() -> frozenset[str]:
    """Return the words that the documents also write in lower case, which are no names."""
    return frozenset(
        word
        for _, _, texts in _documents()
        for text in texts
        for word in re.findall(r"[^\W\d_]+", text)
        if word.islower()
    )


@cache
def _invented(copy: int, word: str) -> str:
    if word.lower() in _plain_words():
        return word
    rng = random.Random(f"{copy} {word}")
    middle = rng.choice(_MIDDLES.split()).strip("-")
    return rng.choice(_BEGINNINGS.split()) + middle + rng.choice(_ENDINGS.split())


def _laid_out(texts: tuple[str, ...]) -> str:
    """Return sentences as a release: a headline, then paragraphs of some sentences."""
    blocks, at, turn = [texts[0]], 1, 0
    while at < len(texts):
        size = _PARAGRAPHS[turn % len(_PARAGRAPHS)]
        blocks.append(" ".join(texts[at : at + size]))
        at, turn = at + size, turn + 1
    return "\n\n".join(blocks) + "\n"


def releases() -> Iterator[Release]:
    """Yield releases without end, always the same ones."""
    copy = 0
    while True:
        for doc, publisher, texts in _documents():
            text = _laid_out(texts)
            if copy:
                number = copy
                text = _NAME.sub(lambda found: _invented(number, found[0]), text)  # noqa: B023  (used at once)
            day = f"2031-{1 + copy % 12:02d}-{1 + len(doc) % 28:02d}"
            yield Release(doc=f"{copy:04d}-{doc}", text=text, meta={"publisher": publisher, "date": day})
        _invented.cache_clear()
        copy += 1


def shown_sentences(release: Release) -> list[str]:
    """Return the sentences of a release that the model is shown."""
    return [sentence.text for sentence in release_sentences(release) if sentence.kind != "boilerplate"]
