"""Which confidence of an answer ranks best, and which estimate of its precision keeps what it promises.

Cuts and options are those of ``calibration.py`` beside it; printed are means and, in brackets, the standard deviation
over the cuts of the difference to the first row.

Usage: ``python benchmarks/abstention.py [--model DIR] [--texts FOLDER] [--draws 40] [--shares 0.5 0.1]``
"""

from __future__ import annotations

import numpy as np
from calibration import PRIOR, Array, Judge, Part, Rows, calibration_error, cuts, platt, run
from numpy.typing import NDArray
from scipy.stats import norm

from counterframe.data.codebook import Codebook
from counterframe.data.confidence import answers, confidence
from counterframe.evaluation.judged import Judged, Predicted
from counterframe.training.calibrate import fit_thresholds


def confidences(made: Predicted) -> dict[str, Array]:
    """Return candidates for the confidence of a sentence's answer."""
    present = made.frame_scores.astype(np.float64)
    pairs = np.where(made.frames, present * made.stance_scores.max(-1), np.nan)
    none = ~made.frames.any(1)
    ours = confidence(made.frame_scores, made.stance_scores, made.thresholds)
    weakest = np.where(none, 1.0, np.nanmin(np.where(made.frames, pairs, 1.0), axis=1))
    distance = np.abs(present - made.thresholds)
    return {
        "primary pair; 1 − highest frame score": np.where(none, 1 - present.max(1), ours),
        "primary pair; product of 1 − P(frame) (in use)": ours,
        "weakest pair; the same product": np.where(none, ours, weakest),
        "distance to the threshold, of the frame nearest to it": distance.min(1),
    }


def confidence_figures(judged: Judged, sure: Array) -> dict[str, float]:
    """Return how well a confidence ranks answers (primary frame and its stance, or no frame) and what it promises."""
    gold, made = judged.gold, judged.predicted
    rows = np.arange(len(sure))
    right = (made.primary == gold.primary) & (
        (made.primary < 0) | (made.stances[rows, made.primary] == gold.stances[rows, made.primary])
    )
    ranked = np.cumsum(right[np.argsort(-sure, kind="stable")]) / (rows + 1)
    at = {
        f"precision of the surest {share:.0%}": float(ranked[int(share * len(sure)) - 1]) for share in (0.3, 0.6, 0.9)
    }
    kept = sure >= 0.5
    return {
        "mean precision over coverage": float(ranked.mean()),
        "ECE": calibration_error(sure, right),
        **at,
        "below 0.5": float(np.mean(~kept)),
        "precision from 0.5 on": _share(right[kept].sum(), kept.sum()),
        "precision below": _share(right[~kept].sum(), (~kept).sum()),
    }


def wilson(right: Array, count: Array, level: float) -> Array:
    """Return Wilson's one-sided lower bound."""
    share, z = right / count, float(norm.ppf(level))
    spread = z * np.sqrt(share * (1 - share) / count + z * z / (4 * count**2))
    return np.asarray((share + z * z / (2 * count) - spread) / (1 + z * z / count))


#: Level of the bound, and answers of its own that those of all frames weigh as much as.
ESTIMATES: dict[str, tuple[float, float]] = {
    "plain share": (0.5, 0.0),
    "80 %, own answers alone": (0.8, 0.0),
    "80 %, and all weigh 10": (0.8, 10.0),
    "80 %, and all weigh 25 (in use)": (0.8, 25.0),
    "80 %, and all weigh 100": (0.8, 100.0),
    "90 %, own answers alone": (0.9, 0.0),
    "90 %, and all weigh 25": (0.9, 25.0),
}


def given(judged: Judged) -> tuple[Array, NDArray[np.bool_]]:
    """Return the scores of all answers (N, F + 1) and whether they are right."""
    made = judged.predicted
    right = judged.gold.frames & (made.stances == judged.gold.stances)
    return answers(made.frame_scores, made.stance_scores, made.thresholds), np.column_stack(
        [right, ~judged.gold.frames.any(1)]
    )


def lowest_score(fit: Judged, label: int, target: float, level: float, weight: float) -> float:
    """Return from which score on the answers of a label reach a target."""
    scores, right = given(fit)
    there = ~np.isnan(scores[:, label])
    order = np.flatnonzero(there)[np.argsort(-scores[there, label], kind="stable")]
    ranked, rights = scores[order, label], np.cumsum(right[order, label], dtype=np.float64)
    counts = np.arange(1.0, len(order) + 1)
    if label < scores.shape[1] - 1 and weight:
        pairs = scores[:, :-1][~np.isnan(scores[:, :-1])], right[:, :-1][~np.isnan(scores[:, :-1])]
        size = np.array([(pairs[0] >= score).sum() for score in ranked], dtype=np.float64)
        share = np.array([pairs[1][pairs[0] >= score].mean() for score in ranked])
        rights, counts = rights + np.minimum(weight, size) * share, counts + np.minimum(weight, size)
    reached = np.flatnonzero(wilson(rights, counts, level) >= target)
    return float(ranked[reached[-1]]) if len(reached) else np.inf


def precision_figures(fit: Judged, test: Judged, target: float, estimate: str) -> dict[str, float]:
    """Return what a target precision comes to on other sentences."""
    labels = range(fit.gold.frames.shape[1] + 1)
    lowest = np.array([lowest_score(fit, label, target, *ESTIMATES[estimate]) for label in labels])
    scores, right = given(test)
    taken = scores >= lowest
    pairs, none = slice(0, -1), slice(-1, None)
    many = [at for at in labels[:-1] if taken[:, at].sum() >= 10]
    each = [_share((taken & right)[:, at].sum(), taken[:, at].sum()) for at in many]
    return {
        "precision": _share((taken & right)[:, pairs].sum(), taken[:, pairs].sum()),
        "reached": _reached((taken & right)[:, pairs].sum(), taken[:, pairs].sum(), target),
        "worst frame": min(each, default=float("nan")),
        "pairs kept": _share(taken[:, pairs].sum(), (~np.isnan(scores[:, pairs])).sum()),
        "frames answered": float(np.isfinite(lowest[pairs]).sum()),
        "precision of “none”": _share((taken & right)[:, none].sum(), taken[:, none].sum()),
        "“none” kept": _share(taken[:, none].sum(), (~np.isnan(scores[:, none])).sum()),
    }


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else float("nan")


def _reached(right: float, taken: float, target: float) -> float:
    return float(right >= target * taken) if taken else float("nan")


def compare(part: Part, codebook: Codebook, share: float, draws: int) -> dict[str, Rows]:
    """Return all figures by table and row, one for each cut."""
    tables: dict[str, Rows] = {}

    def add(table: str, row: str, figures: dict[str, float]) -> None:
        tables.setdefault(table, {}).setdefault(row, []).append(figures)

    for fit, test in cuts(part, share, draws):
        judge, scales = Judge.fitted(fit, codebook), platt(PRIOR)(fit)
        chosen = fit_thresholds(judge(fit, scales, 0.5))
        seen, new = judge(fit, scales, chosen), judge(test, scales, chosen)
        for name, sure in confidences(new.predicted).items():
            add("Confidence", name, confidence_figures(new, sure))
        for target in (0.8, 0.9, 0.95):
            for name in ESTIMATES:
                add(f"Target precision {target:g}", name, precision_figures(seen, new, target, name))
    return tables


if __name__ == "__main__":
    run(compare, __doc__ or "")
