"""The training rows as drift is measured against: their distribution, and the rows themselves."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .failure import write_json
from .metrics import Scored
from .plan import ROW, Plan, identifier, text
from .predict import Package, features_sql, run_estimator
from .tables import Connection, column_type, count

BINS = 20
MOST_VALUES = 1000
CHUNK = 50_000
PREDICTION = "prediction"
TABLE = "__mll_baseline"


def predict_table(connection: Connection, package: Package, relation: str, name: str) -> None:
    """Makes the temporary table `name` (`__mll_row`, `prediction`, `p0` … of each class) for the raw rows of `relation`.

    `relation` has `__mll_row` counted from 0 without a gap. Rows go through in parts, so that memory holds one part's matrix.
    """
    rows = count(connection, relation)
    kind = prediction_type(package)
    shares = [f"p{index}" for index in range(len(package.classes or []))]
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {name} ({ROW} BIGINT, prediction {kind}{''.join(f', {p} DOUBLE' for p in shares)})"
    )
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name}_f AS {features_sql(package, relation)}")
    # The features come out in the order of the rows, so their place is the row number.
    for start in range(0, rows, CHUNK):
        end = min(start + CHUNK, rows)
        data = connection.execute(
            f"SELECT * FROM {name}_f WHERE rowid >= {start} AND rowid < {end} ORDER BY rowid"
        ).fetchnumpy()
        scored = run_estimator(package, data)
        said = said_values(package, scored)
        values = [list(range(start, end)), said]
        places = "unnest($1::BIGINT[]), unnest($2::" + kind + "[])"
        for index, _ in enumerate(shares):
            places += f", unnest(${index + 3}::DOUBLE[])"
            column = None if scored.probabilities is None else scored.probabilities[:, index].tolist()
            values.append([None] * (end - start) if column is None else column)
        connection.execute(f"INSERT INTO {name} SELECT {places}", values)
    connection.execute(f"DROP TABLE {name}_f")


def said_values(package: Package, scored: Scored) -> list[Any]:
    """Predictions as plain values: classes, or numbers."""
    if package.classes is None:
        return [value if np.isfinite(value) else None for value in scored.predicted.tolist()]
    classes = package.classes
    return [classes[code] if code >= 0 else None for code in scored.predicted.tolist()]


def prediction_type(package: Package) -> str:
    """The DuckDB type of predictions."""
    if package.classes is None:
        return "DOUBLE"
    if all(isinstance(value, bool) for value in package.classes):
        return "BOOLEAN"
    if all(isinstance(value, int) for value in package.classes):
        return "BIGINT"
    return "VARCHAR" if any(isinstance(value, str) for value in package.classes) else "DOUBLE"


def write_baseline(folder: Path, connection: Connection, plan: Plan, train: str, package: Package) -> None:
    """Writes `baseline.parquet` (the raw train rows, each column as it was, and `prediction`) and `baseline.json`."""
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {TABLE}_r AS "
        f"SELECT * REPLACE (row_number() OVER (ORDER BY {ROW}) - 1 AS {ROW}) FROM {train} ORDER BY {ROW}"
    )
    relation = f"{TABLE}_r"
    if package.target is not None:
        blank = f"* REPLACE (NULL AS {identifier(package.target)})"
        relation = f"(SELECT {blank} FROM {TABLE}_r)"
    predict_table(
        connection, package, relation + (" AS __mll_raw" if relation.startswith("(") else ""), f"{TABLE}_p"
    )
    names = [name for name, _ in plan.input if name != package.target]
    kinds = {name: sql_type for name, sql_type in plan.input if name != package.target}
    listed = "".join(f"r.{identifier(name)}, " for name in names if name != PREDICTION)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {TABLE} AS SELECT {listed}p.prediction AS {PREDICTION} "
        f"FROM {TABLE}_r AS r JOIN {TABLE}_p AS p USING ({ROW}) ORDER BY {ROW}"
    )
    target = folder / "baseline.parquet"
    connection.execute(f"COPY {TABLE} TO {text(str(target))} (FORMAT parquet, COMPRESSION zstd)")
    columns = {name: _summary(connection, name, kinds[name]) for name in names if name != PREDICTION}
    summary = {
        "rows": count(connection, TABLE),
        "columns": columns,
        "prediction": _summary(connection, PREDICTION, prediction_type(package), package.classes is not None),
    }
    write_json(folder / "baseline.json", summary)
    for table in (TABLE, f"{TABLE}_r", f"{TABLE}_p"):
        connection.execute(f"DROP TABLE {table}")


def _summary(connection: Connection, name: str, sql_type: str, categorical: bool = False) -> dict[str, Any]:
    quoted = identifier(name)
    kind = column_type(sql_type)
    row = connection.execute(f"SELECT count(*) - count({quoted}) FROM {TABLE}").fetchone()
    out: dict[str, Any] = {"type": kind, "missing": 0 if row is None else int(row[0])}
    if kind in ("integer", "number", "date", "datetime") and not categorical:
        # Dates as milliseconds since 1970, the unit of every histogram here.
        expression = (
            f"CAST({quoted} AS DOUBLE)" if kind in ("integer", "number") else f"epoch({quoted}) * 1000"
        )
        values = connection.execute(
            f"SELECT {expression} AS v FROM {TABLE} WHERE {quoted} IS NOT NULL"
        ).fetchnumpy()["v"]
        finite = np.asarray(values, dtype=np.float64)
        out.update(_numeric(finite[np.isfinite(finite)]))
        return out
    pairs = connection.execute(
        f"SELECT CAST({quoted} AS VARCHAR), count(*) FROM {TABLE} WHERE {quoted} IS NOT NULL "
        f"GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {MOST_VALUES}"
    ).fetchall()
    out["values"] = {str(value): int(times) for value, times in pairs}
    return out


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
