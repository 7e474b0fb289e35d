"""A picture board on this machine, so that crawling can be tried without the net.

    python scripts/board.py COLLECTION [--port P]

Serves the pictures of a collection, without their line art, through Danbooru's API until it is
stopped; it is the board that the tests crawl.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from irodori.collection.store import Collection

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "collection"))

from boards import Board, Post


def posts(folder: str) -> list[Post]:
    """The collection's pictures, numbered in the order of their ids."""
    collection = Collection.open(folder)
    return [
        Post(
            number,
            tuple(record["tags"]),
            artist=record["source"],
            suffix="webp",
            data=collection.path(record["path"]).read_bytes(),
        )
        for number, record in enumerate(collection.records(), start=1)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description="Serve a collection as a picture board.")
    parser.add_argument("collection")
    parser.add_argument("--port", type=int, default=8000)
    given = parser.parse_args()
    with Board(posts(given.collection), "danbooru", port=given.port) as board:
        print(board.root, flush=True)
        board.serve_forever()


if __name__ == "__main__":
    main()
