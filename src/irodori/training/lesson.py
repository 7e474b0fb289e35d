"""One step of learning: the painter paints, the judge judges, both move their weights."""

from __future__ import annotations

from typing import Any

import torch
from lightning_fabric import Fabric
from torch import Tensor

from irodori.network.losses.total_variation import total_variation
from irodori.network.losses.weight_size import weight_l1, weight_l2
from irodori.training.design import Adversary, Answer, Design
from irodori.training.errors import TrainingError
from irodori.training.feed import Batch
from irodori.training.optimization import judges_optimizer, painters_optimizer, trainable_mode
from irodori.training.recipe import Recipe


class Lesson:
    """A design's networks and optimizers, set up on the device; `step` learns from one batch."""

    def __init__(self, fabric: Fabric, design: Design, recipe: Recipe) -> None:
        self.fabric, self.design, self.recipe = fabric, design, recipe
        network: Any = design.network
        if recipe.compile:
            network = torch.compile(network)
        optimizer = painters_optimizer(design, recipe)
        self.painter, self.optimizer = fabric.setup(network, optimizer)
        self.judge: Any = None
        self.judges_optimizer: Any = None
        if design.judge is not None:
            self.judge, self.judges_optimizer = fabric.setup(
                design.judge, judges_optimizer(design.judge, recipe)
            )

    def step(self, batch: Batch) -> dict[str, float]:
        """Learn from a batch on the device; returns each loss times its weight, and gradient norms.

        Raises TrainingError if a loss is no number any more; the weights are those before, then.
        """
        trainable_mode(self.design)
        answer: Answer = self.painter(batch["ink"], batch["hints"], batch["palette"])
        figures = {}
        losses = self._terms(answer, batch)
        adversary = self.design.adversary
        if adversary is not None:
            seen = self.design.judged or self.design.picture
            picture = seen(answer, batch) * (1 - batch["ink"])
            real = batch["color"] * (1 - batch["ink"])
            figures["judge"] = self._teach_judge(adversary, real, picture.detach(), batch)
            losses["adversarial"] = adversary.weight * self._opinion(adversary, picture, batch)
        total = torch.stack(list(losses.values())).sum()
        if not torch.isfinite(total):
            raise self._no_number(batch)
        self.optimizer.zero_grad()
        self.fabric.backward(total)
        norm = None
        if self.recipe.clip is not None:
            norm = self.fabric.clip_gradients(
                self.painter, self.optimizer, max_norm=self.recipe.clip, error_if_nonfinite=False
            )
        if norm is not None and not torch.isfinite(norm):
            raise self._no_number(batch)
        self.optimizer.step()
        figures |= {name: loss.item() for name, loss in losses.items()}
        return figures | ({} if norm is None else {"gradient": float(norm)})

    def _terms(self, answer: Answer, batch: Batch) -> dict[str, Tensor]:
        recipe, network = self.recipe, self.design.network
        losses = {
            name: term.weight * term.loss(answer, batch) for name, term in self.design.terms.items()
        }
        if recipe.l1:
            losses["l1 of weights"] = recipe.l1 * weight_l1(network.parameters())
        if recipe.l2:
            losses["l2 of weights"] = recipe.l2 * weight_l2(network.parameters())
        if recipe.variation:
            seen = self.design.judged or self.design.picture
            losses["variation"] = recipe.variation * total_variation(seen(answer, batch))
        return losses

    def _teach_judge(self, adversary: Adversary, real: Tensor, fake: Tensor, batch: Batch) -> float:
        """The judge's step, on real pictures and painted ones in one pass."""
        self.judge.train()
        adversary.judge.requires_grad_(requires_grad=True)
        ink, hints = batch["ink"], batch["hints"]
        both = (torch.cat([real, fake]), torch.cat([ink, ink]), torch.cat([hints, hints]))
        on_real, on_fake = self.judge(*both).float().chunk(2)
        loss = adversary.loss.discriminator_loss(on_real, on_fake)
        # In full precision: a gradient of a gradient has no digits to lose.
        loss = loss + adversary.loss.penalty(
            lambda picture: adversary.judge(picture, ink, hints), real, fake
        )
        self.judges_optimizer.zero_grad()
        self.fabric.backward(loss)
        if self.recipe.clip is not None:
            self.fabric.clip_gradients(
                self.judge, self.judges_optimizer, max_norm=10.0, error_if_nonfinite=False
            )
        self.judges_optimizer.step()
        return float(loss.detach())

    def _opinion(self, adversary: Adversary, picture: Tensor, batch: Batch) -> Tensor:
        """What the judge holds of the painted pictures; only the painter learns from it."""
        adversary.judge.requires_grad_(requires_grad=False)
        with self.fabric.autocast():
            scores = adversary.judge(picture, batch["ink"], batch["hints"])
        return adversary.loss.generator_loss(scores.float())

    def _no_number(self, batch: Batch) -> TrainingError:
        for number, entry in enumerate(batch["entry"].tolist()):
            for name, values in batch.items():
                if not torch.isfinite(values[number]).all():
                    return UnfitSampleError(int(entry), name)
        return TrainingError(
            "a loss is no number any more, though the data are; go on from the last checkpoint "
            "with a lower --lr, or with --precision 32"
        )


class UnfitSampleError(TrainingError):
    """A sample holds NaN or infinity; entry: the index of its drawing."""

    def __init__(self, entry: int, name: str) -> None:
        super().__init__(f"drawing {entry}: its {name} holds values that are no numbers")
        self.entry, self.name = entry, name
