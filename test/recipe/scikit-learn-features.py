"""What scikit-learn makes of all rows, fitted on the training rows: bins, polynomials, TF-IDF, target encoding."""

import json
import sys

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import (
    KBinsDiscretizer,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    TargetEncoder,
)

table = json.load(sys.stdin)
train = np.array(table["train"])
x = np.array(table["x"], dtype=float).reshape(-1, 1)
xz = np.column_stack([x[:, 0], np.array(table["z"], dtype=float)])
g = np.array(table["g"], dtype=object).reshape(-1, 1)
y = np.array(table["y"], dtype=float)
texts = np.array(table["text"], dtype=object)


def bins(strategy):
    made = KBinsDiscretizer(
        n_bins=7,
        encode="ordinal",
        strategy=strategy,
        quantile_method="linear",
        subsample=None,
    )
    return made.fit(x[train]).transform(x)[:, 0].tolist()


words = TfidfVectorizer().fit(texts[train])
above = x - x.min() + 0.5
powers = {
    method: PowerTransformer(method=method, standardize=False).fit(values[train])
    for method, values in (("yeo-johnson", x), ("box-cox", above))
}
boxed = PowerTransformer(method="box-cox", standardize=False).fit(above[train])
boxed.lambdas_ = np.array([-0.7])
ranked = QuantileTransformer(
    n_quantiles=101, output_distribution="normal", subsample=None
).fit(x[train])
fixed = PowerTransformer(method="yeo-johnson", standardize=False)
fixed.fit(x[train])
fixed.lambdas_ = np.array([0.35])
json.dump(
    {
        "width": bins("uniform"),
        "quantile": bins("quantile"),
        "polynomial": PolynomialFeatures(3, include_bias=False)
        .fit_transform(xz)[:, 2:]
        .tolist(),
        "words": words.get_feature_names_out().tolist(),
        "tfidf": words.transform(texts).toarray().tolist(),
        "target": TargetEncoder(smooth=20.0, target_type="continuous")
        .fit(g[train], y[train])
        .transform(g)[:, 0]
        .tolist(),
        "lambdas": [float(one.lambdas_[0]) for one in powers.values()],
        "boxed": boxed.transform(above)[:, 0].tolist(),
        "ranked": ranked.transform(x)[:, 0].tolist(),
        "power": fixed.transform(x)[:, 0].tolist(),
    },
    sys.stdout,
)
