"""Train jobs, checked against scikit-learn fitted directly on the same rows."""

import json
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from conftest import IRIS, PASSENGERS, iris_file, iris_plan, passenger_plan, passenger_rows
from kit import Outcome, plan, run_job, write_csv
from sklearn import metrics as sk
from sklearn.datasets import load_diabetes, load_iris
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def iris_parts() -> tuple[Any, Any, Any, Any]:
    iris = load_iris()
    test = np.arange(150) % 4 == 0
    return iris.data[~test], iris.target[~test], iris.data[test], iris.target[test]


def test_linear_is_logistic_regression(iris_model: Outcome) -> None:
    X, y, X_test, y_test = iris_parts()
    own = make_pipeline(
        SimpleImputer(strategy="median"), StandardScaler(), LogisticRegression(max_iter=2000)
    ).fit(X, y)
    report = iris_model.json("report.json")
    shares = own.predict_proba(X_test)
    expected = {
        "accuracy": sk.accuracy_score(y_test, own.predict(X_test)),
        "balanced_accuracy": sk.balanced_accuracy_score(y_test, own.predict(X_test)),
        "f1_macro": sk.f1_score(y_test, own.predict(X_test), average="macro"),
        "log_loss": sk.log_loss(y_test, shares),
        "roc_auc": sk.roc_auc_score(y_test, shares, multi_class="ovr"),
    }
    assert report["metrics"] == pytest.approx(expected, abs=1e-9)
    assert report["rows"] == {"train": 112, "test": 38}
    assert report["confusion"]["labels"] == ["setosa", "versicolor", "virginica"]
    assert report["confusion"]["counts"] == sk.confusion_matrix(y_test, own.predict(X_test)).tolist()
    assert report["mainMetric"] == "accuracy" and report["higherIsBetter"] is True
    assert report["baseline"]["accuracy"] == pytest.approx(float(np.mean(y_test == np.bincount(y).argmax())))
    assert [curve["label"] for curve in report["roc"]] == ["setosa", "versicolor", "virginica"]
    assert report["roc"][1]["area"] == pytest.approx(sk.roc_auc_score(y_test == 1, shares[:, 1]))
    assert report["pr"][1]["area"] == pytest.approx(sk.average_precision_score(y_test == 1, shares[:, 1]))
    assert max(len(curve["x"]) for curve in report["roc"]) <= 200
    metrics = iris_model.json("metrics.json")
    assert metrics["metrics"] == report["metrics"]
    assert metrics["packages"]["duckdb"] == "1.5.6"
    # row_id is dropped by the recipe: shuffling it changes nothing. It is listed all the same.
    importance = {item["column"]: item["mean"] for item in report["importance"]}
    assert set(importance) == {"row_id", *IRIS}
    assert importance["row_id"] == 0.0
    assert min(importance["pl"], importance["pw"]) > max(importance["sl"], importance["row_id"])


def test_a_forest_grown_in_parts_is_the_forest(tmp_path: Path) -> None:
    X, y, X_test, _ = iris_parts()
    done = run_job(
        tmp_path / "job",
        "train",
        iris_file(tmp_path),
        recipe=iris_plan(),
        params={"algorithm": "random_forest", "seed": 5},
    )
    model = joblib.load(done.out / "model" / "model.joblib")["estimator"]
    own = RandomForestClassifier(n_estimators=100, random_state=5).fit(X, y)
    assert model.predict_proba(X_test).tolist() == own.predict_proba(X_test).tolist()
    assert [line["step"] for line in done.lines() if line.get("metric") == "accuracy" and line["step"]] == [
        20,
        40,
        60,
        80,
        100,
    ]


def big_rows(count: int = 1500) -> list[list[object]]:
    random = np.random.default_rng(1)
    a, b = random.normal(size=count), random.normal(size=count)
    noise = random.normal(size=count) * 0.5
    return [[float(x), float(z), int(x * z + e > 0)] for x, z, e in zip(a, b, noise, strict=True)]


