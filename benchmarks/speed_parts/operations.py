"""Where the time of a run goes inside the network, by kind of operation: onnxruntime's own profile.

python -m speed_parts.operations --sentences 500
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from counterframe.inference.batching import pad, token_batches
from counterframe.models.checkpoint import Checkpoint

from .corpus import releases, shown_sentences

__all__ = ["main"]

_BUDGET = 512
_SHOWN = 10
#: Operations whose work is that of the GEMM peak; all others are overhead beside it.
_PRODUCTS = {"MatMul", "Gemm", "FusedMatMul", "FusedGemm", "Attention", "MultiHeadAttention", "Einsum"}


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sentences", type=int, default=500)
    given = parser.parse_args()
    spent = _measure(given.sentences)
    whole = sum(spent.values())
    products = sum(time for kind, time in spent.items() if kind.split()[0] in _PRODUCTS)
    print("### Inside the run\n")
    print(f"onnxruntime's own profile of the float32 graph over {given.sentences:,} sentences, one thread.")
    print(f"Matrix products take {products / whole:.0%} of the time; the rest is no work that counts for the peak.\n")
    print("| operation | share of the run |\n| --- | ---: |")
    for kind, time in spent.most_common(_SHOWN):
        print(f"| {kind} | {time / whole:.1%} |")
    print(f"| all others | {sum(time for _, time in spent.most_common()[_SHOWN:]) / whole:.1%} |\n")


def _measure(sentences: int) -> Counter[str]:
    """Return the time in each kind of operation."""
    import onnxruntime

    checkpoint = Checkpoint.load()
    texts = list(islice((text for release in releases() for text in shown_sentences(release)), sentences))
    encoded = checkpoint.tokenizer().encode(texts)
    batches = token_batches([len(item) for item in encoded], budget=_BUDGET)
    with TemporaryDirectory(prefix="counterframe-operations-") as folder:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_profiling = True
        options.log_severity_level = 4
        options.profile_file_prefix = str(Path(folder) / "profile")
        session = onnxruntime.InferenceSession(
            str(checkpoint.folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        for batch in batches:
            ids, mask = pad([encoded[index] for index in batch], checkpoint.pad_id)
            session.run(None, {"input_ids": ids, "attention_mask": mask})
        events: list[dict[str, Any]] = json.loads(Path(session.end_profiling()).read_text(encoding="utf-8"))
    spent: Counter[str] = Counter()
    for event in events:
        if event.get("cat") == "Node" and event["name"].endswith("_kernel_time"):
            spent[_kind(event["args"])] += event["dur"]
    return spent


def _kind(node: dict[str, Any]) -> str:
    """Return the kind of operation; products with weights are apart from the small ones of the attention."""
    kind: str = node["op_name"]
    shapes = [shape for item in node.get("input_type_shape", []) for shape in item.values()]
    if kind != "MatMul":
        return kind
    # Weights that were packed beforehand are no input any more.
    return "MatMul with weights" if len(shapes) < 2 or len(shapes[1]) == 2 else "MatMul inside of the attention"


if __name__ == "__main__":
    main()
