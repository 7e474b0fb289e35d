"""Crawling picture boards by tags: politely, each picture once, and stoppable at any moment.

gallery-dl fetches the pictures and leaves a JSON file for each in `.crawl/posts`; the manifest is
made of those, so that it is the same however often the work was cut off on the way.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa
from PIL import Image

from irodori.collection import manifest
from irodori.collection.errors import CollectionError
from irodori.collection.gallery import (
    Config,
    Heard,
    check_installed,
    config_for,
    fetch,
    only_crawl,
)
from irodori.collection.importing import measures
from irodori.collection.sites import RATINGS, SITES, Site
from irodori.collection.store import LOG, Collection, Record
from irodori.storage.places import place
from irodori.storage.working import mirror_of

TRIAL = 50
"""How many pictures of each tag set are fetched unless a person asks for more."""

RATE = 1.0
"""Seconds between two requests; some boards would let a program ask as fast as it can."""

FASTEST = 0.5
"""The least that the boards which everybody uses are spared."""

COLUMNS = pa.schema([pa.field("origin", pa.string()), pa.field("crawl_error", pa.string())])
"""What a crawl adds to the manifest: where the artist published the picture, and what is wrong with
its file."""

_PICTURES = ("avif", "gif", "jpg", "jpeg", "png", "webp")  # no videos, no archives of frames
_POSTS = ".crawl/posts"

Progress: TypeAlias = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Rules:
    """What a picture must meet; one that is there already and does not is left out with a reason.

    ratings: words of `RATINGS`, empty for any. without: tags that it must not have.
    """

    ratings: tuple[str, ...] = ()
    without: tuple[str, ...] = ()

    @classmethod
    def parse(cls, ratings: str | None, without: str | None) -> Rules:
        """Ratings with commas, by word or first letter, and tags with spaces or commas.

        Raises CollectionError for an unknown rating.
        """
        words = []
        for text in re.split(r"[\s,]+", ratings or ""):
            found = [name for name in RATINGS if text and name.startswith(text.lower())]
            if text and not found:
                raise CollectionError(f"rating {text!r} is not known; use {', '.join(RATINGS)}")
            words += found
        return cls(tuple(words), tuple(filter(None, re.split(r"[\s,]+", without or ""))))

    def broken_by(self, record: Record) -> list[str]:
        """The reasons to leave a record out."""
        reasons = []
        if self.ratings and record["rating"] not in self.ratings:
            reasons.append(f"rating {record['rating'] or 'unknown'}")
        tags = set(record["tags"] or ())
        return reasons + [f"tag {tag}" for tag in self.without if tag in tags]

    def expression(self, site: Site) -> str:
        """The same for gallery-dl, so that what does not pass is not fetched at all."""
        terms = [f"extension in {_PICTURES!r}"]
        if self.ratings:
            written = tuple(word for name in self.ratings for word in RATINGS[name])
            terms.append(f"rating in {written!r}")
        if self.without:
            terms.append(f"not set({self.without!r}).intersection({site.tags_expression}.split())")
        return " and ".join(terms)


@dataclass
class Crawled:
    """What came of a crawl.

    heard: what gallery-dl told, for each tag set. damaged: ids of new pictures. left_out: how many
    of all the crawled pictures.
    """

    heard: dict[str, Heard] = field(default_factory=dict)
    new: int = 0
    damaged: list[str] = field(default_factory=list)
    left_out: int = 0

    @property
    def answered(self) -> int:
        """Posts that came up in all searches."""
        return sum(heard.answered for heard in self.heard.values())

    def told(self) -> str:
        """A line for each tag set, and one for what is wrong."""
        lines = [
            f"{tags}: {heard.answered} posts, {heard.fetched} fetched, {heard.known} were there"
            + (f", {len(heard.failed)} not to be had" if heard.failed else "")
            for tags, heard in self.heard.items()
        ]
        if self.damaged:
            lines.append(f"{len(self.damaged)} arrived damaged twice")
        if self.left_out:
            lines.append(f"{self.left_out} of the crawled pictures are left out for a reason")
        return "".join(f"{line}\n" for line in lines)


def crawl(
    folder: str | Path,
    site: Site,
    tag_sets: Sequence[str],
    rules: Rules,
    *,
    limit: int = TRIAL,
    rate: float = RATE,
    license: str | None = None,
    progress: Progress | None = None,
) -> Crawled:
    """Fetches the pictures that answer each tag set into a folder of its own, and notes them.

    limit: posts of each tag set. rate: seconds between requests; 429 and 5xx are waited out.
    license: what the board says of its pictures, if anything. A picture that answers several sets
    lies in the folder of the first. Stopped or killed, it goes on where it was. Raises
    CollectionError: no tags, gallery-dl missing, a board that ends the search; OutputError.
    """
    check_installed()
    names = _checked(site, tag_sets, rate)
    with _here(place(folder)) as here:
        collection = Collection.create(here)
        (collection.folder / _POSTS).mkdir(parents=True, exist_ok=True)
        done = Crawled()
        config = _configured(collection.folder.resolve(), site, rules, limit=limit, rate=rate)
        with only_crawl(collection.folder / ".crawl" / "lock") as lock:
            for number, (name, tags) in enumerate(names.items()):

                def hear(heard: Heard, number: int = number, tags: str = tags) -> None:
                    done.heard[tags] = heard
                    if progress:
                        progress(number * limit + heard.answered, len(names) * limit, tags)

                where = _into(config, name)
                try:
                    hear(fetch(site, tags, where, lock=lock, hear=hear))
                    if _forget_damaged(
                        collection, site, name
                    ):  # the way may be to blame: once more
                        fetch(site, tags, where, lock=lock, hear=lambda heard: None)
                finally:
                    _note(collection, site, rules, license, done)
        settings = {"site": site.root, "tags": list(names.values()), "limit": limit}
        settings |= {"ratings": list(rules.ratings), "without": list(rules.without)}
        collection.log("crawl", settings, new=done.new, damaged=len(done.damaged))
        return done


@contextlib.contextmanager
def _here(folder: Path) -> Iterator[Path]:
    """The folder, or for one elsewhere its working folder: gallery-dl writes to a local disk.

    Of what lies there only the manifest and the crawl's own files are brought here; what is new is
    sent there at the end, also where the crawl was stopped.
    """
    mirror = mirror_of(folder)
    if mirror is None:
        yield folder
        return
    mirror.there.mkdir()
    mirror.fetch(wanted=lambda name: name.startswith(".crawl/") or name in (manifest.NAME, LOG))
    try:
        yield mirror.here
    finally:
        mirror.send()


def _checked(site: Site, tag_sets: Sequence[str], rate: float) -> dict[str, str]:
    """The tag sets by their folders. Raises CollectionError where there are none, or for haste."""
    if rate < FASTEST and site in SITES.values():
        raise CollectionError(
            f"rate {rate:g}: leave {site.name} at least {FASTEST:g} seconds between requests"
        )
    names = {folder_name(tags): tags for tags in tag_sets if tags.strip()}
    if not names:
        raise CollectionError('tags: say what to look for, as in --tags "1girl solo"')
    return names


def folder_name(tags: str) -> str:
    """The folder of a tag set: its tags joined by +, what does not suit a file's name replaced.

    Two tag sets never share a folder, since a digest tells apart what had to be changed.
    """
    whole = "+".join(tags.split())
    plain = re.sub(r"[^\w+()-]", "_", whole)[:80]
    if plain == whole and plain == plain.lower():
        return plain
    return f"{plain}-{hashlib.sha256(whole.encode()).hexdigest()[:6]}"


def _configured(folder: Path, site: Site, rules: Rules, *, limit: int, rate: float) -> Config:
    config = config_for(folder, rate)
    config["extractor"] |= {
        "archive-prefix": f"{site.key}-",  # so that an entry is the id of the picture
        "filename": f"{site.key}-{{id}}.{{extension}}",
        "image-filter": rules.expression(site),
        "image-range": f"1-{limit}",
        "postprocessors": [
            {
                "name": "metadata",
                "event": "file",  # before the picture takes its name: none is without its facts
                "base-directory": str(folder / _POSTS),
                "filename": f"{site.key}-{{id}}.json",
                "sort": True,
            }
        ],
    }
    return config


def _into(config: Config, name: str) -> Config:
    """The same for one tag set's folder, which its posts' files tell too."""
    place = {"directory": [name], "keywords": {"collection_folder": name}}
    return {**config, "extractor": {**config["extractor"], **place}}


def _new_posts(collection: Collection, site: Site) -> Iterable[tuple[Path, dict[str, Any]]]:
    """The pictures that are fetched but not in the manifest, with their posts, by id."""
    known = set(collection.table["id"].to_pylist())
    for told in sorted((collection.folder / _POSTS).glob(f"{site.key}-*.json")):
        if told.stem in known:
            continue
        with contextlib.suppress(ValueError):  # cut off by a kill: its picture is not there either
            post = json.loads(told.read_text(encoding="utf-8"))
            name = f"{site.key}-{post['id']}"  # keys may be each other's beginnings
            picture = collection.folder / post["collection_folder"] / f"{name}.{post['extension']}"
            if name == told.stem and picture.is_file():
                yield picture, post


def _forget_damaged(collection: Collection, site: Site, name: str) -> int:
    """Removes what arrived damaged in a tag set's folder, to be fetched again; how many."""
    new = [found for found in _new_posts(collection, site) if found[0].parent.name == name]
    damaged = [path for path, post in new if _damage(path, post)]
    if not damaged:
        return 0
    with (
        contextlib.closing(
            sqlite3.connect(collection.folder / ".crawl" / "archive.sqlite3")
        ) as archive,
        archive,
    ):
        # From the archive first: were we killed in between, the file would tell of itself again.
        archive.executemany(
            "DELETE FROM archive WHERE entry = ?", [(path.stem,) for path in damaged]
        )
    for path in damaged:
        path.unlink()
    return len(damaged)


