"""What is recorded is what was there, and it draws whatever it is, NaN and nothing included."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from irodori.lab.errors import LabError
from irodori.lab.inspect.histories import flow, histories
from irodori.lab.inspect.recorder import BINS, histogram, read, record


def train(path: Path, *, steps: int = 45, every: int = 10, poison: int | None = None) -> nn.Module:
    """A small classifier; `poison`: the step before which a weight becomes NaN."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(7, 16), nn.ReLU(inplace=True), nn.Linear(16, 3))
    with torch.no_grad():
        model[0].bias[:8] = -50  # half of the units never fire
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    with record(model, optimizer, path, every=every) as recorder:
        for step in range(1, steps + 1):
            if step == poison:
                with torch.no_grad():
                    model[2].weight[0, 0] = torch.nan
            inputs = torch.randn(32, 7)
            loss = nn.functional.cross_entropy(model(inputs), inputs[:, :3].argmax(1))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            recorder.step()
    assert not any(m._forward_hooks for m in model.modules())
    assert not optimizer._optimizer_step_pre_hooks
    return model


def test_the_last_record_is_the_model_as_it_was(tmp_path: Path) -> None:
    model = train(tmp_path / "h.jsonl", steps=40)
    lines = read(tmp_path / "h.jsonl")
    assert [line["step"] for line in lines] == [1, 10, 20, 30, 40]
    last = lines[-1]
    weights = model[0].weight.detach()
    low, high, lost, *counts = last["weights"]["0.weight"]
    assert (low, high, lost) == (
        pytest.approx(float(weights.min()), rel=1e-3),
        pytest.approx(float(weights.max()), rel=1e-3),
        0,
    )
    assert sum(counts) == weights.numel()
    assert last["dead"]["1"] == pytest.approx(0.5, abs=0.1)
    assert set(last["outputs"]) == {"0", "2"}
    assert last["outputs"]["0"][0] < -40  # before the nonlinearity
    assert 1e-5 < last["updates"]["2.weight"] < 1


@given(st.lists(st.floats(-1e6, 1e6, width=32) | st.just(float("nan")), max_size=50))
def test_a_histogram_counts_everything_finite(values: list[float]) -> None:
    low, high, lost, *counts = histogram(torch.tensor(values))
    finite = [value for value in values if value == value]
    assert len(counts) == BINS
    assert sum(counts) == len(finite)
    assert lost == pytest.approx(1 - len(finite) / len(values) if values else 0, abs=1e-3)
    if finite:
        assert low == pytest.approx(min(finite), rel=1e-3, abs=1e-6)
        assert high == pytest.approx(max(finite), rel=1e-3, abs=1e-6)


@pytest.mark.parametrize("kind", ["outputs", "weights", "gradients"])
def test_ridgelines(kind: str, tmp_path: Path) -> None:
    train(tmp_path / "histories.jsonl")
    figure = histories(tmp_path, kind)
    titles = [axis.get_title() for axis in figure.axes if axis.get_title()]
    parameters = ["0.weight", "0.bias", "2.weight", "2.bias"]
    assert titles == (["0", "2"] if kind == "outputs" else parameters)
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["step 1", "step 40"]
    flow(tmp_path).savefig(tmp_path / "flow.png")


def test_nan_is_red_and_never_a_crash(tmp_path: Path) -> None:
    train(tmp_path / "h.jsonl", poison=25)
    last = read(tmp_path / "h.jsonl")[-1]
    assert last["weights"]["2.weight"][2] > 0
    assert last["updates"]["2.weight"] is None
    figure = histories(tmp_path / "h.jsonl", "weights", layers=["2.weight"])
    faces = [part.get_facecolor()[0][:3] for part in figure.axes[0].collections]
    colors = {tuple(np.round(face, 2)) for face in faces}
    assert (0.78, 0.16, 0.24) in colors
    for drawn in (figure, flow(tmp_path / "h.jsonl")):
        drawn.savefig(tmp_path / "x.png")


class Empty(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.nothing = nn.Parameter(torch.zeros(0, 5))
        self.layer = nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x) + self.nothing.sum()


def test_empty_tensors(tmp_path: Path) -> None:
    model = Empty()
    optimizer = torch.optim.Adam(model.parameters())
    with record(model, optimizer, tmp_path / "h.jsonl", every=1) as recorder:
        for _ in range(3):
            model(torch.randn(5, 4)).sum().backward()
            optimizer.step()
            recorder.step()
    histories(tmp_path / "h.jsonl").savefig(tmp_path / "x.png")
    flow(tmp_path / "h.jsonl").savefig(tmp_path / "y.png")


def test_a_step_told_anew_and_a_line_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "h.jsonl"
    train(path, steps=20)
    whole = path.read_text().splitlines()
    changed = {**json.loads(whole[1]), "dead": {"1": 0.125}}
    path.write_text("\n".join([*whole, json.dumps(changed), whole[0][:40]]))
    lines = read(path)
    assert [line["step"] for line in lines] == [1, 10, 20]
    assert lines[1]["dead"] == {"1": 0.125}


def test_long_histories_draw_in_seconds(tmp_path: Path) -> None:
    """10,000 steps of a network with 60 weights, recorded every 50th."""
    random = np.random.default_rng(0)
    names = [f"block{i}.weight" for i in range(60)]
    with (tmp_path / "histories.jsonl").open("w") as file:
        for step in range(50, 10_001, 50):
            each = [-1.0, 1.0, 0.0, *random.integers(0, 90, BINS).tolist()]
            line = {"step": step, "outputs": {}, "dead": {}, "updates": dict.fromkeys(names, 1e-3)}
            line |= {kind: dict.fromkeys(names, each) for kind in ("weights", "gradients")}
            file.write(json.dumps(line) + "\n")
    before = time.process_time()
    histories(tmp_path, "weights").savefig(tmp_path / "x.png")
    flow(tmp_path).savefig(tmp_path / "y.png")
    assert time.process_time() - before < 30  # seconds of the processor, with room to spare


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="no such recording"):
        histories(tmp_path)
    (tmp_path / "histories.jsonl").write_text('{"step"')
    with pytest.raises(LabError, match="no whole record"):
        histories(tmp_path)
    train(tmp_path / "h.jsonl", steps=12)
    with pytest.raises(LabError, match=r"'9\.weight'"):
        histories(tmp_path / "h.jsonl", layers=["9.weight"])
    with pytest.raises(LabError, match="'colors'"):
        histories(tmp_path / "h.jsonl", "colors")
