"""A picture board on a local socket, speaking both APIs as the real ones do, faults included."""

from __future__ import annotations

import hashlib
import io
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import quoteattr

from PIL import Image, ImageDraw

PAGE = {"danbooru": 200, "gelbooru": 100}


@dataclass
class Post:
    """One post: its picture and what the board knows of it."""

    number: int
    tags: tuple[str, ...]
    rating: str = "general"
    artist: str = "ai_no_e"
    parent: int | None = None
    source: str = ""
    suffix: str = "png"
    data: bytes = b""

    def __post_init__(self) -> None:
        self.data = self.data or picture(self.number, self.suffix)

    @property
    def md5(self) -> str:
        return hashlib.md5(self.data, usedforsecurity=False).hexdigest()

    @property
    def path(self) -> str:
        return f"/original/{self.md5[:2]}/{self.md5}.{self.suffix}"


@dataclass
class Faults:
    """What goes wrong: for each path, the answers that come before the right one.

    An answer is a status, "cut" (the connection ends midway), or "short" (fewer bytes than the post
    tells, as if they were all). vanished, short: numbers of posts for which it stays so.
    stored_anew: those whose announced digest is that of another file.
    """

    before: dict[str, list[int | str]] = field(default_factory=dict)
    vanished: set[int] = field(default_factory=set)
    short: set[int] = field(default_factory=set)
    stored_anew: set[int] = field(default_factory=set)


