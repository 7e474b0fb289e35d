"""The digit CNN under Adadelta with a thousandth of its usual rate."""

from __future__ import annotations

from typing import Any

from .dc_m1 import DigitNet, program


def faulty() -> dict[str, Any]:
    return program(DigitNet(), 0.001, {"learning-rate"})


def fixed() -> dict[str, Any]:
    return program(DigitNet(), 1.0, set())
