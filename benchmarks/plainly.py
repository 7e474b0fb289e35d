"""A wrong argument is one line for a person, here as in the program."""

from __future__ import annotations

import sys
from collections.abc import Callable

from irodori.color.errors import IrodoriError


def plainly(main: Callable[[], object]) -> None:
    """Run it; what Irodori refuses is said in a line, and ends with code 2."""
    try:
        main()
    except IrodoriError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
