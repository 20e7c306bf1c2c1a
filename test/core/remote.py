"""Writes Parquet files of several shapes: `python remote.py FOLDER`."""

import datetime
import decimal
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

ROWS = 60_000


def table() -> pa.Table:
    """The same 60,000 rows each time: numbers, text with gaps, dates, decimals, nested values."""
    rows = range(ROWS)
    day = datetime.date(2020, 1, 1)
    return pa.table(
        {
            "id": pa.array(rows, pa.int64()),
            "hash": [f"{(row * 2654435761) % 2**32:08x}-{row:06d}-{'x' * (row % 40)}" for row in rows],
            "category": pa.array([None if row % 11 == 0 else f"kind {row % 7}" for row in rows]),
            "price": [row / 7 for row in rows],
            "amount": pa.array([decimal.Decimal(row * 3) / 100 for row in rows], pa.decimal128(12, 2)),
            "day": [day + datetime.timedelta(days=row % 900) for row in rows],
            "nested": [{"a": row, "list": [row, row + 1]} for row in rows],
            "größe, \"quoted\"": [row % 2 == 0 for row in rows],
        }
    )


def main(folder: Path) -> None:
    """One file for each size of row groups, with another codec and page version each."""
    shapes = [
        (1_000, "zstd", "1.0", True),
        (20_000, "snappy", "2.0", True),
        (ROWS, "none", "1.0", ["category"]),
        (7_777, "lz4", "2.0", False),
    ]
    for size, codec, version, dictionary in shapes:
        pq.write_table(
            table(),
            folder / f"groups-of-{size}.parquet",
            row_group_size=size,
            compression=codec,
            data_page_version=version,
            use_dictionary=dictionary,
            write_page_index=size == 20_000,
        )


main(Path(sys.argv[1]))
