"""The model card, written from what was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..data.codebook import Codebook
from ..evaluation.report import Evaluation, overall_table
from .config import TrainConfig
from .fit import Fitted

__all__ = ["CardFacts", "model_card", "with_figures"]

_FIGURES = "## Figures"


@dataclass(frozen=True)
class CardFacts:
    """What the card tells.

    Attributes:
        counts: Number of sentences by part (train, dev, test).
        events: Number of events or documents by part.
        files: Name and sha256 (twelve digits) of each labelled file.
        encoder: Name of the encoder.
        start: Name of the model that the run went on from, if any.
        teachers: Names of the models whose scores were learnt from beside the labels.
        unlabelled: Number of sentences that they labelled.
        warnings: What the reader of the data had to assume.
        versions: Version by package.
        evaluation: Figures on the held-out test part, if there is one.
    """

    counts: Mapping[str, int]
    events: Mapping[str, int]
    files: Mapping[str, str]
    encoder: str
    start: str | None
    teachers: Sequence[str]
    unlabelled: int
    warnings: Sequence[str]
    versions: Mapping[str, str]
    evaluation: Evaluation | None


def model_card(facts: CardFacts, *, codebook: Codebook, config: TrainConfig, fitted: Fitted) -> str:
    """Return the text of ``README.md`` of a checkpoint."""
    others = "on what the model that it went on from had learnt" if facts.start else "no others"
    lines = [
        "---",
        "library_name: counterframe",
        "pipeline_tag: text-classification",
        f"language: {codebook.language}",
        f"base_model: {facts.encoder}",
        "tags: [framing, stance, source attribution]",
        "---",
        f"# A Counterframe model for the codebook `{codebook.name}`",
        "",
        "For each sentence of a press release or news text: the frames it evokes, for each frame the stance that the"
        " sentence's source takes on it, and who that source is. A frame is a way of telling, not a truth; a label is"
        " this model's reading and comes with a score.",
        "",
        f"- Frames: {', '.join(frame.title for frame in codebook.frames.values())}",
        f"- Stances: {', '.join(codebook.stance_ids)}",
        f"- Encoder: `{facts.encoder}`; sentences are cut at {config.model.max_tokens} tokens",
        "- Names (capitalised words that the training texts never write in lower case) are hidden from the model: one"
        " sign stands in the place of each"
        if config.model.hide_names
        else "- Names are shown to the model: run `counterframe audit` to see how far it judges by them",
        "",
        "```sh",
        "counterframe classify RELEASES --model THIS_FOLDER --out reading.html",
        "```",
        "",
        "## Data",
        "",
        "| part | sentences | events or documents | used for |",
        "| --- | ---: | ---: | --- |",
    ]
    tuned = "early stopping, temperatures, thresholds, precision of answers"
    uses = {"train": "learning", "dev": tuned, "test": "the figures below"}
    lines += [f"| {part} | {facts.counts[part]} | {facts.events[part]} | {use} |" for part, use in uses.items()]
    lines += ["", "No event, document or longer text stands in two parts. Labelled files (sha256, first digits):", ""]
    lines += [f"- `{name}` {digest}" for name, digest in facts.files.items()]
    if facts.start:
        lines += [
            "",
            f"It went on from `{facts.start}`; what that model was trained and tuned on counts as seen. The linear"
            " model beside it in the figures learnt from the sentences above alone.",
        ]
    if facts.teachers:
        named = ", ".join(f"`{name}`" for name in facts.teachers)
        lines += [
            "",
            f"Beside the labels it learnt from the scores of {named} (share {config.distillation.share:g} on labelled"
            f" sentences), and from these alone on {facts.unlabelled} sentences without labels, none of a document that"
            " was held out.",
        ]
    if facts.warnings:
        lines += ["", *(f"> **Mind:** {warning}." for warning in facts.warnings)]
    lines += ["", *_figures(facts.evaluation, config.calibration.stance_rates or {})]
    lines += [
        "",
        "## Recipe",
        "",
        f"{fitted.epochs:g} epochs in {fitted.seconds:.0f} s on {fitted.device} in {fitted.precision}; best dev pair F1"
        f" {fitted.best:.3f}. {', '.join(f'{name} {version}' for name, version in facts.versions.items())}.",
        "",
        "```yaml",
        config.to_yaml().rstrip(),
        "```",
        "",
        "## Limits",
        "",
        "- It reads sentence by sentence: what a pronoun or an allusion refers to is not seen.",
        f"- Trained on the labelled sentences above and {others}; on other topics, genres and languages measure it"
        " first (`counterframe evaluate`).",
        "- Stance is read less surely than frames, most of all in irony, double negations and where an accusation is"
        " told as false; a source span may be cut to its article. Look at the stance's own score.",
        "- The evidence words are where the model looked; they are not a full explanation of its answer.",
        "- It does not tell what is true, and its labels are no ground for a judgement of a person or a party.",
        "",
    ]
    return "\n".join(lines)


def with_figures(card: str, evaluation: Evaluation, stance_rates: Mapping[str, float]) -> str:
    """Return the text of a model card with other figures on the test part; all else stays.

    Args:
        card: The text as it is.
        evaluation: The figures.
        stance_rates: Share of each stance that the calibration was made for; empty where nothing was said of them.
    """
    before, heading, rest = card.partition(_FIGURES)
    if not heading:
        return card
    _, following, after = rest.partition("\n## ")
    return before + "\n".join(_figures(evaluation, stance_rates)) + "\n" + following + after


def _figures(evaluation: Evaluation | None, stance_rates: Mapping[str, float]) -> list[str]:
    """Return the section with the figures on the test part."""
    lines = [_FIGURES, ""]
    if stance_rates:
        shares = ", ".join(f"{name} {share:.3g}" for name, share in stance_rates.items())
        lines += [
            f"> **Mind:** stances are calibrated for texts that have them so often: {shares}. Where one is more"
            " frequent, as it may be in the test part, it is found too rarely.",
            "",
        ]
    if evaluation is None:
        return [*lines, "None: no part was held out to measure on (`split.test` is 0)."]
    lines += [
        "On the test part, with 95 % intervals over events or documents; one training run, so the spread between"
        " seeds is not in them. `metrics.json` holds the figures by frame and stance.",
        "",
        "| | model | " + " | ".join(evaluation.baselines) + " | support |",
        "| --- |" + " ---: |" * (len(evaluation.baselines) + 2),
    ]
    lines += ["| " + " | ".join(row) + " |" for row in overall_table(evaluation)]
    if evaluation.notes():
        lines += ["", *(f"> **Mind:** {note}." for note in evaluation.notes())]
    return lines
