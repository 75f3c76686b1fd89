"""One small honest file for each encoding, codec and page version, with nulls."""

from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

ENCODINGS = ("PLAIN", "dictionary", "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT", "RLE")
CODECS = ("none", "snappy", "gzip", "zstd", "lz4", "brotli")
VERSIONS = ("1.0", "2.0")
ROWS = 48


@dataclass(frozen=True)
class Specimen:
    """What a file is made of."""

    encoding: str
    codec: str
    version: str
    has_checksums: bool

    @property
    def name(self) -> str:
        """Its name."""
        sums = "-sums" if self.has_checksums else ""
        return f"{self.encoding}-{self.codec}-v{self.version[0]}{sums}.parquet".lower()

    def write(self, folder: Path) -> Path:
        """Write the file: two row groups of several pages each."""
        path = folder / self.name
        is_dictionary = self.encoding == "dictionary"
        encoding = None if is_dictionary else {"x": self.encoding}
        pq.write_table(
            pa.table({"x": self._values()}),
            path,
            compression=self.codec,
            use_dictionary=is_dictionary,
            column_encoding=encoding,
            data_page_version=self.version,
            row_group_size=2 * ROWS // 3,
            data_page_size=1,
            write_batch_size=ROWS // 4,
            write_page_checksum=self.has_checksums,
            write_statistics=False,
            store_schema=False,
        )
        return path

    def _values(self) -> pa.Array:
        kinds = {"RLE": pa.bool_(), "PLAIN": pa.float64(), "BYTE_STREAM_SPLIT": pa.float32()}
        few = 5 if self.encoding == "dictionary" else 1000
        numbers = [at * at * 7 % few for at in range(ROWS)]
        if self.encoding == "RLE":
            numbers = [number % 3 == 0 for number in numbers]
        values = [None if at % 5 == 1 else number for at, number in enumerate(numbers)]
        return pa.array(values, kinds.get(self.encoding, pa.int32()))


def specimens() -> list[Specimen]:
    """Make all of them."""
    every = product(ENCODINGS, CODECS, VERSIONS, (False, True))
    return [Specimen(*parts) for parts in every]
