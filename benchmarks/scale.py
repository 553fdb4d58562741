"""Time and cost of millions and billions of sentences, worked out from the rates that were measured.

Usage::

    python benchmarks/scale.py                # prints it, from docs/speed.json
    python benchmarks/scale.py --write docs   # and puts it into docs/scale.md
    python benchmarks/scale.py --core-price 0.03 --node-cores 32 --gpu-rate 9000

``benchmarks/speed.py --write docs`` measures the rates. What a node costs and how many cores it has are assumptions
that the table names. The rate of a GPU is measured where there is one (``--measure cuda``), and else estimated.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
_BEGIN, _END = "<!-- begin: python benchmarks/scale.py --write docs -->", "<!-- end -->"
_SIZES = (10_000_000, 1_000_000_000)
_NODES = (1, 10, 100)
_HOUR, _DAY = 3600.0, 86_400.0


@dataclass(frozen=True)
class Rates:
    """What was measured: CPU seconds for 1,000 sentences."""

    whole: float
    engine: float
    tokens: float
    flops: float

    @property
    def beside(self) -> float:
        """All but the model: reading, cleaning, splitting, tokenising, decoding, writing."""
        return max(self.whole - self.engine, 0.0)


def main() -> None:
    """Print the tables, and put them into the page where asked."""
    given = _arguments()
    if given.measure:
        print(_measure(given.measure, given.sentences))
        return
    path = given.speed / "speed.json"
    if not path.is_file():
        raise SystemExit(f"{path} is missing: run `python benchmarks/speed.py --write {given.speed}` first")
    facts = json.loads(path.read_text(encoding="utf-8"))
    page = "\n".join(_page(facts, given))
    print(page)
    if given.write:
        target = given.write / "scale.md"
        before, begin, rest = target.read_text(encoding="utf-8").partition(_BEGIN)
        after = rest.partition(_END)[2]
        if not begin:
            raise SystemExit(f"{target} has no line {_BEGIN!r}, behind which the tables stand")
        target.write_text(f"{before}{_BEGIN}\n\n{page}\n\n{_END}{after}", encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--speed", type=Path, default=ROOT / "docs", metavar="FOLDER", help="where speed.json is")
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="put the tables into scale.md there")
    parser.add_argument("--node-cores", type=int, default=16, help="physical cores of a CPU node")
    parser.add_argument("--core-price", type=float, default=0.05, help="price of a core for an hour")
    parser.add_argument("--efficiency", type=float, default=0.9, help="share of the time in which workers work")
    parser.add_argument("--gpu-cores", type=int, default=8, help="cores of a GPU node")
    parser.add_argument("--gpu-price", type=float, default=1.2, help="price of a GPU node for an hour")
    parser.add_argument("--gpu-rate", type=float, help="sentences a second of the GPU, measured (--measure cuda)")
    parser.add_argument("--gpu-tflops", type=float, default=20.0, help="half-precision TFLOP/s it sustains, else")
    parser.add_argument("--measure", metavar="DEVICE", help="measure sentences a second on cuda (or cpu), and no more")
    parser.add_argument("--sentences", type=int, default=20_000, help="sentences of --measure")
    return parser.parse_args()


def rates_of(facts: Mapping[str, Any]) -> Rates:
    """Return the rates that ``speed.json`` holds: of the largest run of the whole command, and of the bare engine."""
    engine = facts["engines"]["engine"]
    runs = [run for run in facts.get("scale", ()) if run["model"] == "shipped"]
    whole = (
        max(runs, key=lambda run: run["asked"])["without_start"]
        if runs
        else facts["engines"]["command"]["cpu_s_per_1000"]["median"]
    )
    tokens = float(engine["tokens_per_sentence"])
    a, b, c = facts["gemm"]["flops"]["model"]
    return Rates(float(whole), float(engine["cpu_s_per_1000"]["median"]), tokens, a + b * tokens + c * tokens**2)


def cpu_hours(rates: Rates, sentences: float, efficiency: float) -> float:
    """Return the hours of one core."""
    return sentences / 1000 * rates.whole / efficiency / _HOUR


def gpu_node_rate(rates: Rates, gpu_rate: float, cores: int) -> float:
    """Return the sentences a second of a node: as many as the GPU takes, or as its cores can bring and take away."""
    return min(gpu_rate, 1000 * cores / rates.beside) if rates.beside else gpu_rate


def _page(facts: Mapping[str, Any], given: argparse.Namespace) -> Sequence[str]:
    rates = rates_of(facts)
    machine = facts["machine"]
    estimated = given.gpu_tflops * 1e12 / rates.flops
    gpu_rate = given.gpu_rate or estimated
    node_rate = gpu_node_rate(rates, gpu_rate, given.gpu_cores)
    origin = "measured" if given.gpu_rate else f"an estimate: {given.gpu_tflops:g} TFLOP/s over the model's work"
    rows = [
        ("c", f"{rates.whole:.2f} s", "CPU time for 1,000 sentences, the whole command (measured)"),
        ("m", f"{rates.engine:.2f} s", "of which the model (measured)"),
        (
            "w",
            f"{rates.flops / 1e9:.2f} GFLOP",
            f"the model's work for a sentence of {rates.tokens:.0f} tokens (counted)",
        ),
        ("e", f"{given.efficiency:g}", "share of the time in which workers work (assumed)"),
        ("k", f"{given.node_cores}", "cores of a CPU node (assumed)"),
        ("p", f"{given.core_price:g}", "price of a core for an hour, in any currency (assumed)"),
        ("g", f"{gpu_rate:,.0f}/s", f"sentences that the GPU computes ({origin})"),
        ("j", f"{given.gpu_cores}", "cores of a GPU node (assumed)"),
        ("q", f"{given.gpu_price:g}", "price of a GPU node for an hour (assumed)"),
    ]
    lines = [f"Rates: {machine['processor']}, {machine['day']} ([speed.md](speed.md)).", ""]
    lines += ["| | value | what |", "| --- | ---: | --- |", *(f"| {a} | {b} | {c} |" for a, b, c in rows)]
    lines += ["", "CPU: core hours *h* = N / 1000 · c / e / 3600; time on n nodes = h / (n · k); cost = h · p.", ""]
    lines += ["| sentences | core hours | cost | " + " | ".join(f"time, {n} node(s)" for n in _NODES) + " |"]
    lines += ["| ---: | ---: | ---: | " + " | ".join("---:" for _ in _NODES) + " |"]
    for size in _SIZES:
        hours = cpu_hours(rates, size, given.efficiency)
        times = [_time(hours / (n * given.node_cores) * _HOUR) for n in _NODES]
        lines.append(f"| {size:,} | {_figure(hours)} | {_figure(hours * given.core_price)} | {' | '.join(times)} |")
    limit = "the GPU" if node_rate >= gpu_rate else "its cores, which read, split, tokenise and decode"
    lines += [
        "",
        "GPU: sentences a second of a node *r* = min(g, j · 1000 / (c − m)); node hours = N / r / e / 3600; cost = node"
        f" hours · q. Here r = {node_rate:,.0f}/s, bounded by {limit}.",
        "",
        "| sentences | node hours | cost | " + " | ".join(f"time, {n} node(s)" for n in _NODES) + " |",
        "| ---: | ---: | ---: | " + " | ".join("---:" for _ in _NODES) + " |",
    ]
    for size in _SIZES:
        hours = size / node_rate / given.efficiency / _HOUR
        times = [_time(hours / n * _HOUR) for n in _NODES]
        lines.append(f"| {size:,} | {_figure(hours)} | {_figure(hours * given.gpu_price)} | {' | '.join(times)} |")
    even = gpu_rate_that_pays(rates, given)
    lines += ["", f"At these prices a GPU node pays from {even:,.0f} sentences a second on."]
    return lines


def gpu_rate_that_pays(rates: Rates, given: argparse.Namespace) -> float:
    """Return the sentences a second from which a GPU node is cheaper than cores."""
    return float(given.gpu_price / given.core_price * 1000 / rates.whole)


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2g}" if value < 10 else f"{value:.0f}"


def _time(seconds: float) -> str:
    if seconds >= 3 * _DAY:
        return f"{seconds / _DAY:,.1f} days"
    return f"{seconds / _HOUR:,.1f} h" if seconds >= 2 * _HOUR else f"{max(seconds / 60, 1):,.0f} min"


def _measure(device: str, sentences: int) -> str:
    """Return sentences a second from sentences to results, on the shipped corpus over and over."""
    from counterframe.data.types import Sentence
    from counterframe.inference.classifier import Classifier

    texts = [
        json.loads(line)["text"]
        for path in sorted((ROOT / "data" / "corpus").glob("*.jsonl"))
        if path.name != "real.jsonl"
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    classifier = Classifier.load(device=device)  # type: ignore[arg-type]
    made = [Sentence(doc="d", n=n, start=0, end=1, text=texts[n % len(texts)]) for n in range(sentences)]
    list(classifier.classify(made[:2000]))
    wall, cpu = time.perf_counter(), time.process_time()
    count = sum(1 for _ in classifier.classify(made))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return f"{classifier.engine.name}: {count / wall:,.0f} sentences/s, {1000 * cpu / count:.2f} CPU s per 1,000"


if __name__ == "__main__":
    sys.exit(main())
