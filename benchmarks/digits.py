"""Digits of which 100 are labelled: what a team and self-training gain over one model.

    python benchmarks/digits.py [--seeds 5] [--members 5]

scikit-learn's 1,797 digits of 8 x 8 pixels; for each seed 100 with labels, 1,000 without, 697 to
test with. Every model is the same small convolutional network, trained the same way for the same
number of steps on digits shifted at random by a pixel at most. The single model learns from all 100
labels, and so does each member of the team. Self-training has no more: 25 of the 100 are held back
to calibrate confidence and to say when to stop; then one model learns from all 100 and the labels
of the best round. Nothing is decided on the test digits.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, TensorDataset

from irodori.lab.ensemble import Joined, PseudoLabels, Team, self_train

LABELLED, HELD_BACK, UNLABELLED = 100, 25, 1000
STEPS, BATCH, RATE = 500, 32, 2e-3
CONFIDENCE = 0.8
COLUMNS = ("one model", "team", "self-training", "both")


def network() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, 2, 1),
        nn.BatchNorm2d(16),
        nn.ReLU(),
        nn.Conv2d(16, 32, 3, 2, 1),
        nn.BatchNorm2d(32),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(128, 10),
    )


def train(data: Dataset[tuple[Tensor, int, float]], seed: int) -> nn.Module:
    """One model, on (digit, class, weight)."""
    torch.manual_seed(seed)
    model = network()
    optimizer = torch.optim.Adam(model.parameters(), RATE)
    given, right, weight = next(iter(DataLoader(data, len(data))))  # type: ignore[arg-type]
    for _ in range(STEPS):
        chosen = torch.randint(len(given), (BATCH,))
        answer = model(shifted(given[chosen]))
        loss = (F.cross_entropy(answer, right[chosen], reduction="none") * weight[chosen]).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model.eval()


def shifted(digits: Tensor) -> Tensor:
    """Each by -1, 0 or 1 pixel along both axes."""
    move = torch.randint(0, 3, (len(digits), 2))
    rows = (move[:, :1] + torch.arange(8))[:, :, None]
    columns = (move[:, 1:] + torch.arange(8))[:, None]
    padded = F.pad(digits, (1, 1, 1, 1))
    return padded[torch.arange(len(digits))[:, None, None], 0, rows, columns][:, None]


@torch.no_grad()
def accuracy(model: nn.Module, data: TensorDataset) -> float:
    digits, right = data.tensors
    return 100 * float((model(digits).argmax(1) == right).float().mean())


def taught_itself(labelled: TensorDataset, rest: TensorDataset, seed: int) -> nn.Module:
    """Self-training within the labels there are."""
    digits, right = labelled.tensors
    known = TensorDataset(digits[HELD_BACK:], right[HELD_BACK:])
    held_back = TensorDataset(digits[:HELD_BACK], right[:HELD_BACK])
    found = self_train(
        lambda pseudo: train(Joined(known, rest, pseudo), seed),
        DataLoader(rest, 500),
        DataLoader(held_back, HELD_BACK),
        confidence=CONFIDENCE,
        rounds=5,
        patience=2,
    )
    return train(Joined(labelled, rest, found.pseudo), seed)


def one_seed(seed: int, members: int) -> list[float]:
    """Accuracy in %: the mean of single models, their team, self-trained ones, and their team."""
    source = load_digits()
    digits = torch.tensor(source.images, dtype=torch.float32)[:, None] / 16
    right = torch.tensor(source.target)
    order = torch.from_numpy(np.random.default_rng(seed).permutation(len(digits)))
    first, second, third = order.tensor_split([LABELLED, LABELLED + UNLABELLED])
    labelled, rest, test = (
        TensorDataset(digits[first], right[first]),
        TensorDataset(digits[second]),
        TensorDataset(digits[third], right[third]),
    )
    seeds = [1000 * seed + number for number in range(members)]
    alone = [train(Joined(labelled, rest, PseudoLabels.none()), each) for each in seeds]
    taught = [taught_itself(labelled, rest, each) for each in seeds]
    return [
        float(np.mean([accuracy(model, test) for model in alone])),
        accuracy(Team(alone).eval(), test),
        float(np.mean([accuracy(model, test) for model in taught])),
        accuracy(Team(taught).eval(), test),
    ]


def row(name: object, figures: Sequence[float]) -> str:
    return f"{name!s:>5}" + "".join(
        f"{figure:{len(column) + 4}.2f}" for column, figure in zip(COLUMNS, figures, strict=True)
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--members", type=int, default=5)
    asked = parser.parse_args()
    print(f"accuracy in %, {LABELLED} labels, {asked.members} models each\n")
    print(" seed" + "".join(f"{column:>{len(column) + 4}}" for column in COLUMNS))
    found = []
    for seed in range(asked.seeds):
        found.append(one_seed(seed, asked.members))
        print(row(seed, found[-1]), flush=True)
    mean = np.mean(found, 0)
    print(row("mean", mean))
    more = zip(COLUMNS[1:], mean[1:] - mean[0], strict=True)
    gains = ", ".join(f"{column} {gain:+.2f}" for column, gain in more)
    print(f"\ngained over one model, in points: {gains}")


if __name__ == "__main__":
    main()
