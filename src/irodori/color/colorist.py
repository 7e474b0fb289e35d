"""A trained network in use: ink is encoded once, a touch of the brush costs the light half.

colorist = Colorist.load()
encoding = colorist.encode(Drawing.load("page.png"))
coloring = colorist.colorize(encoding, Hints().with_dab(120, 80, "#c04030"))
"""

from __future__ import annotations

import json
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from irodori.color.choice import Ballot, Choice, choose, says_how_lively
from irodori.color.coloring import Coloring
from irodori.color.conditions import Grid, hint_channels, palette_slots, without_noise
from irodori.color.drawing import Drawing
from irodori.color.encoding import Encoding
from irodori.color.errors import ColoristError
from irodori.color.figures import apart_from_page, colors_of_page
from irodori.color.flood import Relief
from irodori.color.hints import Hints
from irodori.color.inspiration import inspiration
from irodori.color.painting import paint
from irodori.color.palette import Palette
from irodori.color.pooling import ballot_for, flowing, pooled_again
from irodori.color.propagation import parts_on_grid
from irodori.color.regions import Regions, find_regions
from irodori.storage.places import place
from irodori.storage.working import mirror_of

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

WORK_SIZE = 256
"""Long side of what the network looks at, in pixels; regions and results have the drawing's own
size."""

_BUNDLED = Path(__file__).parent / "colorists"