class Board(ThreadingHTTPServer):
    """The server; `fetched` counts the pictures that were sent whole, by number."""

    daemon_threads = True

    def __init__(self, posts: list[Post], kind: str, *, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Answer)
        self.posts = sorted(posts, key=lambda post: -post.number)
        self.kind = kind
        self.faults = Faults()
        self.fetched: Counter[int] = Counter()
        self.searches: list[str] = []
        self.times: list[float] = []  # when each request came, seconds of the monotonic clock
        self.delay = 0.0  # seconds between the halves of a picture

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A crawler that was killed hangs up; that is what is tested."""

    def found(self, tags: str) -> list[Post]:
        wanted = [tag for tag in tags.split() if not tag.startswith("id:")]
        below = [int(tag[4:]) for tag in tags.split() if tag.startswith("id:<")]
        return [
            post
            for post in self.posts
            if set(wanted) <= set(post.tags) and all(post.number < limit for limit in below)
        ]


class _Answer(BaseHTTPRequestHandler):
    server: Board
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        asked = {key: values[-1] for key, values in parse_qs(url.query).items()}
        self.server.times.append(time.monotonic())
        waiting = self.server.faults.before.get(url.path, [])
        fault = waiting.pop(0) if waiting else None
        if isinstance(fault, int):
            self.say(b"{}", "application/json", fault)
        elif url.path == "/posts.json" and self.server.kind == "danbooru":
            self.say_json(_danbooru(self.server, asked))
        elif asked.get("page") == "dapi" and self.server.kind == "gelbooru":
            self.say(_gelbooru(self.server, asked), "text/xml")
        else:
            self.say_picture(url.path, fault)

    def say_json(self, value: object) -> None:
        self.say(json.dumps(value).encode(), "application/json")

    def say_picture(self, path: str, fault: str | None) -> None:
        post = next((post for post in self.server.posts if post.path == path), None)
        if post is None or post.number in self.server.faults.vanished:
            self.say(b"gone", "text/plain", 404)
        elif fault == "cut":
            self.send_response(200)
            self.send_header("Content-Type", f"image/{post.suffix}")
            self.send_header("Content-Length", str(len(post.data)))
            self.end_headers()
            self.wfile.write(post.data[: len(post.data) // 2])
            self.close_connection = True
        elif fault == "short" or post.number in self.server.faults.short:
            self.say(post.data[: len(post.data) * 2 // 3], f"image/{post.suffix}")
        else:
            self.say_from(post)

    def say_from(self, post: Post) -> None:
        """The picture, or what is missing of it."""
        start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
        size = len(post.data)
        if start:
            extra = {"Content-Range": f"bytes {start}-{size - 1}/{size}"}
            self.say(post.data[start:], f"image/{post.suffix}", 206, extra)
        else:
            self.say(post.data, f"image/{post.suffix}")
        self.server.fetched[post.number] += 1

    def say(
        self, body: bytes, kind: str, status: int = 200, extra: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (extra or {}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.server.delay and kind.startswith("image/"):
            half = len(body) // 2
            self.wfile.write(body[:half])
            time.sleep(self.server.delay)
            body = body[half:]
        self.wfile.write(body)


def _danbooru(board: Board, asked: dict[str, str]) -> list[dict[str, Any]]:
    board.searches.append(asked.get("tags", ""))
    found = board.found(asked.get("tags", ""))
    page, size = asked.get("page", "1"), int(asked.get("limit", PAGE["danbooru"]))
    if page.startswith("b"):
        found = [post for post in found if post.number < int(page[1:])]
    else:
        found = found[(int(page) - 1) * size :]
    return [_danbooru_post(board, post) for post in found[:size]]


def _danbooru_post(board: Board, post: Post) -> dict[str, Any]:
    general = " ".join(post.tags)
    return {
        "id": post.number,
        "created_at": "2024-05-06T07:08:09.123-04:00",
        "source": post.source,
        "md5": post.md5,
        "rating": post.rating[0],
        "image_width": 60,
        "image_height": 48,
        "file_ext": post.suffix,
        "file_size": len(post.data),
        "parent_id": post.parent,
        "has_children": any(other.parent == post.number for other in board.posts),
        "tag_string": f"{post.artist} {general}",
        "tag_string_general": general,
        "tag_string_artist": post.artist,
        "tag_string_character": "",
        "tag_string_copyright": "",
        "tag_string_meta": "",
        "file_url": board.root + post.path,
    }


def _gelbooru(board: Board, asked: dict[str, str]) -> bytes:
    board.searches.append(asked.get("tags", ""))
    found = board.found(asked.get("tags", ""))
    page, size = int(asked.get("pid", 0)), int(asked.get("limit", PAGE["gelbooru"]))
    lines = [f'<posts count="{len(found)}" offset="{page * size}">']
    for post in found[page * size : (page + 1) * size]:
        facts = {
            "id": post.number,
            "md5": "0" * 32 if post.number in board.faults.stored_anew else post.md5,
            "file_url": board.root + post.path,
            "rating": post.rating,
            "tags": f" {' '.join(post.tags)} ",
            "source": post.source,
            "parent_id": post.parent or "",
            "has_children": "false",
            "width": 60,
            "height": 48,
            "created_at": "Mon May 06 07:08:09 +0000 2024",
        }
        told = " ".join(f"{name}={quoteattr(str(value))}" for name, value in facts.items())
        lines.append(f"<post {told}/>")
    return "\n".join([*lines, "</posts>"]).encode()


def picture(seed: int, suffix: str = "png", size: tuple[int, int] = (60, 48)) -> bytes:
    """Some shapes in color, another picture for each seed."""
    chance = random.Random(seed)
    image = Image.new("RGB", size, (250, 248, 240))
    pen = ImageDraw.Draw(image)
    for _ in range(4):
        x, y = chance.randrange(size[0] - 20), chance.randrange(size[1] - 16)
        fill = tuple(chance.randrange(256) for _ in range(3))
        pen.rectangle((x, y, x + 19, y + 15), fill=fill, outline=(0, 0, 0))
    file = io.BytesIO()
    image.save(file, {"jpg": "JPEG"}.get(suffix, suffix.upper()))
    return file.getvalue()


def many_posts(count: int, tag_sets: tuple[str, ...]) -> list[Post]:
    """As many posts, each answering one of the tag sets, most the first; a seventh the next too."""
    posts = []
    for number in range(1, count + 1):
        own = (0, 0, 1, 0, 0, 2)[number % 6] % len(tag_sets)
        sets = [tag_sets[own]]
        if number % 7 == 0:
            sets.append(tag_sets[(own + 1) % len(tag_sets)])
        tags = tuple(dict.fromkeys(tag for tags in sets for tag in tags.split()))
        posts.append(
            Post(
                1000 + number,
                tags,
                ("general", "sensitive", "questionable")[number % 5 % 3],
                artist=f"artist_{number % 9}",
                parent=1000 + number - 1 if number % 11 == 0 else None,
                source=f"https://example.org/{number}" if number % 2 else "",
                suffix="jpg" if number % 4 == 0 else "png",
            )
        )
    return posts


@contextmanager
def served(posts: list[Post], kind: str = "danbooru") -> Iterator[Board]:
    """The board, as long as the block lasts."""
    with Board(posts, kind) as board:
        thread = threading.Thread(target=board.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield board
        finally:
            board.shutdown()
            thread.join()
