"""The five marks of a good set: balanced, sufficient, low in noise, relevant, diverse.

Each is a figure that a person can check, how it is worked out, and a verdict. The limits between
verdicts stand in `LIMITS`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from irodori.collection.store import Record
from irodori.color.space import to_even

Verdict: TypeAlias = Literal["good", "fair", "poor", "not measured yet"]

LIMITS = {
    "balanced by weights": (0.02, 0.10),
    "balanced without": (0.90, 0.70),
    "sufficient": (5000, 1000),
    "smallest class": (20, 20),
    "low noise": (0.995, 0.95),
    "relevant": (0.95, 0.80),
    "diverse": (0.40, 0.20),
}
"""What is good, and what is still fair."""

SAMPLE = 400
"""Pictures that diversity is worked out from."""

_ALIKE = 20.0  # the difference of color, about CIEDE2000, that makes two pictures unlike


@dataclass(frozen=True)
class Mark:
    """One mark. figure: what is shown large; meaning: what it says; advice: a command, if any."""

    name: str
    figure: str
    meaning: str
    how: str
    verdict: Verdict
    advice: str | None = None


def five_marks(
    records: Sequence[Record], sample: NDArray[np.uint8], folder: str = "DIR"
) -> list[Mark]:
    """The marks of a collection.

    records: all of its rows. sample: up to `SAMPLE` kept pictures, uint8 (N, 8, 8, 3) sRGB.
    """
    kept = [record for record in records if not record["reasons"]]
    return [
        balanced(kept, folder),
        sufficient(kept),
        low_noise(records, kept, folder),
        relevant(kept, folder),
        diverse(kept, sample),
    ]


def classes_of(record: Record) -> list[str]:
    """The classes that balancing found, else the folder, which is a tag set or a source."""
    return record.get("classes") or [record["path"].rpartition("/")[0] or "no folder"]


def balanced(kept: Sequence[Record], folder: str) -> Mark:
    """How even the classes are, by the sums of their weights."""
    learned = [record for record in kept if record.get("part") in (None, "train")]
    sums: dict[str, float] = {}
    for record in learned:
        for name in classes_of(record):
            sums[name] = sums.get(name, 0.0) + (record.get("weight") or 1.0)
    if any(record.get("weight") is not None for record in learned):
        mean = sum(sums.values()) / len(sums)
        off = max(abs(total / mean - 1) for total in sums.values())
        return Mark(
            "Balanced",
            f"± {off:.1%}",
            f"is how far the weights of the {len(sums)} classes lie from their mean, at most.",
            "A class weighs as much as its training pictures together, by the column weight.",
            _verdict(-off, [-limit for limit in LIMITS["balanced by weights"]]),
            f"irodori data balance {folder} --by COLUMN" if off > 0.02 else None,
        )
    even = evenness(sums)
    return Mark(
        "Balanced",
        f"{even:.2f}",
        f"of 1 is how evenly the pictures lie over {len(sums)} folders; no weights are set yet.",
        "Entropy of the folders' shares over its largest value, the logarithm of their number.",
        _verdict(even, LIMITS["balanced without"]),
        f"irodori data balance {folder} --by COLUMN",
    )


def sufficient(kept: Sequence[Record]) -> Mark:
    """How many pictures there are to learn from."""
    learned = [record for record in kept if record.get("part") in (None, "train")]
    counts = Counter(name for record in learned for name in classes_of(record))
    smallest = min(counts.values(), default=0)
    few = sum(count < LIMITS["smallest class"][0] for count in counts.values())
    verdict = _verdict(len(learned), LIMITS["sufficient"])
    if few and verdict == "good":
        verdict = "fair"
    part = "training" if any("part" in record for record in learned[:1]) else "kept"
    return Mark(
        "Sufficient",
        f"{len(learned):,}",
        f"{part} pictures; the smallest of {len(counts)} classes has {smallest:,}"
        + (f", {few} have fewer than 20." if few else "."),
        "From 5,000 a network can be trained afresh, from 1,000 one can be taught further; a class "
        "of fewer than 20 is hardly learned.",
        verdict,
        "irodori data crawl, for more of what is rare" if verdict != "good" else None,
    )


def low_noise(records: Sequence[Record], kept: Sequence[Record], folder: str) -> Mark:
    """How many of the kept pictures passed every check."""
    left = len(records) - len(kept)
    digests = Counter(record["sha256"] for record in kept)
    copies = sum(count - 1 for name, count in digests.items() if name)
    if not any(record.get("clean_settings") for record in records):
        return Mark(
            "Low noise",
            f"{copies:,}",
            "exact copies among the kept; no other check was made yet.",
            "Files with the same SHA-256.",
            "not measured yet",
            f"irodori data clean {folder}",
        )
    unchecked = sum(not record["clean_settings"] or bool(record["clean_error"]) for record in kept)
    share = (len(kept) - unchecked - copies) / max(1, len(kept))
    return Mark(
        "Low noise",
        f"{share:.1%}",
        f"of the kept pictures passed every check; {left:,} of {len(records):,} "
        f"({left / max(1, len(records)):.1%}) did not and are left out.",
        "Kept pictures less those that no check has seen and exact copies, over all kept.",
        _verdict(share, LIMITS["low noise"]),
        f"irodori data clean {folder}" if unchecked else None,
    )


def relevant(kept: Sequence[Record], folder: str) -> Mark:
    """How many of the kept pictures are what a colorist learns from."""
    tests: dict[str, Callable[[Record], bool]] = {
        "have line art": lambda record: bool(record["line_path"] or record.get("lines"))
    }
    if any(record.get("label_characters") is not None for record in kept):
        tests["show one character"] = lambda record: record.get("label_characters") == 1
    shares = {name: sum(map(test, kept)) / max(1, len(kept)) for name, test in tests.items()}
    both = sum(all(test(record) for test in tests.values()) for record in kept)
    share = both / max(1, len(kept))
    told = " and ".join(f"{value:.1%} {name}" for name, value in shares.items())
    return Mark(
        "Relevant",
        f"{share:.1%}",
        f"of the kept pictures serve: {told}.",
        "Line art is true or drawn by irodori data pair; characters are counted by irodori data "
        "label, where it has run.",
        _verdict(share, LIMITS["relevant"]),
        f"irodori data pair {folder}" if shares["have line art"] < 1 else None,
    )


def diverse(kept: Sequence[Record], sample: NDArray[np.uint8]) -> Mark:
    """How many wholly different pictures a sample is worth."""
    worth = vendi(sample)
    sources = Counter(record["source"] or "unknown" for record in kept)
    largest, count = sources.most_common(1)[0] if sources else ("", 0)
    share = worth / max(1, len(sample))
    return Mark(
        "Diverse",
        f"{worth:,.0f} of {len(sample):,}",
        "is how many wholly different pictures a sample is worth; "
        f"the largest source, {largest}, holds {count / max(1, len(kept)):.0%}.",
        "Vendi score (Friedman and Dieng, 2023) of pictures at 8 x 8 pixels, whose likeness is "
        f"exp(-(d / {_ALIKE:.0f})²) for a difference d of color; good from 40 %.",
        _verdict(share, LIMITS["diverse"]),
    )


def evenness(counts: Mapping[str, float]) -> float:
    """1 where all counts are alike, 0 where one holds all; 1 for a single one."""
    shares = np.array([count for count in counts.values() if count > 0], np.float64)
    if len(shares) < 2:
        return 1.0
    shares /= shares.sum()
    return float(-(shares * np.log(shares)).sum() / math.log(len(counts)))


def vendi(pictures: NDArray[np.uint8]) -> float:
    """The exponential of the entropy of the likeness matrix's eigenvalues: 1 (all alike) to N.

    pictures: uint8 (N, 8, 8, 3) sRGB.
    """
    if not len(pictures):
        return 0.0
    colors = to_even(pictures.reshape(len(pictures), -1, 3) / np.float32(255)).astype(np.float64)
    flat = colors.reshape(len(pictures), -1)
    squares = (flat**2).sum(1)
    apart = (squares[:, None] + squares[None] - 2 * flat @ flat.T) / colors.shape[1]
    alike = np.exp(-np.clip(apart, 0, None) / _ALIKE**2)
    values = np.linalg.eigvalsh(alike / len(pictures))
    values = values[values > 1e-12]
    return float(np.exp(-(values * np.log(values)).sum()))


def _verdict(value: float, limits: Sequence[float]) -> Verdict:
    good, fair = limits
    return "good" if value >= good else "fair" if value >= fair else "poor"
