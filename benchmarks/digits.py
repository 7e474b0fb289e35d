"""Digits of which 100 are labelled: what a team and self-training gain over one model.

    python benchmarks/digits.py [--seeds 5] [--members 5] [--taught 1]

scikit-learn's 1,797 digits of 8 x 8 pixels; for each seed 100 with labels to learn from, 100 to
validate with, 1,000 without labels, 597 to test with. Every model is the same small convolutional
network, trained for the same number of steps on digits shifted at random by a pixel at most. The
validation digits calibrate the confidence of self-training and say when it stops; no model learns
from them, and nothing is decided on the test digits. Labels are given by a model's mean answer to
a digit's nine shifts; what is tested is its plain answer.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from irodori.lab.ensemble import Joined, PseudoLabels, Team, self_train

LABELLED, HELD_BACK, UNLABELLED = 100, 100, 1000
STEPS, BATCH, RATE = 500, 32, 2e-3
CONFIDENCE = 0.8
COLUMNS = ("one model", "team", "self-training")


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


def train(data: Joined, seed: int) -> nn.Module:
    """One model; where there are pseudo-labels, a batch has as many of them as of true ones."""
    torch.manual_seed(seed)
    model = network()
    optimizer = torch.optim.Adam(model.parameters(), RATE)
    given, right, weight = next(iter(DataLoader(data, len(data))))
    for _ in range(STEPS):
        chosen = torch.randint(LABELLED, (BATCH,))
        if len(given) > LABELLED:
            chosen = torch.cat([chosen, torch.randint(LABELLED, len(given), (BATCH,))])
        answer = model(shifted(given[chosen]))
        loss = (F.cross_entropy(answer, right[chosen], reduction="none") * weight[chosen]).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model.eval()


def over_shifts(model: nn.Module, batch: Sequence[Tensor]) -> Tensor:
    """The mean of the logits for a batch of digits, each shifted by -1, 0 and 1 along both axes."""
    padded = F.pad(batch[0], (1, 1, 1, 1))
    moved = [padded[:, :, y : y + 8, x : x + 8] for y in range(3) for x in range(3)]
    return torch.stack([model(digits) for digits in moved]).mean(0)


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


def taught_itself(
    labelled: TensorDataset, rest: TensorDataset, held_back: TensorDataset, seed: int
) -> nn.Module:
    return self_train(
        lambda pseudo: train(Joined(labelled, rest, pseudo), seed),
        DataLoader(rest, 500),
        DataLoader(held_back, 500),
        confidence=CONFIDENCE,
        rounds=4,
        patience=2,
        call=over_shifts,
    ).model


def one_seed(seed: int, members: int, taught: int) -> list[float]:
    """Accuracy in %: the mean of single models, their team, the mean of self-trained ones."""
    source = load_digits()
    digits = torch.tensor(source.images, dtype=torch.float32)[:, None] / 16
    right = torch.tensor(source.target)
    order = torch.from_numpy(np.random.default_rng(seed).permutation(len(digits)))
    ends = np.cumsum([LABELLED, HELD_BACK, UNLABELLED]).tolist()
    parts = [TensorDataset(digits[part], right[part]) for part in order.tensor_split(ends)]
    labelled, held_back, unlabelled, test = parts
    rest = TensorDataset(unlabelled.tensors[0])
    seeds = [1000 * seed + number for number in range(members)]
    alone = [train(Joined(labelled, rest, PseudoLabels.none()), each) for each in seeds]
    themselves = [taught_itself(labelled, rest, held_back, each) for each in seeds[:taught]]
    return [
        float(np.mean([accuracy(model, test) for model in alone])),
        accuracy(Team(alone).eval(), test),
        float(np.mean([accuracy(model, test) for model in themselves])),
    ]


def row(name: object, figures: Sequence[float]) -> str:
    return f"{name!s:>5}" + "".join(
        f"{figure:{len(column) + 4}.2f}" for column, figure in zip(COLUMNS, figures, strict=True)
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--members", type=int, default=5, help="of the team")
    parser.add_argument("--taught", type=int, default=1, help="models that teach themselves")
    asked = parser.parse_args()
    print(f"accuracy in %, {LABELLED} labels; a team of {asked.members}\n")
    print(" seed" + "".join(f"{column:>{len(column) + 4}}" for column in COLUMNS))
    found = []
    for seed in range(asked.seeds):
        found.append(one_seed(seed, asked.members, asked.taught))
        print(row(seed, found[-1]), flush=True)
    mean = np.mean(found, 0)
    print(row("mean", mean))
    more = zip(COLUMNS[1:], mean[1:] - mean[0], strict=True)
    gains = ", ".join(f"{column} {gain:+.2f}" for column, gain in more)
    print(f"\ngained over one model, in points: {gains}")


if __name__ == "__main__":
    main()
