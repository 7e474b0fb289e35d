"""The designs, from the simplest that works to the ones that need most. Each is a plain function.

The order is the one they are grown in: baseline, spatial, palette, blind, each from the weights of
the one before (`irodori train spatial ART --from 00000-baseline`). Beside them: transfer, over a
pre-trained encoder; painter, which colors in steps; quick, the colorist that comes with Irodori.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace

from torch import Tensor

from irodori.network.autoencoder import Autoencoder
from irodori.network.colornet import ColorNet, without_normalization
from irodori.network.discriminator import PatchDiscriminator
from irodori.network.encoders import ResNet18, Seer, load_seer
from irodori.network.losses.adversarial import Adversarial
from irodori.network.losses.dragan import dragan
from irodori.network.losses.hinge import hinge
from irodori.network.losses.l1 import l1
from irodori.network.losses.least_squares import least_squares
from irodori.network.losses.mse import mse
from irodori.network.losses.obedience import obedience
from irodori.network.losses.palette_set import palette_set
from irodori.network.losses.perceptual import perceptual
from irodori.network.losses.vanilla import vanilla
from irodori.network.losses.votes import distances, vote_loss
from irodori.network.losses.wgan_gp import wgan_gp
from irodori.network.palette_unet import PaletteUNet
from irodori.network.parts import PLAIN, Style
from irodori.network.proposer import Blind, Proposer
from irodori.network.recurrent import RecurrentPainter
from irodori.network.transfer import Transfer
from irodori.network.unet import UNet
from irodori.training.design import Adversary, Answer, Design, Kit, Term
from irodori.training.errors import TrainingError
from irodori.training.feed import Batch, Policy
from irodori.training.votes import chosen_picture, even, expected_picture

ADVERSARIAL: dict[str, Adversarial] = {
    "vanilla": vanilla,
    "least-squares": least_squares,
    "hinge": hinge,
    "wgan-gp": wgan_gp,
    "dragan": dragan,
}

WIDTHS = (16, 32, 64, 96, 128)


def baseline(kit: Kit) -> Design:
    """An encoder and a decoder, hints with a place, one loss, no adversary."""
    return Design(
        name="baseline",
        network=Autoencoder(_widths(kit), _style(kit)),
        terms={"l1": Term(1.0, painted_l1)},
        picture=as_it_is,
        policy=Policy(unhinted=0.2, palette=(0, 0)),
        adversary=_adversary(kit, "none"),
    )


def spatial(kit: Kit) -> Design:
    """Skip connections keep the lines; a judge that sees lines and hints asks for clean colors."""
    return Design(
        name="spatial",
        network=UNet(_widths(kit), _style(kit)),
        terms={"l1": Term(1.0, painted_l1), "obedience": Term(0.2, painted_obedience)},
        picture=as_it_is,
        policy=Policy(unhinted=0.2, palette=(0, 0)),
        adversary=_adversary(kit, "hinge"),
    )


def palette(kit: Kit) -> Design:
    """The hints' places are dropped: a palette is all that it is told."""
    return Design(
        name="palette",
        network=PaletteUNet(_widths(kit), _style(kit)),
        terms={"l1": Term(1.0, painted_l1)},
        picture=as_it_is,
        policy=Policy(unhinted=1.0, palette=(1, 1)),
        adversary=_adversary(kit, "hinge"),
    )


def blind(kit: Kit) -> Design:
    """Nothing is told: a small network proposes palettes, and the painter follows the first."""
    painter = PaletteUNet(_widths(kit), _style(kit))
    return Design(
        name="blind",
        network=Blind(Proposer(style=_style(kit)), painter),
        terms={
            "l1": Term(1.0, lambda answer, batch: painted_l1(answer[0], batch)),
            "palettes": Term(0.5, lambda answer, batch: proposed(answer, batch)),
        },
        picture=lambda answer, batch: answer[0],
        policy=Policy(unhinted=1.0, palette=(0, 0)),
        adversary=_adversary(kit, "hinge"),
    )


def transfer(kit: Kit) -> Design:
    """A painter over what VGG19 or ResNet18 learnt from photographs, whose first layers stay.

    Without a file of weights a small ResNet starts from nothing, and nothing is frozen.
    """
    seer: Seer = ResNet18(width=8 if kit.debug else 24)
    if kit.pretrained is not None:
        try:
            seer = load_seer(kit.pretrained)
        except (OSError, ValueError, RuntimeError) as error:
            raise TrainingError(
                f"{kit.pretrained}: cannot be used ({error}); give a file of torchvision's weights "
                "for VGG19 or ResNet18"
            ) from error
    is_resnet = isinstance(seer, ResNet18)
    first = ["conv1", "bn1", "layer1"] if is_resnet else [f"features.{i}" for i in (0, 2, 5, 7)]
    pretrained = kit.pretrained is not None
    terms = {"l1": Term(1.0, painted_l1)}
    if pretrained:
        terms["perceptual"] = seen_by(copy.deepcopy(seer))
    return Design(
        name="transfer",
        network=Transfer(seer, 16 if kit.debug else 32, _style(kit)),
        terms=terms,
        picture=as_it_is,
        policy=Policy(unhinted=0.2, palette=(0, 0)),
        adversary=_adversary(kit, "none"),
        frozen=tuple(f"seer.{name}." for name in first) if pretrained else (),
        slower={"seer.": 0.1} if pretrained else {},
    )


