"""The doctor on programs with a known fault, on their fixed twins and on healthy programs.

    python benchmarks/doctor.py [--set known|unseen] [--only NAME] [--limit 150] [--json FILE]

Every examination is a process of its own on one core. An alarm is any finding; the family is right
when it is among those of the first two findings; any finding on a twin or a healthy program is a
false alarm. What the doctor was given must be as before: weights, optimizer, modes, hooks and
random state are compared, and a difference is printed.
"""

from __future__ import annotations

import argparse
import importlib
import io
import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import faults

HERE = Path(__file__)
ROOMS = {"known": "faults", "unseen": "faults_unseen"}


def patients(room: str, only: list[str]) -> list[tuple[str, str]]:
    """(program, variant), variant one of faulty, fixed and healthy."""
    healthy = importlib.import_module(f"{room}.healthy").PROGRAMS
    every = [(name, variant) for name in faults.names(room) for variant in ("faulty", "fixed")]
    every += [(build.__name__, "healthy") for build in healthy]
    return [(name, variant) for name, variant in every if not only or name in only]


def built(room: str, name: str, variant: str) -> tuple[dict[str, Any], list[str]]:
    """(what examine is called with, the families accepted)."""
    module = importlib.import_module(f"{room}.{'healthy' if variant == 'healthy' else name}")
    build = getattr(module, name if variant == "healthy" else variant)
    arguments = build()
    return arguments, sorted(arguments.pop("families"))


def possessions(arguments: dict[str, Any]) -> dict[str, Any]:
    """Everything of the caller's that an examination must leave as it is, to compare."""
    import numpy as np
    import torch

    def saved(state: Any) -> int:
        file = io.BytesIO()
        torch.save(state, file)
        return hash(file.getvalue())

    model, optimizer = arguments["model"], arguments["optimizer"]
    modules, parameters = list(model.modules()), list(model.parameters())
    return {
        "weights": saved([model.state_dict(), [p.grad for p in parameters]]),
        "optimizer": saved(optimizer.state_dict()),
        "modes": [m.training for m in modules] + [p.requires_grad for p in parameters],
        "hooks": [(len(m._forward_hooks), len(m._forward_pre_hooks)) for m in modules],
        "random state": (
            hash(torch.get_rng_state().numpy().tobytes()),
            str(np.random.get_state()),
            random.getstate(),
        ),
    }


def examine(room: str, name: str, variant: str, budget: float, *, busy: bool) -> dict[str, Any]:
    """One examination in this process; busy: its seconds are the processor's, not the clock's."""
    if busy:
        time.monotonic = time.process_time
    import torch

    from irodori.lab import doctor

    torch.set_num_threads(1)
    torch.manual_seed(0)
    arguments, families = built(room, name, variant)
    before = possessions(arguments)
    wall, cpu = time.perf_counter(), time.process_time()
    report = doctor.examine(**arguments, budget_s=budget, seed=0)
    seconds, cpu = time.perf_counter() - wall, time.process_time() - cpu
    after = possessions(arguments)
    return {
        "seconds": seconds,
        "cpu": cpu,
        "families": families,
        "changed": [what for what in before if before[what] != after[what]],
        "findings": [
            {"code": f.code, "family": f.family, "severity": f.severity, "title": f.title}
            for f in report.findings
        ],
    }


def examined(
    room: str, name: str, variant: str, *, limit: float, more: list[str]
) -> dict[str, Any]:
    """One examination in a process of its own; with "error" where it ended badly."""
    command = [sys.executable, str(HERE), "--one", room, name, variant, *more]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    started = time.perf_counter()
    known = {"program": name, "variant": variant}
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=limit, check=False
        )
    except subprocess.TimeoutExpired:
        return known | {"error": f"not done after {limit:.0f} s", "seconds": limit, "findings": []}
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[-1]
        seconds = time.perf_counter() - started
        return known | {"error": last, "seconds": seconds, "findings": []}
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return known | result


def verdict(result: dict[str, Any]) -> str:
    """right, wrong family, missed; clear, FALSE ALARM; or what went wrong."""
    if "error" in result:
        return f"ERROR {result['error']}"
    named = [finding["family"] for finding in result["findings"][:2]]
    if result["variant"] != "faulty":
        return "FALSE ALARM" if named else "clear"
    if not named:
        return "MISSED"
    if set(named) & set(result["families"]):
        return "right"
    return f"WRONG, is {'/'.join(result['families'])}"


def row(result: dict[str, Any]) -> str:
    named = ", ".join(
        f"{finding['family']} ({finding['severity']})" for finding in result["findings"][:2]
    )
    changed = result.get("changed")
    note = f"  CHANGED {', '.join(changed)}" if changed else ""
    return (
        f"{result['program']:<22}{result['variant']:<9}{result['seconds']:>6.1f}"
        f"{result.get('cpu', 0):>7.1f}  {named or '-':<52}{verdict(result)}{note}"
    )


def summary(results: list[dict[str, Any]]) -> str:
    """The figures of a whole run."""
    faulty = [r for r in results if r["variant"] == "faulty"]
    others = [r for r in results if r["variant"] != "faulty"]
    verdicts = Counter(verdict(r).split(",")[0].split(" ")[0] for r in faulty)
    alarms = sum(bool(r["findings"]) for r in faulty)
    false = Counter(r["variant"] for r in others if r["findings"])
    slowest = max(results, key=lambda r: r["seconds"])
    counts = Counter(r["variant"] for r in others)
    return "\n".join(
        [
            f"alarms            {alarms} of {len(faulty)}",
            f"right family      {verdicts['right']} of {len(faulty)}   (among the first two)",
            f"false alarms      twins {false['fixed']} of {counts['fixed']}, "
            f"healthy {false['healthy']} of {counts['healthy']}",
            f"errors            {sum('error' in r for r in results)} of {len(results)}",
            f"changed           {sum(bool(r.get('changed')) for r in results)} of {len(results)}",
            f"slowest           {slowest['seconds']:.0f} s ({slowest['program']})",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="The doctor on programs with known faults.")
    parser.add_argument("--set", choices=ROOMS, default="known")
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--limit", type=float, default=150, help="seconds an examination may take")
    parser.add_argument("--budget", type=float, default=60, help="seconds the doctor is asked for")
    parser.add_argument("--variant", choices=["faulty", "fixed", "healthy"], action="append")
    parser.add_argument("--busy", action="store_true", help="count processor seconds: other work")
    parser.add_argument("--jobs", type=int, default=1, help="examinations at a time")
    parser.add_argument("--json", type=Path, help="write every finding to this file")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(examine(*options.one, options.budget, busy=options.busy)))
        return
    room = ROOMS[options.set]
    print(f"{'program':<22}{'variant':<9}{'s':>6}{'cpu s':>7}  {'first two findings':<52}verdict")
    more = ["--budget", str(options.budget)] + ["--busy"] * options.busy
    variants = options.variant or ["faulty", "fixed", "healthy"]
    chosen = [each for each in patients(room, options.only) if each[1] in variants]
    work = partial(examined, room, limit=options.limit, more=more)
    results = []
    with ThreadPoolExecutor(options.jobs) as pool:
        for result in pool.map(lambda patient: work(*patient), chosen):
            results.append(result)
            print(row(result), flush=True)
    print("\n" + summary(results))
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
