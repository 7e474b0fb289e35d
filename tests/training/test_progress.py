"""What a person reads while a run goes: how far, how long still, at what cost, which loss rules."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from irodori.cli import train as command
from irodori.training.progress import clock, describe, share_done, shares_of
from irodori.training.recipe import Recipe

Tiny = Callable[..., Recipe]


def test_share_done_is_of_what_ends_first(tiny: Tiny) -> None:
    assert share_done(tiny("baseline", steps=200), 50, 1e6) == 0.25
    assert share_done(tiny("baseline", steps=None, seconds=100.0), 50, 30) == 0.3
    assert share_done(tiny("baseline", steps=200, seconds=100.0), 50, 30) == 0.3
    assert share_done(tiny("baseline", steps=200), 300, 0) == 1


def test_time_left_and_cost(tiny: Tiny) -> None:
    recipe = tiny("baseline", steps=400, price=2.0)
    text = describe(recipe, 0.25, 100, 900.0, {"images_per_second": 12.34})
    assert text == "step 100 · 12.3 images/s · 0:45:00 left · cost 0.50 so far, 2.00 in all"


def test_shares_show_the_loss_that_rules(tiny: Tiny) -> None:
    figures = {"loss/l1": 0.03, "loss/adversarial": -0.01, "loss/l2 of weights": 0.06, "rate": 1.0}
    shares = shares_of(figures)
    assert shares == pytest.approx({"l1": 0.3, "adversarial": 0.1, "l2 of weights": 0.6})
    assert "l2 of weights 60%" in describe(tiny("baseline"), 0.1, 1, 1.0, figures)


def test_clock() -> None:
    assert [clock(seconds) for seconds in (0, 61, 3723.4)] == ["0:00:00", "0:01:01", "1:02:03"]


@pytest.mark.parametrize(("text", "seconds"), [("12:00:00", 43200), ("90", 90), ("2:30", 150)])
def test_times(text: str, seconds: float) -> None:
    assert command.parse_time(text) == seconds


def test_no_time() -> None:
    import typer

    for text in ("soon", "1:99", "1:00:00:00", "-5", ""):
        with pytest.raises(typer.BadParameter, match="H:MM:SS"):
            command.parse_time(text)
