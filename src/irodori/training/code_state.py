"""Which code a run was made with: the git commit, and the tag that leads back to it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import irodori
from irodori.training.errors import TrainingError


def commit() -> str | None:
    """The commit of the code that runs, "-dirty" behind it if files differ; None without git."""
    head = _git("rev-parse", "HEAD")
    if head is None:
        return None
    changed = _git("status", "--porcelain", "--untracked-files=no")
    return head + ("-dirty" if changed else "")


def check_tag(name: str) -> None:
    """Raises TrainingError if `name` cannot become a new tag."""
    if _git("rev-parse", "HEAD") is None:
        raise TrainingError(
            f"--tag {name}: the code does not lie in a git repository with a commit; leave --tag "
            "out, or work in a checkout"
        )
    if _git("check-ref-format", f"refs/tags/{name}") is None:
        raise TrainingError(f"--tag {name}: git allows no such name; use letters and digits")
    if _git("rev-parse", "--verify", "--quiet", f"refs/tags/{name}") is not None:
        raise TrainingError(f"--tag {name}: there is such a tag already; choose another name")


def make_tag(name: str, commit: str, message: str) -> None:
    """An annotated tag on `commit`; one that this run made before is replaced."""
    made = _git("tag", "--annotate", "--force", "--message", message, name, commit[:40])
    if made is None:
        raise TrainingError(
            f"--tag {name}: git could not make it; set user.name and user.email, then go on with "
            "--resume"
        )


def _git(*arguments: str) -> str | None:
    """What git prints, None if it fails or is not there."""
    folder = Path(irodori.__file__).parent
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=False
        )
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None
