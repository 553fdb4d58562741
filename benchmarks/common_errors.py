"""What do several trainings get wrong alike? Errors that all seeds share are no matter of luck.

Counts the pairs of frame and stance that each model misses or invents, those that all students miss or invent, how many
of these their teacher misses or invents too, and what the mean of the students' scores would reach. The sentences are
those of the data that the training of the first model held out.

Usage::

    python benchmarks/common_errors.py models/default runs/seed2 runs/seed3 --teacher runs/teacher \
        --data data/corpus --texts ../shared/unlabelled
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from counterframe import CounterframeError
from counterframe.data.labelled import read_labelled
from counterframe.data.splits import check_disjoint, fingerprint
from counterframe.evaluation.judged import Judged
from counterframe.inference.classifier import Classifier
from counterframe.inference.evaluate import read_seen
from counterframe.inference.predict import judge

_Bools = NDArray[np.bool_]


def pair_f1(right: _Bools, found: _Bools, gold: _Bools) -> float:
    """Return micro F1 of pairs; each argument is (N, F)."""
    return 2 * float(right.sum()) / float(found.sum() + gold.sum())


def _right(judged: Judged) -> _Bools:
    gold = judged.gold
    return judged.predicted.frames & gold.frames & (judged.predicted.stances == gold.stances)


def table(students: dict[str, Judged], teacher: tuple[str, Judged] | None) -> list[str]:
    """Return a row for each model, for what the students share, and for their mean."""
    gold = next(iter(students.values())).gold.frames
    lines = [
        f"{int(gold.sum())} pairs of frame and stance",
        "",
        "| | pair F1 | missed | invented |",
        "| --- | ---: | ---: | ---: |",
    ]
    models = {**students, **(dict([teacher]) if teacher else {})}
    missed = {name: gold & ~_right(judged) for name, judged in models.items()}
    invented = {name: judged.predicted.frames & ~_right(judged) for name, judged in models.items()}
    for name, judged in models.items():
        score = pair_f1(_right(judged), judged.predicted.frames, gold)
        lines.append(f"| {name} | {score:.3f} | {missed[name].sum()} | {invented[name].sum()} |")
    shared = [np.logical_and.reduce([errors[name] for name in students]) for errors in (missed, invented)]
    lines.append(f"| all of the students | | {shared[0].sum()} | {shared[1].sum()} |")
    if teacher:
        both = [int((errors & told[teacher[0]]).sum()) for errors, told in zip(shared, (missed, invented), strict=True)]
        lines.append(f"| … and the teacher | | {both[0]} | {both[1]} |")
    made = [judged.predicted for judged in students.values()]
    found = np.mean([one.frame_scores - one.thresholds for one in made], axis=0) >= 0
    stances = np.mean([one.stance_scores for one in made], axis=0).argmax(-1)
    right = found & gold & (stances == next(iter(students.values())).gold.stances)
    mean = pair_f1(right, found, gold)
    lines.append(f"| mean of the students' scores | {mean:.3f} | {(gold & ~right).sum()} | {(found & ~right).sum()} |")
    return lines


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("students", type=Path, nargs="+", help="model folders, such as the seeds of a recipe")
    parser.add_argument("--teacher", type=Path)
    parser.add_argument("--data", type=Path, nargs="+", required=True)
    parser.add_argument("--texts", type=Path, nargs="*", default=[])
    arguments = parser.parse_args()
    try:
        folders = [*arguments.students, *([arguments.teacher] if arguments.teacher else [])]
        models = {folder.name: Classifier.load(folder, device="cpu") for folder in folders}
        first = next(iter(models.values()))
        labelled = read_labelled(arguments.data, first.codebook, texts=arguments.texts)
        kept = read_seen(arguments.students[0])["test"]
        sentences = [item for item in labelled.sentences if not kept.isdisjoint(fingerprint(item))]
        for folder in folders:
            seen = read_seen(folder)
            check_disjoint(sentences, seen["train"] | seen["dev"], what=f"{folder} was trained or tuned on")
        judged = {name: judge(model, sentences) for name, model in models.items()}
    except CounterframeError as error:
        sys.exit(str(error))
    teacher = arguments.teacher.name if arguments.teacher else None
    students = {name: one for name, one in judged.items() if name != teacher}
    print("\n".join(table(students, (teacher, judged[teacher]) if teacher else None)))


if __name__ == "__main__":
    main()
