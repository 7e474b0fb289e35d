from __future__ import annotations

import inspect

import pytest

from irodori.color import errors

LEAVES = ["DrawingError", "HintError", "PaletteError", "ColoristError", "OutputError"]


def test_the_tree_in_the_docstring_is_the_tree_in_the_code() -> None:
    classes = dict(inspect.getmembers(errors, inspect.isclass))
    assert set(classes) == {"IrodoriError", *LEAVES}
    assert errors.__doc__ is not None
    for name, kind in classes.items():
        assert issubclass(kind, errors.IrodoriError)
        assert name in errors.__doc__


@pytest.mark.parametrize("name", LEAVES)
def test_a_message_is_one_line(name: str) -> None:
    error = getattr(errors, name)("a.png: broken\n  at line\t2\n")
    assert str(error) == "a.png: broken at line 2"


def test_the_package_shows_every_error() -> None:
    import irodori

    for name in ["IrodoriError", *LEAVES]:
        assert getattr(irodori, name) is getattr(errors, name)
