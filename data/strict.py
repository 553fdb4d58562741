"""JSON and YAML in which no key stands twice: the usual parsers silently keep the last one alone."""

from __future__ import annotations

import json
from collections.abc import Hashable
from typing import Any

import yaml

__all__ = ["is_too_deep", "load_json", "load_yaml"]

#: Lists and mappings within each other; what is written and read again must be walked by recursion.
_DEEPEST = 64


def load_json(text: str) -> Any:
    """Return the value of JSON *text*; ``NaN``, which Python writes for a missing number, is None.

    Raises:
        ValueError: The text is not JSON, a key stands twice, or a character is half of a pair and so cannot
            be written as UTF-8.
    """
    value = json.loads(text, object_pairs_hook=_unique, parse_constant=_constant)
    if "\\u" in text:
        json.dumps(value, ensure_ascii=False).encode()
    return value


def is_too_deep(value: Any) -> bool:
    """Return whether lists and mappings lie in each other more deeply than can be written."""
    level = [value]
    for _ in range(_DEEPEST):
        level = [inner for outer in level for inner in _members(outer)]
        if not level:
            return False
    return True


def _members(value: Any) -> list[Any]:
    members = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return [inner for inner in members if isinstance(inner, dict | list | tuple)]


def load_yaml(text: str) -> Any:
    """Return the value of YAML *text*.

    Raises:
        yaml.YAMLError: The text is not YAML, or a key stands twice.
    """
    return yaml.load(text, Loader=_UniqueKeyLoader)  # noqa: S506 - a SafeLoader that refuses double keys


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {key!r} stands twice")
        found[key] = value
    return found


def _constant(name: str) -> float | None:
    return None if name == "NaN" else float(name)


class _UniqueKeyLoader(yaml.SafeLoader):
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):
                raise yaml.constructor.ConstructorError(
                    None, None, "a key must be a word, not a list or a mapping", key_node.start_mark
                )
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} stands twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep=deep)
