"""What the raw columns of the training rows hold: for the signature of a model, and for drift to be measured against."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .plan import identifier
from .tables import Connection, cell, column_type, fetchable

CATEGORIES = 100
BINS = 20
MOST_VALUES = 1000
Column = tuple[str, str]


def signature_fields(
    connection: Connection,
    relation: str,
    columns: Sequence[Column],
    optional: set[str],
    described: dict[str, dict[str, Any]],
) -> list[dict[str, Any]]:
    """The fields of a request, with ranges and categories as the rows of `relation` have them.

    A field is required when no row lacks it and it is not among `optional`; `described` are the columns' summaries.
    """
    parts = ["count(*)"]
    for name, sql_type in columns:
        quoted = identifier(name)
        kind = column_type(sql_type)
        low, high = f"min({quoted})", f"max({quoted})"
        if kind in ("integer", "number"):
            finite = f"FILTER (WHERE isfinite(CAST({quoted} AS DOUBLE)))"
            low, high = f"{low} {finite}", f"{high} {finite}"
        elif kind not in ("date", "datetime"):
            low = high = "NULL"
        parts += [f"count({quoted})", fetchable(low, sql_type), fetchable(high, sql_type)]
    rows, *found = connection.execute(f"SELECT {', '.join(parts)} FROM {relation}").fetchall()[0]
    out = []
    for place, (name, sql_type) in enumerate(columns):
        present, low, high = found[place * 3 : place * 3 + 3]
        kind = column_type(sql_type)
        field: dict[str, Any] = {
            "name": name,
            "type": kind,
            "required": present == rows and name not in optional,
        }
        if kind in ("integer", "number") and low is not None:
            convert = int if kind == "integer" else float
            field.update(min=cell(convert(low)), max=cell(convert(high)), mean=described[name]["mean"])
        elif kind in ("date", "datetime") and low is not None:
            field.update(min=cell(low), max=cell(high))
        elif kind == "text":
            values = connection.execute(
                f"SELECT DISTINCT CAST({identifier(name)} AS VARCHAR) FROM {relation} "
                f"WHERE {identifier(name)} IS NOT NULL ORDER BY 1 LIMIT {CATEGORIES + 1}"
            ).fetchall()
            if len(values) <= CATEGORIES:
                field["categories"] = [value[0] for value in values]
        out.append(field)
    return out


def summaries(connection: Connection, relation: str, columns: Sequence[Column]) -> dict[str, dict[str, Any]]:
    """The distribution of each column: histogram, mean and sd, or how often each text occurs."""
    return {name: summary(connection, relation, name, sql_type) for name, sql_type in columns}


def summary(
    connection: Connection, relation: str, name: str, sql_type: str, categorical: bool = False
) -> dict[str, Any]:
    """The distribution of one column; numbers that are `categorical` are counted as text is."""
    quoted = identifier(name)
    kind = column_type(sql_type)
    if kind in ("integer", "number", "date", "datetime") and not categorical:
        # Dates as milliseconds since 1970, the unit of every histogram here.
        expression = (
            f"CAST({quoted} AS DOUBLE)" if kind in ("integer", "number") else f"epoch({quoted}) * 1000"
        )
        values = connection.execute(f"SELECT {expression} AS v FROM {relation}").fetchnumpy()["v"]
        missing = np.ma.getmaskarray(values)
        numbers = np.ma.getdata(values).astype(np.float64, copy=False)
        out: dict[str, Any] = {"type": kind, "missing": int(np.count_nonzero(missing))}
        return {**out, **_numeric(numbers[np.isfinite(numbers) & ~missing])}
    pairs = connection.execute(
        f"SELECT CAST({quoted} AS VARCHAR), count(*) FROM {relation} WHERE {quoted} IS NOT NULL "
        f"GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {MOST_VALUES}"
    ).fetchall()
    lacking = connection.execute(f"SELECT count(*) - count({quoted}) FROM {relation}").fetchall()[0][0]
    counts = {str(value): int(times) for value, times in pairs}
    return {"type": kind, "missing": int(lacking), "values": counts}


def _numeric(values: NDArray[np.float64]) -> dict[str, Any]:
    if len(values) == 0:
        return {"edges": [], "counts": [], "mean": None, "sd": None, "distinct": 0}
    try:
        counts, edges = np.histogram(values, bins=BINS)
    except ValueError:
        # Numbers so large (identifiers of 16 digits and more) that no edges lie between them.
        counts, edges = np.histogram(values, bins=[values.min(), values.max()])
    return {
        "edges": edges.tolist(),
        "counts": counts.tolist(),
        "mean": float(values.mean()),
        "sd": float(values.std()),
        "distinct": len(np.unique(values)),
    }
