"""Tables of Delta and Iceberg and datasets of pyarrow as sources, made by their own packages."""

import warnings
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import onecopy
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

PARTS = pa.table(
    {
        "a": [1.0, None, 3.0, 4.0],
        "b": pa.array([1, 2, 3, 4], pa.int32()),
        "year": [2023, 2023, 2024, 2024],
        "shop": ["x", "y z", "x", None],
    }
)


def rows(source: object, *names: str, **options: Any) -> list[tuple[Any, ...]]:
    """Rows of some columns, in an order that does not depend on the names of files."""
    found = onecopy.load_training_matrix(
        source, columns=["a"], passthrough=list(names), fill=None, **options
    )
    columns = [found.X[:, 0], *(found.passthrough[name] for name in names)]
    columns = [[None if pd.isna(value) else value for value in c.tolist()] for c in columns]
    return sorted(zip(*columns, strict=True), key=str)


class TestDelta:
    """Tables of the package deltalake."""

    @pytest.fixture
    def delta(self) -> Any:
        return pytest.importorskip("deltalake")

    def test_partitions_nulls_and_filters(self, delta: Any, tmp_path: Path) -> None:
        delta.write_deltalake(tmp_path, PARTS, partition_by=["year", "shop"])
        table = delta.DeltaTable(tmp_path)
        expected = [
            (1.0, 1, 2023, "x"), (3.0, 3, 2024, "x"), (4.0, 4, 2024, None), (None, 2, 2023, "y z")
        ]  # fmt: skip
        assert rows(table, "b", "year", "shop") == expected
        assert rows(table, "b", "year", "shop", filters=[("year", "==", 2024)]) == expected[1:3]
        assert rows(table, "b", filters=[("shop", "==", "x")]) == [(1.0, 1), (3.0, 3)]
        planned = onecopy.plan(table, columns=["b"], filters=[("shop", "==", "y z")])
        assert planned.run().X.tolist() == [[2.0]]
        assert planned.source_rows == 1
        assert onecopy.plan(table, exclude="shop").feature_names == ["a", "b", "year"]
        files = [file.path for file in onecopy.inspect(table).files]
        assert files == sorted(files)
        assert len(files) == 4

    def test_only_files_that_filters_want_are_opened(self, delta: Any, tmp_path: Path) -> None:
        delta.write_deltalake(tmp_path, PARTS, partition_by=["year"])
        table = delta.DeltaTable(tmp_path)
        for file in tmp_path.glob("year=2023/*"):
            file.unlink()
        assert rows(table, "b", filters=[("year", ">", 2023)]) == [(3.0, 3), (4.0, 4)]

    def test_the_version_is_pinned(self, delta: Any, tmp_path: Path) -> None:
        delta.write_deltalake(tmp_path, PARTS.slice(0, 2))
        first = delta.DeltaTable(tmp_path)
        delta.write_deltalake(tmp_path, PARTS.slice(2), mode="append")
        assert len(onecopy.load_training_matrix(first, columns=["b"])) == 2
        assert len(onecopy.load_training_matrix(delta.DeltaTable(tmp_path), columns=["b"])) == 4
        old = delta.DeltaTable(tmp_path, version=0)
        assert len(onecopy.load_training_matrix(old, columns=["b"])) == 2

    def test_columns_that_were_added(self, delta: Any, tmp_path: Path) -> None:
        delta.write_deltalake(tmp_path, PARTS.select(["a", "b"]).slice(0, 2))
        more = PARTS.select(["a", "b"]).slice(2).append_column("c", pa.array([7.0, 8.0]))
        delta.write_deltalake(tmp_path, more, mode="append", schema_mode="merge")
        table = delta.DeltaTable(tmp_path)
        found = onecopy.load_training_matrix(table, fill=None, sort_by="b")
        assert sorted(found.feature_names) == ["a", "b", "c"]
        c = found.X[:, found.feature_names.index("c")]
        assert np.isnan(c[:2]).all()
        assert c[2:].tolist() == [7.0, 8.0]

    def test_dates_and_other_types(self, delta: Any, tmp_path: Path) -> None:
        days = [date(2024, 1, 1), date(2024, 3, 1)]
        table = pa.table({"a": [1.0, 2.0], "day": days, "yes": [True, False], "f": [0.5, 1.5]})
        delta.write_deltalake(tmp_path, table, partition_by=["day", "yes", "f"])
        source = delta.DeltaTable(tmp_path)
        assert rows(source, "day", "yes", "f") == [
            (1.0, date(2024, 1, 1), True, 0.5), (2.0, date(2024, 3, 1), False, 1.5)
        ]  # fmt: skip
        assert rows(source, filters=[("day", ">", "2024-02-01")]) == [(2.0,)]

    def test_deletion_vectors_are_refused(
        self, delta: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        delta.write_deltalake(tmp_path, PARTS)
        marked = [pa.record_batch({"filepath": ["part-0.parquet"]})]
        monkeypatch.setattr(delta.DeltaTable, "deletion_vectors", lambda _: marked)
        with pytest.raises(ValueError, match=r"part-0\.parquet.*compact"):
            onecopy.plan(delta.DeltaTable(tmp_path))

    def test_column_mapping_is_refused(self, delta: Any, tmp_path: Path) -> None:
        delta.write_deltalake(tmp_path, PARTS)
        log = next((tmp_path / "_delta_log").glob("*.json"))
        mapped = log.read_text().replace(
            '"configuration":{}', '"configuration":{"delta.columnMapping.mode":"name"}'
        )
        log.write_text(mapped)
        with pytest.raises(ValueError, match=r"source: .*maps its columns.*to_pyarrow_table"):
            onecopy.plan(delta.DeltaTable(tmp_path))

    def test_one_among_others_and_in_a_join(self, delta: Any, tmp_path: Path) -> None:
        delta.write_deltalake(tmp_path / "t", PARTS.select(["a", "b"]))
        table = delta.DeltaTable(tmp_path / "t")
        assert len(onecopy.load_training_matrix([table, PARTS.select(["a", "b"])])) == 8
        joined = onecopy.load_training_matrix(
            PARTS.select(["b"]), join=table, on="b", fill=None, columns=["a"]
        )
        assert joined.X[2:, 0].tolist() == [3.0, 4.0]


class TestIceberg:
    """Tables of the package pyiceberg."""

    @pytest.fixture
    def catalog(self, tmp_path: Path) -> Iterator[Any]:
        sql = pytest.importorskip("pyiceberg.catalog.sql")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            uri = f"sqlite:///{tmp_path}/catalog.db"
            catalog = sql.SqlCatalog("c", uri=uri, warehouse=f"file://{tmp_path}/warehouse")
            catalog.create_namespace("n")
            yield catalog
            catalog.close()

    def make(self, catalog: Any, table: pa.Table, *keys: str) -> Any:
        made = catalog.create_table("n.t", schema=table.schema)
        if keys:
            with made.update_spec() as update:
                for key in keys:
                    update.add_identity(key)
        made.append(table)
        return made

    def test_partitions_and_filters(self, catalog: Any) -> None:
        table = self.make(catalog, PARTS, "year", "shop")
        expected = [
            (1.0, 1, 2023, "x"), (3.0, 3, 2024, "x"), (4.0, 4, 2024, None), (None, 2, 2023, "y z")
        ]  # fmt: skip
        assert rows(table, "b", "year", "shop") == expected
        assert rows(table.scan(), "b", filters=[("year", "==", 2024)]) == [(3.0, 3), (4.0, 4)]

    def test_a_renamed_and_an_added_column(self, catalog: Any) -> None:
        table = self.make(catalog, PARTS.select(["a", "b"]))
        with table.update_schema() as update:
            update.rename_column("b", "number")
            update.add_column("c", self._double())
        more = pa.table({"a": [5.0], "number": pa.array([5], pa.int32()), "c": [9.0]})
        table.append(more)
        found = rows(table, "number", "c")
        assert found == [
            (1.0, 1, None), (3.0, 3, None), (4.0, 4, None), (5.0, 5, 9.0), (None, 2, None)
        ]  # fmt: skip
        with pytest.raises(onecopy.ColumnNotFoundError):
            onecopy.plan(table, columns=["b"])

    @staticmethod
    def _double() -> Any:
        types = pytest.importorskip("pyiceberg.types")
        return types.DoubleType()

    def test_a_dropped_column_and_one_of_its_name(self, catalog: Any) -> None:
        table = self.make(catalog, PARTS.select(["a", "b"]))
        with table.update_schema() as update:
            update.delete_column("b")
        with table.update_schema() as update:
            update.add_column("b", self._double())
        table.append(pa.table({"a": [9.0], "b": [0.5]}))
        assert rows(table, "b")[0] == (1.0, None)
        assert rows(table, "b")[-2] == (9.0, 0.5)

    def test_time_travel_and_chosen_columns(self, catalog: Any) -> None:
        table = self.make(catalog, PARTS.select(["a", "b"]).slice(0, 2))
        first = table.current_snapshot().snapshot_id
        table.append(PARTS.select(["a", "b"]).slice(2))
        assert len(onecopy.load_training_matrix(table)) == 4
        assert len(onecopy.load_training_matrix(table.scan(snapshot_id=first))) == 2
        only = onecopy.plan(table.scan(selected_fields=("b",)))
        assert only.feature_names == ["b"]

    def test_lists_and_structs(self, catalog: Any) -> None:
        table = pa.table({"v": [[1.0, 2.0], [3.0, 4.0]], "s": [{"x": 1.5}, {"x": 2.5}]})
        made = self.make(catalog, table)
        with made.update_schema() as update:
            update.rename_column("v", "w")
        found = onecopy.load_training_matrix(made)
        assert found.feature_names == ["w_0", "w_1", "s.x"]
        assert found.X.tolist() == [[1.0, 2.0, 1.5], [3.0, 4.0, 2.5]]

    def test_a_scan_that_chooses_rows_is_refused(self, catalog: Any) -> None:
        table = self.make(catalog, PARTS)
        for scan in (table.scan(row_filter="b > 2"), table.scan(limit=1)):
            with pytest.raises(ValueError, match="filters="):
                onecopy.plan(scan)

    def test_deletes_are_refused(self, catalog: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        table = self.make(catalog, PARTS.select(["a"]))
        scan = table.scan()
        task = next(iter(scan.plan_files()))
        task.delete_files.add(task.file)
        monkeypatch.setattr(type(scan), "plan_files", lambda _: [task])
        with pytest.raises(ValueError, match=r"deleted rows of '.*parquet'.*to_arrow"):
            onecopy.plan(scan)

    def test_files_without_field_ids_are_refused(self, catalog: Any, tmp_path: Path) -> None:
        table = self.make(catalog, PARTS.select(["a"]))
        for file in tmp_path.rglob("*.parquet"):
            pq.write_table(PARTS.select(["a"]), file)
        with pytest.raises(onecopy.UnsupportedTypeError, match="no field ids"):
            onecopy.plan(table)


class TestDataset:
    """Datasets of pyarrow."""

    def test_partitions_of_any_flavour(self, tmp_path: Path) -> None:
        partitioning = ds.partitioning(pa.schema([("year", pa.int64()), ("shop", pa.string())]))
        ds.write_dataset(PARTS.slice(0, 3), tmp_path, format="parquet", partitioning=partitioning)
        dataset = ds.dataset(tmp_path, partitioning=partitioning)
        expected = [(1.0, 1, 2023, "x"), (3.0, 3, 2024, "x"), (None, 2, 2023, "y z")]
        assert rows(dataset, "b", "year", "shop") == expected
        assert rows(dataset, "b", filters=[("shop", "==", "x")]) == [(1.0, 1), (3.0, 3)]

    def test_columns_are_those_of_the_dataset(self, tmp_path: Path) -> None:
        pq.write_table(pa.table({"a": [1.0], "z": [2.0]}), tmp_path / "part-2.parquet")
        pq.write_table(pa.table({"a": [3.0], "b": [4.0]}), tmp_path / "part-10.parquet")
        schema = pa.schema([("b", pa.float64()), ("a", pa.float64())])
        found = onecopy.load_training_matrix(ds.dataset(tmp_path, schema=schema), fill=0)
        assert found.X[:, found.feature_names.index("a")].tolist() == [1.0, 3.0]
        assert found.X[:, found.feature_names.index("b")].tolist() == [0.0, 4.0]
        assert sorted(found.feature_names) == ["a", "b"]

    def test_what_is_refused(self, tmp_path: Path) -> None:
        pq.write_table(PARTS, tmp_path / "a.parquet")
        dataset = ds.dataset(tmp_path)
        for source, message in (
            (dataset.filter(ds.field("a") > 1), "filters="),
            (ds.dataset(PARTS), "InMemoryDataset"),
            (ds.dataset([dataset, dataset]), "UnionDataset"),
        ):
            with pytest.raises(ValueError, match=message):
                onecopy.plan(source)
