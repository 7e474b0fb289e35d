"""A drawing from the drop to the file, in a real browser."""

from __future__ import annotations

import base64
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from psd_tools import PSDImage

import irodori

DABS = [
    (165, 245, "#F8D8C2"),  # the sailor's face
    (80, 270, "#8A5A3B"),  # her hair, left
    (300, 270, "#8A5A3B"),  # and right
    (255, 340, "#2F4D8C"),  # her collar
    (150, 365, "#D2343F"),  # her bow
]


def test_five_dabs_are_obeyed_undone_and_redone(artist: Any, examples: Path) -> None:
    artist.drop(examples / "sailor.png")
    alone = artist.picture()
    pictures = [alone]
    for x, y, color in DABS:
        artist.dab(x, y, color)
        artist.rest()
        pictures.append(artist.picture())
        assert artist.color(x, y) == color
    assert len(set(pictures)) == 6
    assert artist.color(215, 245) == "#F8D8C2"  # the face's other side follows
    for _ in DABS:
        artist.page.keyboard.press("Control+z")
    artist.rest()
    assert artist.hints() == []
    assert artist.picture() == alone
    for _ in DABS:
        artist.page.keyboard.press("Control+Shift+z")
    artist.rest()
    assert [hint["color"] for hint in artist.hints()] == [color for _, _, color in DABS]
    assert artist.picture() == pictures[-1]


def test_the_picture_recolors_while_the_brush_moves(artist: Any, examples: Path) -> None:
    artist.drop(examples / "sailor.png")
    artist.page.fill("#hex", "#3366CC")
    artist.page.press("#hex", "Enter")
    before = artist.color(150, 440)
    artist.page.mouse.move(*artist.place(185, 430))
    artist.page.mouse.down()
    for step in range(12):
        artist.page.mouse.move(*artist.place(185 + step * 2, 430 + step))
    artist.until("irodori.pages.live.answered >= 1")
    assert artist.color(150, 440) != before  # her dress, far from the brush, which is still down
    assert artist.hints() == []
    artist.page.mouse.up()
    assert len(artist.hints()) == 1


def test_a_proposal_is_picked_and_more_like_it_are_shown(artist: Any, examples: Path) -> None:
    artist.drop(examples / "sailor.png")
    cards = artist.page.locator("#cards button.idea")
    artist.until("document.querySelectorAll('#cards button.idea').length === 6")
    first = artist.picture()
    cards.nth(2).click()
    artist.rest()
    assert artist.picture() != first
    assert artist.ask("studio.page.doc.palette.colors.length") > 1
    assert cards.nth(2).get_attribute("aria-pressed") == "true"
    shown = cards.nth(2).locator("img").get_attribute("src")
    artist.page.click("[data-do=more-like]")
    artist.until(f"document.querySelectorAll('#cards img')[2].src !== {json.dumps(shown)}")
    artist.page.keyboard.press("Control+z")
    artist.rest()
    assert artist.picture() == first


def test_files_open_elsewhere(artist: Any, examples: Path, tmp_path: Path) -> None:
    artist.drop(examples / "sailor.png")
    x, y, color = DABS[4]
    artist.dab(x, y, color)
    wanted = tuple(int(color[at : at + 2], 16) for at in (1, 3, 5))
    read = {"psd": flats_of_psd, "ora": merged_of_ora, "png": flat, "webp": flat}
    for way, pixels_of in read.items():
        artist.page.keyboard.press("Control+e")
        start = artist.page.locator(f"[data-way={way}]").click
        path = artist.download(start, tmp_path)
        assert path.suffix == f".{way}"
        pixels = pixels_of(path)
        assert pixels.shape == (512, 376, 3)
        if way != "webp":  # which is not exact
            assert tuple(pixels[y, x]) == wanted


def flats_of_psd(path: Path) -> NDArray[Any]:
    psd = PSDImage.open(path)
    assert [layer.name.lower() for layer in psd] == ["flats", "shade", "ink", "hints"]
    assert psd.size == (376, 512)
    return np.asarray(psd[0].topil().convert("RGB"))


def merged_of_ora(path: Path) -> NDArray[Any]:
    with zipfile.ZipFile(path) as ora:
        assert ora.read("mimetype") == b"image/openraster"
        stack = ora.read("stack.xml").decode()
        assert all(f'name="{name}"' in stack for name in ("flats", "shade", "ink", "hints"))
        with ora.open("mergedimage.png") as merged:
            return np.asarray(Image.open(merged).convert("RGB"))


def flat(path: Path) -> NDArray[Any]:
    return np.asarray(Image.open(path).convert("RGB"))


def test_a_folder_is_a_strip_and_leaves_as_a_zip(
    artist: Any, examples: Path, tmp_path: Path
) -> None:
    artist.drop(*(examples / f"{name}.png" for name in ("witch", "farmer", "student")))
    names = artist.ask("studio.pages.map(({ info }) => info.name)")
    assert names == ["farmer.png", "student.png", "witch.png"]
    artist.until("document.querySelectorAll('#pages img').length === 3")
    artist.dab(240, 180, "#C08040")
    artist.page.keyboard.press("a")
    artist.rest()
    artist.page.keyboard.press("PageDown")
    artist.until("irodori.studio.page.info.name === 'student.png'")
    assert artist.ask("studio.page.doc.palette.colors") == ["#C08040"]  # handed on
    artist.page.keyboard.press("Shift+A")
    artist.until("irodori.studio.pages[2].info.state.palette.length === 1")
    artist.rest()
    path = artist.download(lambda: artist.page.click("[data-do=zip]"), tmp_path)
    with zipfile.ZipFile(path) as bundle:
        assert len(bundle.namelist()) == 3
        assert bundle.testzip() is None


