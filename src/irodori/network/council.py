"""The parts of a drawing confer: each hears what the painter voted for the others, and amends.

A convolution sees a sleeve and, far off, the other sleeve; it does not see that both want the red
of the palette and that nobody has taken the blue. Here every part of the drawing is a token, and so
is every slot of the palette; they attend to one another (Vaswani et al., "Attention is all you
need", 2017), told how they lie to each other, and what comes out is added to the painter's votes.

Axes: N drawings, P parts, S slots, h x w the grid on which colors are decided.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from irodori.network.colornet import PALETTE_SLOTS

PARTS = 128
"""The largest parts of a drawing confer; smaller ones stay by what the painter voted."""

FLOOR = 1e-3
"""Share of the votes that each candidate has at least, all common colors together: without it none
could speak for what the painter had ruled out."""

_EMPTY = -1e3  # log-votes below are of slots without a color, and of hints that never flowed
_HIDDEN = 1e4  # taken off where attention must not look
_GEOMETRY = 10
_RELATIONS = 10


@dataclass(frozen=True, eq=False)
class Seats:
    """Which cells are whose. All float32.

    inside: (N, P, h w), 1 where a cell is of a part; share: the same with rows that sum to 1, lines
    counting little; taken: (N, P), whether there is such a part; geometry: (N, P, 10); relations:
    (N, P, P, 10), how the second part lies to the first.
    """

    inside: Tensor
    share: Tensor
    taken: Tensor
    geometry: Tensor
    relations: Tensor

    def pool(self, cells: Tensor) -> Tensor:
        """Means over the parts, (N, C, h, w) -> (N, P, C)."""
        return torch.matmul(self.share, cells.flatten(2).transpose(1, 2))

    def spread(self, parts: Tensor, rows: int, columns: int) -> Tensor:
        """To each cell what its part has, 0 where it has none, (N, P, C) -> (N, C, h, w)."""
        spread = torch.matmul(parts.transpose(1, 2), self.inside)
        return spread.reshape(parts.shape[0], parts.shape[2], rows, columns)


def seats(parts: Tensor) -> Seats:
    """parts: (N, 3, h, w), a part's rank from 1 on (0 for none), its region, 0..1 of ink."""
    rank, region, ink = torch.split(parts.flatten(2), 1, 1)  # each (N, 1, h w)
    numbers = torch.arange(1, PARTS + 1, device=parts.device, dtype=parts.dtype)
    inside = (rank == numbers[:, None]).to(parts.dtype)
    weight = inside * (1 - ink).clamp(min=0.02)
    share = weight / weight.sum(2, keepdim=True).clamp(min=1e-6)
    page = (region > 0).to(parts.dtype).reshape(-1, 1, *parts.shape[2:])
    area = inside.sum(2, keepdim=True) / page.sum((2, 3)).clamp(min=1)[:, :, None]
    regions = (inside * region).amax(2)
    together = (regions[:, :, None] == regions[:, None]).to(parts.dtype)
    about = torch.matmul(share, torch.cat([*_coordinates(page), ink], 1).transpose(1, 2))
    x, y, x_square, y_square, at_edge, inked = torch.split(about, 1, 2)  # each (N, P, 1)
    geometry = torch.cat(
        [
            (area + 1e-4).log(),
            (torch.matmul(together, area) + 1e-4).log(),
            x,
            y,
            (x_square - x**2).clamp(min=0).sqrt(),
            (y_square - y**2).clamp(min=0).sqrt(),
            at_edge,
            inked,
            *(side.flatten(2).expand_as(x) for side in _shape(page)),
        ],
        2,
    )
    touching = _touching(inside.reshape(*inside.shape[:2], *parts.shape[2:]), ink)
    return Seats(
        inside, share, (area > 0).flatten(1), geometry, _relations(geometry, together, touching)
    )


def _shape(page: Tensor) -> tuple[Tensor, Tensor]:
    """Width and height of the page over the longer of both, each (N, 1, 1, 1)."""
    width, height = _size(page)
    longest = torch.maximum(width, height)
    return width / longest, height / longest


