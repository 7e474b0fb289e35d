"""Samples and their order: made by seed and position alone, and what their docstrings say."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from irodori.color.space import to_even
from irodori.training.augment import warp, with_inside
from irodori.training.cells import on_grid
from irodori.training.drawings import Drawings
from irodori.training.feed import Order, Policy, Samples, collate, fixed_batches, stream
from irodori.training.pairs import read_pairs


@pytest.fixture(scope="module")
def drawings(pairs: Path, tmp_path_factory: pytest.TempPathFactory) -> Drawings:
    return Drawings(read_pairs(pairs).training, 64, tmp_path_factory.mktemp("cache"))


def test_a_drawing_is_read_once_and_then_kept(drawings: Drawings) -> None:
    first = drawings.read(3)
    files = list(drawings.cache.iterdir())
    again = drawings.read(3)
    assert list(drawings.cache.iterdir()) == files
    assert all(np.array_equal(first[key], again[key]) for key in first)
    assert max(first["ink"].shape) == 64
    assert first["ink"].shape[0] % 4 == first["ink"].shape[1] % 4 == 0
    assert first["parts"].max() < len(first["region_of"])


@given(seed=st.integers(0, 10_000))
def test_a_sample_holds_what_its_docstring_says(drawings: Drawings, seed: int) -> None:
    sample = Samples(drawings, Policy(), seed)[(seed, seed % len(drawings))]
    _, height, width = sample["ink"].shape
    grid = (height // 4, width // 4)
    assert sample["hints"].shape == (8, *grid)
    assert sample["color"].shape == (3, height, width)
    assert sample["cell_even"].shape == sample["cell_color"].shape == (3, *grid)
    for key in (
        "ink",
        "color",
        "weight",
        "hints",
        "palette",
        "true_palette",
        "cell_color",
        "shade",
    ):
        assert sample[key].min() >= 0
        assert sample[key].max() <= 1
        assert sample[key].dtype == torch.float32
    assert (sample["hints"][:3] <= sample["hints"][3] + 1e-6).all(), "color is premultiplied"
    assert bool(sample["hints"][3].any()) == bool(sample["hints"][7].any()), "every hint flows"
    even = to_even(sample["cell_color"].numpy().transpose(1, 2, 0)).transpose(2, 0, 1)
    assert np.abs(even - sample["cell_even"].numpy()).max() < 1e-3


def test_the_same_seed_gives_the_same_sample_and_another_another(drawings: Drawings) -> None:
    one, same, other = (Samples(drawings, Policy(), seed)[(9, 5)] for seed in (7, 7, 8))
    assert all(torch.equal(one[key], same[key]) for key in one)
    assert any(one[key].shape != other[key].shape or (one[key] != other[key]).any() for key in one)


def test_policies_are_kept(drawings: Drawings) -> None:
    def share(policy: Policy, key: str) -> float:
        samples = Samples(drawings, policy, 1)
        return float(np.mean([bool(samples[(i, i % 40)][key].any()) for i in range(120)]))

    assert share(Policy(unhinted=1, palette=(0, 0)), "hints") == 0
    assert share(Policy(unhinted=1, palette=(0, 0)), "palette") == 0
    assert share(Policy(unhinted=1, palette=(1, 1)), "palette") == 1
    assert 0.35 < share(Policy(unhinted=0.5), "hints") < 0.65
    assert share(Policy(hints=5), "hints") == 1


@pytest.mark.parametrize(("name", "least"), [("ink_from", 0.45), ("contrast_from", 0.75)])
def test_fading_goes_as_far_as_it_is_told(drawings: Drawings, name: str, least: float) -> None:
    def palest(share: float) -> float:
        """The least ink on a drawing's lines, or contrast of its colors, over many views."""
        samples = Samples(drawings, Policy(unhinted=1, palette=(0, 0), **{name: share}), 1)
        views = [samples[(position, position % len(drawings))] for position in range(120)]
        if name == "ink_from":
            return min(float(view["ink"].max()) for view in views)
        return min(float(1 - view["color"].amin()) for view in views)

    usual, faded = palest(least), palest(0.1)
    assert usual > 0.8 * least
    assert faded < 0.6 * usual
    assert faded > 0.05


