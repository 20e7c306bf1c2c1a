"""The evaluate job: a model package scored on other data."""

from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray
from sklearn.dummy import DummyClassifier, DummyRegressor

from . import lines
from .baseline import predict_table
from .failure import Failure, write_json
from .importance import permutation_importance, sample_note
from .jobfile import Job, whole
from .metrics import Scored, all_metrics, details, higher_is_better, main_metric, score
from .outcome import write_metrics
from .plan import PART, ROW, Plan, PlanError, identifier
from .predict import TABLES, load_package, package_json
from .tables import (
    RAW,
    conform,
    describe,
    folder_of,
    load_tables,
    open_tables,
    raw_relation,
    read_table,
    recipe_failure,
    require_target,
)
from .target import class_key, label

REPORT = "report.json"


def evaluate(job: Job) -> None:
    """Scores the package on the test part of `data` (all rows when there is no split, or with the parameter `part: all`).

    The split is the job's plan's when it has one, else the package's; both keep a row on its side when the data grows.
    """
    lines.stage("reading the data")
    connection = open_tables(job)
    package = load_package(folder_of(job.input("model").path))
    columns = read_table(connection, job, "data")
    split = None if job.params.get("part") == "all" else (job.plan or package.plan).get("split")
    data = {key: value for key, value in package.plan.items() if key != "split"}
    plan = Plan.load(data if split is None else {**data, "split": split})
    notes = [*job.notes, *conform(connection, plan, columns)]
    fitted = package_json(package.folder, "fitted.json")
    load_tables(connection, plan, package.folder / TABLES)
    raw_relation(connection, plan, RAW, "__mll_all")
    try:
        connection.execute(f"CREATE TEMP TABLE __mll_done AS {plan.run_on(fitted, '__mll_all')}")
    except (PlanError, duckdb.Error) as error:
        raise recipe_failure(error) from error
    target = require_target(plan, [name for name, _ in describe(connection, "__mll_done")])
    quoted = identifier(target)
    part = f"{PART} = 'test'" if split is not None else "TRUE"
    rows = connection.execute(
        f"SELECT {ROW}, {quoted} FROM __mll_done WHERE {part} AND {quoted} IS NOT NULL ORDER BY {ROW}"
    ).fetchall()
    if not rows:
        raise Failure(
            "invalid",
            "The data has no row of the test part with a target, so the model cannot be scored.",
            "Use more data, or evaluate on all rows (parameter part: all).",
        )
    numbers = np.array([row[0] for row in rows], dtype=np.int64)
    blank = (
        f"(SELECT * REPLACE (NULL AS {quoted}) FROM __mll_all)" if target in dict(plan.input) else "__mll_all"
    )
    lines.stage("predicting")
    predict_table(connection, package, f"{blank} AS __mll_raw", "__mll_said")
    classes = package.classes
    found = connection.execute(f"SELECT * FROM __mll_said ORDER BY {ROW}").fetchnumpy()
    y: NDArray[Any]
    if classes is None:
        y = np.array([float(row[1]) for row in rows])
        scored = Scored(np.ma.filled(found["prediction"], np.nan)[numbers].astype(np.float64), None)
        if not np.isfinite(scored.predicted).all():
            raise Failure("invalid", "The model gave no number for some rows.", "Look at its script.")
        mean = DummyRegressor().fit(np.zeros((len(y), 1)), y)
        base = score(mean, np.zeros((len(y), 1)), None)
    else:
        codes = {label(value): code for code, value in enumerate(package.labels or [])}
        y = np.array([codes.get(label(class_key(row[1])), -1) for row in rows], dtype=np.int64)
        places = {label(value): code for code, value in enumerate(classes)}
        said = [
            label(class_key(value))
            for value in np.ma.filled(found["prediction"].astype(object), None)[numbers]
        ]
        predicted = np.array([places.get(value, -1) for value in said], dtype=np.int64)
        shares = np.column_stack(
            [np.ma.filled(found[f"p{code}"], np.nan)[numbers] for code in range(len(classes))]
        )
        scored = Scored(predicted, None if np.isnan(shares).any() else shares)
        known = y[y >= 0]
        if len(known) == 0:
            raise Failure(
                "invalid", "No row has a class that the model knows.", "Train on data with these classes."
            )
        dummy = DummyClassifier(strategy="prior").fit(np.zeros((len(known), 1)), known)
        base = score(dummy, np.zeros((len(y), 1)), len(classes))
    trained = package_json(package.folder, REPORT) if (package.folder / REPORT).exists() else {}
    number = None if classes is None else len(classes)
    metric = str(trained.get("mainMetric") or main_metric(y, number))
    metrics = all_metrics(y, scored, number)
    importance = permutation_importance(
        connection, package, "__mll_all", numbers, y, metric, whole(job, "seed", 0)
    )
    notes.extend(sample_note(len(y), len([name for name, _ in package.raw if name != target])))
    report = {
        "task": package.task,
        "target": target,
        "algorithm": trained.get("algorithm", "own"),
        "rows": {"train": trained.get("rows", {}).get("train", 0), "test": len(rows)},
        "metrics": metrics,
        "baseline": all_metrics(y, base, number),
        **details(y, scored, package.labels),
        "importance": importance,
        "mainMetric": metric,
        "higherIsBetter": higher_is_better(metric),
        "leftOut": trained.get("leftOut", []),
        "notes": notes,
    }
    write_json(job.out / "report.json", report)
    write_metrics(job, metrics)
