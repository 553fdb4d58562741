"""Print constraints that pin each dependency of the package to the lowest version that ``pyproject.toml`` admits.

Usage: ``python scripts/bounds.py lowest``
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path


def lowest() -> list[str]:
    """Return ``name==version`` for each dependency with a lower bound."""
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pins = []
    for requirement in project["dependencies"]:
        match = re.fullmatch(r"([A-Za-z0-9._-]+)(?:>=|==)([0-9.]+)", requirement)
        if match is None:
            raise SystemExit(f"{requirement!r} has no lower bound of the form name>=version")
        pins.append(f"{match[1]}=={match[2]}")
    return pins


if __name__ == "__main__":
    if sys.argv[1:] != ["lowest"]:
        raise SystemExit(__doc__)
    print("\n".join(lowest()))