class Colorist:
    """A trained colourist. Make one with `Colorist.load`."""

    def __init__(self, sessions: dict[str, InferenceSession], card: dict[str, Any]) -> None:
        self._encode, self._color = sessions.get("encode"), sessions["color"]
        self._propose = sessions.get("propose")
        self.name: str = card["name"]
        self._bins = np.array(card.get("bins", []), np.float32).reshape(-1, 3)
        self._stride = int(card["stride"])
        self._shades = bool(card.get("shade", True))
        self.work_size = int(card.get("work_size", WORK_SIZE))
        """Long side of the drawings it learnt from, in pixels, and so of what it looks at."""

    @classmethod
    def load(
        cls, name_or_path: str | PathLike[str] = "quick", *, threads: int | None = None
    ) -> Self:
        """A colourist that comes with Irodori, by name, or one of your own, by its folder.

        `threads`: how many processor cores to use, None for all. Raises ColoristError.
        """
        import onnxruntime

        folder = folder_of(name_or_path)
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        # Threads that spin while they wait take the processor from the work around the network.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        if threads is not None:
            options.intra_op_num_threads = threads
        try:
            card = json.loads((folder / "colorist.json").read_text(encoding="utf-8"))
            sessions = {
                graph: onnxruntime.InferenceSession(
                    folder / f"{graph}.onnx", options, providers=["CPUExecutionProvider"]
                )
                for graph in graphs_of(card)
            }
            return cls(sessions, card)
        except Exception as error:  # the runtime has no common base for its errors
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise ColoristError(
                f"{folder}: this colorist cannot be loaded ({reason}); export it again"
            ) from error

    def encode(self, drawing: Drawing, *, work_size: int | None = None) -> Encoding:
        """Finds the drawing's regions and lets the heavy half of the network look at the ink.

        work_size: long side of what the network looks at; None for the one it learnt with.
        """
        return self._look(drawing, find_regions(drawing.ink), work_size)

    def look_again(self, encoding: Encoding, *, work_size: int) -> Encoding:
        """The same drawing and regions, seen by the network at another work size."""
        return self._look(encoding.drawing, encoding.regions, work_size)

    def _look(self, drawing: Drawing, regions: Regions, work_size: int | None) -> Encoding:
        ink = drawing.ink
        scale = min(1.0, (work_size or self.work_size) / max(ink.shape))
        rows, columns = (max(2, round(side * scale / self._stride)) for side in ink.shape)
        height, width = rows * self._stride, columns * self._stride
        small = without_noise(cv2.resize(ink, (width, height), interpolation=cv2.INTER_AREA))
        grid = Grid(
            parts_on_grid(regions.parts, rows, columns),
            regions.region_of,
            np.asarray(
                cv2.resize(small, (columns, rows), interpolation=cv2.INTER_AREA), np.float32
            ),
            (drawing.height, drawing.width),
            Relief(small),
        )
        if self._encode is None:
            seen = np.asarray(small[None, None], np.float32)
            return Encoding(drawing, regions, (seen,), grid)
        fine, coarse = self._encode.run(["fine", "coarse"], {"ink": small[None, None]})
        return Encoding(drawing, regions, (fine, coarse), grid)

    def colorize(
        self,
        drawing: Drawing | Encoding,
        hints: Hints | None = None,
        palette: Palette | None = None,
        *,
        seed: int = 0,
    ) -> Coloring:
        """Colours a drawing; with an `Encoding`, only the light half of the work is done.

        `seed` picks among `propose`'s answers; 0 is the likeliest. Raises HintError for hints
        outside the drawing.
        """
        encoding = drawing if isinstance(drawing, Encoding) else self.encode(drawing)
        hints = hints if hints is not None else Hints()
        palette = palette if palette is not None else Palette.of([])
        hints.check_inside(encoding.drawing.width, encoding.drawing.height)
        if self._encode is None:
            ballot, shade = self._picture(encoding, hints, palette, seed)
            return paint(
                encoding,
                ballot,
                choose(ballot),
                shade,
                hints,
                palette,
                ask=lambda other: self._picture(encoding, other, palette, seed)[0],
            )
        told = self._inspired(encoding, hints, palette, seed) if seed else palette
        ballot, shade = self._vote(encoding, hints, told)
        apart, ballot, choice = self._figures_apart(encoding, ballot, hints, told)
        return paint(
            apart,
            ballot,
            choice,
            shade,
            hints,
            palette,
            ask=lambda other: self._vote(encoding, other, told)[0],
        )

    def inspire(
        self,
        drawing: Drawing | Encoding,
        n: int,
        hints: Hints | None = None,
        palette: Palette | None = None,
        *,
        seed: int = 0,
    ) -> list[Palette]:
        """The palettes that `propose` paints with: coloring with one of them gives its picture.

        The first, for seed 0, is `palette` itself.
        """
        encoding = drawing if isinstance(drawing, Encoding) else self.encode(drawing)
        hints = hints if hints is not None else Hints()
        palette = palette if palette is not None else Palette.of([])
        hints.check_inside(encoding.drawing.width, encoding.drawing.height)
        seeds = [seed, *(seed + 1 + k for k in range(n - 1))]
        if self._encode is None:
            if self._propose is None or hints or len(palette):
                return [palette] * n
            return [_as_palette(_proposed(self._propose, encoding, each)) for each in seeds]
        ballot, _ = self._vote(encoding, hints, palette)
        return [inspiration(ballot, palette, each) if each else palette for each in seeds]

    def propose(
        self,
        drawing: Drawing | Encoding,
        n: int,
        hints: Hints | None = None,
        palette: Palette | None = None,
        *,
        seed: int = 0,
    ) -> list[Coloring]:
        """`n` different answers, the likeliest first; another `seed` gives others after it."""
        encoding = drawing if isinstance(drawing, Encoding) else self.encode(drawing)
        seeds = [seed, *(seed + 1 + k for k in range(n - 1))]
        return [self.colorize(encoding, hints, palette, seed=each) for each in seeds]

    def _figures_apart(
        self, encoding: Encoding, ballot: Ballot, hints: Hints, palette: Palette
    ) -> tuple[Encoding, Ballot, Choice]:
        """The drawing with its open figures cut out, the votes, and what is chosen for its parts.

        Where the page was painted, they are cut out and colored by what would be voted had it been
        left white: what is painted on the page would flow into them.
        """
        on_page = colors_of_page(encoding, hints)
        unpainted = hints.without(on_page)
        votes = self._vote(encoding, unpainted, palette)[0] if on_page else ballot
        apart = apart_from_page(encoding, votes, unpainted)
        if apart is encoding:
            return encoding, ballot, _chosen(ballot, hints, palette)
        ballot = pooled_again(ballot, hints, apart)
        choice = _chosen(ballot, hints, palette)
        if on_page:
            of_figures = _chosen(pooled_again(votes, unpainted, apart), unpainted, palette)
            choice = choice.up_to(encoding.regions.count, then=of_figures)
        return apart, ballot, choice

    def _inspired(self, encoding: Encoding, hints: Hints, palette: Palette, seed: int) -> Palette:
        ballot, _ = self._vote(encoding, hints, palette)
        return inspiration(ballot, palette, seed)

    def _vote(
        self, encoding: Encoding, hints: Hints, palette: Palette
    ) -> tuple[Ballot, NDArray[np.float32]]:
        """The painter's votes pooled over parts, and its shade float32 (h, w)."""
        channels = hint_channels(hints, encoding.grid)
        slots = palette_slots(palette, hints)
        fine, coarse = encoding.features
        votes, shade = self._color.run(
            ["votes", "shade"],
            {
                "fine": fine,
                "coarse": coarse,
                "hints": channels[None],
                "palette": slots[None],
            },
        )
        ballot = Ballot(
            votes=encoding.pool(votes[0]),
            cells=votes[0],
            fixed=np.concatenate([self._bins, slots[:, :3]]),
            bins=len(self._bins),
            said=len(self._bins) + len(palette),
            flow=channels[4:],
            flowing=flowing(channels[4:], hints, encoding),
            area=encoding.area.astype(np.float64),
            region_of=encoding.regions.region_of,
        )
        return ballot, shade[0, 0] if self._shades else np.ones_like(shade[0, 0])

    def _picture(
        self, encoding: Encoding, hints: Hints, palette: Palette, seed: int
    ) -> tuple[Ballot, NDArray[np.float32]]:
        """The same of a colorist that answers with a picture: one candidate, what it painted."""
        (ink,) = encoding.features
        channels = hint_channels(hints, encoding.grid)
        slots = palette_slots(palette, hints)
        if self._propose is not None and not hints and not len(palette):
            slots = _proposed(self._propose, encoding, seed)
        inputs = {"ink": ink, "hints": channels[None], "palette": slots[None]}
        looked_at = {each.name for each in self._color.get_inputs()}
        given = {name: value for name, value in inputs.items() if name in looked_at}
        picture = self._color.run(["color"], given)[0][0]
        flow = np.concatenate([picture, np.ones_like(picture[:1])]).clip(0, 1)
        ballot = ballot_for(flow, encoding.pool(flow), slots, encoding)
        return ballot, flow[3]


