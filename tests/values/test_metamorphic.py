"""The same rows give the same bits, however they are laid out in files and whoever reads them."""

from pathlib import Path
from typing import Any

import numpy as np
import onecopy
import pyarrow as pa
import pytest
from support.parquet_files import CODECS, draw_layout, draw_table, encodings, split, write

ROWS = 9001
KINDS = {
    **{kind: kind for kind in ("int8", "int32", "int64", "uint64", "bool")},
    **{kind: kind for kind in ("float16", "float32", "float64")},
    **{str(kind): kind for kind in (pa.decimal64(12, 3), pa.decimal128(30, 6))},
}
OPTIONS = [
    {"dtype": "float32", "overflow": "missing"},
    {"dtype": "float16", "overflow": "clip", "fill": "mean", "inf": "keep"},
    {"dtype": "float64", "fill": {"float64": "mean", "int8": None}, "order": "F"},
]
pytestmark = pytest.mark.filterwarnings("ignore::onecopy.EmptyColumnWarning")

Outcome = list[tuple[bytes, Any]]


@pytest.fixture(scope="module", params=[11, 12])
def table(request: pytest.FixtureRequest) -> pa.Table:
    return draw_table(np.random.default_rng(request.param), ROWS, KINDS, tame=False)


@pytest.fixture(scope="module")
def plain(table: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(table, tmp_path_factory.mktemp("plain") / "plain.parquet", compression="none")


@pytest.fixture(scope="module")
def reference(plain: Path) -> Outcome:
    return outcome([plain])


def outcome(paths: list[Path], **how: Any) -> Outcome:
    """The bits of every option set, and what is reported of the columns."""
    results = []
    for options in OPTIONS:
        m = onecopy.load_training_matrix(paths, **options, **how)
        results.append((m.X.tobytes(order="A"), repr(m.report.columns)))
    return results


class TestSameBits:
    @pytest.mark.parametrize("codec", CODECS)
    @pytest.mark.parametrize("version", ["1.0", "2.0"])
    def test_codec_and_page_version(self, table, reference, folder, codec, version) -> None:
        layout = {"compression": codec, "data_page_version": version}
        path = write(table, folder / "a.parquet", **layout)
        assert outcome([path]) == reference

    @pytest.mark.parametrize("rows", [1000, 4096, 4097])
    def test_row_groups(self, table, reference, folder, rows) -> None:
        path = write(table, folder / "a.parquet", row_group_size=rows)
        assert outcome([path]) == reference

    @pytest.mark.parametrize("rows", [1, 63, 1000])
    def test_pages(self, table, reference, folder, rows) -> None:
        path = write(table, folder / "a.parquet", max_rows_per_page=rows, write_batch_size=rows)
        assert outcome([path]) == reference

    @pytest.mark.parametrize("limit", [64, 5000])
    def test_dictionary_that_gives_up(self, table, reference, folder, limit) -> None:
        layout = {"dictionary_pagesize_limit": limit, "write_batch_size": 100}
        path = write(table, folder / "a.parquet", **layout)
        assert outcome([path]) == reference

    @pytest.mark.parametrize("choice", [0, 1, 2])
    def test_encodings(self, table, reference, folder, choice) -> None:
        chosen = {
            field.name: options[min(choice, len(options) - 1)]
            for field in table.schema
            for options in [encodings(field.type, integer=True)]
        }
        layout = {"use_dictionary": False, "store_decimal_as_integer": True}
        path = write(table, folder / "a.parquet", column_encoding=chosen, **layout)
        assert outcome([path]) == reference

    @pytest.mark.parametrize("cuts", [[1], [4500], [0, 10, 5000], [ROWS], [8192]])
    def test_file_split(self, table, reference, folder, cuts) -> None:
        paths = [
            write(piece, folder / f"part-{i}.parquet") for i, piece in enumerate(split(table, cuts))
        ]
        assert outcome(paths) == reference

    @pytest.mark.parametrize("threads", [1, 2, 3, 7])
    def test_threads(self, reference, plain, threads) -> None:
        assert outcome([plain], threads=threads) == reference

    @pytest.mark.parametrize("limit", ["80MB", "200MB", "4GB"])
    def test_memory_limit(self, reference, plain, limit) -> None:
        assert outcome([plain], memory_limit=limit) == reference

    def test_output_in_a_file(self, reference, plain, folder) -> None:
        how = {"out": folder / "out.npy", "overwrite": True}
        assert outcome([plain], **how) == reference

    @pytest.mark.parametrize("seed", range(15))
    def test_everything_at_once(self, table, reference, folder, seed) -> None:
        rng = np.random.default_rng(seed)
        cuts = sorted(rng.integers(0, ROWS, rng.integers(0, 4)).tolist())
        paths = [
            write(piece, folder / f"part-{i}.parquet", **draw_layout(rng, piece))
            for i, piece in enumerate(split(table, cuts))
        ]
        assert outcome(paths, threads=int(rng.integers(1, 4))) == reference


def test_orders_hold_the_same_values(plain: Path) -> None:
    c = onecopy.load_training_matrix(plain, dtype="float64", order="C")
    f = onecopy.load_training_matrix(plain, dtype="float64", order="F")
    assert c.X.tobytes() == f.X.tobytes()
