"""Everything that a run shows of itself, on one page: `irodori inspect RUN`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import torch
from matplotlib.figure import Figure
from PIL import Image, ImageDraw
from torch import Tensor, nn

from irodori.lab import inspect
from irodori.lab.errors import LabError
from irodori.lab.inspect.page import Page, Section
from irodori.lab.inspect.samples import Scored
from irodori.storage.places import place
from irodori.training.drawings import Drawings
from irodori.training.feed import Batch, Samples, fixed_batches
from irodori.training.pairs import read_pairs
from irodori.training.probes import Probe
from irodori.training.runs import Run
from irodori.training.validation import as_bytes, extent, told_picture

Progress: TypeAlias = Callable[[int, int, str], None]
Shown: TypeAlias = list[tuple[Figure | Image.Image | inspect.Animation | str, str]]

_SIDE = 160  # pixels, the longest side of drawings in the slower views
_DRAWINGS = 48  # of each side of the data that is looked at


class Inspection:
    """A run's best checkpoint and its data, ready to be looked at. Raises TrainingError.

    longest: the long side of drawings in pixels, at most; the run's own if that is smaller.
    """

    def __init__(
        self, run: Run, cache: Path, *, collection: Path | None = None, longest: int = _SIDE
    ) -> None:
        self.run = run
        best = run.best()
        self.design = run.design(best)
        self.network = self.design.network
        self.network.load_state_dict(best.weights())
        self.network.eval()
        pairs = read_pairs(collection or place(run.recipe.collection))
        size = min(run.recipe.size, longest)
        self.sides = {
            "training": Drawings(pairs.training, size, cache),
            "validation": Drawings(pairs.validation, size, cache),
        }

    def batches(self, side: str, *, augment: bool = False, count: int = _DRAWINGS) -> list[Batch]:
        """Fixed batches of one side of the data, as this design is given them."""
        policy = replace(self.design.policy, augment=augment)
        samples = Samples(self.sides[side], policy, self.run.recipe.seed)
        return fixed_batches(samples, count, 8)

    def call(self, network: nn.Module, batch: Mapping[str, Tensor]) -> Any:
        """The network's own answer to a batch."""
        return network(batch["ink"], batch["hints"], batch["palette"])

    def picture(self, network: nn.Module, batch: Batch) -> Tensor:
        """What a person would see, (N, 3, H, W), white where a drawing is padded."""
        picture = self.design.picture(self.call(network, batch), batch).clamp(0, 1)
        return on_paper(picture * (1 - batch["ink"]), batch)


def inspect_run(
    run: Run,
    out: Path,
    cache: Path,
    *,
    collection: Path | None = None,
    progress: Progress | None = None,
) -> Path:
    """Writes `out`, a page that needs nothing else, and its pictures into a folder beside it.

    cache: where prepared drawings are kept. collection: where the run's own has moved. What cannot
    be shown is said in its place. Returns `out`. Raises TrainingError, LabError.
    """
    look = Inspection(run, cache, collection=collection)
    sections = [*_of_data(look), *_of_training(look), *_of_network(look)]
    facts = f"{run.recipe.design}, {run.recipe.steps or 'timed'} steps, seed {run.recipe.seed}"
    page = Page(f"Run {run.folder.name}", facts)
    for number, (title, words, name, draw) in enumerate(sections):
        if progress:
            progress(number, len(sections), title)
        page.sections.append(Section(title, words, name, _shown(draw)))
    page.save(out, pictures=out.with_suffix(""))
    return out


Draw: TypeAlias = Callable[[], Shown]
Part: TypeAlias = tuple[str, str, str, Draw]
"""Title, what to look for, a name for files, and what draws it."""


def _shown(draw: Draw) -> Shown:
    try:
        return draw()
    except LabError as error:
        return [(f"cannot be shown: {error}", "")]


def _of_data(look: Inspection) -> list[Part]:
    return [
        (
            "What goes in",
            "The drawings as the network gets them: lines, hints and palette, beside the colors it "
            "should find. Training is augmented, validation is not. Do the colors fit the lines?",
            "inputs",
            lambda: _inputs(look),
        ),
        (
            "Values that go in",
            "Ink is 0 on paper and 1 on lines. One side that looks unlike the other was prepared "
            "in another way.",
            "values",
            lambda: _values(look),
        ),
    ]


