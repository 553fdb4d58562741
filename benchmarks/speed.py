"""Our engines, other tools and the machine's GEMM peak, side by side: CPU seconds, wall time, memory.

Usage::

    python benchmarks/speed.py                # prints the table; about half an hour on one core
    python benchmarks/speed.py --write docs   # and writes docs/speed.md and docs/speed.json
    python benchmarks/speed.py --quick        # a few sentences, to see that all works
    python benchmarks/speed.py --profile      # what each stage of classify costs, nothing else

SetFit and sentence-transformers are measured where they are installed (``pip install setfit``), else skipped by name.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from speed_parts.facts import COMMANDS, TITLES, gemm_facts, goals, scale_facts, subject_facts
from speed_parts.page import to_markdown
from speed_parts.processes import Worker, run_command, run_part

_VERSIONS = (
    "onnxruntime",
    "tokenizers",
    "torch",
    "transformers",
    "sentence-transformers",
    "setfit",
    "scikit-learn",
    "numpy",
)
_GEMM_SECONDS = 0.15


def main() -> None:
    """Measure, print, and write where asked."""
    given = _arguments()
    if given.profile:
        print(_profile(given.sentences))
        return
    with TemporaryDirectory(prefix="counterframe-speed-") as name:
        folder = Path(name)
        _say("making the corpus")
        tables = sorted({*given.scale, *given.tiny_scale})
        run_part(
            "make",
            name,
            *("--slices", str(given.rounds), "--sentences", str(given.slice)),
            *("--tables", *map(str, tables)),
            *(["--tiny"] if given.tiny_scale else []),
        )
        facts = _side_by_side(folder, given)
        runs = _at_scale(folder, given) if tables else []
    facts["scale"] = scale_facts(runs)
    turns = facts.pop("turns")
    # So few sentences say nothing of a goal.
    facts["goals"] = [] if given.quick else goals(turns, facts["engines"], facts["scale"])
    if not given.quick:
        facts["profile"] = _profile(given.sentences)
    page = to_markdown(facts)
    print(page)
    if given.write:
        (given.write / "speed.md").write_text(page, encoding="utf-8")
        (given.write / "speed.json").write_text(
            json.dumps(facts, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--slice", type=int, default=1000, help="sentences of a turn")
    parser.add_argument("--sentences", type=int, default=2000, help="sentences of the profile")
    parser.add_argument("--scale", type=int, nargs="*", default=[1_000, 10_000, 100_000], help="sizes, real encoder")
    parser.add_argument("--tiny-scale", type=int, nargs="*", default=[1_000, 10_000, 100_000, 1_000_000])
    parser.add_argument("--only", nargs="+", choices=[*TITLES], default=list(TITLES), metavar="SUBJECT")
    parser.add_argument("--core", type=int, help="the core of the comparison; the first that may be used by default")
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="write speed.md and speed.json there")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--profile", action="store_true")
    given = parser.parse_args()
    if given.quick:
        given.rounds, given.slice, given.scale, given.tiny_scale = 1, 20, [], []
    return given


def _side_by_side(folder: Path, given: argparse.Namespace) -> dict[str, Any]:
    """Let all subjects take turns on one core; return all figures but those at scale."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores) if given.core is None else given.core})
    try:
        gemm = Worker("gemm")
        workers = {name: Worker(name) for name in given.only if name not in COMMANDS}
        skipped = {TITLES[name]: worker.skipped for name, worker in workers.items() if worker.skipped}
        loaded = {name: worker.loaded for name, worker in workers.items()}
        workers = {name: worker for name, worker in workers.items() if not worker.skipped}
        commands = {name: COMMANDS[name] for name in given.only if name in COMMANDS}
        if "engine_int8" not in workers:
            commands.pop("command_int8", None)
        turns: dict[str, list[dict[str, Any]]] = {name: [] for name in given.only if name in {*workers, *commands}}
        products = []
        for worker in workers.values():  # what a first call costs is no part of the rate
            worker.turn(texts=str(folder / "00.json"), limit=32)
        for number in range(given.rounds):
            _say(f"round {number + 1} of {given.rounds}")
            order = list(turns)
            for name in order[number % len(order) :] + order[: number % len(order)]:
                if name in workers:
                    turns[name].append(workers[name].turn(texts=str(folder / f"{number:02d}.json")))
                else:
                    turns[name].append(_command_turn(folder, number, commands[name]))
            products.append(gemm.turn(gemm=0.001 if given.quick else _GEMM_SECONDS)["gemm"])
        for worker in (gemm, *workers.values()):
            worker.close()
    finally:
        os.sched_setaffinity(0, cores)
    peak, rates = gemm_facts(products)
    for name in commands:
        loaded[name] = {"cpu": min(turn["start_cpu"] for turn in turns[name])}
    flops = gemm.loaded["flops"]
    return {
        "command": _command(given),
        "machine": _machine(len(cores)),
        "rounds": given.rounds,
        "slice": given.slice,
        "skipped": skipped,
        "engines": subject_facts(turns, loaded, flops, rates[peak]),
        "gemm": {"peak": peak, "gflops": rates, "flops": flops},
        "turns": turns,
    }


def _profile(sentences: int) -> str:
    stages = run_part("stages", "--sentences", str(sentences))
    return stages + run_part("operations", "--sentences", str(max(1, sentences // 4)))


def _command_turn(folder: Path, number: int, options: Sequence[str]) -> dict[str, Any]:
    """Classify the files of a slice, and one short release for the start-up."""
    out = folder / "out.jsonl"
    sentences = len(json.loads((folder / f"{number:02d}.json").read_text(encoding="utf-8")))
    start = run_command([folder / "one"], out, *options)
    return {**run_command([folder / f"{number:02d}"], out, *options), "sentences": sentences, "start_cpu": start["cpu"]}


def _at_scale(folder: Path, given: argparse.Namespace) -> list[dict[str, Any]]:
    """Run the command on more and more sentences; all but the largest again afterwards, to see the machine drift."""
    runs: list[dict[str, Any]] = []
    for model, sizes in (("shipped", given.scale), ("tiny", given.tiny_scale)):
        options = ("--model", str(folder / "tiny")) if model == "tiny" else ()
        for asked in [*([1, *sizes] if sizes else []), *sizes[:-1]]:
            _say(f"{asked:,} sentences, {model} encoder")
            out = folder / "out.jsonl"
            cost = run_command([folder / ("one" if asked == 1 else f"{asked}.jsonl")], out, *options)
            with out.open(encoding="utf-8") as lines:
                shown = sum('"kind": "boilerplate"' not in line for line in lines)
            runs.append({"model": model, "asked": asked, "sentences": shown, **cost})
    return runs


def _command(given: argparse.Namespace) -> str:
    """Return the command that was given, without the folder, which is of this machine alone."""
    options = sys.argv[1:]
    if given.write:
        place = next(number for number, option in enumerate(options) if option.startswith("--write"))
        options = options[:place] + options[place + (1 if "=" in options[place] else 2) :]
    return " ".join(["python benchmarks/speed.py", *options, *(["--write docs"] if given.write else [])])


def _machine(cores: int) -> dict[str, str]:
    versions = []
    for package in _VERSIONS:
        try:
            versions.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            continue
    return {
        "processor": _processor(),
        "cores in use": str(cores),
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "libraries": ", ".join(versions),
        "day": datetime.now(UTC).date().isoformat(),
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    fields = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    flags = set(fields.get("flags", "").split())
    known = [name for name in ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "amx_tile") if name in flags]
    return f"{fields.get('model name', platform.processor())} ({', '.join(known) or 'no vector extensions known'})"


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
