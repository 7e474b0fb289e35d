"""Features are a layer's means; what looks alike to them becomes a group that can be named."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from irodori.lab.error_analysis import (
    Sample,
    cluster_facts,
    cost_chart,
    costliest,
    features,
    find_clusters,
)
from irodori.lab.errors import LabError


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 8, 3, padding=1)
        self.down = nn.Conv2d(8, 16, 3, stride=4)
        self.up = nn.Conv2d(16, 3, 1)

    def forward(self, x: Tensor) -> Tensor:
        small = self.down(torch.relu_(self.first(x)))
        return nn.functional.interpolate(self.up(small), size=x.shape[2:])


def test_features_are_means_of_the_bottleneck() -> None:
    torch.manual_seed(0)
    model = Net().train()
    batches = [torch.randn(3, 3, 12, 20), torch.randn(2, 3, 12, 20)]
    found = features(model, batches)
    assert found.shape == (5, 16)
    assert model.training
    with torch.no_grad():
        expected = [model.down(torch.relu(model.first(b))).mean((2, 3)) for b in batches]
    np.testing.assert_allclose(found, torch.cat(expected).numpy(), rtol=1e-5)
    assert features(model, batches, "first").shape == (5, 8)
    with pytest.raises(LabError, match="no layer 'last'"):
        features(model, batches, "last")
    with pytest.raises(LabError, match="gives no batch"):
        features(model, [])


def test_a_cluster_that_errs_is_named_and_tells_others_apart() -> None:
    random = np.random.default_rng(0)
    kinds = random.integers(0, 4, 300)
    centers = 8 * random.normal(size=(4, 10))
    points = centers[kinds] + random.normal(size=(300, 10))
    errors = random.normal(2, 0.3, 300) + 2 * (kinds == 2)
    samples = [
        Sample(str(i), float(e), {"x": float(i % 7), "y": float(kind == 2) + i % 3 / 10})
        for i, (e, kind) in enumerate(zip(errors, kinds, strict=True))
    ]
    # A fact that says the same as the cluster would be named in its place; half of it does not.
    samples = [
        Sample(s.id, s.error, s.facts if i % 2 else {"x": s.facts["x"], "y": 0.0})
        for i, s in enumerate(samples)
    ]
    groups = costliest(cluster_facts(samples, points))
    named = [i for group in groups for i in group.members if group.rule.fact == "cluster"]
    assert set(named) == set(np.flatnonzero(kinds == 2))
    assert [rule.fact for rule in groups[0].goes_with] == ["y"]
    clusters = find_clusters(points)
    fresh = clusters.predict(centers + 0.1)
    assert len(set(fresh)) == 4
    assert cost_chart(groups, 2.5).axes[0].get_yticklabels()


def test_a_fact_is_named_before_a_cluster_of_the_same() -> None:
    random = np.random.default_rng(0)
    own = np.arange(200) < 40
    points = 9 * own[:, None] + random.normal(size=(200, 3))
    samples = [
        Sample(str(i), float(random.normal(2, 0.3)) + 2 * bool(o), {"source": "ab"[int(o)]})
        for i, o in enumerate(own)
    ]
    assert str(costliest(cluster_facts(samples, points))[0].rule) == "source: b"


def test_nan_and_points_that_are_one() -> None:
    points = np.random.default_rng(0).normal(size=(50, 4))
    points[3, 1] = np.nan
    find_clusters(points)
    with pytest.raises(LabError, match="1 samples differ"):
        find_clusters(np.ones((20, 3)))
