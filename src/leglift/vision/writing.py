"""A clip's table is written whole or not at all, in groups of rows that keep memory small."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from leglift.files import whole
from leglift.vision.cells import rows_table
from leglift.vision.table import META_KEY, SCHEMA

_STORAGE: dict[str, Any] = {
    "compression": "zstd",
    "compression_level": 19,
    "use_dictionary": ["frame_idx", "track_idx", "detected"],
    "use_byte_stream_split": [
        *(column.name for column in SCHEMA if pa.types.is_floating(column.type)),
        "rings_px.list.element.list.element",
    ],
}
"""A sixth smaller than the defaults: bytes of like weight lie side by side."""

_SMALL_GROUPS = 16  # of `rows_per_group` rows; each later group has as many as these together


class Groups:
    """Gathers rows and writes them in groups.

    Every group costs 0.4 MiB for as long as the file is open, for writing or reading: what is known
    of each of its columns. So groups get larger in long clips.
    """

    def __init__(self, writer: pq.ParquetWriter, rows_per_group: int) -> None:
        self._writer, self._few = writer, rows_per_group
        self._rows: list[dict[str, Any]] = []
        self._tables: list[pa.Table] = []
        self._n_groups = 0

    def add(self, rows: list[dict[str, Any]]) -> None:
        """Take rows of `frame_rows`."""
        self._rows += rows
        if len(self._rows) >= self._few:
            self.add_table(rows_table(self._rows))  # much smaller than the rows
            self._rows = []

    def add_table(self, table: pa.Table) -> None:
        """Take rows that are a table already."""
        self._tables.append(table)
        if self._n_groups < _SMALL_GROUPS or len(self._tables) == _SMALL_GROUPS:
            self._write()

    def finish(self, meta_json: str | bytes) -> None:
        """Write what has been held back, and what the table was made from and with."""
        self._tables.append(rows_table(self._rows))
        self._write()
        self._writer.add_key_value_metadata({META_KEY: meta_json})

    def _write(self) -> None:
        self._writer.write_table(pa.concat_tables(self._tables))
        self._tables = []
        self._n_groups += 1


@contextmanager
def table_groups(table: Path, rows_per_group: int) -> Iterator[Groups]:
    """Open a table for writing; it is there under its name once all went well."""
    with whole(table) as part, pq.ParquetWriter(part, SCHEMA, **_STORAGE) as writer:
        yield Groups(writer, rows_per_group)
