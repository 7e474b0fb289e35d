"""Libraries that only training needs, and what to do without them."""

from __future__ import annotations

from importlib.util import find_spec

from irodori.training.errors import TrainingError


def need_training() -> None:
    """Raises TrainingError, with the remedy, where a library is missing."""
    libraries = {
        "torch": "torch",
        "lightning_fabric": "lightning-fabric",
        "safetensors": "safetensors",
        "tensorboard": "tensorboard",
        "onnx": "onnx",
        "onnxscript": "onnxscript",
        "onnxslim": "onnxslim",
    }
    for module, library in libraries.items():
        if find_spec(module) is None:
            raise TrainingError(
                f'{library} is needed to train and is not installed; pip install "irodori[train]"'
            )
