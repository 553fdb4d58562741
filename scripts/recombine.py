"""Make new sentences out of those at hand, for a teacher to label: what its student then learns from.

Augmentation for distillation as in TinyBERT (Jiao et al. 2020, arXiv:1909.10351): the new sentences need not be true or
fluent, only different, since the teacher says what it reads in them. Half have words replaced by near ones (nearest in
the encoder's own word vectors), half are the first part of one sentence and the rest of another, cut at the same
connective. They are made from sentences to learn from alone, so no held-out document is touched. The texts belong to
others: what is written goes into ``runs``, which is no part of the repository.

Usage::

    python scripts/recombine.py --unlabelled runs/unlabelled.jsonl --out runs/recombined.jsonl
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from counterframe.data.codebook import load_codebook
from counterframe.data.labelled import read_labelled
from counterframe.data.split_file import apply_split, load_split
from counterframe.errors import CounterframeError
from counterframe.models.encoder import DEFAULT_ENCODER, find_encoder
from counterframe.training.distil import read_unlabelled

ROOT = Path(__file__).resolve().parents[1]
SPLIT = ROOT / "data" / "corpus" / "split.json"
#: As many as the shipped model learnt from.
COUNT = 16_000
_WORD = re.compile(r"\b[a-z]{3,}\b")
_CUT = re.compile(r", (?:and |but |while |which |who |as )?| (?:and|but|while|that|after|because|by|to|for) ")
#: Share of the lower-case words that are replaced, neighbours to choose from, and how often a neighbour must occur.
_REPLACED, _NEAREST, _SEEN = 0.3, 8, 3
#: Sentences tried for each that is wanted; from few sentences no more new ones may come.
_TRIES = 20


def neighbours(texts: list[str]) -> dict[str, list[str]]:
    """Return words that stand near each word of *texts* in the encoder's word vectors and occur in them too."""
    folder = find_encoder(DEFAULT_ENCODER)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    weights = load_file(folder / "model.safetensors")
    vectors = next(array for name, array in weights.items() if name.endswith("word_embeddings.weight"))
    counts = Counter(word for text in texts for word in _WORD.findall(text))
    vocabulary = tokenizer.get_vocab()
    words = sorted(word for word, count in counts.items() if count >= _SEEN and word in vocabulary)
    known = vectors[[vocabulary[word] for word in words]].astype(np.float32)
    known /= np.linalg.norm(known, axis=1, keepdims=True)
    nearest: dict[str, list[str]] = {}
    for start in range(0, len(words), 1000):
        likeness = known[start : start + 1000] @ known.T
        order = np.argsort(-likeness, axis=1)[:, 1 : _NEAREST + 1]
        nearest |= {words[start + row]: [words[at] for at in places] for row, places in enumerate(order)}
    return nearest


def reworded(text: str, nearest: dict[str, list[str]], rng: random.Random) -> str:
    """Return *text* with some of its words replaced by near ones."""

    def other(match: re.Match[str]) -> str:
        near = nearest.get(match.group())
        return rng.choice(near) if near and rng.random() < _REPLACED else match.group()

    return _WORD.sub(other, text)


def crossed(first: str, others: dict[str, list[tuple[str, int]]], rng: random.Random) -> str | None:
    """Return the first part of a sentence with the rest of another one, cut at the same connective."""
    cuts = [match for match in _CUT.finditer(first) if 20 <= match.end() <= len(first) - 10]
    if not cuts:
        return None
    cut = rng.choice(cuts)
    if not others.get(cut.group()):
        return None
    rest, at = rng.choice(others[cut.group()])
    return first[: cut.end()] + rest[at:]


def recombine(data: Sequence[str | Path], texts: Path, unlabelled: Path, out: Path, *, count: int, seed: int) -> int:
    """Make sentences of those to learn from, and write them.

    Args:
        data: Labelled files or folders.
        texts: Holds the texts of the real ones.
        unlabelled: Sentences without labels, of which those of documents that are held out are left out.
        out: Receives one JSON object a line.
        count: How many; from few sentences fewer new ones may come.
        seed: Of the draws.

    Returns:
        How many were made.
    """
    labelled = read_labelled(data, load_codebook(), texts=[texts])
    split = apply_split(labelled.sentences, load_split(SPLIT))
    framed = [item.text for item in split.train if item.labels]
    every = [item.text for item in split.train]
    every += [item.text for item in read_unlabelled([str(unlabelled)], split, say=print)]
    rng = random.Random(seed)
    nearest = neighbours(every)
    others: dict[str, list[tuple[str, int]]] = {}
    for text in every:
        for match in _CUT.finditer(text):
            if len(text) - match.end() >= 10:
                others.setdefault(match.group(), []).append((text, match.end()))
    made = dict.fromkeys(every)  # remembers what there is already, in order
    known = len(made)
    for _ in range(_TRIES * count):
        if len(made) == known + count:
            break
        # Sentences with a frame teach most; the others are the greater part of what is read.
        first = rng.choice(framed if rng.random() < 0.7 else every)
        new = reworded(first, nearest, rng) if len(made) % 2 else crossed(first, others, rng)
        if new is None:
            new = reworded(first, nearest, rng)
        made.setdefault(" ".join(new.split()))
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("w", encoding="utf-8") as lines:
        for number, text in enumerate(list(made)[known:]):
            row = {"id": f"made-{number}", "doc": "recombined", "text": text}
            lines.write(json.dumps(row, ensure_ascii=False) + "\n")
    return len(made) - known


def main() -> None:
    """Read the options and make the sentences."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, nargs="+", default=[SPLIT.parent])
    parser.add_argument("--texts", type=Path, default=ROOT.parent / "shared" / "unlabelled")
    parser.add_argument("--unlabelled", type=Path, required=True)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    try:
        made = recombine(given.data, given.texts, given.unlabelled, given.out, count=given.count, seed=given.seed)
    except CounterframeError as error:
        sys.exit(str(error))
    print(f"{made} sentences in {given.out}")


if __name__ == "__main__":
    main()
