"""The parts of a drawing confer: who sits where, and what they may change."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from irodori.color import conditions
from irodori.network.colornet import ColorNet
from irodori.network.council import PARTS, Seats, seats
from irodori.network.finenet import FineNet


def a_drawing(seed: int, rows: int, columns: int, count: int = 6) -> Tensor:
    """(2, 3, rows, columns): parts thrown about at random, the last rank of them on no seat."""
    torch.manual_seed(seed)
    part = torch.randint(1, count + 1, (2, rows, columns)).float()
    rank = torch.where(part == count, torch.zeros_like(part), part)
    return torch.stack([rank, (part + 1) // 2, torch.rand(2, rows, columns)], 1)


drawings = st.builds(
    a_drawing, st.integers(0, 999), st.integers(4, 12), st.integers(4, 12), st.integers(2, 9)
)


class TestSeats:
    @given(drawings, st.integers(0, 99))
    @settings(max_examples=25, deadline=None)
    def test_what_a_part_is_given_comes_back_when_pooled(self, parts: Tensor, seed: int) -> None:
        at = seats(parts)
        torch.manual_seed(seed)
        own = torch.rand(2, PARTS, 5)
        back = at.pool(at.spread(own, *parts.shape[2:]))
        assert torch.allclose(back, own * at.taken[:, :, None], atol=1e-4)

    @given(drawings)
    @settings(max_examples=25, deadline=None)
    def test_cells_without_a_seat_are_given_nothing(self, parts: Tensor) -> None:
        spread = seats(parts).spread(torch.ones(2, PARTS, 1), *parts.shape[2:])
        assert torch.equal(spread[:, 0], (parts[:, 0] > 0).float())

    @given(drawings, st.integers(0, 5), st.integers(1, 5))
    @settings(max_examples=25, deadline=None)
    def test_padding_changes_nothing(self, parts: Tensor, right: int, below: int) -> None:
        bare, padded = seats(parts), seats(F.pad(parts, (0, right, 0, below)))
        for name in ("geometry", "relations", "taken"):
            assert torch.allclose(
                getattr(bare, name).float(), getattr(padded, name).float(), atol=1e-4
            ), name

    def test_known_places(self) -> None:
        """A page of 4 x 8 cells, a part on each half, both of one region."""
        parts = torch.zeros(1, 3, 4, 8)
        parts[:, 0, :, :4], parts[:, 0, :, 4:], parts[:, 1] = 1, 2, 7
        at: Seats = seats(parts)
        assert at.taken.sum() == 2
        x, y = at.geometry[0, :2, 2], at.geometry[0, :2, 3]
        assert x.tolist() == pytest.approx([-0.25, 0.25])
        assert y.tolist() == pytest.approx([0, 0], abs=1e-6)
        assert at.geometry[0, 0, 8:].tolist() == [1, 0.5]
        together, touching = at.relations[0, 0, 1, 5], at.relations[0, 0, 1, 8]
        assert together == 1
        assert touching.exp() - 1 == pytest.approx(4)


def test_both_sides_know_as_many_parts() -> None:
    assert conditions.PARTS == PARTS


class TestFineNet:
    @torch.no_grad()
    def test_it_begins_as_the_painter_that_it_grows_from(self) -> None:
        torch.manual_seed(0)
        quick = ColorNet(torch.rand(12, 3)).eval()
        fine = FineNet(quick.bins).eval()
        fine.load_state_dict(quick.state_dict(), strict=False)
        told = torch.rand(2, 1, 48, 64), torch.rand(2, 8, 12, 16), torch.rand(2, 16, 4)
        votes, shade = quick(*told)
        amended, same = fine(*told, a_drawing(0, 12, 16))
        assert torch.allclose(amended.exp(), votes.exp(), atol=2e-2)
        assert torch.equal(same, shade)

    @torch.no_grad()
    def test_it_amends_whole_parts_and_no_others(self) -> None:
        torch.manual_seed(1)
        quick = ColorNet(torch.rand(12, 3)).eval()
        fine = FineNet(quick.bins).eval()
        fine.load_state_dict(quick.state_dict(), strict=False)
        torch.nn.init.normal_(fine.painter.council.to_bins.weight)
        told = torch.rand(2, 1, 48, 64), torch.rand(2, 8, 12, 16), torch.rand(2, 16, 4)
        parts = a_drawing(1, 12, 16)
        before, after = quick(*told)[0], fine(*told, parts)[0]
        # Votes are logs up to a constant: how bins stand to each other is what was amended.
        change = (after - before)[:, 1:12] - (after - before)[:, :1]
        change = change[:, :, :12, :16]
        seatless = parts[:, :1] == 0
        assert change.masked_select(seatless).abs().max() < 0.02
        for number in (1, 2, 3):
            of_part = change[0].masked_select(parts[0, :1] == number).reshape(11, -1)
            assert of_part.std(1).max() < 0.02
            assert of_part.abs().max() > 0.05
