"""A complete model folder with a tiny random encoder: all stages but the network cost what they cost otherwise."""

from __future__ import annotations

import shutil
from pathlib import Path

from counterframe.models.checkpoint import default_model

__all__ = ["make_tiny_model"]

_KEPT = ("codebook.yaml", "calibration.json", "tokenizer.json", "words.txt")


def make_tiny_model(folder: Path) -> None:
    """Write a model of one layer and 32 wide with the codebook, tokenizer and thresholds of the shipped one."""
    import torch

    from counterframe.models.configuration import CounterframeConfig
    from counterframe.models.export import export_onnx
    from counterframe.models.network import CounterframeModel

    settings = CounterframeConfig.from_pretrained(default_model()).to_dict()
    settings |= {"model_name": "tiny", "attention_heads": 2, "head_size": 32, "dtype": "float32"}
    settings["encoder"] |= {
        "hidden_size": 32,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 64,
    }
    torch.manual_seed(0)
    model = CounterframeModel(CounterframeConfig(**settings)).float().eval()
    model.save_pretrained(folder)
    for name in _KEPT:
        if (default_model() / name).is_file():
            shutil.copy(default_model() / name, folder / name)
    export_onnx(model, folder)
