"""Scores of predictions, and the curves a report draws from them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import metrics as sk

from .features import Matrix

HIGHER_IS_BETTER = {"rmse": False, "mae": False, "mape": False, "log_loss": False}
CURVE_POINTS = 200
RESIDUALS = 2000
UNKNOWN = -1  # the code of a class that training has not seen

Codes = NDArray[np.int64]


@dataclass(frozen=True)
class Scored:
    """What an estimator said on rows: codes and probabilities for classes, or numbers."""

    predicted: NDArray[Any]
    probabilities: Matrix | None

    def part(self, rows: "slice | NDArray[np.bool_]") -> "Scored":
        """What was said on some of the rows."""
        return Scored(self.predicted[rows], None if self.probabilities is None else self.probabilities[rows])


def higher_is_better(metric: str) -> bool:
    """Whether a larger value of the metric is the better one."""
    return HIGHER_IS_BETTER.get(metric, True)


def score(estimator: Any, X: Matrix, classes: int | None) -> Scored:
    """Predictions for the rows of `X`; probabilities (rows by `classes`) when the estimator gives them."""
    if classes is None:
        return Scored(np.asarray(estimator.predict(X), dtype=np.float64), None)
    if not hasattr(estimator, "predict_proba"):
        return Scored(np.asarray(estimator.predict(X)).astype(np.int64), None)
    given = np.asarray(estimator.predict_proba(X), dtype=np.float64)
    seen = np.asarray(getattr(estimator, "classes_", np.arange(classes))).astype(np.int64)
    full = np.zeros((len(X), classes))
    # Boosting that has seen one class only gives two columns all the same.
    full[:, seen] = given if len(seen) > 1 else 1.0
    # The most probable class, the first of equals, is what these estimators predict; one pass instead of two.
    return Scored(full.argmax(axis=1), full)


def main_metric(y: NDArray[Any], classes: int | None) -> str:
    """`rmse` for numbers; `f1_macro` when the rarest class has less than half of an even share, else `accuracy`."""
    if classes is None:
        return "rmse"
    shares = np.bincount(y[y >= 0], minlength=classes) / max(len(y), 1)
    return "f1_macro" if shares.min() < 0.5 / classes else "accuracy"


def classification(y: Codes, scored: Scored, classes: int) -> dict[str, float]:
    """accuracy, balanced_accuracy, f1_macro, log_loss (nats) and roc_auc (one against the rest, unweighted mean)."""
    out = {
        "accuracy": float(sk.accuracy_score(y, scored.predicted)),
        "balanced_accuracy": balanced_accuracy(y, scored.predicted),
        "f1_macro": float(sk.f1_score(y, scored.predicted, average="macro", zero_division=0)),
    }
    if scored.probabilities is None:
        return out
    known = y != UNKNOWN
    if known.any():
        out["log_loss"] = float(
            sk.log_loss(y[known], scored.probabilities[known], labels=list(range(classes)))
            if classes > 1
            else 0.0
        )
    areas = [
        float(sk.roc_auc_score(y == code, scored.probabilities[:, code]))
        for code in _curve_codes(classes)
        if 0 < np.count_nonzero(y == code) < len(y)
    ]
    if len(areas) == len(_curve_codes(classes)):
        out["roc_auc"] = float(np.mean(areas))
    return out


def balanced_accuracy(y: Codes, predicted: NDArray[Any]) -> float:
    """The mean over the classes present in `y` of the share predicted rightly."""
    present = np.unique(y)
    return float(np.mean([np.mean(predicted[y == code] == code) for code in present]))


def regression(y: Matrix, predicted: Matrix) -> dict[str, float]:
    """rmse and mae in the target's unit, r2 (left out below two different values), mape as a share over rows that are not 0."""
    out = {
        "rmse": float(sk.root_mean_squared_error(y, predicted)),
        "mae": float(sk.mean_absolute_error(y, predicted)),
    }
    if len(np.unique(y)) > 1:
        out["r2"] = float(sk.r2_score(y, predicted))
    nonzero = y != 0
    if nonzero.any():
        out["mape"] = float(np.mean(np.abs((y[nonzero] - predicted[nonzero]) / y[nonzero])))
    return {name: value for name, value in out.items() if np.isfinite(value)}


def all_metrics(y: NDArray[Any], scored: Scored, classes: int | None) -> dict[str, float]:
    """The metrics of the task."""
    if classes is None:
        return regression(y, scored.predicted)
    return classification(y, scored, classes)


def main_score(name: str, y: NDArray[Any], scored: Scored) -> float:
    """One main metric alone (`accuracy`, `f1_macro` or `rmse`)."""
    match name:
        case "accuracy":
            return float(np.mean(y == scored.predicted))
        case "f1_macro":
            return float(sk.f1_score(y, scored.predicted, average="macro", zero_division=0))
        case _:
            return float(sk.root_mean_squared_error(y, scored.predicted))


def confusion(y: Codes, predicted: Codes, labels: list[str]) -> dict[str, Any]:
    """Counts by actual class (rows) and predicted class (columns); a class unseen in training comes last."""
    codes = list(range(len(labels)))
    if (y == UNKNOWN).any():
        codes, labels = [*codes, UNKNOWN], [*labels, "(not in training)"]
    return {"labels": labels, "counts": sk.confusion_matrix(y, predicted, labels=codes).tolist()}


def _curve_codes(classes: int) -> list[int]:
    return [1] if classes == 2 else list(range(classes))


def curves(
    y: Codes, probabilities: Matrix, labels: list[str]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """ROC and precision-recall curves of each class that is both present and absent in `y`; areas are of the full curve."""
    roc: list[dict[str, Any]] = []
    pr: list[dict[str, Any]] = []
    for code in _curve_codes(len(labels)):
        is_class = y == code
        if not 0 < np.count_nonzero(is_class) < len(y):
            continue
        share = probabilities[:, code]
        false_rate, true_rate, _ = sk.roc_curve(is_class, share)
        roc.append(_curve(labels[code], false_rate, true_rate, float(sk.auc(false_rate, true_rate))))
        precision, recall, _ = sk.precision_recall_curve(is_class, share)
        area = float(sk.average_precision_score(is_class, share))
        pr.append(_curve(labels[code], recall[::-1], precision[::-1], area))
    return roc, pr


def _curve(label: str, x: Matrix, y: Matrix, area: float) -> dict[str, Any]:
    kept = thinned(len(x), CURVE_POINTS)
    return {"label": label, "x": x[kept].tolist(), "y": y[kept].tolist(), "area": area}


def thinned(length: int, most: int) -> NDArray[np.int64]:
    """Evenly spread places in a list, the first and the last among them, at most `most`."""
    if length <= most:
        return np.arange(length)
    return np.unique(np.linspace(0, length - 1, most).round().astype(np.int64))


def details(y: NDArray[Any], scored: Scored, labels: list[str] | None) -> dict[str, Any]:
    """The parts of a report that show single errors: confusion and curves, or residuals."""
    if labels is None:
        kept = thinned(len(y), RESIDUALS)
        return {"residuals": {"predicted": scored.predicted[kept].tolist(), "actual": y[kept].tolist()}}
    out: dict[str, Any] = {"confusion": confusion(y, scored.predicted, labels)}
    if scored.probabilities is not None:
        roc, pr = curves(y, scored.probabilities, labels)
        out.update({key: value for key, value in (("roc", roc), ("pr", pr)) if value})
    return out
