"""Compare two models on the same labelled sentences: the paired difference of every figure with its interval.

Usage::

    python benchmarks/against.py models/new models/old --data ../shared/benchmarks/real_dev.jsonl
    python benchmarks/against.py new-seed1,new-seed2 old-seed1,old-seed2 --data …

Several models on a side, such as the seeds of a recipe, are judged together: their answers to one sentence fall into
the same document when documents are resampled.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from counterframe import CounterframeError
from counterframe.data.labelled import read_labelled
from counterframe.data.splits import check_disjoint
from counterframe.data.types import LabelledSentence
from counterframe.evaluation.judged import Gold, Judged, Predicted
from counterframe.evaluation.metrics import measure, paired_difference
from counterframe.inference.classifier import Classifier
from counterframe.inference.evaluate import read_seen
from counterframe.inference.predict import judge


def main() -> None:
    """Print a table: figure, first model, second model, difference."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs=2, help="model folder, or several with commas between them")
    parser.add_argument("--data", type=Path, nargs="+", required=True)
    parser.add_argument("--texts", type=Path, nargs="*", default=[])
    arguments = parser.parse_args()
    try:
        compare(arguments)
    except CounterframeError as error:
        sys.exit(str(error))


def _judge(folder: Path, arguments: argparse.Namespace) -> tuple[Judged, list[LabelledSentence]]:
    classifier = Classifier.load(folder, device="cpu")
    labelled = read_labelled(arguments.data, classifier.codebook, texts=arguments.texts)
    seen = read_seen(folder)
    check_disjoint(labelled.sentences, seen["train"] | seen["dev"], what=f"{folder} was trained or tuned on")
    return judge(classifier, labelled.sentences), list(labelled.sentences)


def pooled(parts: list[tuple[Judged, list[LabelledSentence]]]) -> Judged:
    """Return the answers of several models as if one had answered each sentence several times."""
    codebook = parts[0][0].codebook
    found = [judged.predicted for judged, _ in parts]
    return Judged(
        gold=Gold.of([sentence for _, sentences in parts for sentence in sentences], codebook),
        predicted=Predicted(
            # Each model has thresholds of its own; beyond them all begin at zero.
            frame_scores=np.concatenate([one.frame_scores - one.thresholds for one in found]),
            stance_scores=np.concatenate([one.stance_scores for one in found]),
            thresholds=np.zeros_like(found[0].thresholds),
            sources=tuple(span for one in found for span in one.sources),
        ),
        codebook=codebook,
    )


def compare(arguments: argparse.Namespace) -> None:
    """Judge both models by the same sentences and print how they differ."""
    judged = [pooled([_judge(Path(name), arguments) for name in side.split(",")]) for side in arguments.models]
    print(f"{len(judged[0].gold.texts)} sentences; a: {arguments.models[0]}, b: {arguments.models[1]}\n")
    print("| | a | b | a − b [95 % interval, paired] | p |\n| --- | ---: | ---: | ---: | ---: |")
    figures = [measure(one, rounds=0).overall for one in judged]
    for name, difference in paired_difference(*judged).items():
        values = [figure[name].value for figure in figures]
        if difference.value is None:
            continue
        cells = [f"{value:.3f}" for value in values if value is not None]
        interval = f"{difference.value:+.3f}"
        if difference.low is not None and difference.high is not None:
            interval += f" [{difference.low:+.3f}, {difference.high:+.3f}]"
        p = "–" if difference.p is None else f"{difference.p:.3f}"
        print(f"| {name} | {' | '.join(cells)} | {interval} | {p} |")


if __name__ == "__main__":
    main()
