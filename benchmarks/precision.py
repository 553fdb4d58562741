"""Which other numbers keep the answers: precisions against the CPU's float32 on what training held out.

For each precision: the share of sentences that keep all their labels (frames with their stances), of decisions (a
sentence and a frame: absent, or present with its stance), of sources; how far from its threshold a frame was at most
that appears or goes; pair F1 with the paired difference and its 95 % interval; CPU seconds per 1,000 sentences (of this
process, one thread). What the default must keep to stands at the end, with met or missed.

float16 and bfloat16 are for GPUs. With ``--device cpu`` they are computed by torch on the CPU: the answers are about
those of a GPU, the seconds are not. With ``--parts`` int8 is also measured with one part of the network more or less.

Usage: ``python benchmarks/precision.py [--model DIR] [--data PATH ...] [--texts FOLDER ...] [--device cpu|cuda]
[--precision int8 float16 ...] [--every 1] [--parts]``
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from counterframe.data.labelled import read_labelled
from counterframe.data.types import LabelledSentence
from counterframe.evaluation.judged import Gold, Judged
from counterframe.evaluation.metrics import measure, paired_difference
from counterframe.inference.classifier import Classifier
from counterframe.inference.engines import Engine, OnnxEngine, Precision, TorchEngine
from counterframe.inference.gate import Fidelity, compare
from counterframe.inference.predict import predicted
from counterframe.inference.unseen import unseen_sentences
from counterframe.models.checkpoint import Checkpoint
from counterframe.models.quantise import encoder_weights

ROOT = Path(__file__).resolve().parents[1]
TEXTS = ROOT.parent / "shared" / "unlabelled"
#: What the default must keep to: share of the sentences or decisions, and fall of pair F1.
AGREE, FALL = 0.99, 0.005
GPU_AGREE = 0.995


def _feed_forward(name: str) -> bool:
    return encoder_weights(name) and "attention" not in name


#: Weights that are rounded.
PARTS: dict[str, Callable[[str], bool]] = {
    "int8, heads too": bool,
    "int8, attention alone": lambda name: encoder_weights(name) and "attention" in name,
    "int8, feed-forward alone": _feed_forward,
    "int8, but for the second feed-forward layer": lambda name: (
        encoder_weights(name) and not (_feed_forward(name) and ".output.dense" in name)
    ),
}


def engines(checkpoint: Checkpoint, arguments: argparse.Namespace) -> Iterator[tuple[str, Engine]]:
    """Yield the engines to measure, each with its name."""
    for precision in arguments.precision:
        if precision == "int8":
            yield "int8", OnnxEngine(checkpoint, workers=1, precision="int8")
        else:
            yield precision, TorchEngine(checkpoint, device=arguments.device, precision=precision)
    for name, part in PARTS.items() if arguments.parts else ():
        yield name, OnnxEngine(checkpoint, workers=1, precision="int8", rounded=part)


def held_out(checkpoint: Checkpoint, arguments: argparse.Namespace) -> list[LabelledSentence]:
    """Return what training held out to measure on."""
    texts = [path for path in arguments.texts if path.exists()]
    labelled = read_labelled(arguments.data, checkpoint.codebook, texts=texts, allow_missing=not texts)
    return unseen_sentences(labelled.sentences, checkpoint.folder, held_out=True)[:: arguments.every]


def judged(classifier: Classifier, sentences: Sequence[LabelledSentence]) -> tuple[Judged, float]:
    """Return the answers beside the labels, and the CPU seconds per 1,000 sentences."""
    started = time.process_time()
    scores = classifier.score([item.text for item in sentences])
    seconds = time.process_time() - started
    answers = predicted(scores, classifier.calibration, classifier.codebook, classifier.abstention)
    gold = Gold.of(sentences, classifier.codebook)
    return Judged(gold=gold, predicted=answers, codebook=classifier.codebook), 1000 * seconds / len(sentences)


def row(name: str, found: Fidelity | None, f1: float, change: str, seconds: float) -> str:
    """Return a row of the table."""
    kept = ["–"] * 4
    if found is not None:
        kept = [f"{found.sentences:.2%}", f"{found.decisions:.2%}", f"{found.sources:.2%}", f"{found.farthest:.3f}"]
    return f"| {name} | {' | '.join(kept)} | {f1:.4f} | {change} | {seconds:.2f} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="default")
    parser.add_argument("--data", type=Path, nargs="+", default=[ROOT / "data" / "corpus"])
    parser.add_argument("--texts", type=Path, nargs="*", default=[TEXTS])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", nargs="+", default=["int8"], choices=["int8", "float32", "float16", "bfloat16"])
    parser.add_argument("--every", type=int, default=1, help="take each n-th sentence")
    parser.add_argument("--parts", action="store_true")
    arguments = parser.parse_args()
    checkpoint = Checkpoint.load(arguments.model)
    sentences = held_out(checkpoint, arguments)
    reference, seconds = judged(Classifier(checkpoint, OnnxEngine(checkpoint, workers=1)), sentences)
    base = _pair_f1(reference)
    print(f"{checkpoint.name}, {len(sentences)} held-out sentences\n")
    print("| | sentences | decisions | sources | farthest from a threshold | pair F1 | change [95 %] | CPU s / 1,000 |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    print(row("float32 (onnxruntime)", None, base, "–", seconds))
    verdicts = []
    for name, engine in engines(checkpoint, arguments):
        other, seconds = judged(Classifier(checkpoint, engine), sentences)
        found = compare(reference.predicted, other.predicted)
        difference = paired_difference(other, reference)["pair_f1"]
        change = f"{difference.value:+.4f}"
        if difference.low is not None:
            change += f" [{difference.low:+.4f}, {difference.high:+.4f}]"
        print(row(name, found, _pair_f1(other), change, seconds), flush=True)
        verdicts.append(_verdict(name, engine.precision, found, base - _pair_f1(other)))
    print("\n" + "\n".join(verdicts))


def _pair_f1(given: Judged) -> float:
    return float(measure(given, rounds=0).overall["pair_f1"].value or 0.0)


def _verdict(name: str, precision: Precision, found: Fidelity, fall: float) -> str:
    share = AGREE if precision == "int8" else GPU_AGREE
    parts = [
        (f"sentences that keep all labels ≥ {share:.1%}", found.sentences >= share),
        (f"decisions ≥ {share:.1%}", found.decisions >= share),
        (f"pair F1 falls by ≤ {FALL}", fall <= FALL),
    ]
    return f"{name}: " + "; ".join(f"{what} {'met' if met else 'missed'}" for what, met in parts)


if __name__ == "__main__":
    main()
