"""Names what is wrong with a training, and what to do: for any PyTorch model, loss and loader.

`examine` looks, makes small experiments, trains a copy for a few seconds and tries remedies;
`watch` keeps an eye on a loop of your own.
"""

from irodori.lab.doctor.examine import examine
from irodori.lab.doctor.finding import FAMILIES, Family, Finding, Severity
from irodori.lab.doctor.report import Report
from irodori.lab.doctor.watch import Watch, watch

__all__ = ["FAMILIES", "Family", "Finding", "Report", "Severity", "Watch", "examine", "watch"]
