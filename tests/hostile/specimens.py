"""One small honest file for each encoding, codec and page version, with nulls; and its pages."""

from collections.abc import Iterator
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


def page_bodies(path: Path) -> Iterator[range]:
    """Tell where the bodies of the pages are: what a checksum covers."""
    data = path.read_bytes()
    metadata = pq.ParquetFile(path).metadata
    for at in range(metadata.num_row_groups):
        chunk = metadata.row_group(at).column(0)
        start = chunk.dictionary_page_offset or chunk.data_page_offset
        end = start + chunk.total_compressed_size
        while start < end:
            body, size = _header(data, start)
            yield range(body, body + size)
            start = body + size


def _header(data: bytes, at: int) -> tuple[int, int]:
    """Read a page header: where it ends, and the size of what follows."""
    fields, at = _struct(data, at)
    return at, fields[3]


def _struct(data: bytes, at: int) -> tuple[dict[int, int], int]:
    """Read a struct of numbers, bools and structs."""
    fields: dict[int, int] = {}
    field = 0
    while data[at]:
        head, at = data[at], at + 1
        assert head >> 4, "a long field id"
        field += head >> 4
        wire = head & 15
        if wire in {5, 6}:
            value, at = _varint(data, at)
            fields[field] = value >> 1 ^ -(value & 1)
        elif wire == 12:
            _, at = _struct(data, at)
        else:
            assert wire in {1, 2}, "another type"
    return fields, at + 1


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte, at = data[at], at + 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at
