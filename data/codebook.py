"""The codebook: the frames and stances that a model is trained to tell apart."""

from __future__ import annotations

import hashlib
import json
import re
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..errors import CodebookError, nearest
from .strict import load_yaml

__all__ = ["DEFAULT_CODEBOOK", "Codebook", "Frame", "load_codebook", "parse_codebook"]

#: Name of the codebook that is used where none is given.
DEFAULT_CODEBOOK = "access_dispute"

_ID = re.compile(r"[^\W\d][\w-]*")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Frame(_Strict):
    """One way of telling an event.

    Attributes:
        title: Name for people.
        definition: What belongs to the frame; the model reads it.
        not_: What does not belong to it although it is near (``not`` in the file).
    """

    title: str = Field(min_length=1)
    definition: str = Field(min_length=1)
    not_: str | None = Field(default=None, alias="not")


class Codebook(_Strict):
    """Frames and stances with their definitions. Both keep the order of the file.

    A codebook may have a single frame (then the model is a stance classifier) or a single stance (then it is
    a frame classifier).
    """

    name: str = Field(min_length=1)
    version: int = 1
    language: str = "en"
    description: str = ""
    frames: dict[str, Frame] = Field(min_length=1)
    stances: dict[str, str] = Field(min_length=1)

    @property
    def frame_ids(self) -> tuple[str, ...]:
        """Ids of the frames in the order of the file, which is the order of the model's outputs."""
        return tuple(self.frames)

    @property
    def stance_ids(self) -> tuple[str, ...]:
        """Ids of the stances in the order of the file."""
        return tuple(self.stances)

    @cached_property
    def digest(self) -> str:
        """Twelve hex digits that change with any frame, stance or definition."""
        content = json.dumps(self.to_dict(), sort_keys=False, ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()[:12]

    def descriptions(self) -> list[str]:
        """Return ``title: definition`` of each frame, from which the model's queries are made."""
        return [f"{frame.title}: {frame.definition}" for frame in self.frames.values()]

    def to_dict(self) -> dict[str, Any]:
        """Return the codebook as it stands in a file."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)

    def to_yaml(self) -> str:
        """Return the codebook as YAML text."""
        return yaml.safe_dump(self.to_dict(), sort_keys=False, allow_unicode=True, width=110)

    def check_frame(self, name: str, **place: Any) -> str:
        """Return *name* if it is a frame of this codebook.

        Raises:
            CodebookError: The codebook has no such frame; the message names the nearest one.
        """
        if name not in self.frames:
            hint = nearest(name, self.frame_ids)
            raise CodebookError(f"the codebook {self.name!r} has no frame {name!r}{hint}", **place)
        return name

    def check_stance(self, name: str, **place: Any) -> str:
        """Return *name* if it is a stance of this codebook.

        Raises:
            CodebookError: The codebook has no such stance; the message names the nearest one.
        """
        if name not in self.stances:
            hint = nearest(name, self.stance_ids)
            raise CodebookError(f"the codebook {self.name!r} has no stance {name!r}{hint}", **place)
        return name


def load_codebook(source: str | Path | None = None) -> Codebook:
    """Read a codebook from a YAML file.

    Args:
        source: A file, or the name of a shipped codebook; the default is the shipped ``access_dispute``.

    Raises:
        CodebookError: The file is missing, is not YAML or is not a codebook; the message names line or field.
    """
    name = DEFAULT_CODEBOOK if source is None else str(source)
    shipped = resources.files("counterframe.configs") / "codebooks"
    known = sorted(item.name.removesuffix(".yaml") for item in shipped.iterdir() if item.name.endswith(".yaml"))
    path = Path(name)
    if name in known and not path.is_file():
        return parse_codebook((shipped / f"{name}.yaml").read_text(encoding="utf-8"), f"{name}.yaml")
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise CodebookError(f"no such codebook file; shipped codebooks: {', '.join(known)}", path=name) from error
    except (OSError, UnicodeDecodeError) as error:
        raise CodebookError(f"cannot be read as UTF-8 text: {error}", path=name) from error
    return parse_codebook(text, path)


def parse_codebook(text: str, path: str | Path = "codebook") -> Codebook:
    """Read a codebook from YAML *text*; *path* is named in errors.

    Raises:
        CodebookError: The text is not YAML or is not a codebook; the message names line or field.
    """
    try:
        content = load_yaml(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise CodebookError(f"is not valid YAML: {error.problem}", path=path, line=line) from error
    except yaml.YAMLError as error:
        raise CodebookError(f"is not valid YAML: {error}", path=path) from error
    if not isinstance(content, dict):
        raise CodebookError("is not a codebook: expected the fields name, frames, stances", path=path)
    for section in ("frames", "stances"):
        entries = content.get(section)
        for key in entries if isinstance(entries, dict) else ():
            if not isinstance(key, str) or not _ID.fullmatch(key):
                raise CodebookError(
                    f"{key!r} is not a valid id; use letters, digits, '_' and '-', beginning with a letter"
                    " (quote words like yes and no)",
                    path=path,
                    field=section,
                )
    try:
        return Codebook.model_validate(content)
    except ValidationError as error:
        found = error.errors()
        # A field whose name is misspelt lacks under its right name too; the misspelt one is what to say.
        first = next((item for item in found if item["type"] == "extra_forbidden"), found[0])
        where = ".".join(str(part) for part in first["loc"])
        problem = first["msg"]
        if first["type"] == "extra_forbidden":
            fields = ["title", "definition", "not"] if len(first["loc"]) > 1 else list(Codebook.model_fields)
            problem = "is not a field of a codebook" + nearest(str(first["loc"][-1]), fields)
        raise CodebookError(problem, path=path, field=where) from error
