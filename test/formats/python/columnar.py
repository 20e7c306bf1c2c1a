"""Arrow, Parquet and Avro files."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path

import fastavro
import numpy as np
import pyarrow as pa
from pyarrow import feather, parquet
from tables import Row, cell


def arrow_table(rows: list[Row]) -> pa.Table:
    def column(name: str) -> list[object]:
        return [
            cell(name, row[name]) if name in ("day", "at") else row[name]
            for row in rows
        ]

    return pa.table(
        {
            "id": pa.array(column("id"), pa.int64()),
            "name": pa.array(column("name"), pa.string()).dictionary_encode(),
            "size": pa.array(column("size"), pa.float64()),
            "flag": pa.array(column("flag"), pa.bool_()),
            "day": pa.array(column("day"), pa.date32()),
            "at": pa.array(column("at"), pa.timestamp("us")),
        }
    )


def arrow_types(out: str, rows: int) -> None:
    """Types that the flowers do not have, in as many rows; the first is full, the second is missing."""
    first = {
        "long": (pa.int64(), 9007199254740993),
        "unsigned": (pa.uint64(), 18446744073709551615),
        "money": (pa.decimal128(20, 3), Decimal("-12345678901234567.125")),
        "nano": (
            pa.timestamp("ns", "UTC"),
            datetime(2020, 2, 3, 4, 5, 6, 7, tzinfo=UTC),
        ),
        "clock": (pa.time64("us"), time(1, 2, 3, 4)),
        "raw": (pa.binary(), b"\x00\xff"),
        "list": (pa.list_(pa.int32()), [1, None, 3]),
        "row": (
            pa.struct([("a", pa.string()), ("b", pa.date32())]),
            {"a": "x", "b": date(1999, 1, 2)},
        ),
        "view": (pa.string_view(), "seen"),
        "large": (pa.large_string(), "l\u00e4rge"),
        "half": (pa.float16(), np.float16(0.5)),
        "nothing": (pa.null(), None),
    }
    arrays = {}
    for name, (kind, value) in first.items():
        arrays[name] = pa.array([value, None] + [value] * (rows - 2), kind)
    feather.write_feather(pa.table(arrays), out, compression="lz4")


def arrow_stream(out: str, rows: list[Row]) -> None:
    table = arrow_table(rows)
    with Path(out).open("wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=700)


def hive(out: str, rows: list[Row]) -> None:
    """Folders as Spark writes them: `month=01/part-0.parquet`, with a file that says that it is done."""
    for month in sorted({str(row["day"])[5:7] for row in rows}):
        some = [row for row in rows if str(row["day"])[5:7] == month]
        folder = Path(out) / f"month={month}"
        folder.mkdir(parents=True)
        parquet.write_table(arrow_table(some), folder / "part-0.parquet")
    (Path(out) / "_SUCCESS").touch()


def avro(out: str, rows: list[Row], codec: str) -> None:
    """With whole days, local times, and everything that may be missing in a union."""
    schema = {
        "type": "record",
        "name": "flower",
        "fields": [
            {"name": "id", "type": "long"},
            {"name": "name", "type": ["null", "string"]},
            {"name": "size", "type": ["double", "null"]},
            {"name": "flag", "type": "boolean"},
            {"name": "day", "type": {"type": "int", "logicalType": "date"}},
            {
                "name": "at",
                "type": [
                    "null",
                    {"type": "long", "logicalType": "local-timestamp-millis"},
                ],
            },
        ],
    }
    records = []
    for row in rows:
        record = {name: cell(name, value) for name, value in row.items()}
        record["size"] = row["size"]
        records.append(record)
    with Path(out).open("wb") as sink:
        fastavro.writer(sink, schema, records, codec=codec)


def avro_types(out: str, rows: int) -> None:
    """Types that the flowers do not have, in as many records."""
    stamp = datetime(2020, 2, 3, 4, 5, 6, 7, tzinfo=UTC)
    point = {
        "type": "record",
        "name": "point",
        "fields": [
            {"name": "x", "type": "long"},
            {"name": "raw", "type": "bytes"},
            {"name": "cost", "type": decimal(9, 2)},
        ],
    }
    fields = {
        "long": "long",
        "money": decimal(20, 3),
        "fixed": {
            "type": "fixed",
            "size": 5,
            "name": "five",
            "logicalType": "decimal",
            "precision": 10,
            "scale": 1,
        },
        "instant": {"type": "long", "logicalType": "timestamp-micros"},
        "clock": {"type": "long", "logicalType": "time-micros"},
        "raw": "bytes",
        "kind": {"type": "enum", "name": "kind", "symbols": ["big", "small"]},
        "list": {"type": "array", "items": ["null", "int"]},
        "map": {"type": "map", "values": "long"},
        "point": point,
        "again": ["null", "point"],
        "mixed": ["null", "long", "string"],
        "two": ["int", "double", "null"],
        "empty": "string",
        "half": "float",
    }
    first = {
        "long": 9007199254740993,
        "money": Decimal("-12345678901234567.125"),
        "fixed": Decimal("-3.5"),
        "instant": stamp,
        "clock": time(1, 2, 3, 4),
        "raw": b"\x00\xff",
        "kind": "small",
        "list": [1, None, 3],
        "map": {"a": 9007199254740993, "b": 2},
        "point": {"x": -1, "raw": b"\x01", "cost": Decimal("1.50")},
        "again": None,
        "mixed": "seven",
        "two": 2.5,
        "empty": "",
        "half": 0.5,
    }
    second = {
        **first,
        "again": {"x": 1, "raw": b"", "cost": Decimal(0)},
        "mixed": 7,
        "two": None,
    }
    schema = {
        "type": "record",
        "name": "types",
        "fields": [{"name": name, "type": kind} for name, kind in fields.items()],
    }
    with Path(out).open("wb") as sink:
        fastavro.writer(sink, schema, [first, *[second] * (rows - 1)], codec="snappy")


def decimal(precision: int, scale: int) -> dict[str, object]:
    return {
        "type": "bytes",
        "logicalType": "decimal",
        "precision": precision,
        "scale": scale,
    }
