"""Adam with a rate of 0.1 and an epsilon of 1e-16."""

from __future__ import annotations

from typing import Any

import torch

from .tdc_dblsoft import program
from .tdc_labels import lenet


def with_adam(families: set[str], **settings: float) -> dict[str, Any]:
    plan = program(lenet(), families)
    plan["optimizer"] = torch.optim.Adam(plan["model"].parameters(), **settings)
    return plan


def faulty() -> dict[str, Any]:
    return with_adam({"optimizer", "learning-rate"}, lr=0.1, eps=1e-16)


def fixed() -> dict[str, Any]:
    return with_adam(set(), lr=1e-3)
