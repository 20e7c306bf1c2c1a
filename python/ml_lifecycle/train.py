"""The train job: the recipe is fitted, an algorithm is fitted on top, both are scored and packed."""

from dataclasses import dataclass, replace
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from . import algorithms, lines
from .compare import compare, cross_predict, folds_for
from .failure import Failure, write_json
from .features import Features, Matrix, code_columns, decide, matrix, select
from .importance import permutation_importance
from .jobfile import Job
from .metrics import Scored, all_metrics, details, higher_is_better, main_metric, main_score, score
from .package import Material, filled_columns, installed, raw_relation, signature, write_package
from .plan import PART, ROW, Fitted, Plan, PlanError, identifier
from .predict import Package
from .tables import (
    RAW,
    Connection,
    conform,
    count,
    describe,
    job_plan,
    open_tables,
    read_table,
    recipe_failure,
    require_target,
)
from .target import Target, read_target

ALL = "__mll_all"
TRAIN = "__mll_train"
KEPT = "__mll_kept"
FEWEST_ROWS = 4
LARGEST_SEED = 2**32 - 1


@dataclass(frozen=True)
class Prepared:
    """The data of a train job after the recipe: `KEPT` holds the rows with a target, in file order."""

    connection: Connection
    plan: Plan
    fitted: Fitted
    serving: str
    columns: list[tuple[str, str]]
    target: Target
    rows: NDArray[np.int64]
    notes: list[str]
    left: list[dict[str, str]]

    @property
    def train(self) -> NDArray[np.bool_]:
        return self.target.train

    def read(self, features: Features) -> dict[str, Any]:
        """The features of all kept rows."""
        return self.connection.execute(f"SELECT {select(features)} FROM {KEPT} ORDER BY {ROW}").fetchnumpy()


def prepare_training(job: Job) -> Prepared:
    """Reads the data, runs the recipe and reads the target; what cannot be learned from is a Failure."""
    lines.stage("reading the data")
    connection = open_tables(job)
    raw = read_table(connection, job.input("data"))
    plan = job_plan(job, raw)
    notes = [*job.notes, *conform(connection, plan, raw)]
    lines.stage("fitting the recipe")
    try:
        fitted = plan.fit(connection, RAW)
        serving = plan.serving_sql(fitted)
        connection.execute(f"CREATE TEMP TABLE {ALL} AS {plan.run_sql(fitted, RAW)}")
    except (PlanError, duckdb.Error) as error:
        raise recipe_failure(error) from error
    everything = describe(connection, ALL)
    target = require_target(plan, [name for name, _ in everything])
    kind = dict(everything)[target]
    columns = [(name, kind_) for name, kind_ in everything if name not in (ROW, PART, target)]
    target_column = identifier(target)
    present = f"{target_column} IS NOT NULL"
    if kind in ("DOUBLE", "FLOAT"):
        present += f" AND NOT isnan({target_column})"
    connection.execute(f"CREATE TEMP TABLE {KEPT} AS SELECT * FROM {ALL} WHERE {present} ORDER BY {ROW}")
    before, kept = count(connection, ALL), count(connection, KEPT)
    if kept == 0:
        raise Failure(
            "invalid",
            f"The target `{target}` is missing in all {before} rows.",
            "Choose another target, or look at the step that makes it.",
        )
    if kept < before:
        notes.append(f"{before - kept} of {before} rows have no target and were left out.")
    # Row numbers and parts travel as numpy, the target as Python values: its type may be any.
    ids = connection.execute(
        f"SELECT {ROW} AS r, {PART} = 'train' AS t FROM {KEPT} ORDER BY {ROW}"
    ).fetchnumpy()
    train = np.asarray(ids["t"], dtype=bool)
    values = [
        row[0] for row in connection.execute(f"SELECT {target_column} FROM {KEPT} ORDER BY {ROW}").fetchall()
    ]
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
    if plan.split is None:
        notes.append(
            "The recipe has no split: the scores are cross-validated on all rows, each by a model that did not see it."
        )
    elif trained == len(train):
        notes.append("The split leaves no test row: the scores are cross-validated on the training rows.")
    return Prepared(connection, plan, fitted, serving, columns, read, rows, notes, [])


