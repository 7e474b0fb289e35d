"""The manifest and its folder: what is written comes back, and nothing is half done."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from irodori.collection import manifest
from irodori.collection.errors import CollectionError
from irodori.collection.store import Collection

NUMBERS = pa.schema([pa.field("number", pa.int32()), pa.field("words", pa.list_(pa.string()))])


def test_rows_come_back_sorted(collection: Collection) -> None:
    again = Collection.open(collection.folder)
    assert [row["id"] for row in again.records()] == ["a", "b", "c"]
    assert [row["width"] for row in again.records()] == [11, 12, 10]


def test_a_manifest_read_and_written_again_is_the_same_file(collection: Collection) -> None:
    collection.set_columns([{"id": "b", "number": 7, "words": ["x"]}], NUMBERS)
    before = (collection.folder / manifest.NAME).read_bytes()
    Collection.open(collection.folder).set_columns([{"id": "b", "number": 7}], NUMBERS)
    Collection.open(collection.folder).set_columns([{"id": "b", "words": ["x"]}], NUMBERS)
    Collection.open(collection.folder).set_columns(
        [{"id": "b", "number": 7, "words": ["x"]}], NUMBERS
    )
    assert (collection.folder / manifest.NAME).read_bytes() == before


def test_known_ids_stay_as_they_are(collection: Collection) -> None:
    assert collection.add([{"id": "b", "path": "elsewhere"}, {"id": "d", "path": "x/d"}]) == 1
    rows = {row["id"]: row for row in collection.records()}
    assert rows["b"]["path"] == "x/b.png"
    assert set(rows) == set("abcd")


def test_columns_reach_only_the_rows_named(collection: Collection) -> None:
    collection.set_columns([{"id": "b", "number": 7, "words": ["x"]}], NUMBERS)
    collection.set_columns([{"id": "c", "number": 9}], NUMBERS)
    found = {row["id"]: (row["number"], row["words"]) for row in collection.records()}
    assert found == {"a": (None, None), "b": (7, ["x"]), "c": (9, None)}


def test_an_unknown_id_changes_nothing(collection: Collection) -> None:
    before = (collection.folder / manifest.NAME).read_bytes()
    with pytest.raises(CollectionError, match="no picture 'z'"):
        collection.set_columns([{"id": "a", "number": 1}, {"id": "z", "number": 1}], NUMBERS)
    assert (collection.folder / manifest.NAME).read_bytes() == before


def test_a_value_of_another_type_changes_nothing(collection: Collection) -> None:
    before = (collection.folder / manifest.NAME).read_bytes()
    with pytest.raises(CollectionError, match="number"):
        collection.set_columns([{"id": "a", "number": "many"}], NUMBERS)
    assert (collection.folder / manifest.NAME).read_bytes() == before


def test_a_step_replaces_its_own_reasons_only(collection: Collection) -> None:
    collection.set_reasons("clean", {"a": ["blank"], "b": ["blank", "too small"]})
    collection.set_reasons("filter", {"a": ["rating e"]})
    collection.set_reasons("clean", {"b": ["too small"]})
    found = {row["id"]: row["reasons"] for row in collection.records()}
    assert found == {"a": ["filter: rating e"], "b": ["clean: too small"], "c": []}
    assert [row["id"] for row in collection.records("NOT left_out")] == ["c"]


def test_conditions(collection: Collection) -> None:
    assert [row["id"] for row in collection.records("width > 10 AND id <> 'a'")] == ["b"]
    assert collection.records("width > 100") == []


@pytest.mark.parametrize(
    "where", ["breadth > 3", "width >", "; DROP TABLE rows", "id = read_text('x')"]
)
def test_a_wrong_condition_is_one_line(where: str, collection: Collection) -> None:
    with pytest.raises(CollectionError) as caught:
        collection.records(where)
    assert where in str(caught.value)
    assert "columns are" in str(caught.value)


def test_conditions_read_no_files(collection: Collection, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("id\na\n")
    with pytest.raises(CollectionError):
        collection.records(f"id IN (SELECT id FROM '{tmp_path}/secret.csv')")


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(CollectionError, match="is no collection"):
        Collection.open(tmp_path)
    with pytest.raises(CollectionError, match="no such folder"):
        Collection.open(tmp_path / "nowhere")


def test_another_version(collection: Collection) -> None:
    path = collection.folder / manifest.NAME
    table = pq.read_table(path).replace_schema_metadata({"irodori.manifest": "99"})
    pq.write_table(table, path)
    with pytest.raises(CollectionError, match="version 99"):
        Collection.open(collection.folder)


def test_a_missing_column(collection: Collection) -> None:
    path = collection.folder / manifest.NAME
    pq.write_table(pq.read_table(path).drop(["width"]), path)
    with pytest.raises(CollectionError, match="lacks the column width"):
        Collection.open(collection.folder)


@pytest.mark.parametrize("content", [b"", b"PAR1 and then nothing", b"\0" * 400])
def test_a_damaged_manifest(content: bytes, collection: Collection) -> None:
    (collection.folder / manifest.NAME).write_bytes(content)
    with pytest.raises(CollectionError, match="cannot be read as a manifest"):
        Collection.open(collection.folder)


def test_two_programs_do_not_overwrite_each_other(collection: Collection) -> None:
    other = Collection.open(collection.folder)
    other.add([{"id": "from the other", "path": "x"}])
    with pytest.raises(CollectionError, match="another program"):
        collection.set_columns([{"id": "a", "number": 1}], NUMBERS)
    assert len(Collection.open(collection.folder)) == 4


@given(order=st.permutations(["a", "b", "c", "d"]), split=st.integers(0, 4))
def test_the_bytes_do_not_depend_on_the_way(
    order: list[str], split: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    def made(parts: list[list[str]]) -> bytes:
        collection = Collection.create(tmp_path_factory.mktemp("one"))
        for part in parts:
            collection.add({"id": name, "path": name, "tags": [name]} for name in part)
        return (collection.folder / manifest.NAME).read_bytes()

    assert made([order[:split], order[split:]]) == made([["a", "b", "c", "d"]])
