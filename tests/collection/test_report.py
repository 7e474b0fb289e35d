"""The report: a page that stands alone, tells what is there, and says what is not known yet."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from irodori.cli import main
from irodori.collection.report import report
from irodori.collection.store import Collection

MEASURED = pa.schema(
    [
        pa.field("entanglement", pa.float64()),
        pa.field("cluster", pa.string()),
        pa.field("part", pa.string()),
        pa.field("classes", pa.list_(pa.string())),
        pa.field("weight", pa.float64()),
        pa.field("lines", pa.list_(pa.string())),
        pa.field("pens", pa.list_(pa.string())),
        pa.field("clean_settings", pa.string()),
        pa.field("clean_error", pa.string()),
    ]
)
EVIL = '<script>alert("x")</script>'


class Page(HTMLParser):
    """What a browser would make of it: text by section, pictures, links, tags."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.section = ""
        self.texts: dict[str, list[str]] = {}
        self.pictures: dict[str, list[tuple[str, str]]] = {}
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.tags.add(tag)
        if tag == "h2":
            self.section = found["id"]
        if tag == "img":
            self.pictures.setdefault(self.section, []).append((found["alt"], found["src"]))
        self.links += [found[name] for name in ("href", "src") if name in found]

    def handle_data(self, data: str) -> None:
        self.texts.setdefault(self.section, []).append(data)

    def text(self, section: str) -> str:
        return " ".join(self.texts[section])

    def names(self, section: str) -> list[str]:
        """The ids of the pictures shown there."""
        return [alt.split(" | ")[0] for alt, _ in self.pictures.get(section, [])]


@pytest.fixture
def forty(tmp_path: Path) -> Collection:
    """Forty pictures of two sources, each of its own gray; the last five are left out."""
    made = Collection.create(tmp_path / "forty")
    rows = []
    for number in range(40):
        name = f"p{number:02d}"
        Image.new("RGB", (90, 60), (6 * number,) * 3).save(made.folder / f"{name}.png")
        rows.append(
            {
                "id": name,
                "path": f"{name}.png",
                "source": "odd" if number % 2 else "even",
                "author": EVIL if number == 0 else f"author {number % 3}",
                "license": "CC0-1.0",
                "license_url": "javascript:alert(1)" if number == 0 else "https://example.org/cc0",
                "url": f"https://example.org/{number}",
                "tags": ["gray", EVIL],
                "sha256": name,
                "reasons": [f"clean: too small ({number} pixels)"] if number >= 35 else [],
            }
        )
    made.add(rows)
    return made


def measure(collection: Collection) -> None:
    collection.set_columns(
        (
            {
                "id": f"p{number:02d}",
                "entanglement": number / 100 if number != 7 else None,
                "cluster": {3: "c1", 4: "c1", 36: "c1", 8: "c2", 9: "c2"}.get(number),
                "part": "train" if number < 30 else "test",
                "classes": ["odd" if number % 2 else "even"],
                "weight": 1.0,
                "lines": [f"p{number:02d}.png"] if number < 4 else None,
                "pens": [f"pen {number}"],
                "clean_settings": "abc",
            }
            for number in range(40)
        ),
        MEASURED,
    )
    collection.log("clean", {"least_side": 64, "nothing": None}, done=40)


def read(collection: Collection) -> Page:
    return Page(report(collection.folder).read_text(encoding="utf-8"))


def test_steps_that_have_not_run_are_named(forty: Collection) -> None:
    page = read(forty)
    for section, step in [
        ("pairs", "pair"),
        ("tangled", "clean"),
        ("clusters", "clean"),
        ("values", "split"),
    ]:
        assert f"irodori data {step} {forty.folder}" in page.text(section)
    assert "not measured yet" in page.text("marks")
    assert "40 pictures: 35 kept, 5 left out" in page.text("")


def test_everything_measured_is_shown(forty: Collection) -> None:
    measure(forty)
    page = read(forty)
    unknown = [name for name in page.texts if "not measured yet" in page.text(name).lower()]
    assert unknown == ["values"]  # no statistics of a training part are stored
    tangled = page.names("tangled")
    assert tangled[0] == "p34"  # the most tangled of those kept
    assert tangled[16:19] == ["p00", "p01", "p02"]
    assert "p07" not in tangled
    pairs = ["p00", "pen: pen 0", "p01", "pen: pen 1", "p02", "pen: pen 2", "p03", "pen: pen 3"]
    assert page.names("pairs") == pairs
    assert page.names("clusters") == ["p03", "p04", "p36", "p08", "p09"]
    assert page.names("reasons") == ["p35", "p36", "p37", "p38", "p39"]
    assert re.search(r"clean: too small\s+5", page.text("reasons"))
    assert "least_side = 64" in page.text("settings")
    assert "nothing" not in page.text("settings")
    assert re.search(r"train\s+30", page.text("counts"))