def painter(kit: Kit) -> Design:
    """Looks, thinks, and lays a patch of color, step by step, where it chooses itself."""
    return Design(
        name="painter",
        network=RecurrentPainter(*((6, 8, 128) if kit.debug else (12, 12, 256)), _style(kit)),
        terms={"mse": Term(1.0, painted_mse)},
        picture=as_it_is,
        policy=Policy(unhinted=0.2, palette=(0, 0)),
        adversary=_adversary(kit, "none"),
    )


def quick(kit: Kit) -> Design:
    """The colorist that comes with Irodori: it votes for colors, region by region they decide."""
    network = ColorNet(kit.colors)
    if kit.folded:
        without_normalization(network)
    colors = even(kit.colors)

    def votes(answer: Answer, batch: Batch) -> Tensor:
        apart = distances(
            batch["cell_even"], colors.to(answer[0]), batch["palette_even"], batch["flow_even"]
        )
        return vote_loss(answer[0], apart, batch["cell_weight"])

    def shade(answer: Answer, batch: Batch) -> Tensor:
        return l1(answer[1], batch["shade"], batch["cell_weight"])

    return Design(
        name="quick",
        network=network,
        terms={"votes": Term(1.0, votes), "shade": Term(2.0, shade)},
        picture=lambda answer, batch: chosen_picture(answer, batch, kit.colors),
        judged=lambda answer, batch: expected_picture(answer, batch, kit.colors),
        policy=Policy(),
        rate=2e-4 if kit.folded else 1.5e-3,
        adversary=_adversary(kit, "none"),
    )


DESIGNS: dict[str, Callable[[Kit], Design]] = {
    design.__name__: design
    for design in (baseline, spatial, palette, blind, transfer, painter, quick)
}


def build(name: str, kit: Kit) -> Design:
    """The design of that name. Raises TrainingError for a name that is none."""
    if name not in DESIGNS:
        raise TrainingError(f"{name}: no such design; designs are {', '.join(DESIGNS)}")
    if name == "quick" and (kit.widths or kit.norm or kit.act or kit.dropout):
        raise TrainingError(
            "quick is built one way only; widths, norm, act and dropout are for the other designs"
        )
    if name in ("transfer", "painter") and kit.widths:
        raise TrainingError(f"{name} has no widths to choose; leave --widths out")
    design = DESIGNS[name](kit)
    if not all(any(w.startswith(f) for w in design.network.state_dict()) for f in kit.frozen):
        known = ", ".join(f"{part}." for part, _ in design.network.named_children())
        raise TrainingError(
            f"--freeze {', '.join(kit.frozen)}: no weights of {name} begin so; it has {known}"
        )
    return replace(design, frozen=(*design.frozen, *kit.frozen))


def as_it_is(answer: Answer, batch: Batch) -> Tensor:
    """The picture of a network that answers with RGB."""
    rgb: Tensor = answer
    return rgb


def painted_l1(answer: Tensor, batch: Batch) -> Tensor:
    """How far the picture is from the artist's, off the lines."""
    return l1(answer, batch["color"], batch["weight"])


def painted_mse(answer: Tensor, batch: Batch) -> Tensor:
    """The same, squared."""
    return mse(answer, batch["color"], batch["weight"])


def painted_obedience(answer: Tensor, batch: Batch) -> Tensor:
    """How far the picture is from the hints."""
    return obedience(answer, batch["hints"])


def proposed(answer: Answer, batch: Batch) -> Tensor:
    """How well the proposed palettes hold the artist's colors."""
    return palette_set(answer[1], batch["true_palette"])


def seen_by(seer: Seer) -> Term:
    """A perceptual loss: what `seer` notices of the picture and of the artist's."""
    seer.requires_grad_(requires_grad=False).eval()
    return Term(0.1, lambda answer, batch: perceptual(seer, answer, batch["color"]))


def _widths(kit: Kit) -> tuple[int, ...]:
    return (24, 48, 64) if kit.debug else kit.widths or WIDTHS


def _style(kit: Kit) -> Style:
    if kit.debug:
        return Style("group", "relu", 0.0)
    return Style(kit.norm or PLAIN.norm, kit.act or PLAIN.act, kit.dropout)


def _adversary(kit: Kit, own: str) -> Adversary | None:
    """The judge of the design's own choice, or of the one asked for."""
    name = kit.adversarial or ("none" if kit.debug else own)
    if name == "none":
        return None
    if name not in ADVERSARIAL:
        raise TrainingError(
            f"{name}: no such adversarial loss; there are none, {', '.join(ADVERSARIAL)}"
        )
    judge = PatchDiscriminator(conditional=kit.conditional, width=24)
    return Adversary(judge, ADVERSARIAL[name], 0.02, name)
