"""Fit the calibration of a trained model anew, on the documents that its training held out, without training it.

Rewrites ``calibration.json``, ``metrics.json`` and the figures in the model card. For the shipped model run
``python scripts/default_model.py --measure-only`` then, which writes the figures on real sentences into its card.

Usage: ``python scripts/recalibrate.py [MODEL] [--data data/corpus] [--texts FOLDER] [--allow-missing]
[--stance-rates asserts=0.87 rejects=0.1 relays=0.03]``
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from counterframe.errors import CounterframeError
from counterframe.evaluation.report import overall_table
from counterframe.training.recalibrate import recalibrate

ROOT = Path(__file__).resolve().parents[1]


def _share(given: str) -> tuple[str, float]:
    """Read ``asserts=0.87``."""
    name, _, share = given.partition("=")
    try:
        return name, float(share)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{given!r}: write STANCE=SHARE, such as asserts=0.87") from None


def main() -> None:
    """Recalibrate and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", default=str(ROOT / "models" / "default"), help="model folder")
    parser.add_argument("--data", nargs="+", default=[ROOT / "data" / "corpus"], help="what the model was trained on")
    parser.add_argument("--texts", nargs="*", default=None, help="texts of records kept as addresses")
    parser.add_argument("--allow-missing", action="store_true", help="leave out records whose text is missing")
    parser.add_argument(
        "--stance-rates",
        nargs="*",
        default=None,
        type=_share,
        metavar="STANCE=SHARE",
        help="how often each stance stands in the texts to be read (default: as before; none: the network's own odds)",
    )
    arguments = parser.parse_args()
    shared = ROOT.parent / "shared" / "unlabelled"
    texts = arguments.texts if arguments.texts is not None else [shared] if shared.exists() else []
    try:
        evaluation = recalibrate(
            arguments.model,
            arguments.data,
            texts=texts,
            allow_missing=arguments.allow_missing,
            stance_rates=None if arguments.stance_rates is None else dict(arguments.stance_rates),
        )
    except CounterframeError as error:
        sys.exit(str(error))
    if evaluation is not None:
        for row in overall_table(evaluation):
            print("  ".join(row))


if __name__ == "__main__":
    main()
