"""What ``counterframe info`` prints: plain lines in two columns, to be pasted into a report."""

from __future__ import annotations

from collections.abc import Sequence

from ..evaluation.figure import Figure
from ..evaluation.titles import TITLES
from ..models.checkpoint import DEFAULT_MODEL
from .info import EncoderInfo, EngineInfo, Info, SystemInfo
from .model_info import Figures, ModelInfo
from .private import without_names

__all__ = ["info_text"]

#: Name and value; an empty name goes on with the value above.
_Row = tuple[str, str]


def info_text(info: Info) -> str:
    """Return all of *info* as lines, without the names of users and their home folders."""
    packages = [(name, version or "not installed") for name, version in info.packages.items()]
    if info.packages_problem is not None:
        packages = [("unknown", info.packages_problem)]
    sections: list[tuple[str, list[_Row]]] = [
        (f"counterframe {info.version}", [("installed in", str(info.folder)), *_system(info.system)]),
        ("packages", packages),
        ("devices and engine of classify", [*_devices(info.system), *_engine(info.engine)]),
        ("default encoder (only training needs it)", _encoder(info.encoder)),
    ]
    for model in info.models:
        title = "shipped model" if model.given == DEFAULT_MODEL else f"--model {model.given}"
        sections.append((title, _model(model)))
    width = max(len(name) for _, rows in sections for name, _ in rows)
    blocks = ["\n".join([title, *_lines(rows, width)]) for title, rows in sections]
    return without_names("\n\n".join(blocks))


def _lines(rows: Sequence[_Row], width: int) -> list[str]:
    lines = []
    for name, value in rows:
        first, *others = value.splitlines() or [""]
        lines.append(f"  {name:{width}}  {first}".rstrip())
        lines += [f"  {'':{width}}  {line}" for line in others]
    return lines


def _system(system: SystemInfo) -> list[_Row]:
    memory = "unknown" if system.memory is None else f"{system.memory / 2**30:.1f} GiB"
    return [
        ("Python", system.python),
        ("platform", system.platform),
        ("CPU cores", f"{system.cores} that this process may use"),
        ("memory", memory),
    ]


def _devices(system: SystemInfo) -> list[_Row]:
    found = "found" if system.cuda_driver else "not found, or it shows no device"
    return [("CUDA driver", found), *(("GPU", name) for name in system.gpus)]


def _engine(engine: EngineInfo) -> list[_Row]:
    rows = [
        ("--device auto", engine.device or "none fits"),
        ("engine", engine.engine or "none"),
        ("why", engine.reason),
    ]
    if engine.problem is not None:
        return [*rows, ("problem", engine.problem)]
    return [*rows, ("providers", f"{', '.join(engine.providers)} (onnxruntime; classify takes the CPU's)")]


def _encoder(encoder: EncoderInfo) -> list[_Row]:
    rows = [("name", encoder.name)]
    if encoder.problem is not None:
        return [*rows, ("problem", encoder.problem)]
    if encoder.folder is None:
        ways = [(f"way {number}", way) for number, way in enumerate(encoder.ways, 1)]
        return [*rows, ("found", "not found; ways to get it:"), *ways]
    return [*rows, ("found", f"{encoder.place}; sha256 as expected"), ("folder", str(encoder.folder))]


def _model(model: ModelInfo) -> list[_Row]:
    rows = [("folder", str(model.folder))]
    if model.problem is not None:
        return [*rows, ("problem", model.problem)]
    book = model.codebook or {}
    rows = [("name", str(model.name)), *rows]
    rows += [
        (
            "codebook",
            "{name} version {version}, digest {digest}: {frames} frame(s), {stances} stance(s)".format(**book),
        ),
        ("size", f"{(model.size or 0) / 1e6:.1f} MB"),
        ("max tokens", str(model.max_tokens)),
    ]
    if model.card is not None:
        rows.append(("model card", str(model.card)))
    if model.figures is None:
        return [*rows, ("figures", model.figures_problem or "none")]
    return [*rows, *_figures(model.figures, model.name)]


def _figures(figures: Figures, name: str | None) -> list[_Row]:
    rows = [
        (
            "measured on",
            f"{', '.join(figures.data)}: {figures.sentences:,} sentences of {figures.groups:,} events or documents",
        ),
        ("intervals", figures.interval),
    ]
    if figures.model != name:
        rows.append(("mind", f"these figures are those of {figures.model}, which is another model"))
    rows += [("mind", warning) for warning in figures.warnings]
    return [*rows, *((TITLES[key], _figure(figure)) for key, figure in figures.overall.items())]


def _figure(figure: Figure) -> str:
    # Two digits: the file holds rounded figures, and a third could be off by one from what the card says.
    value = "-" if figure.value is None else f"{figure.value:.2f}"
    interval = "" if figure.low is None or figure.high is None else f" [{figure.low:.2f}, {figure.high:.2f}]"
    return f"{value}{interval} of {figure.support:,}"
