"""How well documents are cleaned and split, on the gold documents of the tests, beside other libraries.

Usage: python benchmarks/cleaning.py [FOLDER ...] [--errors] [--others]

Each FOLDER holds documents, and beside each its gold (``NAME.gold.json``); by default those of ``tests/gold``.
Where ``../shared/releases`` is present, the three real releases are measured as well. ``--others`` needs
``pip install pysbd sentencex justext``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

from counterframe.data import sentences as splitting
from counterframe.data.releases import read_releases
from counterframe.data.types import Release, Span
from counterframe.evaluation.segmentation import GoldDocument, Segmentation, compare, read_gold

ROOT = Path(__file__).resolve().parents[1]
GOLD = ROOT / "tests" / "gold"
REAL = ROOT.parent / "shared" / "releases"


def documents(folder: Path) -> Iterator[tuple[str, Release, GoldDocument]]:
    """Yield name, release and gold of each document of a folder."""
    for path in sorted(folder.iterdir()):
        gold_file = path.with_name(f"{path.name}.gold.json")
        if gold_file.is_file():
            golds = [gold for gold in read_gold(gold_file) if gold.body or gold.furniture]
            releases = list(read_releases([str(path)], on_failure=lambda _: None))
            for release, gold in zip(releases, golds, strict=False):
                yield f"{folder.name}/{release.doc}", release, gold
            for gold in golds[len(releases) :]:
                yield f"{folder.name}/{path.name}", Release(doc=path.name, text=""), gold


def real_releases() -> Iterator[tuple[str, Release, GoldDocument]]:
    """Yield the real releases, whose gold is kept as places without text."""
    for name, entry in json.loads((GOLD / "releases.json").read_text(encoding="utf-8")).items():
        path = REAL / name
        if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == entry["sha256"]:
            (release,) = read_releases([str(path)], on_failure=lambda _: None)
            lists: dict[str, list[str]] = {"headline": [], "body": [], "optional": [], "furniture": []}
            for start, end, kind in entry["spans"]:
                lists[kind].append(release.text[start:end])
            yield f"releases/{name}", release, GoldDocument(**{kind: tuple(texts) for kind, texts in lists.items()})


def measure(items: list[tuple[str, Release, GoldDocument]], *, on_error: Callable[[str], None] = str) -> Segmentation:
    """Return the counts over some documents."""
    total = Segmentation()
    for name, release, gold in items:
        found = splitting.release_sentences(release)
        total += compare(gold, found, on_error=lambda line, name=name: on_error(f"{name}: {line}"))
    return total


def row(name: str, found: Segmentation) -> str:
    """Return a line of the table."""
    figures = (
        found.body_recall,
        found.boilerplate_precision,
        found.boilerplate_recall,
        found.boundary_f1,
        found.inner_boundary_f1,
    )
    return f"| {name} | {found.documents} | {found.body} | " + " | ".join(f"{value:.3f}" for value in figures) + " |"


def splitters() -> Iterator[tuple[str, Callable[[str], list[Span]]]]:
    """Yield other sentence splitters as functions from a text to spans."""
    import pysbd
    import sentencex
    from syntok import segmenter

    def placed(text: str, sentences: list[str]) -> list[Span]:
        spans, position = [], 0
        for sentence in sentences:
            stripped = sentence.strip()
            start = text.find(stripped, position)
            if stripped and start >= 0:
                spans.append((start, start + len(stripped)))
                position = start + len(stripped)
        return spans

    def syntok(text: str) -> list[Span]:
        return [
            (tokens[0].offset, tokens[-1].offset + len(tokens[-1].value))
            for paragraph in segmenter.analyze(text)
            for tokens in paragraph
        ]

    yield "syntok", syntok
    yield "pysbd", lambda text: placed(text, pysbd.Segmenter(language="en", clean=False).segment(text))
    yield "sentencex", lambda text: placed(text, list(sentencex.segment("en", text)))


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--errors", action="store_true", help="print each difference")
    parser.add_argument("--others", action="store_true", help="measure other splitters and cleaners as well")
    options = parser.parse_args()
    folders = options.folders or sorted(path for path in GOLD.iterdir() if path.is_dir())
    on_error = print if options.errors else str
    sets = {folder.name: list(documents(folder)) for folder in folders}
    if not options.folders:
        sets["real releases"] = list(real_releases())
    print("| set | documents | sentences | body recall | boilerplate precision | its recall | boundary F1 | inside |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    total = Segmentation()
    for name, items in sets.items():
        found = measure(items, on_error=on_error)
        total += found
        print(row(name, found))
    print(row("all", total))
    everything = [item for items in sets.values() for item in items]
    if options.others:
        own = splitting.split_sentences
        for name, split in splitters():
            splitting.split_sentences = split
            print(row(f"splitter {name}", measure(everything)))
        splitting.split_sentences = own


if __name__ == "__main__":
    main()
