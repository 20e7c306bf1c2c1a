"""Why a recipe's SQL does not work on a row of a request: which step, and which of its columns."""

import re
from collections.abc import Sequence
from typing import Any

import duckdb

from .plan import Plan, Step, identifier
from .tables import Connection, first_line
from .values import RowError

FIRST = "WITH __mll_s0 AS ("
LAST = "SELECT * FROM __mll_s"
NUMBERS = re.compile(r"\d[\d.e+-]*")


class Misfits:
    """Says of rows of one request why a step fails on them; rows of one reason are looked through once."""

    def __init__(self, connection: Connection, plan: Plan, transform: str, names: Sequence[str]) -> None:
        """`transform` is that of the package over the request's relation, `names` the fields of a row."""
        self._connection = connection
        self._steps = [step for step in plan.steps if step.rows == "keep" or step.serving is not None]
        self._transform = transform
        self._names = names
        self._known: dict[str, tuple[Step, str | None] | None] = {}

    def error(self, reason: duckdb.Error, parameters: list[Any]) -> RowError:
        """The error of one row, which `parameters` hold."""
        said = first_line(reason)
        kind = NUMBERS.sub("0", said)
        if kind not in self._known:
            self._known[kind] = self._place(parameters)
        found = self._known[kind]
        if found is None:
            return {"field": "", "message": f"A step of the model's recipe does not work on this row: {said}"}
        step, column = found
        at = "" if column is None else f", in the column `{column}` that it makes"
        return {
            "field": column if column is not None and column in self._names else "",
            "message": f"Step {step.index + 1} ({step.kind}) of the model's recipe does not work on this row{at}: {said}",
        }

    def _place(self, parameters: list[Any]) -> tuple[Step, str | None] | None:
        start, end = self._transform.find(FIRST), self._transform.rfind(LAST)
        if start < 0 or end < start:
            return None
        head = self._transform[start:end]
        for number, step in enumerate(self._steps, start=1):
            relation = f"__mll_s{number}"
            try:
                self._connection.execute(f"{head}SELECT * FROM {relation}", parameters).fetchall()
            except duckdb.Error:
                return step, self._column(head, relation, parameters)
        return None

    def _column(self, head: str, relation: str, parameters: list[Any]) -> str | None:
        """The one column without which the relation works; None when it is not one alone."""

        def fails(names: Sequence[str]) -> bool:
            wanted = ", ".join(identifier(name) for name in names)
            try:
                self._connection.execute(f"{head}SELECT {wanted} FROM {relation}", parameters).fetchall()
            except duckdb.Error:
                return True
            return False

        try:
            empty = self._connection.execute(f"{head}SELECT * FROM {relation} LIMIT 0", parameters)
            names = [str(column[0]) for column in empty.description or []]
        except duckdb.Error:
            return None
        while len(names) > 1:
            middle = len(names) // 2
            first, second = fails(names[:middle]), fails(names[middle:])
            if first == second:
                return None
            names = names[:middle] if first else names[middle:]
        return names[0] if names else None
