"""A training script for ML Lifecycle. It runs as a job, and as it is in the debugger."""

from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import ml_lifecycle as ml

train = ml.data("train")  # .X: float64 matrix, .y: target, .columns: names, .rows: dicts, .to_pandas()
test = ml.data("test")

# What you set under Train… › Advanced › Other parameters, with your defaults.
strength = float(ml.params.get("strength", 1.0))

is_number = train.y.dtype.kind == "f"
last = Ridge(alpha=1 / strength) if is_number else LogisticRegression(C=strength, max_iter=2000)
model = make_pipeline(SimpleImputer(), StandardScaler(), last)
model.fit(train.X, train.y)

# Numbers logged here are drawn live; with step=… they become a curve.
ml.log(train_score=model.score(train.X, train.y))
if len(test):
    ml.log(test_score=model.score(test.X, test.y))

# Any object with predict(X) will do. It is scored on the test part and becomes the run's model.
ml.save(model)