def test_two_browsers_on_one_studio_keep_apart(enter: Callable[..., Any], examples: Path) -> None:
    one, other = enter(), enter()
    one.drop(examples / "sailor.png")
    other.drop(examples / "farmer.png")
    assert one.ask("studio.session") != other.ask("studio.session")
    for (x, y, color), (left, top, paint) in zip(
        DABS, [(240, 180, "#F8D9B8"), (100, 380, "#E05A4A"), (146, 380, "#4A78B5")], strict=False
    ):
        one.dab(x, y, color)
        other.dab(left, top, paint)
    one.rest()
    other.rest()
    assert one.color(165, 245) == "#F8D8C2"
    assert other.color(240, 180) == "#F8D9B8"
    assert len(one.hints()) == 3
    assert {hint["color"] for hint in other.hints()} == {"#F8D9B8", "#E05A4A", "#4A78B5"}


def test_the_same_character_gets_the_same_colors(
    artist: Any, examples: Path, tmp_path: Path
) -> None:
    with Image.open(examples / "sailor.png") as drawing:
        drawing.convert("L").save(tmp_path / "page 1.png")
        wider = Image.new("L", (420, 540), 255)
        wider.paste(drawing.convert("L"), (30, 20))
        wider.save(tmp_path / "page 2.png")
    artist.drop(tmp_path / "page 1.png", tmp_path / "page 2.png")
    for x, y, color in DABS:
        artist.dab(x, y, color)
    artist.rest()
    artist.page.keyboard.press("PageDown")
    artist.until("irodori.studio.page.info.name === 'page 2.png' && irodori.studio.page.painted")
    artist.page.keyboard.press("Shift+M")
    artist.until("Object.keys(irodori.studio.page.doc.hints).length > 0")
    artist.rest()
    right = [artist.color(x + 30, y + 20) == color for x, y, color in DABS]
    assert sum(right) >= 4, right
    artist.page.keyboard.press("Control+z")
    assert artist.hints() == []


def test_a_picture_with_colors_is_recolored(artist: Any, examples: Path, tmp_path: Path) -> None:
    coloring = irodori.colorize(examples / "sailor.png", hints=examples / "sailor.hints.json")
    coloring.save(tmp_path / "colored.png")
    artist.drop(tmp_path / "colored.png")
    assert artist.ask("studio.page.info.lines") == "extracted"
    artist.page.locator("#toasts", has_text="Lines drawn from the colored picture.").wait_for()
    artist.dab(165, 245, "#88CCAA")
    artist.rest()
    assert artist.color(165, 245) == "#88CCAA"
    artist.page.keyboard.press("l")
    artist.until("irodori.studio.page.info.lines === 'kept'")
    assert len(artist.hints()) == 1


def test_who_has_no_drawing_tries_the_koi(artist: Any) -> None:
    artist.page.click("#welcome [data-do=koi]")
    artist.until("!!irodori.studio.page?.painted")
    artist.page.locator("#toasts", has_text="dab it where it belongs").wait_for()
    assert artist.ask("studio.page.info.name") == "koi.png"
    artist.dab(650, 420, "#F2F0E6")
    artist.rest()
    assert artist.color(640, 430) == "#F2F0E6"


def test_what_is_no_picture_is_refused_in_one_line(artist: Any, tmp_path: Path) -> None:
    (tmp_path / "letter.png").write_bytes(b"Dear reader, this is no picture.")
    artist.page.set_input_files("#file", tmp_path / "letter.png")
    line = artist.page.locator("#toasts p", has_text="letter.png")
    line.wait_for()
    assert "\n" not in str(line.text_content())
    assert artist.ask("studio.pages.length") == 0


def test_pictures_come_and_go_over_the_clipboard(artist: Any, examples: Path) -> None:
    artist.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    picture = base64.b64encode((examples / "sailor.png").read_bytes()).decode()
    artist.page.evaluate(
        """(text) => {
          const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
          const clipboardData = new DataTransfer();
          clipboardData.items.add(new File([bytes], "image.png", { type: "image/png" }));
          dispatchEvent(new ClipboardEvent("paste", { clipboardData }));
        }""",
        picture,
    )
    artist.until("!!irodori.studio.page?.painted")
    artist.dab(165, 245, "#F8D8C2")
    artist.page.keyboard.press("Control+c")
    artist.page.locator("#toasts", has_text="on the clipboard").wait_for()
    copied = artist.page.evaluate(
        """async () => {
          const [item] = await navigator.clipboard.read();
          const picture = await createImageBitmap(await item.getType("image/png"));
          const pen = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
          pen.drawImage(picture, 0, 0);
          return [picture.width, picture.height, ...pen.getImageData(165, 245, 1, 1).data];
        }"""
    )
    assert copied == [376, 512, 0xF8, 0xD8, 0xC2, 255]


def test_pages_leave_the_strip(artist: Any, examples: Path) -> None:
    artist.drop(examples / "farmer.png", examples / "sailor.png")
    artist.page.keyboard.press("Shift+Delete")
    artist.until("irodori.studio.page?.info.name === 'sailor.png' && irodori.studio.page.painted")
    artist.dab(165, 245, "#F8D8C2")
    artist.rest()
    assert artist.color(165, 245) == "#F8D8C2"
    artist.page.keyboard.press("Control+Backspace")  # all hints away
    assert artist.hints() == []
    artist.page.keyboard.press("Shift+Delete")
    artist.page.locator("#welcome").wait_for()
    artist.drop(examples / "witch.png")
    assert artist.ask("studio.pages.map(({ info }) => info.name)") == ["witch.png"]
