"""The prepare job: the whole recipe over the whole table."""

import duckdb

from . import lines
from .failure import Failure
from .jobfile import Job
from .outcome import write_metrics
from .plan import PART, ROW, PlanError, identifier, text
from .tables import RAW, conform, count, describe, job_plan, open_tables, read_table, recipe_failure


def prepare(job: Job) -> None:
    """Writes `out/data/data.parquet`: all rows after the recipe, both parts, in file order, without the hidden columns."""
    lines.stage("reading the data")
    connection = open_tables(job)
    columns = read_table(connection, job.input("data"))
    plan = job_plan(job, columns)
    for note in [*job.notes, *conform(connection, plan, columns)]:
        print(note)
    before = count(connection, RAW)
    folder = job.out / "data"
    folder.mkdir(exist_ok=True)
    target = folder / "data.parquet"
    lines.stage("running the recipe")
    try:
        fitted = plan.fit(connection, RAW)
        connection.execute(f"CREATE TEMP TABLE __mll_all AS {plan.run_sql(fitted, RAW)}")
    except (PlanError, duckdb.Error) as error:
        raise recipe_failure(error) from error
    names = [name for name, _ in describe(connection, "__mll_all") if name not in (ROW, PART)]
    if not names:
        raise Failure("invalid", "The recipe drops every column.", "Keep at least one column.")
    connection.execute(
        f"COPY (SELECT {', '.join(map(identifier, names))} FROM __mll_all ORDER BY {ROW}) "
        f"TO {text(str(target))} (FORMAT parquet, COMPRESSION zstd)"
    )
    after = count(connection, "__mll_all")
    write_metrics(job, {"rows_in": float(before), "rows_out": float(after)})
