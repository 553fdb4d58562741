"""Counterframe: which frames a sentence evokes, the stance its source takes on each, and who that source is.

The names below are imported when they are first used, so that ``import counterframe`` stays light.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "Classifier": "counterframe.inference.classifier",
    "Codebook": "counterframe.data.codebook",
    "Comparison": "counterframe.evaluation.comparing.comparison",
    "CounterframeError": "counterframe.errors",
    "LabelledSentence": "counterframe.data.types",
    "Release": "counterframe.data.types",
    "Result": "counterframe.data.types",
    "Sentence": "counterframe.data.types",
    "compare": "counterframe.inference.compare",
    "evaluate": "counterframe.inference.evaluate",
    "export": "counterframe.inference.export",
    "load_codebook": "counterframe.data.codebook",
    "load_train_config": "counterframe.training.config",
    "read_labelled": "counterframe.data.labelled",
    "read_releases": "counterframe.data.releases",
    "train": "counterframe.training.run",
    "write_results": "counterframe.inference.writers",
}

__all__ = ["__version__", *sorted(_HOMES)]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'counterframe' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return list(__all__)
