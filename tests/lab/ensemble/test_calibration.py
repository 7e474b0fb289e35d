"""The temperature that was put in is found again; nothing else of an answer changes."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from irodori.lab.ensemble import calibration_error, fit_confidence, fit_temperature, log_loss
from irodori.lab.errors import LabError


def drawn(seed: int, count: int = 4000) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits (count, 5), and classes drawn from their softmax: calibrated by construction."""
    generator = torch.Generator().manual_seed(seed)
    logits = 2 * torch.randn(count, 5, generator=generator)
    return logits, torch.multinomial(logits.softmax(1), 1, generator=generator)[:, 0]


@pytest.mark.parametrize("hidden", [0.3, 1.0, 4.0])
def test_a_hidden_temperature_is_found(hidden: float) -> None:
    logits, right = drawn(0)
    found = fit_temperature(logits * hidden, right)
    assert found == pytest.approx(hidden, rel=0.1)
    before, after = (logits * hidden).softmax(1), (logits * hidden / found).softmax(1)
    assert calibration_error(after, right) < 0.03
    assert calibration_error(after, right) <= calibration_error(before, right) + 0.01
    assert torch.equal(before.argmax(1), after.argmax(1))


@given(st.integers(0, 500), st.floats(0.2, 5))
def test_no_other_temperature_is_better(seed: int, other: float) -> None:
    logits, right = drawn(seed, 1000)
    best = fit_temperature(logits, right)
    loss = log_loss(right)
    assert loss((logits / best).softmax(1)) <= loss((logits / other).softmax(1)) + 2e-3


def test_one_that_is_never_wrong_is_not_certain() -> None:
    found = fit_temperature(torch.eye(4), torch.arange(4))
    likely = (torch.eye(4) / found).softmax(1).amax(1)
    assert likely.tolist() == pytest.approx([5 / 6] * 4)  # as if one of six had been wrong


def test_calibration_error_by_hand() -> None:
    probabilities = torch.tensor([[0.9, 0.1], [0.9, 0.1], [0.4, 0.6], [0.4, 0.6]])
    right = torch.tensor([0, 1, 1, 1])  # of 0.9 half is right, of 0.6 all
    assert calibration_error(probabilities, right) == pytest.approx((0.4 + 0.4) / 2)


def test_what_cannot_be_calibrated() -> None:
    with pytest.raises(LabError, match=r"give \(N, C\) and \(N,\)"):
        fit_temperature(torch.zeros(3, 4), torch.zeros(2, dtype=torch.int64))
    with pytest.raises(LabError, match="no finite number"):
        fit_temperature(torch.tensor([[float("nan"), 1.0]]), torch.tensor([0]))


class TestConfidence:
    """Of a model that only says how sure it is."""

    def test_a_hidden_curve_is_found(self) -> None:
        generator = torch.Generator().manual_seed(0)
        confidence = torch.rand(6000, generator=generator) * 0.9 + 0.05
        truly = torch.sigmoid(0.5 * torch.logit(confidence) - 0.7)  # too sure of itself
        right = (torch.rand(6000, generator=generator) < truly).float()
        curve = fit_confidence(confidence, right)
        assert (curve.slope, curve.offset) == pytest.approx((0.5, -0.7), abs=0.1)
        assert torch.allclose(curve(confidence).float(), truly, atol=0.03)

    @given(st.integers(0, 200))
    def test_its_mean_is_how_often_it_was_right(self, seed: int) -> None:
        generator = torch.Generator().manual_seed(seed)
        confidence = torch.rand(400, generator=generator)
        right = (torch.rand(400, generator=generator) < 0.3).float()
        weights = torch.rand(400, generator=generator) + 0.1
        curve = fit_confidence(confidence, right, weights)
        share = weights / weights.sum()
        expected = float((share * right).sum())
        assert float((share * curve(confidence)).sum()) == pytest.approx(expected, abs=0.01)

    def test_a_weight_counts_as_often_as_it_says(self) -> None:
        confidence, right = torch.tensor([0.2, 0.6, 0.9, 0.7]), torch.tensor([0.0, 1.0, 1.0, 0.0])
        twice = fit_confidence(confidence, right, torch.tensor([1.0, 2.0, 2.0, 1.0]))
        again = fit_confidence(
            torch.cat([confidence, confidence[1:3]]), torch.cat([right, right[1:3]])
        )
        assert twice.slope == pytest.approx(again.slope, rel=0.05)

    def test_answers_that_were_all_right_stay_below_one(self) -> None:
        curve = fit_confidence(torch.tensor([0.5, 0.9, 1.0, 0.0]), torch.ones(4))
        sure = curve(torch.tensor([0.0, 0.5, 1.0]))
        assert bool(((sure > 0) & (sure < 1)).all())

    def test_of_nothing(self) -> None:
        with pytest.raises(LabError, match="one number of each"):
            fit_confidence(torch.zeros(0), torch.zeros(0))
