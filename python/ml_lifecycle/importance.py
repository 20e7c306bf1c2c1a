"""How much each raw column matters: the fall of the main metric when its values are shuffled among the rows."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import lines
from .metrics import higher_is_better, main_score
from .plan import PART, ROW, identifier
from .predict import Package, features_sql, run_estimator
from .tables import Connection

# Hidden names, as a table may have columns of any other name: the row number in `relation`, a row's place in the sample,
# its place among all that are asked, and the place whose value it is lent.
SOURCE, PLACE, ASKED, LENDER = "__mll_source", "__mll_place", "__mll_asked", "__mll_lender"
REPEATS = 5
MOST_ROWS = 1000
MOST_CELLS = 50_000  # rows asked for all columns together; wide tables get fewer rows, not a longer wait
FEWEST_ROWS = 100


def sample_size(rows: int, columns: int) -> int:
    """How many of `rows` are asked for each of `columns`."""
    return min(rows, MOST_ROWS, max(FEWEST_ROWS, MOST_CELLS // max(columns, 1)))


def sample_note(rows: int, columns: int) -> list[str]:
    """What a report says when not all rows were asked."""
    size = sample_size(rows, columns)
    return (
        [f"Permutation importance is from a sample of {size} of the {rows} scored rows."]
        if size < rows
        else []
    )


def permutation_importance(
    connection: Connection,
    package: Package,
    relation: str,
    rows: NDArray[np.int64],
    y: NDArray[Any],
    metric: str,
    seed: int,
) -> list[dict[str, Any]]:
    """Mean and sd over five shuffles of the metric's fall, largest first, on a sample of the rows of `relation`.

    `relation` holds raw columns and `__mll_row`; `rows` are the row numbers of `y`. Shuffling happens before the recipe,
    so the importance is that of a column as the person knows it.
    """
    names = [name for name, _ in package.raw if name != package.target]
    if not names:
        return []
    random = np.random.default_rng(seed)
    size = sample_size(len(rows), len(names))
    chosen = np.sort(random.choice(len(rows), size=size, replace=False))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE __mll_picked ({PLACE} BIGINT, {SOURCE} BIGINT)")
    connection.execute(
        "INSERT INTO __mll_picked SELECT unnest($1::BIGINT[]), unnest($2::BIGINT[])",
        [list(range(size)), rows[chosen].tolist()],
    )
    raw = ", ".join(f"raw.{identifier(name)}" for name, _ in package.raw if name != package.target)
    blank = (
        ""
        if package.target is None
        else f", CAST(NULL AS {_target_type(package)}) AS {identifier(package.target)}"
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE __mll_sample AS SELECT {PLACE}, {raw}{blank} "
        f"FROM __mll_picked JOIN {relation} AS raw ON raw.{ROW} = {SOURCE}"
    )
    actual = y[chosen]
    base = main_score(
        metric,
        actual,
        run_estimator(
            package, _features(connection, package, f"SELECT *, {PLACE} AS {ASKED} FROM __mll_sample")
        ),
    )
    shuffles = np.concatenate([random.permutation(size) for _ in range(REPEATS)])
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE __mll_shuffle ({ASKED} BIGINT, {PLACE} BIGINT, {LENDER} BIGINT)"
    )
    connection.execute(
        "INSERT INTO __mll_shuffle SELECT unnest($1::BIGINT[]), unnest($2::BIGINT[]), unnest($3::BIGINT[])",
        [list(range(len(shuffles))), [index % size for index in range(len(shuffles))], shuffles.tolist()],
    )
    sign = 1.0 if higher_is_better(metric) else -1.0
    out = []
    for done, name in enumerate(names):
        lines.stage(f"importance of column {done + 1} of {len(names)}", done / len(names))
        quoted = identifier(name)
        shuffled = (
            f"SELECT own.* REPLACE (other.{quoted} AS {quoted}), shuffle.{ASKED} FROM __mll_shuffle AS shuffle "
            f"JOIN __mll_sample AS own USING ({PLACE}) "
            f"JOIN __mll_sample AS other ON other.{PLACE} = shuffle.{LENDER}"
        )
        scored = run_estimator(package, _features(connection, package, shuffled))
        falls = np.array(
            [
                sign * (base - main_score(metric, actual, scored.part(slice(at * size, (at + 1) * size))))
                for at in range(REPEATS)
            ]
        )
        out.append({"column": name, "mean": float(falls.mean()), "sd": float(falls.std())})
    for table in ("__mll_picked", "__mll_sample", "__mll_shuffle"):
        connection.execute(f"DROP TABLE {table}")
    return sorted(out, key=lambda item: (-float(str(item["mean"])), str(item["column"])))


def _target_type(package: Package) -> str:
    return next((sql_type for name, sql_type in package.raw if name == package.target), "VARCHAR")


def _features(connection: Connection, package: Package, rows: str) -> dict[str, NDArray[Any]]:
    names = ", ".join(identifier(name) for name, _ in package.raw)
    relation = f"(SELECT {names}, {ASKED} AS {ROW}, 'train' AS {PART} FROM ({rows})) AS __mll_rows"
    return connection.execute(features_sql(package, relation)).fetchnumpy()