def _size(page: Tensor) -> tuple[Tensor, Tensor]:
    """Columns and rows of the page without its padding, each (N, 1, 1, 1)."""
    columns = page.amax(2, keepdim=True).sum(3, keepdim=True)
    rows = page.amax(3, keepdim=True).sum(2, keepdim=True)
    return columns.clamp(min=1), rows.clamp(min=1)


def _coordinates(page: Tensor) -> list[Tensor]:
    """x, y, their squares and whether a cell is at the page's edge, each (N, 1, h w).

    From the middle of the page, in parts of its longer side.
    """
    one = torch.ones_like(page)
    x, y = one.cumsum(3) - 0.5, one.cumsum(2) - 0.5
    width, height = _size(page)
    edge = (x < 1) | (y < 1) | (x > width - 1) | (y > height - 1)
    longest = torch.maximum(width, height)
    x, y = (x - width / 2) / longest, (y - height / 2) / longest
    return [each.flatten(2) for each in (x, y, x**2, y**2, edge.to(page.dtype))]


def _touching(inside: Tensor, ink: Tensor) -> tuple[Tensor, Tensor]:
    """How many cells of two parts touch, (N, P, P), and how many of them without ink between."""
    clear = 1 - ink.reshape(-1, 1, *inside.shape[2:])
    found = []
    for seen in (inside, inside * clear):
        across = torch.matmul(inside[..., :-1].flatten(2), seen[..., 1:].flatten(2).transpose(1, 2))
        down = torch.matmul(inside[:, :, :-1].flatten(2), seen[:, :, 1:].flatten(2).transpose(1, 2))
        both = across + down
        found.append(both + both.transpose(1, 2))
    return found[0], found[1]


def _relations(geometry: Tensor, together: Tensor, touching: tuple[Tensor, Tensor]) -> Tensor:
    """How each part lies to each other one, (N, P, P, 10)."""
    size, x, y = (geometry[:, :, None, i] - geometry[:, None, :, i] for i in (0, 2, 3))
    size = size / 3
    facts = (x, y, x.abs(), y.abs(), (x**2 + y**2).sqrt(), together, size, size.abs())
    return torch.stack([*facts, *((each + 1).log() for each in touching)], 3)


