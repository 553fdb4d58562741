"""Train the shipped model anew: ``make default-model``.

The recipe is ``configs/train/default.yaml`` on ``data/corpus``. The texts of its real part are read from
``../shared/unlabelled`` or from the folder that ``--texts`` names; without them it stops. The model in
``models/default`` is replaced only when the new one is complete.

Usage: ``python scripts/default_model.py [--texts FOLDER]``
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

import counterframe

ROOT = Path(__file__).resolve().parents[1]
MODEL = ROOT / "models" / "default"


def main() -> None:
    """Train into a folder beside the model and swap the two."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=Path, default=ROOT.parent / "shared" / "unlabelled")
    parser.add_argument("--resume", action="store_true", help="go on with a run that was cut off")
    arguments = parser.parse_args()
    if not arguments.texts.exists():
        sys.exit(f"{arguments.texts} is absent: the shipped model learns from sentences whose texts are kept elsewhere")
    fresh = ROOT / "runs" / "default"
    try:
        counterframe.train(
            [ROOT / "data" / "corpus"],
            fresh,
            texts=[arguments.texts],
            resume=arguments.resume,
            say=lambda line: print(line, flush=True),
        )
    except counterframe.CounterframeError as error:
        sys.exit(str(error))
    size = sum(path.stat().st_size for path in fresh.iterdir())
    if size > 50_000_000:
        sys.exit(f"the model takes {size / 1e6:.1f} MB; the wheel has room for 50 MB. It is left in {fresh}")
    shutil.rmtree(MODEL, ignore_errors=True)
    shutil.move(fresh, MODEL)
    print(f"{MODEL.relative_to(ROOT)}: {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
