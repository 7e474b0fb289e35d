"""What crawling, cleaning, training and serving cost at any scale, worked out from slopes.

    python benchmarks/cost.py [--pictures 10000000] [--colorings 1000000] [--core-hour 0.04] ...

First the slopes, measured: every command is run on a few pictures and on more, and the processor
time of the difference is shared among the pictures of the difference, so that starting up does not
count. The pictures are drawn, and fetched from a board on this machine. Then the arithmetic, a line
a step. Prices, and what cannot be measured here, are options; `--slopes FILE` keeps the slopes and
takes them from there the next time.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from batch import draw_variants
from hint_update import hints_for
from irodori import Colorist, Drawing

HERE = Path(__file__).parent
TAG = "1girl"  # which of the drawn pictures are crawled: about half
STEPS = ("clean", "pair", "split", "shards")
TURNS = 3
HOURS_A_MONTH = 730
ASKING, STORAGE = "asking the boards", "a month of storage"


def irodori(*arguments: object) -> float:
    """Processor seconds of one run of the program."""
    command = [sys.executable, "-m", "irodori", *map(str, arguments)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: {done.stderr.strip()}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def size_of(folder: Path) -> int:
    """Bytes of the files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def collection_slopes(folder: Path, drawn: int, size: int) -> dict[str, float]:
    """Seconds a picture of every step from the board to the shards, and bytes a picture.

    The collections of the last turn stay in `folder`, "few" and "many".
    """
    irodori("data", "synth", folder / "board", "--count", drawn, "--size", size)
    serve = [sys.executable, str(HERE.parent / "scripts" / "board.py"), str(folder / "board")]
    board = subprocess.Popen([*serve, "--port", "0"], stdout=subprocess.PIPE, text=True)
    assert board.stdout is not None
    address = board.stdout.readline().strip()
    try:
        few = [collect(folder / "few", address, drawn // 6) for _ in range(TURNS)]
        many = [collect(folder / "many", address, drawn) for _ in range(TURNS)]
    finally:
        board.terminate()
        board.wait(20)
    more = many[0]["pictures"] - few[0]["pictures"]
    # What else the machine does only adds: the least is nearest to the truth.
    least = [
        {what: min(turn[what] for turn in turns) for what in turns[0]} for turns in (few, many)
    ]
    slopes = {what: (least[1][what] - least[0][what]) / more for what in least[0]}
    del slopes["pictures"]
    return slopes


def collect(folder: Path, address: str, limit: int) -> dict[str, float]:
    """A collection crawled from a board and taken to shards: pictures, seconds, bytes."""
    shards = folder.with_name(f"{folder.name}-shards")
    for old in (folder, shards):
        shutil.rmtree(old, ignore_errors=True)
    asked = ["--site", f"danbooru+{address}", "--tags", TAG, "--rate", 0, "--limit", limit]
    spent = {"crawl": irodori("data", "crawl", folder, *asked, "--license", "CC0-1.0")}
    fetched = size_of(folder)
    spent["pictures"] = len(list(folder.rglob("*.webp")))
    for step in STEPS:
        spent[step] = irodori("data", step, folder, *([shards] if step == "shards" else []))
    sizes = {"bytes fetched": fetched, "bytes added": size_of(folder) - fetched}
    return spent | sizes | {"bytes in shards": size_of(shards)}


def training_slope(folder: Path, steps: int, size: int) -> float:
    """Processor seconds for each picture that the bundled colorist's design is shown."""
    batch = 8
    asked = ["quick", folder / "many", "--batch-size", batch, "--size", size, "--workers", 0]
    asked += ["--held-back", 8, "--runs", folder / "runs", "--every", steps * 3]
    few, many = (irodori("train", *asked, "--steps", count) for count in (steps, 2 * steps))
    return (many - few) / (steps * batch)


def serving_slopes(folder: Path, drawings: int) -> dict[str, float]:
    """Processor seconds of a drawing from file to file, and of one answer to a brush."""
    (folder / "drawings").mkdir()
    files = draw_variants(folder / "drawings", drawings, 900)
    few, many = (
        irodori("colorize", *files[:count], "-o", f"{folder / f'colored-{count}'}/")
        for count in (drawings // 5, drawings)
    )
    colorist = Colorist.load(threads=1)
    drawing = Drawing.load(files[0])
    encoding = colorist.encode(drawing)
    colorist.colorize(encoding, hints_for(drawing.size, 0)).image()
    started = time.process_time()
    for turn in range(20):
        colorist.colorize(encoding, hints_for(drawing.size, turn)).image()
    answer = (time.process_time() - started) / 20
    return {"colorize": (many - few) / (drawings - drawings // 5), "answer": answer}


def measured(asked: argparse.Namespace) -> dict[str, float]:
    """All slopes."""
    with tempfile.TemporaryDirectory() as kept:
        folder = Path(kept)
        slopes = collection_slopes(folder, asked.drawn, asked.size)
        slopes["train"] = training_slope(folder, asked.steps, asked.training_size)
        return slopes | serving_slopes(folder, 50)


class Sheet:
    """The arithmetic, a line a step, and what each part comes to."""

    def __init__(self, asked: argparse.Namespace) -> None:
        self.asked = asked
        self.hours: dict[str, float] = {}
        self.money: dict[str, float] = {}

    def work(self, part: str, count: float, each: float, what: str) -> None:
        """Processor time that any number of cores can share."""
        core_hours = count * each / 3600
        hours, money = core_hours / self.asked.cores, core_hours * self.asked.core_hour
        counted = f"{count:>14,.0f} {what} x {each * 1e3:.3g} ms = {core_hours:,.0f} core hours"
        print(f"{part:<20}{counted}; on {self.asked.cores} cores {hours:,.1f} h; {money:,.0f}")
        self.hours[part], self.money[part] = hours, money


def work_out(slopes: dict[str, float], asked: argparse.Namespace) -> None:
    """Machines, hours, money; what takes longest and what costs most."""
    sheet, pictures = Sheet(asked), asked.pictures
    print(f"\n-- {pictures:,.0f} pictures to a trained colorist")
    waited = pictures * asked.between / asked.sites / 3600
    asking = f"{pictures:>14,.0f} pictures x {asked.between:g} s / {asked.sites} boards"
    print(f"{ASKING:<20}{asking} = {waited:,.0f} h = {waited / 24:,.0f} days, on any machine")
    sheet.hours[ASKING] = waited
    sheet.work("fetching", pictures, slopes["crawl"], "pictures")
    for step in STEPS:
        sheet.work(step, pictures, slopes[step], "pictures")
    shown = pictures * asked.epochs
    sheet.work("training on cores", shown, slopes["train"], "shown")
    gpu_hours = shown * slopes["train"] / 3600 / asked.gpu_cores
    hours, money = gpu_hours / asked.gpus, gpu_hours * asked.gpu_hour
    counted = f"one GPU as {asked.gpu_cores} cores: {gpu_hours:,.0f} GPU hours"
    print(f"{'training on GPUs':<20}{counted}; on {asked.gpus} GPUs {hours:,.1f} h; {money:,.0f}")
    if money < sheet.money["training on cores"]:
        sheet.hours["training"], sheet.money["training"] = hours, money
        del sheet.hours["training on cores"], sheet.money["training on cores"]
    kept = (asked.picture_bytes, slopes["bytes added"], slopes["bytes in shards"])
    stored = pictures * sum(kept) / 1e9
    sheet.money[STORAGE] = stored * asked.gb_month
    counted = "{:,.0f} KB fetched + {:,.0f} KB made of it + {:,.0f} KB in shards".format(
        *(each / 1e3 for each in kept)
    )
    print(f"{'storage':<20}{pictures:>14,.0f} x ({counted}) = {stored / 1e3:,.1f} TB")
    print(f"{STORAGE:<20}{stored:>14,.0f} GB x {asked.gb_month:g} = {sheet.money[STORAGE]:,.0f}")
    slowest, dearest = (
        max(part, key=lambda name: part[name]) for part in (sheet.hours, sheet.money)
    )
    print(f"all of it {sum(sheet.money.values()):,.0f} with a month of storage")
    print(f"the first bottleneck: {slowest}, {sheet.hours[slowest] / 24:,.1f} days")
    print(f"what costs most: {dearest}, {sheet.money[dearest]:,.0f}")
    serve(slopes, asked)


def serve(slopes: dict[str, float], asked: argparse.Namespace) -> None:
    """Colorings every day, each a drawing encoded and some answers to a brush."""
    each = slopes["colorize"] + asked.answers * slopes["answer"]
    core_seconds = asked.colorings * each
    even = core_seconds / 86_400
    cores = even * asked.peak
    month = cores * HOURS_A_MONTH * asked.core_hour
    print(f"\n-- {asked.colorings:,.0f} colorings a day")
    print(
        f"a coloring: {slopes['colorize']:.3f} s from file to file + {asked.answers} answers to the"
        f" brush x {slopes['answer']:.3f} s = {each:.3f} s of a core"
    )
    print(f"a day: {core_seconds:,.0f} core seconds / 86,400 = {even:.1f} cores, spread evenly")
    print(
        f"at the busiest hour {asked.peak:g} times that: {cores:.0f} cores ="
        f" {cores / asked.cores:.1f} machines of {asked.cores}; {month:,.0f} a month,"
        f" {month / asked.colorings / 30.4 * 1000:.2f} per 1,000 colorings"
    )


def arguments() -> argparse.ArgumentParser:
    """What is asked about, what it is measured on, and what has to be assumed."""
    made = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    made.add_argument("--pictures", type=float, default=10e6)
    made.add_argument("--colorings", type=float, default=1e6, help="a day")
    made.add_argument("--slopes", type=Path, metavar="FILE", help="keep them; read them if there")
    made.add_argument("--drawn", type=int, default=160, help="pictures to measure on")
    made.add_argument("--size", type=int, default=512, help="of those, pixels")
    made.add_argument("--steps", type=int, default=12, help="of training to measure")
    made.add_argument("--training-size", type=int, default=256, help="pixels")
    assumed = made.add_argument_group("assumptions")
    assumed.add_argument("--core-hour", type=float, default=0.04, help="price")
    assumed.add_argument("--gpu-hour", type=float, default=2.5, help="price")
    assumed.add_argument("--gb-month", type=float, default=0.023, help="price")
    assumed.add_argument("--cores", type=int, default=64, help="of a machine")
    assumed.add_argument("--gpus", type=int, default=8)
    assumed.add_argument("--gpu-cores", type=int, default=500, help="cores that a GPU trains like")
    assumed.add_argument("--epochs", type=float, default=3, help="times each picture is shown")
    assumed.add_argument("--between", type=float, default=1.0, help="seconds between requests")
    assumed.add_argument("--sites", type=int, default=3, help="boards asked at once")
    assumed.add_argument("--picture-bytes", type=float, default=1e6, help="of an original")
    assumed.add_argument("--answers", type=int, default=20, help="to a brush, for each coloring")
    assumed.add_argument("--peak", type=float, default=3, help="busiest hour over the mean")
    return made


def main() -> None:
    asked = arguments().parse_args()
    if asked.slopes is not None and asked.slopes.exists():
        slopes = json.loads(asked.slopes.read_text())
    else:
        slopes = measured(asked)
        if asked.slopes is not None:
            asked.slopes.write_text(json.dumps(slopes, indent=1) + "\n")
    print("-- slopes: of one core, a picture or a drawing")
    for name, value in slopes.items():
        shown = f"{value:>12,.0f}" if name.startswith("bytes") else f"{value * 1e3:>12,.2f} ms"
        print(f"{name:<18}{shown}")
    work_out(slopes, asked)


if __name__ == "__main__":
    main()
