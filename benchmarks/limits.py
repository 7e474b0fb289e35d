"""Coloring against what this machine can do, and against G'MIC's smart coloring.

    python benchmarks/limits.py [--rounds 7]

First the limits, measured: multiply-adds per second of a large product of matrices, and bytes per
second of a large copy, on one core. Then the time of the network's graphs on one core over the
least that their multiply-adds can take. Then processor seconds from file to file, told the same
three dabs, of Irodori and of G'MIC as programs, and of Irodori once it is started, as in a batch.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

from hint_update import hints_for
from irodori import Colorist, Drawing
from irodori.lab.ensemble.quantizing import unquantized
from irodori.measure.gmic import Gmic
from pages import scaled
from table import Table, parser

WORK = 512  # pixels on the long side of what the network looks at


def peak() -> Callable[[], float]:
    """Multiply-adds per second of a large product of matrices, by the network's own runtime."""
    side = 1024
    matrix = onnx.helper.make_tensor_value_info("a", onnx.TensorProto.FLOAT, [side, side])
    result = onnx.helper.make_tensor_value_info("b", onnx.TensorProto.FLOAT, [side, side])
    node = onnx.helper.make_node("MatMul", ["a", "a"], ["b"])
    graph = onnx.helper.make_graph([node], "product", [matrix], [result])
    model = onnx.helper.make_model(
        graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=9
    )
    session = opened(model.SerializeToString())
    values = np.random.default_rng(0).random((side, side), np.float32)

    def once() -> float:
        started = time.perf_counter()
        session.run(None, {"a": values})
        return side**3 / (time.perf_counter() - started)

    return once


def bandwidth() -> float:
    """Bytes per second, read and written, of a copy of 128 MiB."""
    source = np.ones(2**25, np.float32)
    target = np.empty_like(source)
    started = time.perf_counter()
    np.copyto(target, source)
    return 2 * source.nbytes / (time.perf_counter() - started)


def opened(model: bytes | Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def multiply_adds(path: Path, feeds: dict[str, NDArray[np.float32]]) -> int:
    """Of all convolutions and products of a graph, for inputs of these shapes."""
    model = unquantized(onnx.load(path))
    values = [node.output[0] for node in model.graph.node if node.op_type in ("Conv", "Gemm")]
    model.graph.output.extend(onnx.helper.make_empty_tensor_value_info(name) for name in values)
    shapes = {
        name: array.shape
        for name, array in zip(
            values, opened(model.SerializeToString()).run(values, feeds), strict=True
        )
    }
    sizes = {each.name: each.dims for each in model.graph.initializer}
    casts = {n.output[0]: n.input[0] for n in model.graph.node if n.op_type == "Cast"}
    total = 0
    for node in model.graph.node:
        if node.output and node.output[0] in shapes and node.op_type in ("Conv", "Gemm"):
            weight = sizes[casts.get(node.input[1], node.input[1])]
            per_value = int(np.prod(weight)) // weight[0] if node.op_type == "Conv" else weight[-1]
            total += int(np.prod(shapes[node.output[0]])) * per_value
    return total


def graphs(
    colorist: Path, work: int = WORK
) -> dict[str, tuple[Path, dict[str, NDArray[np.float32]]]]:
    """Both graphs with what they are fed for a square drawing `work` pixels wide."""
    card = json.loads((colorist / "colorist.json").read_text())
    cells = work // int(card["stride"])
    ink = (np.random.default_rng(0).random((1, 1, work, work)) < 0.05).astype(np.float32)
    fine, coarse = opened(colorist / "encode.onnx").run(["fine", "coarse"], {"ink": ink})
    told = {
        "fine": fine,
        "coarse": coarse,
        "hints": np.zeros((1, 8, cells, cells), np.float32),
        "palette": np.zeros((1, 16, 4), np.float32),
    }
    return {
        "encode": (colorist / "encode.onnx", {"ink": ink}),
        "color": (colorist / "color.onnx", told),
    }


def timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def against_the_limit(colorist: Path, rounds: int, table: Table) -> None:
    product = peak()
    product()
    rates: list[float] = []
    taken: dict[str, list[float]] = {"encode": [], "color": []}
    given = graphs(colorist)
    sessions = {name: opened(path) for name, (path, _) in given.items()}
    for _ in range(rounds):
        rates.append(product())
        for name, (_, feeds) in given.items():
            taken[name].append(timed(lambda s=sessions[name], f=feeds: s.run(None, f)))  # type: ignore[misc]
    copies = statistics.median(bandwidth() for _ in range(3))
    rate = statistics.median(rates)
    print(f"one core: {rate / 1e9:.1f} G multiply-adds/s, copies {copies / 1e9:.1f} GB/s\n")
    for name, (path, feeds) in given.items():
        work = multiply_adds(path, feeds)
        seconds, least = statistics.median(taken[name]), work / rate
        print(
            f"{work / 1e6:.0f} M multiply-adds: {seconds * 1e3:.1f} ms, least {least * 1e3:.1f} ms"
        )
        against = "its multiply-adds at the rate of a large product of matrices"
        table.add(f"network: {name}", seconds / least, against=against, limit=2)


def children(work: Callable[[], object]) -> float:
    """Processor seconds of the programs that `work` starts."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def as_hex(color: tuple[int, int, int]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*color)


def against_gmic(rounds: int, table: Table) -> None:
    colorist = Colorist.load()
    print()
    for longest in (512, 2048):
        with tempfile.TemporaryDirectory() as kept:
            path = Path(kept, "drawing.png")
            scaled("sailor", longest).save(path)
            drawing = Drawing.load(path)
            hints = hints_for(drawing.size, 0)
            told = [f"--hint={d.x:.0f},{d.y:.0f},{as_hex(d.color)}" for d in hints.dabs]
            command = [sys.executable, "-m", "irodori", "colorize", str(path), "--force", *told]
            ours, theirs, warm = [], [], []
            subprocess.run(command, check=True, capture_output=True)
            Gmic().paint(drawing.ink, hints)  # the disk's cache is warm for both
            for _ in range(rounds if longest < 1000 else max(3, rounds // 2)):
                ours.append(
                    children(lambda c=command: subprocess.run(c, check=True, capture_output=True))  # type: ignore[misc]
                )
                theirs.append(children(lambda d=drawing, h=hints: Gmic().paint(d.ink, h)))  # type: ignore[misc]
                started = time.process_time()
                coloring = colorist.colorize(Drawing.load(path), hints)
                coloring.save(Path(kept, "colored.png"), force=True)
                warm.append(time.process_time() - started)
        a, b, c = (statistics.median(seconds) for seconds in (ours, theirs, warm))
        print(f"{longest} px: {a:.2f} s of processor, once started {c:.2f} s, G'MIC {b:.2f} s")
        against = "G'MIC's smart coloring, processor time"
        table.add(f"colorize, {longest} px", a / b, against=against, limit=1)
        table.add(f"once started, {longest} px", c / b, against=against, limit=1)


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--rounds", type=int, default=7)
    asked = arguments.parse_args()
    table = Table()
    os.environ["OMP_NUM_THREADS"] = "1"
    import irodori

    colorist = Path(irodori.__file__).parent / "color" / "colorists" / "quick"
    against_the_limit(colorist, asked.rounds, table)
    against_gmic(asked.rounds, table)
    table.write(asked.json)


if __name__ == "__main__":
    main()
