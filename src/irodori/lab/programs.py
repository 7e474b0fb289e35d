"""A training of somebody's own, named on the command line: `module:function`."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from typing import Any

from irodori.lab.errors import ProgramError

NEEDED = ("model", "loss", "optimizer", "train_loader")
KNOWN = (*NEEDED, "val_loader", "task", "epochs", "train_step", "budget_s", "seed")


def load(name: str) -> dict[str, Any]:
    """Import a module, call a function in it, and check what it returns.

    name: "package.module:function", or "file.py:function". The working directory is searched too.
    Returns keyword arguments of `doctor.examine`. Raises ProgramError where anything is missing.
    """
    module, _, function = name.rpartition(":")
    if not module or not function.isidentifier():
        raise ProgramError(f"{name} is not MODULE:FUNCTION; write for example train.py:program")
    if importlib.util.find_spec("torch") is None:
        raise ProgramError('PyTorch is missing; install it with: pip install "irodori[lab]"')
    made = getattr(_imported(module), function, None)
    if not callable(made):
        raise ProgramError(f"{module} has no function {function}")
    arguments = made()
    if not isinstance(arguments, dict):
        raise ProgramError(
            f"{name} returned a {type(arguments).__name__}; return a dict with {', '.join(NEEDED)}"
        )
    missing = [k for k in NEEDED if k not in arguments]
    if missing:
        raise ProgramError(f"{name} returned a dict without {', '.join(missing)}")
    unknown = [str(k) for k in arguments if k not in KNOWN]
    if unknown:
        raise ProgramError(
            f"{name} returned {', '.join(unknown)}, which examine does not take; it takes "
            f"{', '.join(KNOWN)}"
        )
    return arguments


def _imported(module: str) -> Any:
    folder = str(Path.cwd())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        if module.endswith(".py"):
            return _from_file(Path(module))
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name and (module == error.name or module.startswith(error.name + ".")):
            raise ProgramError(
                f"no module {error.name} here; run it from the folder that holds it, or give a "
                "file: train.py:program"
            ) from None
        raise


def _from_file(path: Path) -> Any:
    if not path.is_file():
        raise ProgramError(f"{path}: no such file")
    sys.path.insert(0, str(path.resolve().parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ProgramError(f"{path} cannot be imported as Python")
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module
