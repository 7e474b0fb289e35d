"""The whole yardstick, on colourists of which one knows how good they are."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from irodori.color.drawing import Drawing
from irodori.color.errors import OutputError
from irodori.color.hints import Hints
from irodori.color.palette import Palette
from irodori.measure.errors import PSNR_CEILING
from irodori.measure.evaluate import OURS, evaluate
from irodori.measure.evaluation import Evaluation
from irodori.measure.extras import RivalError
from irodori.measure.protocols import AUC_RATIOS
from irodori.measure.rivals import RIVALS

COLORS = ((200, 40, 40), (40, 60, 190), (60, 150, 60), (230, 200, 40))


@dataclass
class Result:
    """A coloring that says what it is told to say."""

    flats: np.ndarray

    def color(self) -> np.ndarray:
        return self.flats

    def image(self) -> Image.Image:
        return Image.fromarray(self.flats)


class Oracle:
    """Knows the truth."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.encoded: list[str] = []

    def encode(self, drawing: Drawing) -> np.ndarray:
        self.encoded.append(drawing.name)
        with Image.open(self._folder / f"{drawing.name}.color.png") as image:
            return np.asarray(image.convert("RGB"))

    def colorize(self, encoding: np.ndarray, hints: Hints, palette: Palette | None) -> Result:
        return Result(encoding)


