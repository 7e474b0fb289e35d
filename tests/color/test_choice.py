"""Votes become colours: the least expected error, one colour per region unless parting pays."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from irodori.color.choice import TRUST, Ballot, choose, says_how_lively, vivid
from irodori.color.hints import Hints

WHITE, RED, DARK_RED, BLUE = (1, 1, 1), (0.9, 0.1, 0.1), (0.8, 0.1, 0.1), (0.1, 0.2, 0.9)
FIXED = np.array([WHITE, RED, DARK_RED, BLUE], np.float32)


def ballot(
    votes: list[list[float]],
    region_of: list[int] | None = None,
    area: list[float] | None = None,
    flowing: tuple[float, float, float] = (0, 1, 0),
) -> Ballot:
    """Votes per part for white, red, dark red, a palette's blue and the flowing hint."""
    count = len(votes)
    return Ballot(
        votes=np.array([[0] * 5, *votes], np.float32),
        cells=np.array(votes, np.float32).T[:, None],
        flow=np.array([*flowing, 1], np.float32)[:, None, None].repeat(count, 2),
        fixed=FIXED,
        bins=3,
        said=4,
        flowing=np.array([(0, 0, 0)] + [flowing] * count, np.float32),
        area=np.array([0, *(area or [1.0] * count)]),
        region_of=np.array([0, *(region_of or range(1, count + 1))], np.int32),
    )


def chosen(given_ballot: Ballot) -> list[tuple[int, int, int]]:
    return [tuple(color) for color in choose(given_ballot).colors[1:].tolist()]


def rgb(color: tuple[float, float, float]) -> tuple[int, int, int]:
    r, g, b = (round(channel * 255) for channel in color)
    return r, g, b


def test_the_certain_vote_wins() -> None:
    assert chosen(ballot([[0, 0, 0, 1, 0], [1, 0, 0, 0, 0]])) == [rgb(BLUE), rgb(WHITE)]


def test_neighbouring_votes_add_up() -> None:
    """Neither red has the most votes, together they have: no grey between red and blue."""
    (answer,) = chosen(ballot([[0, 0.31, 0.3, 0.39, 0]]))
    assert answer in (rgb(RED), rgb(DARK_RED))


def test_the_flowing_hint_is_copied_exactly() -> None:
    given_ballot = ballot([[0.1, 0, 0, 0, 0.9]], flowing=(0.123, 0.456, 0.789))
    assert chosen(given_ballot) == [rgb((0.123, 0.456, 0.789))]


def test_a_color_that_was_painted_elsewhere_needs_more_than_half_of_the_votes() -> None:
    """A palette's color does not: whoever gives a palette wants it used everywhere."""
    elsewhere = ballot([[0.4, 0, 0, 0, 0.6]])
    assert chosen(elsewhere) == [rgb(WHITE)]
    assert choose(elsewhere, spread=1).colors[1].tolist() == [0, 255, 0]
    assert chosen(ballot([[0.4, 0, 0, 0.6, 0]])) == [rgb(BLUE)]
    assert chosen(ballot([[0.3, 0, 0, 0, 0.7]])) == [rgb((0, 1, 0))]


def test_certainty_is_the_share_of_what_is_left_of_the_votes() -> None:
    answer = choose(ballot([[0.4, 0, 0, 0, 0.6]]))
    assert np.isclose(answer.certainty[1], 0.4 / 0.7 * (1 - TRUST))


def test_parts_of_a_region_keep_together_over_a_small_difference() -> None:
    votes = [[0, 0.5, 0.45, 0.05, 0], [0, 0.45, 0.5, 0.05, 0]]
    together = chosen(ballot(votes, region_of=[1, 1]))
    assert together[0] == together[1]
    assert chosen(ballot(votes)) == [rgb(RED), rgb(DARK_RED)]


def test_parts_of_a_region_part_over_a_large_difference() -> None:
    votes = [[0.95, 0.05, 0, 0, 0], [0.05, 0.95, 0, 0, 0]]
    assert chosen(ballot(votes, region_of=[1, 1])) == [rgb(WHITE), rgb(RED)]


def test_certainty_is_the_share_of_votes_nearby() -> None:
    certainty = choose(ballot([[0, 0.4, 0.3, 0.3, 0], [1, 0, 0, 0, 0]])).certainty
    assert np.allclose(certainty[1:], [0.7, 1.0], atol=1e-6)


@given(st.lists(st.lists(st.floats(0.01, 1), min_size=5, max_size=5), min_size=1, max_size=9))
def test_any_votes_give_known_colors(votes: list[list[float]]) -> None:
    shares = [[share / sum(row) for share in row] for row in votes]
    answer = choose(ballot(shares))
    known = {rgb(color) for color in (WHITE, RED, DARK_RED, BLUE, (0, 1, 0))}
    assert {tuple(color) for color in answer.colors[1:].tolist()} <= known
    assert ((answer.certainty >= 0) & (answer.certainty <= 1)).all()


@given(st.lists(st.tuples(*[st.floats(0, 1, width=32)] * 3), min_size=1, max_size=9))
def test_vivid_colors_keep_their_order_of_channels_and_gray_stays_gray(
    colors: list[tuple[float, float, float]],
) -> None:
    given_colors = np.array(colors, np.float32)
    seen = vivid(given_colors)
    before, after = (np.ptp(each, axis=1) for each in (given_colors, seen))
    assert (after >= before - 1e-6).all()
    assert ((seen >= 0) & (seen <= 1)).all()
    for one, other in ((0, 1), (1, 2), (0, 2)):
        stayed = (given_colors[:, one] - given_colors[:, other]) * (seen[:, one] - seen[:, other])
        assert (stayed >= -1e-6).all()
    gray = given_colors[:, :1].repeat(3, 1)
    assert np.abs(vivid(gray) - gray).max() < 1e-6


def test_a_common_color_is_vivid_where_nothing_was_said_and_what_was_said_never() -> None:
    guessed = ballot([[0, 0, 1, 0, 0]])
    assert chosen(guessed) == [rgb(DARK_RED)]
    (untold,) = choose(guessed, told=False, lively=True).colors[1:]
    assert np.ptp(untold.astype(int)) > np.ptp(rgb(DARK_RED))
    (asked,) = choose(ballot([[0, 0, 0, 1, 0]]), told=False, lively=True).colors[1:]
    assert tuple(asked.tolist()) == rgb(BLUE)
    flowing = ballot([[0, 0, 0, 0, 1]], flowing=(0.5, 0.4, 0.3))
    answer = choose(flowing, told=False, lively=True)
    assert answer.colors[1].tolist() == list(rgb((0.5, 0.4, 0.3)))


@given(lightness=st.lists(st.integers(0, 255), max_size=9))
def test_a_few_grays_do_not_say_how_lively_a_picture_is(lightness: list[int]) -> None:
    hints = Hints()
    for place, each in enumerate(lightness):
        hints = hints.with_dab(9 * place, 5, (each, each, each))
    assert says_how_lively(hints) == (len(lightness) >= 5)
    assert says_how_lively(hints.with_dab(100, 5, (220, 40, 40)))


def test_one_choice_goes_on_with_another() -> None:
    first, second = (choose(ballot([vote] * 3)) for vote in ([0, 1, 0, 0, 0], [0, 0, 0, 1, 0]))
    both = first.up_to(2, then=second)
    assert [tuple(color) for color in both.colors[1:].tolist()] == [rgb(RED), rgb(RED), rgb(BLUE)]
    assert len(both.certainty) == 4
