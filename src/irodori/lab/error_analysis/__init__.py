"""Where a model errs: which group of samples costs most, and which labels may be wrong.

    from irodori.lab import error_analysis

    samples = [error_analysis.Sample(name, loss, {"source": ..., "tags": [...], "contrast": 0.4})]
    for group in error_analysis.costliest(samples):
        print(group)                       # contrast below 0.55: 40 samples, 0.83 against 0.31 ...

For any model: a sample is an error (larger is worse) and facts. Clusters of a network's features
become a fact by `cluster_facts`. Labels are checked by confident learning (cleanlab).
"""

from irodori.lab.error_analysis.chart import cost_chart
from irodori.lab.error_analysis.clusters import cluster_facts, features, find_clusters
from irodori.lab.error_analysis.cost import Group, costliest, ranked
from irodori.lab.error_analysis.labels import (
    LabelIssue,
    cross_validated,
    label_issues,
    tag_issues,
)
from irodori.lab.error_analysis.rules import Rule, Sample, rules_of

__all__ = [
    "Group",
    "LabelIssue",
    "Rule",
    "Sample",
    "cluster_facts",
    "cost_chart",
    "costliest",
    "cross_validated",
    "features",
    "find_clusters",
    "label_issues",
    "ranked",
    "rules_of",
    "tag_issues",
]
