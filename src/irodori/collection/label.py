"""Tags and the number of characters, by any ONNX tagger that comes with a list of its tags.

The defaults are those of the WD taggers (version 3): BGR from 0 to 255, the picture padded to a
square on white. Never required: other steps use what it says where it is there.
"""

from __future__ import annotations

import csv
import hashlib
import logging
import re
from dataclasses import asdict, dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import onnxruntime
import pyarrow as pa
from numpy.typing import NDArray
from PIL import Image

from irodori.collection.errors import CollectionError
from irodori.collection.pictures import on_white
from irodori.collection.sites import RATINGS
from irodori.collection.steps import Step
from irodori.collection.store import Record

COLUMNS = pa.schema(
    [
        pa.field("label_tags", pa.list_(pa.string())),
        pa.field("label_rating", pa.string()),
        pa.field("label_characters", pa.int32()),
    ]
)
"""label_tags: the likeliest first. label_characters: how many the tags speak of, null if none does;
"6+girls" is six."""

_COUNTED = re.compile(r"(\d+)\+?(girl|boy|other)s?")
_RATING = "9"  # the category of ratings in the tag lists of the WD taggers


@dataclass(frozen=True)
class Tagger:
    """A network and its tags, and how pictures are put to it.

    model: an ONNX file with one picture input, NHWC or NCHW as its shape tells, and a score for
    each tag, a probability or a logit. tags: a CSV file with a column `name` (`category` is heeded
    where there), or text with a tag in each line. highest: what white is to the network.
    """

    model: Path
    tags: Path
    threshold: float = 0.35
    channels: Literal["bgr", "rgb"] = "bgr"
    highest: float = 255.0


def label_step(tagger: Tagger) -> Step:
    """The step `label`. Raises CollectionError where model and tags cannot be used."""
    network = _load(tagger.model, tagger.tags)
    scores = network.score(np.zeros((network.side, network.side, 3), np.float32))
    if len(scores) != len(network.names):
        raise CollectionError(
            f"{tagger.tags}: has {len(network.names)} tags, {tagger.model.name} scores "
            f"{len(scores)}; give the list that belongs to the model"
        )
    settings = asdict(tagger) | {"model": _digest(tagger.model), "tags": _digest(tagger.tags)}
    return Step("label", partial(_label, tagger), COLUMNS, settings)


def find_tagger(model: str, tags: str | None) -> tuple[Path, Path]:
    """The files meant by two paths, or by "hf:owner/name". Raises CollectionError."""
    if model.startswith("hf:"):
        found, list_of_tags = from_hub(model.removeprefix("hf:"))
        return found, Path(tags) if tags else list_of_tags
    if tags is None:
        raise CollectionError(f"{model}: give the list of its tags with --tags")
    return Path(model), Path(tags)


def from_hub(name: str) -> tuple[Path, Path]:
    """`model.onnx` and `selected_tags.csv` of a model on the Hugging Face hub, as "owner/name".

    They are fetched once. Raises CollectionError without huggingface_hub or where the hub or the
    model cannot be reached.
    """
    try:
        from huggingface_hub import hf_hub_download
    except ImportError:
        raise CollectionError(
            f"hf:{name}: huggingface_hub is needed to fetch a model and is not installed; "
            "pip install huggingface_hub, or give --model and --tags as files"
        ) from None
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)  # it tells of each retry
    try:
        files = [hf_hub_download(name, file) for file in ("model.onnx", "selected_tags.csv")]
    except Exception as error:  # the hub's many errors share no base class
        reason = (str(error).strip() or type(error).__name__).splitlines()[0].split(". ")[0]
        raise CollectionError(
            f"hf:{name}: cannot be fetched ({reason}); check the name and the network, or give "
            "--model and --tags as files"
        ) from None
    return Path(files[0]), Path(files[1])