def _of_training(look: Inspection) -> list[Part]:
    folder = look.run.folder
    return [
        (
            "Curves",
            "Losses should fall, and the validation error with them. A surge says that the rate is "
            "too high, a slow fall that it is too low; a validation error that rises, overfitting.",
            "curves",
            lambda: [(inspect.curves(folder), "")],
        ),
        (
            "The same drawings over time",
            "Validation drawings as the run painted them, from the first look to the last.",
            "progress",
            lambda: _progress(folder),
        ),
        (
            "The worst and the best",
            "Look for what the worst have in common: that is what to gather, mend or leave out; "
            "irodori errors says what costs most, and what to do.",
            "samples",
            lambda: _worst_and_best(look),
        ),
        (
            "Inside, over time",
            "Weights and activations should be bells around zero that stay so. Gradients should "
            "reach the first layers; updates near a thousandth of the weights are customary.",
            "histories",
            lambda: _histories(folder),
        ),
    ]


def _of_network(look: Inspection) -> list[Part]:
    return [
        (
            "First filters",
            "Strokes, edges and dots, once it has learnt; noise means that it has not.",
            "filters",
            lambda: [(inspect.filters(look.network), "")],
        ),
        (
            "What excites a channel",
            "The nine places of the validation drawings that a channel answers to most, each above "
            "what of it made the channel speak.",
            "patches",
            lambda: _patches(look),
        ),
        (
            "One thing varied",
            "A hint's color, its place, a color of the palette. Only what was told should change.",
            "traversal",
            lambda: _traversals(look),
        ),
        (
            "The network",
            "Layers in the order of their use, what they cost and how far they see.",
            "summary",
            lambda: _summary(look),
        ),
    ]


def _inputs(look: Inspection) -> Shown:
    shown: Shown = []
    for side in ("training", "validation"):
        batch = look.batches(side, augment=side == "training", count=6)[0]
        rows = []
        for number in range(min(3, len(batch["ink"]))):
            name = look.sides[side].entries[int(batch["entry"][number])].id
            rows.append(
                [
                    (_cut(batch, number, 1 - batch["ink"][number]), name),
                    (as_bytes(told_picture(batch, number), *extent(batch, number)), "told"),
                    (_cut(batch, number, batch["color"][number]), "to be found"),
                ]
            )
        shown.append((inspect.sheet(rows, cell=150), side))
    return shown


def _cut(batch: Batch, number: int, values: Tensor) -> inspect.Picture:
    """One drawing of a batch without its padding."""
    height, width = extent(batch, number)
    return inspect.to_picture(values[:, :height, :width], span=(0, 1))


def _values(look: Inspection) -> Shown:
    sides = [inspect.Side(side, look.batches(side)) for side in ("training", "validation")]
    return [(inspect.value_histogram(*sides, channels=["ink"]), "")]


