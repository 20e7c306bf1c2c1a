"""Rows of the test, and the cells that a format with types has for them."""

from datetime import date, datetime

Row = dict[str, object]


def cell(name: str, value: object) -> object:
    if value is None:
        return None
    if name == "day":
        return date.fromisoformat(str(value))
    if name == "at":
        return datetime.fromisoformat(str(value))
    # Numbers that were typed into cells of text.
    if name == "size" and (isinstance(value, str) or float(str(value)) > 50):
        return str(value)
    return value
