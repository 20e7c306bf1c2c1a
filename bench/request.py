"""One request, and one of 100 rows, through twelve recipe steps and a model: our package against scikit-learn's Pipeline.

`python bench/request.py FOLDER REQUESTS`, called by bench/request.mjs, which leaves `plan.json` in FOLDER. Both are in this
process and go from the body's bytes to the answer's bytes, in turn. The peer is asked twice: as a Pipeline of twelve steps,
each a ColumnTransformer that passes the other columns on, and as the shortest that an expert would write: one
ColumnTransformer with a short pipeline for each group of columns.
"""

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
import sklearn
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    OneHotEncoder,
    OrdinalEncoder,
    StandardScaler,
)

RUNTIME = Path(__file__).resolve().parent.parent / "python"
sys.path.insert(0, str(RUNTIME))

from ml_lifecycle.answer import answered  # noqa: E402
from ml_lifecycle.bodies import rows_of  # noqa: E402
from ml_lifecycle.serve import load_served  # noqa: E402

ROWS = 5000
PLANS = ["Free", "basic ", "TEAM", "pro"]
TAGS = ["alpha", "beta", "plain", None]
NUMBERS = ["age", "score", "price", "clicks", "balance", "ratio"]


def made_rows() -> list[dict[str, Any]]:
    chance = random.Random(1)
    rows = []
    for _ in range(ROWS):
        row: dict[str, Any] = {
            "age": None if chance.random() < 0.02 else float(chance.randint(18, 87)),
            "score": None if chance.random() < 0.05 else round(chance.random() * 100, 4),
            "price": round(chance.random() * 1000, 2),
            "clicks": float(chance.randint(0, 49)),
            "balance": round(chance.gauss(0, 1e5), 2),
            "ratio": round(chance.random(), 6),
            "plan": chance.choice(PLANS),
            "country": f"C{chance.randint(0, 195)}",
            "tag": chance.choice(TAGS),
            "created": f"{chance.randint(2011, 2023)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02} 10:20:30",
        }
        row["y"] = "up" if row["price"] * row["clicks"] + row["balance"] / 10 > 10_000 else "down"
        rows.append(row)
    return rows


