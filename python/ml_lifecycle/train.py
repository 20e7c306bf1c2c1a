"""The train job: the recipe is fitted, an algorithm is fitted on top, both are scored and packed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import algorithms, lines
from .compare import candidates_for, compare, cross_predict, folds_for
from .failure import Failure, write_json
from .features import Features, Matrix, code_columns, encoded, matrix
from .folds import CrossValidated, cross_validate
from .importance import permutation_importance, sample_note
from .jobfile import Job, whole
from .metrics import Scored, all_metrics, details, higher_is_better, main_metric, main_score, score
from .outcome import write_metrics
from .package import Material, signature, write_package
from .predict import Package
from .training_data import ALL, TRAIN, Prepared


@dataclass(frozen=True)
class Fit:
    """A fitted model with the features it takes and the matrix of all kept rows."""

    algorithm: str
    estimator: Any
    features: Features
    X: Matrix


def _nothing_to_learn(left: Sequence[dict[str, str]]) -> Failure:
    """Of no feature: why none of the columns that the recipe leaves beside the target, or that it leaves none, is one."""
    if not left:
        return Failure(
            "invalid",
            "The recipe leaves no column but the target, so there is nothing to learn from.",
            "Switch off the steps that drop the others, or use data with more columns.",
        )
    reasons = "; ".join(f"`{item['column']}`: {item['reason']}" for item in left[:5])
    return Failure(
        "invalid",
        f"No column is left to learn from: {reasons}",
        "Encode text columns in the recipe, or use data with more columns.",
    )


def train(job: Job, data: Prepared) -> None:
    """Runs the train job on its data: `out/model`, `out/report.json` and `out/metrics.json`."""
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
    if not data.features["columns"] and algorithm != "baseline":
        raise _nothing_to_learn(data.left)
    matrices: dict[str, tuple[Features, Matrix]] = {}

    def inputs(name: str) -> tuple[Features, Matrix]:
        encoding = algorithms.encoding(name)
        if encoding not in matrices:
            features = encoded(data.features, encoding)
            matrices[encoding] = (features, matrix(features, data.read(features)))
        return matrices[encoding]

    extra = algorithms.extra_params(job.params)
    folds = whole(job, "folds", 5)

    def unfitted(name: str, rows: NDArray[Any]) -> Any:
        codes = code_columns(inputs(name)[0])
        return algorithms.build(
            name, classes is not None, rows, seed, balanced, codes, extra if name == algorithm else {}
        )

    candidates: list[dict[str, Any]] | None = None
    if algorithm == "auto" and extra:
        notes.append(f"auto does not use {', '.join(extra)}: choose an algorithm to set its parameters.")
    crossed: CrossValidated | None = None
    if data.plan.folds is not None:
        names = (
            candidates_for(y[data.train], classes, notes)
            if algorithm == "auto"
            else list(dict.fromkeys([algorithm, "baseline"]))
        )

        def in_fold(name: str, rows: NDArray[Any], codes: list[int]) -> Any:
            chosen = extra if name == algorithm else {}
            return algorithms.build(name, classes is not None, rows, seed, balanced, codes, chosen)

        crossed = cross_validate(data, data.plan.folds, names, classes, metric, in_fold, notes)
        if algorithm == "auto":
            candidates = crossed.best(list(crossed.metrics), metric)
            algorithm = str(candidates[0]["algorithm"])
            notes.append(f"auto chose `{algorithm}`: the best `{metric}` over the folds of the recipe.")
    elif algorithm == "auto":
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
    if crossed is not None:
        notes.append(_folds_note(crossed.summary(algorithm)[metric], metric, bool(test.any())))
    if test.any():
        judged = test
        scored, base = score(fitted, X[test], classes), score(dummy, X[test], classes)
    elif crossed is not None:
        judged = crossed.judged
        scored, base = crossed.scored[algorithm], crossed.scored["baseline"]
    else:
        judged = data.train
        parts = folds_for(y[judged], classes, folds, seed)
        scored = cross_predict(lambda rows: unfitted(algorithm, rows), X[judged], y[judged], classes, parts)
        base = cross_predict(lambda rows: unfitted("baseline", rows), X[judged], y[judged], classes, parts)
    finish(
        job,
        data,
        Fit(algorithm, fitted, features, X),
        judged,
        scored,
        base,
        candidates,
        metric,
        crossed=None
        if crossed is None
        else {
            "folds": len(crossed.rows),
            "rows": crossed.rows,
            "metrics": crossed.summary(algorithm),
            "baseline": crossed.summary("baseline"),
        },
    )


def _folds_note(found: dict[str, Any], metric: str, tested: bool) -> str:
    told = f"{metric} {found['mean']:.4g} ± {found['sd']:.2g} over {len(found['values'])} folds"
    how = "the recipe and the model were fitted without the fold; the model itself is fitted on all training rows."
    return f"{told}: in each, {how}" + (" The other scores are of the test part." if tested else "")


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
    crossed: dict[str, Any] | None = None,
) -> None:
    """Writes the report, the package and the final metrics of a fitted model.

    Where folds were scored and there is no test part, the metrics are the means over the folds.
    """
    y = data.target.y[judged]
    classes = data.target.classes
    number = None if classes is None else len(classes)
    metrics, baseline = all_metrics(y, scored, number), all_metrics(y, base, number)
    if crossed is not None and data.train.all():
        metrics, baseline = (
            {name: one["mean"] for name, one in crossed[key].items()} for key in ("metrics", "baseline")
        )
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
    importance = permutation_importance(
        connection, package, ALL, data.rows[judged], y, metric, whole(job, "seed", 0)
    )
    data.notes.extend(sample_note(len(y), len(data.raw)))
    trained = int(np.count_nonzero(data.train))
    report: dict[str, Any] = {
        "task": data.target.task,
        "target": data.target.name,
        "algorithm": fit.algorithm,
        "rows": {"train": trained, "test": len(data.train) - trained},
        "metrics": metrics,
        "baseline": baseline,
        **({} if crossed is None else {"crossValidation": crossed}),
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
    package = replace(package, signature=signature(package, data.fields, data.examples))
    material = Material(
        connection,
        data.fitted,
        TRAIN,
        data.summaries,
        package,
        report,
        job.provenance,
        job.model,
        job.script and job.script.parent,
    )
    write_package(job.out / "model", material)
    write_json(job.out / "report.json", report)
    write_metrics(job, metrics)
