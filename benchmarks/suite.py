"""All benchmarks of speed in one run: a table of ratios, each beside its reference and its limit.

    python benchmarks/suite.py [--quick] [--only NAME,...] [--json bench.json]

Each benchmark is a command of its own, which can be run alone. One that fails is told, and the
others go on; the exit code is 1 then, or where a limit does not hold. Timings want a quiet machine:
ratios are of turns that alternate, but two programs that both want all cores slow down unequally.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from limits import bandwidth, peak
from table import Ratio

HERE = Path(__file__).parent
LONGEST = 300.0
"""Seconds after which a benchmark is given up."""

DRAWN = "DRAWN"
"""Stands in a command for a collection that is drawn for it."""


@dataclass(frozen=True)
class Benchmark:
    """A file of this folder, and its options for a whole run and for a quick one."""

    name: str
    options: str = ""
    quick: str = ""

    def command(self, *, quick: bool) -> list[str]:
        """As a person would type it."""
        options = self.quick if quick else self.options
        return ["python", f"benchmarks/{self.name}.py", *options.split()]


BENCHMARKS = (
    Benchmark("limits", "--rounds 7", "--rounds 5"),
    Benchmark("cold_start", "--rounds 9", "--rounds 3"),
    Benchmark("hint_update", "--rounds 9", "--rounds 3"),
    Benchmark("batch", "--drawings 200", "--drawings 40"),
    Benchmark("live", "--client socket --seconds 20", "--client socket --seconds 5"),
    Benchmark("users", "--users 20 --seconds 120", "--users 20 --seconds 20"),
    Benchmark("size", "--megapixels 1,4,12,48", "--megapixels 1,2,4"),
    Benchmark("collection", "--pictures 100", "--pictures 25 --records 16000"),
    Benchmark("training", f"{DRAWN} --steps 40", f"{DRAWN} --size 96 --rounds 3 --steps 20"),
    Benchmark("watch", "--rounds 10 --memory-steps 4000", "--rounds 3 --memory-steps 1000"),
)


def machine() -> dict[str, Any]:
    """What the figures were measured on, its own limits among it."""
    product = peak()
    product()
    names = [line for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    return {
        "cores": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
        "processor": names[0].partition(":")[2].strip() if names else platform.processor(),
        "system": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "multiply_adds_per_second_and_core": max(product() for _ in range(5)),
        "bytes_copied_per_second": statistics.median(bandwidth() for _ in range(3)),
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
    }


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []


def drawn(folder: Path) -> str:
    """A small collection of pictures by the drawing program, made once."""
    collection = folder / "drawn"
    if not collection.exists():
        command = [sys.executable, "-m", "irodori", "data", "synth", str(collection)]
        subprocess.run([*command, "--count", "72"], check=True, stdout=subprocess.DEVNULL)
    return str(collection)


def run(benchmark: Benchmark, folder: Path, *, quick: bool) -> list[Ratio]:
    """The ratios of one benchmark. Raises OSError, SubprocessError, ValueError where it fails."""
    found = folder / f"{benchmark.name}.json"
    _, file, *options = benchmark.command(quick=quick)
    options = [drawn(folder) if option == DRAWN else option for option in options]
    command = [sys.executable, str(HERE.parent / file), *options, "--json", str(found)]
    subprocess.run(command, check=True, timeout=LONGEST)
    ratios = json.loads(found.read_text())
    return [Ratio(**{k: v for k, v in each.items() if k != "holds"}) for each in ratios]


def run_all(chosen: list[Benchmark], *, quick: bool) -> tuple[list[dict[str, Any]], list[str]]:
    """Every ratio with its command, as JSON has it; and a line for each benchmark that failed."""
    ratios, failed = [], []
    with tempfile.TemporaryDirectory() as kept:
        for benchmark in chosen:
            command = " ".join(benchmark.command(quick=quick))
            print(f"\n$ {command}", flush=True)
            started = time.perf_counter()
            try:
                found = run(benchmark, Path(kept), quick=quick)
            except (OSError, subprocess.SubprocessError, ValueError) as error:
                failed.append(f"{command}: {error}")
                print(f"FAILED, {error}", flush=True)
                continue
            print(f"({time.perf_counter() - started:.0f} s)", flush=True)
            ratios += [{**vars(each), "holds": each.holds, "command": command} for each in found]
    return ratios, failed


def report(facts: dict[str, Any], ratios: list[dict[str, Any]], failed: list[str]) -> None:
    """The table."""
    rate, copied = facts["multiply_adds_per_second_and_core"], facts["bytes_copied_per_second"]
    print(f"\n{facts['cores']} cores, {facts['processor']}, {facts['system']}")
    print(f"{rate / 1e9:.1f} G multiply-adds/s a core, copies {copied / 1e9:.1f} GB/s\n")
    print(f"{'ratio':<52}{'value':>8}  {'limit':<14}{'':<15}against")
    for each in ratios:
        known = {key: each[key] for key in ("name", "value", "against", "limit", "at_least")}
        print(f"{Ratio(**known).line():<91}{each['against']}")
    for line in failed:
        print(f"failed: {line}")
    missed = sum(each["holds"] is False for each in ratios)
    promised = sum(each["holds"] is not None for each in ratios)
    print(f"\n{promised - missed} of {promised} limits hold, {len(failed)} benchmarks failed")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="smaller runs, under five minutes")
    parser.add_argument("--only", metavar="NAME,...", help="of: " + ", ".join(_names()))
    parser.add_argument("--json", type=Path, default=Path("bench.json"), metavar="FILE")
    asked = parser.parse_args()
    wanted = asked.only.split(",") if asked.only else _names()
    if unknown := set(wanted) - set(_names()):
        parser.error(f"no benchmark {', '.join(sorted(unknown))}; of {', '.join(_names())}")
    started = time.perf_counter()
    facts = machine()
    chosen = [each for each in BENCHMARKS if each.name in wanted]
    ratios, failed = run_all(chosen, quick=asked.quick)
    report(facts, ratios, failed)
    seconds = round(time.perf_counter() - started)
    found = {"machine": facts, "seconds": seconds, "ratios": ratios, "failed": failed}
    asked.json.write_text(json.dumps(found, indent=1) + "\n")
    print(f"{asked.json}, after {seconds} s")
    return 1 if failed or any(each["holds"] is False for each in ratios) else 0


def _names() -> list[str]:
    return [each.name for each in BENCHMARKS]


if __name__ == "__main__":
    sys.exit(main())
