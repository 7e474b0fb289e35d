"""Samples that look alike to a network: its features, and clusters of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import Tensor, nn

from irodori.lab.error_analysis.rules import CLUSTER, Sample
from irodori.lab.errors import LabError
from irodori.lab.inspect.calling import Call, call, device_of, layer_named, output_of, to_device
from irodori.lab.modes import evaluation

_MOST = 12  # clusters
_AXES = 16  # of the features, the strongest


def features(
    model: nn.Module, loader: Iterable[Any], layer: str | None = None, *, call: Call = call
) -> NDArray[np.float32]:
    """What a layer answers for each sample, its mean over the picture: float32 (N, C).

    layer: by default the layer with the smallest map, and of those the widest: the bottleneck.
    Raises LabError for a layer that is not there, or a loader without batches.
    """
    device = device_of(model)
    found: list[Tensor] = []
    with evaluation(model), torch.no_grad():
        for batch in loader:
            batch = to_device(batch, device)
            layer = layer or _bottleneck(model, batch, call)
            with output_of(layer_named(model, layer)) as heard:
                call(model, batch)
            found.append(heard[0].float().flatten(2).mean(2) if heard[0].dim() > 2 else heard[0])
    if not found:
        raise LabError("the loader gives no batch; features need some")
    return np.asarray(torch.cat(found).cpu().numpy(), np.float32)


def _bottleneck(model: nn.Module, batch: Any, call: Call) -> str:
    """The layer whose answer has the least pixels and the most channels."""
    sizes: dict[str, tuple[int, int]] = {}
    handles = []
    for name, module in model.named_modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):

            def hear(module: nn.Module, inputs: Any, output: Tensor, name: str = name) -> None:
                if output.dim() in (2, 4):
                    pixels = int(np.prod(output.shape[2:]))
                    sizes.setdefault(name, (pixels, -output.shape[1]))

            handles.append(module.register_forward_hook(hear))
    try:
        call(model, batch)
    finally:
        for handle in handles:
            handle.remove()
    if not sizes:
        raise LabError(
            f"{type(model).__name__} has no convolution or dense layer; name a layer with layer="
        )
    maps = {name: size for name, size in sizes.items() if size[0] > 1} or sizes
    return min(maps, key=lambda name: maps[name])


def find_clusters(features: NDArray[Any], *, seed: int = 0) -> Pipeline:
    """Clusters of features (N, C): `predict` of what is returned tells those of others.

    k-means over the strongest principal axes; the number of clusters grows as the root of N, 12 at
    most. Raises LabError for fewer than four samples that differ.
    """
    finite = np.nan_to_num(np.asarray(features, float))
    different = len(np.unique(finite, axis=0))
    if different < 4:
        raise LabError(f"{different} samples differ in their features; clusters need 4 at least")
    count = int(np.clip(round(np.sqrt(different / 4)), 2, _MOST))
    axes = min(_AXES, *finite.shape, different - 1)
    steps = (
        StandardScaler(),
        PCA(axes, random_state=seed),
        KMeans(count, n_init=4, random_state=seed),
    )
    return make_pipeline(*steps).fit(finite)


def cluster_facts(
    samples: Sequence[Sample], features: NDArray[Any], *, seed: int = 0
) -> list[Sample]:
    """The samples with one more fact, the number of the cluster that its features lie in."""
    numbers = find_clusters(features, seed=seed).predict(np.nan_to_num(np.asarray(features, float)))
    return [
        replace(sample, facts={**sample.facts, CLUSTER: str(number)})
        for sample, number in zip(samples, numbers.tolist(), strict=True)
    ]
