"""The column to predict: which task it means, and its values as the estimator takes them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .failure import Failure
from .tables import Cell, cell, column_type

FEW_WHOLE_NUMBERS = 20


@dataclass(frozen=True)
class Target:
    """`y` holds class codes (0 … in the order of `classes`), or numbers when `classes` is None."""

    name: str
    type: str
    task: str
    classes: list[Cell] | None
    y: NDArray[Any]
    train: NDArray[np.bool_]

    @property
    def labels(self) -> list[str] | None:
        return None if self.classes is None else [label(value) for value in self.classes]


def label(value: Cell) -> str:
    """A class as text, as in `probability_<class>`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def class_key(value: Any) -> Cell:
    """A class value as JSON carries it; a whole DOUBLE is a whole number."""
    plain = cell(value)
    if isinstance(plain, float) and plain.is_integer():
        return int(plain)
    return plain


def guess_task(sql_type: str, different: Sequence[Any], rows: int) -> tuple[str, str]:
    """The task and the reason for it, from the target's type and its different values in `rows` rows that have one."""
    kind = column_type(sql_type)
    if kind == "other":
        raise Failure(
            "unsupported", f"A target of type {sql_type} cannot be predicted.", "Choose another target."
        )
    if kind in ("text", "boolean"):
        return "classification", f"the target is {'text' if kind == 'text' else 'true or false'}"
    if kind in ("date", "datetime"):
        raise Failure(
            "unsupported",
            "The target is a date, which no algorithm here predicts.",
            "Compute a number from it in the recipe (for example days until then) and choose that as the target.",
        )
    distinct = {value for value in different if math.isfinite(float(value))}
    whole = all(float(value).is_integer() for value in distinct)
    limit = min(FEW_WHOLE_NUMBERS, max(2, rows // 10))
    if whole and len(distinct) <= limit and (kind == "integer" or len(distinct) <= 2):
        return "classification", f"the target has only {len(distinct)} different whole numbers"
    return "regression", f"the target is a number with {len(distinct)} different values"


def read_target(
    name: str,
    sql_type: str,
    values: list[Any],
    train: NDArray[np.bool_],
    wanted: str | None,
    notes: list[str],
) -> Target:
    """The target of rows without a missing value; what was guessed and what is odd goes to `notes`.

    A target that cannot be learned (one class, a class of its own for every row, text for a regression) is a Failure.
    """
    kind = column_type(sql_type)
    if kind == "other":
        # Lists and structs are no keys of a dict, their text is.
        values = [cell(value) for value in values]
    # Every question below is about the different values, which are few next to the rows.
    places: dict[Any, int] = {}
    inverse = np.fromiter(
        (places.setdefault(value, len(places)) for value in values), dtype=np.int64, count=len(values)
    )
    different = list(places)
    if wanted is None:
        task, reason = guess_task(sql_type, different, len(values))
        notes.append(f"Task: {task}, because {reason}. The parameter `task` changes it.")
    elif wanted in ("classification", "regression"):
        task = wanted
    else:
        raise Failure("invalid", f"There is no task `{wanted}`.", "Write classification or regression.")
    if task == "regression":
        return Target(name, kind, task, None, _numbers(name, kind, different, train, inverse), train)
    keys = [class_key(value) for value in different]
    training = {keys[place] for place in np.unique(inverse[train])}
    classes = sorted(training, key=lambda value: (isinstance(value, str), value))
    _check_classes(name, classes, int(np.count_nonzero(train)))
    codes = {value: code for code, value in enumerate(classes)}
    y = np.array([codes.get(key, -1) for key in keys], dtype=np.int64)[inverse]
    unseen = int(np.count_nonzero(y < 0))
    if unseen:
        notes.append(f"{unseen} test rows have a class that no training row has; they count as wrong.")
    counts = np.bincount(y[train], minlength=len(classes))
    rare = [label(value) for value, times in zip(classes, counts, strict=True) if times == 1]
    if rare:
        few = ", ".join(rare[:5]) + (" …" if len(rare) > 5 else "")
        notes.append(f"Only one training row each for: {few}. Their predictions cannot be trusted.")
    return Target(name, kind, task, list(classes), y, train)


def _check_classes(name: str, classes: list[Cell], rows: int) -> None:
    if len(classes) == 1:
        raise Failure(
            "invalid",
            f"The target `{name}` has only one class in the training rows ({label(classes[0])}), so there is nothing to learn.",
            "Choose another target, or data (or a split) that has rows of at least two classes.",
        )
    if len(classes) == rows > 2:
        raise Failure(
            "invalid",
            f"The target `{name}` has a class of its own in every one of the {rows} training rows, as an identifier has.",
            "Choose another target, or set the task to regression if it is a number.",
        )


def _numbers(
    name: str, kind: str, different: list[Any], train: NDArray[np.bool_], inverse: NDArray[np.int64]
) -> NDArray[np.float64]:
    if kind not in ("integer", "number", "boolean"):
        raise Failure(
            "invalid",
            f"The target `{name}` is {kind}, and regression needs a number.",
            "Cast the column to a number in the recipe, or set the task to classification.",
        )
    y = np.array([float(value) for value in different], dtype=np.float64)[inverse]
    if not np.isfinite(y).all():
        raise Failure(
            "invalid",
            f"The target `{name}` has {int(np.count_nonzero(~np.isfinite(y)))} infinite or not-a-number values.",
            "Filter those rows in the recipe.",
        )
    if len(np.unique(y[train])) == 1:
        raise Failure(
            "invalid",
            f"The target `{name}` has the same value in all training rows, so there is nothing to learn.",
            "Choose another target or more data.",
        )
    return y