class Deaf(Oracle):
    """Paints everything beige, whatever it hears."""

    def colorize(self, encoding: np.ndarray, hints: Hints, palette: Palette | None) -> Result:
        return Result(np.full_like(encoding, (200, 180, 150)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three pairs of 48 x 64, 52 x 64 and 56 x 64: four boxes in different colours."""
    source = tmp_path / "pairs"
    source.mkdir()
    for number in range(3):
        height = 48 + 4 * number
        color = np.empty((height, 64, 3), np.uint8)
        line = np.full((height, 64), 255, np.uint8)
        for box, fill in enumerate(COLORS):
            color[:, box * 16 : box * 16 + 16] = fill
        for column in (15, 31, 47):
            line[:, column : column + 2] = 0
        color[line == 0] = 0
        Image.fromarray(color).save(source / f"p{number}.color.png")
        Image.fromarray(line).save(source / f"p{number}.line.png")
    return source


def run(folder: Path, colourist: Oracle | None, **options: object) -> Evaluation:
    settings: dict[str, object] = {"hints": "0,5,r10", "against": "blank,watershed", "auc": False}
    return evaluate(folder, colourist, **(settings | options))  # type: ignore[arg-type]


def test_truth_is_perfect_in_everything(folder: Path) -> None:
    for hints, figures in run(folder, Oracle(folder)).summary[OURS].items():
        assert figures["pictures"] == 3
        assert figures["error"] == figures["bleed"] == figures["uneven"] == 0
        assert figures["ssim"] == pytest.approx(1)
        assert figures["psnr"] == PSNR_CEILING
        assert figures["colorfulness"] == pytest.approx(1)
        if hints != "0":
            assert figures["hint_error"] == figures["dab_error"] == 0
            assert figures["chroma_kept"] == pytest.approx(1)


def test_who_ignores_hints_is_found_out(folder: Path) -> None:
    figures = run(folder, Deaf(folder)).summary[OURS]["r10"]
    assert figures["hint_error"] > 20
    assert figures["dab_error"] > 20
    assert figures["chroma_kept"] < 0.7
    assert figures["uneven"] == 0
    assert figures["bleed"] is None


def test_rivals_get_the_same_hints_and_do_as_expected(folder: Path) -> None:
    found = run(folder, None).summary
    assert list(found) == ["blank", "watershed"]
    unheard = dict.fromkeys(("hint_error", "dab_error", "chroma_kept"))
    assert found["blank"]["0"] == found["blank"]["5"] | unheard
    assert found["blank"]["0"]["colorfulness"] == 0
    assert found["watershed"]["0"]["error"] == found["blank"]["0"]["error"]
    assert found["watershed"]["r10"]["error"] < 0.5  # a dab in each box, and lines between all
    assert found["watershed"]["r10"]["hint_error"] == 0


def test_a_drawing_is_encoded_once(folder: Path) -> None:
    oracle = Oracle(folder)
    run(folder, oracle, auc=True)
    assert oracle.encoded == ["p0", "p1", "p2"]


def test_hint_auc_is_the_area_under_psnr(folder: Path) -> None:
    found = run(folder, Oracle(folder), auc=True, hints="0")
    assert found.summary[OURS]["auc"] == {"pictures": 3, "hint_auc": pytest.approx(PSNR_CEILING)}
    areas = {by: figures["auc"]["hint_auc"] for by, figures in found.summary.items()}
    assert areas["blank"] < areas["watershed"] < areas[OURS]
    assert all(len(curve.psnr) == len(AUC_RATIOS) for curve in found.curves)


def test_what_is_written(folder: Path, tmp_path: Path) -> None:
    found = run(folder, Oracle(folder), auc=True, out=tmp_path / "new" / "out")
    with (tmp_path / "new" / "out" / "evaluation.csv").open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == 3 * 3 * (3 + len(AUC_RATIOS) + 1)
    by_key = {(line["picture"], line["by"], line["hints"]): line for line in lines}
    row = next(row for row in found.rows if row.by == "watershed" and row.hints == "5")
    line = by_key[row.picture, "watershed", "5"]
    assert float(line["error"]) == pytest.approx(row.scores.error, rel=1e-5)
    assert by_key["p0", "blank", "5"]["bleed"] == ""
    assert float(by_key["p1", OURS, "auc"]["hint_auc"]) == pytest.approx(PSNR_CEILING)
    with Image.open(tmp_path / "new" / "out" / "sheet.png") as sheet:
        assert sheet.width > 5 * 200
        assert sheet.height > 9 * 200


def test_table_has_a_line_for_each(folder: Path) -> None:
    table = run(folder, Oracle(folder), auc=True).table()
    lines = [line.split() for line in table.splitlines()]
    assert [line[:2] for line in lines if line and line[0] == "r10"] == [
        ["r10", OURS],
        ["r10", "blank"],
        ["r10", "watershed"],
    ]
    assert "Hint-AUC" in table
    assert max(map(len, table.splitlines())) <= 110


def test_a_limit_and_progress(folder: Path) -> None:
    seen: list[tuple[int, int]] = []
    found = run(
        folder, None, limit=2, progress=lambda done, total, name: seen.append((done, total))
    )
    assert seen == [(0, 2), (1, 2), (2, 2)]
    assert len({row.picture for row in found.rows}) == 2


def test_ctrl_c_keeps_what_was_measured(folder: Path, tmp_path: Path) -> None:
    def stop(done: int, total: int, name: str) -> None:
        if done == 2:
            raise KeyboardInterrupt

    found = run(folder, None, progress=stop, out=tmp_path / "out")
    assert found.stopped
    assert len({row.picture for row in found.rows}) == 2
    assert "stopped early" in found.table()
    assert (tmp_path / "out" / "evaluation.csv").is_file()


def test_what_cannot_take_part_is_noted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def __init__(self) -> None:
            raise RivalError("broken is not installed; leave it out")

    class Failing:
        def paint(self, ink: np.ndarray, hints: Hints) -> np.ndarray:
            raise RivalError("failing failed; leave it out")

    monkeypatch.setitem(RIVALS, "broken", Broken)
    monkeypatch.setitem(RIVALS, "failing", Failing)
    (folder / "p0.line.png").write_bytes(b"")
    (folder / "p9.color.png").write_bytes(b"")
    found = run(folder, None, against=["blank", "broken", "failing"])
    assert list(found.summary) == ["blank"]
    assert found.summary["blank"]["0"]["pictures"] == 2
    notes = "\n".join(found.notes)
    for piece in ("broken is not installed", "p1: failing failed", "1 pictures have no line", "p0"):
        assert piece in notes
    assert "Note: broken is not installed" in found.table()


def test_nothing_measured_is_a_table_too() -> None:
    assert Evaluation().table() == "nothing measured\n"
    assert Evaluation().summary == {}


def test_a_file_for_a_folder_is_refused_before_the_work(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    oracle = Oracle(folder)
    with pytest.raises(OutputError, match="cannot be made a folder"):
        run(folder, oracle, out=tmp_path / "taken")
    assert not oracle.encoded
