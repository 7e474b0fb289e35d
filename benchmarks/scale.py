"""The steps of a collection on Ray against this machine's processes: the same bytes, and the time.

    python benchmarks/scale.py [--records 20000] [--synth 2000] [--slope 2000 20000 200000]
                               [--engines local ray] [--only steps kill slope train] [--workers 2]
                               [--steps clean label pair split shards synth]

steps: every step that takes --workers, on drawn pictures of 48 x 36 pixels, by local processes and
by Ray; whether all files are the same, byte for byte, and the seconds of both. kill: pairing while
a worker of Ray's is killed (SIGKILL) in the middle. slope: `irodori data split`, which reads every
picture, at several numbers of records, and the power of the records with which its time grows.
train: two workers of Ray Train against two local processes and one, and a run that loses a worker.
A Ray cluster is started on this machine for all of it, and stopped.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import signal
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from math import log
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from irodori.collection.clean import clean
from irodori.collection.importing import measures
from irodori.collection.label import Tagger, label_step
from irodori.collection.mapper import Mapper, map_processes
from irodori.collection.pair import Pairing, pair
from irodori.collection.shards import write_shards
from irodori.collection.split import split
from irodori.collection.steps import run_step
from irodori.collection.store import Collection
from irodori.collection.synth.write import synthesize
from irodori.collection.thresholds import Thresholds
from irodori.scale.cluster import cluster
from irodori.scale.mapper import map_ray

WIDTH, HEIGHT = 48, 36
LIMITS = Thresholds(least_side=16)
DISTINCT = 500  # pictures that the many records of the slope share
TAGS = ("blue", "green", "red", "warm")

Step = Callable[[Path, Mapper], object]


def drawn(number: int) -> bytes:
    """A picture as PNG: three blobs of color with lines around them; another for every number."""
    random = np.random.default_rng(number)
    picture = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    for _ in range(3):
        corners = random.random((int(random.integers(3, 9)), 2)) * (WIDTH, HEIGHT)
        hull = [cv2.convexHull(corners.astype(np.int32))]
        cv2.drawContours(picture, hull, 0, random.integers(40, 250, 3).tolist(), -1)
        cv2.drawContours(picture, hull, 0, (20, 20, 20), 1)
    return cv2.imencode(".png", picture)[1].tobytes()


def lay(folder: Path, count: int, distinct: int | None = None) -> None:
    """A collection of so many records, of which some may share a file."""
    (folder / "drawn").mkdir(parents=True)
    files = []
    for number in range(distinct or count):
        path, data = f"drawn/{number:06d}.png", drawn(number)
        (folder / path).write_bytes(data)
        files.append({"path": path, **measures(data)})
    Collection.create(folder).add(
        {"id": f"{number:06d}", "source": "drawn", "tags": ["drawn"], **files[number % len(files)]}
        for number in range(count)
    )


def tagger(folder: Path) -> Tagger:
    """A small network in ONNX that tells the mean color."""
    import onnx
    from onnx import TensorProto, helper

    given = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 32, 32, 3])
    told = helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["N", len(TAGS)])
    weights = np.abs(np.random.default_rng(0).random((3, len(TAGS)), np.float32)) / 255 / 3
    constants = {"axes": np.array([1, 2], np.int64), "weights": weights}
    nodes = [
        helper.make_node("ReduceMean", ["x", "axes"], ["mean"], keepdims=0),
        helper.make_node("MatMul", ["mean", "weights"], ["scores"]),
    ]
    first = [onnx.numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "tagger", [given], [told], first)
    opset = [helper.make_opsetid("", 18)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=9), folder / "tagger.onnx")
    (folder / "tags.txt").write_text("\n".join(TAGS) + "\n")
    return Tagger(folder / "tagger.onnx", folder / "tags.txt", threshold=0.3)


def steps(top: Path, synth: int, workers: int) -> dict[str, tuple[int | None, Step]]:
    """By name: of how many records, if not of all, and what is done to a folder."""
    sees = label_step(tagger(top))

    def label(folder: Path, mapper: Mapper) -> object:
        return run_step(Collection.open(folder), sees, workers=workers, mapper=mapper)

    def draw(folder: Path, mapper: Mapper) -> object:
        return synthesize(folder / "synth", synth, size=64, workers=workers, mapper=mapper)

    def shards(folder: Path, mapper: Mapper) -> object:
        out = folder / "shards"
        return write_shards(folder, out, per_shard=500, workers=workers, mapper=mapper)

    return {
        "clean": (
            None,
            lambda f, m: clean(Collection.open(f), LIMITS, workers=workers, mapper=m),
        ),
        "label": (None, label),
        "pair": (None, lambda f, m: pair(f, Pairing(), workers=workers, mapper=m)),
        "split": (None, lambda f, m: split(f, workers=workers, mapper=m)),
        "shards": (None, shards),
        "synth": (synth, draw),
    }


def digest(folder: Path) -> str:
    """Of all files' names and contents."""
    whole = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            whole.update(f"{path.relative_to(folder)} ".encode())
            whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def seconds(work: Callable[[], object]) -> float:
    """Of the clock."""
    before = time.perf_counter()
    work()
    return time.perf_counter() - before


def compare_steps(
    top: Path, records: int, synth: int, workers: int, only: list[str] | None
) -> None:
    """Each step by local processes and by Ray, one after the other, as a person would."""
    local, ray = top / "local", top / "ray"
    lay(local, records)
    shutil.copytree(local, ray)
    print(f"{workers} workers each", flush=True)
    print("step        records   local s     ray s   the same files", flush=True)
    for name, (count, step) in steps(top, synth, workers).items():
        if only is not None and name not in only:
            continue
        here = seconds(partial(step, local, map_processes))
        there = seconds(partial(step, ray, map_ray))
        same = "yes" if digest(local) == digest(ray) else "NO"
        print(f"{name:8} {count or records:10} {here:9.1f} {there:9.1f}   {same}", flush=True)


