"""Pictures and words as one self-contained page that opens without a server."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from matplotlib.figure import Figure
from PIL import Image

from irodori.lab.errors import LabError

_STYLE = """
body { font: 16px/1.55 system-ui, sans-serif; color: #2b332f; background: #faf9f6; margin: 0; }
main { max-width: 76rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.7rem; margin: 0; } h2 { font-size: 1.2rem; margin: 2.6rem 0 .3rem; }
.sub, figcaption { color: #5c6b63; } p { max-width: 46rem; margin: .4rem 0; }
nav { display: flex; flex-wrap: wrap; gap: .4rem 1.1rem; margin: 1.2rem 0; }
nav a { color: #2a7d6b; } figure { margin: 1rem 0; overflow-x: auto; max-width: 100%; }
figure.picture { display: inline-block; vertical-align: top; margin: .6rem 1rem .6rem 0; }
img { max-width: 100%; height: auto; background: #fff; border-radius: 6px; }
img.large { min-width: 44rem; } img.pixels.large { max-width: none; }
figcaption { font-size: .9rem; max-width: 46rem; }
table { border-collapse: collapse; font-size: .88rem; background: #fff; border-radius: 6px; }
th, td { text-align: left; padding: .35rem .8rem; border-bottom: 1px solid #eceae4; }
th { color: #5c6b63; font-weight: 600; }
pre { background: #fff; border-radius: 6px; padding: .8rem 1rem; overflow-x: auto;
  font-size: .8rem; }
"""


_DPI = 110


@dataclass(frozen=True)
class Animation:
    """Pictures of one size that follow each other, so many milliseconds each."""

    frames: tuple[Image.Image, ...]
    milliseconds: int = 400


@dataclass(frozen=True)
class Table:
    """Rows under headings; every value is shown as `str` gives it."""

    head: tuple[str, ...]
    rows: Sequence[tuple[object, ...]]


Shown: TypeAlias = Figure | Image.Image | Animation | Table | str


@dataclass
class Section:
    """A heading, a few words on what to look for, and pictures with captions or plain text.

    name: of the files that `save` writes beside the page: NAME-0.png, ...
    """

    title: str
    words: str
    name: str
    shown: Sequence[tuple[Shown, str]] = ()


@dataclass
class Page:
    """Sections under a title."""

    title: str
    sub: str
    sections: list[Section] = field(default_factory=list)

    def save(self, path: str | Path, *, pictures: str | Path | None = None) -> None:
        """Writes the page, and its pictures as PNG files into a folder too. Raises LabError."""
        parts = []
        for section in self.sections:
            figures = []
            for number, (thing, caption) in enumerate(section.shown):
                if isinstance(thing, str):
                    figures.append(
                        f"<figure><pre>{html.escape(thing)}</pre>{_below(caption)}</figure>"
                    )
                    continue
                if isinstance(thing, Table):
                    figures.append(f"<figure>{_table(thing)}{_below(caption)}</figure>")
                    continue
                kind, data = encoded(thing)
                if pictures is not None:
                    _write(Path(pictures) / f"{section.name}-{number}.{kind}", data)
                figures.append(_figure(kind, data, caption, _look(thing)))
            parts.append(
                f'<h2 id="{section.name}">{html.escape(section.title)}</h2>'
                f"<p>{html.escape(section.words)}</p>{''.join(figures)}"
            )
        _write(Path(path), self._html(parts).encode())

    def _html(self, parts: Sequence[str]) -> str:
        links = "".join(f'<a href="#{s.name}">{html.escape(s.title)}</a>' for s in self.sections)
        return (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{html.escape(self.title)}</title><style>{_STYLE}</style></head><body><main>"
            f'<h1>{html.escape(self.title)}</h1><p class="sub">{html.escape(self.sub)}</p>'
            f"<nav>{links}</nav>{''.join(parts)}</main></body></html>\n"
        )


def encoded(thing: Figure | Image.Image | Animation) -> tuple[str, bytes]:
    """The kind of file, "png" or for an animation "webp", and its bytes."""
    out = io.BytesIO()
    if isinstance(thing, Animation):
        first, *others = thing.frames
        first.save(
            out, "WEBP", save_all=True, append_images=others, duration=thing.milliseconds, loop=0
        )
        return "webp", out.getvalue()
    if isinstance(thing, Figure):
        thing.savefig(out, format="png", dpi=_DPI)
    else:
        thing.save(out, "PNG", optimize=True)
    return "png", out.getvalue()


def _table(table: Table) -> str:
    head = "".join(f"<th>{html.escape(name)}</th>" for name in table.head)
    rows = ["".join(f"<td>{html.escape(str(value))}</td>" for value in row) for row in table.rows]
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


_LARGE = 640  # pixels of width, from which on a picture scrolls on a phone instead of shrinking


def _look(thing: Figure | Image.Image | Animation) -> str:
    """The classes of a picture: whether it was drawn or is made of pixels, and if it is large."""
    if isinstance(thing, Figure):
        return "drawn large" if _DPI * thing.get_size_inches()[0] > _LARGE else "drawn"
    width = (thing.frames[0] if isinstance(thing, Animation) else thing).width
    return "pixels large" if width > _LARGE else "pixels"


def _figure(kind: str, data: bytes, caption: str, look: str) -> str:
    source = f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
    image = f'<img class="{look}" alt="{html.escape(caption)}" src="{source}">'
    return f'<figure class="picture">{image}{_below(caption)}</figure>'


def _below(caption: str) -> str:
    return f"<figcaption>{html.escape(caption)}</figcaption>" if caption else ""


def _write(path: Path, data: bytes) -> None:
    beside = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(data)
        beside.replace(path)
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        raise LabError(
            f"{path}: cannot be written ({error.strerror}); choose another place"
        ) from error
