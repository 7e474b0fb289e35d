r"""More openly licensed art: emoji, avatars and clip art, exact pairs drawn from vectors.

    npm install --prefix PACKAGES @iconify-json/{noto,noto-v1,twemoji,fxemoji,fluent-emoji-flat} \
        @iconify-json/{emojione,emojione-v1,streamline-emojis,streamline-kameleon-color} \
        @dicebear/core @dicebear/collection @bigheads/core react@16 react-dom@16
    python scripts/open_art.py PACKAGES OUT [--clip-art FOLDER]
    for part in OUT/*; do irodori data import ART $part; done

OUT gets a folder for each kind, tar shards with a `manifest.csv`. --clip-art: a folder of SVG such
as the `svg` of Debian's package openclipart-svg (public domain). What is drawn depends on the
packages alone. Whoever shows these pictures owes their artists the attribution that the manifest
names.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import random
import re
import subprocess
import tarfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from irodori.collection.errors import CollectionError
from irodori.collection.vector import draw_vector

EMOJI = (
    *("noto", "noto-v1", "twemoji", "fxemoji", "fluent-emoji-flat"),
    *("emojione", "emojione-v1", "streamline-emojis", "streamline-kameleon-color"),
)
AVATARS = {
    "bigEars": 140,
    "bigSmile": 140,
    "croodles": 60,
    "dylan": 80,
    "funEmoji": 100,
    "micah": 160,
    "miniavs": 140,
    "personas": 160,
    "toonHead": 200,
}
HEADS = 240
FACTS = ("id", "source", "author", "license", "tags", "group")
SKIN_TONES = 0.1  # of the variants of one emoji that differ by it
NO_THINGS = {"Flags", "Symbols", "Modifiers", "Component"}
NO_NAMES = re.compile(
    r"flag|keycap|button|-oclock|clock-face|thirty$|squared|ideograph|input-|-duo$"
)
NO_CLIP_ART = re.compile(
    r"(signs_and_symbols|flags|icons|shapes|geography|special|buttons|decorations|logos|office|cards"
    r"|games/cards|electronics|computer/(icons|buttons|diagrams|connectors|network|folders)|science"
    r"|people/stickmen|transportation/(aiga|roadsigns)|containers/labels|recreation/religion)"
)


@dataclass(frozen=True)
class Vector:
    """A drawing to be: whose it is, what is known of it, and its SVG."""

    id: str
    source: str
    author: str
    license: str
    tags: str
    svg: bytes


def emoji(packages: Path, name: str) -> Iterator[Vector]:
    folder = packages / "node_modules" / "@iconify-json" / name
    icons, info, metadata = (
        json.loads((folder / f"{part}.json").read_text(encoding="utf-8"))
        for part in ("icons", "info", "metadata")
    )
    kinds: dict[str, set[str]] = {}
    for kind, members in metadata.get("categories", {}).items():
        for member in members:
            kinds.setdefault(member, set()).add(kind)
    chance = random.Random(name)
    for icon, drawn in sorted(icons["icons"].items()):
        unwanted = kinds.get(icon, set()) & NO_THINGS or NO_NAMES.search(icon)
        if drawn.get("hidden") or unwanted:
            continue
        if "skin-tone" in icon and chance.random() >= SKIN_TONES:
            continue
        box = (0, 0, *(drawn.get(side, icons.get(side, 16)) for side in ("width", "height")))
        svg = (
            '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
            f'viewBox="{" ".join(map(str, box))}">{drawn["body"]}</svg>'
        )
        author, license = info["author"]["name"], info["license"]["spdx"]
        yield Vector(f"{name}-{icon}", name, author, license, "emoji", svg.encode())


def avatars(packages: Path) -> Iterator[Vector]:
    """Made by the styles' own program, from numbered seeds."""
    program = """
        const {createAvatar} = await import(process.argv[1] + '/@dicebear/core/lib/index.js');
        const styles = await import(process.argv[1] + '/@dicebear/collection/lib/index.js');
        for (const [name, count] of Object.entries(JSON.parse(process.argv[2])))
          for (let i = 0; i < count; i++) {
            const svg = createAvatar(styles[name], {seed: `irodori ${name} ${i}`}).toString();
            const {creator, license} = styles[name].meta;
            console.log(JSON.stringify([name, i, creator, license.name, svg]));
          }"""
    for line in _said_by_node(packages, program, json.dumps(AVATARS)):
        name, number, creator, license, svg = json.loads(line)
        key = f"{name}-{number:04d}"
        yield Vector(key, name, creator, license, "character", svg.encode())