class Attention(nn.Module):
    """Tokens hear each other, then think (a pre-norm transformer block)."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.hear, self.think = nn.LayerNorm(width), nn.LayerNorm(width)
        self.to_all, self.from_all = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mix = nn.Sequential(
            nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width)
        )

    def forward(self, tokens: Tensor, bias: Tensor) -> Tensor:
        """tokens: (N, T, width); bias: (N, heads, T, T), added to the attention."""
        n, count, width = tokens.shape
        joint = self.to_all(self.hear(tokens)).reshape(n, count, 3, self.heads, -1)
        query, key, value = joint.permute(2, 0, 3, 1, 4).unbind(0)
        scores = torch.matmul(query, key.transpose(2, 3)) / (width / self.heads) ** 0.5
        heard = torch.matmul((scores + bias).softmax(3).to(value.dtype), value)
        tokens = tokens + self.from_all(heard.transpose(1, 2).reshape(n, count, width))
        mixed: Tensor = self.mix(self.think(tokens))
        return tokens + mixed


class Council(nn.Module):
    """Amends a painter's votes, part by part. It begins with amending next to nothing."""

    floor: Tensor

    def __init__(self, bins: int, features: int, width: int = 128, heads: int = 4) -> None:
        super().__init__()
        self.bins = bins
        floor = torch.full((bins + PALETTE_SLOTS + 1,), FLOOR)
        floor[:bins] /= bins
        self.register_buffer("floor", floor.log()[:, None, None], persistent=False)
        self.seen = nn.Sequential(
            nn.LayerNorm(features), nn.Dropout(0.1), nn.Linear(features, width)
        )
        self.voted = nn.Linear(bins + 2 + 64, width)
        self.lies = _mlp(_GEOMETRY, width)
        self.told = _mlp(9, width)
        self.offered, self.claimed = nn.Linear(64, width), _mlp(2, width)
        self.related = nn.Sequential(nn.Linear(_RELATIONS, 16), nn.GELU(), nn.Linear(16, heads))
        self.blocks = nn.ModuleList(Attention(width, heads) for _ in range(4))
        self.settle = nn.LayerNorm(width)
        self.to_bins, self.to_flow = nn.Linear(width, bins), nn.Linear(width, 1)
        self.to_query, self.to_key = nn.Linear(width, 64), nn.Linear(width, 64)
        for last in (self.to_bins, self.to_flow, self.to_query):
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.bias)

    def forward(
        self, features: Tensor, log_votes: Tensor, slots: Tensor, told: Tensor, parts: Tensor
    ) -> Tensor:
        """The votes as amended, (N, bins + S + 1, h, w), logs that sum to 1 after exp.

        features: (N, features, h, w); log_votes: as `Painter` answers; slots: (N, S, 65), what the
        painter makes of each slot of the palette, and its weight; told: (N, 8, h, w), the hints;
        parts: (N, 3, h, w), as `seats` has them.
        """
        at = seats(parts)
        raised = torch.logaddexp(log_votes, self.floor.to(log_votes.dtype))
        log_votes = torch.where(log_votes > _EMPTY, raised, log_votes)
        votes = at.pool(log_votes.exp())
        parted = self._parts(at, features, votes, slots, told)
        offered = self._slots(at, votes, slots)
        tokens = torch.cat([parted, offered], 1)
        bias = self._bias(at, slots)
        for block in self.blocks:
            tokens = block(tokens, bias)
        parted, offered = torch.split(self.settle(tokens), [PARTS, slots.shape[1]], 1)
        pointer = torch.matmul(self.to_query(parted), self.to_key(offered).transpose(1, 2)) / 8
        change = torch.cat([self.to_bins(parted), pointer, self.to_flow(parted)], 2).float()
        return (log_votes + at.spread(change, *parts.shape[2:])).float().log_softmax(1)

    def _parts(
        self, at: Seats, features: Tensor, votes: Tensor, slots: Tensor, told: Tensor
    ) -> Tensor:
        for_bins, for_slots, for_flow = torch.split(votes, [self.bins, slots.shape[1], 1], 2)
        voted = [
            (for_bins + 1e-4).log() / 3 + 2,
            (for_flow + 1e-4).log() / 3 + 2,
            for_slots.sum(2, keepdim=True),
            torch.matmul(for_slots, slots[:, :, :64]),
        ]
        said = at.pool(told)
        said = torch.cat([said, (said[:, :, 3:4] > 1e-4).to(said.dtype)], 2)
        tokens: Tensor = (
            self.seen(at.pool(features))
            + self.voted(torch.cat(voted, 2))
            + self.lies(at.geometry)
            + self.told(said)
        )
        return tokens

    def _slots(self, at: Seats, votes: Tensor, slots: Tensor) -> Tensor:
        area = at.geometry[:, :, :1].exp()  # (N, P, 1)
        claim = (votes[:, :, self.bins : -1] * area).sum(1)[:, :, None]
        asked = (slots[:, :, 64:] > 0.7).to(claim.dtype)
        tokens: Tensor = self.offered(slots[:, :, :64]) + self.claimed(
            torch.cat([asked, (claim + 1e-3).log() / 3], 2)
        )
        return tokens

    def _bias(self, at: Seats, slots: Tensor) -> Tensor:
        """(N, heads, P + S, P + S): what parts make of each other; nobody hears an empty seat."""
        related = self.related(at.relations).permute(0, 3, 1, 2)
        count = slots.shape[1]
        filled = torch.cat([at.taken, slots[:, :, 64] > 0], 1)[:, None, None]
        return F.pad(related, (0, count, 0, count)).float() + (filled.float() - 1) * _HIDDEN


def _mlp(inputs: int, width: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inputs, 64), nn.GELU(), nn.Linear(64, width))
