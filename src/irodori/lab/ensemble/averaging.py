"""One model of several checkpoints: their weights averaged, the statistics of batches taken anew.

Only checkpoints of one run, or of runs with a common beginning, lie near enough to each other for
it (Izmailov et al., UAI 2018; Wortsman et al., ICML 2022).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import update_bn

from irodori.lab.ensemble.voting import member_weights
from irodori.lab.errors import LabError
from irodori.lab.inspect.calling import Call, call


def average_weights(
    states: Sequence[Mapping[str, Tensor]], weights: Sequence[float] | None = None
) -> dict[str, Tensor]:
    """The mean of state dicts with the same names and shapes; whole numbers are the last's.

    weights: of each, None for equal ones. Normalization's statistics need `reestimate` afterwards.
    Raises LabError where names or shapes differ.
    """
    if not states:
        raise LabError("no weights to average; give at least one state dict")
    shares = member_weights(len(states), weights)
    first = {name: value.shape for name, value in states[0].items()}
    for number, state in enumerate(states[1:], 2):
        other = {name: value.shape for name, value in state.items()}
        odd = {name for name in first | other if first.get(name) != other.get(name)}
        if odd:
            raise LabError(
                f"the weights of member {number} are another model's ({min(odd)} is not the same "
                "in both); average checkpoints of one run, or let the models vote"
            )
    return {name: _mean([state[name] for state in states], shares) for name in first}


def _mean(values: Sequence[Tensor], shares: Sequence[float]) -> Tensor:
    if not values[0].is_floating_point():
        return values[-1].clone()
    total = torch.zeros_like(values[0], dtype=torch.float64)
    for value, share in zip(values, shares, strict=True):
        total += share * value.double()
    return total.to(values[0].dtype)


def reestimate(model: nn.Module, loader: Iterable[Any], *, call: Call = call) -> None:
    """Takes the running statistics of batch normalization anew, over the batches of `loader`.

    Nothing else of the model changes; one without such statistics needs none and reads no batch.
    """
    update_bn(([batch] for batch in loader), _Called(model, call))


class _Called(nn.Module):
    def __init__(self, model: nn.Module, how: Call) -> None:
        super().__init__()
        self.model, self.how = model, how

    def forward(self, batch: Any) -> Any:
        return self.how(self.model, batch)
