"""The page: self-contained, in a real browser, and what it says."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import torch
from torch import nn

from irodori.lab import doctor

Make = Callable[..., dict[str, Any]]


class References(HTMLParser):
    """What a page would load from elsewhere, and what it shows."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.pictures = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.pictures += tag == "svg"
        self.loaded += [v for k, v in attrs if k == "src" and v]
        if tag == "link":
            self.loaded.append(str(attrs))


def read(path: Path) -> tuple[str, References]:
    text, references = path.read_text(encoding="utf-8"), References()
    references.feed(text)
    return text, references


def test_a_page_of_findings(make: Make, tmp_path: Path) -> None:
    model = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 3), nn.Softmax(1))
    report = doctor.examine(**make(model))
    report.save(tmp_path / "findings.html")
    text, references = read(tmp_path / "findings.html")
    assert references.loaded == []
    assert references.pictures >= 5
    finding = report.findings[0]
    for part in (finding.title, finding.remedy, finding.family, *finding.evidence):
        assert part.replace("<", "&lt;") in text


def test_a_page_when_all_is_well(make: Make, tmp_path: Path) -> None:
    report = doctor.examine(**make())
    report.save(tmp_path / "findings.html")
    text, _ = read(tmp_path / "findings.html")
    assert "All is well" in text
    assert all(c in text for c in report.checked)


def test_a_page_of_a_training_that_ends_in_nan(make: Make, tmp_path: Path) -> None:
    program = make()
    program["optimizer"] = torch.optim.SGD(program["model"].parameters(), lr=1e30)
    doctor.examine(**program).save(tmp_path / "nan.html")
    assert "<svg" in read(tmp_path / "nan.html")[0]
