"""Tables of a job: reading, types, and values as the lifecycle writes them."""

import datetime
import decimal
import math
import os
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from .failure import Failure
from .jobfile import Job, Types
from .plan import MOST_FROZEN_CELLS, ROW, Plan, PlanError, connect, identifier, text
from .settle import judge, typed

Connection = duckdb.DuckDBPyConnection
Cell = str | int | float | bool | None
RAW = "__mll_source"
MOST_AGGREGATES = 100
SAFE_INTEGER = 2**53 - 1

INTEGERS = {
    "TINYINT": (-(2**7), 2**7 - 1),
    "SMALLINT": (-(2**15), 2**15 - 1),
    "INTEGER": (-(2**31), 2**31 - 1),
    "BIGINT": (-(2**63), 2**63 - 1),
    "HUGEINT": (-(2**127), 2**127 - 1),
    "UTINYINT": (0, 2**8 - 1),
    "USMALLINT": (0, 2**16 - 1),
    "UINTEGER": (0, 2**32 - 1),
    "UBIGINT": (0, 2**64 - 1),
    "UHUGEINT": (0, 2**128 - 1),
}


def column_type(sql_type: str) -> str:
    """What a person calls a DuckDB type: boolean, integer, number, text, date, datetime or other."""
    upper = sql_type.upper()
    if upper in INTEGERS:
        return "integer"
    if upper in ("DOUBLE", "FLOAT", "REAL") or upper.startswith("DECIMAL"):
        return "number"
    if upper in ("VARCHAR", "UUID", "TIME", "TEXT") or (upper.startswith("ENUM") and "[" not in upper):
        return "text"
    if upper == "BOOLEAN":
        return "boolean"
    if upper == "DATE":
        return "date"
    if upper.startswith("TIMESTAMP") and "[" not in upper:
        return "datetime"
    return "other"


def cell(value: Any) -> Cell:
    """A value as JSON carries it: integers beyond 2^53 and decimals as text, dates in ISO 8601, no number for null."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, np.generic):
        return cell(value.item())
    if isinstance(value, int):
        return value if abs(value) <= SAFE_INTEGER else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, decimal.Decimal):
        return str(value)
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    return str(value)


def fetchable(expression: str, sql_type: str) -> str:
    """The SQL of a value as Python takes it: a moment with a time zone, which DuckDB needs pytz for, as ISO 8601 in UTC."""
    if not sql_type.startswith("TIMESTAMP WITH TIME ZONE"):
        return expression
    # Infinity is a moment of DuckDB's that has no calendar.
    moment = f"make_timestamp(epoch_us({expression}))"
    text = f"replace(CAST({moment} AS VARCHAR), ' ', 'T') || 'Z'"
    return f"CASE WHEN isfinite({expression}) THEN {text} END"


def open_tables(job: Job) -> Connection:
    """A locked-down connection that sees the job's folder, the joined tables of the job's model, and nothing else."""
    scratch = job.folder / "tmp"
    scratch.mkdir(exist_ok=True)
    model = job.inputs.get("model")
    packed = [] if model is None else [folder_of(model.path)]
    return connect([job.folder, *packed], temp_directory=scratch, threads=os.cpu_count() or 1)


def describe(connection: Connection, relation: str) -> list[tuple[str, str]]:
    """Names and DuckDB types of a relation's columns, in order."""
    rows = connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
    return [(str(row[0]), str(row[1])) for row in rows]


def count(connection: Connection, relation: str) -> int:
    """Rows of a relation."""
    row = connection.execute(f"SELECT count(*) FROM {relation}").fetchone()
    return 0 if row is None else int(row[0])


def read_table(connection: Connection, job: Job, named: str, name: str = RAW) -> list[tuple[str, str]]:
    """Reads the input `named` into the temporary table `name`, rows in file order; gives its columns."""
    source = job.input(named)
    if source.read is None:
        raise Failure(
            "invalid", f"The input {source.path.name} does not say how it is read.", "Add the dataset again."
        )
    if not source.path.exists():
        raise Failure(
            "notFound",
            f"The input file {source.path.name} is missing from the job.",
            "Start the job again from its dataset.",
        )
    sql = source.read.replace("{path}", text(str(source.path)))
    try:
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {sql}")
    except duckdb.Error as error:
        raise Failure(
            "invalid",
            f"{source.path.name} cannot be read as a table: {first_line(error)}",
            "Open it in the data view, which names the lines that do not fit, or choose another dialect.",
        ) from error
    if source.types is not None:
        where = "" if named == "data" else f"{source.path.name}: "
        job.found.extend(where + said for said in _settle(connection, source.types, name, where))
    columns = describe(connection, name)
    if not columns or count(connection, name) == 0:
        raise Failure(
            "invalid", f"{source.path.name} has no rows.", "Choose a dataset with at least a few rows."
        )
    return columns


