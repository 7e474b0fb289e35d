"""The usual settings of a training and the values worth trying; those that act together, together.

Each function gives a piece of a space; put pieces together with `|`, and take what you want out:

    space = rate() | regularization()
"""

from __future__ import annotations

from irodori.lab.tune.axes import Axis, choice, linear, log, steps

Piece = dict[str, Axis]


def rate() -> Piece:
    """The learning rate: 1e-5 to 0.1 at first, and wherever that leads."""
    return {"rate": log(1e-5, 1e-1, least=1e-9, most=10)}


def batch_size() -> Piece:
    """8 to 64 by doubling; locked once the search is fine."""
    return {"batch": steps(8, 16, 32, 64)}


def momenta() -> Piece:
    """How long steps are remembered: Adam's two betas, or SGD's momentum and nothing."""
    return {
        "momentum": steps(0.5, 0.8, 0.9, 0.95, 0.99),
        "second_momentum": steps(0.9, 0.99, 0.999, 0.9999),
    }


def regularization() -> Piece:
    """Weights of sum |w| and of sum w²/2 in the loss, and the share of units dropped."""
    return {
        "l1": log(1e-8, 1e-4, most=1),
        "l2": log(1e-7, 1e-3, most=1),
        "dropout": linear(0.2, 0.5, cells=3, least=0.0, most=0.9),
    }


def weight_decay() -> Piece:
    """AdamW's decay of weights, apart from the loss."""
    return {"weight_decay": log(1e-4, 1, most=100)}


def layer_sizes() -> Piece:
    """How many layers, and how wide."""
    return {
        "layers": linear(2, 5, cells=4, least=1, most=12, whole=True),
        "width": log(8, 64, factor=2, least=1, most=1024, whole=True),
    }


def decay_schedule() -> Piece:
    """How the rate falls over a training."""
    return {"schedule": choice("constant", "cosine", "step", "plateau")}


def blocks() -> Piece:
    """Activation and normalization."""
    return {
        "act": choice("relu", "leaky", "prelu", "silu"),
        "norm": choice("batch", "layer", "instance", "group", "none"),
    }


def standard() -> Piece:
    """All of the above."""
    return (
        rate() | batch_size() | momenta() | decay_schedule() | regularization() | weight_decay()
        | layer_sizes() | blocks()
    )  # fmt: skip


RELATED: tuple[tuple[str, ...], ...] = (
    ("rate", "batch"),
    ("layers", "width"),
    ("act", "norm"),
    ("momentum", "second_momentum", "schedule"),
    ("l1", "l2", "weight_decay", "dropout"),
)
"""What is searched together, in this order: the rate first, since all else depends on it."""


def groups(space: Piece) -> list[list[str]]:
    """The groups of `RELATED` that a space has axes of; each other axis is a group of its own."""
    related = [[name for name in group if name in space] for group in RELATED]
    known = {name for group in related for name in group}
    return [group for group in related if group] + [[n] for n in space if n not in known]
