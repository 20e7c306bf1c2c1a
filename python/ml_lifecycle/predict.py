"""A loaded model package: raw rows in, predictions out, through the package's own SQL."""

import json
import math
import re
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import joblib
import numpy as np
import sklearn
from numpy.typing import NDArray

from .failure import Failure
from .features import Matrix, matrix, select
from .metrics import Scored, score
from .misfit import Misfits
from .plan import INPUT, Plan, connect
from .scaling import taken_apart
from .single import OneRow
from .tables import Cell, Connection, cell, first_line, load_tables, request_failure, rows_failure
from .target import label
from .values import Fields, convert_rows, fields

Prediction = dict[str, Any]
TABLES = "tables"  # a package's folder of joined tables
MOST_FAILED = 100  # rows of a request on which a step fails; one by one they take long to find
CHECKS = 3  # the first answer also loads what is loaded late
WINDOW = re.compile(r"\bover\s*\(", re.IGNORECASE)


@dataclass(frozen=True)
class Package:
    """A model package as read from its folder. `estimator` gives codes into `classes`, unless `own` (a script's model)."""

    folder: Path
    task: str
    estimator: Any
    classes: list[Cell] | None
    features: dict[str, Any]
    transform: str
    plan: dict[str, Any]
    signature: dict[str, Any]
    own: bool

    @property
    def labels(self) -> list[str] | None:
        return None if self.classes is None else [label(value) for value in self.classes]

    @property
    def raw(self) -> list[tuple[str, str]]:
        return [(column["name"], column["sqlType"]) for column in self.plan["input"]]

    @property
    def target(self) -> str | None:
        found = self.plan.get("target")
        return None if found is None else str(found)


def _package_text(folder: Path, name: str) -> str:
    try:
        return (folder / name).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise Failure(
            "invalid",
            f"{folder.name} is no complete model package: {name} is missing.",
            "Train the model again, or choose another folder.",
        ) from error
    except ValueError as error:
        # A path with a zero byte, or bytes that are no text.
        raise _damaged(name, error) from error


def _damaged(name: str, error: ValueError) -> Failure:
    return Failure("invalid", f"{name} of the model package is damaged: {error}", "Train the model again.")


def package_json(folder: Path, name: str) -> Any:
    """A JSON file of a model package; a Failure names it when it is missing or damaged."""
    text = _package_text(folder, name)
    try:
        return json.loads(text)
    except ValueError as error:
        raise _damaged(name, error) from error


def load_package(folder: Path) -> Package:
    """Reads a model package; a Failure says which part is missing or does not load."""
    features, plan, signature = (
        package_json(folder, name) for name in ("features.json", "plan.json", "signature.json")
    )
    code = folder / "code"
    if features.get("own") and str(code) not in sys.path:
        # A script's model may need the modules that lay beside the script.
        sys.path.append(str(code))
    try:
        loaded = joblib.load(folder / "model.joblib")
    except Exception as error:
        raise Failure(
            "invalid",
            f"The model does not load with Python {sys.version.split()[0]} and scikit-learn {sklearn.__version__}: "
            f"{first_line(error)}",
            "Install the versions of the package's requirements.txt, or train the model again in this environment.",
        ) from error
    return Package(
        folder=folder,
        task=signature["task"],
        estimator=loaded["estimator"],
        classes=loaded["classes"],
        features=features,
        transform=_package_text(folder, "transform.sql"),
        plan=plan,
        signature=signature,
        own=bool(features.get("own")),
    )


def run_estimator(package: Package, data: dict[str, Any]) -> Scored:
    """The estimator's answer for the columns read with the package's `select`."""
    features = package.features
    if features.get("input") == "frame":
        return _run_own(package, frame(features, data))
    X = matrix(features, data)
    if package.own:
        return _run_own(package, X)
    return score(package.estimator, X, None if package.classes is None else len(package.classes))


