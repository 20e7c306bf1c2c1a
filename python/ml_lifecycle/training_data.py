"""The data of a train job: read, cleaned by the recipe, its target understood. Imports nothing slow."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from . import lines
from .columns import signature_fields, summaries
from .failure import Failure
from .features import Features, decide, select
from .fitting import fitted_rows
from .jobfile import Job
from .plan import PART, ROW, Fitted, Plan, PlanError, identifier
from .tables import (
    RAW,
    Connection,
    cell,
    conform,
    count,
    describe,
    fetchable,
    job_plan,
    make_tables,
    open_tables,
    raw_relation,
    read_table,
    recipe_failure,
    require_target,
)
from .target import Target, read_target

ALL = "__mll_all"
TRAIN = "__mll_train"
DONE = "__mll_done"
KEPT = "__mll_kept"
EXAMPLES = 5
FEWEST_ROWS = 4


@dataclass(frozen=True)
class Prepared:
    """The data of a train job.

    `ALL` holds the raw rows with their numbers and parts, `TRAIN` those of the train part, `KEPT` the rows after the recipe
    that have a target: all in file order, in which they were written and which DuckDB keeps when it reads. `features` says
    how each column of `KEPT` is used, with text one-hot; `left` which are not.
    """

    connection: Connection
    plan: Plan
    fitted: Fitted
    serving: str
    columns: list[tuple[str, str]]
    features: Features
    target: Target
    rows: NDArray[np.int64]
    notes: list[str]
    left: list[dict[str, str]]

    @property
    def train(self) -> NDArray[np.bool_]:
        return self.target.train

    @property
    def raw(self) -> list[tuple[str, str]]:
        """The raw columns but the target."""
        return [(name, sql_type) for name, sql_type in self.plan.input if name != self.plan.target]

    @cached_property
    def fields(self) -> list[dict[str, Any]]:
        """The raw training rows as fields of a request, which may leave out what the recipe fills or never reads."""
        filled = {name for step in self.plan.steps if step.rows == "keep" for name in step.fills}
        spare = set(self.plan.spare)
        found = signature_fields(self.connection, TRAIN, self.raw, filled | spare, self.summaries)
        return [{**one, "unread": True} if one["name"] in spare else one for one in found]

    @cached_property
    def summaries(self) -> dict[str, dict[str, Any]]:
        """The distributions of the raw training columns."""
        return summaries(self.connection, TRAIN, self.raw)

    @cached_property
    def examples(self) -> list[dict[str, Any]]:
        """The first raw training rows, as a request would carry them."""
        names = [name for name, _ in self.raw]
        listed = ", ".join(fetchable(identifier(name), kind) for name, kind in self.raw) or "1"
        rows = self.connection.execute(f"SELECT {listed} FROM {TRAIN} LIMIT {EXAMPLES}").fetchall()
        return [dict(zip(names, map(cell, row), strict=False)) for row in rows]

    def describe(self) -> None:
        """Looks at the raw columns now, not when the package is written."""
        _ = self.fields, self.summaries, self.examples

    def read(self, features: Features) -> dict[str, Any]:
        """The features of all kept rows."""
        return self.connection.execute(f"SELECT {select(features)} FROM {KEPT}").fetchnumpy()


def prepare_training(job: Job) -> Prepared:
    """Reads the data, runs the recipe and reads the target; what cannot be learned from is a Failure."""
    lines.stage("reading the data")
    connection = open_tables(job)
    raw = read_table(connection, job, "data")
    plan = job_plan(job, raw)
    misfits = conform(connection, plan, raw)
    make_tables(connection, job, plan)
    notes = [*job.notes, *misfits]
    lines.stage("fitting the recipe")
    done = ALL
    try:
        raw_relation(connection, plan, RAW, ALL)
        connection.execute(f"DROP TABLE {RAW}")
        connection.execute(f"CREATE TEMP VIEW {TRAIN} AS SELECT * FROM {ALL} WHERE {PART} = 'train'")
        with fitted_rows(connection, plan, ALL) as fit:
            notes.extend(str(one["message"]) for one in fit.expectations if one["message"])
            fitted = fit.fitted
            serving = plan.serving_sql(fitted)
            if plan.steps:
                done = DONE
                connection.execute(f"CREATE TEMP TABLE {DONE} AS {fit.select} ORDER BY {ROW}")
    except (PlanError, duckdb.Error) as error:
        raise recipe_failure(error) from error
    everything = describe(connection, done)
    target = require_target(plan, [name for name, _ in everything])
    kind = dict(everything)[target]
    columns = [(name, kind_) for name, kind_ in everything if name not in (ROW, PART, target)]
    target_column = identifier(target)
    present = f"{target_column} IS NOT NULL"
    if kind in ("DOUBLE", "FLOAT"):
        present += f" AND NOT isnan({target_column})"
    connection.execute(f"CREATE TEMP VIEW {KEPT} AS SELECT * FROM {done} WHERE {present}")
    # Row numbers and parts travel as numpy, the target as Python values: its type may be any.
    ids = connection.execute(f"SELECT {ROW} AS r, {PART} = 'train' AS t FROM {KEPT}").fetchnumpy()
    train = np.asarray(ids["t"], dtype=bool)
    values = [row[0] for row in connection.execute(f"SELECT {target_column} FROM {KEPT}").fetchall()]
    before, kept = count(connection, done), len(values)
    if kept == 0:
        raise Failure(
            "invalid",
            f"The target `{target}` is missing in all {before} rows.",
            "Choose another target, or look at the step that makes it.",
        )
    if kept < before:
        notes.append(f"{before - kept} of {before} rows have no target and were left out.")
    trained = int(np.count_nonzero(train))
    if trained < FEWEST_ROWS:
        raise Failure(
            "invalid",
            f"Only {trained} row{'' if trained == 1 else 's'} can be trained on; it takes {FEWEST_ROWS}.",
            "Use more data, or a recipe that drops fewer rows.",
        )
    wanted = job.params.get("task")
    read = read_target(target, kind, values, train, None if wanted is None else str(wanted), notes)
    rows = np.asarray(ids["r"], dtype=np.int64)
    if plan.folds is not None:
        pass  # what the scores are of is said when they are there
    elif plan.split is None:
        notes.append(
            "The recipe has no split: the scores are cross-validated on all rows, each by a model that did not see it."
        )
    elif trained == len(train):
        notes.append("The split leaves no test row: the scores are cross-validated on the training rows.")
    features, left = decide(connection, f"(SELECT * FROM {KEPT} WHERE {PART} = 'train')", columns, "one_hot")
    return Prepared(connection, plan, fitted, serving, columns, features, read, rows, notes, left)
