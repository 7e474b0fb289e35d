"""How far a run is, for who watches: a bar on a terminal, else a line for each validation."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

from irodori.training.recipe import Recipe


class Watcher(Protocol):
    """Who is told how far a run is."""

    def step(self, step: int, seconds: float, figures: Mapping[str, float]) -> None:
        """figures: images_per_second, and the losses times their weights."""

    def say(self, line: str) -> None:
        """Something worth a line that stays."""


class Silence:
    """Watches without a word."""

    def step(self, step: int, seconds: float, figures: Mapping[str, float]) -> None:
        """Nothing."""

    def say(self, line: str) -> None:
        """Nothing."""


class Lines:
    """Prints what is worth a line."""

    def step(self, step: int, seconds: float, figures: Mapping[str, float]) -> None:
        """Nothing: a log is no place for a bar."""

    def say(self, line: str) -> None:
        """Print it on stderr."""
        print(line, file=sys.stderr, flush=True)


@contextmanager
def watch(recipe: Recipe) -> Iterator[Watcher]:
    """A bar if stderr is a terminal, else lines."""
    if not sys.stderr.isatty():
        yield Lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    console = Console(stderr=True)
    name, rest = TextColumn("{task.description}"), TextColumn("{task.fields[rest]}")
    with Progress(name, BarColumn(bar_width=24), rest, console=console, transient=True) as bar:
        task = bar.add_task(recipe.design, total=1.0, rest="")

        class OnBar:
            def step(self, step: int, seconds: float, figures: Mapping[str, float]) -> None:
                done = share_done(recipe, step, seconds)
                bar.update(
                    task, completed=done, rest=describe(recipe, done, step, seconds, figures)
                )

            def say(self, line: str) -> None:
                console.print(line, highlight=False)

        yield OnBar()


def share_done(recipe: Recipe, step: int, seconds: float) -> float:
    """0..1: of the steps or of the time, whichever ends first."""
    shares = [0.0]
    if recipe.steps is not None:
        shares.append(step / recipe.steps)
    if recipe.seconds is not None:
        shares.append(seconds / recipe.seconds)
    return min(1.0, max(shares))


def describe(
    recipe: Recipe, done: float, step: int, seconds: float, figures: Mapping[str, float]
) -> str:
    """`step 500 · 3.4 images/s · 0:12:30 left · 0.42 so far, 1.80 in all · l1 92 % hinge 8 %`."""
    parts = [f"step {step}"]
    if "images_per_second" in figures:
        parts.append(f"{figures['images_per_second']:.1f} images/s")
    if done > 0 and seconds > 0:
        parts.append(f"{clock(seconds / done - seconds)} left")
        if recipe.price is not None:
            cost = recipe.price * seconds / 3600
            parts.append(f"cost {cost:.2f} so far, {cost / done:.2f} in all")
    shares = shares_of(figures)
    if len(shares) > 1:
        parts.append(" ".join(f"{name} {share:.0%}" for name, share in shares.items()))
    return " · ".join(parts)


def validated(step: int, figures: Mapping[str, float]) -> str:
    """A validation in a line. figures: valid/error, valid/blank and valid/psnr."""
    return (
        f"step {step}: validation error {figures['valid/error']:.2f} (white paper "
        f"{figures['valid/blank']:.2f}), PSNR {figures['valid/psnr']:.1f} dB"
    )


def shares_of(figures: Mapping[str, float]) -> dict[str, float]:
    """The part that each loss, times its weight, has in what the painter minimizes.

    Losses stand in `figures` as "loss/NAME". A loss may be negative; its size is what counts.
    """
    sizes = {
        name.removeprefix("loss/"): abs(value)
        for name, value in figures.items()
        if name.startswith("loss/")
    }
    total = sum(sizes.values())
    return {name: size / total for name, size in sizes.items()} if total else {}


def clock(seconds: float) -> str:
    """Hours, minutes and seconds as 1:02:03."""
    whole = round(seconds)
    return f"{whole // 3600}:{whole % 3600 // 60:02d}:{whole % 60:02d}"
