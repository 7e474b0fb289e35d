from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from irodori.collection.errors import CollectionError
from irodori.collection.thresholds import Thresholds, read_thresholds, reason_of


def test_every_threshold_says_why() -> None:
    for each in fields(Thresholds):
        assert len(reason_of(each.name)) > 20
        assert "\n" not in reason_of(each.name)


def test_the_command_line_goes_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "limits.toml"
    file.write_text("least_side = 64\nmost_photo = 0.9\n")
    limits = read_thresholds(file, ["most_photo=0.7", "most_aspect = 3"])
    assert (limits.least_side, limits.most_photo, limits.most_aspect) == (64, 0.7, 3)
    assert limits.most_text == Thresholds().most_text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("least_sid=3", "no threshold is called 'least_sid'"),
        ("least_side=wide", "least_side is a number, not 'wide'"),
        ("least_side", "write it as name=number"),
    ],
)
def test_what_is_not_understood_is_said(text: str, says: str) -> None:
    with pytest.raises(CollectionError, match=says):
        read_thresholds(None, [text])


def test_a_file_that_is_no_toml(tmp_path: Path) -> None:
    for name, content in (("a.toml", "least_side"), ("b.toml", None)):
        if content is not None:
            (tmp_path / name).write_text(content)
        with pytest.raises(CollectionError, match=name):
            read_thresholds(tmp_path / name)
