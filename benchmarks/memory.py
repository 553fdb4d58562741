"""How much memory classify needs for few and for many sentences: it must not grow with the input.

Prints the peak resident memory of the whole command for each number of sentences, and by how much the largest exceeds
the smallest. The model is a tiny one with random weights, made on the spot, so that a million sentences take minutes;
with ``--model default`` it is the shipped one.

    python benchmarks/memory.py                          # 10,000 and 1,000,000 sentences, as rows of a table
    python benchmarks/memory.py --sentences 10000 100000 --model default
    python benchmarks/memory.py --form files             # as files in one folder, ten sentences each

The process in which pages and the like are read is bounded on its own (docs/inputs.md) and is not counted: the inputs
here are texts and tables, which are read in the main process.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MOST = 0.10
WORDS = (
    *("the", "envoy", "of", "Orvania", "said", "on", "Monday", "that", "near", "harbour", "bridge", "valley", "people"),
    *("again", "about", "talks", "siege", "marchers", "dialogue", "confirmed", "denied", "discussed", "convoy", "road"),
    *("port", "crossing", "closed", "open", "supplies", "ministry", "council", "Velmar"),
)


def make_model(folder: Path) -> str:
    """Make the tiny model in a process of its own: torch in this one would count as memory of its children."""
    code = "import sys; from pathlib import Path; from speed_parts.tiny import make_tiny_model;"
    code += " make_tiny_model(Path(sys.argv[1]))"
    here = str(Path(__file__).resolve().parent)
    path = os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH"))))
    subprocess.run([sys.executable, "-c", code, str(folder)], check=True, env={**os.environ, "PYTHONPATH": path})
    return str(folder)


def sentence(rng: random.Random) -> str:
    """Return a sentence of three to sixty words: of lengths as in releases."""
    words = rng.choices(WORDS, k=min(60, 3 + int(rng.expovariate(1 / 20))))
    return f"{' '.join(words).capitalize()}."


def write_table(path: Path, count: int) -> None:
    """Write *count* sentences as a table, four a row."""
    rng = random.Random(count)
    with path.open("w", encoding="utf-8") as file:
        for number in range(count // 4):
            text = " ".join(sentence(rng) for _ in range(4))
            file.write(json.dumps({"id": f"r{number}", "text": text, "outlet": rng.choice(("Wire", "Gazette"))}) + "\n")


def write_files(folder: Path, count: int) -> None:
    """Write *count* sentences as files of ten sentences, all in one folder."""
    rng = random.Random(count)
    folder.mkdir()
    for number in range(count // 10):
        (folder / f"release-{number:07d}.txt").write_text(
            "\n\n".join(sentence(rng) for _ in range(10)), encoding="utf-8"
        )


def measure(source: Path, model: str, outputs: list[Path]) -> tuple[float, float]:
    """Return the peak resident memory (MB) and the seconds of a run in a process of its own."""
    options = [part for path in outputs for part in ("--out", str(path))]
    command = [sys.executable, "-m", "counterframe", "classify", str(source), "--model", model, "--device", "cpu"]
    started = time.monotonic()
    child = os.posix_spawnp(
        command[0],
        [*command, *options],
        os.environ,
        file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)],
    )
    _, status, usage = os.wait4(child, 0)
    if status:
        raise SystemExit(f"the command failed with status {os.waitstatus_to_exitcode(status)}")
    return usage.ru_maxrss / 1024, time.monotonic() - started


def main() -> None:
    """Print the table; end with 1 where memory grows by more than a tenth."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sentences", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--model", help="a model folder; by default a tiny one is made")
    parser.add_argument("--form", choices=("table", "files"), default="table")
    parser.add_argument("--out", nargs="+", default=[".jsonl", ".csv"], help="endings of the outputs")
    arguments = parser.parse_args()
    peaks = []
    print("| sentences | peak memory, MB | seconds |\n| ---: | ---: | ---: |")
    for count in arguments.sentences:
        with tempfile.TemporaryDirectory(prefix="counterframe-memory-") as name:
            folder = Path(name)
            model = arguments.model or make_model(folder / "model")
            source = folder / ("in" if arguments.form == "files" else "in.jsonl")
            (write_files if arguments.form == "files" else write_table)(source, count)
            peak, seconds = measure(source, model, [folder / f"o{ending}" for ending in arguments.out])
        peaks.append(peak)
        print(f"| {count:,} | {peak:.0f} | {seconds:.0f} |", flush=True)
    growth = max(peaks) / peaks[0] - 1
    print(f"\nmost memory over that of the first line: {growth:+.1%} (goal: at most {MOST:+.0%})")
    sys.exit(growth > MOST)


if __name__ == "__main__":
    main()
