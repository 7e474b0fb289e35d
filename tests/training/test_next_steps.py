"""What is offered fits how a group stands in training, and the commands are ones that exist."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import typer.main

from irodori.cli.commands import app
from irodori.lab.error_analysis import Rule
from irodori.training.next_steps import Standing, next_steps, train_command
from irodori.training.recipe import Recipe
from irodori.training.runs import Run

TAG = Rule("tags", "has", "sea snail")
PALE = Rule("darkness of lines", "below", 0.4)


def run(**changes: Any) -> Run:
    recipe = Recipe("spatial", "art", steps=500, seed=7, **changes)
    return Run(Path("runs/00000-spatial"), recipe, "", None, None)


def standing(**changes: Any) -> Standing:
    plain: dict[str, Any] = {
        "rules": (TAG,),
        "ids": Path("runs/00000-spatial/errors/group-1.txt"),
        "share": 0.2,
        "pictures": 40,
        "seen": 0.02,
        "excess": 3.0,
        "excess_seen": 2.5,
        "levels": {"darkness of lines": 0.3, "contrast": 1.0},
    }
    return Standing(**(plain | changes))


def kinds(group: Standing, **settings: Any) -> list[str]:
    steps = next_steps(group, run(), Path("art"), **({"managed": True} | settings))
    return [step.kind for step in steps]


def test_what_is_seen_rarely_is_weighed_up_if_there_is_some() -> None:
    assert kinds(standing()) == ["weigh", "gather", "leave"]
    assert kinds(standing(pictures=3)) == ["gather", "weigh", "leave"]
    assert kinds(standing(pictures=0, seen=0.0, excess_seen=None)) == ["gather", "leave"]
    assert kinds(standing(rules=(PALE,), pictures=3)) == ["augment", "gather", "weigh", "leave"]


def test_what_is_seen_often_is_gathered_or_looked_at() -> None:
    assert kinds(standing(seen=0.3, share=0.3, excess_seen=0.2))[0] == "gather"
    assert kinds(standing(seen=0.2))[0] == "leave"
    assert kinds(standing(seen=0.5, share=0.5))[0] == "gather"


def test_without_a_manifest_only_training_can_change() -> None:
    assert kinds(standing(), managed=False) == []
    assert kinds(standing(rules=(TAG, PALE)), managed=False) == ["augment"]


def test_augmentation_is_offered_where_it_does_not_reach() -> None:
    pale = standing(rules=(PALE,), pictures=2)
    (step,) = (s for s in next_steps(pale, run(), Path("art"), managed=True) if s.kind == "augment")
    assert step.commands == ("irodori train spatial art --steps 500 --seed 7 --ink-from 0.27",)
    reached = next_steps(pale, run(ink_from=0.2), Path("art"), managed=True)
    assert "augment" not in [s.kind for s in reached]
    dark = standing(rules=(Rule("darkness of lines", "from", 0.9),))
    assert "augment" not in kinds(dark)


@pytest.mark.parametrize("seen", [0.001, 0.01, 0.02, 0.05, 0.09])
def test_weighing_brings_a_quarter_or_as_near_as_is_wise(seen: float) -> None:
    step = next_steps(standing(seen=seen), run(), Path("art"), managed=True)[0]
    words = shlex.split(step.commands[0])
    times = float(words[words.index("--times") + 1])
    share = times * seen / (1 + (times - 1) * seen)
    assert times == pytest.approx(12) or share == pytest.approx(0.25, abs=0.02)


def test_every_command_is_one_that_exists() -> None:
    program = typer.main.get_command(app)
    for group in (standing(rules=(TAG, PALE)), standing(rules=(PALE,), pictures=2)):
        for step in next_steps(group, run(), Path("my art"), managed=True):
            for command in step.commands:
                words = shlex.split(command)
                assert words[0] == "irodori"
                found: Any = program
                while hasattr(found, "commands"):
                    found = found.commands[words.pop(1)]
                found.make_context("it", words[1:], resilient_parsing=False)


def test_the_command_trains_by_the_same_recipe() -> None:
    """What is read back from the command line is the recipe it was made of."""
    asked: dict[str, Any] = {
        "rate": 2e-3,
        "batch": 8,
        "seconds": 3725.0,
        "clip": None,
        "conditional": False,
        "adversarial": "none",
        "start": "runs/00001-x",
        "variation": 0.5,
        "workers": 0,
        "doctor": True,
    }
    command = train_command(replace(run(**asked), folder=Path("elsewhere/0")), Path("art"))
    words = shlex.split(command)
    program: Any = typer.main.get_command(app)
    found = program.commands["train"].make_context("it", words[2:]).params
    assert found["lr"] == 2e-3
    assert found["batch_size"] == 8
    assert found["max_time"] == "1:02:05"
    assert found["clip"] == 0
    assert found["conditional"] is False
    assert found["start"] == "runs/00001-x"
    assert found["total_variation"] == 0.5
    assert (found["workers"], found["seed"], found["doctor"]) == (0, 7, True)
    assert str(found["runs"]) == "elsewhere"
    assert (found["design"], str(found["collection"])) == ("spatial", "art")
