"""Request bodies to rows."""

import csv
import io
from typing import Any

from pydantic_core import from_json

from .failure import Failure

GZIP = b"\x1f\x8b"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
FORMS = 'Send [{…}], {…}, {"instances": […]}, {"dataframe_records": […]}, {"dataframe_split": {"columns", "data"}} or CSV.'


def rows_of(body: bytes, content_type: str) -> list[Any]:
    """The rows of a body; a Failure `invalid` says what is wrong with it."""
    kind = content_type.split(";", maxsplit=1)[0].strip().lower()
    rows = _csv(body) if kind in ("text/csv", "application/csv") else _json(body)
    if not rows:
        raise Failure("invalid", "The request has no rows.", FORMS)
    return rows


def _json(body: bytes) -> list[Any]:
    if not body.strip():
        raise Failure("invalid", "The request has no body.", FORMS)
    if body.startswith(GZIP):
        raise Failure("invalid", "The body is compressed, which is not read here.", "Send it as it is.")
    try:
        data = from_json(body.removeprefix(BYTE_ORDER_MARK))
    except ValueError as error:
        raise Failure("invalid", f"The body is not valid JSON: {error}", FORMS) from error
    if isinstance(data, list):
        return data
    if not isinstance(data, dict):
        raise Failure("invalid", "The body is neither an object nor a list.", FORMS)
    for key in ("instances", "dataframe_records"):
        if isinstance(data.get(key), list):
            return list(data[key])
    if "dataframe_split" in data:
        return _split(data["dataframe_split"])
    return [data]


def _split(table: Any) -> list[Any]:
    columns = table.get("columns") if isinstance(table, dict) else None
    rows = table.get("data") if isinstance(table, dict) else None
    if not isinstance(columns, list) or not isinstance(rows, list):
        raise Failure("invalid", "dataframe_split has no lists `columns` and `data`.", FORMS)
    for place, row in enumerate(rows):
        if not isinstance(row, list) or len(row) != len(columns):
            raise Failure(
                "invalid",
                f"Row {place} of dataframe_split has not one cell for each of {len(columns)} columns.",
                FORMS,
            )
    names = [str(name) for name in columns]
    return [dict(zip(names, row, strict=True)) for row in rows]


def _csv(body: bytes) -> list[Any]:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Failure("invalid", f"The CSV is not UTF-8: byte {error.start}.", "Send it as UTF-8.") from error
    # Python's own limit of a cell is 128 KB; a body's is set elsewhere.
    csv.field_size_limit(len(body) + 1)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        records = [record for record in reader if record]
    except csv.Error as error:
        raise Failure(
            "invalid", f"The CSV cannot be read in line {reader.line_num}: {error}.", FORMS
        ) from error
    if len(records) < 2:
        return []
    header = records[0]
    for place, record in enumerate(records[1:]):
        if len(record) != len(header):
            raise Failure(
                "invalid",
                f"Row {place} of the CSV has {len(record)} cells, the header has {len(header)}.",
                "Send one for each column.",
            )
    # An empty cell of a CSV is a missing value, as it is in a file of training data.
    return [
        {name: value if value != "" else None for name, value in zip(header, record, strict=True)}
        for record in records[1:]
    ]
