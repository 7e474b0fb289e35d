"""What an examination found, as text and as a page."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from irodori.lab.doctor.finding import Finding, Suspicion


@dataclass
class Report:
    """The result of an examination.

    findings: most likely cause first; empty when all is well. checked: what was looked at.
    limits: what could not be looked at, a line each. seconds: how long it took.
    """

    findings: list[Finding]
    checked: list[str]
    limits: list[str]
    task: str
    history: Any = None
    trials: Any = None
    record: Any = None
    suspicions: list[Suspicion] = field(default_factory=list)
    seconds: float = 0.0

    def __str__(self) -> str:
        """The findings as text, for a terminal."""
        lines = []
        if not self.findings:
            lines.append(f"All is well: {len(self.checked)} things checked, nothing to say.")
        for number, finding in enumerate(self.findings, start=1):
            lines.append(f"{number}. {finding.title}  [{finding.family}, {finding.severity}]")
            lines += [f"   seen:   {line}" for line in finding.evidence]
            lines.append(f"   cause:  {finding.cause}")
            lines += [f"   remedy: {line}" for line in finding.remedy.splitlines()]
            if finding.where:
                lines.append(f"   where:  {finding.where}")
        lines += [f"not checked: {line}" for line in self.limits]
        return "\n".join(lines)

    def save(self, path: str | Path) -> None:
        """Write a self-contained HTML page."""
        from irodori.lab.doctor.page import page

        Path(path).write_text(page(self), encoding="utf-8")
