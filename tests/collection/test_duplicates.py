from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from irodori.collection.duplicates import Relation, components, judge_duplicates, relation
from irodori.collection.thresholds import Thresholds

LIMITS = Thresholds()
NAMES = [f"n{number}" for number in range(12)]
links = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=20)
shares = st.floats(0, 1)


def row(name: str, **facts: Any) -> dict[str, Any]:
    empty = dict.fromkeys(
        ("sha256", "group", "source", "line_path", "license", "author", "url", "width", "height")
    )
    return {"id": name, **empty, **facts}


def pair(whole: str, part: str, lines: float = 0.99, **facts: Any) -> dict[str, Any]:
    seen = {"window": 0, "same": 1.0, "other": 0.0}
    return {"whole": whole, "part": part, "lines": lines, **seen, **facts}


@given(links)
def test_clusters_are_an_equivalence(pairs: list[tuple[str, str]]) -> None:
    groups = components(NAMES, pairs)
    of = {name: number for number, group in enumerate(groups) for name in group}
    assert sum(map(len, groups)) == len(of)  # no picture is in two
    for one, other in pairs:
        assert one == other or of[one] == of[other]  # ties hold
    for group in groups:  # nothing holds together but by ties
        reached, open_ = {group[0]}, [group[0]]
        while open_:
            name = open_.pop()
            for one, other in pairs:
                for a, b in ((one, other), (other, one)):
                    if a == name and b not in reached:
                        reached.add(b)
                        open_.append(b)
        assert reached == set(group)
        assert group == sorted(group)
        assert len(group) > 1


@given(links, st.randoms())
def test_clusters_do_not_depend_on_order(pairs: list[tuple[str, str]], random: Any) -> None:
    turned = [(b, a) for a, b in pairs]
    random.shuffle(turned)
    assert components(NAMES[::-1], turned) == components(NAMES, pairs)


@given(shares, shares, shares, st.booleans(), shares, shares)
def test_raising_a_likeness_threshold_finds_no_more(
    lines: float, same: float, other: float, siblings: bool, low: float, high: float
) -> None:
    low, high = sorted((low, high))
    seen = pair("a", "b", lines, same=same, other=other)
    for name in ("duplicate_lines", "recolored_lines", "sibling_lines"):
        strict = relation(seen, siblings=siblings, limits=LIMITS.changed([(name, high)], "test"))
        loose = relation(seen, siblings=siblings, limits=LIMITS.changed([(name, low)], "test"))
        fewer = (Relation.STRANGERS, Relation.VARIANTS, Relation.DUPLICATES)
        assert fewer.index(strict) <= fewer.index(loose)


def test_one_of_a_cluster_stays_and_the_others_name_it() -> None:
    records = [
        row("a", width=100, height=100),
        row("b", width=300, height=200),
        row("c", width=90, height=90, line_path="c.line.png"),
        row("d", width=500, height=500),
    ]
    clusters, reasons = judge_duplicates(records, [pair("a", "b"), pair("b", "c")], LIMITS)
    assert clusters == {"a": "a", "b": "a", "c": "a"}
    assert reasons == {"a": ["near duplicate of c"], "b": ["near duplicate of c"]}


def test_the_whole_picture_of_known_origin_stays() -> None:
    crop = row("a", width=400, height=400)
    whole = row("b", width=300, height=300)
    assert judge_duplicates([crop, whole], [pair("b", "a", window=3)], LIMITS)[1].keys() == {"a"}
    known = row("a", width=10, height=10, license="CC0-1.0")
    assert judge_duplicates([known, whole], [pair("a", "b")], LIMITS)[1].keys() == {"b"}


def test_the_same_file_needs_no_look() -> None:
    records = [row("a", sha256="1"), row("b", sha256="2"), row("c", sha256="1")]
    clusters, reasons = judge_duplicates(records, [], LIMITS)
    assert clusters == {"a": "a", "c": "a"}
    assert reasons == {"c": ["exact duplicate of a"]}


def test_variants_of_one_group_stay_in_one_cluster() -> None:
    records = [row("a", group="g", source="s"), row("b", group="g", source="s")]
    partly = pair("a", "b", same=0.5, other=0.5)
    assert judge_duplicates(records, [partly], LIMITS) == ({"a": "a", "b": "a"}, {})
    another_mouth = pair("a", "b", 0.95)
    assert judge_duplicates(records, [another_mouth], LIMITS) == ({"a": "a", "b": "a"}, {})
    wholly = pair("a", "b", same=0.0, other=1.0)
    assert judge_duplicates(records, [wholly], LIMITS)[1].keys() == {"b"}
    strangers = [row("a", group="g", source="s"), row("b", group="g", source="t")]
    assert judge_duplicates(strangers, [partly], LIMITS)[1].keys() == {"b"}
