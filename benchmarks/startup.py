"""How long the command takes from a cold start to its first label, and how much memory.

``counterframe classify`` is started anew for one short release that this script writes, with the files in the cache of
the operating system; printed are the medians of seconds (wall time, and CPU of the process and its children) and of
megabytes of resident memory at their peak, and the goals with met or missed. ``--imports`` prints the packages that
took longest to import, by their own time.

Usage: ``python benchmarks/startup.py [--model DIR] [--precision float32|int8] [--runs 7] [--imports]``
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

TEXT = """Statement on the road to Scarol

The Ministry of Transport of Tavarre said on Monday that the road to Scarol is open to all. It called talk of a siege
absurd. Residents speak of a blockade.
"""
SECONDS, MEGABYTES = 1.5, 350


def once(command: list[str]) -> tuple[float, float, float]:
    """Run a command and return wall seconds, CPU seconds and megabytes, which no process larger than it may ask for."""
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - started
    if status:
        raise SystemExit(f"classify failed:\n{said.decode(errors='replace')}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def imports(command: list[str]) -> Counter[str]:
    """Return milliseconds of importing by top-level package."""
    done = subprocess.run(
        [command[0], "-X", "importtime", *command[1:]], capture_output=True, text=True, check=True
    ).stderr
    spent: Counter[str] = Counter()
    for own, name in re.findall(r"import time:\s+(\d+) \|\s+\d+ \|\s*([\w.]+)", done):
        spent[name.partition(".")[0]] += int(own)
    return Counter({name: round(taken / 1000) for name, taken in spent.items()})


def main() -> None:
    """Print medians and goals."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="default")
    parser.add_argument("--precision", default="float32")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--imports", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        release = Path(folder) / "release.txt"
        release.write_text(TEXT, encoding="utf-8")
        command = [sys.executable, "-m", "counterframe", "classify", str(release), "--out", f"{folder}/x.jsonl"]
        command += ["--model", arguments.model, "--precision", arguments.precision]
        once(command)  # warms the cache of files
        runs = [once(command) for _ in range(arguments.runs)]
        wall, cpu, memory = (statistics.median(values) for values in zip(*runs, strict=True))
        print(f"median of {arguments.runs} cold starts: {wall:.2f} s ({cpu:.2f} s of CPU), {memory:.0f} MB")
        print(f"first label within {SECONDS} s: {'met' if wall <= SECONDS else 'missed'}")
        print(f"within {MEGABYTES} MB: {'met' if memory <= MEGABYTES else 'missed'}")
        if arguments.imports:
            print("\nmilliseconds of importing, by package:")
            for name, taken in imports(command).most_common(15):
                print(f"  {taken:5d}  {name}")


if __name__ == "__main__":
    main()
