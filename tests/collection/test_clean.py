from __future__ import annotations

import json
import runpy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from irodori.collection.clean import clean, judge, kind_of
from irodori.collection.importing import Given, import_pictures
from irodori.collection.store import Collection
from irodori.collection.thresholds import Thresholds

figures = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("figures.py"))))

RECORDS = st.fixed_dictionaries(
    {
        "width": st.integers(1, 2000),
        "height": st.integers(1, 2000),
        "contrast": st.floats(0, 255),
        "edges": st.floats(0, 0.01),
        "one_color": st.floats(0.9, 1),
        "photo": st.floats(0, 1),
        "colored": st.floats(0, 0.01),
        "text": st.floats(0, 1),
        "characters": st.none() | st.integers(1, 5),
    }
)
MOST = ["most_aspect", "most_one_color", "most_photo", "most_text", "most_characters"]
LEAST = ["least_side", "least_contrast", "least_edges", "least_colored"]


@given(RECORDS, st.sampled_from(MOST + LEAST), st.floats(0, 3), st.floats(0, 3))
def test_rules_are_monotone(record: dict[str, Any], name: str, one: float, other: float) -> None:
    """What a strict threshold leaves in, a loose one leaves in too."""
    low, high = sorted((one, other))
    strict, loose = (high, low) if name in LEAST else (low, high)
    kept = [not judge(record, Thresholds().changed([(name, at)], "")) for at in (strict, loose)]
    assert kept[1] or not kept[0]


def test_an_unread_picture_has_its_error_as_reason() -> None:
    record = {"clean_error": "unreadable (damaged or cut off)", "width": None, "height": None}
    assert judge(record, Thresholds()) == ["unreadable (damaged or cut off)"]
    assert kind_of("unreadable (damaged or cut off)") == "unreadable"
    assert kind_of("near duplicate of cat-3") == "near duplicate"


@pytest.fixture
def small(tmp_path: Path) -> Collection:
    """Six figures, a double of the first, an empty page, half a file."""
    random = np.random.default_rng(4)
    folder = tmp_path / "pictures"
    made = [figures.figure(random) for _ in range(6)]
    for number, picture in enumerate(made):
        figures.save(folder / f"figure-{number}.png", picture)
    smaller = cv2.resize(made[0], None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
    figures.save(folder / "figure-0-again.webp", smaller)
    figures.save(folder / "page.png", figures.blank(random))
    figures.cut_off(figures.save(folder / "torn.jpg", made[3]), 0.6)
    import_pictures(tmp_path / "set", folder, Given())
    return Collection.open(tmp_path / "set")


def reasons(collection: Collection) -> dict[str, list[str]]:
    table = collection.table
    return dict(zip(table["id"].to_pylist(), table["reasons"].to_pylist(), strict=True))


def test_faults_are_left_out_with_a_reason_and_keep_their_files(small: Collection) -> None:
    done = clean(small, workers=1)
    out = {name: found for name, found in reasons(small).items() if found}
    assert {
        name.removeprefix("pictures-"): found[0].split(" (")[0] for name, found in out.items()
    } == {
        "figure-0-again": "clean: near duplicate of pictures-figure-0",
        "page": "clean: blank",
        "torn": "clean: unreadable",
    }
    assert (done.pictures, done.kept) == (9, 6)
    assert done.reasons == {"near duplicate": 1, "blank": 1, "unreadable": 1}
    assert all(small.path(path).exists() for path in small.table["path"].to_pylist())


def test_other_thresholds_measure_nothing_again(small: Collection) -> None:
    clean(small, workers=1)
    before = (small.folder / "pairs.parquet").read_bytes()
    for path in small.table["path"].to_pylist():
        small.path(path).unlink()  # whoever measured again would find nothing
    done = clean(small, Thresholds(least_side=4000), workers=1)
    assert done.kept == 0
    assert done.reasons["too small"] == 8
    done = clean(small, Thresholds(duplicate_lines=1.01), workers=1)
    assert done.reasons == {"blank": 1, "unreadable": 1}
    assert (small.folder / "pairs.parquet").read_bytes() == before


def test_cleaning_twice_gives_the_same_bytes(small: Collection) -> None:
    clean(small, workers=1)
    first = (small.folder / "manifest.parquet").read_bytes()
    clean(small, workers=1)
    assert (small.folder / "manifest.parquet").read_bytes() == first
    log = [json.loads(line) for line in (small.folder / "steps.jsonl").read_text().splitlines()]
    assert log[-1]["step"] == "judge"
    assert log[-1]["settings"] == Thresholds().as_dict()


def test_doubles_share_a_cluster(small: Collection) -> None:
    clean(small, workers=1)
    clusters = dict(
        zip(small.table["id"].to_pylist(), small.table["cluster"].to_pylist(), strict=True)
    )
    twins = {name for name, cluster in clusters.items() if cluster is not None}
    assert twins == {"pictures-figure-0", "pictures-figure-0-again"}
