"""Makes table files with other programs' libraries: `files.py KIND OUT [KIND OUT …]`, the rows as JSON on standard input."""

import json
import sys
from pathlib import Path
from typing import Any

from columnar import arrow_stream, arrow_table, arrow_types, avro, avro_types, hive
from databases import duck, sqlite
from pyarrow import feather, parquet
from text_files import compressed
from workbooks import archive, grid, old_workbook, open_workbook, protected, workbook


def make(kind: str, out: str, rows: Any) -> None:
    match kind:
        case "xlsx" | "xlsx of 1904":
            workbook(out, rows, from_1904=kind != "xlsx")
        case "feather lz4" | "feather zstd" | "feather uncompressed":
            feather.write_feather(
                arrow_table(rows), out, compression=kind.split()[1], chunksize=700
            )
        case "arrow stream":
            arrow_stream(out, rows)
        case "arrow types":
            arrow_types(out, rows)
        case "avro" | "avro deflate" | "avro snappy" | "avro zstandard":
            avro(out, rows, kind.partition(" ")[2] or "null")
        case "avro types":
            avro_types(out, rows)
        case "sqlite":
            sqlite(out, rows)
        case "duckdb":
            duck(out, rows)
        case "parquet":
            parquet.write_table(arrow_table(rows), out)
        case "hive":
            hive(out, rows)
        case "xls" | "xls of 1904":
            old_workbook(out, rows, from_1904=kind != "xls")
        case "ods":
            open_workbook(out, rows)
        case "protected":
            protected(out)
        case "grid":
            grid(out, rows)
        case "zip":
            archive(out, rows)
        case _:
            Path(out).write_bytes(compressed(kind, rows))


content = json.load(sys.stdin)
for which, place in zip(sys.argv[1::2], sys.argv[2::2], strict=True):
    make(which, place, content)