def _progress(folder: Path) -> Shown:
    sheets = sorted((folder / "samples").glob("*.png"))
    if not sheets:
        raise LabError("no sample sheets yet; a run writes one at each validation")
    chosen = [sheets[i] for i in np.unique(np.linspace(0, len(sheets) - 1, 6).astype(int))]
    columns = []
    for path in chosen:
        with Image.open(path) as sheet:
            whole = sheet.convert("RGB")
        third = whole.width // 3
        painted = whole.crop((third, 0, 2 * third, whole.height))
        ImageDraw.Draw(painted).text((third // 2, 10), f"step {int(path.stem)}", (120, 110, 100))
        columns.append(np.asarray(painted))
    strip = Image.fromarray(np.concatenate(columns, axis=1))
    return [(strip, ""), (_animation(sheets), "the whole sheet, moving")]


def _animation(sheets: Sequence[Path]) -> inspect.Animation:
    frames = []
    for path in sheets[:: -(-len(sheets) // 20)]:
        with Image.open(path) as sheet:
            frames.append(sheet.convert("RGB").resize((sheet.width // 2, sheet.height // 2)))
    return inspect.Animation(tuple(frames))


def _worst_and_best(look: Inspection) -> Shown:
    entries = look.sides["validation"].entries

    def facts(batch: Batch, number: int) -> Mapping[str, Any]:
        entry = entries[int(batch["entry"][number])]
        known = {key: entry.facts.get(key) for key in ("source", "author")}
        return {
            "name": entry.id,
            "tags": list(entry.tags),
            **known,
            "ink": float(batch["ink"][number].mean()),
        }

    scored = inspect.score(
        look.network,
        look.batches("validation"),
        _error,
        truth_of=lambda batch: on_paper(batch["color"] * (1 - batch["ink"]), batch),
        facts_of=facts,
        call=look.picture,
    )
    shared = [each for each in inspect.in_common(scored) if each.times > 1.15][:8]
    text = "\n".join(f"{each.times:.2f} x  {each.samples:4d}  {each.fact}" for each in shared)
    return [
        (_sheet(scored[:5]), "the worst"),
        (_sheet(scored[::-1][:5]), "the best"),
        (text or "nothing stands out", "error against the mean, drawings, what they share"),
    ]


def on_paper(picture: Tensor, batch: Batch) -> Tensor:
    """Pictures (N, 3, H, W) of a batch, white outside their own extent."""
    out = torch.ones_like(picture)
    for number in range(len(picture)):
        height, width = extent(batch, number)
        out[number, :, :height, :width] = picture[number, :, :height, :width]
    return out


def _error(outputs: Tensor, truths: Tensor) -> Tensor:
    return (outputs - truths).abs().flatten(1).mean(1)


def _sheet(scored: Sequence[Scored]) -> Image.Image:
    on_white = [replace(one, input=1 - one.input) for one in scored]  # ink is 1, paper 0
    return inspect.sample_sheet(on_white)


def _histories(folder: Path) -> Shown:
    kinds = (("weights", 24), ("outputs", 24), ("gradients", 12))
    drawn: Shown = [(inspect.flow(folder), "gradients, updates and dead units, layer by layer")]
    for kind, most in kinds:
        drawn.append((inspect.histories(folder, kind, most=most), kind))
    return drawn


def _patches(look: Inspection) -> Shown:
    batches = look.batches("validation")
    drawn: Shown = []
    for layer in _layers_to_see(look.network, batches[0], look.call):
        channels = range(6)
        picture = inspect.gallery(look.network, layer, batches, channels=channels, call=look.call)
        drawn.append((picture, layer))
    return drawn


def _layers_to_see(network: nn.Module, batch: Batch, call: Callable[..., Any]) -> list[str]:
    """An early and a middle convolution among those that the ink goes through."""
    with torch.no_grad():
        nodes = inspect.trace(network, {key: value[:1] for key, value in batch.items()}, call=call)
    convolutions = [
        node.label.split("\n")[0]
        for node in nodes
        if node.label.endswith("Conv2d") and len(node.shape) == 4 and min(node.shape[2:]) > 4
    ]
    picked = dict.fromkeys(convolutions[int(len(convolutions) * part)] for part in (0.1, 0.35))
    return [name for name in picked if "hint" not in name]


def _traversals(look: Inspection) -> Shown:
    drawings = look.sides["validation"]
    drawn: Shown = []
    for index in range(min(2, len(drawings))):
        probe = Probe(look.design, drawings.read(index))
        views = (
            ("a hint's color", probe.hint_colors()),
            ("a hint's place", probe.hint_places()),
            ("a color of the palette", probe.palette_colors()),
        )
        for title, (vary, values) in views:
            strip = inspect.traverse(
                look.network, probe.told(), vary, values, title=title, call=probe.call
            )
            drawn.append((strip, ""))
        drawn.append((_moved(probe), "how much the part moved when one hint was taken away"))
    return drawn


def _moved(probe: Probe) -> str:
    hints, moved = probe.hints_that_moved()
    x, y = probe.place
    lines = [f"the part at {x:.0f}, {y:.0f}"]
    for each in moved:
        dab = hints.dabs[int(each.part)]
        color = "#{:02x}{:02x}{:02x}".format(*dab.color)
        lines.append(
            f"{255 * each.change:7.2f} of 255   the hint {color} at {dab.x:.0f}, {dab.y:.0f}"
        )
    return "\n".join(lines)


def _summary(look: Inspection) -> Shown:
    batch = {key: value[:1] for key, value in look.batches("validation", count=1)[0].items()}
    table = inspect.summary(look.network, batch, call=look.call)
    return [(str(table), ""), (inspect.graph(look.network, batch, call=look.call), "")]
