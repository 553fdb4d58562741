#!/bin/sh
# Builds the wheel, installs it with its own dependencies into an environment outside the checkout, and classifies
# there: what an editable install hides (a package, a data file or a dependency that the wheel lacks) shows here.
# Usage: scripts/check_wheel.sh PYTHON
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
python="$root/$1"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/source"
(cd "$root" && git ls-files -z --cached --others --exclude-standard | tar --null --files-from=- -cf - | tar -xf - -C "$work/source")
"$python" -m build --wheel --outdir "$work/dist" "$work/source" >"$work/build.log" 2>&1 || { cat "$work/build.log"; exit 1; }
"$python" -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --constraint "$root/constraints/locked.txt" torch
"$work/venv/bin/python" -m pip install --quiet --constraint "$root/constraints/locked.txt" "$work"/dist/*.whl
cp -r "$root/examples/releases" "$work/releases"
cd "$work"
"$work/venv/bin/counterframe" classify releases --out out.html --out out.csv
"$work/venv/bin/python" - <<'PY'
import pathlib
import counterframe

home = pathlib.Path(counterframe.__file__).resolve()
assert "site-packages" in str(home), home
assert pathlib.Path("out.html").stat().st_size > 5000
print("the wheel classifies from an environment of its own")
PY