def test_boosting_in_parts_with_early_stopping_is_one_fit(tmp_path: Path) -> None:
    rows = big_rows()
    data = write_csv(tmp_path / "b.csv", ["a", "b", "y"], rows)
    recipe = plan({"a": "DOUBLE", "b": "DOUBLE", "y": "BIGINT"}, "y", "a > 1")
    done = run_job(
        tmp_path / "job",
        "train",
        data,
        recipe=recipe,
        params={"algorithm": "hist_gradient_boosting", "seed": 2},
    )
    assert done.code == 0, done.stderr
    table = np.array(rows, dtype=float)
    train = table[:, 0] <= 1
    own = HistGradientBoostingClassifier(max_iter=200, early_stopping=True, random_state=2)
    own.fit(table[train, :2], table[train, 2].astype(int))
    model = joblib.load(done.out / "model" / "model.joblib")["estimator"]
    assert model.n_iter_ == own.n_iter_ < 200
    assert model.predict_proba(table[~train, :2]).tolist() == own.predict_proba(table[~train, :2]).tolist()
    losses = [
        (line["step"], line["value"]) for line in done.lines() if line.get("metric") == "validation_loss"
    ]
    assert losses == [(step, -score) for step, score in enumerate(own.validation_score_.tolist()) if step]


def test_regression(tmp_path: Path) -> None:
    diabetes = load_diabetes()
    names = diabetes.feature_names
    rows = [[*map(float, x), float(y)] for x, y in zip(diabetes.data, diabetes.target, strict=True)]
    data = write_csv(tmp_path / "d.csv", [*names, "y"], rows)
    recipe = plan({**dict.fromkeys(names, "DOUBLE"), "y": "DOUBLE"}, "y", "age > 0.03")
    done = run_job(tmp_path / "job", "train", data, recipe=recipe, params={"algorithm": "linear"})
    test = diabetes.data[:, 0] > 0.03
    own = make_pipeline(StandardScaler(), Ridge()).fit(diabetes.data[~test], diabetes.target[~test])
    said, y = own.predict(diabetes.data[test]), diabetes.target[test]
    report = done.json("report.json")
    assert report["task"] == "regression" and report["higherIsBetter"] is False
    assert report["metrics"] == pytest.approx(
        {
            "rmse": sk.root_mean_squared_error(y, said),
            "mae": sk.mean_absolute_error(y, said),
            "r2": sk.r2_score(y, said),
            "mape": float(np.mean(np.abs((y - said) / y))),
        }
    )
    assert report["baseline"]["mae"] == pytest.approx(
        float(np.mean(np.abs(y - diabetes.target[~test].mean())))
    )
    assert report["residuals"]["actual"] == y.tolist()
    assert report["residuals"]["predicted"] == pytest.approx(said.tolist())


def test_auto_compares_and_takes_the_best(tmp_path: Path) -> None:
    done = run_job(
        tmp_path / "job", "train", iris_file(tmp_path), recipe=iris_plan(), params={"folds": 3, "seed": 1}
    )
    report = done.json("report.json")
    listed = {item["algorithm"]: item["score"] for item in report["candidates"]}
    assert set(listed) == {"linear", "hist_gradient_boosting", "random_forest", "knn", "baseline"}
    assert list(listed.values()) == sorted(listed.values(), reverse=True)
    assert report["algorithm"] == report["candidates"][0]["algorithm"]
    stages = [line["stage"] for line in done.lines() if "stage" in line]
    assert "linear: fold 1 of 3" in stages and "baseline: fold 3 of 3" in stages
    again = run_job(
        tmp_path / "again", "train", iris_file(tmp_path), recipe=iris_plan(), params={"folds": 3, "seed": 1}
    )
    assert again.json("report.json") == report


