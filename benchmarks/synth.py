"""How long a drawn picture takes, and what it is like beside drawings by people.

    python benchmarks/synth.py [--count N] [--size PX] [--beside COLLECTION]

The reference for time is the line extraction of `irodori data pair` on the same pictures. Beside a
collection with true line art, the share of ink and the number of regions of both are printed.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from irodori.collection.dataset import Dataset
from irodori.collection.lines import draw_lines
from irodori.collection.pictures import encode
from irodori.collection.synth.picture import draw
from irodori.color.regions import find_regions


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--beside", metavar="COLLECTION")
    given = parser.parse_args()
    cv2.setNumThreads(1)

    start = time.process_time()
    drawn = [draw(0, number, given.size) for number in range(given.count)]
    drawing = (time.process_time() - start) / given.count
    start = time.process_time()
    for picture in drawn:
        encode(picture.color)
        encode(picture.line)
    storing = (time.process_time() - start) / given.count
    start = time.process_time()
    for number, picture in enumerate(drawn):
        draw_lines(picture.color, np.random.default_rng(number))
    extracting = (time.process_time() - start) / given.count
    print(f"{given.count} pictures of {given.size} pixels, processor time")
    print(f"drawing     {drawing * 1000:6.0f} ms   {drawing / extracting:5.2f} x extracting lines")
    print(f"storing     {storing * 1000:6.0f} ms   {storing / extracting:5.2f} x")
    print(f"extracting  {extracting * 1000:6.0f} ms   the reference")
    print(f"\n{'':<12}{'ink':>8}{'regions':>10}   median, lower and upper quarter")
    print(f"{'drawn':<12}{_traits(picture.line for picture in drawn)}")
    if given.beside:
        people = Dataset(given.beside, None, size=given.size, seed=1, flats=False)
        lines = (people[position].line for position in range(min(given.count, len(people))))
        print(f"{'by people':<12}{_traits(lines)}")


def _traits(lines: Iterable[NDArray[np.uint8]]) -> str:
    inks = [1 - line.astype(np.float32) / 255 for line in lines]
    cover = np.percentile([float(ink.mean()) for ink in inks], (50, 25, 75)) * 100
    regions = np.percentile([find_regions(ink).count for ink in inks], (50, 25, 75))
    return (
        f"{cover[0]:7.1f}%{regions[0]:10.0f}   {cover[1]:.1f} .. {cover[2]:.1f} %, "
        f"{regions[1]:.0f} .. {regions[2]:.0f} regions"
    )


if __name__ == "__main__":
    main()
