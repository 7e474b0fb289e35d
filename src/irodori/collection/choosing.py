"""Some pictures of a collection made to count more, or left out, by hand, and back again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from irodori.collection.balance import TIMES, ClassWeight, balance_again, weigh_plainly
from irodori.collection.errors import CollectionError
from irodori.collection.store import Collection

STEP = "by hand"
"""The step under which the manifest keeps reasons that a person gave."""


def chosen(collection: Collection, where: str | None, ids: str | Path | None) -> list[str]:
    """The ids of the pictures meant: those that meet an SQL condition, or those in a text file.

    ids: a file with an id in each line. Raises CollectionError where neither or both are given, an
    id is unknown, or no picture is meant.
    """
    if (where is None) == (ids is None):
        raise CollectionError("which pictures? give --where SQL or --ids FILE, one of them")
    if ids is None:
        found: list[str] = collection.select(where)["id"].to_pylist()
    else:
        found = _listed(Path(ids))
        unknown = set(found) - set(collection.table["id"].to_pylist())
        if unknown:
            raise CollectionError(
                f"{ids}: {len(unknown)} of its ids are not in {collection.folder}, such as "
                f"{min(unknown)!r}; name the collection that they come from"
            )
    if not found:
        raise CollectionError(f"{collection.folder}: no picture is meant by {where or ids}")
    return found


def _listed(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CollectionError(f"{path}: cannot be read as a list of ids ({error})") from None
    return list(dict.fromkeys(line.strip() for line in lines if line.strip()))


def weigh(collection: Collection, ids: Sequence[str], times: float) -> list[ClassWeight]:
    """Lets pictures come so many times as often as balance alone would, in the column `times`.

    An epoch stays as long as it was. 1 takes it back. Another balance or split keeps it. Returns
    what balance makes of its classes, before `times`; [] without one. Raises CollectionError.
    """
    if not 0 < times <= 1000:
        raise CollectionError(f"--times {times:g}: give a number above 0, up to 1000")
    collection.set_columns(({"id": name, "times": float(times)} for name in ids), TIMES)
    collection.log("weigh", {"times": times}, pictures=len(ids))
    found = balance_again(collection)
    if not found:
        weigh_plainly(collection)
    return found


def leave_out(collection: Collection, ids: Sequence[str], reason: str) -> int:
    """Gives pictures a reason to be left out; how many had none by hand before.

    Nothing is deleted: `take_back` brings them back. Raises CollectionError.
    """
    if not reason.strip():
        raise CollectionError("why? give a reason, it is kept in the manifest")
    known = _by_hand(collection)
    new = {name: [reason.strip()] for name in ids}
    collection.set_reasons(STEP, known | new)
    collection.log("leave", {"reason": reason}, pictures=len(ids))
    return len(new.keys() - known.keys())


def take_back(collection: Collection, ids: Sequence[str]) -> int:
    """Takes the reasons back that `leave_out` gave these pictures; how many had one."""
    known = _by_hand(collection)
    rest = {name: reasons for name, reasons in known.items() if name not in set(ids)}
    collection.set_reasons(STEP, rest)
    collection.log("leave", {"reason": None}, pictures=len(known) - len(rest))
    return len(known) - len(rest)


def _by_hand(collection: Collection) -> dict[str, list[str]]:
    """The reasons of this step by id, without its name."""
    mine = f"{STEP}: "
    table: pa.Table = collection.table.select(["id", "reasons"])
    rows = ((row["id"], row["reasons"] or []) for row in table.to_pylist())
    own = {name: [r.removeprefix(mine) for r in rs if r.startswith(mine)] for name, rs in rows}
    return {name: reasons for name, reasons in own.items() if reasons}