def ray_workers(task: str) -> list[int]:
    """Processes on this machine that are at work on a task of Ray's."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                title = (entry / "cmdline").read_bytes().decode(errors="replace")
            except OSError:
                continue
            if title.startswith("ray::") and task in title:
                found.append(int(entry.name))
    return found


@contextmanager
def killing(task: str, ready: Callable[[], bool]) -> Iterator[list[int]]:
    """Kills one of Ray's workers once `ready` says so; the list holds its number then."""
    killed: list[int] = []

    def watch() -> None:
        while not (ready() and (there := ray_workers(task))):
            time.sleep(0.02)
        os.kill(there[0], signal.SIGKILL)
        killed.append(there[0])

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    yield killed
    watcher.join(1)


def kill_one(top: Path, records: int, workers: int) -> None:
    """Pairing, while a worker is killed after a fifth of the pictures."""
    local, ray = top / "unharmed", top / "killed"
    lay(local, records)
    shutil.copytree(local, ray)
    pair(local, Pairing(), workers=workers)
    done = [0]

    def progress(number: int, total: int, name: str) -> None:
        done[0] = number

    with killing("Map", lambda: done[0] > records // 5) as killed:
        pair(ray, Pairing(), workers=workers, mapper=map_ray, progress=progress)
    same = "yes" if digest(local) == digest(ray) else "NO"
    print(f"a worker killed at {records // 5} of {records}: {len(killed)} killed, the same: {same}")


def slope(top: Path, sizes: list[int], workers: int, engines: list[str]) -> None:
    """Time against records, of a cheap step: what does not grow with the pictures' size."""
    mappers: dict[str, Mapper] = {"local": map_processes, "ray": map_ray}
    print("engine   records         s  s/1000  power of the records", flush=True)
    for name in engines:
        before: tuple[int, float] | None = None
        for size in sizes:
            folder = top / f"{name}-{size}"
            lay(folder, size, DISTINCT)
            took = seconds(partial(split, folder, workers=workers, mapper=mappers[name]))
            shutil.rmtree(folder)
            power = before and log(took / before[1]) / log(size / before[0])
            shown = "" if power is None else f"{power:.2f}"
            print(f"{name:6} {size:9} {took:9.1f} {1000 * took / size:7.3f}  {shown}", flush=True)
            before = size, took


def train_two(top: Path) -> None:
    """Two workers of Ray Train, two local processes, one; and a run that loses a worker."""
    from irodori.scale import training
    from irodori.training.loop import train
    from irodori.training.recipe import Recipe
    from irodori.training.runs import Run, all_runs

    def errors(run: Run) -> list[float]:
        return [line["valid/error"] for line in run.metrics() if "valid/error" in line]

    synthesize(top / "art", 12, size=64, workers=1)
    asked: dict[str, Any] = {"size": 64, "held_back": 4, "seed": 1, "warmup": 2, "steps": 1}
    recipe = replace(Recipe("spatial", str(top / "art"), **asked).simplest(), workers=0)
    two = replace(recipe, devices=2, batch=4, steps=200, every=20, precision="32")
    one = replace(two, devices=1, batch=8)

    def ready() -> bool:
        runs = all_runs(top / "lost")
        return bool(runs) and len(errors(runs[-1])) > 3

    ends = {}
    for name, work in {
        "Ray Train, 2 workers": lambda: training.train(two, top / "ray", quiet=True),
        "local, 2 processes": lambda: train(two, top / "two", quiet=True),
        "local, 1 process": lambda: train(one, top / "one", quiet=True),
    }.items():
        took = seconds(lambda work=work, name=name: ends.update({name: work()}))
        found = errors(ends[name])
        print(f"{name:22} {found[0]:.4f} -> {found[-1]:.4f}  {took:6.1f} s", flush=True)
    with killing("TrainWorker", ready) as killed:
        run = training.train(two, top / "lost", quiet=True)
    weights = [
        (each.checkpoints()[-1].folder / "network.safetensors").read_bytes()
        for each in (ends["Ray Train, 2 workers"], run)
    ]
    same = "the same weights" if weights[0] == weights[1] else "other weights"
    print(f"{'a worker lost':22} -> {errors(run)[-1]:.4f}  {len(killed)} killed, {same}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--synth", type=int, default=2_000)
    parser.add_argument("--slope", type=int, nargs="+", default=[2_000, 20_000, 200_000])
    parser.add_argument("--engines", choices=("local", "ray"), nargs="+", default=["local", "ray"])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--steps", nargs="+", metavar="STEP", help="of the steps, only these")
    parts = ("steps", "kill", "slope", "train")
    parser.add_argument("--only", choices=parts, nargs="+", default=parts)
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as made:
        top = Path(made)
        start = time.perf_counter()
        with cluster(cores=asked.workers):
            print(f"Ray started in {time.perf_counter() - start:.1f} s", flush=True)
            list(map_ray(abs, range(100)))  # its first work costs some seconds more
            if "steps" in asked.only:
                compare_steps(top, asked.records, asked.synth, asked.workers, asked.steps)
            if "kill" in asked.only:
                kill_one(top, max(400, asked.records // 10), asked.workers)
            if "slope" in asked.only:
                slope(top, asked.slope, asked.workers, asked.engines)
            if "train" in asked.only:
                train_two(top)


if __name__ == "__main__":
    main()
