"""What comes out, looked at: input, output, truth, difference; the worst and the best of a set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn

from irodori.lab.inspect.calling import Call, call, device_of, first_tensor, pictures_of, to_device
from irodori.lab.inspect.pictures import Picture, sheet, to_picture
from irodori.lab.modes import evaluation


@dataclass(frozen=True)
class Scored:
    """One sample of a set: its number, its error, and what was in, out and true (C, H, W)."""

    number: int
    error: float
    input: Tensor
    output: Tensor
    truth: Tensor
    facts: Mapping[str, Any]


def score(
    model: nn.Module,
    loader: Iterable[Any],
    error: Callable[[Tensor, Tensor], Tensor],
    *,
    truth_of: Callable[[Any], Tensor] = lambda batch: batch[1],
    facts_of: Callable[[Any, int], Mapping[str, Any]] = lambda batch, number: {},
    call: Call = call,
) -> list[Scored]:
    """All samples of a set, the worst first.

    error: (outputs, truths) -> (N,), larger is worse. facts_of: (batch, number in it) -> what is
    known of a sample, such as its tags.
    """
    device = device_of(model)
    found: list[Scored] = []
    with evaluation(model), torch.no_grad():
        for batch in loader:
            batch = to_device(batch, device)
            outputs, truths = first_tensor(call(model, batch)), truth_of(batch)
            for number, each in enumerate(error(outputs, truths).tolist()):
                seen, said, true = (
                    part[number].detach().cpu() for part in (pictures_of(batch), outputs, truths)
                )
                facts = facts_of(batch, number)
                found.append(Scored(len(found), each, seen, said, true, facts))
    # What is not a number is worse than all that is.
    return sorted(found, key=lambda one: (one.error == one.error, -one.error))


def sample_sheet(
    scored: Sequence[Scored], *, undo: Callable[[Tensor], Tensor] | None = None, title: str = ""
) -> Image.Image:
    """A row per sample: input, output, truth, and where output and truth differ (white is far).

    undo: (C, H, W) output or truth -> the same as a picture. A sample is called by its fact "name",
    else by its number.
    """
    rows: list[list[tuple[Picture, str]]] = []
    for one in scored:
        output, truth = ((undo(each) if undo else each) for each in (one.output, one.truth))
        name = one.facts.get("name", f"#{one.number}")
        row = [(to_picture(one.input), f"{name} error {one.error:.3g}")]
        if output.dim() >= 2:
            row += [(to_picture(output), "output"), (to_picture(truth), "truth")]
            row.append((to_picture((output - truth).abs().mean(0)), "difference"))
        else:
            row[0] = (row[0][0], f"{row[0][1]}\nsays {_answer(output)}, is {_answer(truth)}")
        rows.append(row)
    return sheet(rows, cell=112, title=title)


def _answer(values: Tensor) -> str:
    if values.dim() == 1 and len(values) > 1:
        return str(int(values.argmax()))
    return f"{float(values.flatten()[0]):.3g}"


@dataclass(frozen=True)
class Common:
    """A fact that the worst samples share: its mean error against that of all, and how many."""

    fact: str
    samples: int
    times: float


def in_common(scored: Sequence[Scored], *, fewest: int = 5) -> list[Common]:
    """What goes with a high error: facts of at least so many samples, the costliest first.

    A fact is a key with a value; a value that is a list counts once for each entry, numbers are
    split at their median. `times` is the mean error with the fact over the mean error of all.
    """
    finite = [one for one in scored if one.error == one.error and one.error != float("inf")]
    overall = sum(one.error for one in finite) / max(1, len(finite))
    medians = _medians(finite)
    totals: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    for one in finite:
        for fact in _facts(one.facts, medians):
            totals[fact] += one.error  # type: ignore[assignment]
            counts[fact] += 1
    found = [
        Common(fact, counts[fact], totals[fact] / counts[fact] / max(overall, 1e-12))
        for fact in counts
        if fewest <= counts[fact] < len(finite)
    ]
    return sorted(found, key=lambda common: common.times, reverse=True)


def _medians(scored: Sequence[Scored]) -> dict[str, float]:
    numbers: dict[str, list[float]] = {}
    for one in scored:
        for key, value in one.facts.items():
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                numbers.setdefault(key, []).append(float(value))
    return {key: sorted(values)[len(values) // 2] for key, values in numbers.items()}


def _facts(facts: Mapping[str, Any], medians: Mapping[str, float]) -> Iterable[str]:
    for key, value in facts.items():
        if value is None:
            continue
        if key in medians and not isinstance(value, (str, list, tuple)):
            side = ">=" if float(value) >= medians[key] else "<"
            yield f"{key} {side} {medians[key]:.3g}"
        elif isinstance(value, (list, tuple, set)):
            yield from (f"{key}: {entry}" for entry in value)
        else:
            yield f"{key}: {value}"
