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


def names(room: str) -> list[str]:
    """The programs of one folder of them (`faults`, `faults_unseen`), sorted."""
    folder = importlib.import_module(room).__path__
    return sorted(m.name for m in pkgutil.iter_modules(folder) if m.name not in HELPERS)


def program(room: str, name: str) -> ModuleType:
    """The module of one program."""
    return importlib.import_module(f"{room}.{name}")
