"""The figures as Markdown, for the terminal and ``docs/speed.md``. Standard library alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["to_markdown"]

_INTRODUCTION = """# How fast it is

Written by `{command}`; the same figures for programs are in [speed.json](speed.json).
Each subject runs in a process of its own on one core with one thread a library, and they take turns: in each of
{rounds} rounds every one classifies the same slice of about {slice} sentences, in another order each time. Given are
the medians over the rounds, in brackets the lowest and the highest. CPU seconds are user and system time of all threads
and children.

The sentences are the shipped authored corpus with other invented names in each copy: {tokens:.1f} tokens a sentence as
a plain tokenizer cuts them, {ours:.1f} as our model reads them, since names are hidden from it. All subjects but TF-IDF
use the same encoder (MiniLM, 6 layers). The others name labels; ours gives frames, a stance for each, the source and
the evidence words.
"""


def to_markdown(facts: Mapping[str, Any]) -> str:
    """Return the page."""
    parts = [_introduction(facts), _machine(facts), _subjects(facts)]
    if facts["goals"]:
        parts.append(_goals(facts))
    if facts["scale"]:
        parts.append(_scale(facts))
    parts.append(_gemm(facts))
    if facts.get("profile"):
        parts.append(facts["profile"])
    return "\n".join(parts)


def _introduction(facts: Mapping[str, Any]) -> str:
    tokens = {name: found.get("tokens_per_sentence") for name, found in facts["engines"].items()}
    plain = next((tokens[name] for name in tokens if name.startswith("pipeline")), None)
    return _INTRODUCTION.format(
        command=facts["command"],
        rounds=facts["rounds"],
        slice=facts["slice"],
        tokens=plain or float("nan"),
        ours=tokens.get("engine") or float("nan"),
    )


def _machine(facts: Mapping[str, Any]) -> str:
    lines = [f"- {key}: {value}" for key, value in facts["machine"].items()]
    skipped = [f"- not measured: {name} ({reason})" for name, reason in facts["skipped"].items()]
    return "\n".join(["## Where it ran", "", *lines, *skipped, ""])


def _range(value: Mapping[str, float] | None, digits: int) -> str:
    if value is None:
        return ""
    return f"{value['median']:.{digits}f} [{value['low']:.{digits}f}, {value['high']:.{digits}f}]"


def _subjects(facts: Mapping[str, Any]) -> str:
    lines = [
        "## One core, side by side",
        "",
        "| | CPU s per 1,000 sentences | wall s | × bare engine | of the GEMM peak | peak MB | CPU s to load |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for found in facts["engines"].values():
        times, share, start = found.get("times_bare_engine"), found.get("share_of_peak"), found["start_cpu_s"]
        cells = [
            found["title"],
            _range(found["cpu_s_per_1000"], 3),
            f"{found['wall_s_per_1000']['median']:.3f}",
            f"{times['median']:.2f}" if times else "1",
            f"{share['median']:.0%}" if share else "",
            f"{found['peak_mb']:.0f}",
            "" if start is None else f"{start:.1f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    lines += [
        "",
        "The GEMM peak and the operations that are counted are below. Peak memory is that of the whole process.",
        "",
    ]
    return "\n".join(lines)


def _goals(facts: Mapping[str, Any]) -> str:
    lines = ["## The goals", "", "| goal | found | |", "| --- | ---: | --- |"]
    for goal in facts["goals"]:
        verdict = {True: "met", False: "**missed**", None: "not measured"}[goal["met"]]
        lines.append(f"| {goal['goal']} | {_range(goal.get('found'), 3)} | {verdict} |")
    return "\n".join([*lines, ""])


def _scale(facts: Mapping[str, Any]) -> str:
    lines = [
        "## From a thousand to a million",
        "",
        "`counterframe classify` from one JSON Lines table to JSON Lines, with all cores it may use"
        f" ({facts['machine']['cores in use']}).",
        "The tiny encoder has one layer of 32: with it nearly all of the cost is that of the other stages.",
        "",
        "| encoder | sentences | CPU s | wall s | CPU s per 1,000 | the same, start-up apart | peak MB |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {run['model']} | {run['sentences']:,} | {run['cpu']:.1f} | {run['wall']:.1f} | {run['cpu_s_per_1000']:.3f}"
        f" | {run['without_start']:.3f} | {run['peak_mb']:.0f} |"
        for run in facts["scale"]
    ]
    return "\n".join([*lines, ""])


def _gemm(facts: Mapping[str, Any]) -> str:
    rates: Mapping[str, float] = facts["gemm"]["gflops"]
    libraries = list(dict.fromkeys(name.split()[0] for name in rates))
    shapes = list(dict.fromkeys(name.split()[1] for name in rates))
    a, b, c = facts["gemm"]["flops"]["model"]
    lines = [
        "## The GEMM peak",
        "",
        "GFLOP/s of fp32 matrix products on one core, in CPU time: the best of three tries; medians over the rounds.",
        f"The peak is the fastest of all: {facts['gemm']['peak']}. 512 rows are a batch of 512 tokens; 384 and 1536",
        "are the encoder's widths.",
        "",
        f"| rows × inner × columns | {' | '.join(libraries)} |",
        f"| --- | {' | '.join(['---:'] * len(libraries))} |",
        *(
            f"| {shape} | {' | '.join(format(rates[f'{name} {shape}'], '.0f') for name in libraries)} |"
            for shape in shapes
        ),
        "",
        f"A sentence of L tokens takes {a / 1e6:.1f} + {b / 1e6:.2f}·L + {c / 1e6:.4f}·L² million operations in the",
        "whole model, as torch's own counter has it (for the other tools those of the encoder alone); work on",
        "padding is not counted.",
        "",
    ]
    return "\n".join(lines)