def heads(packages: Path) -> Iterator[Vector]:
    """Big Heads (Robert Broersma), every feature by chance."""
    program = """
        const {createRequire} = await import('module');
        const load = createRequire(process.argv[1] + '/');
        const react = load('react'), {renderToStaticMarkup} = load('react-dom/server');
        const {BigHead, theme, ...kit} = load('@bigheads/core');
        let state = 1;  // of Lehmer's generator, so that the heads stay the same
        const chance = () => (state = (state * 48271) % 2147483647) / 2147483647;
        const one = (choices) => {
          const names = Object.keys(choices);
          return names[Math.floor(chance() * names.length)];
        };
        const {skin, hair, lipColors, clothing, bgColors} = theme.colors;
        for (let i = 0; i < Number(process.argv[2]); i++) {
          const look = {
            skinTone: one(skin), hairColor: one(hair), lipColor: one(lipColors),
            clothingColor: one(clothing), hatColor: one(clothing), circleColor: one(bgColors),
            faceMask: false, mask: chance() < 0.5, lashes: chance() < 0.5,
          };
          for (const [name, choices] of Object.entries(kit).filter(([n]) => n.endsWith('Map')))
            look[name.replace(/(?<=mouth|graphic)s/, '').slice(0, -3)] = one(choices);
          console.log(renderToStaticMarkup(react.createElement(BigHead, look)));
        }"""
    for number, svg in enumerate(_said_by_node(packages, program, str(HEADS))):
        key = f"bigheads-{number:04d}"
        yield Vector(key, "bigheads", "Robert Broersma", "MIT", "character", svg.encode())


def _said_by_node(packages: Path, program: str, argument: str) -> list[str]:
    """Lines that a program prints, which is given the modules' folder and an argument."""
    modules = str((packages / "node_modules").resolve())
    command = ["node", "--input-type=module", "-e", program, modules, argument]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout.splitlines()


def clip_art(folder: Path) -> Iterator[Vector]:
    for path in sorted(folder.rglob("*.svg")):
        name = path.relative_to(folder).with_suffix("").as_posix()
        if not NO_CLIP_ART.match(name):
            key = "clip-" + re.sub(r"[^a-z0-9]+", "-", name.lower())[-80:].strip("-")
            data = path.read_bytes()
            yield Vector(key, "openclipart", "openclipart.org", "CC0-1.0", "cartoon", data)


def draw(vector: Vector) -> tuple[Image.Image, Image.Image] | None:
    """Color and line with a margin, its pen by its id; None for what has no color or form."""
    chance = random.Random(vector.id)
    side, outline = chance.randint(230, 310), 1.3 * 3 ** chance.random()
    try:
        pair = draw_vector(vector.svg, side=side, outline=outline, solid=chance.random() < 0.7)
    except CollectionError:
        return None
    if pair.line is None or max(pair.color.size) > 4 * min(pair.color.size):
        return None
    pixels, ink = np.asarray(pair.color).astype(int), np.asarray(pair.line) < 128
    figure = pixels.min(2) < 245
    if figure.mean() < 0.04 or not 0.002 < ink.mean() < 0.5:
        return None
    if (np.ptp(pixels, axis=2)[figure] > 40).mean() < 0.15:
        return None
    box = _around(figure | ink, margin=chance.randint(6, 24))
    return _cut(pair.color, box), _cut(pair.line, box)


def _around(figure: NDArray[np.bool_], margin: int) -> tuple[int, int, int, int]:
    rows, columns = (np.flatnonzero(figure.any(axis)) for axis in (1, 0))
    left, top, right, bottom = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
    return left - margin, top - margin, right + margin, bottom + margin


def _cut(picture: Image.Image, box: tuple[int, int, int, int]) -> Image.Image:
    """The box, which may reach over the edge, where the paper goes on."""
    left, top, right, bottom = box
    paper = Image.new(picture.mode, (right - left, bottom - top), "white")
    paper.paste(picture, (-left, -top))
    return paper


def write(folder: Path, vectors: Iterable[Vector]) -> None:
    """Tar shards with what is known of each pair in a manifest beside them."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    with tarfile.open(folder / "shard-0000.tar", "w") as tar, ProcessPoolExecutor() as pool:
        for vector, pair in pool.map(drawn, vectors, chunksize=16):
            if pair is None:
                continue
            for kind, picture in zip(("color", "line"), pair, strict=True):
                member = tarfile.TarInfo(f"{vector.id}.{kind}.webp")
                member.size = len(picture)
                tar.addfile(member, io.BytesIO(picture))
            rows.append({**asdict(vector), "group": vector.id})
    with (folder / "manifest.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, FACTS, extrasaction="ignore")
        table.writeheader()
        table.writerows(rows)
    print(f"{folder}: {len(rows)} pairs", flush=True)


def drawn(vector: Vector) -> tuple[Vector, tuple[bytes, bytes] | None]:
    pair = draw(vector)
    return replace(vector, svg=b""), pair and (_webp(pair[0]), _webp(pair[1]))


def _webp(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "WEBP", quality=90)
    return file.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("packages", type=Path, help="where npm installed them")
    parser.add_argument("out", type=Path)
    parser.add_argument("--clip-art", type=Path, metavar="FOLDER")
    asked = parser.parse_args()
    for scope in ("@iconify-json", "@dicebear", "@bigheads"):
        if not (asked.packages / "node_modules" / scope).is_dir():
            parser.error(f"{asked.packages}: holds no {scope}; run the npm install above into it")
    if asked.clip_art and not asked.clip_art.is_dir():
        parser.error(f"{asked.clip_art}: no such folder; name one that holds SVG")
    write(asked.out / "emoji", chain.from_iterable(emoji(asked.packages, name) for name in EMOJI))
    write(asked.out / "avatars", chain(avatars(asked.packages), heads(asked.packages)))
    if asked.clip_art:
        write(asked.out / "clip-art", clip_art(asked.clip_art))


if __name__ == "__main__":
    main()
