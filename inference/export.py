"""A model folder made anew from the weights of another, for use elsewhere: checked before it is there."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from ..data.labelled import read_labelled
from ..errors import CheckpointError, UsageError
from ..models.checkpoint import Checkpoint
from .gate import Fidelity, check_graph

__all__ = ["export"]


def export(
    model: str | Path,
    out: str | Path,
    *,
    precision: Literal["float32", "int8"] = "float32",
    data: Sequence[str | Path] = (),
) -> Fidelity:
    """Write a complete model folder whose graph is made anew from the weights of *model*, and compare the two.

    Args:
        model: Model folder; ``default`` is the shipped one.
        out: Folder to write; must not exist, or be empty.
        precision: In what numbers the encoder of the graph computes.
        data: Labelled files whose sentences the two are compared on; sentences of the shipped corpus by default.

    Returns:
        How far the graph and the weights agree.

    Raises:
        UsageError: The folder is taken, or the model was exported in int8 itself.
        CheckpointError: The model folder is incomplete.
        ExportRefusedError: The graph does not answer as the weights do. Nothing is left behind.
        InputError: A record of the data is wrong.
    """
    checkpoint, folder = Checkpoint.load(model), Path(out)
    if checkpoint.precision != "float32":
        raise UsageError(f"{model} was exported in {checkpoint.precision}; export the model it was made from")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"--out {folder} is not empty; name another folder, or delete it")
    texts = [item.text for item in read_labelled(data, checkpoint.codebook).sentences] if data else []
    partial = folder.absolute().with_name(f".{folder.absolute().name}.partial")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        _write(checkpoint, partial, precision)
        found = check_graph(Checkpoint.load(partial), texts)
        if precision != "float32":
            _mark(partial, precision, found)
        if folder.exists():
            folder.rmdir()
        partial.rename(folder)
    except OSError as error:
        raise UsageError(f"--out {folder}: cannot be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return found


def _write(checkpoint: Checkpoint, folder: Path, precision: str) -> None:
    """Copy what lies in a model folder and make its graph anew."""
    from ..models.build import load_model
    from ..models.export import export_onnx
    from ..models.quantise import quantise

    # Figures of another precision are not this one's.
    own = {"model.onnx", *(() if precision == "float32" else ("metrics.json",))}
    for path in sorted(checkpoint.folder.iterdir()):
        if path.is_file() and path.name not in own:
            shutil.copyfile(path, folder / path.name)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    # Without it the name would be that of the new folder.
    config |= {"model_name": checkpoint.model_name, "graph_precision": precision}
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    model = load_model(folder)
    try:
        graph = export_onnx(model, folder)
    except CheckpointError:
        raise
    except Exception as error:
        first = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise CheckpointError(f"torch makes no ONNX graph of the encoder of {checkpoint.folder}: {first}") from error
    if precision == "int8":
        import onnx

        proto = onnx.load(str(graph), load_external_data=False)
        quantise(proto)
        graph.write_bytes(proto.SerializeToString())


def _mark(folder: Path, precision: str, found: Fidelity) -> None:
    """Say in the model card that its figures are those of the float32 model, and how near this one is."""
    card = folder / "README.md"
    before = card.read_text(encoding="utf-8") if card.is_file() else ""
    note = (
        f"> **Exported in {precision}.** The figures below are those of the model in float32. Compared with it on"
        f" {found.to_text()}.\n\n"
    )
    head, rule, rest = before.partition("\n---\n") if before.startswith("---\n") else ("", "", before)
    card.write_text(f"{head}{rule}{note}{rest}", encoding="utf-8")
