"""What was tuned as one self-contained page: the answer first, then what it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optuna.trial import TrialState

from irodori.lab.inspect.page import Page, Section, Table
from irodori.lab.tune.capacity import Capacity, Tested
from irodori.lab.tune.margin import Margin
from irodori.lab.tune.pictures import growth, mesh_picture, progress, rate_curves
from irodori.lab.tune.rate import Rates
from irodori.lab.tune.sampler import result
from irodori.lab.tune.search import Search, short

_ROWS = 10


def rate_page(rates: Rates, *, sub: str = "") -> Page:
    """The proposed rate, why, and the curves."""
    rows = [
        (f"{c.rate:g}", len(c.losses), f"{c.start:.4g}", c.ended or f"{c.end:.4g}")
        for c in rates.curves
    ]
    table = Table(("rate", "steps", "first loss", "last loss, or what happened"), rows)
    return Page(
        f"Train with a rate of {rates.proposed:g}",
        sub,
        [
            Section("Why", f"{rates.reason}.".capitalize(), "curves", [(rate_curves(rates), "")]),
            Section("All of them", "The last loss is the mean of the last tenth.", "rates",
                    [(table, "")]),
        ],
    )  # fmt: skip


def search_page(search: Search, *, margin: Margin | None = None, sub: str = "") -> Page:
    """The best settings, what they gain, the mesh of both stages, and what failed."""
    best = search.best
    title = "Keep the settings you have" if margin and not margin.holds else "Better settings"
    told = ", ".join(f"{name} {short(value)}" for name, value in best.params.items())
    words = f"The best of {len(search.trials)} trials: {told}. Its result: {best.value:.4g}."
    if margin is not None:
        words += f" {margin.words()}"
    sections = [Section("The answer", words, "best", [(_best_table(search), "")])]
    for stage, study, length in (
        ("Coarse", search.coarse, search.lengths[0]),
        ("Fine", search.fine, search.lengths[1]),
    ):
        if not study.get_trials(deepcopy=False):
            continue
        caption = (
            "Cells are colored by their best result. The black frame is the first mesh; cells "
            "beyond it were tried because the best lay on its border. Star: the best; dots ended "
            "well, triangles were ended early, red crosses failed, gray cells have no result."
        )
        picture = mesh_picture(search.space, study)
        words = f"Runs of length {length}."
        if stage == "Coarse":
            words += f" {_moves(search)}"
        sections.append(Section(f"{stage} mesh", words, stage.lower(), [(picture, caption)]))
    studies = {"coarse": search.coarse, "fine": search.fine}
    sections.append(Section("In order", "", "order", [(progress(studies), "")]))
    if search.failures:
        rows = [(t.number, _told(t.params), why) for t, why in search.failures]
        sections.append(
            Section("What failed", "The search went on without them.", "failed",
                    [(Table(("trial", "settings", "reason"), rows), "")])
        )  # fmt: skip
    sections.append(
        Section("More views", "optuna-dashboard opens the same storage: pip install "
                "optuna-dashboard, then optuna-dashboard and the storage's address.", "more")
    )  # fmt: skip
    return Page(title, sub, sections)


def _best_table(search: Search) -> Table:
    rows = []
    for stage, study in (("fine", search.fine), ("coarse", search.coarse)):
        done = study.get_trials(deepcopy=False, states=[TrialState.COMPLETE])
        for trial in sorted(done, key=result)[: _ROWS if stage == "fine" else 3]:
            shown = [short(trial.params[name]) for name in search.space]
            rows.append((f"{stage} {trial.number}", f"{result(trial):.4g}", *shown))
    return Table(("trial", "result", *search.space), rows)


def _moves(search: Search) -> str:
    """Along which axes the mesh was moved, and where it may not go on."""
    moved, ends = [], []
    best = search.best.params
    for name, axis in search.space.items():
        trials = [t for t in search.coarse.get_trials(deepcopy=False) if name in t.params]
        cells = [axis.cell(t.params[name], 0) for t in trials]
        beyond = {c for c in cells if c < 0 or c >= axis.cells}
        if beyond:
            where = "below" if min(beyond) < 0 else "above"
            moved.append(f"{name} ({where}, by {len(beyond)} cells)")
        if axis.ordered and len(axis.beside(axis.cell(best[name], 0), 0)) < 2:
            ends.append(f"{name} {short(best[name])}")
    told = "The best did not stay on the border, so the mesh was not moved."
    if moved:
        told = f"The best lay on the border, so the mesh was moved: {', '.join(moved)}."
    if ends:
        told += f" No value was given beyond {', '.join(ends)}: give more to look there, too."
    return told


def _told(params: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {short(value)}" for name, value in params.items())


def capacity_page(capacity: Capacity, *, sub: str = "") -> Page:
    """The size that pays, why, and the curves."""
    regularized = f", regularization {capacity.strength:g}" if capacity.strength else ""
    rows = [_row(t) for t in (*capacity.sizes, *capacity.strengths[1:])]
    head = ("layers", "width", "regularization", "training", "validation", "gap", "seconds",
            "memory (MB)", "verdict")  # fmt: skip
    return Page(
        f"{capacity.size}{regularized}",
        sub,
        [
            Section("Why", f"{capacity.reason}.", "curves", [(growth(capacity), "")]),
            Section("All of them", "In the order in which they were tried.", "tried",
                    [(Table(head, rows), "")]),
        ],
    )  # fmt: skip


def _row(tested: Tested) -> tuple[object, ...]:
    size = (tested.size.layers, tested.size.width, f"{tested.strength:g}")
    fit = tested.fit
    if fit is None:
        return (*size, "", "", "", "", "", tested.failed)
    return (
        *size, f"{fit.training:.4g}", f"{fit.validation:.4g}", f"{tested.gap:.0%}",
        f"{fit.seconds:.0f}", f"{fit.memory / 1e6:.1f}", tested.verdict,
    )  # fmt: skip
