"""The worst samples and what they have in common."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from irodori.lab.inspect.samples import in_common, sample_sheet, score


def data() -> list[tuple[Tensor, Tensor, list[dict[str, object]]]]:
    """40 pictures; the model below is wrong by their brightness, and the night ones are bright."""
    torch.manual_seed(0)
    out = []
    for start in (0, 16, 24):
        count = {0: 16, 16: 8, 24: 16}[start]
        night = [number % 5 == 0 for number in range(start, start + count)]
        values = torch.tensor([0.9 if each else 0.1 for each in night])
        pictures = values[:, None, None, None] + 0.01 * torch.rand(count, 3, 6, 9)
        facts = [
            {"tags": ["night", "cat"] if each else ["cat"], "size": 100 if each else 50}
            for each in night
        ]
        out.append((pictures, torch.zeros_like(pictures), facts))
    return out


def error(outputs: Tensor, truths: Tensor) -> Tensor:
    return (outputs - truths).abs().flatten(1).mean(1)


def test_the_worst_come_first_and_what_they_share_is_named() -> None:
    found = score(nn.Identity(), data(), error, facts_of=lambda batch, number: batch[2][number])
    assert [one.number % 5 for one in found[:8]] == [0] * 8
    assert sorted(one.number for one in found) == list(range(40))
    shared = in_common(found)
    assert shared[0].fact in {"tags: night", "size >= 100"}
    assert {"tags: night"} <= {each.fact for each in shared[:2]}
    assert 3 < shared[0].times < 4
    assert "tags: cat" not in [each.fact for each in shared]  # all of them have it
    assert sample_sheet(found[:3], title="worst").width > 4 * 112


def test_what_is_no_number_is_worst() -> None:
    pictures = torch.rand(6, 3, 5, 7)
    pictures[4] = torch.nan
    found = score(nn.Identity(), [(pictures, torch.zeros_like(pictures))], error)
    assert found[0].number == 4
    assert sample_sheet(found).height > 0


def test_answers_that_are_no_pictures() -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(3 * 5 * 7, 4))
    batch = (torch.rand(6, 3, 5, 7), torch.tensor([0, 1, 2, 3, 0, 1]))
    loss = nn.CrossEntropyLoss(reduction="none")
    found = score(model, [batch], loss)
    assert [one.error for one in found] == sorted((one.error for one in found), reverse=True)
    assert sample_sheet(found).width > 112
