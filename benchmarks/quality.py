"""Is the method good on other people's data? Train and score on external sets, beside what else one could take.

Every set has a codebook and settings of its own in ``quality_parts/configs``; the code is the package as it is. On the
same sentences to learn from, to tune on and to measure on: always the same answer, TF-IDF with logistic regression,
SetFit and the plain classifier of the transformers library, both with the same encoder.

Each finished result is kept in ``--out`` (labels and places, no text), and a run that was cut off goes on there. The
expected time is printed first. SetFit is left out by name where it is not installed (``pip install setfit``).

Usage::

    python benchmarks/quality.py --sets gwsd gvfc --seeds 1 2 3 --out runs/quality
    python benchmarks/quality.py --limit 60 --seeds 1 --out runs/smoke --set optimisation.epochs=1   # does it all work?
    python benchmarks/quality.py --out runs/quality --only-table                                      # what is kept
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from quality_parts.contrastive import setfit_answers
from quality_parts.estimate import expected, measured_cost
from quality_parts.linear import majority_answers, tfidf_answers
from quality_parts.ours import counterframe_answers
from quality_parts.results import Kept, Key, load, save, versions
from quality_parts.sets import READERS, read_set
from quality_parts.systems import Setting, codebook_file, configured
from quality_parts.table import section
from quality_parts.tasks import Answer, Fold, Task, limited
from quality_parts.transformer import plain_answers
from transformers import logging

from counterframe import CounterframeError
from counterframe.data.output import write_whole
from counterframe.models.device import torch_device
from counterframe.models.encoder import find_encoder

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "benchmarks"

SYSTEMS: dict[str, Callable[[Task, Fold, Setting], list[Answer]]] = {
    "majority": majority_answers,
    "tfidf": tfidf_answers,
    "setfit": setfit_answers,
    "plain": plain_answers,
    "counterframe": counterframe_answers,
}
#: Systems in which nothing is random: one run stands for all seeds.
ONCE = ("majority", "tfidf")
#: Why a system has no answer to spans.
NO_SPANS = {
    "tfidf": "it labels sentences and names no words of them",
    "setfit": "it labels sentences and names no words of them",
}

Results = dict[str, dict[int, dict[str, Kept]]]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what is not yet kept, and print the tables."""
    given = _parsed(arguments)
    logging.set_verbosity_error()  # that a classifier's head is new is no news
    try:
        _refuse_the_repository(given.out)
        tasks = [read_set(name, given.data) for name in given.sets]
        tasks = [limited(task, given.limit) for task in tasks] if given.limit else tasks
        if not given.only_table:
            _say_what_it_takes(tasks, given)
        lines = _head(given)
        for task in tasks:
            results, left_out = _run(task, given)
            found = section(task, results, rounds=given.rounds, left_out=left_out)
            lines += ["", *found]
            print("\n" + "\n".join(found), flush=True)
    except CounterframeError as error:
        sys.exit(str(error))
    write_whole(given.out / "quality.md", "\n".join(lines) + "\n")


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", nargs="+", choices=list(READERS), default=list(READERS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--competitors", nargs="*", choices=[name for name in SYSTEMS if name != "counterframe"])
    parser.add_argument("--out", type=Path, required=True, help="folder that keeps each result, and quality.md")
    parser.add_argument("--data", type=Path, default=DATA, help="folder with the sets (default: ../shared/benchmarks)")
    parser.add_argument("--limit", type=int, help="so many sentences a fold at most, to see that all works")
    parser.add_argument("--set", nargs="*", default=[], help="settings for every trained system, section.key=value")
    parser.add_argument("--setfit-iterations", type=int, default=4, help="like and unlike pairs for each sentence")
    parser.add_argument("--rounds", type=int, default=1000, help="bootstrap rounds")
    parser.add_argument("--device", default="cpu", choices=["auto", "cpu", "cuda"])
    parser.add_argument("--only-table", action="store_true", help="train nothing, show what is kept")
    return parser.parse_args(arguments)


def _refuse_the_repository(out: Path) -> None:
    """Results of other people's data stay out of what is tracked."""
    inside = out.resolve().relative_to(ROOT).parts if out.resolve().is_relative_to(ROOT) else None
    if inside is not None and inside[:1] != ("runs",):
        sys.exit(f"--out {out}: lies in the repository; name a folder outside it, or one in runs/, which git ignores")


