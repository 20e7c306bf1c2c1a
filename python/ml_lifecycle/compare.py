"""Cross-validation: comparing algorithms, and scoring without a test part."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import KFold, StratifiedKFold

from . import algorithms, lines
from .failure import Failure
from .features import Features, Matrix
from .metrics import Scored, higher_is_better, main_score, score

CANDIDATES = ("linear", "hist_gradient_boosting", "random_forest", "knn", "baseline")
# Boosting grows one tree for each class in each round: beyond this many classes it takes most of the comparison's time.
BOOSTING_CLASSES = 20
# Rows times classes beyond which a comparison makes FEW_FOLDS folds.
LARGE = 200_000
FEW_FOLDS = 3
Folds = list[tuple[NDArray[np.int64], NDArray[np.int64]]]


def folds_for(y: NDArray[Any], classes: int | None, wanted: int, seed: int) -> Folds:
    """Shuffled folds, stratified when every class has at least two rows; never more folds than rows (or rows of a class)."""
    if classes is not None:
        smallest = int(np.bincount(y, minlength=classes).min())
        if smallest >= 2:
            folds = StratifiedKFold(max(2, min(wanted, smallest)), shuffle=True, random_state=seed)
            return list(folds.split(np.zeros((len(y), 1)), y))
    plain = KFold(max(2, min(wanted, len(y))), shuffle=True, random_state=seed)
    return list(plain.split(np.zeros((len(y), 1))))


def cross_predict(
    build: Callable[[NDArray[Any]], Any], X: Matrix, y: NDArray[Any], classes: int | None, folds: Folds
) -> Scored:
    """For each row, what a model said that was fitted without the row's fold."""
    predicted = np.zeros(len(y), dtype=np.float64 if classes is None else np.int64)
    shares = None if classes is None else np.zeros((len(y), classes))
    for number, (learn, judge) in enumerate(folds):
        lines.stage(f"scoring fold {number + 1} of {len(folds)}", number / len(folds))
        scored = score(algorithms.fit(build(y[learn]), X[learn], y[learn]), X[judge], classes)
        predicted[judge] = scored.predicted
        if shares is not None and scored.probabilities is not None:
            shares[judge] = scored.probabilities
        elif scored.probabilities is None:
            shares = None
    return Scored(predicted, shares)


def candidates_for(y: NDArray[Any], classes: int | None, notes: list[str]) -> list[str]:
    """The algorithms that auto compares on these training rows; what is left out goes to `notes`."""
    names = list(CANDIDATES)
    if classes is not None and classes > BOOSTING_CLASSES:
        names.remove("hist_gradient_boosting")
        notes.append(
            f"auto left `hist_gradient_boosting` out: it is slow with {classes} classes; choose it by name to use it."
        )
    if len(y) > algorithms.KNN_ROWS:
        names.remove("knn")
        notes.append(f"auto left `knn` out: it is too slow beyond {algorithms.KNN_ROWS} rows.")
    return names


def compare(
    y: NDArray[Any],
    train: NDArray[np.bool_],
    classes: int | None,
    metric: str,
    wanted: int,
    seed: int,
    inputs: Callable[[str], tuple[Features, Matrix]],
    build: Callable[[str, NDArray[Any]], Any],
) -> tuple[list[dict[str, Any]], list[str]]:
    """The candidates' cross-validated scores (mean and sd over the same folds), best first; and what was skipped and why."""
    notes: list[str] = []
    if wanted > FEW_FOLDS and len(y) * (classes or 1) > LARGE:
        notes.append(f"auto compared with {FEW_FOLDS} folds instead of {wanted}: the data is large.")
        wanted = FEW_FOLDS
    folds = folds_for(y, classes, wanted, seed)
    names = candidates_for(y, classes, notes)
    out: list[dict[str, Any]] = []
    total = len(names) * len(folds)
    for place, name in enumerate(names):
        X = inputs(name)[1][train]
        scores: list[float] = []
        for number, (learn, judge) in enumerate(folds):
            done = place * len(folds) + number
            lines.stage(f"{name}: fold {number + 1} of {len(folds)}", done / total)
            try:
                fitted = algorithms.fit(build(name, y[learn]), X[learn], y[learn])
            except Failure as error:
                # One candidate that does not fit the data is no reason to give up the others.
                notes.append(f"auto left `{name}` out: {error.message}")
                break
            scores.append(main_score(metric, y[judge], score(fitted, X[judge], classes)))
            lines.metric(f"{name}_{metric}", scores[-1], number + 1)
        if len(scores) == len(folds):
            mean, sd = float(np.mean(scores)), float(np.std(scores))
            out.append({"algorithm": name, "score": mean, "sd": sd})
            print(f"{name}: {metric} {mean:.4f} (sd {sd:.4f}) over {len(folds)} folds", flush=True)
    if not out:
        raise Failure(
            "invalid",
            "No algorithm could be fitted: " + " ".join(notes),
            "Look at the columns in the recipe.",
        )
    sign = -1.0 if higher_is_better(metric) else 1.0
    out.sort(key=lambda item: sign * float(item["score"]))
    return out, notes
