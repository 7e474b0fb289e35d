"""Divide a collection as the bundled colorist learns from it: what is held back, what comes when.

    python scripts/shares.py COLLECTION

A group of pictures (a book, an emoji, a kit of parts) is held back by its name's hash, about one in
ten; so are some sources as a whole, of whose artists training is to know nothing. What is left is
drawn by the shares below, whatever the number of pictures.
"""

from __future__ import annotations

import argparse
import hashlib
from collections import Counter
from typing import Any

import pyarrow as pa

from irodori.collection.store import Collection

UNSEEN = {"facesjs", "fxemoji", "gophers-egon", "horst", "naev-bobbens", "personas"}
NOT_USED = {"ltcrpg", "wapuu"}  # unclear terms; a trademark under the GPL
WHOLE = ":all"  # a group that is all of its source is never held back

SHARES = {  # of the samples, in parts of about 120
    "noto": 8,
    "noto-v1": 5,
    "twemoji": 7,
    "fluent-emoji-flat": 8,
    "openmoji": 7,
    "emojione": 6,
    "emojione-v1": 4,
    "streamline-emojis": 4,
    "streamline-kameleon-color": 3,
    "openclipart": 14,
    "asp": 14,
    "bookdash": 9,
    "charcreator": 6,
    "sachi": 0.1,
    "webgal": 0.3,
    "dicebear-adventurer": 3.5,
    "dicebear-openpeeps": 2,
    "toonHead": 1.7,
    "micah": 1.4,
    "miniavs": 1.4,
    "bigSmile": 1.2,
    "bigEars": 1,
    "dylan": 1,
    "funEmoji": 0.7,
    "croodles": 0.6,
    "bigheads": 3.5,
    "robohash-set1": 2,
    "robohash-set2": 2,
    "robohash-set4": 2.5,
}
HELD_BACK_BY_GROUP = {"asp", "bookdash", "openmoji"}


def part(row: dict[str, Any]) -> str:
    source, group = row["source"], row["group"] or ""
    if source in NOT_USED:
        return "test"
    first = hashlib.sha256(group.encode()).digest()[0]
    held_back = source in HELD_BACK_BY_GROUP and first < 26 and not group.endswith(WHOLE)
    return "validation" if source in UNSEEN or held_back else "train"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("collection")
    collection = Collection.open(parser.parse_args().collection)
    rows = collection.table.select(["id", "source", "group"]).to_pylist()
    parts = {row["id"]: part(row) for row in rows}
    counts = Counter(row["source"] for row in rows if parts[row["id"]] == "train")
    each = sum(counts.values()) / sum(SHARES[source] for source in counts)
    collection.set_columns(
        (
            {
                "id": row["id"],
                "part": parts[row["id"]],
                "weight": SHARES.get(row["source"], 1) * each / max(1, counts[row["source"]]),
            }
            for row in rows
        ),
        pa.schema({"id": pa.string(), "part": pa.string(), "weight": pa.float64()}),
    )
    for source, count in counts.most_common():
        print(f"{source:<24}{count:>6} pictures, each {SHARES[source] * each / count:.2f} times")


if __name__ == "__main__":
    main()
