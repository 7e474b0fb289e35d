"""What cleaning a collection costs, against cleanvision and imagehash, and how it grows.

    python benchmarks/collection.py [FOLDER] [--pictures 200] [--records 100000]

FOLDER: pictures to clean, a collection's or any; without one, drawn ones of about 500 pixels.
First the time of one core per picture: cleanvision's default checks (imagehash's pHash among them)
and imagehash's dHash, against what `irodori data clean` measures for the same ends, and against all
that it measures, turn and turn about on the same pictures. Then the search for doubles among
synthetic records of four sizes: the index over all hashes, the clusters and who stays; and the
power of the number of records with which it grows. Last, the second look at near hashes.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

from irodori.collection.duplicates import judge_duplicates
from irodori.collection.entanglement import SIDE as LINES_SIDE
from irodori.collection.hash_index import near_pairs
from irodori.collection.hashes import BITS, WINDOWS
from irodori.collection.measures import WORK_SIDE, measure, measure_basics
from irodori.collection.pairs import RADIUS
from irodori.collection.reading import fit, read_picture
from irodori.collection.second_look import compare, look_at
from irodori.collection.sources import PICTURES
from irodori.collection.thresholds import Thresholds
from table import Table, parser

TURN = 25  # pictures that one side cleans before the other's turn


def drawn_pictures(folder: Path, count: int) -> None:
    """Blobs of color with lines around them, as JPEG and WebP."""
    random = np.random.default_rng(0)
    for number in range(count):
        picture = np.full((512, 400, 3), 255, np.uint8)
        for _ in range(14):
            corners = (random.random((int(random.integers(3, 9)), 2)) * (400, 512)).astype(np.int32)
            hull = [cv2.convexHull(corners)]
            cv2.drawContours(picture, hull, 0, random.integers(40, 250, 3).tolist(), -1)
            cv2.drawContours(picture, hull, 0, (20, 20, 20), 3, cv2.LINE_AA)
        cv2.imwrite(str(folder / f"{number:04d}.{('jpg', 'webp')[number % 2]}"), picture)


def seconds(work: Callable[[], object]) -> float:
    """Of one core, not of the clock, which tells of the machine's other work too."""
    before = time.process_time()
    work()
    return time.process_time() - before


def cleanvision(paths: list[Path]) -> None:
    """Its default checks: among them odd sizes, little on it, grey, the same, nearly the same."""
    from cleanvision import Imagelab

    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        Imagelab(filepaths=[str(path) for path in paths]).find_issues(n_jobs=1, verbose=False)


def imagehash_dhash(paths: list[Path]) -> None:
    """The one hash of imagehash that cleanvision does not take itself."""
    import imagehash
    from PIL import Image

    for path in paths:
        with Image.open(path) as image:
            imagehash.dhash(image)


def same_checks(paths: list[Path]) -> None:
    """What the two above look for, and crops and recolorings besides."""
    for path in paths:
        hashlib.sha256(path.read_bytes()).hexdigest()
        measure_basics(fit(read_picture(path, enough=WORK_SIDE), LINES_SIDE))


def all_checks(paths: list[Path]) -> None:
    """Photographs, writing and entanglement too."""
    for path in paths:
        hashlib.sha256(path.read_bytes()).hexdigest()
        measure(path.parent, {"path": path.name})


def throughput(paths: list[Path], table: Table) -> None:
    works = (same_checks, all_checks, cleanvision, imagehash_dhash)
    times: dict[str, list[float]] = {work.__name__: [] for work in works}
    for work in works:
        work(paths[:2])  # imports
    for start in range(0, len(paths), TURN):
        turn = paths[start : start + TURN]
        for work in works:
            spent = seconds(lambda: work(turn))  # noqa: B023
            times[work.__name__].append(spent / len(turn))
    print(f"{len(paths)} pictures, milliseconds of one core a picture")
    for name, each in times.items():
        print(f"  {name.replace('_', ' '):16} {1000 * np.mean(each):7.1f}")
    theirs = np.array(times["cleanvision"]) + times["imagehash_dhash"]
    # All checks are more than those two make, so that only the same ones are held against them.
    for name, least in (("same_checks", 1), ("all_checks", None)):
        ratios = theirs / times[name]
        title, against = name.replace("_", " "), "cleanvision and imagehash"
        print(f"  {title}: turns from {ratios.min():.1f} to {ratios.max():.1f}")
        title = f"cleaning, {title}: times as fast"
        table.add(title, ratios.mean(), against=against, limit=least, at_least=True)


