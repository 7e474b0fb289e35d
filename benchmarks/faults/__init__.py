"""Small programs that train badly for a known reason, each with a twin that trains well.

One module per program, named after its row in the literature (Stack Overflow question, DeepCrime
mutant, TheDeepChecker program, PyTorch issue). `faulty()` and `fixed()` return the keyword
arguments of `irodori.lab.doctor.examine` and, under `"families"`, the family words that name the
fault rightly (none for a twin). `verify.py` shows that each twin truly trains better.
"""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

HELPERS = {"data", "healthy", "verify"}


def names() -> list[str]:
    """The programs' module names, sorted."""
    return sorted(m.name for m in pkgutil.iter_modules(__path__) if m.name not in HELPERS)


def program(name: str) -> ModuleType:
    """The module of one program."""
    return importlib.import_module(f"{__name__}.{name}")