def trained(folder: Path, rows: list[dict[str, Any]]) -> Path:
    job = folder / "job"
    (job / "in").mkdir(parents=True)
    pd.DataFrame(rows).to_csv(job / "in" / "d.csv", index=False)
    plan = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    document = {
        "job": 1,
        "id": "bench",
        "kind": "train",
        "inputs": {
            "data": {
                "path": "in/d.csv",
                "read": "SELECT * FROM read_csv({path}, header = true, all_varchar = true)",
            }
        },
        "plan": {**plan, "split": "TRY_CAST(ratio AS DOUBLE) > 0.8"},
        "params": {"algorithm": "linear"},
        "provenance": {"run": "bench", "dirty": False, "created": "2026-01-01T00:00:00Z"},
    }
    (job / "job.json").write_text(json.dumps(document), encoding="utf-8")
    subprocess.run(
        [sys.executable, "-m", "ml_lifecycle", "job.json"],
        cwd=job,
        env={**os.environ, "PYTHONPATH": str(RUNTIME)},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return job / "out" / "model"


def lower(table: pd.DataFrame) -> pd.DataFrame:
    return table.apply(lambda column: column.str.strip().str.lower())


def replaced(table: pd.DataFrame) -> pd.DataFrame:
    return table.replace({"plain": "other"})


def valued(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(value=table["price"] * table["clicks"])


def parts(table: pd.DataFrame) -> pd.DataFrame:
    times = pd.to_datetime(table["created"])
    return pd.DataFrame(
        {"year": times.dt.year, "month": times.dt.month, "weekday": times.dt.weekday}, index=table.index
    )


class Clip(sklearn.base.OneToOneFeatureMixin, sklearn.base.TransformerMixin, sklearn.base.BaseEstimator):
    """Numbers between two quantiles of the training rows."""

    def fit(self, table: pd.DataFrame, y: Any = None) -> "Clip":
        self.bounds_ = np.nanquantile(table, [0.01, 0.99], axis=0)
        self.n_features_in_ = table.shape[1]
        self.feature_names_in_ = np.asarray(table.columns, dtype=object)
        return self

    def transform(self, table: pd.DataFrame) -> pd.DataFrame:
        return table.clip(self.bounds_[0], self.bounds_[1], axis=1)


def _bins() -> KBinsDiscretizer:
    return KBinsDiscretizer(5, encode="ordinal", strategy="uniform", subsample=None)


def _hot() -> OneHotEncoder:
    return OneHotEncoder(handle_unknown="ignore", sparse_output=False)


def _ordinal() -> OrdinalEncoder:
    return OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)


def step_by_step() -> Pipeline:
    def on(columns: list[str], transformer: Any) -> ColumnTransformer:
        one = ColumnTransformer(
            [("on", transformer, columns)], remainder="passthrough", verbose_feature_names_out=False
        )
        return one.set_output(transform="pandas")

    return make_pipeline(
        on(["age", "score"], SimpleImputer(strategy="median")),
        on(["tag"], SimpleImputer(strategy="most_frequent", missing_values=None)),
        on(["plan"], FunctionTransformer(lower, feature_names_out="one-to-one")),
        on(["tag"], FunctionTransformer(replaced, feature_names_out="one-to-one")),
        FunctionTransformer(valued),
        on(["balance"], Clip()),
        on(["created"], FunctionTransformer(parts)),
        on(["price"], FunctionTransformer(np.log1p, feature_names_out="one-to-one")),
        on(["age"], _bins()),
        on(["plan", "tag"], _hot()),
        on(["country"], _ordinal()),
        on(["price", "balance", "ratio", "value"], StandardScaler()),
        StandardScaler(),
        LogisticRegression(max_iter=2000),
    )


def shortest() -> Pipeline:
    tag = SimpleImputer(strategy="most_frequent", missing_values=None)
    return make_pipeline(
        ColumnTransformer(
            [
                ("age", make_pipeline(SimpleImputer(strategy="median"), _bins()), ["age"]),
                ("score", SimpleImputer(strategy="median"), ["score"]),
                ("plan", make_pipeline(FunctionTransformer(lower), _hot()), ["plan"]),
                ("tag", make_pipeline(tag, FunctionTransformer(_replaced_array), _hot()), ["tag"]),
                (
                    "value",
                    make_pipeline(FunctionTransformer(_product), StandardScaler()),
                    ["price", "clicks"],
                ),
                ("clicks", "passthrough", ["clicks"]),
                ("price", make_pipeline(FunctionTransformer(np.log1p), StandardScaler()), ["price"]),
                ("balance", make_pipeline(Clip(), StandardScaler()), ["balance"]),
                ("ratio", StandardScaler(), ["ratio"]),
                ("created", FunctionTransformer(parts), ["created"]),
                ("country", _ordinal(), ["country"]),
            ]
        ),
        StandardScaler(),
        LogisticRegression(max_iter=2000),
    )


def _replaced_array(values: Any) -> Any:
    return np.where(values == "plain", "other", values)


def _product(table: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({"value": table["price"] * table["clicks"]})


def peer(model: Pipeline) -> Callable[[bytes], bytes]:
    def answer(body: bytes) -> bytes:
        rows = json.loads(body)
        table = pd.DataFrame(rows)
        table[NUMBERS] = table[NUMBERS].astype(float)
        shares = model.predict_proba(table)
        said = model.classes_[shares.argmax(axis=1)].tolist()
        names = model.classes_.tolist()
        return json.dumps(
            {
                "predictions": [
                    {"prediction": word, "probabilities": dict(zip(names, share, strict=True))}
                    for word, share in zip(said, shares.tolist(), strict=True)
                ]
            }
        ).encode()

    return answer


def ours(folder: Path) -> Callable[[bytes], bytes]:
    served = load_served({"path": str(folder), "name": "bench", "version": 1})

    def answer(body: bytes) -> bytes:
        rows = rows_of(body, "application/json")
        return answered(served, rows, served.predictor.predict(rows), time.perf_counter()).body

    return answer


def main() -> None:
    folder, requests = Path(sys.argv[1]), int(sys.argv[2])
    rows = made_rows()
    package = trained(folder, rows)
    table = pd.DataFrame(rows)
    learnt = table[table["ratio"] <= 0.8]
    peers = {"a Pipeline of 12 steps": step_by_step(), "one ColumnTransformer": shortest()}
    for model in peers.values():
        model.fit(learnt.drop(columns="y"), learnt["y"])
    # As the endpoint does; the peer has it, too.
    sklearn.set_config(assume_finite=True, skip_parameter_validation=True)
    ways = {"ours": ours(package), **{name: peer(model) for name, model in peers.items()}}
    asked = [{key: value for key, value in row.items() if key != "y"} for row in rows]
    said = {
        name: [one["prediction"] for one in json.loads(way(json.dumps(asked[:1000]).encode()))["predictions"]]
        for name, way in ways.items()
    }
    for name in peers:
        same = sum(a == b for a, b in zip(said["ours"], said[name], strict=True))
        print(f"Of 1,000 rows {same} are predicted alike by ours and {name}.")
    for size, count, goal in ((1, requests, "<= 2"), (100, max(20, requests // 5), "<= 1")):
        bodies = [json.dumps(asked[at * size % 4000 :][:size]).encode() for at in range(40)]
        wall: dict[str, list[float]] = {name: [] for name in ways}
        cpu: dict[str, list[float]] = {name: [] for name in ways}
        for turn in range(count + 5):
            for name, way in ways.items():
                body = bodies[turn % len(bodies)]
                started, used = time.perf_counter(), time.process_time()
                way(body)
                if turn >= 5:
                    wall[name].append(time.perf_counter() - started)
                    cpu[name].append(time.process_time() - used)
        for name in peers:
            ratio, work = (median(took["ours"]) / median(took[name]) for took in (wall, cpu))
            times = " / ".join(f"{median(wall[one]) * 1000:.2f} ms" for one in ("ours", name))
            what = "one row" if size == 1 else f"{size} rows"
            print(
                f"| request of {what} through 12 steps / scikit-learn, {name} | {ratio:.2f} (CPU {work:.2f}) | {goal} | {times} |"
            )


if __name__ == "__main__":
    main()