def test_auto_with_many_classes_leaves_boosting_out_and_says_so(tmp_path: Path) -> None:
    rows = [[number, number % 21 + 0.5, f"c{number % 21:02}"] for number in range(210)]
    data = write_csv(tmp_path / "many.csv", ["n", "x", "kind"], rows)
    recipe = plan(
        {"n": "BIGINT", "x": "DOUBLE", "kind": "VARCHAR"},
        "kind",
        split="n % 5 = 0",
    )
    done = run_job(tmp_path / "job", "train", data, recipe=recipe, params={"folds": 2})
    assert done.code == 0, done.stdout
    report = done.json("report.json")
    assert {item["algorithm"] for item in report["candidates"]} == {
        "linear",
        "random_forest",
        "knn",
        "baseline",
    }
    assert any("slow with 21 classes" in note for note in report["notes"])


def test_left_out_columns_and_package(passenger_model: Outcome) -> None:
    report = passenger_model.json("report.json")
    assert [item["column"] for item in report["leftOut"]] == ["ticket"]
    assert "192 different values in 192 rows" in report["leftOut"][0]["reason"]
    features = passenger_model.json("model/features.json")
    port = next(column for column in features["columns"] if column["name"] == "port")
    assert port == {"name": "port", "kind": "category", "values": ["Bari", "Cork", "Ærø"]}
    signature = passenger_model.json("model/signature.json")
    fields = {field["name"]: field for field in signature["inputs"]}
    assert list(fields) == PASSENGERS[:-1]
    assert fields["age"]["type"] == "integer" and fields["age"]["required"] is False
    assert fields["joined"]["type"] == "date" and fields["joined"]["min"] == "2024-01-01"
    assert fields["port"]["categories"] == ["Bari", "Cork", "Ærø"]
    assert "categories" not in fields["ticket"]
    assert len(signature["examples"]) == 5
    baseline = passenger_model.json("model/baseline.json")
    train = [row for index, row in enumerate(passenger_rows()) if index % 5]
    assert baseline["rows"] == len(train) == 192
    assert baseline["columns"]["age"]["missing"] == sum(row[0] is None for row in train)
    assert sum(baseline["columns"]["fare"]["counts"]) == 192
    assert baseline["columns"]["fare"]["mean"] == pytest.approx(float(np.mean([row[1] for row in train])))
    assert sum(baseline["prediction"]["values"].values()) == 192
    provenance = passenger_model.json("model/provenance.json")
    assert provenance["run"] == "r1" and provenance["packages"]["numpy"]


def test_the_fitted_median_comes_from_training_rows_only(tmp_path: Path) -> None:
    rows = [[float(index), 1000.0 if index % 2 else 1.0, "a" if index % 3 else "b"] for index in range(60)]
    rows[0][0] = None
    data = write_csv(tmp_path / "m.csv", ["x", "part", "y"], rows)
    fill = {
        "index": 0,
        "kind": "fill_missing",
        "rows": "keep",
        "fills": ["x"],
        "fit": 'SELECT median("x") AS "x.median" FROM {input}',
        "transform": [
            'SELECT * REPLACE (CASE WHEN ("x" IS NULL OR isnan("x")) THEN CAST(',
            {"value": "x.median"},
            ' AS DOUBLE) ELSE "x" END AS "x") FROM {input}',
        ],
    }
    drop = {
        "index": 1,
        "kind": "drop_columns",
        "rows": "keep",
        "transform": ['SELECT * EXCLUDE ("part") FROM {input}'],
    }
    recipe = plan({"x": "DOUBLE", "part": "DOUBLE", "y": "VARCHAR"}, "y", "part > 500", [fill, drop])
    recipe["spare"] = ["part"]
    done = run_job(tmp_path / "job", "train", data, recipe=recipe, params={"algorithm": "linear"})
    assert done.json("model/fitted.json")["steps"] == [{"x.median": 30}, {}]
    inputs = done.json("model/signature.json")["inputs"]
    fields = {field["name"]: (field["required"], field.get("unread", False)) for field in inputs}
    assert fields == {"x": (False, False), "part": (False, True)}
    assert set(done.json("model/baseline.json")["columns"]) == {"x"}


