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
import random
from collections.abc import Callable, Iterator
from pathlib import Path

from counterframe.data import sentences as splitting
from counterframe.data.normalise import normalise
from counterframe.data.readers.html import decode_page
from counterframe.data.releases import read_releases
from counterframe.data.types import Release, Span
from counterframe.evaluation.segmentation import GoldDocument, Segmentation, compare, read_gold

ROOT = Path(__file__).resolve().parents[1]
GOLD = ROOT / "tests" / "gold"
REAL = ROOT.parent / "shared" / "releases"
#: Rounds of the bootstrap, and the documents that it needs.
ROUNDS, FEW = 400, 10


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


def measure(
    items: list[tuple[str, Release, GoldDocument]], *, on_error: Callable[[str], None] = str
) -> list[Segmentation]:
    """Return the counts of each document."""
    counts = []
    for name, release, gold in items:
        found = splitting.release_sentences(release)
        counts.append(compare(gold, found, on_error=lambda line, name=name: on_error(f"{name}: {line}")))
    return counts


def total(counts: list[Segmentation]) -> Segmentation:
    """Return the sum of counts."""
    whole = Segmentation()
    for part in counts:
        whole += part
    return whole


FIGURES = ("body_recall", "boilerplate_precision", "boilerplate_recall", "boundary_f1", "inner_boundary_f1")


def row(name: str, counts: list[Segmentation]) -> str:
    """Return a line of the table, with 95 % bootstrap intervals over documents where there are enough of them."""
    found = total(counts)
    rng = random.Random(0)
    drawn = [total(rng.choices(counts, k=len(counts))) for _ in range(ROUNDS if len(counts) >= FEW else 0)]
    cells = []
    for figure in FIGURES:
        cell = f"{getattr(found, figure):.3f}"
        if drawn:
            values = sorted(getattr(one, figure) for one in drawn)
            cell += f" [{values[len(values) // 40]:.3f}, {values[-1 - len(values) // 40]:.3f}]"
        cells.append(cell)
    return f"| {name} | {found.documents} | {found.body} | " + " | ".join(cells) + " |"


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


def cleaners() -> Iterator[tuple[str, Callable[[str], str]]]:
    """Yield other cleaners as functions from a page to the text that they take for its story."""
    import justext
    import trafilatura

    def just(page: str) -> str:
        paragraphs = justext.justext(page.encode(), justext.get_stoplist("English"), encoding="utf-8")
        return "\n".join(paragraph.text for paragraph in paragraphs if not paragraph.is_boilerplate)

    yield "trafilatura", lambda page: trafilatura.extract(page, include_comments=False) or ""
    yield "trafilatura, favouring recall", lambda page: trafilatura.extract(page, favor_recall=True) or ""
    yield "jusText", just


def pages(folders: list[Path]) -> Iterator[tuple[str, GoldDocument, Release]]:
    """Yield text, gold and release of each page that is a single document."""
    for folder in folders:
        for path in sorted(folder.glob("*html")) + sorted(folder.glob("*.htm")):
            (gold,) = read_gold(path.with_name(f"{path.name}.gold.json"))
            (release,) = read_releases([str(path)], on_failure=lambda _: None)
            yield decode_page(path.read_bytes()).text, gold, release


def cleaner_rows(folders: list[Path]) -> Iterator[str]:
    """Yield the lines of the table of cleaners: what each keeps of the story, and what it drops."""

    def plain(text: str) -> str:
        return "".join(normalise(text)[0].split())

    def own(release: Release) -> str:
        return "".join(item.text for item in splitting.release_sentences(release) if item.kind != "boilerplate")

    items = list(pages(folders))
    kept = {"ours": [plain(own(release)) for _, _, release in items]}
    for name, clean in cleaners():
        kept[name] = [plain(clean(page)) for page, _, _ in items]
    for name, texts in kept.items():
        story = [plain(line) in text for (_, gold, _), text in zip(items, texts, strict=True) for line in gold.body]
        rest = [plain(line) in text for (_, gold, _), text in zip(items, texts, strict=True) for line in gold.furniture]
        lost, dropped = story.count(False), rest.count(False)
        yield f"| {name} | {1 - lost / len(story):.3f} | {dropped / (dropped + lost):.3f} | {dropped / len(rest):.3f} |"


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
    everything: list[Segmentation] = []
    for name, items in sets.items():
        found = measure(items, on_error=on_error)
        everything += found
        print(row(name, found))
    print(row("all", everything))
    if options.others:
        documents_read = [item for items in sets.values() for item in items]
        own = splitting.split_sentences
        for name, split in splitters():
            splitting.split_sentences = split
            print(row(f"splitter {name}", measure(documents_read)))
        splitting.split_sentences = own
        print("\n| cleaner, on the HTML pages | body recall | precision of what it drops | its recall |")
        print("| --- | ---: | ---: | ---: |")
        for line in cleaner_rows(folders):
            print(line)


if __name__ == "__main__":
    main()
