"""One run over several Ray workers: the loop is training's own, Ray keeps it going.

Ray Train starts a group of processes, makes them one process group of PyTorch, and starts the group
anew when one of them is lost; the loop then goes on from the run's last checkpoint by itself.
"""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from lightning_fabric import Fabric
from lightning_fabric.plugins.environments.torchelastic import TorchElasticEnvironment

from irodori.scale.cluster import cards, cores
from irodori.scale.errors import ScaleError
from irodori.scale.following import followed
from irodori.storage.errors import StorageError
from irodori.training.devices import accelerator, precision
from irodori.training.errors import TrainingError
from irodori.training.job import Job, prepare
from irodori.training.loop import work
from irodori.training.progress import watch
from irodori.training.recipe import Recipe
from irodori.training.runs import Run

_LOSSES = 5  # so often a group is started anew before the run is given up


def train(
    recipe: Recipe,
    folder: Path,
    *,
    tag: str | None = None,
    resume: bool = False,
    quiet: bool = False,
) -> Run:
    """What `training.loop.train` does, in `recipe.devices` workers of the connected cluster.

    folder, and the recipe's collection, are places that every machine sees under the same name.
    Raises TrainingError, ScaleError.
    """
    on_cards = cards() >= recipe.devices
    if not on_cards and cores() < recipe.devices:
        raise ScaleError(
            f"--devices {recipe.devices}: the cluster has {cores()} cores; ask for fewer"
        )
    job = prepare(recipe, folder, tag=tag, resume=resume, quiet=True)
    _refusal(job).unlink(missing_ok=True)
    if quiet:
        _fit(job, on_cards)
    else:
        with watch(job.run.recipe) as watcher, followed(job.run, watcher):
            _fit(job, on_cards)
    return job.run


def _fit(job: Job, on_cards: bool) -> None:
    import ray.train
    from ray.train.torch import TorchTrainer

    trainer = TorchTrainer(
        _work,
        train_loop_config={"job": job, "here": str(Path.cwd())},
        scaling_config=ray.train.ScalingConfig(
            num_workers=job.run.recipe.devices, use_gpu=on_cards
        ),
        run_config=ray.train.RunConfig(
            name=job.run.folder.name,
            storage_path=str((job.run.folder / "ray").absolute()),
            failure_config=ray.train.FailureConfig(max_failures=_LOSSES),
        ),
    )
    # In the main thread Ray would hear Ctrl-C itself, and the command could not say "stopped".
    thread = ThreadPoolExecutor(1)
    try:
        thread.submit(trainer.fit).result()
    except KeyboardInterrupt:
        ray.shutdown()  # the workers end, and with them the thread
        raise
    except ray.train.TrainingFailedError as error:
        reason = str(error).strip().splitlines()[-1]
        raise TrainingError(
            f"{job.run.folder}: workers were lost more than {_LOSSES} times ({reason}); go on with "
            "--resume, the checkpoints are intact"
        ) from None
    finally:
        thread.shutdown(wait=False)
        shutil.rmtree(job.run.folder / "ray", ignore_errors=True)
    if _refusal(job).exists():
        raise TrainingError(_refusal(job).read_text(encoding="utf-8"))


def _work(given: dict[str, Any]) -> None:
    """What each worker does, the first time and after every loss.

    A refusal is no loss: it is left where the command finds it, and the group ends.
    """
    with suppress(OSError):  # a machine that has no such folder is given names that are whole
        os.chdir(given["here"])
    job: Job = given["job"]
    if _refusal(job).exists():
        return
    fabric = Fabric(
        accelerator=accelerator(),
        devices=int(os.environ["LOCAL_WORLD_SIZE"]),
        strategy="ddp",
        precision=precision(job.run.recipe),
        plugins=[_RayEnvironment()],
    )
    try:
        work(job, fabric)
    except (TrainingError, StorageError) as error:
        _refusal(job).write_text(str(error), encoding="utf-8")
        raise


def _refusal(job: Job) -> Path:
    return job.run.folder / ".refusal"


class _RayEnvironment(TorchElasticEnvironment):
    """Ranks and addresses as Ray Train leaves them: in the variables that torchrun sets, too."""

    def validate_settings(self, num_devices: int, num_nodes: int) -> None:
        """Machines may have different numbers of workers; Ray has seen to all of it."""
