"""One row by its own way, against the way for many rows."""

import json
import threading
import time
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from conftest import iris_file, iris_plan, passenger_rows
from endpoint import serving
from kit import Outcome, run_job

from ml_lifecycle.features import matrix, select
from ml_lifecycle.plan import connect
from ml_lifecycle.predict import Predictor, load_package
from ml_lifecycle.scaling import taken_apart
from ml_lifecycle.single import OneRow
from ml_lifecycle.values import convert_rows, fields

KINDS = {
    "whole": "BIGINT",
    "huge": "HUGEINT",
    "tiny": "UTINYINT",
    "number": "DOUBLE",
    "half": "FLOAT",
    "money": "DECIMAL(9,2)",
    "yes": "BOOLEAN",
    "day": "DATE",
    "moment": "TIMESTAMP",
    "zoned": "TIMESTAMP WITH TIME ZONE",
    "word": "VARCHAR",
    "key": "UUID",
    "clock": "TIME",
}
WORDS = ["", "a", "Ærø", "it's", "a\x00b", "😀", "a word that is longer than twelve bytes", "NULL", "nan"]
FULL: dict[str, Any] = {
    "whole": 2**63 - 1,
    "huge": -(2**100),
    "tiny": 255,
    "number": 0.1,
    "half": 0.1,
    "money": 12.345,
    "yes": True,
    "day": "2024-02-29",
    "moment": "2024-02-29T10:11:12.123456",
    "zoned": "2024-02-29T10:11:12+05:30",
    "word": "a",
    "key": "6f1c9e7e-6c2d-4f0a-9d54-0a6f2f8f3f10",
    "clock": "10:11:12",
}
ROWS = [
    FULL,
    {},
    FULL,
    *({**FULL, "word": word} for word in WORDS),
    *({**FULL, name: None} for name in KINDS),
    {**FULL, "whole": -(2**63), "huge": 2**120, "tiny": 0, "number": -1e308, "half": 3e38, "money": -0.005},
    {
        **FULL,
        "yes": False,
        "day": "0001-01-01",
        "moment": "9999-12-31T23:59:59",
        "key": "00000000-0000-0000-0000-000000000000",
        "clock": "23:59:59.999999",
    },
]


@pytest.mark.parametrize("encoding", ["one_hot", "codes"])
def test_one_row_is_the_row_among_many(encoding: str) -> None:
    features = {
        "features": 1,
        "encoding": encoding,
        "columns": [
            {"name": name, "kind": "category", "values": ["a", *WORDS[2:], FULL["key"], FULL["clock"]]}
            if kind in ("VARCHAR", "UUID", "TIME")
            else {
                "name": name,
                "kind": {"DATE": "date"}.get(kind, "datetime" if "TIME" in kind else "number"),
            }
            for name, kind in KINDS.items()
        ],
    }
    asked = fields([*KINDS.items(), ("y", "VARCHAR")], "y", set())
    connection = connect(threads=1)
    listed = select(features)
    one = OneRow(connection, asked, features, f"SELECT {listed} FROM ({asked.sql_of_one})")
    columns, places, errors = convert_rows(asked, ROWS)
    assert errors == {} and len(places) == len(ROWS)
    data = connection.execute(f"SELECT {listed} FROM ({asked.sql})", [*columns, len(ROWS)]).fetchnumpy()
    expected = matrix(features, data)
    for place in range(len(ROWS)):
        said = one.matrix([[column[place]] for column in columns])
        assert said.dtype == np.float64
        np.testing.assert_array_equal(said, expected[place : place + 1], err_msg=str(ROWS[place]))
    # The rows that differ are told apart, so the comparison could fail.
    assert len(np.unique(np.nan_to_num(expected, nan=-1.0), axis=0)) > len(WORDS)


def test_a_row_alone_is_answered_as_among_others(passenger_model: Outcome) -> None:
    predictor = Predictor(load_package(passenger_model.out / "model"))
    assert predictor._one is not None
    names = ["age", "fare", "port", "adult", "joined", "ticket"]
    rows = [dict(zip(names, row, strict=False)) for row in passenger_rows(60)]
    rows[5]["port"] = "Oslo"
    together = predictor.predict(rows)
    assert [predictor.predict([row])[0] for row in rows] == together
    assert len({item["probabilities"]["lived"] for item in together if item["prediction"]}) > 2


def test_an_error_leaves_the_next_row_alone(iris_model: Outcome) -> None:
    predictor = Predictor(load_package(iris_model.out / "model"))
    row = {"row_id": 1, "sl": 5.1, "sw": 3.5, "pl": 1.4, "pw": 0.2}
    before = predictor.predict([row])
    assert predictor.predict([{**row, "sl": "tall"}])[0]["error"]["field"] == "sl"
    assert predictor.predict([row]) == before
    assert predictor.predict([{**row, "pl": 5.2, "pw": 2.3}])[0]["prediction"] == "virginica"


def test_a_scaled_model_taken_apart_is_the_same_arithmetic(iris_model: Outcome) -> None:
    model = joblib.load(iris_model.out / "model" / "model.joblib")["estimator"]
    prepare, last = taken_apart(model)
    assert last is model.named_steps["model"]
    random = np.random.default_rng(4)
    for _ in range(50):
        X = random.normal(size=(1, 4)) * 10.0 ** random.integers(-8, 8)
        X[random.random(X.shape) < 0.2] = np.nan
        assert prepare(X).tolist() == model[:-1].transform(X).tolist()
        assert last.predict_proba(prepare(X)).tolist() == model.predict_proba(X).tolist()


def test_an_estimator_that_is_no_pipeline_of_ours_is_left_whole(passenger_model: Outcome) -> None:
    model = joblib.load(passenger_model.out / "model" / "model.joblib")["estimator"]
    prepare, last = taken_apart(model)
    X = np.array([[np.nan, 1.0]])
    assert last is model and prepare(X) is X


WAITS = """
import pathlib, time
import ml_lifecycle as ml
from sklearn.tree import DecisionTreeClassifier

class Waiting:
    def __init__(self, model):
        self.model = model
        self.folder = pathlib.Path(FOLDER)

    def predict(self, X):
        if (self.folder / "wait").exists():
            (self.folder / "asked").touch()
            while not (self.folder / "go").exists():
                time.sleep(0.01)
        return self.model.predict(X)

data = ml.data("train")
ml.save(Waiting(DecisionTreeClassifier(random_state=0).fit(data.X, data.y)))
"""


def test_a_model_that_takes_its_time_does_not_stop_the_endpoint(tmp_path: Path) -> None:
    script = WAITS.replace("FOLDER", json.dumps(str(tmp_path)))
    done = run_job(tmp_path / "job", "train", iris_file(tmp_path), recipe=iris_plan(), script=script)
    assert done.code == 0, done.stderr
    row = {"row_id": 1, "sl": 5.1, "sw": 3.5, "pl": 1.4, "pw": 0.2}
    with serving(tmp_path / "serve", done.out / "model") as endpoint:
        (tmp_path / "wait").touch()
        answers: list[Any] = []
        asking = threading.Thread(target=lambda: answers.append(endpoint.ask([row])))
        asking.start()
        deadline = time.monotonic() + 30
        while not (tmp_path / "asked").exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert endpoint.client.get("/ping").status_code == 200
        assert answers == []
        (tmp_path / "go").touch()
        asking.join()
        assert answers[0][0]["prediction"] == "setosa"
