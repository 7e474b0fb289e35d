"""What a remedy is: a case and a fresh setting go in, the setting with one thing changed comes out.

None says that it does not apply. A remedy decides nothing; see `causes`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from irodori.lab.doctor.case import Case
from irodori.lab.doctor.trial import Setting

Remedy: TypeAlias = Callable[[Case, Setting], Setting | None]


def joined_remedies(*parts: Remedy) -> Remedy:
    """Several remedies one after another; None if none applies."""

    def apply(case: Case, setting: Setting) -> Setting | None:
        touched = False
        for part in parts:
            after = part(case, setting)
            if after is not None:
                setting, touched = after, True
        return setting if touched else None

    return apply
