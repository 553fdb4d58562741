"""The shape of the project: packages, imports that point one way, a light face."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

import counterframe

ROOT = Path(counterframe.__file__).resolve().parent
NOT_SHIPPED = {"tests", "benchmarks", "docs", "examples", "scripts", "constraints"}

#: What each package may import from.
ALLOWED = {
    "configs": set(),
    "data": {"errors", "configs"},
    "models": {"errors", "data"},
    "evaluation": {"errors", "data"},
    "inference": {"errors", "data", "models", "evaluation", "progress"},
    "training": {"errors", "data", "models", "evaluation", "inference", "progress"},
}
HEAVY_FREE = {"data", "evaluation"}


def _packages() -> set[str]:
    folders = (path for path in ROOT.iterdir() if (path / "__init__.py").is_file())
    return {path.name for path in folders if path.name not in NOT_SHIPPED and not path.name.startswith(".")}


def _modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def _subpackages() -> set[str]:
    files = (path for package in _packages() for path in _modules(package) if path.name == "__init__.py")
    return {".".join(path.parent.relative_to(ROOT).parts) for path in files}


def test_every_package_is_listed_for_the_wheel() -> None:
    if not (ROOT / "pyproject.toml").is_file():
        pytest.skip("installed from a wheel")
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    assert set(listed) == {"counterframe"} | {f"counterframe.{name}" for name in _subpackages()}


@pytest.mark.parametrize("package", sorted(ALLOWED))
def test_imports_point_one_way(package: str) -> None:
    assert set(ALLOWED) == _packages()
    for path in _modules(package):
        depth = len(path.relative_to(ROOT).parts)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.level == depth:
                target = (node.module or "").split(".")[0]
                assert target in ALLOWED[package], f"{package}/{path.name} imports from {target}"
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
                heavy = {name.split(".")[0] for name in names} & {"torch", "transformers"}
                if package in HEAVY_FREE and isinstance(node, ast.Import | ast.ImportFrom):
                    assert not heavy, f"{package}/{path.name} imports {heavy}"


def test_public_names_exist() -> None:
    for name in counterframe.__all__:
        assert getattr(counterframe, name) is not None
    assert set(dir(counterframe)) == set(counterframe.__all__)
    with pytest.raises(AttributeError, match="no attribute 'Clasifier'"):
        counterframe.Clasifier  # noqa: B018


@pytest.mark.parametrize("package", sorted(set(ALLOWED)))
def test_what_a_module_declares_public_is_there(package: str) -> None:
    for path in _modules(package):
        dotted = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        module = importlib.import_module(f"counterframe.{dotted}".removesuffix(".__init__"))
        for name in getattr(module, "__all__", ()):
            assert hasattr(module, name), f"{package}.{path.stem}.{name}"


def test_importing_the_package_is_light() -> None:
    code = "import counterframe, sys; print(len(sys.modules), 'torch' in sys.modules, 'numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split()[1:] == ["False", "False"]


def test_help_answers_at_once_and_imports_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['counterframe', 'classify', '--help']\n"
        "from counterframe.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'transformers', 'numpy', 'onnxruntime', 'pyarrow', 'yaml'} & set(sys.modules)\n"
        "print('heavy', sorted(heavy))"
    )
    seconds = []
    for _ in range(3):
        started = time.monotonic()
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        seconds.append(time.monotonic() - started)
        assert done.stdout.strip().endswith("heavy []")
    # Twice the goal of 0.5 s: the machine may be busy, and the line above is what keeps it fast.
    assert min(seconds) < 1.0
