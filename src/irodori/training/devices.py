"""What a run computes on: processor or cards, how many, in which precision."""

from __future__ import annotations

import os
from typing import Any

import torch

from irodori.training.recipe import Recipe


def precision(recipe: Recipe) -> Any:
    """Fabric's word for it. auto: bf16 where the processor or the card computes with it."""
    if recipe.precision == "auto":
        if torch.cuda.is_available():
            fit = torch.cuda.is_bf16_supported()
        else:
            fit = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
        return "bf16-mixed" if fit else "32-true"
    return "32-true" if recipe.precision == "32" else "bf16-mixed"


def accelerator() -> str:
    """Cards where there are any, else processes."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def strategy(devices: int) -> str:
    """DDP over processes of our own, or over those that torchrun started, on one host or many."""
    if "TORCHELASTIC_RUN_ID" in os.environ:
        return "ddp"
    return "ddp_spawn" if devices > 1 else "auto"