def test_without_a_split_scores_are_cross_validated(tmp_path: Path) -> None:
    done = run_job(
        tmp_path / "job", "train", iris_file(tmp_path), target="species", params={"algorithm": "linear"}
    )
    report = done.json("report.json")
    assert report["rows"] == {"train": 150, "test": 0}
    assert sum(map(sum, report["confusion"]["counts"])) == 150
    assert any("cross-validated" in note for note in report["notes"])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["a"] * 20, "only one class"),
        ([None] * 20, "missing in all 20 rows"),
        ([f"id{index}" for index in range(20)], "a class of its own in every one of the 20"),
    ],
)
def test_a_target_that_cannot_be_learned(tmp_path: Path, values: list[Any], message: str) -> None:
    data = write_csv(tmp_path / "t.csv", ["x", "y"], [[index, value] for index, value in enumerate(values)])
    done = run_job(tmp_path / "job", "train", data, recipe=plan({"x": "BIGINT", "y": "VARCHAR"}, "y"))
    failure = done.json("failure.json")
    assert done.code == 1
    assert failure["kind"] == "invalid" and message in failure["message"] and failure["fix"]
    assert not (done.out / "model").exists()


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"y": "BIGINT"}, "leaves no column but the target"),
        ({"x": "VARCHAR", "y": "BIGINT"}, "No column is left to learn from: `x`: Free text or an identifier"),
    ],
)
def test_nothing_to_learn_from(tmp_path: Path, columns: dict[str, str], message: str) -> None:
    rows = [["no two alike " * 3 + str(index), index % 2] for index in range(40)]
    data = write_csv(tmp_path / "t.csv", list(columns), [row[-len(columns) :] for row in rows])
    done = run_job(tmp_path / "job", "train", data, recipe=plan(columns, "y"))
    failure = done.json("failure.json")
    assert done.code == 1
    assert message in failure["message"] and failure["fix"]


def test_rows_without_a_target_are_left_out_and_counted(tmp_path: Path) -> None:
    rows = [[index, None if index < 3 else "ab"[index % 2]] for index in range(40)]
    data = write_csv(tmp_path / "t.csv", ["x", "y"], rows)
    recipe = plan({"x": "BIGINT", "y": "VARCHAR"}, "y")
    done = run_job(tmp_path / "job", "train", data, recipe=recipe, params={"algorithm": "linear"})
    report = done.json("report.json")
    assert report["rows"]["train"] == 37
    assert "3 of 40 rows have no target and were left out." in report["notes"]


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"algorithm": "magic"}, "There is no algorithm `magic`"),
        ({"algorithm": "random_forest", "trees": 3}, "random_forest has no parameter `trees`"),
        ({"algorithm": "random_forest", "n_estimators": -3}, "n_estimators"),
        ({"seed": 1.5}, "`seed` is 1.5"),
        ({"seed": 2**32}, "no whole number from 0 to 4294967295"),
        ({"class_weight": "heavy"}, "`class_weight` is 'heavy'"),
        ({"algorithm": "knn", "n_neighbors": 113}, "fitted on 112 rows"),
        ({"task": "guess"}, "There is no task `guess`"),
        ({"task": "regression"}, "regression needs a number"),
    ],
)
def test_wrong_parameters(tmp_path: Path, params: dict[str, Any], message: str) -> None:
    done = run_job(tmp_path / "job", "train", iris_file(tmp_path), recipe=iris_plan(), params=params)
    assert done.code == 1
    assert message in done.json("failure.json")["message"]


