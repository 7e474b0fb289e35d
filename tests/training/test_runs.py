"""Runs: numbered, complete, comparable; and the way back to the code of then."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import irodori
from irodori.training import code_state, designs, runs, table
from irodori.training.design import Design, Kit
from irodori.training.errors import TrainingError
from irodori.training.loop import train
from irodori.training.recipe import Recipe

Tiny = Callable[..., Recipe]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git repository of its own that the program takes for the one its code lies in."""
    package = tmp_path / "code" / "irodori"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    monkeypatch.setattr(irodori, "__file__", str(package / "__init__.py"))
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "someone")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "someone@example.org")
    git(package, "init", "-q")
    git(package, "add", ".")
    git(package, "commit", "-qm", "first")
    return package


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_runs_are_numbered_and_say_everything_asked(
    tiny: Tiny, tmp_path: Path, checkout: Path
) -> None:
    recipe = tiny("baseline", steps=1, every=1)
    first = train(recipe, tmp_path / "runs", quiet=True)
    second = train(tiny("spatial", steps=1, every=1), tmp_path / "runs", quiet=True)
    assert [first.folder.name, second.folder.name] == ["00000-baseline", "00001-spatial"]
    facts = json.loads((first.folder / "run.json").read_text())
    assert Recipe(**facts["asked"]) == recipe
    assert facts["commit"] == git(checkout, "rev-parse", "HEAD")
    assert facts["losses"] == {"l1": 1.0}
    assert runs.open_run("1", tmp_path / "runs") == second
    assert runs.open_run(first.folder, tmp_path) == first


def test_code_that_differs_from_its_commit_is_said_to(checkout: Path) -> None:
    assert code_state.commit() == git(checkout, "rev-parse", "HEAD")
    (checkout / "__init__.py").write_text("changed = 1\n")
    assert code_state.commit() == git(checkout, "rev-parse", "HEAD") + "-dirty"


class TestTags:
    def test_an_annotated_tag_is_tied_to_the_checkpoint(
        self, tiny: Tiny, tmp_path: Path, checkout: Path
    ) -> None:
        run = train(tiny("baseline", steps=2, every=1), tmp_path, tag="v1", quiet=True)
        assert run.folder.name == "00000-baseline-v1"
        assert git(checkout, "cat-file", "-t", "v1") == "tag"
        assert git(checkout, "rev-parse", "v1^{commit}") == git(checkout, "rev-parse", "HEAD")
        message = json.loads(git(checkout, "tag", "-l", "--format=%(contents:body)", "v1"))
        last = run.checkpoints()[-1]
        assert message["run"] == run.folder.name
        assert message["checkpoint"] == last.folder.name == "00000002"
        assert message["sha256"] == runs.checkpoints.digest(last)
        assert last.tag == "v1"

    def test_a_tag_that_is_taken_is_refused_before_training(
        self, tiny: Tiny, tmp_path: Path, checkout: Path
    ) -> None:
        git(checkout, "tag", "v1")
        with pytest.raises(TrainingError, match="there is such a tag already"):
            train(tiny("baseline"), tmp_path / "runs", tag="v1", quiet=True)
        with pytest.raises(TrainingError, match="git allows no such name"):
            train(tiny("baseline"), tmp_path / "runs", tag="a..b", quiet=True)
        assert not list((tmp_path / "runs").glob("0*"))

    def test_without_a_repository_no_tag(
        self, tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(irodori, "__file__", str(tmp_path / "irodori" / "__init__.py"))
        with pytest.raises(TrainingError, match="not lie in a git repository"):
            train(tiny("baseline"), tmp_path / "runs", tag="v1", quiet=True)
        run = train(tiny("baseline", steps=1, every=1), tmp_path / "runs", quiet=True)
        assert run.commit is None


class TestChangedDesigns:
    def changed(self, kit: Kit) -> Design:
        import dataclasses

        return dataclasses.replace(designs.spatial(kit), name="baseline")

    @pytest.mark.parametrize("tag", ["v1", None])
    def test_the_tag_or_commit_to_check_out_is_named(
        self,
        tag: str | None,
        tiny: Tiny,
        tmp_path: Path,
        checkout: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        recipe = tiny("baseline", steps=1, every=1)
        train(recipe, tmp_path, tag=tag, quiet=True)
        monkeypatch.setitem(designs.DESIGNS, "baseline", self.changed)
        back = f"git checkout {tag or git(checkout, 'rev-parse', 'HEAD')}"
        run = runs.open_run("0", tmp_path)
        with pytest.raises(TrainingError, match=f"has changed since .*{back}"):
            run.design(run.best())
        with pytest.raises(TrainingError, match=back):
            train(tiny("baseline", steps=2), tmp_path, resume=True, quiet=True)
        with pytest.raises(TrainingError, match=back):
            train(tiny("baseline", start="0"), tmp_path, quiet=True)

    def test_a_design_that_is_gone(
        self, tiny: Tiny, tmp_path: Path, checkout: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run = train(tiny("baseline", steps=1, every=1), tmp_path, tag="v1", quiet=True)
        monkeypatch.delitem(designs.DESIGNS, "baseline")
        with pytest.raises(TrainingError, match=r"no such design.*git checkout v1"):
            run.design(run.best())

    def test_another_loss_is_another_design_though_all_weights_fit(self) -> None:
        import torch

        kit = Kit(colors=torch.zeros(1, 3), debug=True)
        with_judge = Kit(colors=torch.zeros(1, 3), debug=True, adversarial="hinge")
        plain, judged = designs.baseline(kit), designs.baseline(with_judge)
        assert plain.fingerprint() == designs.baseline(kit).fingerprint()
        assert plain.fingerprint() != judged.fingerprint()


class TestTables:
    def test_runs_are_listed_and_compared(self, tiny: Tiny, tmp_path: Path) -> None:
        train(tiny("baseline"), tmp_path, quiet=True)
        train(tiny("spatial", rate=5e-4, adversarial="hinge"), tmp_path, quiet=True)
        (tmp_path / "cache").mkdir(exist_ok=True)
        lines = table.listed(tmp_path).splitlines()
        assert [line.split()[0] for line in lines] == ["run", "00000-baseline", "00001-spatial"]
        compared = table.compared(["0", "00001-spatial"], tmp_path)
        assert "rate" in compared
        assert "0.0005" in compared
        assert "error at 3" in compared
        assert "l1 100%" in compared
        assert "seed" not in compared, "what is equal is left out"

    def test_no_runs(self, tmp_path: Path) -> None:
        with pytest.raises(TrainingError, match="holds no runs"):
            table.listed(tmp_path / "nowhere")
        with pytest.raises(TrainingError, match="no such run"):
            table.compared(["7"], tmp_path)

    def test_a_run_that_is_damaged(self, tmp_path: Path) -> None:
        (tmp_path / "00000-baseline").mkdir()
        (tmp_path / "00000-baseline" / "run.json").write_text("{")
        with pytest.raises(TrainingError, match=r"run\.json cannot be read"):
            runs.open_run("0", tmp_path)
