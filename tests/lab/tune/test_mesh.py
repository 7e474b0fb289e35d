"""Laws of the mesh: no cell twice, the border is crossed, the hollow is found."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from irodori.lab.tune.axes import Space, Values, cell_of, choice, log, middle, steps
from irodori.lab.tune.mesh import Mesh, Step, Tried

SPACE: Space = {"rate": log(1e-5, 1e-1), "decay": log(1e-6, 1e-2)}


def walk(
    mesh: Mesh, score: Callable[[Values], float], trials: int, seed: int
) -> list[tuple[Step, Tried]]:
    random = np.random.default_rng(seed)
    done: list[tuple[Step, Tried]] = []
    for _ in range(trials):
        step = mesh.step([tried for _, tried in done], random)
        if step is None:
            break
        values = step.draw(mesh.space, random)
        done.append((step, Tried(values, score(values), step.look)))
    return done


def mesh_of(space: Space, **options: object) -> Mesh:
    return Mesh(space, [list(space)], middle(space), **options)  # type: ignore[arg-type]


def distance(values: Values, at: tuple[float, float]) -> float:
    return math.hypot(math.log10(values["rate"]) - at[0], math.log10(values["decay"]) - at[1])


@given(
    st.tuples(st.floats(-9, 1), st.floats(-9, 1)),
    st.integers(0, 999),
    st.sampled_from([0.0, 0.2, 0.5]),
)
@settings(max_examples=25, deadline=None)
def test_no_cell_twice_whatever_fails(at: tuple[float, float], seed: int, failing: float) -> None:
    broken = np.random.default_rng(seed)

    def score(values: Values) -> float:
        return math.inf if broken.random() < failing else distance(values, at)

    done = walk(mesh_of(SPACE), score, 40, seed)
    claims = [(step.level, step.cell) for step, _ in done]
    assert len(set(claims)) == len(claims) == 40
    for step, tried in done:
        assert cell_of(SPACE, tried.values, step.level) == step.cell


@given(st.tuples(st.floats(-8.5, 2.5), st.floats(-9.5, 1.5)), st.integers(0, 999))
@settings(max_examples=40, deadline=None)
def test_a_hollow_is_found_inside_on_the_border_and_outside(
    at: tuple[float, float], seed: int
) -> None:
    done = walk(mesh_of(SPACE), lambda values: distance(values, at), 60, seed)
    assert min(tried.score for _, tried in done) < 0.25  # powers of ten


def test_the_first_look_sees_every_row_once() -> None:
    done = walk(mesh_of(SPACE), lambda values: 1.0, 4, 3)
    assert sorted(step.cell[0] for step, _ in done) == [0, 1, 2, 3]
    assert sorted(step.cell[1] for step, _ in done) == [0, 1, 2, 3]


def test_the_best_on_the_border_is_followed_beyond_it() -> None:
    line: Space = {"rate": log(1e-4, 1e-1)}
    done = walk(mesh_of(line), lambda values: abs(math.log10(values["rate"]) - 1.5), 6, 0)
    rows = [step.cell[0] for step, _ in done]
    assert sorted(rows[:3]) == [0, 1, 2]
    assert rows[3:5] == [3, 4]  # first the new border, then beyond it again
    assert done[5][0].level == 0
    assert done[5][0].cell == (6,) or done[5][0].cell == (5,)


def test_a_worker_keeps_away_from_what_another_has_just_begun() -> None:
    mesh, random = mesh_of(SPACE, last=0), np.random.default_rng(1)
    begun: list[Tried] = []
    for _ in range(16):  # all of the first mesh: nobody has ended yet
        step = mesh.step(begun, random)
        assert step is not None
        begun.append(Tried(step.draw(SPACE, random), look=step.look))
    assert len({cell_of(SPACE, each.values, 0) for each in begun}) == 16


def test_a_mesh_of_choices_comes_to_an_end() -> None:
    space: Space = {"act": choice("relu", "silu"), "batch": steps(8, 16, 32)}
    done = walk(mesh_of(space), lambda values: values["batch"], 99, 0)
    assert len({tuple(tried.values.items()) for _, tried in done}) == len(done) == 6


def test_groups_are_searched_one_after_the_other() -> None:
    mesh = Mesh(SPACE, [["rate"], ["decay"]], middle(SPACE), last=0)
    done = walk(mesh, lambda values: distance(values, (-2.5, -4.5)), 12, 5)
    still = cell_of(SPACE, middle(SPACE), 0)[1]
    first = [step for step, _ in done if step.look == 0]
    assert [step.cell[1] for step in first] == [still] * 4
    best = min(done, key=lambda pair: pair[1].score)
    assert best[0].cell == (2, 1)


def test_given_values_come_first_and_as_they_are() -> None:
    given_values = {"rate": 2e-3, "decay": 3e-4}
    done = walk(mesh_of(SPACE, given=[given_values]), lambda values: 1.0, 3, 0)
    assert done[0][1].values == given_values
    assert given_values not in [tried.values for _, tried in done[1:]]


@pytest.mark.parametrize("level", [1, 2])
def test_a_fine_mesh_stays_around_its_beginning(level: int) -> None:
    start = {"rate": 2e-3, "decay": 3e-4}
    mesh = Mesh(SPACE, [list(SPACE)], start, given=[start], first=level)
    done = walk(mesh, lambda values: distance(values, (-2.5, -3.4)), 12, 0)
    assert done[0][1].values == start
    assert all(step.level >= level for step, _ in done)
    assert min(tried.score for _, tried in done) < 0.2