def test_auto_with_a_single_row_of_a_class(tmp_path: Path) -> None:
    # In one fold the training rows are all of the other class.
    rows = [[index, "rare" if index == 7 else "often"] for index in range(60)]
    data = write_csv(tmp_path / "r.csv", ["x", "y"], rows)
    done = run_job(tmp_path / "job", "train", data, recipe=plan({"x": "BIGINT", "y": "VARCHAR"}, "y"))
    assert done.code == 0
    candidates = {one["algorithm"]: one["score"] for one in done.json("report.json")["candidates"]}
    # Linear cannot be fitted on one class and is left out; a single class is always right but for its fold.
    assert "linear" not in candidates
    assert candidates["hist_gradient_boosting"] == candidates["baseline"]


def test_whole_numbers_beyond_what_a_double_tells_apart(tmp_path: Path) -> None:
    first = 2**53
    rows = [[first + index % 16, index / 2] for index in range(64)]
    data = write_csv(tmp_path / "h.csv", ["x", "y"], rows)
    recipe = plan({"x": "BIGINT", "y": "DOUBLE"}, "y", "x % 4 = 0")
    done = run_job(tmp_path / "job", "train", data, recipe=recipe, params={"algorithm": "linear"})
    assert done.code == 0
    baseline = done.json("model/baseline.json")["columns"]["x"]
    # As doubles, the smallest (+1) and the largest (+15) of the training rows are rounded to even.
    assert baseline["edges"] == [first, first + 16]
    assert baseline["counts"] == [48]


def test_tables_that_are_none(tmp_path: Path) -> None:
    for name, text, message in [
        ("header", "x,y\n", "has no rows"),
        ("lacks", "x,z\n1,2\n3,4\n", "no column `y`"),
    ]:
        data = tmp_path / f"{name}.csv"
        data.write_text(text, encoding="utf-8")
        done = run_job(tmp_path / name, "train", data, recipe=plan({"x": "BIGINT", "y": "VARCHAR"}, "y"))
        assert message in done.json("failure.json")["message"]


def test_a_job_sees_nothing_outside_its_folder(tmp_path: Path) -> None:
    secret = write_csv(tmp_path / "secret.csv", ["x", "y"], [[1, "a"]])
    data = iris_file(tmp_path)
    done = run_job(tmp_path / "job", "train", data, read=f"SELECT * FROM read_csv('{secret}')", target="y")
    assert done.code == 1
    assert "cannot be read as a table" in done.json("failure.json")["message"]


def test_class_weights_change_the_model(tmp_path: Path) -> None:
    rows = [[float(index % 50), "rare" if index % 10 == 0 else "often"] for index in range(300)]
    data = write_csv(tmp_path / "w.csv", ["x", "y"], rows)
    recipe = plan({"x": "DOUBLE", "y": "VARCHAR"}, "y")
    done = run_job(
        tmp_path / "job",
        "train",
        data,
        recipe=recipe,
        params={"algorithm": "linear", "class_weight": "balanced"},
    )
    model = joblib.load(done.out / "model" / "model.joblib")["estimator"]
    assert model.named_steps["model"].class_weight == "balanced"
    report = done.json("report.json")
    assert report["mainMetric"] == "f1_macro"
    assert report["roc"][0]["label"] == "rare" and len(report["roc"]) == 1


def test_no_job_file_and_damaged_job_file(tmp_path: Path) -> None:
    import subprocess
    import sys

    from kit import PACKAGE

    (tmp_path / "job.json").write_text("{", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "ml_lifecycle", "job.json"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(PACKAGE)},
        check=False,
    )
    assert done.returncode == 1
    assert json.loads((tmp_path / "out" / "failure.json").read_text(encoding="utf-8"))["kind"] == "invalid"


def test_a_long_recipe_history_is_refused_before_training(tmp_path: Path) -> None:
    step = {
        "index": 0,
        "kind": "fill_missing",
        "rows": "keep",
        "history": True,
        "transform": ["SELECT * FROM {input}"],
    }
    recipe = {**passenger_plan([step])}
    data = write_csv(tmp_path / "p.csv", PASSENGERS, passenger_rows(40))
    done = run_job(tmp_path / "job", "train", data, recipe=recipe)
    assert done.json("failure.json")["kind"] == "unsupported"