def frame(features: dict[str, Any], data: dict[str, Any]) -> Any:
    """The features as a pandas table with their own names, text as text (only for a script that trained on one)."""
    import pandas  # noqa: PLC0415 - only a script that uses it needs it

    columns = {}
    for index, column in enumerate(features["columns"]):
        values = data[f"f{index}"]
        plain = np.ma.getdata(values).astype(object if column["kind"] == "category" else np.float64)
        plain[np.ma.getmaskarray(values)] = None if column["kind"] == "category" else np.nan
        columns[column["name"]] = plain
    return pandas.DataFrame(columns)


def _run_own(package: Package, X: Any) -> Scored:
    if package.classes is None:
        return Scored(np.asarray(package.estimator.predict(X), dtype=np.float64).reshape(-1), None)
    codes = {value: code for code, value in enumerate(package.labels or [])}
    said = np.asarray(package.estimator.predict(X)).reshape(-1)
    predicted = np.array([codes.get(label_of(value), -1) for value in said], dtype=np.int64)
    order = getattr(package.estimator, "classes_", None)
    if order is None or not hasattr(package.estimator, "predict_proba"):
        return Scored(predicted, None)
    given = np.asarray(package.estimator.predict_proba(X), dtype=np.float64)
    full = np.zeros((len(predicted), len(codes)))
    for place, value in enumerate(order):
        code = codes.get(label_of(value))
        if code is not None:
            full[:, code] = given[:, place]
    return Scored(predicted, full)


def label_of(value: Any) -> str:
    """The text of a class as a model says it; 1.0 and 1 are the same class."""
    plain = cell(value)
    if isinstance(plain, float) and plain.is_integer():
        plain = int(plain)
    return label(plain)


def features_sql(package: Package, relation: str) -> str:
    """One SELECT of the features, ordered, over a relation (a SELECT in brackets, or a name) of raw rows."""
    body = package.transform.replace(INPUT, relation)
    return f"SELECT {select(package.features)} FROM (\n{body}\n) AS __mll_features"


def predictions(package: Package, scored: Scored) -> list[Prediction]:
    """Predictions as JSON carries them."""
    if package.classes is None:
        return [{"prediction": value if np.isfinite(value) else None} for value in scored.predicted.tolist()]
    classes, labels = package.classes, package.labels or []
    said = [classes[code] if code >= 0 else None for code in scored.predicted.tolist()]
    if scored.probabilities is None:
        return [{"prediction": value} for value in said]
    return [
        {"prediction": value, "probabilities": dict(zip(labels, shares, strict=True))}
        for value, shares in zip(said, scored.probabilities.tolist(), strict=True)
    ]


def _memory_limit() -> str:
    """Half of what DuckDB would take, 4 GiB at most: a request must leave room for what else runs here."""
    row = duckdb.execute(
        "SELECT least(parse_formatted_bytes(current_setting('memory_limit')) // 2, 4 * 1024 ** 3)::BIGINT"
    ).fetchone()
    return f"{0 if row is None else row[0] // 1024}KiB"


