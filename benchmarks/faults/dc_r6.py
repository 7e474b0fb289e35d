"""Texts by topic, the first kernel all ones."""

from __future__ import annotations

from typing import Any

from torch import nn

from .dc_r1 import program


def faulty() -> dict[str, Any]:
    plan = program(None, {"initialization"})
    first = plan["model"][0]
    nn.init.ones_(first.weight)
    nn.init.zeros_(first.bias)
    return plan


def fixed() -> dict[str, Any]:
    return program(None, set())
