"""Errors of a small run, grouped and shown; the group that is odd is found, with its pictures."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from irodori.cli import main
from irodori.collection.store import Collection
from irodori.training.errors_report import ErrorReport, analyze, doubtful_labels, fair
from irodori.training.loop import train
from irodori.training.recipe import Recipe
from irodori.training.runs import Run, all_runs


def collect(folder: Path, pictures: ModuleType) -> Path:
    """30 pictures to train on, on sand, and 48 held back, of which 10 are on ice, as one of 30."""
    collection = Collection.create(folder)
    rows, parts = [], []
    for seed in range(78):
        color, line = pictures.picture(seed, *((72, 96), (96, 72))[seed % 2])
        icy = seed < 10 or seed == 60
        color[color.min(2) > 250] = (130, 190, 235) if icy else (235, 190, 130)
        for kind, picture in (("color", color), ("line", line)):
            (folder / "x").mkdir(exist_ok=True)
            Image.fromarray(picture).save(folder / "x" / f"p{seed:02d}.{kind}.png")
        files = {"path": f"x/p{seed:02d}.color.png", "line_path": f"x/p{seed:02d}.line.png"}
        tags = ["ice"] if icy else ["sand"]
        rows.append({"id": f"p{seed:02d}", "source": "ab"[seed % 2], "tags": tags, **files})
        parts.append({"id": f"p{seed:02d}", "part": "validation" if seed < 48 else "train"})
    collection.add(rows)
    collection.set_columns(parts, pa.schema([pa.field("part", pa.string())]))
    return folder


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, pictures: ModuleType) -> Run:
    folder = tmp_path_factory.mktemp("errors")
    recipe = Recipe(
        "baseline",
        str(collect(folder / "art", pictures)),
        steps=80,
        size=32,
        batch=8,
        precision="32",
        every=80,
        workers=0,
        warmup=5,
        average=0.9,
        held_back=8,
    )
    return train(recipe, folder / "runs", quiet=True)


@pytest.fixture(scope="module")
def report(run: Run) -> ErrorReport:
    return analyze(run, run.folder.parent / "cache")


def test_the_odd_group_comes_first_and_is_listed(report: ErrorReport, run: Run) -> None:
    first = report.weaknesses[0]
    names = {str(rule) for rule in first.standing.rules}
    assert "tags: ice" in names
    members = {report.samples[place].id for place in first.group.members}
    assert len(members & {f"p{seed:02d}" for seed in range(10)}) >= 8
    listed = first.standing.ids.read_text().split()
    assert members <= set(listed)
    assert report.mean == pytest.approx(float(report.raw.mean()))
    assert float(np.mean([s.error for s in report.samples])) == pytest.approx(report.mean)


def test_what_was_found_is_there_for_programs(report: ErrorReport, run: Run) -> None:
    facts = json.loads((run.folder / "errors" / "errors.json").read_text())
    assert len(facts["errors"]) == 48
    assert [group["rule"] for group in facts["groups"]] == [
        str(weakness.group.rule) for weakness in report.weaknesses
    ]
    assert facts["groups"][0]["steps"][0]["commands"]


def test_the_page_shows_drawing_ours_and_truth(run: Run, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["errors", run.folder.name, "--runs", str(run.folder.parent)]) == 0
    out = capfd.readouterr().out
    assert "48 validation drawings" in out
    assert "\n  irodori " in out
    page = (run.folder / "errors.html").read_text()
    titles = re.findall(r"<h2[^>]*>(.*?)</h2>", page)
    assert titles[0] == "What costs most"
    assert titles[1].startswith("1. ")
    assert "The worst drawings" in titles
    assert "Do this first" in page
    assert not re.findall(r'(?:src|href)="(?!data:|#)', page)  # it needs nothing else
    with Image.open(run.folder / "errors" / "group-1-0.png") as sheet:
        pixels = np.asarray(sheet.convert("RGB"))
    assert sheet.width > 500
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 100


def test_what_is_offered_can_be_run(report: ErrorReport, run: Run) -> None:
    """The first step's commands, as they stand, end in a run of the same recipe."""
    steps = {step.kind: step for step in report.weaknesses[0].steps}
    before = len(all_runs(run.folder.parent))
    for command in steps["leave"].commands:
        assert main(shlex.split(command)[1:]) == 0
    runs = all_runs(run.folder.parent)
    assert len(runs) == before + 1
    left = Collection.open(run.recipe.collection).records("left_out")
    assert {"by hand: not handled: " + str(report.weaknesses[0].group.rule)} == {
        reason for row in left for reason in row["reasons"]
    }


def test_colorful_drawings_are_not_blamed_for_their_color() -> None:
    random = np.random.default_rng(0)
    blanks = random.uniform(5, 60, 200)
    errors = 2 + 0.3 * blanks + random.normal(0, 0.5, 200)
    errors[:20] += 20
    blanks[:20] += 30
    even = fair(errors, blanks)
    assert even.mean() == pytest.approx(errors.mean())
    assert (
        abs(np.corrcoef(even[20:], blanks[20:])[0, 1])
        < 0.4
        < np.corrcoef(errors[20:], blanks[20:])[0, 1]
    )
    assert even[:20].mean() - even[20:].mean() > 5
    assert np.array_equal(fair(errors, np.full(200, 9.0)), errors)


def test_a_wrong_source_is_doubted(report: ErrorReport) -> None:
    """Features that tell two sources apart, and one picture that says the wrong one."""
    random = np.random.default_rng(0)
    sources = ["ab"[i % 2] for i in range(48)]
    seen = np.array([[4.0 * (s == "a"), 0] for s in sources]) + random.normal(size=(48, 2))
    sources[7] = "a"
    samples = [
        type(s)(s.id, s.error, {"source": source, "tags": []})
        for s, source in zip(report.samples, sources, strict=True)
    ]
    issues = doubtful_labels(samples, seen.astype(np.float32))
    assert (issues[0].number, issues[0].given, issues[0].likely) == (7, "a", "b")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["errors", "77"], "77: no such run"),
        (["errors", "0", "--collection", "nowhere"], "nowhere: no such collection"),
    ],
)
def test_what_cannot_be_analyzed_is_one_line(
    arguments: list[str], said: str, run: Run, refused: Callable[..., str]
) -> None:
    line = refused(*arguments, "--runs", run.folder.parent, folder=run.folder)
    assert said in line


def test_too_few_held_back(run: Run, pictures: ModuleType, tmp_path: Path) -> None:
    """A folder of pairs: about six of sixty are held back, too few to group."""
    from irodori.training.errors import TrainingError

    pairs = pictures.draw_folder(tmp_path / "pairs", 60)
    with pytest.raises(TrainingError, match=r"too few to group; .* hold more pictures back"):
        analyze(run, tmp_path / "cache", collection=pairs)
