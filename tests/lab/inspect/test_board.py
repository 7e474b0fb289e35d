"""What a recorder writes to TensorBoard is read back from the event file as it was."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch import nn
from torch.utils.tensorboard import SummaryWriter

from irodori.lab.inspect.recorder import read, record


def trained(folder: Path, *, poison: int | None = None) -> EventAccumulator:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(7, 16), nn.ReLU(), nn.Linear(16, 3))
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    with (
        SummaryWriter(str(folder / "board")) as board,
        record(model, optimizer, folder / "h.jsonl", every=5, board=board) as recorder,
    ):
        for step in range(1, 21):
            if step == poison:
                with torch.no_grad():
                    model[2].weight[0, 0] = torch.nan
            inputs = torch.randn(32, 7)
            loss = nn.functional.cross_entropy(model(inputs), inputs[:, :3].argmax(1))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            recorder.step()
    return EventAccumulator(
        str(folder / "board"), size_guidance={"histograms": 0, "scalars": 0}
    ).Reload()


def test_every_record_is_on_the_board(tmp_path: Path) -> None:
    events, lines = trained(tmp_path), read(tmp_path / "h.jsonl")
    assert set(events.Tags()["histograms"]) == {
        *("weights/0.weight", "weights/2.weight", "biases/0.bias", "biases/2.bias"),
        *(f"gradients/{layer}.{kind}" for layer in (0, 2) for kind in ("weight", "bias")),
        *("outputs/0", "outputs/2"),
    }
    shown = events.Histograms("weights/0.weight")
    assert [each.step for each in shown] == [line["step"] for line in lines] == [1, 5, 10, 15, 20]
    for each, line in zip(shown, lines, strict=True):
        low, high, _, *counts = line["weights"]["0.weight"]
        value = each.histogram_value
        assert (value.min, value.max) == (low, high)
        assert value.num == sum(counts) == 16 * 7
        assert sum(value.bucket) == sum(counts)
        assert value.bucket_limit[-1] == pytest.approx(high)
    dead = [each.value for each in events.Scalars("dead/1")]
    assert dead == pytest.approx([line["dead"]["1"] for line in lines])
    updates = [each.value for each in events.Scalars("updates/2.weight")]
    assert updates == pytest.approx([line["updates"]["2.weight"] for line in lines])


def test_what_is_not_finite_is_said(tmp_path: Path) -> None:
    events, lines = trained(tmp_path, poison=12), read(tmp_path / "h.jsonl")
    lost = events.Scalars("not_finite/weights/2.weight")
    assert [each.step for each in lost] == [15, 20]
    assert [each.value for each in lost] == pytest.approx(
        [line["weights"]["2.weight"][2] for line in lines[-2:]]
    )
    assert [each.step for each in events.Scalars("updates/2.weight")] == [1, 5, 10]