def _settle(connection: Connection, types: Types, name: str, where: str) -> list[str]:
    """Gives a table of text the types that its beginning showed; what did not fit them, and what was no row, in words."""
    parts, misfits = typed(types)
    notes = _rejected(connection)
    columns = list(misfits.items())
    for start in range(0, len(columns), MOST_AGGREGATES):
        some = columns[start : start + MOST_AGGREGATES]
        counts = ", ".join(
            f"count(*) FILTER ({misfit}), count({identifier(one)}), min({identifier(one)}) FILTER ({misfit})"
            for one, (_, misfit) in some
        )
        row = connection.execute(f"SELECT {counts} FROM {name}").fetchone() or ()
        for place, (one, (sql_type, _)) in enumerate(some):
            lost, cells, example = row[3 * place : 3 * place + 3]
            said = judge(one, sql_type, (lost, cells, example), where)
            notes.extend([] if said is None else [said])
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name}_typed AS SELECT {', '.join(parts)} FROM {name}")
    connection.execute(f"DROP TABLE {name}")
    connection.execute(f"ALTER TABLE {name}_typed RENAME TO {name}")
    return notes


def _rejected(connection: Connection) -> list[str]:
    """How many records the reader of text left out; it keeps them in a table of its own."""
    try:
        row = connection.execute("SELECT count(DISTINCT line_byte_position) FROM reject_errors").fetchone()
    except duckdb.CatalogException:
        return []
    # Else those of the next table would be added to these.
    connection.execute("DROP TABLE reject_errors")
    connection.execute("DROP TABLE reject_scans")
    rejected = 0 if row is None else int(row[0])
    if rejected == 0:
        return []
    return [f"{'1 record' if rejected == 1 else f'{rejected} records'} could not be read as rows."]


def raw_relation(connection: Connection, plan: Plan, relation: str, name: str) -> None:
    """Makes the temporary table `name`: the raw rows of `relation` in their order, with `__mll_row` and `__mll_part`."""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {plan.base_sql(relation)}")


def make_tables(connection: Connection, job: Job, plan: Plan) -> None:
    """Makes the other tables that the plan's steps read from the job's inputs `table0`, `table1` and so on."""
    for number, table in enumerate(plan.tables):
        columns = dict(read_table(connection, job, f"table{number}", f"{RAW}_other"))
        lacking = [name for name, _ in table.columns if name not in columns]
        if lacking:
            raise Failure(
                "invalid",
                f"The table {table.name} has no column `{lacking[0]}`, which the recipe was made for.",
                "Use a table with the same columns, or change the recipe.",
            )
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {table.relation} AS {table.sql(f'SELECT * FROM {RAW}_other')}"
        )
        connection.execute(f"DROP TABLE {RAW}_other")


def write_tables(connection: Connection, plan: Plan, folder: Path) -> None:
    """Freezes the plan's other tables into `folder`, which a model package carries."""
    for table in plan.tables:
        cells = count(connection, table.relation) * len(table.columns)
        if cells > MOST_FROZEN_CELLS:
            raise Failure(
                "invalid",
                f"The joined table {table.name} has {cells} cells: a model package takes {MOST_FROZEN_CELLS}.",
                "Join a smaller table, or join in a recipe of its own, run that to a file, and train on the file.",
            )
        folder.mkdir(exist_ok=True)
        connection.execute(
            f"COPY (SELECT * FROM {table.relation} ORDER BY {ROW}) TO {text(str(folder / f'{table.relation}.parquet'))} "
            "(FORMAT parquet, COMPRESSION zstd)"
        )


def load_tables(connection: Connection, plan: Plan, folder: Path) -> None:
    """Makes the plan's other tables from the folder of a model package."""
    for table in plan.tables:
        file = folder / f"{table.relation}.parquet"
        if not file.exists():
            raise Failure(
                "invalid",
                f"The model package lacks the joined table {table.name}.",
                "Train the model again, or choose another folder.",
            )
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {table.relation} AS SELECT * FROM read_parquet({text(str(file))}) ORDER BY {ROW}"
        )


def first_line(error: BaseException) -> str:
    """The first line of a foreign error's text."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def job_plan(job: Job, columns: Sequence[tuple[str, str]]) -> Plan:
    """The job's plan; without one, a plan that takes the table as it is, without a split."""
    data = job.plan
    if data is None:
        data = {
            "plan": 1,
            "input": [{"name": name, "sqlType": sql_type} for name, sql_type in columns],
            "steps": [],
        }
    if job.target is not None and data.get("target") is None:
        data = {**data, "target": job.target}
    return Plan.load(data)


