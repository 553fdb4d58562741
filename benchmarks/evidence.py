"""Do the evidence words mean something? Delete them and see how far the frame's score falls.

For each frame found in a sentence, the evidence words are deleted, and, as a control, as many other words chosen at
random (several draws). Printed is the mean fall of the frame's score for both, and their difference with a 95 %
interval from a bootstrap over events (documents, where events are unknown).

Usage: ``python benchmarks/evidence.py [--model FOLDER] [--data PATH...] [--held-out]``
"""

from __future__ import annotations

import argparse
import random
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from counterframe import Classifier, LabelledSentence, Sentence, read_labelled
from counterframe.data.splits import fingerprint
from counterframe.inference.evaluate import read_seen
from counterframe.models.decode import probabilities

ROOT = Path(__file__).resolve().parents[1]
DRAWS = 5
_WORD = re.compile(r"\w+(?:[-'’]\w+)*")


@dataclass(frozen=True)
class Falls:
    """How far scores fall; one entry a (sentence, frame).

    Attributes:
        evidence: Fall when the evidence words are deleted.
        control: Mean fall when as many random words are deleted.
        groups: Event or document of each entry.
    """

    evidence: np.ndarray
    control: np.ndarray
    groups: list[str]

    def difference(self, *, rounds: int = 2000, seed: int = 0) -> tuple[float, float, float]:
        """Return the mean of evidence minus control and its 95 % interval over groups."""
        gains = self.evidence - self.control
        names, index = np.unique(self.groups, return_inverse=True)
        sums = np.bincount(index, weights=gains)
        sizes = np.bincount(index)
        draws = np.random.default_rng(seed).multinomial(len(names), np.full(len(names), 1 / len(names)), size=rounds)
        means = (draws @ sums) / np.maximum(draws @ sizes, 1)
        low, high = np.percentile(means, [2.5, 97.5])
        return float(gains.mean()), float(low), float(high)


def delete(text: str, spans: list[tuple[int, int]]) -> str:
    """Return *text* without the characters of *spans*."""
    kept, place = [], 0
    for start, end in sorted(spans):
        kept.append(text[place:start])
        place = end
    return " ".join("".join([*kept, text[place:]]).split())


def measure_falls(classifier: Classifier, sentences: list[LabelledSentence], *, seed: int = 0) -> Falls:
    """Delete evidence and random words in each sentence with a frame and classify again."""
    rng = random.Random(seed)
    plain = [
        Sentence(doc=item.doc, n=n, start=0, end=len(item.text), text=item.text) for n, item in enumerate(sentences)
    ]
    frames = list(classifier.codebook.frame_ids)
    texts: list[str] = []
    found: list[tuple[int, float, str]] = []  # column of the frame, its score, group
    for item, result in zip(sentences, classifier.classify(plain), strict=True):
        words = [match.span() for match in _WORD.finditer(item.text)]
        for frame in result.frames:
            chosen = [word for word in words if any(start < word[1] and end > word[0] for start, end in frame.evidence)]
            others = [word for word in words if word not in chosen]
            if not chosen or len(others) < len(chosen):
                continue
            found.append((frames.index(frame.frame), frame.score, item.event))
            texts.append(delete(item.text, chosen))
            texts.extend(delete(item.text, rng.sample(others, len(chosen))) for _ in range(DRAWS))
    scores = classifier.score(texts)
    presence, _ = probabilities(scores.frames, scores.stances, classifier.calibration, classifier.codebook)
    rows = presence.reshape(len(found), DRAWS + 1, -1)
    columns = np.array([column for column, _, _ in found])
    before = np.array([score for _, score, _ in found])
    after = rows[np.arange(len(found))[:, None], np.arange(DRAWS + 1)[None], columns[:, None]]
    return Falls(before - after[:, 0], before - after[:, 1:].mean(1), [group for _, _, group in found])


def held_out_sentences(classifier: Classifier, data: list[Path]) -> list[LabelledSentence]:
    """Return the sentences of *data* that training kept back; those without their text are left out."""
    kept = read_seen(classifier.checkpoint.folder)["test"]
    sentences = read_labelled(data, classifier.codebook, allow_missing=True).sentences
    return [item for item in sentences if not kept.isdisjoint(fingerprint(item))]


def main() -> None:
    """Print the falls."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="default")
    parser.add_argument("--data", type=Path, nargs="+", default=[ROOT / "data" / "corpus"])
    parser.add_argument("--held-out", action="store_true", help="only what training kept back")
    arguments = parser.parse_args()
    classifier = Classifier.load(arguments.model, device="cpu")
    if arguments.held_out:
        sentences = held_out_sentences(classifier, arguments.data)
    else:
        sentences = read_labelled(arguments.data, classifier.codebook, allow_missing=True).sentences
    falls = measure_falls(classifier, sentences)
    mean, low, high = falls.difference()
    print(f"{len(falls.groups)} frames in {len(sentences)} sentences of {len(set(falls.groups))} events or documents")
    print(f"mean fall of the score: {falls.evidence.mean():.3f} without the evidence words,")
    print(f"                        {falls.control.mean():.3f} without as many random other words")
    print(f"difference: {mean:.3f} [{low:.3f}, {high:.3f}]")


if __name__ == "__main__":
    main()
