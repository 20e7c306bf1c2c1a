"""Fits the steps of a plan one after the other, each on the training rows as the steps before it left them."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb

from .plan import INPUT, LARGEST_SAFE, PART, Fitted, Plan, PlanError, Step, Value, chain

BASE = "__mll_base"
Steps = Sequence[tuple[Step, Mapping[str, Value]]]


@dataclass(frozen=True)
class Fit:
    """What the steps remember, and a SELECT of all rows after all steps, hidden columns included, in no order.

    `dropped` has `step`, `kind` and `rows` of each step that may drop rows, `expectations` what the steps that check say.
    """

    fitted: Fitted
    select: str
    dropped: list[dict[str, Any]]
    expectations: list[dict[str, Any]]


@contextmanager
def fitted_rows(
    connection: duckdb.DuckDBPyConnection,
    plan: Plan,
    base: str,
    *,
    checked: bool = True,
    consumed: bool = False,
    stage: Callable[[float], None] = lambda _: None,
) -> Iterator[Fit]:
    """Fits a plan on the table `base`, which is s0; the SELECT can be run inside the `with` only.

    A step that looks at other rows (joins, windows, duplicates) leaves a table in the place of the one before when it drops rows
    or is followed by a fit, which would else do it again. A broken rule that stops is a PlanError, unless `checked` is False:
    then no rule is asked. With `consumed` the table `base` itself goes as soon as another stands in its place. `stage` is told
    the share of the steps that are done.
    """
    made: list[str] = []
    done: list[tuple[Step, Mapping[str, Value]]] = []
    pending: list[tuple[Step, Mapping[str, Value]]] = []
    dropped: list[dict[str, Any]] = []
    expectations: list[dict[str, Any]] = []
    last = base

    def keep() -> None:
        nonlocal last
        table = f"__mll_after_{len(done)}"
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {chain('', pending, last)}")
        if last != base or consumed:
            connection.execute(f"DROP TABLE {last}")
        made.append(table)
        last = table
        pending.clear()

    try:
        rows = _count(connection, base)
        for place, step in enumerate(plan.steps):
            stage(place / len(plan.steps))
            if checked and step.check is not None:
                expectations.append(_checked(connection, step, step.check, chain("", pending, last)))
            if step.fit is not None and any(_dear(one) for one, _ in pending):
                keep()
            values = _fit_step(connection, step, step.fit, chain("", pending, last)) if step.fit else {}
            done.append((step, values))
            pending.append((step, values))
            if step.rows == "keep":
                continue
            if _dear(step):
                keep()
            now = _count(connection, f"({chain('', pending, last)})")
            dropped.append({"step": step.index, "kind": step.kind, "rows": max(0, rows - now)})
            rows = now
        fitted: Fitted = {"fitted": 1, "steps": [dict(values) for _, values in done]}
        yield Fit(fitted, chain("", pending, last), dropped, expectations)
    finally:
        for table in made:
            connection.execute(f"DROP TABLE IF EXISTS {table}")


def fit(connection: duckdb.DuckDBPyConnection, plan: Plan, relation: str) -> Fitted:
    """The fitted values of all steps, taken from the train part of `relation` (a name, or a SELECT in brackets)."""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {BASE} AS {plan.base_sql(relation)}")
    try:
        with fitted_rows(connection, plan, BASE, checked=False) as done:
            return done.fitted
    finally:
        connection.execute(f"DROP TABLE IF EXISTS {BASE}")


def _dear(step: Step) -> bool:
    """Rather kept than done again: a condition on single rows is asked again more cheaply than its rows are copied."""
    return step.whole or step.history or step.kind == "drop_duplicates"


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    return 0 if row is None else int(row[0])


def _fit_step(
    connection: duckdb.DuckDBPyConnection, step: Step, fit: str, before: str
) -> Mapping[str, Value]:
    train = f"(SELECT * FROM ({before}) AS __mll_before WHERE {PART} = 'train') AS __mll_train"
    row = connection.execute(
        f"SELECT CAST(to_json(__mll_fit) AS VARCHAR) FROM ({fit.replace(INPUT, train)}) AS __mll_fit"
    ).fetchone()
    if row is None:
        raise RuntimeError(f"The fit of step {step.index + 1} ({step.kind}) gave no row.")
    values: dict[str, Value] = {name: _whole(value) for name, value in json.loads(row[0]).items()}
    return values


def _whole(value: Any) -> Any:
    """JSON as JavaScript reads it: a whole DOUBLE is a whole number."""
    if isinstance(value, list):
        return [_whole(item) for item in value]
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        if value.is_integer() and abs(value) <= LARGEST_SAFE:
            return int(value)
    return value


def _checked(
    connection: duckdb.DuckDBPyConnection, step: Step, check: Mapping[str, Any], before: str
) -> dict[str, Any]:
    """An `Expectation` of the plan's contract."""
    relation = f"({before})"
    row = connection.execute(
        f"SELECT CAST(to_json(__mll_check) AS VARCHAR) FROM ({check['sql'].replace(INPUT, relation)}) AS __mll_check"
    ).fetchone()
    if row is None:
        raise RuntimeError(f"The check of step {step.index + 1} ({step.kind}) gave no row.")
    said: dict[str, Any] = json.loads(row[0])
    holds = said["broken"] <= check["allow"] * said["rows"]
    if not holds and check["severity"] == "stop":
        raise PlanError(
            "invalid",
            f"Step {step.index + 1} ({step.kind}): {said['message']}",
            'Mend these cells before the step, or write "invalid: missing" in it.'
            if step.kind == "cast"
            else 'Mend or filter these rows before the step, or write "severity: warn" or a larger "allow" in it.',
        )
    told = {name: check[name] for name in ("rule", "columns", "severity", "allow")}
    message = said["message"] if said["broken"] else ""
    return {"step": step.index, **told, "holds": holds, **said, "message": message}