def graphs_of(card: dict[str, Any]) -> tuple[str, ...]:
    """Names of the graphs of a colorist whose `colorist.json` says this.

    One that votes has two halves; one that answers with a picture has one, and maybe another that
    proposes palettes where nothing was said.
    """
    if card.get("answer", "votes") == "votes":
        return ("encode", "color")
    return ("color", "propose") if card.get("proposes") else ("color",)


def folder_of(name_or_path: str | PathLike[str]) -> Path:
    """Where a colorist lies: one that comes with Irodori, or a folder. Raises ColoristError."""
    bundled = _BUNDLED / Path(name_or_path).name
    if isinstance(name_or_path, str) and name_or_path == bundled.name and bundled.is_dir():
        return bundled
    folder = place(name_or_path)
    if mirror := mirror_of(folder):
        mirror.fetch()
        folder = mirror.here
    if (folder / "colorist.json").is_file() or (mirror is None and folder.is_dir()):
        return folder
    known = ", ".join(sorted(path.name for path in _BUNDLED.iterdir() if path.is_dir()))
    raise ColoristError(
        f"{name_or_path}: no such colorist; use one of {known}, or the folder of your own"
    )


def _chosen(ballot: Ballot, hints: Hints, palette: Palette) -> Choice:
    lively = not len(palette) and not says_how_lively(hints)
    return choose(ballot, told=bool(hints), lively=lively)


def _proposed(propose: InferenceSession, encoding: Encoding, seed: int) -> NDArray[np.float32]:
    """The palette that a colorist proposes where nothing was said, float32 (16, 4)."""
    noise = np.random.default_rng(seed).standard_normal((1, 8)) * bool(seed)
    given = {"ink": encoding.features[0], "noise": noise.astype(np.float32)}
    slots: NDArray[np.float32] = propose.run(["palette"], given)[0][0]
    return slots


def _as_palette(slots: NDArray[np.float32]) -> Palette:
    colors = (np.clip(slots[:, :3], 0, 1) * 255).round().astype(int).tolist()
    filled = zip(colors, slots[:, 3].tolist(), strict=True)
    return Palette(tuple(((r, g, b), min(1.0, w)) for (r, g, b), w in filled if w > 0))
