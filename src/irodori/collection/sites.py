"""Picture boards that can be crawled: where they are, which API they speak, what a post becomes.

Two kinds of API are spoken by most boards: that of Danbooru, and that of Gelbooru 0.2.
"""

from __future__ import annotations

import re
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, urlsplit

from irodori.collection.errors import CollectionError
from irodori.collection.store import Record

RATINGS = {
    "general": ("g", "general", "safe"),
    "sensitive": ("s", "sensitive"),
    "questionable": ("q", "questionable"),
    "explicit": ("e", "explicit"),
}
"""The manifest's words for a rating, and what boards write for each."""

_TRIES = 4


@dataclass(frozen=True)
class Site:
    """A board.

    key: its name in ids, files and the manifest's `source`; no dots, as ids may have none. kind:
    the API it speaks, "danbooru" or "gelbooru". root: its address without a slash at the end.
    """

    key: str
    kind: str
    root: str

    @property
    def name(self) -> str:
        """What to call it in messages."""
        return self.key if self in SITES.values() else urlsplit(self.root).netloc

    def search_url(self, tags: str) -> str:
        """What gallery-dl is given to fetch all that answers the tags."""
        query = quote_plus(tags)
        if self.kind == "danbooru":
            url, speaks = f"{self.root}/posts?tags={query}", "Danbooru"
        else:
            url = f"{self.root}/index.php?page=post&s=list&tags={query}"
            speaks = "gelbooru_v02"
        return url if self in SITES.values() else f"{speaks}:{url}"

    def post_url(self, number: object) -> str:
        """The page of a post."""
        if self.kind == "danbooru":
            return f"{self.root}/posts/{number}"
        return f"{self.root}/index.php?page=post&s=view&id={number}"

    @property
    def tags_expression(self) -> str:
        """The name of a post's tags, as one text, in an expression of gallery-dl."""
        return "tag_string" if self.kind == "danbooru" else "tags"

    def row(self, post: Mapping[str, Any]) -> Record:
        """What a post tells of its picture, in the manifest's columns."""
        number = post["id"]
        tags = post.get("tags") or []
        artists = post.get("tags_artist") or []  # boards of Gelbooru's kind do not tell them apart
        return {
            "id": f"{self.key}-{number}",
            "source": self.key,
            "author": ", ".join(artists) or None,
            "url": self.post_url(number),
            "rating": _rating(post.get("rating")),
            "tags": tags.split() if isinstance(tags, str) else list(tags),
            "group": f"{self.key}-{_parent(post) or number}",
            "origin": post.get("source") or None,
        }


SITES = {
    "danbooru": Site("danbooru", "danbooru", "https://danbooru.donmai.us"),
    "safebooru": Site("safebooru", "gelbooru", "https://safebooru.org"),
    "gelbooru": Site("gelbooru", "gelbooru", "https://gelbooru.com"),
}
"""The boards that have a name of their own."""


def find_site(text: str) -> Site:
    """The board meant by a name, by KIND+URL, or by a URL, which is asked what it speaks.

    Raises CollectionError: an unknown name, a board that cannot be reached or speaks neither API.
    """
    if text in SITES:
        _ask(SITES[text].root)
        return SITES[text]
    kind, plus, address = text.partition("+")
    if not (plus and kind in ("danbooru", "gelbooru")):
        kind, address = "", text
    if not re.match(r"https?://[^/]", address):
        raise CollectionError(
            f"site {text!r} is not known; name {', '.join(SITES)}, or an address as "
            "danbooru+https://... or gelbooru+https://... (the API it speaks)"
        )
    root = address.rstrip("/")
    known = [site for site in SITES.values() if site.root == root]
    if known:
        return find_site(known[0].key)
    parts = urlsplit(root)
    key = re.sub(r"[^a-z0-9]+", "-", (parts.netloc + parts.path).lower()).strip("-")
    if kind:
        _ask(root)
    return Site(key, kind or _spoken(root), root)


def _spoken(root: str) -> str:
    if _ask(f"{root}/posts.json?limit=1").lstrip().startswith(b"["):
        return "danbooru"
    if b"<posts" in _ask(f"{root}/index.php?page=dapi&s=post&q=index&limit=1"):
        return "gelbooru"
    raise CollectionError(
        f"{root}: speaks neither Danbooru's API nor Gelbooru's; if it does, say which: "
        f"danbooru+{root} or gelbooru+{root}"
    )


def _ask(url: str) -> bytes:
    """The beginning of an answer, empty where the board refuses. Raises CollectionError."""
    request = urllib.request.Request(url, headers={"User-Agent": "irodori"})
    for tried in range(1, _TRIES + 1):
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return bytes(answer.read(500))
        except urllib.error.HTTPError as error:
            if error.code != 429 and error.code < 500:
                return b""
            time.sleep(tried)
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            reason = getattr(reason, "strerror", None) or reason
            raise CollectionError(
                f"{urlsplit(url).netloc} cannot be reached ({reason}); check the address and the "
                "network, then run it again"
            ) from None
    return b""


def _rating(value: object) -> str | None:
    return next((name for name, words in RATINGS.items() if value in words), None)


def _parent(post: Mapping[str, Any]) -> object:
    """The post that this one is a variant of, if any; boards write none, "" or 0 for none."""
    parent = post.get("parent_id")
    return None if parent in (None, "", "0", 0) else parent
