"""Write the reports of the shipped model under ``docs/reports``: ``make reports``.

Evaluated are the held-out part of the shipped corpus (its authored half with text, the whole without) and the labelled
real sentences in ``../shared/benchmarks`` (without text), each with the neutrality audit. Sets that are absent are left
out, and said so. The real half of the corpus needs its texts: ``--texts FOLDER``, by default ``../shared/unlabelled``.

Usage: ``python scripts/reports.py [--texts FOLDER]``
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path
from typing import Any

import counterframe
from counterframe.inference.audit import audit

ROOT = Path(__file__).resolve().parents[1]
CORPUS = ROOT / "data" / "corpus"
BENCHMARKS = ROOT.parent / "shared" / "benchmarks"
OUT = ROOT / "docs" / "reports"
#: ``predictions.jsonl`` is left out: it is large, and evaluate writes it again.
FILES = ("report.html", "report.md", "metrics.json")


def reports(texts: Path) -> dict[str, dict[str, Any]]:
    """Return the arguments of each evaluation by the name of its folder."""
    readings = [CORPUS / "readings" / f"authored_{which}.jsonl" for which in ("first", "second")]
    found: dict[str, dict[str, Any]] = {
        "held_out_authored": {"data": [CORPUS], "held_out": True, "allow_missing": True, "readers": readings},
    }
    if texts.exists():
        found["held_out"] = {"data": [CORPUS], "held_out": True, "texts": [texts], "show_text": False}
    else:
        print(f"{texts.name} is absent: no report on the whole held-out part")
    for name in ("real_dev", "real_stance_dev"):
        if (BENCHMARKS / f"{name}.jsonl").is_file():
            found[name] = {"data": [BENCHMARKS / f"{name}.jsonl"], "show_text": False}
        else:
            print(f"{name}.jsonl is absent: no report on it")
    return found


def main() -> None:
    """Audit once, evaluate each set, and put the files in place."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=Path, default=ROOT.parent / "shared" / "unlabelled")
    texts = parser.parse_args().texts
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        audit(
            [CORPUS],
            place / "audit",
            device="cpu",
            swaps="states",
            texts=[texts] if texts.exists() else (),
            allow_missing=not texts.exists(),
            held_out=True,
            tuned=True,
            with_text=False,
            say=print,
        )
        _publish(place / "audit", OUT / "audit", ("audit.json", "audit.md"))
        for name, arguments in reports(texts).items():
            counterframe.evaluate(out=place / name, device="cpu", audit=OUT / "audit", **arguments)
            _publish(place / name, OUT / name, FILES)


def _publish(source: Path, target: Path, files: tuple[str, ...]) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for file in files:
        shutil.copyfile(source / file, target / file)
    print(f"written: {target.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
