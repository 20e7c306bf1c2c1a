"""The training rows as drift is measured against: their distribution, and the rows themselves."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .columns import summary
from .failure import write_json
from .features import width_names
from .metrics import Scored
from .plan import ROW, identifier, text
from .predict import Package, features_sql, run_estimator
from .tables import Connection, count
from .target import label

MOST_CELLS = 4_000_000  # of the matrix of one part, 8 bytes each
FEWEST_ROWS = 10_000
PREDICTION = "prediction"
SAID = "__mll_baseline_said"


def predict_table(
    connection: Connection, package: Package, relation: str, name: str, shares: bool = True
) -> None:
    """Makes the temporary table `name` for the raw rows of `relation`: `__mll_row`, `prediction`, `p0` … of each class.

    `relation` has `__mll_row` in ascending order; the table's counts from 0 in that order. Without `shares` the classes'
    probabilities are left out. Rows go through in parts, so that memory holds one part's matrix.
    """
    kind = prediction_type(package)
    classes = range(len(package.classes or []) if shares else 0)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {name} ({ROW} BIGINT, prediction {kind}{''.join(f', p{code} DOUBLE' for code in classes)})"
    )
    start = 0
    for data in _parts(connection, package, relation, f"{name}_f"):
        scored = run_estimator(package, data)
        said, known = said_values(package, scored, kind)
        end = start + len(said)
        columns = {ROW: np.arange(start, end), "said": said, "known": known}
        parts = [ROW, f"CASE WHEN known THEN CAST(said AS {kind}) END"]
        for code in classes:
            # A model without probabilities has none: NaN arrives as NULL.
            given = scored.probabilities
            columns[f"p{code}"] = np.full(end - start, np.nan) if given is None else given[:, code]
            parts.append(f"p{code}")
        connection.register(f"{name}_n", columns)
        connection.execute(f"INSERT INTO {name} SELECT {', '.join(parts)} FROM {name}_n")
        connection.unregister(f"{name}_n")
        start = end


def _parts(
    connection: Connection, package: Package, relation: str, name: str
) -> Iterator[dict[str, NDArray[Any]]]:
    """The features of the rows in their order, in as many parts as memory asks for; `name` is for a temporary table."""
    most = max(FEWEST_ROWS, MOST_CELLS // max(1, len(width_names(package.features))))
    rows = count(connection, relation)
    features = features_sql(package, relation)
    if rows == 0:
        return
    if rows <= most:
        yield connection.execute(features).fetchnumpy()
        return
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {features}")
    # The features come out in the order of the rows, so their place is the row number.
    for start in range(0, rows, most):
        yield connection.execute(
            f"SELECT * FROM {name} WHERE rowid >= {start} AND rowid < {start + most} ORDER BY rowid"
        ).fetchnumpy()
    connection.execute(f"DROP TABLE {name}")


def said_values(package: Package, scored: Scored, kind: str) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Predictions as numbers or as classes of the DuckDB type `kind`, and which of them are any."""
    if package.classes is None:
        return scored.predicted, np.isfinite(scored.predicted)
    # A column of Python objects must be of one type, so what is no class stands as the first one.
    classes = np.empty(len(package.classes), dtype=object)
    classes[:] = [label(value) for value in package.classes] if kind == "VARCHAR" else package.classes
    return classes[np.maximum(scored.predicted, 0)], scored.predicted >= 0


def prediction_type(package: Package) -> str:
    """The DuckDB type of predictions."""
    if package.classes is None:
        return "DOUBLE"
    if all(isinstance(value, bool) for value in package.classes):
        return "BOOLEAN"
    if all(isinstance(value, int) for value in package.classes):
        return "BIGINT"
    return "VARCHAR" if any(isinstance(value, str) for value in package.classes) else "DOUBLE"


def write_baseline(
    folder: Path, connection: Connection, train: str, package: Package, columns: dict[str, dict[str, Any]]
) -> None:
    """Writes `baseline.parquet` (the raw train rows, each column as it was, and `prediction`) and `baseline.json`.

    `train` has the raw rows in their order; `columns` are their columns but the target, as `summaries` describes them.
    """
    relation = train
    if package.target is not None:
        relation = f"(SELECT * REPLACE (NULL AS {identifier(package.target)}) FROM {train}) AS __mll_raw"
    predict_table(connection, package, relation, SAID, shares=False)
    left_out = {PREDICTION, *package.plan.get("spare", ())}
    kept = {name: value for name, value in columns.items() if name not in left_out}
    rows = f"SELECT {PREDICTION} FROM {SAID}"
    if kept:
        # Both sides are in the order of the rows.
        listed = ", ".join(map(identifier, kept))
        rows = f"SELECT * FROM (SELECT {listed} FROM {train}) POSITIONAL JOIN ({rows})"
    connection.execute(
        f"COPY ({rows}) TO {text(str(folder / 'baseline.parquet'))} (FORMAT parquet, COMPRESSION zstd)"
    )
    said = summary(connection, SAID, PREDICTION, prediction_type(package), package.classes is not None)
    write_json(
        folder / "baseline.json", {"rows": count(connection, SAID), "columns": kept, "prediction": said}
    )
    connection.execute(f"DROP TABLE {SAID}")
