"""A planted group is the first named, chance is named rarely, and costs follow laws."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from irodori.lab.error_analysis import Rule, Sample, costliest, ranked, rules_of
from irodori.lab.errors import LabError

PLANTS = ("tag", "source", "low", "high")


def drawn(seed: int, count: int = 300) -> list[dict[str, Any]]:
    """Facts of samples as a collection has them."""
    random = np.random.default_rng(seed)
    tags = ["cat", "dog", "tree", "hat", "boat"]
    return [
        {
            "tags": [tag for tag in tags if random.random() < 0.3],
            "source": str(random.choice(["book", "comic", "emoji"], p=[0.6, 0.3, 0.1])),
            "contrast": float(random.uniform(0, 255)),
            "entanglement": float(random.beta(2, 5)),
            "unknown": None,
        }
        for _ in range(count)
    ]


def planted(seed: int, kind: str, share: float, *, strength: float) -> tuple[list[Sample], Any]:
    """Samples with skewed errors, of which some with a fact in common err more."""
    random = np.random.default_rng((seed, 1))
    facts = drawn(seed)
    errors = random.gamma(4, 0.5, len(facts))  # mean 2, standard deviation 1
    own = random.permutation(len(facts))[: round(share * len(facts))]
    mark = np.zeros(len(facts), bool)
    mark[own] = True
    for each, chosen in zip(facts, mark, strict=True):
        if kind == "tag":
            each["tags"] = [*each["tags"], *["snail"] * int(chosen)]
        elif kind == "source":
            each["source"] = "faded" if chosen else each["source"]
        else:
            low = (0, 40) if kind == "low" else (215, 255)
            rest = (50, 255) if kind == "low" else (0, 205)
            each["contrast"] = float(random.uniform(*(low if chosen else rest)))
    errors[mark] += strength
    names = [f"s{number}" for number in range(len(facts))]
    return [Sample(*each) for each in zip(names, errors.tolist(), facts, strict=True)], mark


@given(
    st.integers(0, 10_000),
    st.sampled_from(PLANTS),
    st.floats(0.06, 0.3),
    st.floats(1.5, 5),
)
@settings(max_examples=40)
def test_a_planted_group_comes_first(seed: int, kind: str, share: float, strength: float) -> None:
    samples, mark = planted(seed, kind, share, strength=strength)
    first = costliest(samples)[0]
    fact = {"tag": "tags", "source": "source"}.get(kind, "contrast")
    assert first.rule.fact == fact
    if kind in ("tag", "source"):
        assert first.rule.value in ("snail", "faded")
        assert set(first.members) == set(np.flatnonzero(mark))
    else:
        assert first.rule.kind == {"low": "below", "high": "from"}[kind]
        both = len(set(first.members) & set(np.flatnonzero(mark)))
        assert both / max(len(first.members), mark.sum()) > 0.55


def test_chance_is_seldom_named() -> None:
    """At 95 % confidence over all rules; errors are skewed, so a little more is allowed."""
    random = np.random.default_rng(5)
    named = 0
    for seed in range(60):
        errors = random.gamma(4, 0.5, 300).tolist()
        samples = [
            Sample(str(i), *each) for i, each in enumerate(zip(errors, drawn(seed), strict=True))
        ]
        named += bool(costliest(samples))
    assert named <= 6


def test_a_few_noisy_samples_do_not_win() -> None:
    random = np.random.default_rng(0)
    facts: list[dict[str, Any]] = [{"source": "book"} for _ in range(300)]
    errors = random.normal(2, 0.3, 300)
    for i in range(8):  # one of eight is very wrong: a large mean, and no more than chance
        facts[i] = {"source": "noisy"}
    errors[0] = 30.0
    for i in range(100, 160):
        facts[i] = {"source": "steady"}
    errors[100:160] += 0.5
    assert errors[:8].mean() - 2 > 6 * 0.5
    samples = [
        Sample(str(i), float(e), f) for i, (e, f) in enumerate(zip(errors, facts, strict=True))
    ]
    assert str(costliest(samples)[0].rule) == "source: steady"


def test_what_one_group_explains_no_other_is_blamed_for() -> None:
    """Half of a source errs, which the tag says; the source itself is not named beside it."""
    random = np.random.default_rng(1)
    samples = []
    for i in range(400):
        source = ("a", "b")[i % 2]
        snail = i % 4 == 1
        error = float(random.normal(2, 0.4)) + 3 * snail
        samples.append(Sample(str(i), error, {"source": source, "tags": ["snail"] * snail}))
    groups = costliest(samples)
    assert [str(group.rule) for group in groups] == ["tags: snail"]
    assert groups[0].cost == pytest.approx(0.75, abs=0.1)


def with_errors(samples: Sequence[Sample], errors: Sequence[float]) -> list[Sample]:
    return [Sample(s.id, float(e), s.facts) for s, e in zip(samples, errors, strict=True)]


@given(st.integers(0, 1000), st.floats(0.01, 100), st.floats(-10, 10))
@settings(max_examples=15)
def test_scale_and_shift(seed: int, scale: float, shift: float) -> None:
    """Errors in another unit cost the same in that unit; a constant on all costs nothing."""
    samples, _ = planted(seed, "tag", 0.15, strength=2)
    changed = with_errors(samples, [scale * s.error + shift for s in samples])
    for ours, theirs in zip(costliest(samples), costliest(changed), strict=True):
        assert ours.rule == theirs.rule
        assert theirs.cost == pytest.approx(scale * ours.cost, rel=1e-6)
        assert theirs.error - theirs.rest == pytest.approx(
            scale * (ours.error - ours.rest), rel=1e-6
        )


@given(st.integers(0, 1000))
@settings(max_examples=15)
def test_order_does_not_matter(seed: int) -> None:
    samples, _ = planted(seed, "low", 0.15, strength=2)
    order = np.random.default_rng(seed).permutation(len(samples))
    shuffled = [samples[i] for i in order]
    ours, theirs = costliest(samples)[0], costliest(shuffled)[0]
    assert ours.rule == theirs.rule
    assert {samples[i].id for i in ours.members} == {shuffled[i].id for i in theirs.members}


def test_members_are_the_rule_and_the_worst_come_first() -> None:
    samples, _ = planted(3, "source", 0.1, strength=3)
    for group in costliest(samples)[:1]:
        assert {i for i, s in enumerate(samples) if group.rule.holds(s.facts)} == set(group.members)
        errors = [samples[i].error for i in group.members]
        assert errors == sorted(errors, reverse=True)
        without = [s.error for s in samples if not group.rule.holds(s.facts)]
        assert group.rest == pytest.approx(float(np.mean(without)))
        assert group.share == len(group.members) / len(samples)
        assert 0 < group.least < group.cost


def test_a_second_name_is_told() -> None:
    random = np.random.default_rng(2)
    samples = [
        Sample(str(i), float(random.normal(2, 0.3)) + 2 * (i < 30), facts)
        for i, facts in enumerate(
            {"tags": ["snail"], "source": "pond"} if i < 30 else {"tags": [], "source": "field"}
            for i in range(200)
        )
    ]
    group = costliest(samples)[0]
    assert {str(rule) for rule in (group.rule, *group.alike)} == {"tags: snail", "source: pond"}


def test_errors_that_are_no_numbers_are_the_worst() -> None:
    samples, mark = planted(4, "tag", 0.2, strength=2)
    errors = [
        float("nan") if m and i % 3 == 0 else s.error
        for i, (s, m) in enumerate(zip(samples, mark, strict=True))
    ]
    spoilt = with_errors(samples, errors)
    assert costliest(spoilt)[0].rule == Rule("tags", "has", "snail")
    order = ranked(spoilt)
    lost = sum(error != error for error in errors)
    assert all(sample.error != sample.error for sample in order[:lost])
    rest = [sample.error for sample in order[lost:]]
    assert rest == sorted(rest, reverse=True)
    with pytest.raises(LabError, match="no error is a number"):
        costliest(with_errors(samples, [float("nan")] * len(samples)))


def test_too_few_are_refused_and_equal_ones_have_no_group() -> None:
    samples, _ = planted(0, "tag", 0.2, strength=2)
    with pytest.raises(LabError, match="10 samples are too few"):
        costliest(samples[:10])
    assert costliest(with_errors(samples, [1.5] * len(samples))) == []


@given(st.lists(st.one_of(st.floats(-1e6, 1e6), st.none(), st.integers(-5, 5)), max_size=60))
def test_bounds_part_what_they_say(values: list[float | None]) -> None:
    samples = [Sample(str(i), 1.0, {"x": value}) for i, value in enumerate(values)]
    known = sum(value is not None for value in values)
    for rule in rules_of(samples, fewest=3):
        inside = sum(rule.holds(sample.facts) for sample in samples)
        assert 3 <= inside <= len(values) - 3
        other = Rule(rule.fact, "from" if rule.kind == "below" else "below", rule.value)
        assert inside + sum(other.holds(sample.facts) for sample in samples) == known
