"""Several models as one, and more out of what one has: votes, averages, self-training, less weight.

    from irodori.lab.ensemble import Team, answers, choose, combine, log_loss, targets

    found = torch.stack([answers(model, validation).softmax(1) for model in models])
    error = log_loss(targets(validation))
    weights = choose(len(models), lambda weights: error(combine(found, weights=weights)))
    team = Team(models, weights=weights)                 # a module: probabilities (N, C)

For any PyTorch model. A model that takes more than one tensor is called by
`call=lambda model, batch: ...`.
"""

from irodori.lab.ensemble.averaging import average_weights, reestimate
from irodori.lab.ensemble.calibration import (
    Platt,
    calibration_error,
    fit_confidence,
    fit_temperature,
)
from irodori.lab.ensemble.choosing import choose, error_rate, log_loss
from irodori.lab.ensemble.self_training import (
    Joined,
    PseudoLabels,
    Round,
    SelfTrained,
    label,
    self_train,
)
from irodori.lab.ensemble.team import Team, answers, targets
from irodori.lab.ensemble.voting import combine, member_weights

__all__ = [
    "Joined",
    "Platt",
    "PseudoLabels",
    "Round",
    "SelfTrained",
    "Team",
    "answers",
    "average_weights",
    "calibration_error",
    "choose",
    "combine",
    "error_rate",
    "fit_confidence",
    "fit_temperature",
    "label",
    "log_loss",
    "member_weights",
    "reestimate",
    "self_train",
    "targets",
]
