"""Inputs made for a test, read and remembered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from counterframe.data.releases import read_releases
from counterframe.data.types import Release
from counterframe.errors import InputError, LeftOut

__all__ = ["PAGE", "Reading", "put"]

PAGE = b"<!DOCTYPE html><html><head><title>Road</title></head><body><p>The road is open again.</p></body></html>"


@dataclass
class Reading:
    """Reads inputs and keeps what was reported."""

    failures: list[InputError] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    def start(self, *inputs: object, **options: Any) -> Iterator[Release]:
        return read_releases(
            [str(name) for name in inputs],
            on_failure=self.failures.append,
            on_notice=self.notices.append,
            **options,
        )

    def all(self, *inputs: object, **options: Any) -> list[Release]:
        return list(self.start(*inputs, **options))

    def left_out(self) -> dict[str, str]:
        return {str(item.path): item.problem for item in self.failures if isinstance(item, LeftOut)}

    def failed(self) -> dict[str, str]:
        return {str(item.path): item.problem for item in self.failures if not isinstance(item, LeftOut)}

    def docs(self, *inputs: object, **options: Any) -> list[str]:
        return [release.doc for release in self.all(*inputs, **options)]


def put(folder: Path, **files: str | bytes) -> None:
    """Write files; two underscores in a name stand for a slash, one for the dot of the suffix."""
    for name, content in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