@dataclass(frozen=True)
class Fit:
    """A fitted model with the features it takes and the matrix of all kept rows."""

    algorithm: str
    estimator: Any
    features: Features
    X: Matrix


def train(job: Job) -> None:
    """Runs the train job: `out/model`, `out/report.json` and `out/metrics.json`."""
    data = prepare_training(job)
    seed = whole(job, "seed", 0)
    algorithm = str(job.params.get("algorithm") or "auto")
    if algorithm not in algorithms.ALGORITHMS:
        raise Failure(
            "unsupported",
            f"There is no algorithm `{algorithm}`.",
            f"Choose one of {', '.join(algorithms.ALGORITHMS)}, or your own script.",
        )
    weights = job.params.get("class_weight")
    if weights not in (None, "none", "balanced"):
        raise Failure("invalid", f"The parameter `class_weight` is {weights!r}.", "Write balanced, or none.")
    balanced = weights == "balanced"
    y = data.target.y
    classes = None if data.target.classes is None else len(data.target.classes)
    metric = main_metric(y[data.train], classes)
    notes = data.notes
    by_encoding = {
        encoding: decide(
            data.connection, f"(SELECT * FROM {KEPT} WHERE {PART} = 'train')", data.columns, encoding
        )
        for encoding in {"one_hot", algorithms.encoding(algorithm)}
        | ({"codes"} if algorithm == "auto" else set())
    }
    matrices: dict[str, tuple[Features, Matrix]] = {}

    def inputs(name: str) -> tuple[Features, Matrix]:
        encoding = algorithms.encoding(name)
        if encoding not in matrices:
            features = by_encoding[encoding][0]
            matrices[encoding] = (features, matrix(features, data.read(features)))
        return matrices[encoding]

    left = by_encoding["one_hot"][1]
    if not by_encoding["one_hot"][0]["columns"] and algorithm != "baseline":
        raise Failure(
            "invalid",
            "No column is left to learn from: "
            + "; ".join(f"`{item['column']}`: {item['reason']}" for item in left[:5]),
            "Encode text columns in the recipe, or use data with more columns.",
        )
    extra = algorithms.extra_params(job.params)
    folds = whole(job, "folds", 5)

    def unfitted(name: str, rows: NDArray[Any]) -> Any:
        codes = code_columns(inputs(name)[0])
        return algorithms.build(
            name, classes is not None, rows, seed, balanced, codes, extra if name == algorithm else {}
        )

    candidates: list[dict[str, Any]] | None = None
    if algorithm == "auto":
        if extra:
            notes.append(f"auto does not use {', '.join(extra)}: choose an algorithm to set its parameters.")
        candidates, skipped = compare(
            y[data.train], data.train, classes, metric, folds, seed, inputs, unfitted
        )
        notes.extend(skipped)
        algorithm = str(candidates[0]["algorithm"])
        notes.append(f"auto chose `{algorithm}`: the best `{metric}` in cross-validation.")
    if balanced and classes is not None and algorithm in ("knn", "baseline"):
        notes.append(f"`{algorithm}` has no class weights; `class_weight` was not used.")
    features, X = inputs(algorithm)
    test = ~data.train
    lines.stage(f"fitting {algorithm}", 0.0)

    def live(estimator: Any) -> tuple[str, float]:
        # Only for the chart: nothing is decided by it.
        shown = test if test.any() else data.train
        name = metric if test.any() else f"train_{metric}"
        return name, main_score(metric, y[shown], score(estimator, X[shown], classes))

    fitted = algorithms.fit(unfitted(algorithm, y[data.train]), X[data.train], y[data.train], live)
    dummy = algorithms.fit(unfitted("baseline", y[data.train]), X[data.train], y[data.train])
    lines.stage("scoring")
    if test.any():
        judged = test
        scored, base = score(fitted, X[test], classes), score(dummy, X[test], classes)
    else:
        judged = data.train
        parts = folds_for(y[judged], classes, folds, seed)
        scored = cross_predict(lambda rows: unfitted(algorithm, rows), X[judged], y[judged], classes, parts)
        base = cross_predict(lambda rows: unfitted("baseline", rows), X[judged], y[judged], classes, parts)
    finish(
        job,
        replace(data, left=left),
        Fit(algorithm, fitted, features, X),
        judged,
        scored,
        base,
        candidates,
        metric,
    )


