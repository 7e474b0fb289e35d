"""A team of voting colorists as one network: every member sees the drawing and votes for colors.

Votes are combined cell by cell, and whoever uses them pools them over a part of the drawing: a
color that many agree on wins there, and two that compete never become the grey between.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn

from irodori.lab.ensemble import combine, member_weights
from irodori.lab.ensemble.voting import How
from irodori.network.colornet import PALETTE_SLOTS, ColorNet, Painter
from irodori.training.votes import Votes


class ColorTeam(nn.Module):
    """Members as one network, to be used and exported as a `ColorNet` is.

    bins: (bins, 3), all the members' common colors, in 0..1; one that a member does not know has
    none of its votes. weights: of each member, None for equal ones.
    """

    bins: Tensor

    def __init__(
        self,
        members: Sequence[ColorNet],
        *,
        how: How = "average",
        weights: Sequence[float] | None = None,
    ) -> None:
        super().__init__()
        bins, places = together([member.bins for member in members])
        self.register_buffer("bins", bins)
        self.encoder = TeamEncoder([member.encoder for member in members])
        self.painter = TeamPainter([member.painter for member in members], places, how, weights)

    def forward(self, ink: Tensor, hints: Tensor, palette: Tensor) -> tuple[Tensor, Tensor]:
        """Ink (N, 1, H, W), hints and palette as the painter has them -> log-votes and shade."""
        fine, coarse = self.encoder(ink)
        log_votes, shade = self.painter(fine, coarse, hints, palette)
        return log_votes, shade


class TeamEncoder(nn.Module):
    """Ink (N, 1, H, W) -> the members' fine and coarse features, one after another in channels."""

    def __init__(self, members: Sequence[nn.Module]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, ink: Tensor) -> tuple[Tensor, Tensor]:
        """See the class."""
        fine, coarse = zip(*(member(ink) for member in self.members), strict=True)
        return torch.cat(fine, 1), torch.cat(coarse, 1)


class TeamPainter(nn.Module):
    """Their features, hints and a palette -> their joint log-votes, the mean of their shades.

    places: for each member, where each of the team's bins is among its own, its number of bins
    where it is not.
    """

    def __init__(
        self,
        members: Sequence[Painter],
        places: Sequence[list[int]],
        how: How,
        weights: Sequence[float] | None,
    ) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)
        self.places, self.how = list(places), how
        self.weights = member_weights(len(members), weights)

    def forward(
        self, fine: Tensor, coarse: Tensor, hints: Tensor, palette: Tensor
    ) -> tuple[Tensor, Tensor]:
        """See the class."""
        return logarithms(self.votes(fine, coarse, hints, palette))

    def votes(
        self, fine: Tensor, coarse: Tensor, hints: Tensor, palette: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Their joint votes, not logarithms; and the mean of their shades."""
        count = len(self.members)
        painters = cast(Sequence[Painter], self.members)
        answers = [
            painter.votes(own_fine, own_coarse, hints, palette)
            for painter, own_fine, own_coarse in zip(
                painters, fine.chunk(count, 1), coarse.chunk(count, 1), strict=True
            )
        ]
        return join(answers, self.places, self.how, self.weights)


def join(
    answers: Sequence[Votes], places: Sequence[list[int]], how: How, weights: Sequence[float] | None
) -> Votes:
    """The members' votes and shades as one; places: as `TeamPainter` has them."""
    votes = [_spread(each, own) for (each, _), own in zip(answers, places, strict=True)]
    shares = member_weights(len(answers), weights)
    shade = torch.stack([share * each for share, (_, each) in zip(shares, answers, strict=True)])
    return combine(torch.stack(votes), how, shares), shade.sum(0)


def logarithms(answer: Votes) -> Votes:
    """Votes and shade -> log-votes and shade, as a `ColorNet` answers."""
    votes, shade = answer
    return votes.clamp(min=1e-30).log(), shade


def _spread(votes: Tensor, places: list[int]) -> Tensor:
    """A member's votes (N, own bins + others, h, w) as votes for the team's bins and the others."""
    own = votes.shape[1] - PALETTE_SLOTS - 1
    if places == list(range(own)):
        return votes
    nothing = torch.zeros_like(votes[:, :1])
    bins = torch.cat([votes[:, :own], nothing], 1)[:, places]
    return torch.cat([bins, votes[:, own:]], 1)


def together(bins: Sequence[Tensor]) -> tuple[Tensor, list[list[int]]]:
    """Common colors (n, 3) of several members as one set, and its places among each member's."""
    listed = [[tuple(row) for row in each.tolist()] for each in bins]
    union = list(dict.fromkeys(color for each in listed for color in each))
    known = [{color: place for place, color in enumerate(each)} for each in listed]
    places = [[own.get(color, len(own)) for color in union] for own in known]
    return torch.tensor(union).reshape(-1, 3), places
