"""How the estimator's matrix is made from the transform's columns: decided at fit time, kept as `features.json`."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .plan import identifier
from .tables import Connection, column_type

Matrix = NDArray[np.float64]
Features = dict[str, Any]

MOST_CATEGORIES = 255  # histogram gradient boosting has 255 bins for a column
FEW = 10  # this many different texts are categories however few the rows are


def decide(
    connection: Connection, relation: str, columns: Sequence[tuple[str, str]], encoding: str
) -> tuple[Features, list[dict[str, str]]]:
    """Looks at the training rows in `relation` and says how each column is used, and which are left out and why.

    `encoding` is what the algorithm wants for text: `one_hot`, or `codes` (one column of codes from 0, NaN when missing).
    """
    used: list[dict[str, Any]] = []
    left: list[dict[str, str]] = []
    counts = _counts(connection, relation, columns)
    for (name, sql_type), (rows, present, distinct) in zip(columns, counts, strict=True):
        kind = column_type(sql_type)
        reason = _unusable(kind, sql_type, rows, present, distinct)
        if reason:
            left.append({"column": name, "reason": reason})
        elif kind == "text":
            used.append({"name": name, "kind": "category", "values": _values(connection, relation, name)})
        else:
            used.append({"name": name, "kind": kind})
    return {"features": 1, "encoding": encoding, "columns": used}, left


def encoded(features: Features, encoding: str) -> Features:
    """The same decision for an algorithm that wants text in another way."""
    return {**features, "encoding": encoding}


def _counts(
    connection: Connection, relation: str, columns: Sequence[tuple[str, str]]
) -> list[tuple[int, int, int]]:
    """For each column: rows, rows with a value, and different values (of anything but text only whether 0, 1 or 2 and more)."""
    parts = ["count(*)"]
    for name, sql_type in columns:
        quoted = identifier(name)
        kind = column_type(sql_type)
        different = f"CASE WHEN min({quoted}) = max({quoted}) THEN 1 ELSE 2 END"
        if kind == "text":
            different = f"count(DISTINCT {quoted})"
        elif kind == "other":
            different = "0"
        parts += [f"count({quoted})", different]
    rows, *found = connection.execute(f"SELECT {', '.join(parts)} FROM {relation}").fetchall()[0]
    return [
        (rows, present, distinct if present else 0)
        for present, distinct in zip(found[::2], found[1::2], strict=True)
    ]


def _unusable(kind: str, sql_type: str, rows: int, present: int, distinct: int) -> str:
    """Why a column cannot be used, or nothing."""
    if kind == "other":
        return f"Its type {sql_type} is no number, date or text."
    if present == 0:
        return "It has no value in the training rows."
    if distinct == 1 and present == rows:
        return "It has the same value in all training rows."
    if kind == "text" and (distinct > MOST_CATEGORIES or (distinct > FEW and distinct * 2 > present)):
        return (
            f"Free text or an identifier: {distinct} different values in {present} rows. "
            "Encode it in the recipe to use it."
        )
    return ""


def _values(connection: Connection, relation: str, name: str) -> list[str]:
    quoted = identifier(name)
    values = connection.execute(
        f"SELECT DISTINCT CAST({quoted} AS VARCHAR) FROM {relation} WHERE {quoted} IS NOT NULL ORDER BY 1"
    ).fetchall()
    return [str(value[0]) for value in values]


def select(features: Features) -> str:
    """The SELECT list that reads the features as numbers (dates: seconds since 1970) and categories as text."""
    parts = []
    for index, column in enumerate(features["columns"]):
        quoted = identifier(column["name"])
        kind = column["kind"]
        if kind == "category":
            expression = f"CAST({quoted} AS VARCHAR)"
        elif kind in ("date", "datetime"):
            expression = f"epoch({quoted})"
        else:
            expression = f"CAST({quoted} AS DOUBLE)"
        parts.append(f"{expression} AS f{index}")
    # A model of no columns (the baseline of a table that has only its target) still needs rows.
    return ", ".join(parts) if parts else "1 AS none"


def width_names(features: Features) -> list[str]:
    """The names of the matrix's columns, in order."""
    names: list[str] = []
    for column in features["columns"]:
        if column["kind"] == "category" and features["encoding"] == "one_hot":
            names.extend(f"{column['name']}={value}" for value in column["values"])
        else:
            names.append(column["name"])
    return names


def code_columns(features: Features) -> list[int]:
    """Places of the matrix's columns that hold category codes."""
    if features["encoding"] == "one_hot":
        return []
    return [index for index, column in enumerate(features["columns"]) if column["kind"] == "category"]


def matrix(features: Features, data: dict[str, Any]) -> Matrix:
    """The estimator's matrix from the columns that {@link select} names; missing numbers and codes are NaN.

    A category that training has not seen has no code and no one-hot column: it counts as missing.
    """
    rows = len(next(iter(data.values())))
    one_hot = features["encoding"] == "one_hot"
    out = np.zeros((rows, len(width_names(features))), dtype=np.float64)
    place = 0
    for index, column in enumerate(features["columns"]):
        values = data[f"f{index}"]
        if column["kind"] != "category":
            numbers = _numbers(values)
            out[:, place] = np.where(np.isfinite(numbers), numbers, np.nan)
            place += 1
            continue
        codes = _codes(column, values)
        if one_hot:
            known = np.flatnonzero(codes >= 0)
            out[known, place + codes[known]] = 1.0
            place += len(column["values"])
        else:
            out[:, place] = np.where(codes < 0, np.nan, codes)
            place += 1
    return out


def row_matrix(features: Features, values: Sequence[Any], codes: Sequence[dict[str, int]]) -> Matrix:
    """The matrix of one row, from its values in the order of {@link select}: what {@link matrix} makes of it, sooner.

    `codes` holds for each column the codes of its categories, as {@link category_codes} gives them.
    """
    one_hot = features["encoding"] == "one_hot"
    out: list[float] = []
    for column, value, known in zip(features["columns"], values, codes, strict=True):
        if column["kind"] != "category":
            out.append(value if value is not None and math.isfinite(value) else math.nan)
            continue
        code = known.get(value, -1)
        if one_hot:
            place = len(out)
            out.extend([0.0] * len(known))
            if code >= 0:
                out[place + code] = 1.0
        else:
            out.append(math.nan if code < 0 else code)
    return np.array([out], dtype=np.float64)


def category_codes(features: Features) -> list[dict[str, int]]:
    """For each column the code of each category; a number has none."""
    return [
        {value: code for code, value in enumerate(column.get("values", ()))} for column in features["columns"]
    ]


def _numbers(values: Any) -> Matrix:
    if isinstance(values, np.ma.MaskedArray):
        return np.where(np.ma.getmaskarray(values), np.nan, values.data.astype(np.float64))
    return np.asarray(values, dtype=np.float64)


def _codes(column: dict[str, Any], values: Any) -> NDArray[np.int64]:
    table = {value: code for code, value in enumerate(column["values"])}
    if isinstance(values, np.ma.MaskedArray):
        mask = np.ma.getmaskarray(values)
        found = (-1 if gone else table.get(value, -1) for value, gone in zip(values.data, mask, strict=True))
        return np.fromiter(found, dtype=np.int64, count=len(values))
    return np.fromiter((table.get(value, -1) for value in values), dtype=np.int64, count=len(values))
