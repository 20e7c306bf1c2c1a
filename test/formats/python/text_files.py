"""Delimited text and JSON, also compressed."""

import csv
import gzip
import io
import json

import zstandard
from tables import Row


def delimited(rows: list[Row], delimiter: str = ",") -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow(rows[0].keys())
    for row in rows:
        writer.writerow(
            [str(one).lower() if isinstance(one, bool) else one for one in row.values()]
        )
    return text.getvalue().encode()


def lines(rows: list[Row]) -> bytes:
    return b"".join(
        json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows
    )


def zstd(content: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=3, write_checksum=False).compress(content)


def in_parts(content: bytes, parts: int) -> list[bytes]:
    size = -(-len(content) // parts)
    return [content[at : at + size] for at in range(0, len(content), size)]


def compressed(kind: str, rows: list[Row]) -> bytes:
    match kind:
        case "csv.gz":
            return gzip.compress(delimited(rows))
        case "csv.gz of 40 members":
            return b"".join(
                gzip.compress(part) for part in in_parts(delimited(rows), 40)
            )
        case "csv.zst":
            return zstd(delimited(rows))
        case "tsv.zst of 40 frames":
            return b"".join(zstd(part) for part in in_parts(delimited(rows, "\t"), 40))
        case "json":
            return json.dumps(rows).encode()
        case "json in utf-16":
            return json.dumps(rows, indent=2, ensure_ascii=False).encode("utf-16")
        case "json.gz":
            return gzip.compress(json.dumps(rows, ensure_ascii=False).encode())
        case "json object":
            answer = {"tags": ["a", "b"], "flowers": rows, "others": [{"x": 1}]}
            return json.dumps(
                {"made": [1, 2], "about": {"by": "[me", "n": [[{}]]}, "answer": answer}
            ).encode()
        case "jsonl.gz":
            return gzip.compress(lines(rows))
        case _:
            return zstd(lines(rows))
