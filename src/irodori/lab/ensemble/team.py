"""Several models as one, and what models answer over a whole loader."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from irodori.lab.ensemble.voting import How, combine, member_weights
from irodori.lab.errors import LabError
from irodori.lab.inspect.calling import Call, call, first_tensor
from irodori.lab.modes import evaluation


def softmax(logits: Tensor) -> Tensor:
    """Logits (N, C, ...) -> probabilities."""
    return logits.softmax(1)


class Team(nn.Module):
    """Models that answer together: called as each of them is, it returns probabilities (N, C, ...).

    weights: of each member, None for equal ones. temperatures: what each member's logits are
    divided by first (see `fit_temperature`). probabilities: of a member's answer; `torch.exp` for
    log-probabilities. Averaging also serves models that answer with numbers: give
    `probabilities=torch.nn.Identity()`.
    """

    def __init__(
        self,
        members: Sequence[nn.Module],
        *,
        how: How = "average",
        weights: Sequence[float] | None = None,
        temperatures: Sequence[float] | None = None,
        probabilities: Callable[[Tensor], Tensor] = softmax,
    ) -> None:
        super().__init__()
        if not members:
            raise LabError("a team needs at least one member")
        if temperatures is not None and len(temperatures) != len(members):
            raise LabError(f"{len(members)} members have {len(temperatures)} temperatures")
        self.members = nn.ModuleList(members)
        self.how, self.probabilities = how, probabilities
        self.weights = member_weights(len(members), weights)
        self.temperatures = list(temperatures or [1.0] * len(members))

    def forward(self, *inputs: Any, **named: Any) -> Tensor:
        """See the class."""
        answers = [
            self.probabilities(first_tensor(member(*inputs, **named)) / temperature)
            for member, temperature in zip(self.members, self.temperatures, strict=True)
        ]
        return combine(torch.stack(answers), self.how, self.weights)


@torch.no_grad()
def answers(model: nn.Module, loader: Iterable[Any], *, call: Call = call) -> Tensor:
    """What a model answers to all batches of a loader, in evaluation mode, on the processor.

    Returns (N, C, ...), of an answer that holds several tensors the first. The model's mode stays
    as it was. Raises LabError for a loader without batches.
    """
    with evaluation(model):
        found = [first_tensor(call(model, batch)).float().cpu() for batch in loader]
    if not found:
        raise LabError("the loader holds no batch; give one with samples to answer")
    return torch.cat(found)


def targets(loader: Iterable[Any]) -> Tensor:
    """The second entry of each batch, int64 (N,): class numbers. Raises LabError without one."""
    try:
        return torch.cat([torch.as_tensor(batch[1]).long().cpu() for batch in loader])
    except (KeyError, IndexError, TypeError, RuntimeError) as error:
        raise LabError(
            f"the loader's batches hold no class numbers as their second entry ({error}); "
            "give batches of (inputs, targets)"
        ) from None
