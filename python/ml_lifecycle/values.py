"""Request rows to typed columns: what a field takes, and the words for what it refuses."""

import datetime
import math
import re
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .plan import PART, ROW, identifier
from .tables import INTEGERS, column_type

RowError = dict[str, str]
TRUE_WORDS = frozenset(("true", "t", "yes", "y", "1"))
FALSE_WORDS = frozenset(("false", "f", "no", "n", "0"))
SHOWN = 40
# From here on, a number rounded to 32 bits is infinite.
LARGEST_FLOAT = 2.0**128 - 2.0**103
ONE = "__mll_one"


class Refused(ValueError):  # noqa: N818 - it ends a sentence, it is no defect
    """A value that its field does not take; the text ends the sentence that begins with the field's name."""


@dataclass(frozen=True)
class Fields:
    """The raw columns that a request carries, and the SQL that makes a relation of them.

    `sql` takes one parameter for each column, the list of its values, and then the number of rows. `sql_of_one` reads one
    row from the relation `ONE`, whose columns `c1` … are DOUBLE where `numbers` says so, and else text.
    """

    names: list[str]
    converters: list[Callable[[Any], Any]]
    required: list[bool]
    numbers: list[bool]
    sql: str
    sql_of_one: str


def shown(value: Any) -> str:
    """A value in a message, shortened."""
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def _finite(value: float) -> float:
    if math.isnan(value):
        raise Refused("is NaN; send null or leave it out for a missing value.")
    if math.isinf(value):
        raise Refused("is infinite; it takes finite numbers only.")
    return value


def to_number(value: Any) -> float | None:
    """A finite number from a number or text that reads as one; blank text is missing."""
    kind = type(value)
    if kind is float:
        return _finite(value)
    if kind is int:
        try:
            return float(value)
        except OverflowError:
            raise Refused("is too large for a number.") from None
    if kind is str:
        text = value.strip()
        if not text:
            return None
        try:
            if "_" not in text:
                return _finite(float(text))
        except Refused:
            raise
        except ValueError:
            pass
        raise Refused(f"takes a number, not {shown(value)}.")
    raise Refused(f"takes a number, not {_kind(value)}.")


def to_limited(limit: float, decimals: int | None) -> Callable[[Any], float | None]:
    """Numbers of a column that holds less than a DOUBLE does: below `limit` either way, once rounded to `decimals`."""

    def convert(value: Any) -> float | None:
        number = to_number(value)
        if number is None:
            return None
        if abs(number if decimals is None else round(number, decimals)) >= limit:
            raise Refused(f"takes numbers below {limit:.8g}, not {shown(value)}.")
        return number

    return convert


def to_integer(lowest: int, highest: int) -> Callable[[Any], int | None]:
    """Whole numbers of a column's range; 3.0 and "3" are whole, 3.5 is refused."""

    def convert(value: Any) -> int | None:
        if type(value) is int:
            whole = value
        elif type(value) is str and value.strip().lstrip("+-").isdecimal():
            whole = int(value) if len(value) < SHOWN else highest + 1
        else:
            number = to_number(value)
            if number is None:
                return None
            if not number.is_integer():
                raise Refused(f"takes whole numbers, not {shown(value)}.")
            whole = int(number)
        if not lowest <= whole <= highest:
            raise Refused(f"takes whole numbers from {lowest} to {highest}, not {shown(value)}.")
        return whole

    return convert


def to_text(value: Any) -> str:
    """Text; a number or boolean is taken as its JSON text."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(_finite(value)) if isinstance(value, float) else str(value)
    raise Refused(f"takes text, not {_kind(value)}.")


def to_boolean(value: Any) -> bool | None:
    """true or false; also 1 and 0, and the words yes, no, t, f, y, n in any case."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float) and value in (0, 1):
        return bool(value)
    if isinstance(value, str):
        word = value.strip().lower()
        if not word:
            return None
        if word in TRUE_WORDS or word in FALSE_WORDS:
            return word in TRUE_WORDS
    raise Refused(f"takes true or false, not {shown(value)}.")


def to_date(value: Any) -> str | None:
    """A day as YYYY-MM-DD; a date with a time of midnight is a day as well."""
    moment = _moment(value, "a date such as 2024-03-31")
    if moment is None:
        return None
    if moment.time() != datetime.time() or moment.tzinfo is not None:
        raise Refused(f"takes a date without a time, not {shown(value)}.")
    return moment.date().isoformat()


def to_uuid(value: Any) -> str | None:
    """A UUID in any of its usual spellings."""
    text = to_text(value).strip()
    if not text:
        return None
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise Refused(f"takes a UUID, not {shown(value)}.") from None


def to_time(value: Any) -> str | None:
    """A time of day in ISO 8601."""
    text = to_text(value).strip()
    if not text:
        return None
    try:
        return datetime.time.fromisoformat(text).replace(tzinfo=None).isoformat()
    except ValueError:
        raise Refused(f"takes a time of day such as 08:30:00, not {shown(value)}.") from None


def to_nanoseconds(value: Any) -> str | None:
    """A moment that 64 bits of nanoseconds since 1970 can hold."""
    moment = to_datetime(zoned=False)(value)
    if moment is not None and not "1678" <= moment[:4] <= "2261":
        raise Refused(f"takes moments from 1678 to 2261, not {shown(value)}.")
    return moment