class Predictor:
    """A package ready for requests: one connection, one SQL text; calls from several threads wait for each other.

    `seconds` is what one row took when nothing disturbed it: infinity when nobody can know, as of a script's own model.
    """

    def __init__(self, package: Package) -> None:
        self.package = package
        required = {field["name"] for field in package.signature["inputs"] if field["required"]}
        self.fields: Fields = fields(package.raw, package.target, required)
        tables = package.folder / TABLES
        self._connection: Connection = connect(
            [tables] if tables.is_dir() else [], threads=1, memory_limit=_memory_limit()
        )
        self._plan = Plan.load(package.plan)
        load_tables(self._connection, self._plan, tables)
        relation = f"({self.fields.sql}) AS __mll_request"
        self._transform = package.transform.replace(INPUT, relation)
        self._sql = features_sql(package, relation)
        # A window reads other rows: such a request must not share its relation with another.
        self.rows_are_independent = WINDOW.search(package.transform) is None
        self._lock = threading.Lock()
        self._one = self._prepare_one()
        self._parts = None if package.own else taken_apart(package.estimator)
        self.seconds = math.inf
        self._check()

    def _prepare_one(self) -> OneRow | None:
        """The sooner way for one row, when it says of the examples what the way for many says."""
        features = self.package.features
        if not self.fields.names or not features["columns"] or features.get("input") == "frame":
            return None
        relation = f"({self.fields.sql_of_one}) AS __mll_request"
        try:
            one = OneRow(self._connection, self.fields, features, features_sql(self.package, relation))
            for example in self.package.signature.get("examples", []):
                columns, places, _ = convert_rows(self.fields, [example])
                if places and not np.array_equal(
                    one.matrix(columns), self._matrix(columns, 1), equal_nan=True
                ):
                    return None
        except duckdb.Error:
            # Not every SELECT can be prepared; a wrong one is found by the check that follows.
            return None
        return one

    def _check(self) -> None:
        """Predicts the package's own example, so that a model that cannot answer never starts to serve; and times it."""
        examples = self.package.signature.get("examples", [])
        for _ in range(CHECKS if examples else 0):
            started = time.perf_counter()
            columns, places, _ = convert_rows(self.fields, [examples[0]])
            if places:
                self._score(columns, 1)
            if not self.package.own:
                self.seconds = min(self.seconds, time.perf_counter() - started)

    def _data(self, columns: list[list[Any]], rows: int) -> dict[str, NDArray[Any]]:
        with self._lock:
            return self._connection.execute(self._sql, [*columns, rows]).fetchnumpy()

    def _matrix(self, columns: list[list[Any]], rows: int) -> Matrix:
        return matrix(self.package.features, self._data(columns, rows))

    def _score(self, columns: list[list[Any]], rows: int) -> Scored:
        """What the estimator says of typed raw columns."""
        if rows > 1 or self._one is None:
            return run_estimator(self.package, self._data(columns, rows))
        with self._lock:
            X = self._one.matrix(columns)
        if self._parts is None:
            return _run_own(self.package, X)
        prepare, last = self._parts
        return score(last, prepare(X), None if self.package.classes is None else len(self.package.classes))

    def predict(self, rows: Sequence[Any]) -> list[Prediction]:
        """One prediction for each row, in order; a row that cannot be predicted has `prediction: None` and its error."""
        columns, places, errors = convert_rows(self.fields, rows)
        out: list[Prediction] = [{"prediction": None}] * len(rows)
        for place, error in errors.items():
            out[place] = {"prediction": None, "error": error}
        if places:
            misfits = Misfits(self._connection, self._plan, self._transform, self.fields.names)
            failed: list[int] = []
            answered = self._answers(columns, places, misfits, failed)
            for place, prediction in zip(places, answered, strict=True):
                out[place] = prediction
        return out

    def _answers(
        self, columns: list[list[Any]], places: Sequence[int], misfits: Misfits, failed: list[int]
    ) -> list[Prediction]:
        """One answer for each row; of rows on which a step fails, which halving finds, it is the reason.

        `failed` are the places of those that were found before.
        """
        rows = len(places)
        try:
            return predictions(self.package, self._score(columns, rows))
        except duckdb.OutOfMemoryException as error:
            raise request_failure(error) from error
        except duckdb.Error as error:
            if not self.rows_are_independent:
                raise request_failure(error) from error
            if rows == 1:
                failed.append(places[0])
                if len(failed) > MOST_FAILED:
                    raise rows_failure(error, failed) from error
                with self._lock:
                    return [{"prediction": None, "error": misfits.error(error, [*columns, 1])}]
        middle = rows // 2
        return [
            answer
            for part in (slice(None, middle), slice(middle, None))
            for answer in self._answers([column[part] for column in columns], places[part], misfits, failed)
        ]
