"""The fp32 GEMM peak of one core, and the multiplications that the model needs: what the engine is held against."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["Gemm", "model_flops"]

#: Rows, inner and columns: a batch of 512 tokens through the encoder's matrices, and a large square.
SHAPES = {
    "512×384×384": (512, 384, 384),
    "512×384×1536": (512, 384, 1536),
    "512×1536×384": (512, 1536, 384),
    "2048×2048×2048": (2048, 2048, 2048),
}


class Gemm:
    """Matrix products by numpy, torch and onnxruntime, each on one thread."""

    def __init__(self) -> None:
        import torch

        torch.set_num_threads(1)
        rng = np.random.default_rng(0)
        self._products: dict[str, tuple[Callable[[], Any], float]] = {}
        for name, (rows, inner, columns) in SHAPES.items():
            left = rng.random((rows, inner), dtype=np.float32)
            right = rng.random((inner, columns), dtype=np.float32)
            work = 2.0 * rows * inner * columns
            for library, product in _libraries(left, right).items():
                product()
                self._products[f"{library} {name}"] = product, work

    def measure(self, seconds: float) -> dict[str, float]:
        """Return the GFLOP/s of each library and shape, the best of three tries of *seconds* each; in CPU time."""
        return {name: max(_rate(*product, seconds) for _ in range(3)) for name, product in self._products.items()}


def _libraries(left: Any, right: Any) -> dict[str, Callable[[], Any]]:
    import torch

    out = np.empty((len(left), right.shape[1]), dtype=np.float32)
    torch_left, torch_right = torch.from_numpy(left), torch.from_numpy(right)
    torch_out = torch.empty(out.shape)
    session = _onnx_product(right)

    def by_torch() -> None:
        with torch.inference_mode():
            torch.mm(torch_left, torch_right, out=torch_out)

    return {
        "numpy": lambda: np.matmul(left, right, out=out),
        "torch": by_torch,
        "onnxruntime": lambda: session.run(None, {"left": left}),
    }


def _onnx_product(right: Any) -> Any:
    """Return a session that multiplies by *right*, which it may pack beforehand as it does with a model's weights."""
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    graph = helper.make_graph(
        [helper.make_node("MatMul", ["left", "right"], ["out"])],
        "product",
        [helper.make_tensor_value_info("left", TensorProto.FLOAT, ["rows", right.shape[0]])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, ["rows", right.shape[1]])],
        [numpy_helper.from_array(right, "right")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def _rate(product: Callable[[], Any], work: float, seconds: float) -> float:
    count, began = 0, time.process_time()
    while (spent := time.process_time() - began) < seconds or not count:
        product()
        count += 1
    spent = time.process_time() - began
    return count * work / max(spent, 1e-9) / 1e9


def model_flops() -> dict[str, list[float]]:
    """Return a, b, c of the whole ``model`` and of its ``encoder``: a sentence of L tokens takes a + b·L + c·L².

    Floating-point operations of the matrix products as torch's own counter counts them; a product and a sum are two.
    """
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    from counterframe.models.build import load_model
    from counterframe.models.checkpoint import default_model

    model = load_model(default_model())
    # The counter knows no fused attention on a CPU.
    model.encoder.set_attn_implementation("eager")
    lengths = (16, 64, 128)
    found = {}
    for name, part in (("model", model), ("encoder", model.encoder)):
        counted = []
        for length in lengths:
            ids = torch.ones((1, length), dtype=torch.long)
            with torch.inference_mode(), FlopCounterMode(display=False) as counter:
                part(input_ids=ids, attention_mask=ids)
            counted.append(counter.get_total_flops())
        c, b, a = np.polyfit(np.array(lengths, float), np.array(counted, float), 2)
        found[name] = [float(a), float(b), float(c)]
    return found
