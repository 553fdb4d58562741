"""Compare two models on the same labelled sentences: the paired difference of every figure with its interval.

Usage::

    python benchmarks/against.py models/new models/old --data ../shared/benchmarks/real_dev.jsonl
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from counterframe import CounterframeError
from counterframe.data.labelled import read_labelled
from counterframe.data.splits import check_disjoint
from counterframe.evaluation.metrics import measure, paired_difference
from counterframe.inference.classifier import Classifier
from counterframe.inference.evaluate import read_seen
from counterframe.inference.predict import judge


def main() -> None:
    """Print a table: figure, first model, second model, difference."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", type=Path, nargs=2)
    parser.add_argument("--data", type=Path, nargs="+", required=True)
    parser.add_argument("--texts", type=Path, nargs="*", default=[])
    arguments = parser.parse_args()
    try:
        compare(arguments)
    except CounterframeError as error:
        sys.exit(str(error))


def compare(arguments: argparse.Namespace) -> None:
    """Judge both models by the same sentences and print how they differ."""
    judged = []
    for folder in arguments.models:
        classifier = Classifier.load(folder, device="cpu")
        labelled = read_labelled(arguments.data, classifier.codebook, texts=arguments.texts)
        seen = read_seen(folder)
        check_disjoint(labelled.sentences, seen["train"] | seen["dev"], what=f"{folder} was trained or tuned on")
        judged.append(judge(classifier, labelled.sentences))
    print(f"{len(judged[0].gold.texts)} sentences; a: {arguments.models[0]}, b: {arguments.models[1]}\n")
    print("| | a | b | a − b [95 % interval, paired] |\n| --- | ---: | ---: | ---: |")
    figures = [measure(one, rounds=0).overall for one in judged]
    for name, difference in paired_difference(*judged).items():
        values = [figure[name].value for figure in figures]
        if difference.value is None:
            continue
        cells = [f"{value:.3f}" for value in values if value is not None]
        interval = f"{difference.value:+.3f}"
        if difference.low is not None and difference.high is not None:
            interval += f" [{difference.low:+.3f}, {difference.high:+.3f}]"
        print(f"| {name} | {' | '.join(cells)} | {interval} |")


if __name__ == "__main__":
    main()
