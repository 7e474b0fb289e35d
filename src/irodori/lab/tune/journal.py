"""What was measured, a line each, so that work that was cut off goes on where it stopped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from irodori.lab.errors import LabError


class Journal:
    """Facts by name, in a file of JSON lines; without a file they are forgotten at the end."""

    def __init__(self, path: Path | None = None) -> None:
        """Raises LabError where the file cannot be read."""
        self.path = path
        self._facts: dict[str, Any] = {}
        if path is None or not path.exists():
            return
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except OSError as error:
            raise LabError(f"{path}: cannot be read ({error.strerror}); move it away") from error
        for line in lines:
            try:
                fact = json.loads(line)
                self._facts[fact["name"]] = fact["value"]
            except (ValueError, KeyError, TypeError):
                continue  # cut off by a crash

    def get(self, name: str) -> Any:
        """What was kept under a name; None if nothing was."""
        return self._facts.get(name)

    def put(self, name: str, value: Any) -> None:
        """Keep something that JSON can hold. Raises LabError where there is no room."""
        self._facts[name] = value
        if self.path is None:
            return
        line = json.dumps({"name": name, "value": value})
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
        except OSError as error:
            raise LabError(
                f"{self.path}: cannot be written ({error.strerror}); make room and start again, "
                "what was measured is kept"
            ) from error
