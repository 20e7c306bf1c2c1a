"""The estimators behind the words of the algorithm list."""

import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import Pipeline

from . import lines
from .failure import Failure
from .features import Matrix
from .scaling import scaled
from .threads import use_idle_cores

ALGORITHMS = ("auto", "linear", "random_forest", "hist_gradient_boosting", "knn", "baseline")
OURS = ("algorithm", "task", "seed", "class_weight", "folds")
KNN_ROWS = (
    50_000  # beyond this, asking every row for its neighbours makes the comparison wait for one candidate
)
EARLY_STOPPING_ROWS = 500
BOOSTING_ROUNDS = 200
TREES_PER_REPORT = 20
SECONDS_PER_LOOK = 0.25

# What has OpenMP's short loops, in its fit or its predictions; to count the threads of what has none would only take time.
OPENMP = (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    KNeighborsClassifier,
    KNeighborsRegressor,
)

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


def _last(estimator: Any) -> Any:
    return estimator.named_steps["model"] if isinstance(estimator, Pipeline) else estimator


def _with_params(estimator: Any, algorithm: str, extra: dict[str, Any]) -> Any:
    if not extra:
        return estimator
    last = _last(estimator)
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
    """Fits; with `score`, a forest and boosting say how far they are and write live metrics.

    A forest grows in parts and is scored after each, which gives the trees of one fit: it goes on with the random numbers
    that it would have drawn. Boosting is one fit, whose own losses are read while it runs.
    """
    if isinstance(_last(estimator), OPENMP):
        use_idle_cores()
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
    progress = _Rounds(estimator)
    with _watched(progress.write):
        estimator.fit(X, y)
    progress.write()


class _Rounds:
    """The rounds of boosting and the scores it keeps of them, each written once, as soon as it is seen."""

    def __init__(self, estimator: Any) -> None:
        self._estimator = estimator
        # The scores begin with the one before the first round.
        self._next = {"train": 1, "validation": 1}

    def write(self) -> None:
        """Writes what has come since the last call; the lists grow while another thread fits."""
        scoring = self._estimator.scoring
        for part, first in self._next.items():
            scores = getattr(self._estimator, f"{part}_score_", ())
            known = len(scores)
            for step in range(first, known):
                value = float(scores[step])
                if scoring == "loss":
                    # The score is the negative of the loss.
                    lines.metric(f"{part}_loss", -value, step)
                else:
                    lines.metric(f"{part}_{scoring if isinstance(scoring, str) else 'score'}", value, step)
            self._next[part] = max(first, known)
        total, done = self._estimator.max_iter, getattr(self._estimator, "n_iter_", 0)
        if done > 0 and isinstance(total, int):
            lines.stage(f"round {done} of at most {total}", done / total)


@contextmanager
def _watched(look: Callable[[], None]) -> Iterator[None]:
    """Calls `look` every quarter of a second from a thread of its own, until the block ends."""
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(SECONDS_PER_LOOK):
            look()

    watcher = threading.Thread(target=watch, name="watch", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()
