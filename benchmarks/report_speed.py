"""Seconds and peak memory of all figures of a report, on random predictions.

Usage::

    OMP_NUM_THREADS=2 python benchmarks/report_speed.py [--sentences 10000] [--frames 11] [--rounds 1000]

Predictions, baselines and the comparison with another model are random; the model itself is not run. The limit is 60 s
on two cores and 1 GB.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from counterframe.data.codebook import Codebook
from counterframe.data.types import LabelledSentence
from counterframe.evaluation.assemble import assess
from counterframe.evaluation.judged import Gold, Judged, Predicted
from counterframe.evaluation.report import write_evaluation

STANCES = ("asserts", "rejects", "relays")


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sentences", type=int, default=10_000)
    parser.add_argument("--frames", type=int, default=11)
    parser.add_argument("--documents", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=1000)
    given = parser.parse_args()
    rng = np.random.default_rng(0)
    book = _codebook(given.frames)
    sentences = [_sentence(number, given.documents, book, rng) for number in range(given.sentences)]
    gold = Gold.of(sentences, book)
    answers = [_predicted(gold, rng, noise) for noise in (0.8, 1.2, 2.0, 1.0)]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    wall, cpu = time.perf_counter(), time.process_time()
    judged = Judged(gold, answers[0], book)
    evaluation = assess(
        judged,
        sentences,
        model="random@0",
        data=["random.jsonl"],
        baselines={"tf-idf": answers[1], "majority": answers[2]},
        asked=["desk"],
        against=("other@0", answers[3]),
        min_confidence=0.5,
        rounds=given.rounds,
    )
    measured = (time.perf_counter() - wall, time.process_time() - cpu)
    with TemporaryDirectory() as folder:
        write_evaluation(Path(folder), evaluation, judged, sentences)
        sizes = {path.name: path.stat().st_size for path in sorted(Path(folder).iterdir())}
    parts = sum(map(len, evaluation.slices.values()))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{given.sentences} sentences, {given.frames} frames, {evaluation.metrics.groups} groups,", end=" ")
    print(f"{given.rounds} rounds, {parts} slices")
    print("| | wall s | CPU s |\n| --- | ---: | ---: |")
    print(f"| figures | {measured[0]:.1f} | {measured[1]:.1f} |")
    print(f"| with the files | {time.perf_counter() - wall:.1f} | {time.process_time() - cpu:.1f} |")
    print(f"peak memory {peak:.0f} MB, of which {before:.0f} MB before the figures; {json.dumps(sizes)}")


def _codebook(frames: int) -> Codebook:
    named = {f"frame_{number}": {"title": f"Frame {number}", "definition": "d"} for number in range(frames)}
    return Codebook.model_validate({"name": "random", "frames": named, "stances": dict.fromkeys(STANCES, "s")})


def _sentence(number: int, documents: int, book: Codebook, rng: np.random.Generator) -> LabelledSentence:
    doc = int(rng.integers(documents))
    words = ["word"] * int(rng.integers(5, 45))
    frames = rng.permutation(book.frame_ids)[: int(rng.choice([0, 1, 1, 2]))]
    return LabelledSentence(
        id=f"s{number}",
        doc=f"d{doc}",
        event=f"e{doc // 2}",
        n=number,
        text=" ".join(words),
        labels={str(frame): str(rng.choice(STANCES)) for frame in frames},
        source=(0, 4) if rng.random() < 0.3 else None,
        publisher=f"publisher {doc % 60}",
        meta={"desk": f"desk {doc % 7}"},
    )


def _predicted(gold: Gold, rng: np.random.Generator, noise: float) -> Predicted:
    scores = 1 / (1 + np.exp(-(4 * gold.frames - 3 + rng.normal(0, noise, gold.frames.shape))))
    right = np.eye(len(STANCES))[np.maximum(gold.stances, 0)]
    stances = np.exp(1.5 * right + rng.normal(0, noise, right.shape))
    return Predicted(
        frame_scores=scores.astype(np.float32),
        stance_scores=(stances / stances.sum(-1, keepdims=True)).astype(np.float32),
        thresholds=np.full(scores.shape[1], 0.5),
        sources=tuple((0, 4) if rng.random() < 0.3 else None for _ in gold.texts),
    )


if __name__ == "__main__":
    main()