def test_validation_is_not_augmented(drawings: Drawings) -> None:
    policy = Policy(unhinted=1, palette=(0, 0), augment=False)
    one, other = (Samples(drawings, policy, seed)[(seed, 4)] for seed in (1, 2))
    assert torch.equal(one["color"], other["color"])
    assert torch.equal(one["ink"], other["ink"])
    augmented = [Samples(drawings, Policy(), seed)[(seed, 4)]["color"] for seed in range(4)]
    assert any(
        each.shape != one["color"].shape or (each != one["color"]).any() for each in augmented
    )


def test_color_lines_and_parts_turn_together(drawings: Drawings) -> None:
    """A shift by whole cells must move all of them alike; what comes in is no picture."""
    drawing = with_inside(drawings.read(2))
    shifted = warp(drawing, np.array([[1.0, 0, 8], [0, 1.0, 4]]))
    assert np.array_equal(shifted["ink"][4:, 8:], drawing["ink"][:-4, :-8])
    assert np.array_equal(shifted["color"][4:, 8:], drawing["color"][:-4, :-8])
    assert np.array_equal(shifted["parts"][1:, 2:], drawing["parts"][:-1, :-2])
    assert not shifted["inside"][:4].any()
    assert not shifted["inside"][:, :8].any()
    assert on_grid(shifted).weight[0].max() == 0


def test_a_quarter_turn_is_exact(drawings: Drawings) -> None:
    """Against numpy's: color and lines where the picture stays inside."""
    drawing = with_inside(drawings.read(0))
    side = min(drawing["ink"].shape)
    square = {key: drawing[key][:side, :side] for key in ("ink", "color", "inside")}
    square["parts"] = drawing["parts"][: side // 4, : side // 4]
    turned = warp(square, np.array([[0.0, 1, 0], [-1, 0, side]]))
    for key in ("ink", "color", "parts"):
        assert np.array_equal(turned[key], np.rot90(square[key])), key


def test_padding_of_a_batch_weighs_nothing(drawings: Drawings) -> None:
    samples = Samples(drawings, Policy(), 3)
    several = [samples[(i, i)] for i in range(5)]
    batch = collate(several)
    assert batch["ink"].shape[2] == 4 * batch["hints"].shape[2]
    assert batch["ink"].shape[2] % 32 == 0
    for key in ("weight", "cell_weight"):
        total = sum(float(sample[key].sum()) for sample in several)
        assert float(batch[key].sum()) == pytest.approx(total, rel=1e-5)


class TestOrder:
    def test_it_goes_on_where_it_stopped(self, drawings: Drawings) -> None:
        whole = list(islice(Order(drawings, 4, 5), 50))
        rest = list(islice(Order(drawings, 4, 5, start=23), 27))
        assert whole[23:] == rest

    def test_processes_share_the_batches(self, drawings: Drawings) -> None:
        whole = list(islice(Order(drawings, 4, 5), 40))
        first = list(islice(Order(drawings, 4, 5, start=0, every=2), 20))
        second = list(islice(Order(drawings, 4, 5, start=1, every=2), 20))
        assert [batch for pair in zip(first, second, strict=True) for batch in pair] == whole

    def test_every_drawing_comes_once_an_epoch(self, drawings: Drawings) -> None:
        keys = sorted(key for batch in islice(Order(drawings, 4, 1), 64) for key in batch)
        for start in range(0, 256 - len(drawings), len(drawings)):
            epoch = [index for _, index in keys[start : start + len(drawings)]]
            assert sorted(epoch) == list(range(len(drawings)))

    def test_batches_hold_like_shapes(self, drawings: Drawings) -> None:
        batches = list(islice(Order(drawings, 4, 1), 32))
        spread = [np.ptp([drawings.aspect(index) for _, index in batch]) for batch in batches]
        assert np.mean(np.array(spread) == 0) > 0.8


def test_workers_give_the_same_batches_as_none(drawings: Drawings) -> None:
    def some(workers: int) -> list[dict[str, torch.Tensor]]:
        loader = stream(Samples(drawings, Policy(), 1), Order(drawings, 4, 1, start=2), workers)
        return list(islice(loader, 3))

    for one, other in zip(some(0), some(1), strict=True):
        assert all(torch.equal(one[key], other[key]) for key in one)


def test_fixed_batches_are_fixed(drawings: Drawings) -> None:
    samples = Samples(drawings, Policy(augment=False), 1)
    one, other = (fixed_batches(samples, 10, 4) for _ in range(2))
    assert sum(len(batch["ink"]) for batch in one) == 10
    pairs_of = zip(one, other, strict=True)
    assert all(torch.equal(a[key], b[key]) for a, b in pairs_of for key in a)
