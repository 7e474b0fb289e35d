"""More programs with a known fault and their twins: the set on which the doctor is judged.

As `faults`, with other causes, networks and data; no rule was written or tuned with these.
"""
