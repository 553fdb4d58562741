"""Draw whole documents of a labelled file to choose by, and the sentences without labels that then may be learnt from.

What is chosen on sentences that a figure is then given for makes the figure too good. So docs/experiments.md chooses
settings for the first corpus on real sentences of ``data/corpus/real.jsonl``, from which that corpus holds nothing:
documents in an order shuffled once, until there are enough sentences. The texts belong to others: what is written goes
into ``runs``, which is no part of the repository.

Usage::

    python scripts/draw_documents.py --out runs/drawn.jsonl
    python scripts/draw_documents.py --out runs/drawn.jsonl --unlabelled runs/unlabelled.jsonl --rest runs/rest.jsonl
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Sequence
from pathlib import Path

from counterframe.data.codebook import load_codebook
from counterframe.data.labelled import read_labelled
from counterframe.data.types import LabelledSentence
from counterframe.errors import CounterframeError

ROOT = Path(__file__).resolve().parents[1]


def draw(sentences: Sequence[LabelledSentence], count: int, seed: int) -> list[LabelledSentence]:
    """Return whole documents with at least *count* sentences, or all there are."""
    documents = sorted({item.doc for item in sentences})
    random.Random(seed).shuffle(documents)
    places = {doc: place for place, doc in enumerate(documents)}
    drawn: list[LabelledSentence] = []
    for item in sorted(sentences, key=lambda item: (places[item.doc], item.id)):
        if len(drawn) >= count and item.doc != drawn[-1].doc:
            break
        drawn.append(item)
    return drawn


def main() -> None:
    """Draw, and write both files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT / "data" / "corpus" / "real.jsonl")
    parser.add_argument("--texts", type=Path, default=ROOT.parent / "shared" / "unlabelled")
    parser.add_argument("--count", type=int, default=1200, help="sentences to draw, at least")
    parser.add_argument("--seed", type=int, default=5, help="of the order of the documents")
    parser.add_argument("--out", type=Path, required=True, help="the labelled sentences drawn")
    parser.add_argument("--unlabelled", type=Path, help="sentences without labels, one a line, with their doc")
    parser.add_argument("--rest", type=Path, help="those of them whose documents were not drawn")
    arguments = parser.parse_args()
    if (arguments.unlabelled is None) != (arguments.rest is None):
        parser.error("--unlabelled and --rest go together")
    try:
        sentences = read_labelled([arguments.data], load_codebook(), texts=[arguments.texts]).sentences
    except CounterframeError as error:
        sys.exit(str(error))
    drawn = draw(sentences, arguments.count, arguments.seed)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    with arguments.out.open("w", encoding="utf-8") as out:
        for item in drawn:
            record = {"id": item.id, "doc": item.doc, "text": item.text, "labels": dict(item.labels)}
            out.write(json.dumps(record, ensure_ascii=False) + "\n")
    documents = {item.doc for item in drawn}
    print(f"{len(drawn)} sentences of {len(documents)} documents in {arguments.out}")
    if arguments.rest is not None:
        lines = arguments.unlabelled.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if json.loads(line)["doc"] not in documents]
        arguments.rest.write_text("".join(kept), encoding="utf-8")
        print(f"{len(kept)} of {len(lines)} sentences without labels in {arguments.rest}")


if __name__ == "__main__":
    main()
