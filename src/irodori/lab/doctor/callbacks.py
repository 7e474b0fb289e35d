"""`watch` for people whose loop belongs to Lightning or to Keras 3 on the torch backend.

    trainer = lightning.Trainer(callbacks=[doctor.callbacks.lightning(every=10)])
    model.fit(x, y, callbacks=[doctor.callbacks.keras(every=10)])

Both print what they found when the training ends, and keep it in `.findings`. Neither library is
needed until its function is called.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from irodori.lab.doctor.finding import Finding
from irodori.lab.doctor.watch import Watch
from irodori.lab.errors import LabError


def lightning(*, every: int = 10, save: str | Path | None = None) -> Any:
    """A Lightning callback that watches the module and its optimizers.

    save: a path for the page, written when the training ends. Raises LabError without Lightning.
    """
    base = _first("lightning.pytorch", "pytorch_lightning").Callback

    class DoctorCallback(base):  # type: ignore[misc, valid-type]
        """Watches from the first batch to the last."""

        def __init__(self) -> None:
            super().__init__()
            self.findings: list[Finding] = []
            self._watch: Watch | None = None

        def on_train_start(self, trainer: Any, module: Any) -> None:
            self._watch = Watch(module, list(trainer.optimizers), every=every)
            self._watch.__enter__()

        def on_train_batch_end(
            self, trainer: Any, module: Any, outputs: Any, batch: Any, index: int
        ) -> None:
            if self._watch is not None:
                self._watch.step(outputs["loss"] if isinstance(outputs, dict) else outputs)

        def on_validation_epoch_end(self, trainer: Any, module: Any) -> None:
            value = trainer.callback_metrics.get("val_loss")
            if self._watch is not None and value is not None:
                self._watch.validation(value)

        def on_train_end(self, trainer: Any, module: Any) -> None:
            self.findings = _finish(self._watch, save)
            self._watch = None

        def on_exception(self, trainer: Any, module: Any, exception: BaseException) -> None:
            self.findings = _finish(self._watch, save)
            self._watch = None

    return DoctorCallback()


def keras(*, every: int = 10, save: str | Path | None = None) -> Any:
    """A Keras 3 callback, torch backend: layers, weights and loss are watched.

    Keras steps its own optimizer, so gradients are read from the weights after each step; it
    calls its layers without torch's hooks, so their outputs are not seen.
    Raises LabError without Keras, or with another backend.
    """
    library = _first("keras")
    if library.backend.backend() != "torch":
        raise LabError(
            f"Keras runs on {library.backend.backend()}; the doctor needs KERAS_BACKEND=torch"
        )

    class DoctorCallback(library.callbacks.Callback):  # type: ignore[misc, name-defined]
        """Watches from the first batch to the last."""

        def __init__(self) -> None:
            super().__init__()
            self.findings: list[Finding] = []
            self._watch: Watch | None = None

        def on_train_begin(self, logs: Any = None) -> None:
            self._watch = Watch(self.model, [], every=every)
            rate = float(library.ops.convert_to_numpy(self.model.optimizer.learning_rate))
            self._watch.record.rates = [rate]
            self._watch.__enter__()

        def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
            if self._watch is not None:
                self._watch.before_step()

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            if self._watch is not None:
                self._watch.step((logs or {}).get("loss"))

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            if self._watch is not None and "val_loss" in (logs or {}):
                self._watch.validation(logs["val_loss"])

        def on_train_end(self, logs: Any = None) -> None:
            self.findings = _finish(self._watch, save)
            self._watch = None

    return DoctorCallback()


def _finish(watch: Watch | None, save: str | Path | None) -> list[Finding]:
    if watch is None:
        return []
    watch.__exit__(None, None, None)
    report = watch.report()
    print(report)
    if save is not None:
        report.save(save)
    return list(report.findings)


def _first(*names: str) -> Any:
    for name in names:
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    package = names[0].split(".")[0]
    raise LabError(f"{package} is missing; install it with: pip install {package}")
