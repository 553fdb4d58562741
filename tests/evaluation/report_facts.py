"""Invented facts in the shape of ``metrics.json``, for the tests of the page that is made of them."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from counterframe.evaluation.titles import HUMAN_TITLES, LABEL_TITLES, TITLES

FRAMES = {
    "blockade": "Blockade",
    "road_closure": "Road closure",
    "open_passage": "Open passage",
    "obstruction": "Obstruction",
    "provocation": "Provocation",
    "humanitarian_crisis": "Humanitarian crisis",
    "legal_breach": "Legal breach",
    "sovereignty": "Sovereignty",
    "disinformation": "Disinformation",
    "protest": "Protest",
    "peace_process": "Peace process",
}
STANCES = ("asserts", "rejects", "relays")
KINDS = {
    "missed": "A frame that was missed",
    "invented": "A frame that the readers did not see",
    "other_frame": "Another primary frame",
    "stance": "The right frame with another stance",
    "extra_frames": "The right primary frame, but other frames beside it",
    "source": "Another source",
}
HOSTILE = "<script>document.title = 'gone'</script><img src=https://nowhere.invalid/x.png onerror=alert(1)>"
SENTENCES = (
    "The harbour authority of Ostrel said that the ford has been shut to every lorry from Merrova since Tuesday.",
    "“There is no siege and there never was one,” the envoy of Vardeny told reporters in Calvera.",
    "Twelve lorries with flour and insulin crossed the Tessin bridge before noon, the relief committee reported.",
    "The council in Orvania called the new permits a breach of the accord that both sides signed in spring.",
)


class Maker:
    """Draws figures and texts that always come out the same."""

    def __init__(self, seed: int = 7) -> None:
        self._random = random.Random(seed)

    def figure(self, middle: float = 0.75, support: int = 120, spread: float = 0.05) -> dict[str, Any]:
        """Return a figure near *middle*, with an interval whose sides differ."""
        value = min(1.0, max(0.0, middle + self._random.uniform(-0.08, 0.08)))
        low, high = max(0.0, value - spread), min(1.0, value + 0.7 * spread)
        return {"value": round(value, 4), "low": round(low, 4), "high": round(high, 4), "support": support}

    def near(self, value: float, spread: float) -> dict[str, Any]:
        """Return a figure that lies on a curve."""
        return {"value": value, "low": value - spread, "high": min(1.0, value + spread), "support": 1439}

    def difference(self, width: float = 0.02) -> dict[str, Any]:
        value = self._random.uniform(-width, width)
        return {"value": value, "low": value - width, "high": value + width, "support": 120}

    def overall(self, middle: float = 0.75) -> dict[str, Any]:
        return {name: self.figure(middle) for name in TITLES}

    def chance(self) -> float:
        return self._random.random()

    def whole(self, most: int) -> int:
        return self._random.randint(0, most)

    def measured(self, middle: float, frames: Sequence[str], stances: Sequence[str]) -> dict[str, Any]:
        """Return the figures of one model: overall, by frame, by stance."""
        return {
            "overall": self.overall(middle),
            "frames": {
                name: {key: self.figure(middle, support=self.whole(200), spread=0.11) for key in LABEL_TITLES}
                for name in frames
            },
            "stances": {
                name: {key: self.figure(middle, spread=0.08) for key in ("precision", "recall", "f1")}
                for name in stances
            },
        }


def report_facts(
    *,
    frames: Mapping[str, str] | None = None,
    stances: Sequence[str] = STANCES,
    texts: bool = True,
    slices: int = 12,
    errors: int = 3,
    long: int = 1,
    context: int = 8,
) -> dict[str, Any]:
    """Return facts in which everything is present.

    Args:
        frames: Titles of the frames by id.
        stances: The stances.
        texts: Whether sentences are given, or ids and offsets alone.
        slices: Rows of the longest slice.
        errors: Listed errors of each kind.
        long: How often each sentence is repeated within itself.
        context: Sentences of each document.
    """
    make = Maker()
    titles = dict(FRAMES if frames is None else frames)
    names = list(titles)
    listed, documents = _errors(make, names, stances, texts=texts, errors=errors, long=long, context=context)
    facts: dict[str, Any] = {
        "schema": "counterframe-metrics/2",
        "model": "default@639292d12b",
        "data": ["held-out test part"],
        "interval": "95 % percentile bootstrap, 1,000 rounds over events (documents where events are unknown)",
        "codebook": {
            "name": "access_dispute",
            "version": "1",
            "language": "en",
            "frames": titles,
            "stances": list(stances),
        },
        "sentences": 1439,
        "groups": 96,
        "documents": 476,
        "warnings": ["one training run: another seed gives other figures by about 0.01"],
        **make.measured(0.76, names, stances),
        "baselines": {
            "majority": make.measured(0.2, names, stances),
            "tf-idf": make.measured(0.55, names, stances),
        },
        "slices": _slices(make, stances, slices),
        "calibration": {
            "frames": _calibration(make),
            "stances": _calibration(make),
            "by_frame": {name: {"ece": make.figure(0.1), "brier": make.figure(0.12)} for name in names},
        },
        "coverage": [
            {
                "min_confidence": level / 20,
                "answered": make.near(1.0 - level**2 / 450, spread=0.02),
                "precision": make.near(0.68 + level / 70, spread=0.03),
                "pair_f1": make.near(0.64 + level / 75, spread=0.03),
            }
            for level in range(20)
        ],
        "coverage_of_model": {
            "min_confidence": 0.35,
            "answered": make.figure(0.8, spread=0.02),
            "precision": make.figure(0.75, spread=0.03),
        },
        "confusion": {
            "frames": _confusion(make, [*names, "none"]),
            "stances": _confusion(make, list(stances)),
        },
        "against": {
            "other": "models/earlier@77fe01",
            "differences": {name: make.difference() | {"p": make.chance() ** 4} for name in TITLES},
        },
        "human": {
            "readers": ["first", "second"],
            "sentences": 800,
            "groups": 41,
            "overall": {name: make.figure(0.9, spread=0.02) for name in HUMAN_TITLES},
        },
        "audit": _audit(make, names, stances, texts=texts),
        "errors": listed,
        "passages": documents,
    }
    return facts


def _slices(make: Maker, stances: Sequence[str], rows: int) -> dict[str, Any]:
    values = {
        "stance": [*stances, "none"],
        "publisher": [f"Press office of {name}" for name in ("Merrova", "Vardeny", "Calvera & Sons", HOSTILE)],
        "length": ["1–9 words", "10–19 words", "20–39 words", "40 words and more"],
        "event": [f"ostrel-ford-{number:03}" for number in range(rows)],
    }
    return {
        column: [
            {"value": value, "sentences": 20 + make.whole(90), "groups": 2 + make.whole(60), "figures": make.overall()}
            for value in given
        ]
        for column, given in values.items()
    }


def _calibration(make: Maker) -> dict[str, Any]:
    bins = []
    for number in range(10):
        low = number / 10
        confidence = low + 0.03 + 0.04 * make.chance()
        share = make.figure(confidence, spread=0.06)
        bins.append({"low": low, "high": low + 0.1, "count": make.whole(900), "confidence": confidence, "share": share})
    bins[4] |= {"count": 0, "confidence": None, "share": {"value": None, "low": None, "high": None, "support": 0}}
    return {"ece": make.figure(0.08, spread=0.01), "brier": make.figure(0.12, spread=0.01), "bins": bins}


def _confusion(make: Maker, labels: Sequence[str]) -> dict[str, Any]:
    counts = [
        [60 + make.whole(90) if row == column else max(0, make.whole(30) - 18) for column in range(len(labels))]
        for row in range(len(labels))
    ]
    return {"labels": list(labels), "counts": counts}


def _flips(make: Maker, middle: float = 0.08) -> dict[str, Any]:
    return {
        name: make.figure(middle, spread=0.01, support=1200)
        for name in ("any", "frames", "primary", "stances", "decisions")
    }


def _flipped(make: Maker, frames: Sequence[str], stances: Sequence[str], count: int, *, texts: bool) -> list[Any]:
    return [
        {
            "id": f"m{number}",
            "text": SENTENCES[number % 4] if texts else None,
            "swapped": SENTENCES[number % 4].replace("Merrova", "Vardeny").replace("Ostrel", "Karsk")
            if texts
            else None,
            "before": [[frames[number % len(frames)], stances[0], 0.61]],
            "after": [] if number % 2 else [[frames[-1], stances[-1], 0.505]],
        }
        for number in range(count)
    ]


def _audit(make: Maker, frames: Sequence[str], stances: Sequence[str], *, texts: bool) -> dict[str, Any]:
    def swap(kind: str, title: str) -> dict[str, Any]:
        scores = {"pair_f1": make.figure(0.7), "frame_micro_f1": make.figure(0.76)}
        return {
            "kind": kind,
            "title": title,
            "sentences": 1204,
            "pairs": 3612,
            "groups": 96,
            "flips": _flips(make),
            "shifts": {
                name: {key: value / 4 for key, value in make.difference(0.012).items()} | {"support": 3612}
                for name in frames
            },
            "parties": [
                {
                    "event": "ostrel-ford",
                    "party": party,
                    "frame": frame,
                    "sentences": 240,
                    "shift": 0.02 * make.chance() - 0.01,
                    "p": make.chance(),
                    "p_adjusted": min(1.0, 0.02 + make.chance()),
                }
                for party in ("Merrova", "Vardeny")
                for frame in frames
            ],
            "accuracy": {"before": scores, "after": scores},
            "flipped": _flipped(make, frames, stances, 5, texts=texts),
        }

    return {
        "schema": "counterframe-audit/1",
        "model": "default@639292d12b",
        "data": ["held-out test part"],
        "warnings": ["3 sentences name no party and were left out"],
        "seed": 5,
        "swaps": [
            swap("parties", "Parties of the event change places"),
            swap("unseen", "Names that the model has never seen"),
        ],
        "robustness": [
            {
                "name": name,
                "title": title,
                "sentences": 1439,
                "groups": 96,
                "flips": _flips(make, 0.09),
                "examples": _flipped(make, frames, stances, 3, texts=texts),
            }
            for name, title in {
                "case": "All in capitals",
                "quotes": "Other quotation marks",
                "typos": "A slip of the pen in one word",
                "full_stop": "No full stop",
            }.items()
        ],
        "bars": [
            {
                "name": "flips, parties of the event change places",
                "limit": "at most 2 %",
                "value": "1.4 %",
                "holds": True,
            },
            {
                "name": "mean shift of each frame",
                "limit": "interval within ±0.01",
                "value": "−0.012 to 0.004",
                "holds": False,
            },
        ],
    }


def _errors(
    make: Maker, frames: Sequence[str], stances: Sequence[str], *, texts: bool, errors: int, long: int, context: int
) -> tuple[list[Any], list[Any]]:
    groups, documents = [], []
    for kind, title in KINDS.items():
        listed = []
        for number in range(errors):
            doc = f"{kind}-{number:02}.html"
            text = (HOSTILE if number == 1 else "") + " ".join([SENTENCES[number % 4]] * long)
            frame = frames[number % len(frames)]
            found = {
                "frame": frames[-1],
                "score": 0.9 - number / 40,
                "stance": stances[-1],
                "stance_score": 0.7,
                "evidence": [[4, 21], [30, 38]],
            }
            second = found | {"frame": frames[0], "score": 0.55, "evidence": [[10, 34]]}
            listed.append(
                {
                    "id": f"{kind}-{number:02}/2",
                    "doc": doc,
                    "n": 2,
                    "start": 300,
                    "text": text if texts else None,
                    "gold": {} if kind == "invented" else {frame: stances[0]},
                    "gold_source": ("the envoy of Vardeny" if texts else [304, 324]) if number else None,
                    "predicted": [] if kind == "missed" else [found] if number else [found, second],
                    "source": ("the envoy" if texts else [304, 313]) if number % 2 else None,
                    "confidence": 0.9 - number / 40,
                    "abstained": number == 2,
                }
            )
            documents.append(
                {
                    "doc": doc,
                    "sentences": [
                        {
                            "id": f"{kind}-{number:02}/{place}",
                            "n": place,
                            "text": (text if place == 2 else " ".join([SENTENCES[place % 4]] * long))
                            if texts
                            else None,
                            "error": place == 2,
                        }
                        for place in range(context)
                    ],
                }
            )
        groups.append({"kind": kind, "title": title, "count": errors + make.whole(60), "listed": listed})
    return groups, documents
