"""A team of colorists: its ONNX graphs against the mean of its members in PyTorch, and its laws."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from irodori.color.colorist import Colorist
from irodori.color.drawing import Drawing
from irodori.color.hints import Dab, Hints
from irodori.network.colornet import ColorNet
from irodori.training.ensemble import Joined, join_runs
from irodori.training.errors import TrainingError
from irodori.training.loop import train
from irodori.training.recipe import Recipe
from irodori.training.runs import Run
from irodori.training.team import ColorTeam, join, together

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


def votes(seed: int, bins: int) -> tuple[Tensor, Tensor]:
    torch.manual_seed(seed)
    return torch.randn(2, bins + 17, 3, 5).softmax(1), torch.rand(2, 1, 3, 5)


class TestJoin:
    @given(st.permutations(range(3)), st.sampled_from(["average", "confidence", "vote"]))
    @settings(max_examples=20)
    def test_sums_are_one_and_order_does_not_matter(self, order: list[int], how: str) -> None:
        answers, places, weights = [votes(n, 6) for n in range(3)], [list(range(6))] * 3, [1, 2, 3]
        there, shade = join(answers, places, how, weights)  # type: ignore[arg-type]
        again, _ = join([answers[n] for n in order], places, how, [weights[n] for n in order])  # type: ignore[arg-type]
        assert torch.allclose(there.sum(1), torch.ones(2, 3, 5), atol=1e-5)
        assert torch.allclose(there, again, atol=1e-6)
        assert bool((shade >= 0).all())
        assert bool((shade <= 1).all())

    def test_one_member_equals_itself(self) -> None:
        its_votes, shade = votes(0, 6)
        found, its_shade = join([(its_votes, shade)], [list(range(6))], "average", None)
        assert torch.allclose(found, its_votes, atol=1e-5)
        assert torch.equal(its_shade, shade)

    def test_members_that_know_other_colors(self) -> None:
        first, second = torch.rand(4, 3), torch.rand(3, 3)
        second[0] = first[2]
        bins, places = together([first, second])
        assert bins.shape == (6, 3)
        assert places == [[0, 1, 2, 3, 4, 4], [3, 3, 0, 3, 1, 2]]
        one, other = votes(0, 4), votes(1, 3)
        found = join([one, other], places, "average", None)[0]
        assert torch.allclose(found[:, 2], (one[0][:, 2] + other[0][:, 0]) / 2)
        assert torch.allclose(found[:, 1], one[0][:, 1] / 2)
        assert torch.allclose(found[:, 6:], (one[0][:, 4:] + other[0][:, 3:]) / 2)

    def test_red_and_blue_never_make_purple(self) -> None:
        """Two agree on red, one says blue: all three votes are for red or blue, most for red."""
        bins = 3  # red, blue, purple
        says = [torch.full((1, bins + 17, 1, 1), 1e-6) for _ in range(3)]
        for each, color in zip(says, (0, 0, 1), strict=True):
            each[:, color] = 1
        answers = [(each / each.sum(), torch.ones(1, 1, 1, 1)) for each in says]
        found = join(answers, [list(range(bins))] * 3, "average", None)[0][0, :, 0, 0]
        assert found.argmax() == 0
        assert found[0] == pytest.approx(2 / 3, abs=1e-3)
        assert found[2] < 1e-4


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("team")


@pytest.fixture(scope="module")
def two(folder: Path, pairs: Path) -> list[Run]:
    """Two short runs of the voting design that start from the same weights."""
    torch.set_num_threads(1)
    recipe = Recipe(
        "quick",
        collection=str(pairs),
        start="quick",
        steps=2,
        size=32,
        batch=4,
        precision="32",
        every=1,
        workers=0,
        average=0.5,
        rate=1e-3,
        warmup=1,
        held_back=12,
        seed=1,
    )
    runs = [train(recipe, folder / "runs", quiet=True)]
    return [*runs, train(Recipe(**(recipe.to_json() | {"seed": 2})), folder / "runs", quiet=True)]


@pytest.fixture(scope="module")
def joined(two: list[Run], folder: Path) -> Joined:
    return join_runs(two, folder / "team.onnx", how="average")


def house(height: int = 70, width: int = 110) -> Drawing:
    ink = np.zeros((height, width), np.float32)
    ink[20:50, 40:42] = ink[20:50, 80:82] = 1
    ink[20:22, 40:82] = ink[48:50, 40:82] = 1
    return Drawing(ink)


def network_of(run: Run) -> ColorNet:
    design = run.design(run.best())
    design.network.load_state_dict(run.best().weights())
    network = design.network.eval()
    assert isinstance(network, ColorNet)
    return network


@torch.no_grad()
def test_the_graphs_answer_with_the_members_mean(two: list[Run], joined: Joined) -> None:
    colorist = Colorist.load(joined.colorist)
    assert colorist.name == "team"
    encoding = colorist.encode(house(), work_size=96)
    hints = torch.zeros(1, 8, *encoding.grid.ink.shape)
    palette = torch.rand(1, 16, 4)
    rows, columns = encoding.grid.ink.shape
    ink = torch.rand(1, 1, 4 * rows, 4 * columns)
    answers = [network_of(run)(ink, hints, palette)[0].exp() for run in two]
    expected = torch.stack(answers).mean(0)[:, :, :rows, :columns]
    import onnxruntime

    features = onnxruntime.InferenceSession(joined.colorist / "encode.onnx").run(
        None, {"ink": ink.numpy()}
    )
    (found,) = onnxruntime.InferenceSession(joined.colorist / "color.onnx").run(
        ["votes"],
        dict(zip(("fine", "coarse"), features, strict=True))
        | {"hints": hints.numpy(), "palette": palette.numpy()},
    )
    assert np.abs(found - expected.numpy()).max() < 2e-3  # weights are stored as halves
    assert np.abs(answers[0] - answers[1])[:, :, :rows, :columns].max() > 5e-3


def test_a_team_colors_as_any_colorist(joined: Joined) -> None:
    colorist = Colorist.load(joined.colorist)
    hinted = colorist.colorize(house(), Hints((Dab(60, 35, (200, 30, 90)),)))
    assert tuple(hinted.flats[35, 60]) == (200, 30, 90)
    assert len(colorist.propose(house(), 3)) == 3


def test_its_figures_are_printed(joined: Joined, two: list[Run]) -> None:
    lines = joined.table().splitlines()
    assert lines[0].split() == ["no", "hints", "10", "hints", "colorful", "weight"]
    assert [line.split()[0] for line in lines[1:3]] == [run.folder.name for run in two]
    assert lines[3].startswith("all together")
    assert "than that of the best, 0000" in lines[4]
    assert joined.weights == [0.5, 0.5]
    for each in [*joined.members.values(), joined.team]:
        assert 0 < each.errors["10"] < each.errors["0"] < 40
        assert 0 <= each.colorful < 2


def test_it_is_whole_or_not_there(joined: Joined, two: list[Run], folder: Path) -> None:
    assert sorted(path.name for path in folder.iterdir()) == ["runs", "team.onnx"]
    card = json.loads((joined.colorist / "colorist.json").read_text())
    assert card["name"] == "team"
    with pytest.raises(TrainingError, match="exists"):
        join_runs(two, joined.colorist)


def test_a_network_of_one_member_is_that_member(two: list[Run]) -> None:
    network = network_of(two[0])
    ink, hints, palette = torch.rand(2, 1, 40, 64), torch.rand(2, 8, 10, 16), torch.rand(2, 16, 4)
    with torch.no_grad():
        votes, shade = ColorTeam([network])(ink, hints, palette)
        own, own_shade = network(ink, hints, palette)
    assert torch.allclose(votes.exp(), own.exp(), atol=1e-6)
    assert torch.allclose(shade, own_shade)


class TestRefused:
    def test_pictures_do_not_vote(self, tiny: Callable[..., Recipe], tmp_path: Path) -> None:
        runs = [
            train(tiny("baseline", steps=1, every=1, seed=seed), tmp_path / "runs", quiet=True)
            for seed in (1, 2)
        ]
        with pytest.raises(TrainingError, match="answers with a picture, and the mean"):
            join_runs(runs, tmp_path / "team")
        assert not (tmp_path / "team").exists()
        with pytest.raises(TrainingError, match="named twice"):
            join_runs([runs[0], runs[0]], tmp_path / "team")

    def test_one_checkpoint_is_no_team(self, tiny: Callable[..., Recipe], tmp_path: Path) -> None:
        run = train(tiny("baseline", steps=1, every=5, keep=0), tmp_path / "runs", quiet=True)
        with pytest.raises(TrainingError, match="has 1 checkpoint, and a team needs two"):
            join_runs([run], tmp_path / "team", how="weights")


def test_weights_of_one_runs_checkpoints(tiny: Callable[..., Recipe], tmp_path: Path) -> None:
    run = train(tiny("baseline", steps=4, every=1, keep=5), tmp_path / "runs", quiet=True)
    joined = join_runs([run], tmp_path / "mean", how="weights", limit=2)
    assert len(joined.members) == len(run.checkpoints()) == 5
    assert Colorist.load(joined.colorist).colorize(house()).flats.shape == (70, 110, 3)
    with pytest.raises(TrainingError, match="--choose picks who votes"):
        join_runs([run], tmp_path / "other", how="weights", chosen=True)
