"""Long commands on S3-compatible storage that is gone for ten seconds in their middle.

    python benchmarks/storage.py                  every command, about six minutes
    python benchmarks/storage.py --only train,export    those; the ones before are run all the same

A server of its own (moto) runs as a process; every command runs as a process, over a TCP line that
is cut in the middle of the request that stands at half of all requests: connections are closed, new
ones refused. Each command is run three times: on local folders, on storage without a break, and on
storage with one. What lies there afterwards is compared byte for byte with the local folders, but
for times and addresses, which are told in a run's metrics.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import boto3

from unsteady import KEYS, Line, object_store

_TRAIN = (
    *("--steps", "30", "--every", "10", "--size", "64", "--batch-size", "4", "--seed", "1"),
    *("--held-back", "8", "--adversarial", "none"),
)


@dataclass(frozen=True)
class Command:
    """A command line in which ROOT stands for where all lies, PICTURES for a local folder.

    result: what it makes, below ROOT. Of runs the weights are compared, of a search its trials.
    """

    name: str
    line: tuple[str, ...]
    result: str


def commands(pictures: int) -> list[Command]:
    n = str(pictures)
    return [
        Command("data import", ("data", "import", "ROOT/col", "PICTURES"), "col"),
        Command("data synth", ("data", "synth", "ROOT/col", "--count", n, "--size", "256"), "col"),
        Command("data clean", ("data", "clean", "ROOT/col"), "col"),
        Command("data pair", ("data", "pair", "ROOT/col"), "col"),
        Command("data balance", ("data", "balance", "ROOT/col", "--by", "source"), "col"),
        Command("data split", ("data", "split", "ROOT/col"), "col"),
        Command(
            "data shards",
            ("data", "shards", "ROOT/col", "ROOT/shards", "--per-shard", "16"),
            "shards",
        ),
        Command(
            "data report", ("data", "report", "ROOT/col", "-o", "ROOT/col/page.html"), "col"
        ),
        Command(
            "train (collection)",
            ("train", "baseline", "ROOT/col", "--runs", "ROOT/runs", *_TRAIN),
            "runs/00000-baseline",
        ),
        Command(
            "train (shards)",
            ("train", "baseline", "ROOT/shards", "--runs", "ROOT/runs2", *_TRAIN),
            "runs2/00000-baseline",
        ),
        Command(
            "export", ("export", "0", "-o", "ROOT/mine", "--runs", "ROOT/runs"), "mine"
        ),
        Command(
            "evaluate",
            (
                *("evaluate", "ROOT/shards", "--hints", "0,5", "--against", "blank"),
                *("--limit", "6", "--out", "ROOT/evaluation"),
            ),
            "evaluation",
        ),
        Command(
            "tune rate",
            (
                *("tune", "rate", "ROOT/shards", "-o", "ROOT/tuning", "--pictures", "16"),
                *("--size", "64", "--batch-size", "4"),
            ),
            "tuning",
        ),
    ]  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """Of one command: seconds, what was said on stderr, and whether the result is the local one."""

    calm: float
    broken: float
    requests: int
    breaks: int
    said: tuple[str, ...]
    same: bool


class Bench:
    """A server, a line to it, and a folder for all that is local."""

    def __init__(self, line: Line, server: int, folder: Path) -> None:
        self.line, self.folder = line, folder
        self.client = boto3.client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{server}",
            region_name=KEYS["AWS_DEFAULT_REGION"],
            aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
        )
        self.client.create_bucket(Bucket="bench")
        self.pictures = folder / "pictures"

    def run(self, arguments: list[str], state: str) -> tuple[float, str]:
        """Seconds, and stderr. Raises RuntimeError where the command fails."""
        environment = {
            **os.environ,
            **KEYS,
            "AWS_ENDPOINT_URL": self.line.address,
            "XDG_STATE_HOME": str(self.folder / f"state-{state}"),
        }
        start = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "irodori", *arguments],
            env=environment,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"irodori {' '.join(arguments)}: {done.returncode}\n{done.stderr}")
        return time.perf_counter() - start, done.stderr

    def measure(self, command: Command, seconds: float) -> Outcome:
        """The command on local folders, on storage, and on storage that goes away."""
        self.run(self._line(command, str(self.folder / "here")), "here")
        self.line.arm(None)
        calm, _ = self.run(self._line(command, "s3://bench/calm"), "calm")
        requests = self.line.requests
        self.line.arm(max(1, requests // 2), seconds)
        broken, said = self.run(self._line(command, "s3://bench/cut"), "cut")
        lines = tuple(line for line in said.splitlines() if line.startswith("irodori: s3://"))
        here = dict(self._local(command.result))
        same = here == dict(self._there("cut", command.result)) and bool(here)
        return Outcome(calm, broken, requests, self.line.breaks, lines, same)

    def prepare(self, command: Command) -> None:
        """The same three without a break or a look: what later commands need."""
        self.line.arm(None)
        for state, root in (
            ("here", str(self.folder / "here")),
            ("calm", "s3://bench/calm"),
            ("cut", "s3://bench/cut"),
        ):
            self.run(self._line(command, root), state)

    def _line(self, command: Command, root: str) -> list[str]:
        return [
            each.replace("ROOT", root).replace("PICTURES", str(self.pictures))
            for each in command.line
        ]

    def _local(self, below: str) -> Iterator[tuple[str, bytes]]:
        root = self.folder / "here" / below
        for path in root.rglob("*"):
            name = path.relative_to(root).as_posix()
            if path.is_file() and _is_compared(name):
                yield name, _plain(path.read_bytes(), str(self.folder / "here"))

    def _there(self, root: str, below: str) -> Iterator[tuple[str, bytes]]:
        prefix = f"{root}/{below}/"
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket="bench", Prefix=prefix)
        for key in [each["Key"] for page in pages for each in page.get("Contents", ())]:
            if _is_compared(key.removeprefix(prefix)):
                body = self.client.get_object(Bucket="bench", Key=key)["Body"].read()
                yield key.removeprefix(prefix), _plain(body, f"s3://bench/{root}")


def _is_compared(name: str) -> bool:
    """Not what tells times: of a run its weights, of a search its losses."""
    timed = ("metrics.jsonl", "histories.jsonl", "state.pt", ".html", "run.json", "rate.json")
    inside = name.split("/")
    return not (name.endswith(timed) or "tensorboard" in inside or "cache" in inside) or (
        name == "page.html"
    )


def _is_told(said: tuple[str, ...]) -> bool:
    """Whether it was said that we wait and then that we go on; a busy machine may say it again."""
    begun, ended = said[::2], said[1::2]
    return (
        len(begun) == len(ended) > 0
        and all("does not answer (" in line and "waiting" in line for line in begun)
        and all("answers again" in line for line in ended)
    )


def _plain(content: bytes, root: str) -> bytes:
    return content.replace(root.encode(), b"ROOT")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=24, help="drawn, and as many imported")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long storage is gone")
    parser.add_argument("--only", metavar="NAME,...", help="beginnings of names")
    asked = parser.parse_args()
    failed = 0
    with object_store() as server, tempfile.TemporaryDirectory() as folder:
        line = Line(server)
        bench = Bench(line, server, Path(folder))
        drawn = ["data", "synth", str(bench.pictures), "--seed", "7", "--size", "256"]
        bench.run([*drawn, "--count", str(asked.pictures)], "here")
        (bench.pictures / "manifest.parquet").unlink()
        print(f"storage gone for {asked.seconds:g} s in the middle; {asked.pictures} pictures")
        print(
            f"{'command':<19} {'s':>6} {'s, cut':>7} {'requests':>9}  waited, said so  same result"
        )
        names = tuple((asked.only or "").split(","))
        wanted = [each for each in commands(asked.pictures) if each.name.startswith(names)]
        for command in commands(asked.pictures):
            if command not in wanted:
                bench.prepare(command)
                continue
            found = bench.measure(command, asked.seconds)
            told = found.breaks == 1 and _is_told(found.said)
            failed += not (told and found.same)
            print(
                f"{command.name:<19} {found.calm:6.1f} {found.broken:7.1f} {found.requests:9}  "
                f"{'yes' if told else f'NO ({found.said})':<15}  {'yes' if found.same else 'NO'}",
                flush=True,
            )
            last = found.said
            if command == wanted[-1]:
                break
        print("\nwhat the last one said on stderr:", *last, sep="\n  ")
        line.close()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
