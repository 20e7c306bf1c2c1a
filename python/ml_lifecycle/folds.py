"""Cross-validation by the recipe's folds: in each, the recipe and the model are fitted without the fold."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from . import algorithms, lines
from .failure import Failure
from .features import Features, Matrix, code_columns, decide, encoded, matrix, select
from .fitting import fitted_rows
from .metrics import Scored, all_metrics, higher_is_better, score
from .plan import PART, ROW, PlanError, identifier
from .tables import describe, recipe_failure
from .training_data import ALL, Prepared

BASE = "__mll_fold_base"
DONE = "__mll_fold_done"
NUMBERED = "__mll_fold_rows"
Build = Callable[[str, NDArray[Any], list[int]], Any]


@dataclass(frozen=True)
class Fold:
    """One fold: which of the kept rows (places in `Prepared.rows`) are learnt from and judged, and their matrices."""

    number: int
    learn: NDArray[np.int64]
    judge: NDArray[np.int64]
    features: Features
    columns: dict[str, Any]

    def inputs(self, encoding: str) -> tuple[Matrix, Matrix, list[int]]:
        """The matrices of the rows that are learnt from and judged, and the places of category codes in them."""
        features = encoded(self.features, encoding)
        both = matrix(features, self.columns)
        return both[: len(self.learn)], both[len(self.learn) :], code_columns(features)


def folds_of(data: Prepared, spec: Mapping[str, Any]) -> Iterator[Fold]:
    """The folds of the plan, one after the other: the next is made when it is asked for."""
    connection = data.connection
    try:
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {NUMBERED} AS "
            f"SELECT *, CAST(({spec['sql']}) AS BIGINT) AS __mll_fold FROM {ALL} WHERE {PART} = 'train'"
        )
        for number in range(1, spec["count"] + 1):
            lines.stage(f"preparing fold {number} of {spec['count']}")
            yield _fold(data, number, bool(spec.get("forward", False)))
    except (PlanError, duckdb.Error) as error:
        raise recipe_failure(error) from error
    finally:
        for table in (NUMBERED, BASE, DONE):
            connection.execute(f"DROP TABLE IF EXISTS {table}")


def _fold(data: Prepared, number: int, forward: bool) -> Fold:
    connection, target = data.connection, data.target.name
    # Forward in time: the first part is learnt from only, and no fold sees what comes after it.
    here, kept = (number, f"__mll_fold <= {number}") if forward else (number - 1, "TRUE")
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {BASE} AS SELECT * EXCLUDE (__mll_fold) REPLACE "
        f"(CASE WHEN __mll_fold = {here} THEN 'test' ELSE 'train' END AS {PART}) "
        f"FROM {NUMBERED} WHERE {kept} ORDER BY {ROW}"
    )
    plan = replace(data.plan, split="FALSE")
    with fitted_rows(connection, plan, BASE, checked=False) as fit:
        # Training rows first, as the matrices are cut.
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {DONE} AS SELECT * FROM ({fit.select}) "
            f"WHERE {identifier(target)} IS NOT NULL ORDER BY {PART} = 'test', {ROW}"
        )
    columns = [one for one in describe(connection, DONE) if one[0] not in (ROW, PART, target)]
    ids = connection.execute(f"SELECT {ROW} AS r, {PART} = 'train' AS t FROM {DONE}").fetchnumpy()
    rows, train = np.asarray(ids["r"], dtype=np.int64), np.asarray(ids["t"], dtype=bool)
    places = np.searchsorted(data.rows, rows)
    # A row that the recipe drops when it is fitted on everything has no target here.
    known = (places < len(data.rows)) & (data.rows[np.minimum(places, len(data.rows) - 1)] == rows)
    if not (known & train).any() or not (known & ~train).any():
        raise Failure(
            "invalid",
            f"Fold {number} has no row to {'score' if (known & train).any() else 'learn from'}.",
            "Use fewer folds, or a key or group with more different values.",
        )
    features, _ = decide(connection, f"(SELECT * FROM {DONE} WHERE {PART} = 'train')", columns, "one_hot")
    values = connection.execute(f"SELECT {select(features)} FROM {DONE}").fetchnumpy()
    return Fold(
        number,
        places[known & train],
        places[known & ~train],
        features,
        {name: column[known] for name, column in values.items()},
    )


@dataclass(frozen=True)
class CrossValidated:
    """What the folds say: of each algorithm its metrics in each fold, and all rows as the models that had not seen them said."""

    metrics: dict[str, list[dict[str, float]]]
    scored: dict[str, Scored]
    judged: NDArray[np.bool_]
    rows: list[int]

    def summary(self, algorithm: str) -> dict[str, dict[str, Any]]:
        """Mean and population deviation over the folds of each metric that all of them have, with its values."""
        found = self.metrics[algorithm]
        names = [name for name in found[0] if all(name in one for one in found)]
        out: dict[str, dict[str, Any]] = {}
        for name in names:
            values = [one[name] for one in found]
            out[name] = {"mean": float(np.mean(values)), "sd": float(np.std(values)), "values": values}
        return out

    def best(self, names: list[str], metric: str) -> list[dict[str, Any]]:
        """The algorithms with mean and deviation of the metric, best first."""
        made = [(name, self.summary(name)[metric]) for name in names]
        sign = -1.0 if higher_is_better(metric) else 1.0
        made.sort(key=lambda one: sign * float(one[1]["mean"]))
        return [{"algorithm": name, "score": one["mean"], "sd": one["sd"]} for name, one in made]


def cross_validate(
    data: Prepared,
    spec: Mapping[str, Any],
    names: list[str],
    classes: int | None,
    metric: str,
    build: Build,
    notes: list[str],
) -> CrossValidated:
    """Fits each of the algorithms in each fold. One of several that cannot be fitted is left out, and said so."""
    y = data.target.y
    judged = np.zeros(len(y), dtype=bool)
    metrics: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    predicted = {name: np.zeros(len(y), dtype=y.dtype) for name in names}
    shares: dict[str, Matrix | None] = {
        name: None if classes is None else np.zeros((len(y), classes)) for name in names
    }
    rows: list[int] = []
    for fold in folds_of(data, spec):
        rows.append(len(fold.judge))
        judged[fold.judge] = True
        for name in list(metrics):
            lines.stage(f"{name}: fold {fold.number} of {spec['count']}")
            X, X_judge, codes = fold.inputs(algorithms.encoding(name))
            learnt = y[fold.learn]
            try:
                fitted = algorithms.fit(build(name, learnt, codes), X, learnt)
            except Failure as error:
                if len(names) <= 2:  # the one that was chosen, and the baseline
                    raise
                notes.append(f"auto left `{name}` out: {error.message}")
                del metrics[name]
                continue
            said = score(fitted, X_judge, classes)
            metrics[name].append(all_metrics(y[fold.judge], said, classes))
            predicted[name][fold.judge] = said.predicted
            into = shares[name]
            if into is not None and said.probabilities is not None:
                into[fold.judge] = said.probabilities
            else:
                shares[name] = None
            lines.metric(f"{name}_{metric}", metrics[name][-1][metric], fold.number)
    scored = {name: Scored(predicted[name], shares[name]).part(judged) for name in metrics}
    return CrossValidated(metrics, scored, judged, rows)
