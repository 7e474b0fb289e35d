"""On Ray comes out what comes out here, byte for byte; what goes wrong is one line."""

from __future__ import annotations

import operator
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from irodori.collection.clean import clean
from irodori.collection.importing import Given, import_pictures
from irodori.collection.mapper import Mapper, map_processes
from irodori.collection.pair import Pairing, pair
from irodori.collection.shards import write_shards
from irodori.collection.split import split
from irodori.collection.store import Collection
from irodori.collection.synth.write import synthesize
from irodori.collection.thresholds import Thresholds
from irodori.color import batch
from irodori.color.errors import HintError, OutputError
from irodori.color.hints import Dab, Hints, parse_dab
from irodori.scale.coloring import colorize_files
from irodori.scale.mapper import map_ray

pytestmark = pytest.mark.filterwarnings("ignore")  # Ray's about its own settings and versions

Contents = Callable[[Path], dict[str, str]]


class TestMapper:
    @pytest.mark.parametrize("count", [0, 1, 20, 333])
    def test_results_come_in_the_order_of_the_items(self, count: int, ray: None) -> None:
        items = [7 * number % 101 - 50 for number in range(count)]
        assert list(map_ray(abs, items, worth=20)) == [abs(item) for item in items]

    def test_few_other_processes_do_the_work(self, ray: None) -> None:
        """What a worker has loaded stays with it: none is started anew for each item."""
        processes = {
            int(Path(name).name) for name in map_ray(os.path.realpath, ["/proc/self"] * 40)
        }
        assert os.getpid() not in processes
        assert len(processes) <= 2

    def test_what_a_function_raises_is_raised_here(self, ray: None) -> None:
        given = ["1,1,#ff0000", "2,2,#00ff00", "nonsense", "3,3,#0000ff"]
        results = map_ray(parse_dab, given)
        assert next(results).x == 1
        assert next(results).x == 2
        with pytest.raises(HintError) as ours:
            next(results)
        with pytest.raises(HintError) as theirs:
            parse_dab("nonsense")
        assert str(ours.value) == str(theirs.value)
        with pytest.raises(ZeroDivisionError):
            list(map_ray(partial(operator.truediv, 1), [0]))


def steps(pictures: Path, folder: Path, mapper: Mapper) -> list[Any]:
    """A collection from its pictures to its shards; what each step says."""
    spread: dict[str, Any] = {"workers": 2, "mapper": mapper}
    import_pictures(folder, str(pictures), Given())
    return [
        synthesize(folder, 24, size=64, **spread),
        clean(Collection.open(folder), Thresholds(least_side=32), **spread),
        pair(folder, Pairing(), **spread),
        split(folder, **spread),
        write_shards(folder, folder / "shards", per_shard=20, **spread),
    ]


def test_the_steps_of_a_collection_give_the_same_files(
    pictures: Path, tmp_path: Path, contents: Contents, ray: None
) -> None:
    told = {
        name: steps(pictures, tmp_path / name / "art", mapper)
        for name, mapper in (("local", map_processes), ("ray", map_ray))
    }
    assert told["ray"] == told["local"]
    here, there = contents(tmp_path / "local"), contents(tmp_path / "ray")
    assert len(here) > 300
    assert there == here


def test_drawings_get_the_same_colors(
    examples: Path, drawing: Path, tmp_path: Path, contents: Contents, ray: None
) -> None:
    broken, here, there = tmp_path / "broken.png", tmp_path / "here", tmp_path / "there"
    broken.write_bytes(b"no picture")
    inputs = [str(drawing), str(broken), str(tmp_path / "again" / "house.png")]
    inputs += sorted(str(path) for path in examples.glob("*.png") if "." not in path.stem)[:2]
    Path(inputs[2]).parent.mkdir()
    shutil.copy(drawing, inputs[2])
    order = batch.Order(hints=Hints((Dab(40, 50, "#c03030"),)), proposals=2, format="ora")
    local = list(batch.colorize_files(inputs, f"{here}/", order))
    spread = list(colorize_files(inputs, f"{there}/", order))
    assert local[0].error is None
    for ours, theirs in zip(spread, local, strict=True):
        said = (theirs.error or "").replace(str(here), str(there))
        assert (ours.error or "") == said
        expected = tuple(name.replace(str(here), str(there)) for name in theirs.output)
        assert replace(ours, seconds=0) == replace(
            theirs, seconds=0, output=expected, error=said or None
        )
    assert sum(outcome.error is not None for outcome in local) == 2
    assert len(contents(here)) == 6
    assert contents(there) == contents(here)


def test_one_process_alone_has_the_standard_streams(ray: None) -> None:
    with pytest.raises(OutputError, match="name files"):
        list(colorize_files(["-"], None, batch.Order()))


def test_the_command_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, refused: Callable[..., str]
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    said = refused("data", "synth", tmp_path / "art", "--engine", "ray", folder=tmp_path)
    assert said.endswith('pip install "irodori[scale]"')


def test_nobody_at_the_address(tmp_path: Path, refused: Callable[..., str]) -> None:
    asked = ("data", "synth", tmp_path / "art", "--engine", "ray", "--address", "127.0.0.1:1")
    assert refused(*asked, folder=tmp_path).startswith("127.0.0.1:1: no Ray cluster")


def test_an_address_is_for_ray(tmp_path: Path, refused: Callable[..., str]) -> None:
    said = refused("data", "synth", tmp_path / "art", "--address", "auto", folder=tmp_path)
    assert "--engine ray" in said
