"""What each stage of classify costs, on one thread: read, clean, split, hide names, tokenise, pad, run, decode, write.

python -m speed_parts.stages --sentences 2000
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from counterframe.data.documents import segment
from counterframe.data.releases import read_releases
from counterframe.data.sentences import release_sentences
from counterframe.data.types import Release, Result, Sentence
from counterframe.inference.batching import pad, token_batches
from counterframe.inference.classifier import Classifier
from counterframe.inference.writers import write_results
from counterframe.models.decode import Decoder

from .corpus import releases
from .usage import Clock

__all__ = ["main"]

_ROUNDS = 3


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sentences", type=int, default=2000)
    given = parser.parse_args()
    with TemporaryDirectory(prefix="counterframe-stages-") as name:
        stages = _Stages(Path(name), given.sentences)
        rounds = [stages.measure() for _ in range(_ROUNDS)]
        print(_table({stage: median(found[stage] for found in rounds) for stage in rounds[0]}, stages.count))


class _Stages:
    """All stages over the same releases, one after the other, so that each is timed apart."""

    def __init__(self, folder: Path, sentences: int) -> None:
        self._folder = folder
        self._classifier = Classifier.load(device="cpu")
        checkpoint = self._classifier.checkpoint
        self._tokenizer = checkpoint.tokenizer()
        self._decoder = Decoder(checkpoint.codebook, checkpoint.calibration, model=checkpoint.name)
        for kind in ("texts", "pages", "page"):
            (folder / kind).mkdir()
        stream, held = releases(), 0
        for number in itertools.count():
            release = next(stream)
            _put(folder, number, release)
            held += sum(sentence.kind != "boilerplate" for sentence in release_sentences(release))
            if held >= sentences:
                break
        self.count = held

    def measure(self) -> dict[str, float]:
        """Return the CPU seconds of each stage."""
        spent: dict[str, float] = {}

        def timed(stage: str, work: Callable[[], Any]) -> Any:
            with Clock() as clock:
                result = work()
            spent[stage] = clock.cpu
            return result

        checkpoint = self._classifier.checkpoint
        read: list[Release] = timed("read text files", lambda: self._read("texts"))
        timed("pages", lambda: self._read("pages"))
        timed("page", lambda: self._read("page"))
        timed("clean (headlines, boilerplate, paragraphs)", lambda: [segment(release) for release in read])
        every: list[Sentence] = timed(
            "split", lambda: [item for release in read for item in release_sentences(release)]
        )
        spent["split"] -= spent["clean (headlines, boilerplate, paragraphs)"]
        shown = [item for item in every if item.kind != "boilerplate"]
        texts = [item.text for item in shown]
        timed("hide names", lambda: [self._tokenizer.shown(text) for text in texts])
        encoded = timed("tokenise", lambda: self._tokenizer.encode(texts))
        spent["tokenise"] -= spent["hide names"]

        def padded() -> list[Any]:
            batches = token_batches([len(item) for item in encoded], budget=self._classifier.engine.token_budget)
            return [(batch, *pad([encoded[index] for index in batch], checkpoint.pad_id)) for batch in batches]

        batches = timed("batch and pad", padded)
        logits = timed("run", lambda: [self._classifier.engine.run(ids, mask) for _, ids, mask in batches])

        def decoded() -> list[Result]:
            return [
                result
                for (batch, _, _), found in zip(batches, logits, strict=True)
                for result in self._decoder.decode(
                    [shown[index] for index in batch], [encoded[index] for index in batch], found
                )
            ]

        results = timed("decode", decoded)
        timed("write JSON Lines", lambda: self._write(results))
        return spent

    def _read(self, folder: str) -> list[Release]:
        problems: list[Any] = []
        read = list(read_releases([str(self._folder / folder)], on_failure=problems.append))
        if problems:
            raise SystemExit(f"a made document could not be read: {problems[0]}")
        return read

    def _write(self, results: list[Result]) -> None:
        checkpoint = self._classifier.checkpoint
        out = self._folder / "out.jsonl"
        write_results(iter(results), [out], codebook=checkpoint.codebook, title="speed", model=checkpoint.name)


def _put(folder: Path, number: int, release: Release) -> None:
    (folder / "texts" / f"{number:05d}.txt").write_text(release.text, encoding="utf-8")
    blocks = release.text.strip().split("\n\n")
    body = "\n".join([f"<h1>{blocks[0]}</h1>", *(f"<p>{block}</p>" for block in blocks[1:])])
    page = f"<!doctype html><html><head><title>{blocks[0]}</title></head><body><main>\n{body}\n</main></body></html>\n"
    for kind in ("pages", "page") if number == 0 else ("pages",):
        (folder / kind / f"{number:05d}.html").write_text(page, encoding="utf-8")


def _table(spent: dict[str, float], sentences: int) -> str:
    one = spent.pop("page")  # nearly all of it starts the process that reads documents
    pages = spent.pop("pages") - one
    run = spent["run"]

    def rows() -> Iterator[str]:
        for stage, seconds in spent.items():
            yield f"| {stage} | {1000 * seconds / sentences:.3f} | {seconds / run:.1%} |"

    whole = sum(spent.values())
    return "\n".join(
        [
            "## Where the time goes",
            "",
            f"CPU seconds of each stage over {sentences:,} sentences, one thread, float32"
            " (`benchmarks/speed.py --profile`).",
            "",
            "| stage | CPU s per 1,000 sentences | share of the model's run |",
            "| --- | ---: | ---: |",
            *rows(),
            f"| all but the run | {1000 * (whole - run) / sentences:.3f} | {(whole - run) / run:.1%} |",
            "",
            f"The same releases as saved pages take {1000 * pages / sentences:.3f} s per 1,000 sentences to read"
            f" ({pages / run:.1%} of the run),",
            f"and {one:.2f} s to start the process that reads documents.",
            "",
        ]
    )


if __name__ == "__main__":
    main()
