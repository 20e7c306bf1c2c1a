"""The prepare job: the whole recipe over the whole table."""

from functools import partial
from typing import Any

import duckdb

from . import lines
from .failure import Failure, write_json
from .fitting import fitted_rows
from .jobfile import Job
from .outcome import write_metrics
from .plan import PART, ROW, Fitted, Plan, PlanError, identifier, text
from .tables import (
    RAW,
    column_type,
    conform,
    count,
    describe,
    job_plan,
    make_tables,
    open_tables,
    raw_relation,
    read_table,
    recipe_failure,
)

ALL = "__mll_all"
DONE = "__mll_done"
REMEMBERED_ITEMS = 20  # of a list of fitted values, as the report tells it


def prepare(job: Job) -> None:
    """Writes `out/data/data.parquet`: all rows after the recipe, both parts, in file order, without the hidden columns.

    `out/prepared.json` tells what became of the rows.
    """
    lines.stage("reading the data")
    connection = open_tables(job)
    columns = read_table(connection, job, "data")
    plan = job_plan(job, columns)
    misfits = conform(connection, plan, columns)
    make_tables(connection, job, plan)
    notes = [*job.notes, *misfits]
    for note in notes:
        print(note)
    before = count(connection, RAW)
    folder = job.out / "data"
    folder.mkdir(exist_ok=True)
    target = folder / "data.parquet"
    try:
        raw_relation(connection, plan, RAW, ALL)
        connection.execute(f"DROP TABLE {RAW}")
        stage = partial(lines.stage, "running the recipe")
        with fitted_rows(connection, plan, ALL, consumed=True, stage=stage) as done:
            connection.execute(f"CREATE TEMP TABLE {DONE} AS {done.select}")
    except (PlanError, duckdb.Error) as error:
        raise recipe_failure(error) from error
    after = count(connection, DONE)
    made = [one for one in describe(connection, DONE) if one[0] not in (ROW, PART)]
    if not made:
        raise Failure("invalid", "The recipe drops every column.", "Keep at least one column.")
    lines.stage("writing the data")
    connection.execute(
        f"COPY (SELECT {', '.join(identifier(name) for name, _ in made)} FROM {DONE} ORDER BY {ROW}) "
        f"TO {text(str(target))} (FORMAT parquet, COMPRESSION zstd)"
    )
    for one in done.expectations:
        if one["message"]:
            print(f"{'Within what is allowed' if one['holds'] else 'Warning'}: {one['message']}")
    report = {
        "rowsIn": before,
        "rowsOut": after,
        "dropped": done.dropped,
        "expectations": done.expectations,
        "columns": [{"name": name, "type": column_type(kind), "sqlType": kind} for name, kind in made],
        "remembered": _remembered(plan, done.fitted),
        "notes": notes,
    }
    write_json(job.out / "prepared.json", report)
    write_metrics(job, {"rows_in": float(before), "rows_out": float(after)})


def _remembered(plan: Plan, fitted: Fitted) -> list[dict[str, Any]]:
    """The fitted values step by step, long lists cut, as `Remembered` of the contract."""
    out: list[dict[str, Any]] = []
    for step, values in zip(plan.steps, fitted["steps"], strict=True):
        told = [
            {"name": name, "first": value[:REMEMBERED_ITEMS], "of": len(value)}
            if isinstance(value, list)
            else {"name": name, "value": value}
            for name, value in values.items()
        ]
        if told:
            out.append({"step": step.index, "kind": step.kind, "values": told})
    return out
