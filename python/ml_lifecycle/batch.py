"""The batch-predict job: N rows in, N rows out, in order."""

import duckdb

from . import lines
from .baseline import predict_table
from .jobfile import Job
from .outcome import write_metrics
from .plan import PART, ROW, Plan, identifier, text
from .predict import TABLES, Package, load_package
from .tables import (
    RAW,
    Connection,
    column_type,
    conform,
    count,
    folder_of,
    load_tables,
    open_tables,
    read_table,
    recipe_failure,
)

SOURCE = "__mll_input"


def batch_predict(job: Job) -> None:
    """Writes `out/predictions.csv`: the input's columns, `prediction`, `probability_<class>`, and `error` when a row has one.

    An input column that has the name of one of ours is called `input_<name>`.
    """
    lines.stage("reading the data")
    connection = open_tables(job)
    package = load_package(folder_of(job.input("model").path))
    columns = read_table(connection, job, "data")
    connection.execute(
        f"CREATE TEMP TABLE {SOURCE} AS SELECT *, row_number() OVER () - 1 AS {ROW} FROM {RAW}"
    )
    errors = _errors(package, dict(columns))
    connection.execute(f"CREATE TEMP TABLE __mll_errors AS SELECT {ROW}, {errors} AS error FROM {SOURCE}")
    target = package.target
    plan = Plan.load({key: value for key, value in package.plan.items() if key != "split"})
    every = {name for name, _ in plan.input}
    needed = {field["name"] for field in package.signature["inputs"] if field["required"]}
    for note in [*job.notes, *conform(connection, plan, columns, sorted(every - needed))]:
        print(note)
    typed = ", ".join(
        f"CAST(NULL AS {kind}) AS {identifier(name)}" if name == target else identifier(name)
        for name, kind in plan.input
    )
    relation = (
        f"(SELECT {typed}, row_number() OVER () - 1 AS {ROW}, 'train' AS {PART} FROM {RAW}) AS __mll_raw"
    )
    load_tables(connection, plan, package.folder / TABLES)
    lines.stage("predicting")
    try:
        predict_table(connection, package, relation, "__mll_said")
    except duckdb.Error as error:
        raise recipe_failure(error) from error
    rows, failed = write_predictions(connection, job, package, columns)
    write_metrics(job, {"rows": float(rows), "errors": float(failed)})


def _errors(package: Package, have: dict[str, str]) -> str:
    """The error of a row as one SQL text expression, NULL for a row that can be predicted: the endpoint's rules."""
    kinds = dict(package.raw)
    cases = []
    for field in package.signature["inputs"]:
        name = field["name"]
        if name not in have:
            continue
        quoted = identifier(name)
        misfit = f"TRY_CAST({quoted} AS {kinds[name]}) IS NULL AND {quoted} IS NOT NULL"
        if have[name] == "VARCHAR":
            misfit += f" AND trim({quoted}) <> ''"
        cases.append(
            f"WHEN {misfit} THEN {text(f'`{name}` takes {_takes(kinds[name])}, not ')} || CAST({quoted} AS VARCHAR) || '.'"
        )
        if column_type(have[name]) == "number":
            finite = f"{quoted} IS NOT NULL AND NOT isfinite(CAST({quoted} AS DOUBLE))"
            cases.append(f"WHEN {finite} THEN {text(f'`{name}` is no finite number.')}")
        if field["required"]:
            blank = f"{quoted} IS NULL" + (f" OR trim({quoted}) = ''" if have[name] == "VARCHAR" else "")
            blank = f"{quoted} IS NULL" if column_type(kinds[name]) == "text" else f"({blank})"
            cases.append(f"WHEN {blank} THEN {text(f'`{name}` is required and is missing.')}")
    return f"CASE {' '.join(cases)} END" if cases else "CAST(NULL AS VARCHAR)"


def _takes(sql_type: str) -> str:
    return {
        "integer": "a whole number",
        "number": "a number",
        "boolean": "true or false",
        "date": "a date such as 2024-03-31",
        "datetime": "a date and time such as 2024-03-31T08:30:00",
    }.get(column_type(sql_type), "text")


def _input_names(names: list[str], own: list[str]) -> list[str]:
    """What the input's columns are called in the file: one with a name of ours keeps its cells under another.

    DuckDB takes names that differ only in case for equal.
    """
    ours = {name.lower() for name in own}
    taken = ours | {name.lower() for name in names}
    kept = []
    for name in names:
        free = name
        if name.lower() in ours:
            free, number = f"input_{name}", 1
            while free.lower() in taken:
                number += 1
                free = f"input_{name}_{number}"
            taken.add(free.lower())
        kept.append(free)
    return kept


def write_predictions(
    connection: Connection, job: Job, package: Package, columns: list[tuple[str, str]]
) -> tuple[int, int]:
    """Joins input, predictions and errors by row into the CSV; gives the numbers of rows and of errors."""
    failed = count(connection, "(SELECT 1 FROM __mll_errors WHERE error IS NOT NULL)")
    added = ["prediction", *(f"probability_{label}" for label in package.labels or [])]
    own = [*added, "error"] if failed else added
    parts = [
        f"i.{identifier(name)} AS {identifier(kept)}"
        for (name, _), kept in zip(columns, _input_names([name for name, _ in columns], own), strict=True)
    ]
    parts.append("CASE WHEN e.error IS NULL THEN p.prediction END AS prediction")
    parts.extend(
        f"CASE WHEN e.error IS NULL THEN p.p{code} END AS {identifier(name)}"
        for code, name in enumerate(added[1:])
    )
    if failed:
        parts.append("e.error AS error")
    target = job.out / "predictions.csv"
    connection.execute(
        f"COPY (SELECT {', '.join(parts)} FROM {SOURCE} AS i JOIN __mll_said AS p USING ({ROW}) "
        f"JOIN __mll_errors AS e USING ({ROW}) ORDER BY i.{ROW}) TO {text(str(target))} (FORMAT csv, HEADER true)"
    )
    return count(connection, SOURCE), failed
