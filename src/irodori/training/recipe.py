"""Everything a run is asked for, as it is saved beside the run."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from irodori.network.parts import Activation, Norm
from irodori.training.augment import CONTRAST_FROM, INK_FROM
from irodori.training.errors import TrainingError

Optimizer = Literal["adam", "sgd"]
Schedule = Literal["cosine", "step", "plateau", "constant"]
Precision = Literal["auto", "32", "bf16"]


@dataclass(frozen=True)
class Recipe:
    """What to train, on what, how long and how.

    collection: a collection, a folder of shards, or of ID.color and ID.line pictures. start: a
    run, a file of weights or a colorist to start from. steps, seconds: what ends the run; at least
    one. size: long side of the drawings in pixels. batch: drawings per step and device. rate: the
    highest learning rate, None for the design's own. seed: of everything that is random.
    adversarial: another adversarial loss than the design's own, or "none"; conditional: whether its
    judge sees lines and hints. every: steps from one validation, checkpoint and sample sheet to the
    next; keep: how many of the best checkpoints stay besides the last. patience: validations
    without improvement after which to stop. decay_every: steps between falls of the schedule
    "step". l1, l2, variation: weights of regularizers added to the design's losses. workers:
    processes that prepare samples. held_back: drawings to validate on. contrast_from, ink_from: how
    far augmentation may fade colors and lines, in 0..1. price: of an hour, in any currency. widths:
    channels of the network's layers, finest first; norm, act, dropout: what its blocks are made of;
    None for the design's own. momentum: how much of the last step goes into the next, None for what
    the design wants. freeze: weights whose names begin so stay as they are, None for none.
    """

    design: str
    collection: str
    start: str | None = None
    steps: int | None = None
    seconds: float | None = None
    size: int = 256
    batch: int = 16
    rate: float | None = None
    seed: int = 1
    precision: Precision = "auto"
    devices: int = 1
    adversarial: str | None = None
    conditional: bool = True
    pretrained: str | None = None
    optimizer: Optimizer = "adam"
    weight_decay: float = 0.01
    schedule: Schedule = "cosine"
    warmup: int = 100
    decay_every: int = 200
    clip: float | None = 1.0
    average: float = 0.998
    l1: float = 0.0
    l2: float = 0.0
    variation: float = 0.0
    every: int = 500
    keep: int = 3
    patience: int | None = None
    workers: int = 1
    held_back: int = 64
    limit: int | None = None
    contrast_from: float = CONTRAST_FROM
    ink_from: float = INK_FROM
    price: float | None = None
    compile: bool = False
    debug: bool = False
    doctor: bool = False
    widths: tuple[int, ...] | None = None
    norm: Norm | None = None
    act: Activation | None = None
    dropout: float = 0.0
    momentum: float | None = None
    freeze: str | None = None

    def __post_init__(self) -> None:
        if self.steps is None and self.seconds is None:
            raise TrainingError("how long? give --steps or --max-time")
        if self.size < 32:
            raise TrainingError(f"--size {self.size}: drawings need 32 pixels at least")
        if self.widths is not None:
            object.__setattr__(self, "widths", tuple(self.widths))  # JSON gives a list
            if not 2 <= len(self.widths) <= 6 or min(self.widths) < 1:
                raise TrainingError(
                    f"--widths {','.join(map(str, self.widths))}: give two to six widths, such as "
                    "16,32,64"
                )
        for name in ("contrast_from", "ink_from"):
            value = getattr(self, name)
            if not 0 < value <= 1:
                flag = "--" + name.replace("_", "-")
                raise TrainingError(f"{flag} {value:g}: give a share above 0, up to 1")

    def simplest(self) -> Recipe:
        """The same with nothing that helps against overfitting, on a few pictures.

        Adam at its defaults, no warm-up, decay, clipping, averaging or regularizer; 8 drawings,
        which are also what it is validated on.
        """
        return replace(
            self,
            debug=True,
            rate=self.rate or 1e-3,
            weight_decay=0.0,
            schedule="constant",
            warmup=1,
            clip=None,
            average=0.0,
            l1=0.0,
            l2=0.0,
            variation=0.0,
            batch=min(self.batch, 8),
            limit=8,
            patience=None,
        )

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)
