"""The report as one self-contained HTML page: findings first, then what they rest on."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from string import Template
from typing import Any

from irodori.lab.doctor import pictures
from irodori.lab.doctor.finding import Finding
from irodori.lab.doctor.report import Report

READ_MORE: dict[str, str] = {
    "learning-rate": "https://karpathy.github.io/2019/04/25/recipe/",
    "loss": "https://docs.pytorch.org/docs/stable/nn.html#loss-functions",
    "activation": "https://docs.pytorch.org/docs/stable/nn.html#non-linear-activations-weighted-sum-nonlinearity",
    "optimizer": "https://docs.pytorch.org/docs/stable/optim.html",
    "initialization": "https://docs.pytorch.org/docs/stable/nn.init.html",
    "data-loading": "https://docs.pytorch.org/docs/stable/data.html",
    "mode": "https://docs.pytorch.org/docs/stable/notes/autograd.html#evaluation-mode-nn-module-eval",
    "gradient": "https://docs.pytorch.org/docs/stable/notes/autograd.html",
    "frozen": "https://docs.pytorch.org/docs/stable/notes/autograd.html#locally-disabling-gradient-computation",
    "shape": "https://docs.pytorch.org/docs/stable/notes/broadcasting.html",
}

_PAGE = Template("""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$heading</title>
<style>
body { font: 16px/1.55 system-ui, sans-serif; color: #26323d; background: #faf9f6; margin: 0; }
main { max-width: 52rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.7rem; margin: 0 0 .2rem; } h2 { font-size: 1.15rem; margin: 2.5rem 0 .5rem; }
.sub { color: #5c6b78; margin: 0 0 1.5rem; }
article { background: #fff; border: 1px solid #e2e0d8; border-left: 5px solid #d9a13b;
  border-radius: 8px; padding: 1rem 1.25rem; margin: 1rem 0; }
article.error { border-left-color: #c0492f; }
article h3 { margin: 0 0 .3rem; font-size: 1.1rem; }
.tag { font-size: .78rem; color: #5c6b78; border: 1px solid #cfd5da; border-radius: 99px;
  padding: .05rem .55rem; margin-right: .4rem; }
article ul { margin: .5rem 0; padding-left: 1.2rem; } article p { margin: .5rem 0; }
pre { background: #f2f0ea; border-radius: 6px; padding: .6rem .8rem; overflow-x: auto;
  font-size: .87rem; margin: .5rem 0; }
.well { border-left-color: #2a7f62; }
figure { margin: 1rem 0; } figure svg { max-width: 100%; height: auto; }
figcaption { color: #5c6b78; font-size: .9rem; }
.row { display: flex; flex-wrap: wrap; gap: .5rem; }
.checks { columns: 2; font-size: .92rem; padding-left: 1.2rem; }
@media (max-width: 40rem) { .checks { columns: 1; } }
details summary { cursor: pointer; }
</style></head><body><main>
<h1>$heading</h1><p class="sub">$sub</p>
$findings
$sections
</main></body></html>
""")


def page(report: Report) -> str:
    """The whole page as text."""
    count = len(report.findings)
    heading = {0: "All is well", 1: "One finding"}.get(count, f"{count} findings")
    sub = f"Task: {escape(report.task)}."
    if report.seconds:
        sub += f" Examined in {report.seconds:.0f} s."
    if count > 1:
        sub += " The most likely cause stands first; begin there and look again."
    findings = "\n".join(_finding(f, n) for n, f in enumerate(report.findings, start=1))
    if not count:
        findings = (
            '<article class="well"><h3>Nothing to change</h3><p>Every check below passed'
            f"{_level(report)}.</p></article>"
        )
    return _PAGE.substitute(
        heading=heading, sub=sub, findings=findings, sections="\n".join(_sections(report))
    )


def _level(report: Report) -> str:
    scores = report.history.scores if report.history is not None else []
    if not scores:
        return ""
    return (
        f", and the short training reached a score of {scores[-1][1]:.2f} (0 is chance, 1 perfect)"
    )


def _finding(finding: Finding, number: int) -> str:
    seen = "".join(f"<li>{escape(line)}</li>" for line in finding.evidence)
    place = f'<span class="tag">{escape(finding.where)}</span>' if finding.where else ""
    link = READ_MORE.get(finding.family)
    more = f' <a href="{link}">Read more</a>' if link else ""
    return (
        f'<article class="{finding.severity}" id="{escape(finding.code)}">'
        f"<h3>{number}. {escape(finding.title)}</h3>"
        f'<span class="tag">{finding.family}</span><span class="tag">{finding.severity}</span>'
        f"{place}<ul>{seen}</ul><p>{escape(finding.cause)}{more}</p>"
        f"<p><b>What to do</b></p><pre>{escape(finding.remedy)}</pre></article>"
    )


def _sections(report: Report) -> list[str]:
    parts = [_curves(report), _tried(report), _layers(report), _data(report)]
    checks = "".join(f"<li>{escape(c)}</li>" for c in dict.fromkeys(report.checked))
    parts.append(f'<h2>What was checked</h2><ul class="checks">{checks}</ul>')
    if report.limits:
        lines = "".join(f"<li>{escape(line)}</li>" for line in report.limits)
        parts.append(f"<h2>What could not be checked</h2><ul>{lines}</ul>")
    return [p for p in parts if p]


def _figure(svg: str, caption: str) -> str:
    return f"<figure>{svg}<figcaption>{escape(caption)}</figcaption></figure>" if svg else ""


def _safely(draw: Callable[..., str], *args: Any) -> str:
    """A picture, or nothing where a value cannot be drawn: the findings must come through."""
    try:
        return draw(*args)
    except (ValueError, RuntimeError, OverflowError):
        return ""


def _curves(report: Report) -> str:
    history, record = report.history, report.record
    if history is not None and history.losses:
        svg = _safely(pictures.loss_curve, history.losses)
        text = f"The loss of a copy, trained as it is for {history.done} steps."
    elif record is not None and record.losses:
        steps, values = [s for s, _, _ in record.losses], [v for _, v, _ in record.losses]
        svg, text = _safely(pictures.loss_curve, values, steps), "The loss, as it was watched."
    else:
        return ""
    return "<h2>The loss</h2>" + _figure(svg, text)


def _tried(report: Report) -> str:
    trials = report.trials
    if trials is None or not trials.gains:
        return ""
    helped = sorted(trials.gains, key=lambda n: -trials.gains[n])
    best = {n: trials.histories[n] for n in helped[:3] if trials.gains[n] > 0.05}
    curves = _figure(
        _safely(pictures.score_curves, trials.main, best),
        "Score over a training: 0 is as good as one and the same answer, 1 is perfect.",
    )
    bars = _figure(
        _safely(pictures.gains, trials.gains),
        "Each remedy was tried on a copy. What helps most points at the cause.",
    )
    return "<h2>What was tried</h2>" + curves + bars


def _layers(report: Report) -> str:
    record = report.record
    if record is None:
        return ""
    strips = _figure(
        _safely(pictures.strips, record),
        "Layers from first to last, over the run. Gradients should be of one color; "
        "update over weight should be near -3.",
    )
    units = _figure(
        _safely(pictures.units, record), "Share of units that are dead (ReLU) or saturated."
    )
    return "<h2>The layers</h2>" + strips + units if strips or units else ""


def _data(report: Report) -> str:
    case = getattr(report.trials, "case", None)
    if case is None:
        return ""
    shown = [(case.inputs, "inputs"), (case.targets, "targets"), (case.output, "first outputs")]
    svgs = [_safely(pictures.histogram, t, title) for t, title in shown if t is not None]
    row = '<div class="row">' + "".join(svgs) + "</div>"
    caption = "What goes in, what should come out, what came out before training."
    return "<h2>The data</h2>" + _figure(row, caption) if svgs else ""
