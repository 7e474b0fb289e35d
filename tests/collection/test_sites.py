"""What posts of real boards' shapes become in the manifest."""

from __future__ import annotations

from typing import Any

import pytest

from irodori.collection.sites import RATINGS, SITES, Site

DANBOORU: dict[str, Any] = {
    "id": 77,
    "rating": "q",
    "source": "https://example.org/art",
    "parent_id": 5,
    "tags": ["1girl", "solo"],
    "tags_artist": ["ann", "bob"],
}
GELBOORU: dict[str, Any] = {
    "id": "78",
    "rating": "safe",
    "source": "",
    "parent_id": "",
    "tags": " 1girl solo ",
}


def test_a_post_of_danbooru() -> None:
    assert SITES["danbooru"].row(DANBOORU) == {
        "id": "danbooru-77",
        "source": "danbooru",
        "author": "ann, bob",
        "url": "https://danbooru.donmai.us/posts/77",
        "rating": "questionable",
        "tags": ["1girl", "solo"],
        "group": "danbooru-5",
        "origin": "https://example.org/art",
    }


def test_a_post_of_safebooru() -> None:
    assert SITES["safebooru"].row(GELBOORU) == {
        "id": "safebooru-78",
        "source": "safebooru",
        "author": None,
        "url": "https://safebooru.org/index.php?page=post&s=view&id=78",
        "rating": "general",
        "tags": ["1girl", "solo"],
        "group": "safebooru-78",
        "origin": None,
    }


@pytest.mark.parametrize("parent", [None, "", "0", 0])
def test_a_post_without_parent_is_a_group_of_its_own(parent: object) -> None:
    assert SITES["gelbooru"].row({**GELBOORU, "parent_id": parent})["group"] == "gelbooru-78"


@pytest.mark.parametrize("site", SITES.values(), ids=SITES)
def test_a_bare_post_is_enough(site: Site) -> None:
    row = site.row({"id": 1, "rating": "unheard of"})
    assert (row["rating"], row["author"], row["tags"]) == (None, None, [])


def test_every_word_for_a_rating_is_understood_once() -> None:
    words = [word for known in RATINGS.values() for word in known]
    assert len(words) == len(set(words))
    for name, known in RATINGS.items():
        assert {SITES["danbooru"].row({"id": 1, "rating": word})["rating"] for word in known} == {
            name
        }


def test_searches_are_quoted() -> None:
    url = SITES["danbooru"].search_url("1girl a&b #c ü")
    assert url == "https://danbooru.donmai.us/posts?tags=1girl+a%26b+%23c+%C3%BC"
    own = Site("x", "gelbooru", "http://127.0.0.1:8000").search_url("a b")
    assert own == "gelbooru_v02:http://127.0.0.1:8000/index.php?page=post&s=list&tags=a+b"
