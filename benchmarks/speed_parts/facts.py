"""From what the turns cost to the figures of the table, and whether each goal is met. Standard library alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

__all__ = ["COMMANDS", "TITLES", "gemm_facts", "goals", "scale_facts", "subject_facts"]

#: Subjects in the order of the table.
TITLES = {
    "engine": "counterframe, onnxruntime float32: the bare engine, batches ready",
    "classifier": "counterframe, onnxruntime float32: sentences to results",
    "command": "counterframe classify, float32: text files to JSON Lines, start-up included",
    "engine_int8": "counterframe, onnxruntime int8: the bare engine, batches ready",
    "classifier_int8": "counterframe, onnxruntime int8: sentences to results",
    "command_int8": "counterframe classify, int8: text files to JSON Lines, start-up included",
    "torch": "counterframe, torch float32: sentences to results",
    "pipeline_1": "transformers.pipeline, batch size 1",
    "pipeline_16": "transformers.pipeline, batch size 16",
    "pipeline_32": "transformers.pipeline, batch size 32",
    "setfit": "SetFit, batch size 32",
    "sentence_transformers": "sentence-transformers and logistic regression, batch size 32",
    "tfidf": "TF-IDF and logistic regression",
}

#: Options of each command that is measured.
COMMANDS: dict[str, tuple[str, ...]] = {"command": (), "command_int8": ("--precision", "int8")}

_Turns = Sequence[Mapping[str, Any]]

_PEAK_SHARE, _TIMES_FEWER, _OVERHEAD, _FLAT = 0.75, 2.5, 0.10, 1.10


def spread(values: Sequence[float]) -> dict[str, float]:
    """Return median, lowest and highest."""
    return {"median": median(values), "low": min(values), "high": max(values)}


def _per_thousand(turn: Mapping[str, Any], field: str) -> float:
    return 1000 * float(turn[field]) / float(turn["sentences"])


def subject_facts(
    turns: Mapping[str, _Turns],
    loaded: Mapping[str, Mapping[str, Any]],
    flops: Mapping[str, Sequence[float]],
    peak: float,
) -> dict[str, dict[str, Any]]:
    """Return the figures of each subject over its turns.

    Args:
        turns: Of each subject, what its turns cost; turn by turn on the same sentences.
        loaded: What loading each cost.
        flops: See ``gemm.model_flops``.
        peak: GFLOP/s of the fastest matrix product.
    """
    facts = {}
    for name, done in turns.items():
        found: dict[str, Any] = {
            "title": TITLES[name],
            "cpu_s_per_1000": spread([_per_thousand(turn, "cpu") for turn in done]),
            "wall_s_per_1000": spread([_per_thousand(turn, "wall") for turn in done]),
            "peak_mb": max(turn["peak_mb"] for turn in done),
            "start_cpu_s": loaded[name].get("cpu"),
        }
        if all(turn.get("lengths") for turn in done):
            a, b, c = flops["model" if name.startswith(("engine", "classifier", "torch")) else "encoder"]
            work = [sum(a + b * length + c * length**2 for length in turn["lengths"]) for turn in done]
            found["tokens_per_sentence"] = sum(sum(turn["lengths"]) for turn in done) / sum(
                turn["sentences"] for turn in done
            )
            found["share_of_peak"] = spread(
                [amount / turn["cpu"] / 1e9 / peak for amount, turn in zip(work, done, strict=True)]
            )
        if "engine" in turns and name != "engine":
            found["times_bare_engine"] = spread(_ratios(done, turns["engine"]))
        facts[name] = found
    return facts


def _ratios(left: _Turns, right: _Turns) -> list[float]:
    return [_per_thousand(one, "cpu") / _per_thousand(two, "cpu") for one, two in zip(left, right, strict=True)]


def gemm_facts(measured: Sequence[Mapping[str, float]]) -> tuple[str, dict[str, float]]:
    """Return the name of the fastest matrix product and the GFLOP/s of each, medians over the rounds."""
    rates = {name: median(turn[name] for turn in measured) for name in measured[0]}
    return max(rates, key=rates.__getitem__), rates


def scale_facts(runs: _Turns) -> list[dict[str, Any]]:
    """Return the runs of the command over more and more sentences, with what each costs beside the start-up."""
    start = {run["model"]: run["cpu"] for run in runs if run["asked"] == 1}
    facts = []
    for run in runs:
        if run["asked"] > 1:
            cost = 1000 * (run["cpu"] - start[run["model"]]) / run["sentences"]
            facts.append({**run, "cpu_s_per_1000": 1000 * run["cpu"] / run["sentences"], "without_start": cost})
    return facts


def _overhead_of_one_run(commands: _Turns, engines: _Turns) -> list[float]:
    """Return what one command over the sentences of all rounds would cost over the bare engine."""
    if not commands or not engines:
        return []
    whole = sum(turn["cpu"] - turn["start_cpu"] for turn in commands) + median(turn["start_cpu"] for turn in commands)
    return [whole / sum(turn["cpu"] for turn in engines) - 1]


def goals(turns: Mapping[str, _Turns], facts: Mapping[str, Mapping[str, Any]], scale: _Turns) -> list[dict[str, Any]]:
    """Return each goal with what was found and whether it is met; one that was not measured has no verdict."""
    found: list[dict[str, Any]] = []

    def judge(goal: str, values: Sequence[float], *, least: float | None = None, most: float | None = None) -> None:
        if not values:
            found.append({"goal": goal, "met": None})
            return
        value = spread(values)
        met = value["median"] >= least if least is not None else value["median"] <= (most or 0.0)
        found.append({"goal": goal, "found": value, "met": met})

    shares = facts.get("engine", {}).get("share_of_peak")
    judge(
        f"the float32 engine reaches at least {_PEAK_SHARE:.0%} of one core's fp32 GEMM peak (share)",
        [shares[key] for key in ("low", "median", "high")] if shares else [],
        least=_PEAK_SHARE,
    )
    pipelines = [name for name in turns if name.startswith("pipeline")]
    best = min(pipelines, key=lambda name: facts[name]["cpu_s_per_1000"]["median"], default=None)
    judge(
        f"{_TIMES_FEWER:g}× fewer CPU seconds than the pipeline's best batch size, sentences to results (times)",
        _ratios(turns[best], turns["classifier"]) if best and "classifier" in turns else [],
        least=_TIMES_FEWER,
    )
    commands, engines = turns.get("command", ()), turns.get("engine", ())
    judge(
        f"`classify` costs at most {_OVERHEAD:.0%} over the bare engine, its start-up apart (share)",
        [(turn["cpu"] - turn["start_cpu"]) / bare["cpu"] - 1 for turn, bare in zip(commands, engines, strict=False)],
        most=_OVERHEAD,
    )
    judge(
        f"the same for all {sum(turn['sentences'] for turn in commands):,} sentences with one start-up",
        _overhead_of_one_run(commands, engines),
        most=_OVERHEAD,
    )
    for model in dict.fromkeys(run["model"] for run in scale):
        sizes = {run["asked"]: [] for run in scale if run["model"] == model}
        for run in scale:
            if run["model"] == model:
                sizes[run["asked"]].append(run["without_start"])
        costs = [median(values) for values in sizes.values()]
        judge(
            f"cost per sentence flat from {min(sizes):,} to {max(sizes):,} sentences, {model} encoder, start-up apart"
            f" (highest over lowest, at most {_FLAT:g})",
            [max(costs) / min(costs)],
            most=_FLAT,
        )
    return found
