"""Types of a table of which only the beginning was looked at when the job was made: tried here on all of its rows."""

import re

from .failure import Failure
from .jobfile import Types
from .plan import identifier, text

MOST_MISFITS = 0.01  # a share of a column's cells; with more of them its type is wrong, not the cells
# What people write for a missing value, as in `src/formats/stand-ins.ts`: no misfit, whatever the column's type.
STAND_INS = ("", ".", "?", "-", "NA", "N/A", "n/a", "#N/A", "null", "NULL", "Null", "nan", "NaN", "NAN")
SPACES = " \t\r\n\v\f\u00a0"
WHOLE = r"\s*[+-]?(0|[1-9]\d*)\s*"


def _grouped(cell: str, sql_type: str, types: Types) -> str:
    """When a cell is a number in groups of three digits, as `src/formats/numbers.ts` has them."""
    sign, point = (re.escape(one) for one in (types.thousands, types.decimal))
    groups = "{1,5}" if sql_type == "BIGINT" else "{1,4}"
    fraction = "" if sql_type == "BIGINT" else f"({point}[0-9]*)?"
    pattern = rf"[ \t]*[+-]?[1-9][0-9]{{0,2}}({sign}[0-9]{{3}}){groups}{fraction}[ \t]*"
    return f"regexp_full_match({cell}, {text(pattern)})"


def _cast(name: str, sql_type: str, types: Types) -> str:
    """The cell as a value of the type, NULL where it is none; as `src/engine/types.ts` decides it for a file that is here."""
    cell = identifier(name)
    plain, bare = cell, f"replace({cell}, {text(types.thousands)}, '')"
    if sql_type == "BIGINT":
        # DuckDB takes 1.5 for a whole number and rounds it.
        plain = f"CASE WHEN regexp_full_match({cell}, {text(WHOLE)}) THEN {cell} END"
    elif sql_type == "DOUBLE" and types.decimal == ",":
        plain = f"CASE WHEN NOT contains({cell}, '.') THEN replace({cell}, ',', '.') END"
        bare = f"replace({bare}, ',', '.')"
    if types.thousands and sql_type in ("BIGINT", "DOUBLE"):
        plain = f"CASE WHEN {_grouped(cell, sql_type, types)} THEN {bare} ELSE {plain} END"
    return f"TRY_CAST({plain} AS {sql_type})"


def typed(types: Types) -> tuple[list[str], dict[str, tuple[str, str]]]:
    """What to select of the text table; of each column that is no text, its type and when a cell does not fit it."""
    parts: list[str] = []
    misfits: dict[str, tuple[str, str]] = {}
    listed = ", ".join(text(one) for one in STAND_INS)
    for name, sql_type in types.columns:
        cell = identifier(name)
        if sql_type in ("VARCHAR", "JSON"):
            parts.append(cell)
            continue
        value = _cast(name, sql_type, types)
        parts.append(f"{value} AS {cell}")
        misfits[name] = (sql_type, f"trim({cell}, {text(SPACES)}) NOT IN ({listed}) AND ({value}) IS NULL")
    return parts, misfits


def judge(name: str, sql_type: str, found: tuple[int, int, str | None], where: str = "") -> str | None:
    """What to say of a column's misfits (their number, cells in all, one of them).

    Too many of them are a Failure, which begins with `where`.
    """
    lost, cells, example = found
    if lost == 0:
        return None
    named = f"{lost} of {cells} cells, such as {str(example)[:50]!r}"
    if lost <= cells * MOST_MISFITS:
        return (
            f"`{name}`: {named}, do not fit the type {sql_type} of the first rows and were taken as missing."
        )
    raise Failure(
        "invalid",
        f"{where}`{name}` is {sql_type} in the first rows, but {named}, do not fit that.",
        "Fetch the table once (Fetch, or `mll data fetch`): then its types are known from all rows.",
    )
