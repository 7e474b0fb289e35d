"""What a design is: a network, what it is taught by, and what it is told while it learns."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from irodori.network.losses.adversarial import Adversarial
from irodori.network.parts import Activation, Norm
from irodori.training.feed import Batch, Policy

Answer = Any
"""What a network answers with: RGB, or votes and shade, or RGB and palettes."""


@dataclass(frozen=True)
class Term:
    """One loss of a painter and its weight. regularizer: it asks nothing of the picture."""

    weight: float
    loss: Callable[[Answer, Batch], Tensor]
    regularizer: bool = False


@dataclass(frozen=True)
class Adversary:
    """A judge that learns beside the painter; weight: of its say among the painter's losses."""

    judge: nn.Module
    loss: Adversarial
    weight: float
    name: str


@dataclass(frozen=True)
class Kit:
    """What a design is built from besides its own idea.

    colors: (n, 3), RGB in 0..1, the common colors that votes are for. adversarial: a name of
    `designs.ADVERSARIAL`, "none", or None for the design's own choice. pretrained: a file of
    torchvision's weights. folded: the weights it will be given hold no normalization. debug: the
    design's simplest self. widths: channels of the layers, norm, act, dropout: what blocks are made
    of; None for the design's own. frozen: first letters of weights that stay as they are, besides
    the design's own.
    """

    colors: Tensor
    adversarial: str | None = None
    conditional: bool = True
    pretrained: Path | None = None
    folded: bool = False
    debug: bool = False
    widths: tuple[int, ...] | None = None
    norm: Norm | None = None
    act: Activation | None = None
    dropout: float = 0.0
    frozen: tuple[str, ...] = ()


@dataclass(frozen=True)
class Design:
    """One way to build and teach a colorist.

    picture: answer and batch -> RGB (N, 3, H, W) in 0..1, what a person would see. judged: the
    same with a gradient, what an adversary sees; None where that is the picture. rate: the highest
    learning rate it was tried with. frozen: prefixes of names of weights that stay as they are.
    slower: prefix -> factor on the rate.
    """

    name: str
    network: nn.Module
    terms: Mapping[str, Term]
    picture: Callable[[Answer, Batch], Tensor]
    policy: Policy
    rate: float = 1e-3
    adversary: Adversary | None = None
    judged: Callable[[Answer, Batch], Tensor] | None = None
    frozen: tuple[str, ...] = ()
    slower: Mapping[str, float] = field(default_factory=dict)

    @property
    def judge(self) -> nn.Module | None:
        """The adversary's network, if there is an adversary."""
        return None if self.adversary is None else self.adversary.judge

    def fingerprint(self) -> str:
        """Of all that must be equal for a checkpoint to go on: layers, losses, policy."""
        adversary = self.adversary
        facts = [
            self.name,
            repr(self.network),
            *(f"{name} {tuple(each.shape)}" for name, each in self.network.named_parameters()),
            *(f"{name} {term.weight}" for name, term in self.terms.items()),
            f"{self.policy} {self.frozen} {dict(self.slower)}",
            "" if adversary is None else f"{adversary.name} {adversary.weight} {adversary.judge}",
        ]
        return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:16]
