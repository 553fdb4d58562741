"""From releases to written results. With the onnxruntime engine neither torch nor transformers is imported."""
