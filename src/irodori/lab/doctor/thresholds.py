"""Every number that a judgement hangs on, with where it comes from.

Sources: [TDC] TheDeepChecker's settings (TOSEM 2022). [DD] DeepDiagnosis (ICSE 2022). [SMD] the
rules of SageMaker Debugger. [AT] AutoTrainer (ICSE 2021). [UML] UMLAUT (CHI 2021). [KAR] the
recipe for training networks by A. Karpathy (2019). [PT] PyTorch's defaults. [own] measured on the
programs in `benchmarks/faults` and their twins, by `benchmarks/doctor.py`.
"""

from __future__ import annotations

from typing import Final

# ---- when a training counts as bad
MATERIAL_GAIN: Final = 0.12  # [own] a remedy must raise the score (0 chance, 1 perfect) by this
RULE_GAIN: Final = 0.06  # [own] enough where what was seen is unusual by itself
ORDINARY_GAIN: Final = 0.2  # [own] and where it is not: anything can be tuned a little
SOLVED: Final = 0.93  # [own] from here on there is nothing worth a warning

# ---- inputs and targets
INPUT_LARGE: Final = 10.0  # [AT] mean absolute value from which data counts as unscaled
INPUT_RATIO: Final = 50.0  # [own] spread of the widest feature over the median one
INPUT_SMALL: Final = 0.05  # [own] spread below which inputs hardly move a default layer
TARGET_LARGE: Final = 10.0  # [own] spread of targets against outputs at the start; [DD] has 10x
IMBALANCE: Final = 10.0  # [SMD] commonest class over rarest
DUPLICATES: Final = 0.1  # [own] share of validation samples that are in the training part as well
OUT_OF_RANGE: Final = 0.05  # [own] share of targets that the last activation cannot reach

# ---- activations
DEAD_SHARE: Final = 0.7  # [AT, DD] units that are never active, by layer
SATURATED_SHARE: Final = 0.5  # [DD, TDC] units beyond the steep part of sigmoid or tanh
SATURATED_AT: Final = 5.0  # [DD] input of a sigmoid or tanh beyond which it is flat

# ---- gradients and updates
VANISHING_RATIO: Final = 1e-3  # [AT] gradient of the first layer over the last one's
VANISHING_NORM: Final = 1e-4  # [AT] and the first layer's own norm below this
EXPLODING_NORM: Final = 1e6  # [TDC] mean gradient beyond which it explodes
UPDATE_HIGH: Final = 1e-1  # [TDC] log10 update/weight outside [-4, -1]
UPDATE_LOW: Final = 1e-4  # [TDC]
UPDATE_GOOD: Final = 1e-3  # the customary ratio

# ---- settings out of the ordinary: outside of these nobody goes by intent  [PT, KAR]
USUAL_RATE: Final = {
    "SGD": (1e-3, 0.5),
    "Adam": (1e-4, 1e-2),
    "AdamW": (1e-4, 1e-2),
    "NAdam": (1e-4, 1e-2),
    "RAdam": (1e-4, 1e-2),
    "Adamax": (1e-4, 2e-2),
    "RMSprop": (1e-4, 1e-2),
    "Adagrad": (1e-3, 1e-1),
    "Adadelta": (0.1, 2.0),
    "Rprop": (1e-3, 1e-1),
    "ASGD": (1e-3, 0.5),
    "LBFGS": (1e-2, 2.0),
    "Muon": (1e-3, 0.1),
}
EPS_LOW: Final = 1e-12  # [PT] default 1e-8; below this a rare gradient makes a full step
EPS_HIGH: Final = 1e-2
MOMENTUM_HIGH: Final = 0.985  # [PT] customary 0.9; 0.99 means an average over 100 steps
DECAY_HIGH: Final = 1e-2  # weight decay; customary 1e-5 .. 1e-2
DROPOUT_HIGH: Final = 0.6  # [UML] 0.5
BATCH_HIGH: Final = 256
BATCH_LOW: Final = 4
FEW_EPOCHS: Final = 5
INIT_RATIO: Final = 8.0  # [TDC, SMD 10] deviation of weights against He or Glorot

# ---- curves
SURGE: Final = 3.0  # [TDC 2x] loss over the best of the run
GAP: Final = 0.2  # [AT 0.1, SMD 0.1] training score minus validation score
EVAL_DIFFERENCE: Final = 0.3  # [own] score lost by evaluation mode; [TDC] loss change over 50 %
EVAL_STEPS: Final = 60  # [own] steps until running statistics have met the data
WAITING: Final = 0.5  # [own] share of a step spent waiting for the loader
