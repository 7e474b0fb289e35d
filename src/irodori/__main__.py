"""`python -m irodori`, and what the `irodori` command starts."""

from __future__ import annotations

import sys

from irodori.cli import main

if __name__ == "__main__":
    sys.exit(main())
