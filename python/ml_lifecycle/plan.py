"""The second executor of a recipe's plan (the first is the data engine): it substitutes and runs, it compiles nothing.

The whole rule stands in ``src/recipe/plan.ts``; the shapes of ``plan.json`` and ``fitted.json`` are the types there.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import duckdb

ROW = "__mll_row"
PART = "__mll_part"
INPUT = "{input}"
LARGEST_SAFE = 2**53 - 1
MOST_FROZEN_CELLS = 20_000_000  # of a joined table in a model package

Scalar = str | int | float | bool | None
Value = Scalar | list[Scalar]
Fitted = dict[str, Any]


class PlanError(Exception):
    """A failure that a person can mend: ``kind`` is one of the lifecycle's error kinds, ``fix`` the next thing to do."""

    def __init__(self, kind: str, message: str, fix: str | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.fix = fix


def identifier(name: str) -> str:
    """A quoted SQL identifier."""
    return '"' + name.replace('"', '""').replace(INPUT, "{input }") + '"'


def text(value: str) -> str:
    """A SQL text literal that never contains the placeholder of the input."""
    quoted = "'" + value.replace("'", "''") + "'"
    if INPUT not in quoted:
        return quoted
    return "e" + quoted.replace("\\", "\\\\").replace(INPUT, "\\x7Binput}")


DOUBLE = "::DOUBLE"


def _scalar(value: Scalar) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return text(value)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return str(value) if abs(value) <= LARGEST_SAFE else f"'{value}'::DOUBLE"
    if not math.isfinite(value):
        return "NULL"
    if value.is_integer() and abs(value) <= LARGEST_SAFE:
        return str(int(value))
    return f"'{value!r}'::DOUBLE"


def literal(value: Value) -> str:
    """A fitted value as the SQL literal that the plan's contract prescribes."""
    if not isinstance(value, list):
        return _scalar(value)
    items = [_scalar(item) for item in value]
    plain = all(
        item is None or (isinstance(item, int | float) and not isinstance(item, bool)) for item in value
    )
    if not plain or not any(item.endswith(DOUBLE) for item in items):
        return f"[{', '.join(items)}]"
    # DuckDB plans a list of thousands of casts twenty times longer than it takes to read their text.
    numbers = ", ".join(item.removesuffix(DOUBLE).strip("'") for item in items)
    return f"'[{numbers}]'::DOUBLE[]"


def _item_text(item: Scalar) -> str:
    if item is None:
        return "null"
    if isinstance(item, bool):
        return "true" if item else "false"
    if isinstance(item, float) and item.is_integer():
        return str(int(item))
    return str(item)


@dataclass(frozen=True)
class Step:
    """One step of a plan, as in ``plan.json``."""

    index: int
    kind: str
    rows: Literal["keep", "drop", "remake"]
    transform: Sequence[Any]
    fit: str | None = None
    history: bool = False
    whole: bool = False
    fills: Sequence[str] = ()
    serving: Sequence[Any] | None = None
    check: Mapping[str, Any] | None = None

    def render(self, values: Mapping[str, Value], relation: str, serving: bool = False) -> str:
        """The transform (or what stands for it at an endpoint) as one SELECT over ``relation``."""
        template = self.serving if serving and self.serving is not None else self.transform
        return "".join(self._part(part, values, relation) for part in template)

    def _value(self, values: Mapping[str, Value], name: str) -> Value:
        if name not in values:
            raise PlanError(
                "invalid",
                f'The fitted values of step {self.index + 1} ({self.kind}) have no "{name}".',
                "Fit the recipe again: the fitted values belong to another version of it.",
            )
        return values[name]

    def _part(self, part: Any, values: Mapping[str, Value], relation: str) -> str:
        if isinstance(part, str):
            return part.replace(INPUT, relation)
        if "value" in part:
            return literal(self._value(values, part["value"]))
        items = self._value(values, part["each"])
        if not isinstance(items, list):
            raise TypeError(f'"{part["each"]}" is no list.')
        if not items:
            return str(part["empty"])
        body = part["body"]
        return str(part["join"]).join(
            "".join(_item(piece, item, position) for piece in body) for position, item in enumerate(items)
        )


def _item(piece: Any, item: Scalar, position: int) -> str:
    if isinstance(piece, str):
        return piece
    if "item" in piece:
        return _scalar(item)
    if "position" in piece:
        return str(position)
    name = piece["identifier"]
    return identifier(str(name["prefix"]) + _item_text(item) + str(name["suffix"]))


@dataclass(frozen=True)
class Table:
    """Another table that steps read, under the name ``relation``."""

    name: str
    relation: str
    columns: Sequence[tuple[str, str]]

    def sql(self, select: str) -> str:
        """The relation over a SELECT that reads the table in its order."""
        return (
            f"SELECT {_typed(self.columns)}, row_number() OVER () - 1 AS {ROW} FROM ({select}) AS __mll_other"
        )


def _typed(columns: Sequence[tuple[str, str]]) -> str:
    return ", ".join(
        identifier(name)
        if sql_type.replace('"', "") in ("", "NULL")
        else f"CAST({identifier(name)} AS {sql_type}) AS {identifier(name)}"
        for name, sql_type in columns
    )


def chain(
    first: str,
    steps: Sequence[tuple[Step, Mapping[str, Value]]],
    base: str,
    serving: bool = False,
) -> str:
    """One SELECT of the steps over the relation `base`; `first` is the definition of a relation that `base` may name."""
    parts = [first] if first else []
    last = base
    for number, (step, values) in enumerate(steps, start=1):
        parts.append(f"__mll_s{number} AS ({step.render(values, last, serving)})")
        last = f"__mll_s{number}"
    head = "WITH " + ",\n".join(parts) + "\n" if parts else ""
    return f"{head}SELECT * FROM {last}"


@dataclass(frozen=True)
class Plan:
    """A compiled recipe: what a job and an endpoint execute."""

    input: Sequence[tuple[str, str]]
    steps: Sequence[Step]
    target: str | None = None
    split: str | None = None
    folds: Mapping[str, Any] | None = None
    tables: Sequence[Table] = ()
    spare: Sequence[str] = ()
    data: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @staticmethod
    def load(data: Mapping[str, Any]) -> Plan:
        """The plan in the content of a ``plan.json``; another version of the format is refused."""
        if data.get("plan") != 1:
            raise PlanError(
                "unsupported",
                "This plan was written by another version of ML Lifecycle.",
                "Train the model again with this version.",
            )
        return Plan(
            input=[(column["name"], column["sqlType"]) for column in data["input"]],
            steps=[
                Step(
                    index=step["index"],
                    kind=step["kind"],
                    rows=step["rows"],
                    transform=step["transform"],
                    fit=step.get("fit"),
                    history=bool(step.get("history", False)),
                    whole=bool(step.get("whole", False)),
                    fills=step.get("fills", ()),
                    serving=step.get("serving"),
                    check=step.get("check"),
                )
                for step in data["steps"]
            ],
            tables=[
                Table(
                    name=table["name"],
                    relation=table["relation"],
                    columns=[(column["name"], column["sqlType"]) for column in table["columns"]],
                )
                for table in data.get("tables", ())
            ],
            spare=data.get("spare", ()),
            target=data.get("target"),
            split=data.get("split"),
            folds=data.get("folds"),
            data=data,
        )

    def base_sql(self, relation: str) -> str:
        """The relation s0 over a table: raw columns, row numbers from 0 and parts."""
        part = "'train'" if self.split is None else f"CASE WHEN ({self.split}) THEN 'test' ELSE 'train' END"
        return (
            f"SELECT *, {part} AS {PART} FROM "
            f"(SELECT {_typed(self.input)}, row_number() OVER () - 1 AS {ROW} FROM {relation}) AS __mll_raw"
        )

    def run_sql(self, fitted: Fitted, relation: str) -> str:
        """One SELECT over a table: the whole plan, hidden columns included, in no order."""
        return chain(f"__mll_s0 AS ({self.base_sql(relation)})", self._with_values(fitted), "__mll_s0")

    def run_on(self, fitted: Fitted, base: str) -> str:
        """The same, over a table that already is s0."""
        return chain("", self._with_values(fitted), base)

    def serving_sql(self, fitted: Fitted) -> str:
        """The serving transform (``transform.sql``): one SELECT over {input}, ordered, without hidden columns and target."""
        for step in self.steps:
            if step.history:
                raise PlanError(
                    "unsupported",
                    f"Step {step.index + 1} ({step.kind}) reads earlier rows, which a request to an endpoint does not carry.",
                    "Fill with median, mode or a constant instead, or use this recipe only to prepare data."
                    if step.kind == "fill_missing"
                    else 'Write "request: true" in it when each request will carry the earlier rows too, or use this recipe only '
                    "to prepare data.",
                )
            if step.rows == "remake":
                raise PlanError(
                    "unsupported",
                    f"Step {step.index + 1} ({step.kind}) makes rows anew, which a request to an endpoint cannot.",
                    "Run the recipe to a file and train on that, or move the step into a recipe of its own.",
                )
        steps = [
            (step, values)
            for step, values in self._with_values(fitted)
            if step.rows == "keep" or step.serving is not None
        ]
        first = f"__mll_s0 AS (SELECT {_typed(self.input)}, {ROW}, {PART} FROM {INPUT})"
        hidden = ", ".join(
            identifier(name) for name in [ROW, PART, *([self.target] if self.target is not None else [])]
        )
        return f"SELECT * EXCLUDE ({hidden}) FROM (\n{chain(first, steps, '__mll_s0', True)}\n) AS __mll_out ORDER BY {ROW}"

    def _with_values(self, fitted: Fitted) -> list[tuple[Step, Mapping[str, Value]]]:
        steps = fitted["steps"]
        if len(steps) != len(self.steps):
            raise PlanError(
                "invalid",
                f"The fitted values are for {len(steps)} steps, the plan has {len(self.steps)}.",
                "Fit the recipe again.",
            )
        return list(zip(self.steps, steps, strict=True))


def connect(
    allowed_paths: Sequence[str | os.PathLike[str]] = (),
    *,
    threads: int | None = None,
    memory_limit: str | None = None,
    temp_directory: str | os.PathLike[str] | None = None,
) -> duckdb.DuckDBPyConnection:
    """A locked-down in-memory connection: it reads and writes the given files and folders and nothing else.

    No extension is installed or loaded, and no later statement can change a setting.
    """
    connection = duckdb.connect(":memory:")
    folders = [str(Path(path).resolve()) for path in allowed_paths if Path(path).is_dir()]
    files = [str(Path(path).resolve()) for path in allowed_paths if not Path(path).is_dir()]
    run = connection.execute
    # An hour is the same wherever the job runs, as in the lifecycle's own engine.
    run("SET TimeZone = 'UTC'")
    run("SET autoinstall_known_extensions = false")
    run("SET autoload_known_extensions = false")
    run("SET allow_community_extensions = false")
    if threads is not None:
        run(f"SET threads = {int(threads)}")
    if memory_limit is not None:
        run(f"SET memory_limit = {text(memory_limit)}")
    if temp_directory is not None:
        run(f"SET temp_directory = {text(str(temp_directory))}")
    if folders:
        run(f"SET allowed_directories = {literal(list(folders))}")
    if files:
        run(f"SET allowed_paths = {literal(list(files))}")
    run("SET enable_external_access = false")
    run("SET lock_configuration = true")
    return connection
