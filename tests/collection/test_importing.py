"""Importing: every kind of source, facts kept, nothing twice, damage told."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from irodori.cli import main
from irodori.collection import manifest
from irodori.collection.errors import CollectionError
from irodori.collection.importing import Given, Imported, import_pictures
from irodori.collection.store import Collection, Record

Refused = Callable[..., str]


def rows(folder: Path) -> dict[str, Record]:
    return {row["id"]: row for row in Collection.open(folder).records()}


def png(seed: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (48, 36), (seed * 40, 100, 200)).save(out, "PNG")
    return out.getvalue()


def shard(path: Path, members: dict[str, bytes]) -> None:
    with tarfile.open(path, "w") as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))


def test_a_folder_gives_tags_and_line_art(pictures: Path, tmp_path: Path) -> None:
    done = import_pictures(tmp_path / "c", pictures, Given(license="CC0-1.0", author="Me"))
    assert done == Imported(new=12, known=0)
    found = rows(tmp_path / "c")
    cat, dog = found["pictures-cats-01"], found["pictures-dogs-02"]
    assert (cat["tags"], dog["tags"]) == (["cats"], ["dogs"])
    assert (cat["width"], cat["height"]) == (48, 36)
    assert (cat["license"], cat["author"], cat["reasons"]) == ("CC0-1.0", "Me", [])
    assert dog["line_path"] is None
    with Image.open(tmp_path / "c" / cat["line_path"]) as line:
        assert (line.size, line.mode) == ((48, 36), "L")
    original = (pictures / "dogs" / "02.webp").read_bytes()
    assert (tmp_path / "c" / dog["path"]).read_bytes() == original


def test_a_second_import_changes_nothing(pictures: Path, tmp_path: Path) -> None:
    import_pictures(tmp_path / "c", pictures, Given())
    before = (tmp_path / "c" / manifest.NAME).read_bytes()
    assert import_pictures(tmp_path / "c", pictures, Given()) == Imported(new=0, known=12)
    assert (tmp_path / "c" / manifest.NAME).read_bytes() == before


def test_new_pictures_join(pictures: Path, tmp_path: Path) -> None:
    import_pictures(tmp_path / "c", pictures, Given())
    (pictures / "dogs" / "99.png").write_bytes(png(5))
    assert import_pictures(tmp_path / "c", pictures, Given()) == Imported(new=1, known=12)


def test_shards_with_a_csv_beside_them(tmp_path: Path) -> None:
    source = tmp_path / "art"
    source.mkdir()
    members = {"one.color.png": png(1), "one.line.png": png(2), "two.color.png": png(3)}
    shard(source / "shard-0.tar", members)
    (source / "manifest.csv").write_text(
        "id,source,author,licence,group,tags\n"
        "one,emoji,Ann,CC-BY-4.0,g1,character smiling\ntwo,books,Bob,CC0-1.0,,scene\n"
    )
    import_pictures(tmp_path / "c", source, Given())
    found = rows(tmp_path / "c")
    assert found["one"]["tags"] == ["character", "smiling"]
    assert found["one"]["license"] == "CC-BY-4.0"
    assert found["one"]["group"] == "g1"
    assert found["two"]["group"] is None
    assert (found["two"]["source"], found["two"]["author"]) == ("books", "Bob")
    assert (tmp_path / "c" / found["one"]["line_path"]).read_bytes() == members["one.line.png"]


def test_shards_with_json_in_them(tmp_path: Path) -> None:
    facts = {"author": "Ann", "license": "CC0-1.0", "tags": ["a", "b"], "caption": "not ours"}
    members = {"x/7.jpg": png(1), "x/7.json": json.dumps(facts).encode(), "x/8.txt": b"no picture"}
    shard(tmp_path / "s.tar", members)
    import_pictures(tmp_path / "c", tmp_path / "s.tar", Given(source="mine"))
    (row,) = rows(tmp_path / "c").values()
    assert (row["author"], row["tags"], row["source"]) == ("Ann", ["a", "b"], "mine")


@pytest.mark.parametrize("nested", [True, False])
def test_parquet(nested: bool, tmp_path: Path) -> None:
    images = [{"bytes": png(n), "path": f"p{n}.png"} if nested else png(n) for n in range(5)]
    table = pa.table({"image": images, "license": ["CC0-1.0"] * 5, "tags": ["a b"] * 5})
    pq.write_table(table, tmp_path / "set.parquet")
    import_pictures(tmp_path / "c", tmp_path / "set.parquet", Given())
    found = rows(tmp_path / "c")
    assert len(found) == 5
    assert {row["width"] for row in found.values()} == {48}
    assert {tuple(row["tags"]) for row in found.values()} == {("a", "b")}


def test_unreadable_pictures_come_too(pictures: Path, tmp_path: Path) -> None:
    whole = (pictures / "dogs" / "02.webp").read_bytes()
    (pictures / "dogs" / "02.webp").write_bytes(b"")
    (pictures / "dogs" / "04.webp").write_bytes(whole[:20])
    assert import_pictures(tmp_path / "c", pictures, Given()).new == 12
    assert rows(tmp_path / "c")["pictures-dogs-02"]["width"] is None


def test_names_that_no_file_may_have(tmp_path: Path) -> None:
    members = {"../../evil.png": png(1), "a b/ü?.png": png(2), "..\\x.png": png(3)}
    shard(tmp_path / "s.tar", members)
    import_pictures(tmp_path / "c", tmp_path / "s.tar", Given())
    found = rows(tmp_path / "c")
    assert len(found) == 3
    inside = (tmp_path / "c").resolve()
    assert all(inside in (inside / row["path"]).resolve().parents for row in found.values())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c", "s.tar"]


def test_a_table_without_pictures(tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": ["a"]}), tmp_path / "t.parquet")
    with pytest.raises(CollectionError, match="no column of pictures"):
        import_pictures(tmp_path / "c", tmp_path / "t.parquet", Given())


def test_a_broken_tar(tmp_path: Path) -> None:
    shard(tmp_path / "s.tar", {"a.png": png(1), "b.png": png(2)})
    (tmp_path / "s.tar").write_bytes((tmp_path / "s.tar").read_bytes()[:700])
    with pytest.raises(CollectionError, match="no readable tar"):
        import_pictures(tmp_path / "c", tmp_path / "s.tar", Given())


def test_the_command(pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "import", str(tmp_path / "c"), str(pictures), "--license", "CC0-1.0"]) == 0
    assert "12 pictures are new" in capsys.readouterr().out


def test_a_source_that_is_not_there(tmp_path: Path, refused: Refused) -> None:
    Collection.create(tmp_path / "c")
    line = refused("data", "import", tmp_path / "c", tmp_path / "nothing", folder=tmp_path)
    assert "no such file or folder" in line
