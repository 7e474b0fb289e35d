"""Pictures weighed and left out by hand, and back as they were."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from irodori.cli import main
from irodori.collection.balance import Balance, balance
from irodori.collection.choosing import chosen, leave_out, take_back, weigh
from irodori.collection.errors import CollectionError
from irodori.collection.store import Collection


def made(folder: Path, count: int = 12) -> Collection:
    """Pictures of two sources, two thirds of one."""
    collection = Collection.create(folder)
    collection.add(
        {"id": f"p{i:02d}", "path": f"x/{i}.png", "source": "ab"[i % 3 == 0], "width": i}
        for i in range(count)
    )
    return collection


def weights(collection: Collection) -> dict[str, float]:
    rows = Collection.open(collection.folder).records()
    return {row["id"]: row["weight"] for row in rows}


@given(st.floats(0.01, 500), st.sets(st.integers(0, 11), min_size=1, max_size=11))
@settings(max_examples=20)
def test_an_epoch_stays_as_long_and_shares_are_as_asked(
    tmp_path_factory: pytest.TempPathFactory, times: float, picked: set[int]
) -> None:
    collection = made(tmp_path_factory.mktemp("c"))
    ids = [f"p{i:02d}" for i in sorted(picked)]
    weigh(collection, ids, times)
    found = weights(collection)
    assert sum(found.values()) == pytest.approx(12)
    other = next(name for name in found if name not in ids)
    assert all(found[name] == pytest.approx(times * found[other]) for name in ids)
    weigh(collection, ids, 1)
    assert weights(collection) == pytest.approx(dict.fromkeys(found, 1.0))


def test_balance_and_split_keep_what_was_weighed(tmp_path: Path) -> None:
    collection = made(tmp_path / "c")
    balance(collection.folder, Balance("source"))
    plain = weights(collection)
    collection = Collection.open(collection.folder)
    weigh(collection, ["p00", "p01"], 3)
    once = weights(collection)
    assert once["p00"] / once["p03"] == pytest.approx(3)
    assert once["p01"] / once["p02"] == pytest.approx(3)
    assert sum(once.values()) == pytest.approx(sum(plain.values()))
    balance(collection.folder, Balance("source"))
    assert weights(collection) == pytest.approx(once)


def test_left_out_and_back(tmp_path: Path) -> None:
    collection = made(tmp_path / "c")
    collection.set_reasons("clean", {"p01": ["blank"]})
    before = collection.records()
    assert leave_out(collection, ["p01", "p02"], " not handled: snails ") == 2
    reasons = {row["id"]: row["reasons"] for row in collection.records("left_out")}
    assert reasons == {
        "p01": ["clean: blank", "by hand: not handled: snails"],
        "p02": ["by hand: not handled: snails"],
    }
    assert leave_out(collection, ["p03"], "a page of text") == 1
    assert len(collection.records("left_out")) == 3
    assert take_back(collection, ["p01", "p02", "p05"]) == 2
    assert take_back(collection, ["p03"]) == 1
    assert collection.records() == before


def test_by_condition_or_by_list(tmp_path: Path) -> None:
    collection = made(tmp_path / "c")
    assert chosen(collection, "width < 2", None) == ["p00", "p01"]
    (tmp_path / "ids.txt").write_text("p05\n\np02\np05\n")
    assert chosen(collection, None, tmp_path / "ids.txt") == ["p05", "p02"]
    (tmp_path / "ids.txt").write_text("p05\nelsewhere\n")
    with pytest.raises(CollectionError, match=r"1 of its ids are not in .* 'elsewhere'"):
        chosen(collection, None, tmp_path / "ids.txt")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["weigh", "--times", "2"], "which pictures? give --where SQL or --ids FILE"),
        (["weigh", "--times", "0", "--where", "true"], "--times 0: give a number above 0"),
        (["weigh", "--times", "2", "--where", "width > 99"], "no picture is meant by width > 99"),
        (["leave", "--where", "true"], "why? give a reason"),
        (["leave", "--ids", "gone.txt", "--reason", "x"], "cannot be read as a list of ids"),
        (["leave", "--where", "wdth > 1", "--reason", "x"], "columns are"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    arguments: list[str], said: str, tmp_path: Path, refused: Callable[..., str]
) -> None:
    folder = made(tmp_path / "c").folder
    assert said in refused("data", arguments[0], folder, *arguments[1:], folder=folder)


def test_the_commands(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = str(made(tmp_path / "c").folder)
    assert main(["data", "weigh", folder, "--where", "source = 'b'", "--times", "4"]) == 0
    leave = ["data", "leave", folder, "--where", "width = 3"]
    assert main([*leave, "--reason", "a double"]) == 0
    assert main([*leave, "--back"]) == 0
    assert capfd.readouterr().out.splitlines() == [
        f"{folder}: 4 pictures come 4 times as often",
        f"{folder}: 1 more pictures are left out: a double",
        f"{folder}: 1 pictures are back in",
    ]