def square(image: Image.Image, side: int) -> NDArray[np.float32]:
    """A picture in the middle of a white square: float32 (side, side, 3), RGB from 0 to 255."""
    picture = on_white(image).convert("RGB")
    longest = max(picture.size)
    padded = Image.new("RGB", (longest, longest), "white")
    left, top = ((longest - length) // 2 for length in picture.size)
    padded.paste(picture, (left, top))
    small = padded.resize((side, side), Image.Resampling.BICUBIC)
    return np.asarray(small, np.float32)


def count_characters(scores: dict[str, float]) -> int | None:
    """How many characters tags like "2girls" speak of, the likeliest tag of each kind counting.

    scores: of the tags that hold. None where no tag speaks of it.
    """
    best: dict[str, tuple[float, int]] = {}
    for tag, score in scores.items():
        if found := _COUNTED.fullmatch(tag):
            number, kind = found.groups()
            best[kind] = max(best.get(kind, (0.0, 0)), (score, int(number)))
    if best:
        return sum(number for _, number in best.values())
    if "no_humans" in scores:
        return 0
    return 1 if "solo" in scores else None


class _Network:
    """A loaded model with its tags."""

    def __init__(self, model: Path, tags: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # pictures are spread over processes
        options.log_severity_level = 3
        try:
            self.session = onnxruntime.InferenceSession(
                str(model), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime's errors share no base class that it shows
            reason = str(error).splitlines()[0]
            raise CollectionError(f"{model}: cannot be used as a model ({reason})") from None
        self.input = self.session.get_inputs()[0]
        shape = self.input.shape
        if len(shape) != 4 or 3 not in (shape[1], shape[3]):
            raise CollectionError(f"{model}: takes {shape}, not pictures of three channels")
        self.channels_last = shape[3] == 3
        side = shape[1] if self.channels_last else shape[2]
        self.side = side if isinstance(side, int) else 448
        self.names, self.ratings = _read_tags(tags)

    def score(self, picture: NDArray[np.float32]) -> NDArray[np.float64]:
        """Probabilities (tags,) for float32 (side, side, 3)."""
        batch = picture[None] if self.channels_last else picture.transpose(2, 0, 1)[None]
        answer: Any = self.session.run(None, {self.input.name: np.ascontiguousarray(batch)})[0]
        scores = np.asarray(answer, np.float64).reshape(-1)
        if scores.min() < 0 or scores.max() > 1:  # logits
            scores = 1 / (1 + np.exp(-np.clip(scores, -60, 60)))
        return scores


@lru_cache(maxsize=2)
def _load(model: Path, tags: Path) -> _Network:
    """Once for each process."""
    return _Network(model, tags)


def _read_tags(path: Path) -> tuple[list[str], frozenset[str]]:
    """All tags in order, and those that are ratings."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            if path.suffix.lower() != ".csv":
                return [line.strip() for line in file if line.strip()], frozenset()
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise CollectionError(f"{path}: cannot be read as a list of tags ({reason})") from None
    if not rows or "name" not in rows[0]:
        raise CollectionError(f"{path}: has no column name, which would hold the tags")
    ratings = (row["name"] for row in rows if row.get("category") == _RATING)
    return [row["name"] for row in rows], frozenset(ratings)


def _label(tagger: Tagger, folder: Path, record: Record) -> Record:
    """What the tagger says of one picture."""
    network = _load(tagger.model, tagger.tags)
    with (folder / record["path"]).open("rb") as file, Image.open(file) as image:
        picture = square(image, network.side)
    if tagger.channels == "bgr":
        picture = picture[:, :, ::-1]
    scores = network.score(picture * np.float32(tagger.highest / 255))
    ordered = [
        (network.names[index], float(scores[index])) for index in np.argsort(-scores, kind="stable")
    ]
    rating = next((name for name, _ in ordered if name in network.ratings), None)
    holding = {
        name: score
        for name, score in ordered
        if score >= tagger.threshold and name not in network.ratings
    }
    return {
        "label_tags": list(holding),
        "label_rating": rating if rating in RATINGS else None,
        "label_characters": count_characters(holding),
    }


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]
