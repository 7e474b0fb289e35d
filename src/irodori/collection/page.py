"""Pieces of an HTML page that needs nothing beside itself: figures, bars, pictures, tables."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from irodori.collection.marks import Mark

THUMBNAIL = 160
"""Pixels of the longer side of a picture on the page."""


def page(title: str, body: Iterable[str]) -> str:
    """The whole file."""
    css = files("irodori.collection").joinpath("report.css").read_text(encoding="utf-8")
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{css}</style>\n<main>\n"
        + "\n".join(body)
        + "\n</main>\n</html>\n"
    )


def section(name: str, title: str, note: str, *content: str) -> str:
    """A heading that can be linked to, a sentence on what is to be seen, and the rest."""
    lead = f'<p class="note">{escape(note)}</p>' if note else ""
    return "\n".join([f'<h2 id="{name}">{escape(title)}</h2>', lead, *content])


def mark_card(mark: Mark) -> str:
    """One of the five marks."""
    kind = mark.verdict if mark.verdict in ("good", "fair", "poor") else "none"
    advice = f"<p>Next: <code>{escape(mark.advice)}</code></p>" if mark.advice else ""
    return (
        f'<div class="mark"><header><b>{mark.name}</b>'
        f'<span class="verdict {kind}">{mark.verdict}</span></header>'
        f'<div class="figure">{escape(mark.figure)}</div><p>{escape(mark.meaning)}</p>{advice}'
        f'<p class="how">{escape(mark.how)}</p></div>'
    )


def bars(counts: Mapping[str, int], *, most: int = 24) -> str:
    """A bar for each count, the largest first; what is beyond `most` in one."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    shown = ordered[:most]
    rest = sum(count for _, count in ordered[most:])
    longest = max((count for _, count in shown), default=1)
    lines = [
        f'<dt title="{escape(name)}">{escape(name)}</dt>'
        f'<dd><i style="width:{100 * count / longest:.1f}%"></i></dd><dd>{count:,}</dd>'
        for name, count in shown
    ]
    if rest:
        lines.append(f"<dt>{len(ordered) - most:,} others</dt><dd></dd><dd>{rest:,}</dd>")
    return f'<dl class="bars">{"".join(lines)}</dl>'


def picture(image: Image.Image | None, caption: str, title: str = "") -> str:
    """A picture with a line below it; None stands for one that cannot be shown."""
    told = escape(title or caption, quote=True)
    shown = (
        f'<img loading="lazy" alt="{told}" src="{_uri(image)}">'
        if image
        else '<div class="gone">cannot<br>be shown</div>'
    )
    return f'<figure title="{told}">{shown}<figcaption>{escape(caption)}</figcaption></figure>'


def sheet(pictures: Iterable[str]) -> str:
    """Pictures in rows."""
    return f'<div class="sheet">{"".join(pictures)}</div>'


def beside(*pictures: str) -> str:
    """Pictures that stay side by side in a sheet."""
    return f'<div class="beside">{"".join(pictures)}</div>'


def missing(command: str) -> str:
    """What stands where a step has not run yet."""
    return f'<p class="missing">Not measured yet: run <code>{escape(command)}</code></p>'


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of texts that are HTML already."""

    def cells(tag: str, texts: Sequence[str]) -> str:
        return "".join(f"<{tag}>{text}</{tag}>" for text in texts)

    lines = [f"<tr>{cells('th', heads)}</tr>", *(f"<tr>{cells('td', row)}</tr>" for row in rows)]
    return f'<div class="scroll"><table>{"".join(lines)}</table></div>'


def histogram(shares: NDArray[np.float64]) -> str:
    """Curves for R, G and B over -1..1.

    shares: (3, bins), each row sums to 1. Heights are square roots, or white paper hides the rest.
    """
    tops = 95 * np.sqrt(shares / max(float(shares.max()), 1e-12))
    bins = shares.shape[1]
    lines = [
        f'<line x1="{50 + 50 * value:g}" x2="{50 + 50 * value:g}" y1="0" y2="100" class="{kind}"/>'
        for value, kind in ((-0.5, "grid"), (0, "zero"), (0.5, "grid"))
    ]
    for color, row in zip(("red", "green", "blue"), tops, strict=True):
        points = " ".join(
            f"{100 * (i + 0.5) / bins:.2f},{100 - top:.2f}" for i, top in enumerate(row)
        )
        lines.append(f'<polyline points="{points}" class="{color}"/>')
    axis = "".join(f"<span>{value}</span>" for value in ("-1", "-0.5", "0", "0.5", "1"))
    return (
        '<div class="histogram"><svg viewBox="0 0 100 100" preserveAspectRatio="none" role="img" '
        f'aria-label="red, green and blue over -1 to 1">{"".join(lines)}</svg>'
        f'<div class="axis">{axis}</div></div>'
    )


def _uri(image: Image.Image) -> str:
    data = io.BytesIO()
    image.save(data, "webp", quality=72, method=2)
    return f"data:image/webp;base64,{base64.b64encode(data.getvalue()).decode()}"