def _systems(given: argparse.Namespace) -> list[str]:
    competitors = (
        [name for name in SYSTEMS if name != "counterframe"] if given.competitors is None else given.competitors
    )
    return [name for name in SYSTEMS if name in competitors or name == "counterframe"]


def _setting(task: Task, given: argparse.Namespace, seed: int, scratch: Path) -> Setting:
    config = configured(task.name, given.set, seed=seed)
    encoder = find_encoder(config.encoder.name, download=config.encoder.download)
    device, _ = torch_device(given.device)
    return Setting(config, encoder, device, seed, given.setfit_iterations, scratch)


def _key(task: Task, fold: Fold, system: str, setting: Setting) -> Key:
    settings: dict[str, Any] = {}
    if system not in ONCE:
        settings = setting.config.model_dump(mode="json") | {"device": setting.device}
        settings["encoder"] = setting.config.encoder.name
    if system == "setfit":
        settings["setfit_iterations"] = setting.setfit_iterations
    if system == "counterframe":
        settings["codebook"] = codebook_file(task.name).read_text(encoding="utf-8")
    return Key(task.name, fold, system, setting.seed, settings)


def _run(task: Task, given: argparse.Namespace) -> tuple[Results, dict[str, str]]:
    """Return all results of a set, those that are kept and new ones, and why systems were left out."""
    results: Results = defaultdict(lambda: defaultdict(dict))
    left_out: dict[str, str] = {}
    for system in _systems(given):
        if task.kind == "span" and system in NO_SPANS:
            left_out[system] = NO_SPANS[system]
            continue
        for seed in [0] if system in ONCE else given.seeds:
            for fold in task.folds:
                try:
                    kept = _one(task, fold, system, seed, given)
                except ImportError as error:
                    left_out[system] = f"{error.name} is not installed"
                    break
                if kept is not None:
                    results[system][seed][fold.name] = kept
    return results, left_out


def _one(task: Task, fold: Fold, system: str, seed: int, given: argparse.Namespace) -> Kept | None:
    with tempfile.TemporaryDirectory(prefix="counterframe-quality-") as name:
        setting = _setting(task, given, seed, Path(name))
        key = _key(task, fold, system, setting)
        kept = load(given.out, key)
        if kept is not None or given.only_table:
            return kept
        wall, cpu = time.monotonic(), time.process_time()
        answers = SYSTEMS[system](task, fold, setting)
        kept = Kept(answers, time.process_time() - cpu, time.monotonic() - wall)
        save(given.out, key, kept)
    print(f"{task.name}, fold {fold.name}, seed {seed}, {system}: {kept.cpu_seconds:.0f} s CPU", flush=True)
    return kept


def _say_what_it_takes(tasks: Sequence[Task], given: argparse.Namespace) -> None:
    """Print the expected minutes of one seed for each set, from a few timed steps."""
    total = 0.0
    unit = "CPU minutes" if torch_device(given.device)[0] == "cpu" else "minutes"
    print(f"expected {unit} for one seed, less where training stops early:")
    for task in tasks:
        setting = _setting(task, given, given.seeds[0], Path())
        seconds = expected(task, setting, _systems(given), measured_cost(task, setting))
        shown = ", ".join(f"{system} {value / 60:.0f}" for system, value in seconds.items())
        print(f"  {task.name}: {sum(seconds.values()) / 60:.0f} ({shown}; {len(task.folds)} trainings each)")
        total += sum(seconds.values())
    print(f"  in all: {total / 60:.0f}, and {total * len(given.seeds) / 60:.0f} for the seeds asked for", flush=True)


def _head(given: argparse.Namespace) -> list[str]:
    listed = ", ".join(f"{name} {version}" for name, version in versions().items())
    limit = f" **Limited to {given.limit} sentences a fold: no figure means anything.**" if given.limit else ""
    return [
        "# External benchmarks",
        "",
        "Mean of the seeds ± their standard deviation, and the 95 % bootstrap interval of all seeds together, which"
        f" resamples documents or texts ({given.rounds} rounds). {listed}.{limit}",
    ]


if __name__ == "__main__":
    main()