def conform(
    connection: Connection, plan: Plan, columns: Sequence[tuple[str, str]], optional: Sequence[str] = ()
) -> list[str]:
    """Gives the read table the plan's columns and types; cells that do not fit become missing, and are counted in the notes.

    A column that the plan needs and the table lacks is a Failure, but for those in `optional`, which are all missing then.
    """
    have = dict(columns)
    lacking = [name for name, _ in plan.input if name not in have and name not in optional]
    if lacking:
        named = ", ".join(f"`{name}`" for name in lacking)
        raise Failure(
            "invalid",
            f"The data has no column {named}, which the recipe was made for.",
            "Use data with the same columns, or change the recipe.",
        )
    notes: list[str] = []
    parts: list[str] = []
    for name, sql_type in plan.input:
        quoted = identifier(name)
        if name not in have:
            parts.append(f"CAST(NULL AS {sql_type}) AS {quoted}")
        elif have[name] == sql_type or sql_type.replace('"', "") in ("", "NULL"):
            parts.append(quoted)
        else:
            cast = f"TRY_CAST({quoted} AS {sql_type})"
            whole = column_type(sql_type) == "integer" and column_type(have[name]) == "number"
            misfit = (
                f"{cast} IS DISTINCT FROM {quoted}" if whole else f"{cast} IS NULL AND {quoted} IS NOT NULL"
            )
            row = connection.execute(f"SELECT count(*) FROM {RAW} WHERE {misfit}").fetchone()
            lost = 0 if row is None else int(row[0])
            parts.append(f"CASE WHEN {misfit} THEN NULL ELSE {cast} END AS {quoted}")
            if lost:
                notes.append(
                    f"`{name}`: {lost} values do not fit the type {sql_type} of the recipe and were taken as missing."
                )
    if any(part != identifier(name) for part, (name, _) in zip(parts, plan.input, strict=True)):
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {RAW}_2 AS SELECT {', '.join(parts)} FROM {RAW}")
        connection.execute(f"DROP TABLE {RAW}")
        connection.execute(f"ALTER TABLE {RAW}_2 RENAME TO {RAW}")
    return notes


def recipe_failure(error: Exception) -> Failure:
    """What a plan's failure means to a person."""
    if isinstance(error, PlanError):
        return Failure(error.kind, error.message, error.fix)
    if isinstance(error, duckdb.OutOfMemoryException):
        return Failure(
            "quota",
            f"A step of the recipe needs more memory than this machine gives it: {first_line(error)}",
            "Look for a step that makes its cells or rows grow, such as text joined to itself, or use fewer rows or a larger "
            "machine.",
        )
    return Failure(
        "invalid",
        f"A step of the recipe does not work on this data: {first_line(error)}",
        "Open the recipe: the step is marked there.",
    )


def request_failure(error: duckdb.Error) -> Failure:
    """What a step's failure on the rows of a request means to who sent them."""
    if isinstance(error, duckdb.OutOfMemoryException):
        return Failure(
            "quota",
            f"A step of the model's recipe needs more memory than an endpoint gives to a request: {first_line(error)}",
            "Send fewer rows, or shorter texts.",
        )
    return Failure(
        "invalid",
        f"A step of the model's recipe does not work on these rows: {first_line(error)}",
        "Check their values; the other rows can be sent without them.",
    )


def rows_failure(error: duckdb.Error, places: Sequence[int]) -> Failure:
    """What it means that a step fails on so many rows of a request; `places` are the first of them, from 0."""
    named = ", ".join(str(place + 1) for place in places[:10])
    return Failure(
        "invalid",
        f"A step of the model's recipe does not work on more than {len(places) - 1} rows of this request "
        f"(rows {named} and others): {first_line(error)}",
        "Check their values; the other rows can be sent without them.",
    )


def require_target(plan: Plan, names: Sequence[str]) -> str:
    """The target column, which must be among `names`."""
    if plan.target is None:
        raise Failure("invalid", "No target column is chosen.", "Choose the column to predict.")
    if plan.target not in names:
        raise Failure(
            "invalid",
            f"The target `{plan.target}` is not among the columns{' after the recipe' if plan.steps else ' of the data'}.",
            "Choose another target, or change the step that renames or drops it.",
        )
    return plan.target


def folder_of(path: Path) -> Path:
    """The model package's folder for an input path (a folder, or a file in it)."""
    return path if path.is_dir() else path.parent
