"""What scikit-learn and NumPy fit on the training rows and make of all rows: a table on stdin, columns by step on stdout."""

import json
import math
import sys

import numpy as np
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, OrdinalEncoder, RobustScaler, StandardScaler

table = json.load(sys.stdin)
train = np.array(table["train"])
x = np.array(table["x"], dtype=float).reshape(-1, 1)
n = np.array(table["n"], dtype=float).reshape(-1, 1)
g = np.array(table["g"], dtype=object).reshape(-1, 1)
known = np.array([value is not None for value in table["g"]])


def fitted(transformer, column=x):
    return transformer.fit(column[train]).transform(column)[:, 0]


def between(low, high):
    return np.clip(x[:, 0], low, high)


def quantile(share):
    return np.nanquantile(x[train], share)


def of_known(columns, width):
    """Rows with a category as `columns`; a missing one is 0 everywhere (one-hot) or missing (a single column)."""
    out = np.zeros((len(g), width)) if width > 1 else np.full((len(g), 1), np.nan)
    out[known] = columns
    return out


low, high = quantile(0.25), quantile(0.75)
mean, deviation = np.nanmean(x[train]), np.nanstd(x[train])
one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False).fit(g[train & known])
categories = one_hot.categories_[0]
ordinal = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=len(categories))
counts = {value: float(np.mean(g[train & known] == value)) for value in categories}
result = {
    "mean": fitted(SimpleImputer(strategy="mean")),
    "median": fitted(SimpleImputer(strategy="median")),
    "mode": fitted(SimpleImputer(strategy="most_frequent"), n),
    "mode of text": fitted(SimpleImputer(strategy="most_frequent", missing_values=None), g),
    "standard": fitted(StandardScaler()),
    "min_max": fitted(MinMaxScaler()),
    "robust": fitted(RobustScaler()),
    "iqr": between(low - 1.5 * (high - low), high + 1.5 * (high - low)),
    "z": between(mean - 3 * deviation, mean + 3 * deviation),
    "quantile": between(quantile(0.01), quantile(0.99)),
    "one_hot": of_known(one_hot.transform(g[known]), len(categories)),
    "ordinal": of_known(ordinal.fit(g[train & known]).transform(g[known]), 1)[:, 0],
    "frequency": of_known([[counts.get(value, 0.0)] for value in g[known][:, 0]], 1)[:, 0],
}
json.dump(
    {
        "categories": list(categories),
        "columns": {
            name: [
                None if isinstance(value, float) and math.isnan(value) else value for value in values.tolist()
            ]
            for name, values in result.items()
        },
    },
    sys.stdout,
)
