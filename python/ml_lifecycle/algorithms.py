"""The estimators behind the words of the algorithm list."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from . import lines
from .failure import Failure
from .features import Matrix

ALGORITHMS = ("auto", "linear", "random_forest", "hist_gradient_boosting", "knn", "baseline")
OURS = ("algorithm", "task", "seed", "class_weight", "folds")
KNN_ROWS = (
    50_000  # beyond this, asking every row for its neighbours makes the comparison wait for one candidate
)
EARLY_STOPPING_ROWS = 500
BOOSTING_ROUNDS = 200
ROUNDS_PER_REPORT = 40
TREES_PER_REPORT = 20

Target = NDArray[Any]
Score = Callable[[Any], tuple[str, float]]


def encoding(algorithm: str) -> str:
    """How text reaches the algorithm: histogram gradient boosting splits categories itself, the others need one-hot."""
    return "codes" if algorithm == "hist_gradient_boosting" else "one_hot"


def extra_params(params: dict[str, Any]) -> dict[str, Any]:
    """The parameters that are meant for the algorithm itself."""
    return {name: value for name, value in params.items() if name not in OURS and value is not None}


def build(
    algorithm: str,
    classify: bool,
    y: Target,
    seed: int,
    balanced: bool,
    codes: list[int],
    extra: dict[str, Any],
) -> Any:
    """An estimator that is not fitted yet, for the rows in `y`; a parameter that it does not know is a Failure."""
    weight = "balanced" if balanced else None
    estimator: Any
    match algorithm:
        case "baseline":
            estimator = DummyClassifier(strategy="prior") if classify else DummyRegressor()
        case "linear":
            last = (
                LogisticRegression(max_iter=2000, class_weight=weight, random_state=seed)
                if classify
                else Ridge(alpha=1.0, random_state=seed)
            )
            estimator = scaled(last)
        case "random_forest":
            common = {"n_estimators": 100, "random_state": seed, "n_jobs": -1}
            estimator = (
                RandomForestClassifier(class_weight=weight, **common)
                if classify
                else RandomForestRegressor(**common)
            )
        case "hist_gradient_boosting":
            estimator = _boosting(classify, y, seed, weight, codes)
        case "knn":
            neighbours = min(5, len(y))
            wanted = extra.get("n_neighbors")
            if isinstance(wanted, int) and wanted > len(y):
                raise Failure(
                    "invalid",
                    f"knn cannot ask {wanted} neighbours: it is fitted on {len(y)} rows.",
                    "Set a smaller `n_neighbors`, or use more data.",
                )
            kind = KNeighborsClassifier if classify else KNeighborsRegressor
            estimator = scaled(kind(n_neighbors=neighbours))
        case _:
            raise Failure(
                "unsupported",
                f"There is no algorithm `{algorithm}`.",
                f"Choose one of {', '.join(ALGORITHMS)}.",
            )
    return _with_params(estimator, algorithm, extra)


def scaled(last: Any) -> Pipeline:
    """The estimator behind filled (median) and standardised columns."""
    fill = SimpleImputer(strategy="median", keep_empty_features=True)
    return Pipeline([("fill", fill), ("scale", StandardScaler()), ("model", last)])


def _boosting(classify: bool, y: Target, seed: int, weight: str | None, codes: list[int]) -> Any:
    smallest = int(np.unique(y, return_counts=True)[1].min()) if classify else len(y)
    # Early stopping holds a tenth of the rows back, stratified: every class must be able to lose some.
    early = len(y) >= EARLY_STOPPING_ROWS and smallest >= 20
    common = {
        "max_iter": BOOSTING_ROUNDS if early else 100,
        "early_stopping": early,
        "random_state": seed,
        "categorical_features": codes or None,
    }
    if classify:
        return HistGradientBoostingClassifier(class_weight=weight, **common)
    return HistGradientBoostingRegressor(**common)


def _with_params(estimator: Any, algorithm: str, extra: dict[str, Any]) -> Any:
    if not extra:
        return estimator
    last = estimator.named_steps["model"] if isinstance(estimator, Pipeline) else estimator
    known = sorted(last.get_params(deep=False))
    unknown = [name for name in extra if name not in known]
    if unknown:
        raise Failure(
            "invalid",
            f"{algorithm} has no parameter {', '.join(f'`{name}`' for name in unknown)}.",
            f"It has: {', '.join(known)}.",
        )
    last.set_params(**extra)
    return estimator


def fit(estimator: Any, X: Matrix, y: Target, score: Score | None = None) -> Any:
    """Fits; a forest grows and boosting goes on in parts, each with its stage and, when `score` is given, a live metric.

    The parts give the same model as one fit: both algorithms continue with the random numbers they would have drawn.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if score is None:
                estimator.fit(X, y)
            elif isinstance(estimator, RandomForestClassifier | RandomForestRegressor):
                _grow(estimator, X, y, score)
            elif isinstance(estimator, HistGradientBoostingClassifier | HistGradientBoostingRegressor):
                _boost(estimator, X, y)
            else:
                estimator.fit(X, y)
    except (ValueError, TypeError) as error:
        raise Failure(
            "invalid",
            f"The algorithm refused its parameters or the data: {error}",
            "Change the parameter that is named.",
        ) from error
    if isinstance(estimator, RandomForestClassifier | RandomForestRegressor):
        # At an endpoint, threads for a single row cost more than they save.
        estimator.set_params(n_jobs=1)
    return estimator


def _grow(estimator: Any, X: Matrix, y: Target, score: Score) -> None:
    total = estimator.n_estimators
    if not isinstance(total, int) or total <= TREES_PER_REPORT:
        estimator.fit(X, y)
        return
    estimator.set_params(warm_start=True)
    for trees in [*range(TREES_PER_REPORT, total, TREES_PER_REPORT), total]:
        estimator.set_params(n_estimators=trees)
        estimator.fit(X, y)
        name, value = score(estimator)
        lines.metric(name, value, trees)
        lines.stage(f"tree {trees} of {total}", trees / total)
    estimator.set_params(warm_start=False)


def _boost(estimator: Any, X: Matrix, y: Target) -> None:
    total = estimator.max_iter
    if not isinstance(total, int) or total <= ROUNDS_PER_REPORT:
        estimator.fit(X, y)
        _losses(estimator, 0)
        return
    estimator.set_params(warm_start=True)
    done = 0
    for rounds in [*range(ROUNDS_PER_REPORT, total, ROUNDS_PER_REPORT), total]:
        estimator.set_params(max_iter=rounds)
        estimator.fit(X, y)
        done = _losses(estimator, done)
        lines.stage(f"round {done} of at most {total}", done / total)
        if done < rounds:
            break
    estimator.set_params(warm_start=False, max_iter=total)


def _losses(estimator: Any, done: int) -> int:
    """Writes the losses of the rounds after `done`; gives the rounds so far."""
    rounds = int(estimator.n_iter_)
    # The scores begin with the loss before the first round; loss is the negative of the score.
    train, held = estimator.train_score_, estimator.validation_score_
    for step in range(done + 1, rounds + 1):
        if step < len(train):
            lines.metric("train_loss", -float(train[step]), step)
        if step < len(held):
            lines.metric("validation_loss", -float(held[step]), step)
    return rounds


def importable(estimator: Any) -> str:
    """The estimator's own name, for the report."""
    last = estimator.named_steps["model"] if isinstance(estimator, Pipeline) else estimator
    return type(last).__name__