def whole(job: Job, name: str, default: int) -> int:
    """A whole-number parameter of the job; what scikit-learn takes as a seed at most."""
    value = job.params.get(name)
    if value is None:
        return default
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 <= value <= LARGEST_SEED or int(value) != value:
        raise Failure(
            "invalid",
            f"The parameter `{name}` is {value!r}, no whole number from 0 to {LARGEST_SEED}.",
            f"Write `{name}` as in {default}.",
        )
    return int(value)


def finish(
    job: Job,
    data: Prepared,
    fit: Fit,
    judged: NDArray[np.bool_],
    scored: Scored,
    base: Scored,
    candidates: list[dict[str, Any]] | None,
    metric: str,
    own: bool = False,
) -> None:
    """Writes the report, the package and the final metrics of a fitted model."""
    y = data.target.y[judged]
    classes = data.target.classes
    number = None if classes is None else len(classes)
    metrics = all_metrics(y, scored, number)
    package = Package(
        folder=job.out / "model",
        task=data.target.task,
        estimator=fit.estimator,
        classes=classes,
        features=fit.features,
        transform=data.serving,
        plan=dict(data.plan.data),
        signature={},
        own=own,
    )
    connection = data.connection
    raw_relation(connection, data.plan, RAW, ALL)
    importance = permutation_importance(
        connection, package, ALL, data.rows[judged], y, metric, whole(job, "seed", 0)
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {TRAIN} AS SELECT * FROM {ALL} WHERE {PART} = 'train' ORDER BY {ROW}"
    )
    trained = int(np.count_nonzero(data.train))
    report: dict[str, Any] = {
        "task": data.target.task,
        "target": data.target.name,
        "algorithm": fit.algorithm,
        "rows": {"train": trained, "test": len(data.train) - trained},
        "metrics": metrics,
        "baseline": all_metrics(y, base, number),
        **details(y, scored, data.target.labels),
        "importance": importance,
        **({} if candidates is None else {"candidates": candidates}),
        "mainMetric": metric,
        "higherIsBetter": higher_is_better(metric),
        "leftOut": data.left,
        "notes": data.notes,
    }
    for one in data.left:
        print(f"Left out: {one['column']}: {one['reason']}")
    for note in data.notes:
        print(f"Note: {note}")
    lines.stage("writing the model package")
    package = replace(
        package, signature=signature(connection, data.plan, TRAIN, package, filled_columns(data.plan))
    )
    material = Material(
        connection,
        data.plan,
        data.fitted,
        TRAIN,
        package,
        report,
        job.provenance,
        job.model,
        job.script and job.script.parent,
    )
    write_package(job.out / "model", material)
    write_json(job.out / "report.json", report)
    write_metrics(job, metrics)


def write_metrics(job: Job, metrics: dict[str, float]) -> None:
    """`metrics.json`, and the same numbers as lines, so that the live view ends with them."""
    import platform  # noqa: PLC0415

    for name, value in metrics.items():
        lines.metric(name, value)
    finite = {name: lines.number(value) for name, value in metrics.items()}
    write_json(
        job.out / "metrics.json",
        {"metrics": finite, "packages": installed(), "python": platform.python_version()},
    )
