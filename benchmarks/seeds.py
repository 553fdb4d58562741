"""Train with several seeds and measure on labelled sets: what one training run and its interval do not show.

Prints one row a seed and the mean, and keeps each result as it comes (``--keep FILE``), so that a run that is cut off
goes on where it stopped. Sets that are absent are skipped. ``--models`` measures models that are trained already.

Usage::

    python benchmarks/seeds.py --data data/corpus --texts ../shared/unlabelled --seeds 1 2 3 \
        --sets ../shared/benchmarks/real_dev.jsonl ../shared/benchmarks/real_stance_dev.jsonl
    python benchmarks/seeds.py --models models/default runs/seed2 runs/seed3 --data data/corpus --texts … --sets …
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from pathlib import Path
from typing import Any

import counterframe
from counterframe.evaluation.report import Evaluation

FIGURES = (
    "pair_f1",
    "frame_micro_f1",
    "primary_accuracy_framed",
    "primary_among",
    "stance_accuracy",
    "stance_macro_f1",
    "source_exact_f1",
)


def one(seed: int, arguments: argparse.Namespace) -> dict[str, Any]:
    """Train with one seed and return its figures by set."""
    config = counterframe.load_train_config(arguments.config, [*arguments.set, f"optimisation.seed={seed}"])
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "model"
        held_out = counterframe.train(
            arguments.data,
            model,
            config=config,
            texts=arguments.texts,
            allow_missing=not arguments.texts,
            device=arguments.device,
            say=lambda _: None,
        )
        found = {"held out": _figures(held_out)} if held_out else {}
        found |= measured(model, arguments.sets)
        best = json.loads((model / "calibration.json").read_text())
    return {"seed": seed, "sets": found, "calibration": best}


def trained(model: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the figures by set of a model that is there, with what its training held out of the data."""
    held_out = counterframe.evaluate(
        arguments.data,
        model=model,
        device="cpu",
        texts=arguments.texts,
        allow_missing=not arguments.texts,
        held_out=True,
    )
    return {"seed": model.name, "sets": {"held out": _figures(held_out), **measured(model, arguments.sets)}}


def measured(model: Path, sets: list[Path]) -> dict[str, Any]:
    """Return the figures on each labelled set that is present."""
    return {
        path.stem: _figures(counterframe.evaluate([path], model=model, device="cpu")) for path in sets if path.is_file()
    }


def _figures(evaluation: Evaluation) -> dict[str, Any]:
    """Return the overall figures, and beside them how many of each stance were found, given the frame."""
    told = evaluation.to_dict()
    return told["overall"] | {f"recall of {name}": figures["recall"] for name, figures in told["stances"].items()}


def table(results: list[dict[str, Any]]) -> list[str]:
    """Return rows: set, seed, figures with intervals; then the mean of the seeds."""
    recalls = [name for name in next(iter(results[0]["sets"].values())) if name.startswith("recall of")]
    columns = [*FIGURES, *recalls]
    lines = ["| set | seed | " + " | ".join(columns) + " |", "| --- | --- |" + " ---: |" * len(columns)]
    for name in results[0]["sets"]:
        for result in results:
            cells = [_cell(result["sets"][name][figure]) for figure in columns]
            lines.append(f"| {name} | {result['seed']} | " + " | ".join(cells) + " |")
        means = []
        for figure in columns:
            values = [result["sets"][name][figure]["value"] for result in results]
            kept = [value for value in values if value is not None]
            means.append(f"**{statistics.mean(kept):.3f}**" if kept else "–")
        lines.append(f"| {name} | mean | " + " | ".join(means) + " |")
    return lines


def _cell(figure: dict[str, Any]) -> str:
    if figure["value"] is None:
        return "–"
    if figure["low"] is None:
        return f"{figure['value']:.3f}"
    return f"{figure['value']:.3f} [{figure['low']:.2f}, {figure['high']:.2f}]"


def main() -> None:
    """Run all seeds that are not yet kept, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, nargs="+", required=True)
    parser.add_argument("--texts", type=Path, nargs="*", default=[])
    parser.add_argument("--sets", type=Path, nargs="*", default=[])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--models", type=Path, nargs="+", help="trained models to measure, in the place of training")
    parser.add_argument("--config")
    parser.add_argument("--set", nargs="*", default=[])
    parser.add_argument("--device", default="auto")
    parser.add_argument("--keep", type=Path, help="JSON Lines file that keeps each result")
    arguments = parser.parse_args()
    if arguments.models:
        print("\n".join(table([trained(model, arguments) for model in arguments.models])))
        return
    results: list[dict[str, Any]] = []
    if arguments.keep and arguments.keep.is_file():
        results = [json.loads(line) for line in arguments.keep.read_text().splitlines()]
    for seed in arguments.seeds:
        if any(result["seed"] == seed for result in results):
            continue
        results.append(one(seed, arguments))
        if arguments.keep:
            with arguments.keep.open("a", encoding="utf-8") as handle:
                handle.write(json.dumps(results[-1]) + "\n")
    print("\n".join(table(results)))


if __name__ == "__main__":
    main()
