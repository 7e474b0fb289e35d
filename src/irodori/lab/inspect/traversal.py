"""One factor varied while all others are held: a strip that shows what the factor means."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import torch
from PIL import Image
from torch import Tensor, nn

from irodori.lab.errors import LabError
from irodori.lab.inspect.calling import Call, call, first_tensor
from irodori.lab.inspect.pictures import Picture, sheet, to_picture
from irodori.lab.modes import evaluation

Value = TypeVar("Value")


def traverse(
    model: nn.Module,
    batch: Any,
    vary: Callable[[Any, Value], Any],
    values: Sequence[Value],
    *,
    title: str = "",
    show: Callable[[Any], Tensor] = lambda output: first_tensor(output)[0],
    call: Call = call,
) -> Image.Image:
    """The model's answers while one factor of its input takes each value in turn, as a strip.

    vary: (batch, value) -> another batch, the one given left as it is: a latent unit, a color of a
    palette, a hint's position. `unit` makes one for an entry of a tensor. show: output -> (C, H, W)
    or (H, W). All pictures share one scale, so that what differs is the factor's doing.
    """
    answers = answers_over(model, batch, vary, values, show=show, call=call)
    low = min(float(answer.nan_to_num().min()) for answer in answers)
    high = max(float(answer.nan_to_num().max()) for answer in answers)
    cells: list[tuple[Picture, str]] = [
        (to_picture(answer, span=(low, max(high, low + 1e-6))), _caption(value))
        for answer, value in zip(answers, values, strict=True)
    ]
    return sheet([cells], title=title)


def answers_over(
    model: nn.Module,
    batch: Any,
    vary: Callable[[Any, Value], Any],
    values: Sequence[Value],
    *,
    show: Callable[[Any], Tensor] = lambda output: first_tensor(output)[0],
    call: Call = call,
) -> list[Tensor]:
    """What `traverse` shows, as tensors. Raises LabError where there is nothing to vary."""
    if not values:
        raise LabError("a traversal needs at least one value")
    with evaluation(model), torch.no_grad():
        return [show(call(model, vary(batch, value))).detach().cpu() for value in values]


def unit(*place: int) -> Callable[[Any, float], Any]:
    """Sets one entry of a tensor (or of the first tensor of a batch) to a value, in a copy.

    place: the entry's indices, without that of the sample: `unit(3)` is the fourth number of a
    latent vector.
    """

    def vary(batch: Any, value: float) -> Any:
        if isinstance(batch, (list, tuple)):
            return [vary(batch[0], value), *batch[1:]]
        if not isinstance(batch, Tensor) or not len(place) <= batch.dim() - 1:
            raise LabError(f"unit{place} is no entry of this batch; write a function of your own")
        changed = batch.clone()
        index: tuple[slice | int, ...] = (slice(None), *place)
        changed[index] = value
        return changed

    return vary


def _caption(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, (int, float)) else str(value)
