"""Whatever the way to vote: sums are one, order does not matter, one member equals itself."""

from __future__ import annotations

from typing import get_args

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from irodori.lab.ensemble import combine, member_weights
from irodori.lab.ensemble.voting import How
from irodori.lab.errors import LabError

HOWS = st.sampled_from(get_args(How))
SHAPES = st.tuples(
    st.integers(1, 5), st.integers(1, 4), st.integers(2, 6), st.integers(1, 3), st.integers(1, 4)
)


@st.composite
def members(draw: st.DrawFn) -> Tensor:
    """Probabilities (M, N, C, h, w) of any shape, without ties."""
    torch.manual_seed(draw(st.integers(0, 10_000)))
    return (3 * torch.randn(draw(SHAPES))).softmax(2)


@given(members(), HOWS, st.data())
def test_sums_are_one(probabilities: Tensor, how: How, data: st.DataObject) -> None:
    count = len(probabilities)
    weights = data.draw(st.lists(st.floats(0.01, 100), min_size=count, max_size=count))
    joint = combine(probabilities, how, weights)
    assert joint.shape == probabilities.shape[1:]
    assert bool((joint >= 0).all())
    assert torch.allclose(joint.sum(1), torch.ones_like(joint[:, 0]), atol=1e-5)


@given(members(), HOWS, st.randoms(use_true_random=False))
def test_the_order_of_members_does_not_matter(
    probabilities: Tensor, how: How, random: object
) -> None:
    count = len(probabilities)
    order = torch.randperm(count)
    weights = torch.rand(count).add(0.1)
    there = combine(probabilities, how, weights.tolist())
    again = combine(probabilities[order], how, weights[order].tolist())
    assert torch.allclose(there, again, atol=1e-5)


@given(members())
def test_one_member_equals_itself(probabilities: Tensor) -> None:
    one = probabilities[:1]
    assert torch.allclose(combine(one, "average"), one[0])
    for how in ("vote", "confidence"):
        assert torch.equal(combine(one, how).argmax(1), one[0].argmax(1))
        assert torch.allclose(combine(one, how).amax(1), torch.ones_like(one[0, :, 0]))


@given(members(), HOWS, st.floats(0.1, 50))
def test_a_scale_of_weights_does_not_matter(probabilities: Tensor, how: How, scale: float) -> None:
    weights = [float(each) for each in range(1, len(probabilities) + 1)]
    scaled = [scale * each for each in weights]
    assert torch.allclose(
        combine(probabilities, how, weights), combine(probabilities, how, scaled), atol=1e-5
    )


def test_each_way_decides_as_it_says() -> None:
    # Two are a little for the first class, one is all for the second.
    given = torch.tensor([[[0.51, 0.49]], [[0.51, 0.49]], [[0.0, 1.0]]])
    assert combine(given, "vote")[0].tolist() == pytest.approx([2 / 3, 1 / 3])
    assert combine(given, "confidence")[0].tolist() == pytest.approx([1.02 / 2.02, 1 / 2.02])
    assert combine(given, "average")[0].tolist() == pytest.approx([0.34, 0.66])
    assert combine(given, "vote", [1, 1, 4])[0].tolist() == pytest.approx([1 / 3, 2 / 3])


def test_tied_classes_share_a_vote() -> None:
    assert combine(torch.tensor([[[0.4, 0.4, 0.2]]]), "vote")[0].tolist() == [0.5, 0.5, 0.0]


@pytest.mark.parametrize(
    "weights", [[1.0], [1.0, -1.0], [0.0, 0.0], [float("nan"), 1.0], [float("inf"), 1.0]]
)
def test_weights_that_are_none(weights: list[float]) -> None:
    with pytest.raises(LabError, match="give 2 finite numbers"):
        member_weights(2, weights)


def test_a_way_that_is_none() -> None:
    with pytest.raises(LabError, match="no way to vote; there are vote, confidence, average"):
        combine(torch.rand(2, 3, 4), "loudest")  # type: ignore[arg-type]
