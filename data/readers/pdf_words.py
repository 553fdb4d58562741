"""Words that are parted at the ends of lines, made whole again."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

__all__ = ["count_words", "join_lines"]

_HYPHEN = re.compile(r"(\w*[^\W\d_])[-\u2010\u00ad]\Z")
#: The first half of 2030-2031 at the end of a line.
_NUMBER = re.compile(r"\d[-\u2010\u2013]\Z")
#: Characters at the end of a line in which its last word is looked for.
_LONGEST_WORD = 80
_WORD = re.compile(r"(?<![^\W\d_])[^\W\d_]++(?:-[^\W\d_]++)*+(?!-\Z)")
#: First parts of words that keep their hyphen at the end of a line.
_COMPOUNDS = frozenset(
    re.findall(
        r"\w+",
        "all anti cease co counter cross de ex far fact fifth first five four full half hand high inter large life long"
        " low mid multi near new non north old one part post power pre pro re round second self semi short six small so"
        " south sub ten third three two ultra un vice war water well year",
    )
)


def count_words(lines: Iterable[str]) -> Counter[str]:
    """Return the words, hyphenated ones as well, that stand inside of lines."""
    counts: Counter[str] = Counter()
    for line in lines:
        counts.update(_WORD.findall(line.casefold()))
    return counts


def join_lines(lines: Sequence[str], words: Counter[str]) -> str:
    """Return the text of *lines*; *words* are those of the document, by which a hyphen stays or goes."""
    parts = [lines[0]]
    for line in lines[1:]:
        parted = _HYPHEN.search(parts[-1][-_LONGEST_WORD:])
        if parted is None:
            number = _NUMBER.search(parts[-1][-_LONGEST_WORD:]) and line[:1].isdigit()
            parts += ["" if number else " ", line]
            continue
        parts[-1] = _before(parted, parts[-1], line, words)
        parts.append(line)
    return "".join(parts)


def _before(parted: re.Match[str], text: str, following: str, words: Counter[str]) -> str:
    """Return a line that ends in a part of a word, with its hyphen only if the word has one of its own."""
    second = re.match(r"[^\W\d_]+", following)
    if second is None:
        return text
    if text.endswith("\u00ad"):
        return text[:-1]
    head, tail = parted[1].casefold(), second[0].casefold()
    whole = words[head + tail]
    apart = words[f"{head}-{tail}"]
    keep = second[0][0].isupper() or apart > whole or (apart == whole and head.split("-")[-1] in _COMPOUNDS)
    return text if keep else text[:-1]