def to_datetime(zoned: bool) -> Callable[[Any], str | None]:
    """A moment in ISO 8601; for a column without a zone, a moment with one is brought to UTC."""

    def convert(value: Any) -> str | None:
        moment = _moment(value, "a date and time such as 2024-03-31T08:30:00")
        if moment is None:
            return None
        if zoned:
            aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=datetime.timezone.utc)
            return aware.isoformat(" ")
        if moment.tzinfo is not None:
            moment = moment.astimezone(datetime.timezone.utc).replace(tzinfo=None)
        return moment.isoformat(" ")

    return convert


def _moment(value: Any, wanted: str) -> datetime.datetime | None:
    if not isinstance(value, str):
        raise Refused(f"takes {wanted}, not {_kind(value)}.")
    text = value.strip()
    if not text:
        return None
    try:
        return datetime.datetime.fromisoformat(text)
    except ValueError:
        raise Refused(f"takes {wanted}, not {shown(value)}.") from None


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    return shown(value)


def converter(sql_type: str) -> Callable[[Any], Any]:
    """What turns a JSON value into one for a column of the DuckDB type; raises {@link Refused}."""
    upper = sql_type.upper()
    match column_type(sql_type):
        case "integer":
            return to_integer(*INTEGERS[upper])
        case "number":
            return _number(upper)
        case "boolean":
            return to_boolean
        case "date":
            return to_date
        case "datetime" if upper == "TIMESTAMP_NS":
            return to_nanoseconds
        case "datetime":
            return to_datetime(upper == "TIMESTAMP WITH TIME ZONE")
        case "text" if upper in ("UUID", "TIME"):
            return to_uuid if upper == "UUID" else to_time
        case _:
            return to_text


def _number(sql_type: str) -> Callable[[Any], float | None]:
    decimal = re.fullmatch(r"DECIMAL\((\d+),\s*(\d+)\)", sql_type)
    if decimal is not None:
        width, scale = int(decimal[1]), int(decimal[2])
        return to_limited(10.0 ** (width - scale), scale)
    return to_number if sql_type == "DOUBLE" else to_limited(LARGEST_FLOAT, None)


def fields(columns: Sequence[tuple[str, str]], target: str | None, required: set[str]) -> Fields:
    """How requests for a plan over raw `columns` are read; the target is never asked for."""
    names: list[str] = []
    converters: list[Callable[[Any], Any]] = []
    numbers: list[bool] = []
    many: list[str] = []
    one: list[str] = []
    for name, sql_type in columns:
        quoted = identifier(name)
        plain = sql_type.replace('"', "")
        known = plain if plain not in ("", "NULL") else "VARCHAR"
        if name == target:
            for parts in (many, one):
                parts.append(f"CAST(NULL AS {known}) AS {quoted}")
            continue
        names.append(name)
        converters.append(converter(known))
        carried = _carried(known)
        numbers.append(carried == "DOUBLE")
        given = f"unnest(${len(names)}::{carried}[])"
        many.append(f"{given if carried == known else f'TRY_CAST({given} AS {known})'} AS {quoted}")
        # An integer or a boolean was checked when it was converted: its text casts back to it.
        given = f"c{len(names)}"
        one.append(
            f"{given if known in ('DOUBLE', 'VARCHAR') else f'TRY_CAST({given} AS {known})'} AS {quoted}"
        )
    part = f"'train' AS {PART}"
    return Fields(
        names,
        converters,
        [name in required for name in names],
        numbers,
        f"SELECT {', '.join([*many, f'unnest(range(${len(names) + 1}::BIGINT)) AS {ROW}', part])}",
        f"SELECT {', '.join([*one, f'CAST(0 AS BIGINT) AS {ROW}', part])} FROM {ONE}",
    )


def _carried(sql_type: str) -> str:
    """The type in which values of a column travel into SQL."""
    match column_type(sql_type):
        case "integer" | "boolean":
            return sql_type
        case "number":
            return "DOUBLE"
        case _:
            return "VARCHAR"


def convert_rows(
    asked: Fields, rows: Sequence[Any]
) -> tuple[list[list[Any]], list[int], dict[int, RowError]]:
    """Typed columns of the rows that can be predicted, their places in `rows`, and the errors of the others."""
    errors: dict[int, RowError] = {}
    good: list[int] = []
    kept: list[dict[str, Any]] = []
    for place, row in enumerate(rows):
        if isinstance(row, dict):
            good.append(place)
            kept.append(row)
        else:
            errors[place] = {"field": "", "message": f"A row is an object of fields, not {_kind(row)}."}
    columns = [
        _column(name, convert, needed, kept, good, errors)
        for name, convert, needed in zip(asked.names, asked.converters, asked.required, strict=True)
    ]
    if errors:
        stay = [index for index, place in enumerate(good) if place not in errors]
        columns = [[column[index] for index in stay] for column in columns]
        good = [good[index] for index in stay]
    return columns, good, errors


def _column(
    name: str,
    convert: Callable[[Any], Any],
    needed: bool,
    rows: list[dict[str, Any]],
    places: list[int],
    errors: dict[int, RowError],
) -> list[Any]:
    out: list[Any] = []
    for index, row in enumerate(rows):
        value = row.get(name)
        if value is not None:
            try:
                value = convert(value)
            except Refused as error:
                errors.setdefault(places[index], {"field": name, "message": f"`{name}` {error}"})
                value = None
                out.append(value)
                continue
        if value is None and needed:
            # Training never saw it missing and the recipe does not fill it, so a guess would be no prediction.
            message = (
                f"`{name}` is required and is missing."
                if name in row
                else f"`{name}` is required and absent."
            )
            errors.setdefault(places[index], {"field": name, "message": message})
        out.append(value)
    return out
