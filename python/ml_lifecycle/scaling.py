"""Filled and standardised columns before an estimator that needs them."""

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from .features import Matrix


def scaled(last: Any) -> Pipeline:
    """The estimator behind filled (median) and standardised columns."""
    fill = SimpleImputer(strategy="median", keep_empty_features=True)
    return Pipeline([("fill", fill), ("scale", StandardScaler()), ("model", last)])


def taken_apart(estimator: Any) -> tuple[Callable[[Matrix], Matrix], Any]:
    """What a fitted estimator does to its matrix first, and the estimator behind that.

    For a pipeline of {@link scaled} the first is the same arithmetic on the same numbers, without the checks that each step
    makes of a matrix that was checked before: for one row they take longer than the model. Others do nothing first.
    """
    if not isinstance(estimator, Pipeline) or list(estimator.named_steps) != ["fill", "scale", "model"]:
        return _unchanged, estimator
    fill, scale, last = (step for _, step in estimator.steps)
    filling = type(fill) is SimpleImputer and not fill.add_indicator and np.isfinite(fill.statistics_).all()
    if not filling or type(scale) is not StandardScaler or scale.mean_ is None or scale.scale_ is None:
        return _unchanged, estimator
    missing, mean, deviation = fill.statistics_, scale.mean_, scale.scale_

    def prepare(X: Matrix) -> Matrix:
        prepared: Matrix = (np.where(np.isnan(X), missing, X) - mean) / deviation
        return prepared

    return prepare, last


def _unchanged(X: Matrix) -> Matrix:
    return X
