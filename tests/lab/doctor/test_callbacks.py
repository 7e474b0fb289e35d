"""The callbacks inside the real Lightning and the real Keras, where they are installed."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

KERAS = """
import os
os.environ["KERAS_BACKEND"] = "torch"
import keras, numpy as np
from irodori.lab.doctor import callbacks

rng = np.random.default_rng(0)
x = rng.normal(size=(400, 5)).astype("float32")
y = (x[:, 0] > 0).astype("int64")
keras.utils.set_random_seed(0)
for rate in (1e-2, 1e-7):
    model = keras.Sequential([keras.layers.Dense(16, activation="relu"), keras.layers.Dense(2)])
    model.build((None, 5))
    model.compile(
        keras.optimizers.Adam(rate),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    doctor = callbacks.keras(every=5, save="findings.html")
    model.fit(x, y, epochs=12, batch_size=32, verbose=0, callbacks=[doctor])
    print(rate, [f.code for f in doctor.findings])
"""

LIGHTNING = """
import warnings
warnings.simplefilter("ignore")
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
import pytorch_lightning as lightning
from irodori.lab.doctor import callbacks

class Net(lightning.LightningModule):
    def __init__(self, rate):
        super().__init__()
        self.net, self.rate = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 2)), rate

    def training_step(self, batch, index):
        return nn.functional.cross_entropy(self.net(batch[0]), batch[1])

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=self.rate)

torch.manual_seed(0)
x = torch.randn(400, 5)
loader = DataLoader(TensorDataset(x, (x[:, 0] > 0).long()), batch_size=32, shuffle=True)
for rate in (1e-2, 1e-7):
    doctor = callbacks.lightning(every=5, save="findings.html")
    lightning.Trainer(
        max_epochs=12, callbacks=[doctor], logger=False, enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False, accelerator="cpu",
    ).fit(Net(rate), loader)
    print(rate, [f.code for f in doctor.findings])
"""


@pytest.mark.parametrize(("package", "code"), [("keras", KERAS), ("pytorch_lightning", LIGHTNING)])
def test_a_callback_in_its_own_library(package: str, code: str, tmp_path: Path) -> None:
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    # a process of its own: both set things for a whole process when imported
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={**os.environ, "KERAS_HOME": str(tmp_path)},
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    assert "0.01 []" in done.stdout
    assert "1e-07 ['updates-too-small']" in done.stdout
    assert "Weights hardly move" in (tmp_path / "findings.html").read_text()


def test_a_missing_library_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    from irodori.lab.doctor import callbacks
    from irodori.lab.errors import LabError

    monkeypatch.setitem(sys.modules, "keras", None)
    with pytest.raises(LabError, match="pip install keras"):
        callbacks.keras()
