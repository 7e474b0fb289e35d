"""Crawling: the real gallery-dl against a board on a local socket, whatever goes wrong."""

from __future__ import annotations

import importlib.util
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irodori.cli import main
from irodori.collection import gallery
from irodori.collection.crawl import Rules, crawl, folder_name
from irodori.collection.errors import CollectionError
from irodori.collection.sites import SITES, Site, find_site
from irodori.collection.store import Collection
from irodori.color.errors import OutputError


def _boards() -> ModuleType:
    path = Path(__file__).with_name("boards.py")
    spec = importlib.util.spec_from_file_location("boards", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["boards"] = module
    spec.loader.exec_module(module)
    return module


boards = _boards()
SETS = ("1girl solo", "1boy solo", "cat outdoors")
ANY = Rules()

Board = Any  # boards.Board


@pytest.fixture(scope="module")
def board() -> Iterator[Board]:
    """300 posts for the three tag sets, of which the first has more than a page."""
    with boards.served(boards.many_posts(300, SETS)) as board:
        yield board


@pytest.fixture(scope="module")
def whole(board: Board, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What an unbroken crawl of all three makes."""
    folder = tmp_path_factory.mktemp("crawl") / "whole"
    crawl(folder, find_site(board.root), SETS, ANY, limit=1000, rate=0)
    board.fetched_first = dict(board.fetched)
    return folder


def _site(board: Board) -> Site:
    return Site("board", board.kind, board.root)


def _manifest(folder: Path) -> bytes:
    return (folder / "manifest.parquet").read_bytes()


def _pictures(folder: Path) -> list[str]:
    found = (path.relative_to(folder) for path in folder.glob("*/*") if ".crawl" not in path.parts)
    return sorted(map(str, found))


def test_posts_of_three_tag_sets_arrive_in_folders(board: Board, whole: Path) -> None:
    assert len(board.found(SETS[0])) > boards.PAGE["danbooru"]
    assert board.fetched_first == {post.number: 1 for post in board.posts}
    records = {row["id"]: row for row in Collection.open(whole).records()}
    key = find_site(board.root).key
    assert "." not in key
    assert len(records) == 300
    assert sorted(row["path"] for row in records.values()) == _pictures(whole)
    assert {Path(row["path"]).parent.name for row in records.values()} == {
        "1girl+solo",
        "1boy+solo",
        "cat+outdoors",
    }
    for post in board.posts:
        row = records[f"{key}-{post.number}"]
        assert (whole / row["path"]).read_bytes() == post.data
        first = next(tags for tags in SETS if set(tags.split()) <= set(post.tags))
        assert Path(row["path"]).parent.name == folder_name(first)
        assert set(row["tags"]) == {*post.tags, post.artist}
        assert (row["rating"], row["author"]) == (post.rating, post.artist)
        assert (row["origin"] or "") == post.source
        assert row["url"] == f"{board.root}/posts/{post.number}"
        assert row["group"] == f"{key}-{post.parent or post.number}"
        assert (row["width"], row["height"], row["bytes"]) == (60, 48, len(post.data))
        assert row["reasons"] == []


def test_a_second_crawl_fetches_no_picture(board: Board, whole: Path) -> None:
    before, manifest = board.fetched.copy(), _manifest(whole)
    done = crawl(whole, find_site(board.root), SETS, ANY, limit=1000, rate=0)
    assert board.fetched == before
    assert sum(heard.fetched for heard in done.heard.values()) == 0
    assert _manifest(whole) == manifest


@pytest.mark.parametrize(
    "seed", [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 8))]
)
def test_killed_three_times_it_ends_with_the_same_manifest(
    board: Board, whole: Path, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    folder = tmp_path / "killed"
    board.fetched.clear()
    board.delay = 0.004
    try:
        for after in sorted(chance.sample(range(20, 280), 3)):
            process = _started(folder, board)
            _until_fetched(board, after)
            assert process.poll() is None, process.communicate()
            time.sleep(chance.random() * 0.02)
            _kill(process, with_gallery=chance.random() < 0.5)
    finally:
        board.delay = 0.0
    last = _started(folder, board)
    last.communicate(timeout=120)
    assert last.returncode == 0
    assert _manifest(folder) == _manifest(whole)
    assert _pictures(folder) == _pictures(whole)
    assert board.fetched.total() <= 300 + 6  # each kill may cost what was under way


def _started(folder: Path, board: Board, rate: float = 0) -> subprocess.Popen[bytes]:
    """The program in a session of its own, so that it and gallery-dl can be killed together."""
    command = [sys.executable, "-m", "irodori", "data", "crawl", str(folder), "--site", board.root]
    sets = [part for tags in SETS for part in ("--tags", tags)]
    return subprocess.Popen(
        [*command, *sets, "--limit", "1000", "--rate", str(rate)],
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def _kill(process: subprocess.Popen[bytes], *, with_gallery: bool) -> None:
    if with_gallery:
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.communicate()


def _until_fetched(board: Board, count: int) -> None:
    end = time.monotonic() + 60
    while board.fetched.total() < count:
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.005)


def test_faults_cost_nothing_else(tmp_path: Path) -> None:
    """Every kind at once: each picture but the vanished one is there, and only one is damaged."""
    posts = boards.many_posts(30, SETS)
    path = {post.number: post.path for post in posts}
    with boards.served(posts) as board:
        crawl(tmp_path / "sound", _site(board), SETS, ANY, rate=0)
        board.fetched.clear()
        board.faults.before = {
            "/posts.json": [500, 429],
            path[1030]: [429],
            path[1029]: [503, 500],
            path[1028]: ["cut"],
            path[1027]: ["short"],
            path[1026]: ["short"],
        }
        board.faults.vanished, board.faults.short = {1025}, {1024}
        done = crawl(tmp_path / "faulty", _site(board), SETS, ANY, rate=0)
    assert done.damaged == ["board-1024"]
    assert [name for heard in done.heard.values() for name in heard.failed] == ["board-1025.png"]
    sound = {row["id"]: row for row in Collection.open(tmp_path / "sound").records()}
    found = {row["id"]: row for row in Collection.open(tmp_path / "faulty").records()}
    damaged = found.pop("board-1024")
    assert damaged["reasons"][0].startswith("crawl: damaged (")
    assert (tmp_path / "faulty" / damaged["path"]).is_file()
    del sound["board-1024"], sound["board-1025"]
    assert found == sound
    assert max(board.fetched.values()) == 1


def test_what_vanished_comes_when_it_is_back(tmp_path: Path) -> None:
    with boards.served(boards.many_posts(12, ("a",))) as board:
        board.faults.vanished = {1007}
        crawl(tmp_path / "c", _site(board), ["a"], ANY, rate=0)
        assert len(Collection.open(tmp_path / "c")) == 11
        board.faults.vanished = set()
        crawl(tmp_path / "c", _site(board), ["a"], ANY, rate=0)
    assert len(Collection.open(tmp_path / "c")) == 12
    assert set(board.fetched.values()) == {1}


def test_the_api_of_gelbooru(tmp_path: Path) -> None:
    """More posts than a page has; the board is asked what it speaks."""
    with boards.served(boards.many_posts(120, ("cat outdoors",)), "gelbooru") as board:
        site = find_site(board.root)
        assert (site.kind, find_site(f"gelbooru+{board.root}/")) == ("gelbooru", site)
        board.faults.stored_anew, board.faults.short = {1030, 1032}, {1031, 1036}
        done = crawl(tmp_path / "c", site, ["cat outdoors"], ANY, limit=110, rate=0)
        assert sorted(done.damaged) == [f"{site.key}-1031", f"{site.key}-1036"]
        records = Collection.open(tmp_path / "c").records()
        assert len(records) == 110
        assert {row["rating"] for row in records} == {"general", "sensitive", "questionable"}
        assert {tuple(row["tags"]) for row in records} == {("cat", "outdoors")}
        first = records[0]
        assert first["url"] == f"{board.root}/index.php?page=post&s=view&id=1011"
        assert "." not in first["id"]


def test_without_a_limit_it_is_a_trial_that_is_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with boards.served(boards.many_posts(60, ("a",))) as board:
        site = f"danbooru+{board.root}"
        command = ["data", "crawl", str(tmp_path / "c"), "--site", site, "--tags", "a"]
        assert main([*command, "--rate", "0"]) == 0
        told = capsys.readouterr().out
        assert len(board.fetched) == 50
        assert "--limit" in told
        assert (tmp_path / "c" / "trial.png").is_file()
        assert main([*command, "--rate", "0", "--limit", "55"]) == 0
        assert len(board.fetched) == 55
        assert "a: 55 posts, 5 fetched, 50 were there" in capsys.readouterr().out


def test_rules_hold_for_what_is_fetched_and_for_what_is_there(tmp_path: Path) -> None:
    posts = boards.many_posts(40, SETS)
    with boards.served(posts) as board:
        crawl(tmp_path / "c", _site(board), SETS[:1], ANY, rate=0)
        there = set(board.fetched)
        rules = Rules.parse("general,s", "outdoors")
        done = crawl(tmp_path / "c", _site(board), SETS, rules, rate=0)
        met = {
            post.number
            for post in posts
            if post.rating != "questionable" and "outdoors" not in post.tags
        }
        assert set(board.fetched) == there | met
        records = Collection.open(tmp_path / "c").records()
        assert {row["id"] for row in records if not row["reasons"]} == {f"board-{n}" for n in met}
        assert done.left_out == sum(bool(row["reasons"]) for row in records) > 0
        left = {reason for row in records for reason in row["reasons"]}
        assert left == {"crawl: rating questionable", "crawl: tag outdoors"}
        crawl(tmp_path / "c", _site(board), SETS[:1], ANY, rate=0)
        assert not Collection.open(tmp_path / "c").records("left_out")


def test_requests_keep_their_distance(tmp_path: Path) -> None:
    with boards.served(boards.many_posts(5, ("a",))) as board:
        crawl(tmp_path / "c", _site(board), ["a"], ANY, rate=0.2)
    with pytest.raises(CollectionError, match=r"at least 0\.5 seconds"):
        crawl(tmp_path / "c", SITES["danbooru"], ["a"], ANY, rate=0.2)
    gaps = [after - before for before, after in zip(board.times, board.times[1:], strict=False)]
    assert len(gaps) == 5
    assert min(gaps) >= 0.19


def test_stopped_by_a_person_it_keeps_what_arrived(board: Board, tmp_path: Path) -> None:
    folder = tmp_path / "stopped"
    board.fetched.clear()
    process = _started(folder, board, rate=0.05)
    _until_fetched(board, 5)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=30)
    assert (process.returncode, output, errors) == (130, b"", b"irodori: stopped\n")
    fetched = board.fetched.total()
    assert 4 <= len(Collection.open(folder)) <= fetched < 100
    time.sleep(0.3)
    assert board.fetched.total() == fetched, "gallery-dl goes on"


def test_a_board_that_breaks_off_is_said_and_loses_nothing(tmp_path: Path) -> None:
    with boards.served(boards.many_posts(7, ("a",))) as board:
        board.faults.before["/posts.json"] = [200 + 222]
        with pytest.raises(CollectionError, match="two tags at a time"):
            crawl(tmp_path / "c", _site(board), ["a"], ANY, limit=1000, rate=0)
        board.faults.before["/posts.json"] = [403]
        with pytest.raises(CollectionError, match=r"403 Forbidden.*run it again"):
            crawl(tmp_path / "c", _site(board), ["a"], ANY, limit=1000, rate=0)
        crawl(tmp_path / "c", _site(board), ["a"], ANY, limit=1000, rate=0)
    assert len(Collection.open(tmp_path / "c")) == 7


def test_on_a_full_disk_it_stops_and_goes_on_once_there_is_room(
    tmp_path: Path, mount: Callable[[Path, str], None]
) -> None:
    disk = tmp_path / "disk"
    mount(disk, "size=256k")
    try:
        with boards.served(boards.many_posts(60, ("a",))) as board:
            with pytest.raises(OutputError, match=r"full|No space"):
                crawl(disk / "c", _site(board), ["a"], ANY, limit=1000, rate=0)
            subprocess.run(["mount", "-o", "remount,size=4m", str(disk)], check=True)
            crawl(disk / "c", _site(board), ["a"], ANY, limit=1000, rate=0)
            crawl(tmp_path / "c", _site(board), ["a"], ANY, limit=1000, rate=0)
        assert _manifest(disk / "c") == _manifest(tmp_path / "c")
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize(
    ("site", "said"),
    [
        ("danburu", "danbooru, safebooru, gelbooru"),
        ("http://", "is not known"),
        ("ftp+http://example.org", "is not known"),
        ("http://127.0.0.1:9", "cannot be reached"),
        ("danbooru+http://127.0.0.1:9", "cannot be reached"),
        ("http://name.invalid", "cannot be reached"),
    ],
)
def test_a_site_that_cannot_be_meant(
    site: str, said: str, tmp_path: Path, refused: Callable[..., str]
) -> None:
    line = refused("data", "crawl", tmp_path / "c", "--site", site, "--tags", "a", folder=tmp_path)
    assert said in line


def test_a_site_that_speaks_neither(tmp_path: Path, refused: Callable[..., str]) -> None:
    with boards.served([], "silent") as board:
        arguments = ["--site", board.root, "--tags", "a"]
        line = refused("data", "crawl", tmp_path / "c", *arguments, folder=tmp_path)
        assert f"danbooru+{board.root}" in line
        arguments = ["--site", f"danbooru+{board.root}", "--tags"]
        line = refused("data", "crawl", tmp_path / "c", *arguments, " ", folder=tmp_path)
        assert "what to look for" in line
        line = refused(
            "data", "crawl", tmp_path / "c", *arguments, "a", "--rating", "x", folder=tmp_path
        )
        assert "general, sensitive" in line


def test_without_gallery_dl(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(gallery, "find_spec", lambda name: None)
    with pytest.raises(CollectionError, match=r'pip install "irodori\[data\]"'):
        crawl(tmp_path / "c", SITES["danbooru"], ["a"], ANY)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", SITES)
def test_gallery_dl_knows_the_boards_with_names(name: str) -> None:
    url = SITES[name].search_url("1girl rating:g (artist)")
    command = [sys.executable, "-m", "gallery_dl", "--config-ignore", "--extractor-info", url]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert f'"{name}" / "tag"' in told


def test_accounts_come_from_the_environment() -> None:
    config = gallery.config_for(Path("x"), 1.0)
    told = gallery.with_keys(
        SITES["gelbooru"], config, {"GELBOORU_API_KEY": "k", "GELBOORU_USER_ID": "7"}
    )
    assert told["extractor"] == {**config["extractor"], "api-key": "k", "user-id": "7"}
    assert gallery.with_keys(SITES["safebooru"], config, {"GELBOORU_API_KEY": "k"}) == config


tag_sets = st.lists(
    st.text(st.characters(exclude_categories=["Z", "C"]), min_size=1, max_size=60), min_size=1
)


@given(tag_sets, tag_sets)
def test_folders_of_tag_sets_are_safe_and_never_shared(one: list[str], other: list[str]) -> None:
    names = [folder_name(" ".join(tags)) for tags in (one, other)]
    assert (names[0].lower() == names[1].lower()) == (one == other)
    for name in names:
        assert Path(name).name == name
        assert name not in (".", "..", ".crawl")
        assert len(name) <= 90
