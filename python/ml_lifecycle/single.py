"""One row through the package's SQL: planned once, and not again for each request.

DuckDB plans a SELECT with parameters anew each time, which takes longer than everything else that a small model does for
a row. Here the row lies in numpy arrays that are a relation of the connection: a prepared statement reads what they hold
when it is executed.
"""

from typing import Any

import numpy as np

from .features import Matrix, category_codes, row_matrix
from .plan import identifier
from .tables import Connection
from .values import ONE, Fields

STATEMENT = "__mll_answer"


class OneRow:
    """The features of one row, for one package on one connection. Calls must not overlap."""

    def __init__(self, connection: Connection, fields: Fields, features: dict[str, Any], select: str) -> None:
        """`select` is the SELECT of the features over `fields.sql_of_one`."""
        self._connection = connection
        self._features = features
        self._codes = category_codes(features)
        # The type of an object column is taken from what it holds when the statement is prepared.
        self._cells = [np.zeros(1) if number else np.array(["0"], dtype=object) for number in fields.numbers]
        self._columns = list(zip(self._cells, fields.numbers, strict=True))
        connection.register(ONE, {f"c{place}": cell for place, cell in enumerate(self._cells, start=1)})
        connection.execute(f"PREPARE {identifier(STATEMENT)} AS {select}")
        [self._execute] = connection.extract_statements(f"EXECUTE {identifier(STATEMENT)}")

    def matrix(self, columns: list[list[Any]]) -> Matrix:
        """The estimator's matrix of the row in `columns`, which hold one typed value each."""
        for (cell, number), values in zip(self._columns, columns, strict=True):
            value = values[0]
            if number:
                # NaN is the missing number of a numpy column; a request's own NaN was refused before.
                cell[0] = np.nan if value is None else value
            else:
                cell[0] = value if value is None or type(value) is str else _text(value)
        found = self._connection.execute(self._execute).fetchone()
        if found is None:
            raise RuntimeError("The transform gave no row for a row.")
        return row_matrix(self._features, found, self._codes)


def _text(value: int | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