def synthetic(count: int) -> np.ndarray:
    """Hashes of `count` pictures, a tenth of them doubles of others: a few bits apart."""
    random = np.random.default_rng(count)
    hashes = random.integers(0, 256, (count, len(WINDOWS), BITS // 8), np.uint8)
    doubles = np.arange(0, count - 1, 10)
    of = random.integers(0, len(WINDOWS), len(doubles))
    flips = np.packbits(random.random((len(doubles), BITS)) < 0.06, axis=1)
    hashes[doubles, 0] = hashes[doubles + 1, of] ^ flips
    return hashes


def deduplicate(hashes: np.ndarray) -> int:
    """From hashes to reasons, every near pair being taken for a double; how many are left out."""
    near = near_pairs(hashes, RADIUS)
    names = [f"{index:08d}" for index in range(len(hashes))]
    empty = dict.fromkeys(("sha256", "group", "source", "line_path", "license", "author", "url"))
    records = [{"id": name, "width": 500, "height": 400, **empty} for name in names]
    likeness = {"lines": 0.99, "same": 1.0, "other": 0.0}
    pairs = [
        {"whole": names[whole], "part": names[part], "window": int(window), **likeness}
        for whole, part, window in zip(near.whole, near.part, near.window, strict=True)
    ]
    return len(judge_duplicates(records, pairs, Thresholds())[1])


def growth(records: int, table: Table) -> None:
    print("doubles among synthetic records, one core")
    sizes = [records // 8, records // 4, records // 2, records]
    times = []
    deduplicate(synthetic(1000))
    for size in sizes:
        hashes = synthetic(size)
        start = time.process_time()
        left_out = deduplicate(hashes)
        times.append(time.process_time() - start)
        per = 1e6 * times[-1] / size
        print(f"  {size:7} records {times[-1]:7.2f} s {per:7.0f} us a record, {left_out} left out")
    power = np.polyfit(np.log(sizes), np.log(times), 1)[0]
    allowed = np.polyfit(np.log(sizes), np.log(sizes * np.log(sizes)), 1)[0]
    print(f"  grows with the power {power:.2f} of the records; n log n is {allowed:.2f} here")
    table.add("doubles: power of growth", power / allowed, against="that of n log n", limit=1.1)


def second_look(paths: list[Path]) -> None:
    pictures = [read_picture(path) for path in paths[:20]]
    looks = [look_at(picture) for picture in pictures]
    looking = seconds(lambda: [look_at(picture) for picture in pictures]) / len(pictures)
    same = seconds(lambda: [compare(look, look, 0) for look in looks]) / len(looks)
    pairs = list(pairwise(looks))
    other = seconds(lambda: [compare(one, two, 0) for one, two in pairs]) / len(pairs)
    print("second look, one core")
    print(f"  {1000 * looking:.1f} ms a picture; {1000 * same:.1f} ms a pair of doubles,")
    print(f"  {1000 * other:.1f} ms a pair of strangers")


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("folder", nargs="?", type=Path)
    arguments.add_argument("--pictures", type=int, default=200)
    arguments.add_argument("--records", type=int, default=100_000)
    asked = arguments.parse_args()
    table = Table()
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as made:
        folder = asked.folder or Path(made)
        if asked.folder is None:
            drawn_pictures(folder, asked.pictures)
        paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in PICTURES)
        paths = [path for path in paths if ".line." not in path.name]
        chosen = np.random.default_rng(0).permutation(len(paths))[: asked.pictures]
        paths = [paths[index] for index in chosen]
        throughput(paths, table)
        second_look(paths)
    growth(asked.records, table)
    table.write(asked.json)


if __name__ == "__main__":
    main()