def _damage(path: Path, post: dict[str, Any]) -> str | None:
    """What is wrong with a file: not the bytes that its post announces, or no whole picture.

    Boards that tell no size may have stored their pictures anew since they noted the digest.
    """
    data = path.read_bytes()
    if post.get("md5") == hashlib.md5(data, usedforsecurity=False).hexdigest():
        return None
    if size := post.get("file_size"):
        return f"damaged (has {len(data)} bytes; the board tells {size}, and another digest)"
    try:
        with Image.open(path) as image:
            image.load()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        return f"damaged ({error})".replace(os.fspath(path), path.name)
    return None


def _note(
    collection: Collection, site: Site, rules: Rules, license: str | None, done: Crawled
) -> None:
    """Writes what arrived into the manifest, and counts it."""
    rows = []
    for path, post in _new_posts(collection, site):
        place = path.relative_to(collection.folder).as_posix()
        row = {"path": place, "license": license, **site.row(post), **measures(path.read_bytes())}
        rows.append({**row, "crawl_error": _damage(path, post)})
    base = collection.table.column_names
    done.new += collection.add({key: row[key] for key in row if key in base} for row in rows)
    collection.set_columns(rows, COLUMNS)
    crawled = {told.stem for told in (collection.folder / _POSTS).glob("*.json")}
    reasons = {}
    for record in collection.records():
        if record["id"] in crawled:
            error = [record["crawl_error"]] if record["crawl_error"] else []
            reasons[record["id"]] = error + rules.broken_by(record)
    collection.set_reasons("crawl", reasons)
    done.damaged += [row["id"] for row in rows if row["crawl_error"]]
    done.left_out = sum(map(bool, reasons.values()))