def test_pictures_are_those_they_are_said_to_be(forty: Collection) -> None:
    page = read(forty)
    shown = [each for pictures in page.pictures.values() for each in pictures]
    assert len(shown) > 20
    for alt, source in shown:
        head, _, data = source.partition(",")
        assert head == "data:image/webp;base64"
        with Image.open(io.BytesIO(base64.b64decode(data))) as image:
            assert image.size == (90, 60)
            gray = np.asarray(image.convert("L")).mean()
        assert gray == pytest.approx(6 * int(alt[1:3]), abs=4), alt


def test_the_page_needs_nothing_else(forty: Collection) -> None:
    measure(forty)
    page = read(forty)
    assert not page.tags & {"script", "link", "iframe", "object"}
    outside = [link for link in page.links if not link.startswith(("#", "data:image/"))]
    assert outside
    assert all(link.startswith("https://example.org/") for link in outside)
    assert EVIL in page.text("counts")


def test_attribution_counts_every_kept_picture(forty: Collection) -> None:
    text = report(forty.folder).read_text(encoding="utf-8")
    table = text[text.index('id="attribution"') : text.index('id="settings"')]
    assert sum(map(int, re.findall(r"<td>(\d+)</td>", table))) == 35
    for number in (0, 1, 13):  # the first of each author
        assert f'href="https://example.org/{number}"' in table


def test_the_histogram_follows_the_stored_statistics(forty: Collection) -> None:
    """With the mean at 0.25, a picture of that gray lies in the middle."""

    def highest(text: str) -> float:
        points = re.search(r'points="([^"]+)"', text)
        assert points
        found = [tuple(map(float, pair.split(","))) for pair in points[1].split()]
        return min(found, key=lambda point: point[1])[0]

    for name in range(40):
        Image.new("RGB", (90, 60), (64, 64, 64)).save(forty.folder / f"p{name:02d}.png")
    before = highest(report(forty.folder).read_text())
    (forty.folder / "normalization.json").write_text(
        '{"mean": [0.251, 0.251, 0.251], "std": [0.2, 0.2, 0.2], "pictures": 35}'
    )
    text = report(forty.folder).read_text()
    assert highest(text) == pytest.approx(50, abs=1)  # percent of the width
    assert before == pytest.approx(25, abs=1)
    assert "mean of 35 training pictures" in text


def test_damaged_and_lost_pictures_are_said(forty: Collection) -> None:
    (forty.folder / "p00.png").write_bytes(b"no picture")
    (forty.folder / "p01.png").unlink()
    text = report(forty.folder).read_text()
    assert text.count("be shown") >= 2


def test_the_command(forty: Collection, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (forty.folder / "manifest.parquet").read_bytes()
    out = tmp_path / "page.html"
    assert main(["data", "report", str(forty.folder), "-o", str(out)]) == 0
    assert capsys.readouterr().out == f"{out}\n"
    first = out.read_bytes()
    assert main(["data", "report", str(forty.folder), "-o", str(out)]) == 0
    assert out.read_bytes() == first
    assert (forty.folder / "manifest.parquet").read_bytes() == before


def test_what_cannot_be_reported(
    forty: Collection, tmp_path: Path, refused: Callable[..., str]
) -> None:
    Collection.create(tmp_path / "empty")
    assert "no pictures yet" in refused("data", "report", tmp_path / "empty", folder=tmp_path)
    assert "no such folder" in refused("data", "report", tmp_path / "none", folder=tmp_path)
    (tmp_path / "plain").mkdir()
    assert "is no collection" in refused("data", "report", tmp_path / "plain", folder=tmp_path)
    line = refused(
        "data", "report", forty.folder, "-o", tmp_path / "no" / "page.html", folder=tmp_path
    )
    assert "cannot be written" in line


@pytest.mark.slow
@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_fits_the_screen(forty: Collection, width: int) -> None:
    """In a real browser: nothing sticks out to the side, and every picture is drawn."""
    sync_api = pytest.importorskip("playwright.sync_api")
    measure(forty)
    path = report(forty.folder)
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        page = browser.new_page(viewport={"width": width, "height": 800})
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") == width
        page.evaluate("for (const image of document.images) image.loading = 'eager'")
        page.wait_for_function("[...document.images].every(image => image.naturalWidth > 0)")
        browser.close()
