"""What travels between the page and the server, checked where it comes in.

Positions and radii are pixels of the drawing, colors are "#RRGGBB".
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from irodori.color.marks import FARTHEST
from irodori.color.palette import MOST_COLORS

MOST_HINTS = 5_000
"""In one drawing; a hint is one dab or one stroke."""

MOST_POINTS = 20_000
"""In one stroke."""

Color: TypeAlias = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$", examples=["#C04030"])]
Place: TypeAlias = Annotated[float, Field(ge=-FARTHEST, le=FARTHEST, allow_inf_nan=False)]
Radius: TypeAlias = Annotated[float, Field(gt=0, le=FARTHEST, allow_inf_nan=False)]
Point: TypeAlias = Annotated[list[Place], Field(min_length=2, max_length=3)]
"""x, y, and where the pen was pressed the radius there."""

Id: TypeAlias = Annotated[str, Field(pattern=r"^[a-z2-7]{26}$")]
HintId: TypeAlias = Annotated[str, Field(min_length=1, max_length=64)]
Seed: TypeAlias = Annotated[int, Field(ge=0, le=2**31 - 1)]
Name: TypeAlias = Annotated[str, Field(min_length=1, max_length=200)]
Format: TypeAlias = Literal["png", "webp", "psd", "ora"]
Settings: TypeAlias = dict[str, Any]
"""The page's own, at most 64 KB as JSON; the server keeps them and never looks inside."""


class Strict(BaseModel):
    """A message in which an unknown name is a mistake, not ignored."""

    model_config = ConfigDict(extra="forbid")


class _Mark(Strict):
    id: HintId
    color: Color = "#FFFFFF"
    radius: Radius = 4.0
    empty: bool = False
    """Leave the place empty; the color is of no meaning then."""
    name: Annotated[str, Field(max_length=60)] | None = None
    """What the region is, such as "hair", so that other pages can be matched with it."""


class DabHint(_Mark):
    """A disc of color."""

    kind: Literal["dab"]
    x: Place
    y: Place


class StrokeHint(_Mark):
    """A line of color."""

    kind: Literal["stroke"]
    points: Annotated[list[Point], Field(min_length=1, max_length=MOST_POINTS)]


Hint: TypeAlias = Annotated[DabHint | StrokeHint, Field(discriminator="kind")]
HintList: TypeAlias = Annotated[list[Hint], Field(max_length=MOST_HINTS)]


class Swatch(Strict):
    """A color of a palette and how much it matters."""

    color: Color
    weight: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)] = 1.0


Swatches: TypeAlias = Annotated[list[Swatch], Field(max_length=MOST_COLORS)]


class State(Strict):
    """All that an artist said about one drawing."""

    hints: HintList = []
    palette: Swatches = []
    locked: bool = False
    """Whether a palette for all pages leaves this one alone."""
    seed: Seed = 0
    settings: Settings = {}


class StateChange(Strict):
    """Any of a state's fields; the others stay."""

    hints: HintList | None = None
    palette: Swatches | None = None
    locked: bool | None = None
    seed: Seed | None = None
    settings: Settings | None = None


class Size(BaseModel):
    """Pixels."""

    width: int
    height: int


class DrawingOut(BaseModel):
    """A drawing and its state. `frame`: the size of the pictures that the live loop sends."""

    id: Id
    session: Id
    name: str
    width: int
    height: int
    frame: Size
    colored: bool
    lines: Literal["kept", "extracted"]
    transparent: bool
    restored: bool
    path: str | None
    revision: int
    state: State


class SessionOut(BaseModel):
    """A strip of drawings."""

    session: Id
    resumed: bool = False
    drawings: list[DrawingOut]
    current: Id | None
    settings: Settings


class Entry(Strict):
    """What a page remembers when it is opened: this tab's session, and the browser's latest."""

    mine: Annotated[str, Field(max_length=64)] | None = None
    last: Annotated[str, Field(max_length=64)] | None = None


class SessionChange(Strict):
    """Any of a session's fields."""

    order: Annotated[list[Id], Field(max_length=10_000)] | None = None
    current: Id | None = None
    settings: Settings | None = None


class PaletteForAll(Strict):
    """One palette for every drawing, or for those named."""

    palette: Swatches
    drawings: Annotated[list[Id], Field(max_length=10_000)] | None = None


class DrawingChange(Strict):
    """A new name, or a changed state."""

    name: Name | None = None
    state: StateChange | None = None


class LinesOrder(Strict):
    """Whether a picture's lines are kept as they are, or drawn from its colors."""

    lines: Literal["keep", "extract"]


class ColorizeOrder(Strict):
    """What to color a drawing with; nothing of it is kept."""

    hints: HintList = []
    palette: Swatches = []
    seed: Seed = 0
    size: Literal["full", "frame"] = "full"
    format: Format = "png"


class Liked(Strict):
    """A proposal to have more of."""

    seed: Seed = 0
    palette: Swatches = []


class ProposalOrder(Strict):
    """How many proposals, from which seed on, like which."""

    n: Annotated[int, Field(ge=1, le=8)] = 4
    first: Seed = 0
    like: Liked | None = None
    palette: Swatches | None = None
    hints: HintList | None = None


class Proposal(BaseModel):
    """One way to color the drawing: take its seed and palette as the state to have it."""

    seed: Seed
    palette: list[Swatch]
    image: str


class Proposals(BaseModel):
    """Several ways, the likeliest first."""

    proposals: list[Proposal]


class PaletteOut(BaseModel):
    """Colors without a place."""

    palette: list[Swatch]


class NamedPalette(PaletteOut):
    """A palette that was kept."""

    name: str


class PaletteList(BaseModel):
    """All palettes that were kept."""

    palettes: list[NamedPalette]


class PaletteIn(Strict):
    """A palette to keep."""

    palette: Swatches


class MatchOrder(Strict):
    """The earlier page, and which of its named regions to look for; None for all hints."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    source: Annotated[Id, Field(alias="from")]
    names: Annotated[list[str], Field(max_length=200)] | None = None


class MatchedHint(DabHint):
    """A hint for the new page, and how sure the match is, 0..1."""

    confidence: float


class Matches(BaseModel):
    """What an earlier page's hints are on this one."""

    hints: list[MatchedHint]


class ExportOrder(Strict):
    """The format of each file in the zip."""

    format: Format = "psd"


class ExportOut(BaseModel):
    """How far the zip of a strip is."""

    export: Id
    done: int
    total: int
    name: str | None
    state: Literal["working", "done", "failed", "stopped"]
    error: str | None


class About(BaseModel):
    """What this server can do."""

    version: str
    colorist: str
    max_upload_bytes: int
    max_megapixels: float
    frame_side: int
    formats: list[str]
    most_colors: int


class Problem(BaseModel):
    """Why a request was refused: one line for a person."""

    error: str
