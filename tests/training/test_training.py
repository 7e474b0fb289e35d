"""From a folder of pairs to a network that has learnt, stopped and continued on the way."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from irodori.collection.lines import draw_lines
from irodori.training.feed import Policy, Prepared, Samples, collate
from irodori.training.prepare import Pair, prepare, prepare_pair, read_folder
from irodori.training.train import Recipe, source_weights, stream, train


def picture(seed: int, height: int = 90, width: int = 130) -> tuple[np.ndarray, np.ndarray]:
    """Discs of colour with black outlines on white: RGB and its true lines."""
    random = np.random.default_rng(seed)
    color = np.full((height, width, 3), 255, np.uint8)
    line = np.full((height, width), 255, np.uint8)
    for _ in range(4):
        centre = int(random.integers(15, width - 15)), int(random.integers(15, height - 15))
        radius = int(random.integers(8, 25))
        cv2.circle(color, centre, radius, random.integers(0, 255, 3).tolist(), -1)
        cv2.circle(line, centre, radius, 255, -1)
        cv2.circle(color, centre, radius, (0, 0, 0), 2)
        cv2.circle(line, centre, radius, 0, 2)
    return color, line


def pair(seed: int = 0, *, line: bool = True) -> Pair:
    color, drawn = picture(seed)
    return Pair(f"disc-{seed}", "discs", f"discs:{seed}", color, drawn if line else None)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pairs = tmp_path_factory.mktemp("pairs")
    for seed in range(40):
        color, line = picture(seed)
        Image.fromarray(color).save(pairs / f"{seed}.color.webp", lossless=True)
        Image.fromarray(line).save(pairs / f"{seed}.line.webp", lossless=True)
    out = tmp_path_factory.mktemp("prepared")
    found = (
        Pair(each.id, each.source, f"discs:{each.id}", each.color, each.line)
        for each in read_folder(pairs, "discs")
    )
    prepare(found, out, (96, 128), workers=1)
    return out


class TestPrepare:
    def test_true_lines_are_kept(self) -> None:
        (drawing,) = prepare_pair(pair(), 130)
        assert drawing["ink"].shape == (88, 128)
        assert drawing["target"].shape == (22, 32, 3)
        assert drawing["parts"].shape == (22, 32)
        assert drawing["ink"].max() == 255

    def test_without_lines_several_drawings_are_made(self) -> None:
        drawings = prepare_pair(pair(line=False), 130)
        assert len(drawings) == 2
        assert (drawings[0]["ink"] != drawings[1]["ink"]).any()

    def test_colours_come_from_off_the_lines(self) -> None:
        (drawing,) = prepare_pair(pair(), 130)
        certain = drawing["weight"] > 250
        colors = {tuple(color) for color in np.unique(picture(0)[0].reshape(-1, 3), axis=0)}
        found = drawing["target"][certain].astype(int)
        nearest = [min(abs(np.array(color) - cell).max() for color in colors) for cell in found]
        assert np.mean(np.array(nearest) <= 3) > 0.95

    def test_no_group_is_on_two_sides(self) -> None:
        sides: dict[str, set[bool]] = {}
        for seed in range(300):
            one = Pair(f"{seed}", "any", f"g{seed % 60}", *picture(0))
            sides.setdefault(one.group, set()).add(one.for_validation)
        assert all(len(side) == 1 for side in sides.values())
        assert 0 < sum(side == {True} for side in sides.values()) < 15


class TestFeed:
    def test_the_same_seed_gives_the_same_samples(self, prepared: Path) -> None:
        drawings = Prepared(prepared / "96")
        indices = np.arange(8)
        for key, value in Samples(drawings, indices, Policy(), 7)[5].items():
            assert torch.equal(value, Samples(drawings, indices, Policy(), 7)[5][key])

    @settings(deadline=None, max_examples=30)
    @given(seed=st.integers(0, 10_000))
    def test_a_sample_holds_what_its_docstrings_say(self, prepared: Path, seed: int) -> None:
        sample = Samples(Prepared(prepared / "96"), np.arange(40), Policy(), seed)[seed % 40]
        _, height, width = sample["ink"].shape
        assert sample["hints"].shape == (8, height // 4, width // 4)
        for key in ("ink", "hints", "palette", "weight", "shade"):
            assert sample[key].min() >= 0
            assert sample[key].max() <= 1
            assert sample[key].dtype == torch.float32
        mask = sample["hints"][3]
        assert (sample["hints"][:3] <= mask + 1e-6).all(), "colour is premultiplied"
        assert (mask.max() > 0) == (sample["hints"][7].max() > 0), "every hint flows"

    def test_a_third_and_more_have_no_hints(self, prepared: Path) -> None:
        samples = Samples(Prepared(prepared / "96"), np.arange(40).repeat(5), Policy(), 1)
        bare = np.mean([not samples[i]["hints"].any() for i in range(200)])
        with_palette = np.mean([bool(samples[i]["palette"].any()) for i in range(200)])
        assert 0.3 < bare < 0.5
        assert with_palette > 0.4

    def test_padding_of_a_batch_weighs_nothing(self, prepared: Path) -> None:
        samples = Samples(Prepared(prepared / "96"), np.arange(40), Policy(), 3)
        batch = collate([samples[i] for i in range(5)])
        assert batch["ink"].shape[2] == 4 * batch["weight"].shape[2]
        total = sum(float(samples[i]["weight"].sum()) for i in range(5))
        assert float(batch["weight"].sum()) == pytest.approx(total)

    def test_large_sources_do_not_drown_small_ones(self) -> None:
        weights = source_weights(np.array(["kit"] * 900 + ["hand"] * 100))
        assert weights.sum() == pytest.approx(1)
        assert 0.15 < weights[900:].sum() < 0.3


@pytest.mark.parametrize("seed", range(4))
def test_drawn_lines_follow_the_outlines(seed: int) -> None:
    color, line = picture(seed)
    ink = draw_lines(color, np.random.default_rng(seed))
    assert ink.shape == line.shape
    assert ink.min() >= 0
    assert ink.max() <= 1
    near = cv2.dilate(255 - line, np.ones((7, 7), np.uint8)) > 0
    assert ink[~near].sum() < 0.1 * ink.sum(), "no ink away from the outlines"


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning")
class TestTrain:
    def test_the_order_goes_on_where_it_stopped(self, prepared: Path) -> None:
        drawings, recipe = Prepared(prepared / "96"), Recipe(minutes=1, batch=4)
        from_start = stream(drawings, recipe, 0)
        batches = [next(from_start) for _ in range(4)]
        from_start.close()
        resumed = stream(drawings, recipe, 2)
        for batch in batches[2:]:
            again = next(resumed)
            assert all(torch.equal(batch[key], again[key]) for key in batch)
        resumed.close()

    @pytest.mark.slow
    def test_a_short_run_learns_and_a_stopped_one_goes_on(
        self, prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("irodori.training.train.STAGES", ((0.0, 96), (0.8, 128)))
        train(prepared, tmp_path, Recipe(minutes=0.6, batch=8))
        lines = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
        votes = [line["votes"] for line in lines if "votes" in line]
        assert votes[-1] < 0.8 * votes[0]
        step = torch.load(tmp_path / "checkpoint.pt", weights_only=True)["state"]["step"]
        train(prepared, tmp_path, Recipe(minutes=0.9, batch=8))
        assert torch.load(tmp_path / "checkpoint.pt", weights_only=True)["state"]["step"] > step
