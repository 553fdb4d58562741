"""The facts of ``metrics.json`` as tables that people can read: ``report.md``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .bootstrap import FEW_GROUPS
from .markdown import code, escaped, interval, number, table
from .titles import HUMAN_TITLES, LABEL_TITLES, MEANINGS, OF_STANCES, SLICE_TITLES, TITLES

__all__ = ["report_text"]

_Facts = Mapping[str, Any]

#: Behind the number of groups, where these are few.
_FEW_MARK = " †"


def report_text(facts: _Facts) -> str:
    """Return the report as Markdown.

    Args:
        facts: The object of ``metrics.json``.
    """
    blocks = [block for section in _SECTIONS for block in section(facts)]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _head(facts: _Facts) -> Iterator[str]:
    book = facts["codebook"] or {"name": "?", "version": "?"}
    yield "# Evaluation"
    yield (
        f"Model {code(facts['model'])}, codebook {code(book['name'])} version {book['version']}, on"
        f" {facts['sentences']} sentences of {facts['groups']} events or documents"
        f" ({facts['documents']} documents): {', '.join(map(code, facts['data']))}."
    )
    yield (
        f"In brackets stand intervals: {escaped(facts['interval'])}. The support is the number of gold labels"
        f" (sentences, pairs or spans) a figure stands on. {_FEW_MARK.strip()} marks parts of fewer than {FEW_GROUPS}"
        " independent events or documents, whose intervals are too narrow."
    )
    yield from (f"> **Mind:** {escaped(note)}." for note in facts["warnings"])


def _overall(facts: _Facts) -> Iterator[str]:
    names = [name for name in TITLES if _told(facts, name)]
    yield "## Overall"
    yield table(
        ["", "model", *facts["baselines"], "support"],
        [
            [
                TITLES[name],
                interval(facts["overall"][name]),
                *(number(held["overall"][name]["value"]) for held in facts["baselines"].values()),
                str(facts["overall"][name]["support"]),
            ]
            for name in names
        ],
    )
    yield (
        "A pair is right when frame and stance are. Stance figures are taken on the gold frames, found or not, so that"
        " they measure the stance alone. `majority` always gives the most common answer of the training data;"
        " `tf-idf` is a linear model on words and word pairs, fitted on the same sentences as the model."
    )
    yield "\n".join(f"- {TITLES[name]}: {MEANINGS[name]}" for name in names)


def _against(facts: _Facts) -> Iterator[str]:
    against = facts["against"]
    if against is None:
        return
    yield f"## Against {code(against['other'])}"
    yield (
        "The model less the other, on the same sentences: above 0 the model is better. Each round draws the same events"
        " for both. p is two-sided: the level at which the interval would just reach 0. It is not corrected for the"
        " number of rows."
    )
    rows = [
        [TITLES.get(name, name), interval(held, sign="+"), number(held["p"]), str(held["support"])]
        for name, held in against["differences"].items()
        if held["support"] and _told(facts, name)
    ]
    yield table(["", "difference", "p", "support"], rows)


def _human(facts: _Facts) -> Iterator[str]:
    human = facts["human"]
    if human is None:
        return
    yield "## Agreement of readers"
    few = _FEW_MARK if human["groups"] < FEW_GROUPS else ""
    yield (
        f"How far {' and '.join(map(code, human['readers']))} agree on {human['sentences']} of the sentences"
        f" ({human['groups']}{few} events or documents)."
    )
    rows = [
        [HUMAN_TITLES[name], interval(held), str(held["support"])]
        for name, held in human["overall"].items()
        if held["value"] is not None
    ]
    yield table(["", "readers", "support"], rows)


def _labels(facts: _Facts) -> Iterator[str]:
    keys = ("precision", "recall", "f1", "pair_f1", "average_precision")
    titles = facts["codebook"]["frames"] if facts["codebook"] else {}
    yield "## Frames"
    for name, held in (("", facts), *((name, held) for name, held in facts["baselines"].items())):
        rows = [
            [escaped(titles.get(frame, frame)), *(interval(row[key]) for key in keys), str(row["f1"]["support"])]
            for frame, row in held["frames"].items()
        ]
        if name:
            yield f"### {escaped(name)}"
        yield table(["frame", *(LABEL_TITLES[key] for key in keys), "support"], rows)
    if facts["overall"]["stance_accuracy"]["value"] is None or len(facts["stances"]) < 2:
        return
    yield "## Stances, given the frame"
    rows = [
        [escaped(stance), *(interval(row[key]) for key in keys[:3]), str(row["f1"]["support"])]
        for stance, row in facts["stances"].items()
    ]
    yield table(["stance", *(LABEL_TITLES[key] for key in keys[:3]), "support"], rows)


def _slices(facts: _Facts) -> Iterator[str]:
    for position, (column, rows) in enumerate(facts["slices"].items()):
        if position == 0:
            yield "## Parts of the data"
        names = [name for name in TITLES if any(_has(row["figures"], name) for row in rows) and _told(facts, name)]
        yield f"### {escaped(SLICE_TITLES.get(column, f'By {column}'))}"
        yield table(
            ["", "sentences", "groups", *(TITLES[name] for name in names)],
            [
                [
                    escaped(row["value"]),
                    str(row["sentences"]),
                    f"{row['groups']}{_FEW_MARK if row['groups'] < FEW_GROUPS else ''}",
                    *(interval(row["figures"][name]) for name in names),
                ]
                for row in rows
            ],
        )


def _calibration(facts: _Facts) -> Iterator[str]:
    found = facts["calibration"]
    if found is None:
        return
    titles = facts["codebook"]["frames"] if facts["codebook"] else {}
    yield "## Calibration"
    yield (
        "A score is calibrated if of all answers scored 0.8 eight in ten are right. ECE is the mean distance between"
        " score and share right over ten equal-width bins, each weighed by its count; the Brier score is the mean"
        " squared distance between score and truth (for stances summed over the stances, 0 to 2). For frames each score"
        " of each sentence counts, for stances the score of the most probable stance of each gold frame."
    )
    named = {"all frames": found["frames"], "stances, given the frame": found["stances"]}
    named |= {titles.get(frame, frame): held for frame, held in found["by_frame"].items()}
    rows = [
        [escaped(name), interval(held["ece"]), interval(held["brier"]), str(held["ece"]["support"])]
        for name, held in named.items()
        if held["ece"]["value"] is not None
    ]
    yield table(["", "ECE", "Brier score", "scores"], rows)
    for kind in ("frames", "stances"):
        bins = found[kind]["bins"]
        if bins:
            yield f"### Scores of {kind}"
            rows = [
                [
                    f"{one['low']:.1f} to {one['high']:.1f}",
                    str(one["count"]),
                    number(one["confidence"]),
                    interval(one["share"]),
                ]
                for one in bins
            ]
            yield table(["score", "how many", "mean score", "share right"], rows)


def _coverage(facts: _Facts) -> Iterator[str]:
    if not facts["coverage"]:
        return
    yield "## Precision against coverage"
    yield (
        "If only answers of some confidence or more are taken: how many sentences have one, and how many of these are"
        " wholly right (the primary frame and its stance, or no frame). The last row is the model's own setting."
    )
    points = [*facts["coverage"], *([facts["coverage_of_model"]] if facts["coverage_of_model"] else [])]
    rows = [
        [f"{one['min_confidence']:.2f}", *(interval(one[key]) for key in ("answered", "precision", "pair_f1"))]
        for one in points
    ]
    if facts["coverage_of_model"]:
        rows[-1][0] = f"the model's own ({rows[-1][0]})"
    yield table(["confidence from", "answered", "right of these", "pair F1 of these"], rows)


def _confusion(facts: _Facts) -> Iterator[str]:
    titles = facts["codebook"]["frames"] if facts["codebook"] else {}
    heads = {"frames": "Primary frames mixed up", "stances": "Stances mixed up, given the frame"}
    for kind, held in facts["confusion"].items():
        if sum(map(sum, held["counts"])) == 0 or len(held["labels"]) < 2:
            continue
        names = [escaped(titles.get(label, label)) for label in held["labels"]]
        yield f"## {heads[kind]}"
        yield "Rows are what the readers say, columns what the model says."
        rows = [[name, *map(str, counts)] for name, counts in zip(names, held["counts"], strict=True)]
        yield table(["", *names], rows)


def _audit(facts: _Facts) -> Iterator[str]:
    audit = facts["audit"]
    if audit is None:
        return
    yield "## Neutrality audit"
    yield (
        f"The same sentences with other names and other looks, on {', '.join(map(code, audit['data']))}: how often the"
        " answer changes. `counterframe audit` writes it with the mean shift of each frame's score."
    )
    yield from (f"> **Mind:** {escaped(note)}." for note in audit["warnings"])
    yield table(
        ["bar", "limit", "measured", ""],
        [
            [*(escaped(bar[key]) for key in ("name", "limit", "value")), "holds" if bar["holds"] else "does not hold"]
            for bar in audit["bars"]
        ],
    )
    yield table(
        ["change", "sentences", *(f"{name} differ" for name in ("frames or stances", "frames", "stances"))],
        [
            [
                escaped(row["title"]),
                str(row["sentences"]),
                *(interval(row["flips"][name]) for name in ("any", "frames", "stances")),
            ]
            for row in (*audit["swaps"], *audit["robustness"])
        ],
    )


def _errors(facts: _Facts) -> Iterator[str]:
    for position, group in enumerate(facts["errors"]):
        if position == 0:
            yield "## Errors"
        listed = group["listed"]
        shown = "" if len(listed) == group["count"] else f", of which the {len(listed)} surest"
        yield f"### {escaped(group['title'])} ({group['count']}{shown})"
        yield "\n".join(line for error in listed for line in _error(error))


def _error(error: _Facts) -> Iterator[str]:
    text = error["text"]
    quoted = f": {escaped(text)}" if text is not None else ""
    yield f"- {code(error['id'])} ({code(error['doc'])}, {error['n']}){quoted}"
    gold = ", ".join(f"{frame} {stance or ''}".strip() for frame, stance in error["gold"].items()) or "no frame"
    yield f"  - gold: {escaped(gold)}{_source(error['gold_source'])}"
    found = [
        f"{one['frame']} {one['score']:.2f}, {one['stance']} {one['stance_score']:.2f}" + _evidence(one, text)
        for one in error["predicted"]
    ]
    unsure = "; the model abstains" if error["abstained"] else ""
    said = escaped("; ".join(found)) or "no frame"
    yield f"  - model ({error['confidence']:.2f}{unsure}): {said}{_source(error['source'])}"


def _evidence(found: _Facts, text: str | None) -> str:
    spans = found["evidence"]
    if not spans:
        return ""
    words = [text[slice(*span)] if text is not None else f"{span[0]}–{span[1]}" for span in spans]
    return f" (by {', '.join(words)})"


def _source(source: str | list[int] | None) -> str:
    if source is None:
        return ""
    return f"; source: {escaped(source if isinstance(source, str) else f'{source[0]}–{source[1]}')}"


_SECTIONS: tuple[Callable[[_Facts], Iterator[str]], ...] = (
    _head,
    _overall,
    _against,
    _human,
    _labels,
    _slices,
    _calibration,
    _coverage,
    _confusion,
    _audit,
    _errors,
)


def _told(facts: _Facts, name: str) -> bool:
    """Whether the data says anything of an overall figure."""
    return _has(facts["overall"], name) and not (len(facts["stances"]) == 1 and name in OF_STANCES)


def _has(figures: _Facts, name: str) -> bool:
    return name in figures and figures[name]["value"] is not None and figures[name]["support"] > 0
