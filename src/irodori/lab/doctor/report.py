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

    def log(self, writer: Any, step: int = 0) -> None:
        """Write the findings as text to a TensorBoard `SummaryWriter`."""
        text = "\n".join(f"    {line}" for line in str(self).splitlines())
        writer.add_text("doctor/findings", text, step)

    def _repr_html_(self) -> str:
        """What a notebook shows: the page in a frame of its own, so that no styles mix."""
        from html import escape

        from irodori.lab.doctor.page import page

        style = "width:100%;height:38rem;border:1px solid #ddd;border-radius:6px"
        return f'<iframe title="findings" style="{style}" srcdoc="{escape(page(self))}"></iframe>'

    def save(self, path: str | Path) -> None:
        """Write a self-contained HTML page."""
        from irodori.lab.doctor.page import page

        Path(path).write_text(page(self), encoding="utf-8")
