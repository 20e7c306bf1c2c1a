"""Cross-validation by the recipe's folds: what is remembered is fitted in each fold."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kit import plan, run_job, write_csv
from sklearn import metrics as sk
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

FILL = {
    "index": 0,
    "kind": "fill_missing",
    "rows": "keep",
    "fit": 'SELECT median(x) AS "x.median" FROM {input}',
    "transform": ["SELECT * REPLACE (coalesce(x, ", {"value": "x.median"}, ") AS x) FROM {input}"],
}
COLUMNS = {"k": "BIGINT", "x": "DOUBLE", "y": "VARCHAR"}


def rows_of(count: int, numbers: bool = False) -> list[list[Any]]:
    random = np.random.default_rng(3)
    out: list[list[Any]] = []
    for place in range(count):
        x = float(random.normal())
        y: Any = 3 * x + float(random.normal()) if numbers else ("a" if x + random.normal() > 0 else "b")
        out.append([place, None if place % 5 == 2 else x, y])
    return out


def recipe(folds: dict[str, Any], split: str | None = None, numbers: bool = False) -> dict[str, Any]:
    columns = {**COLUMNS, "y": "DOUBLE"} if numbers else COLUMNS
    drop = {
        "index": 1,
        "kind": "drop_columns",
        "rows": "keep",
        "transform": ["SELECT * EXCLUDE (k) FROM {input}"],
    }
    return {**plan(columns, "y", split, [FILL, drop]), "folds": folds}


def filled(x: np.ndarray[Any, Any], learn: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """x as one column, its gaps filled with the median of the rows that are learnt from."""
    return np.where(np.isnan(x), np.nanmedian(x[learn]), x).reshape(-1, 1)


def test_scores_are_those_of_fits_without_the_fold(tmp_path: Path) -> None:
    rows = rows_of(200)
    data = write_csv(tmp_path / "d.csv", list(COLUMNS), rows)
    done = run_job(
        tmp_path / "job",
        "train",
        data,
        recipe=recipe({"count": 4, "sql": "k % 4"}),
        params={"algorithm": "linear"},
    )
    assert done.code == 0, done.stdout
    x = np.array([np.nan if row[1] is None else row[1] for row in rows])
    y = np.array([row[2] for row in rows])
    accuracy, loss = [], []
    place = np.arange(200)
    for fold in range(4):
        learn, judge = place % 4 != fold, place % 4 == fold
        X = filled(x, learn)
        own = make_pipeline(
            SimpleImputer(strategy="median"), StandardScaler(), LogisticRegression(max_iter=2000)
        ).fit(X[learn], y[learn])
        accuracy.append(sk.accuracy_score(y[judge], own.predict(X[judge])))
        loss.append(sk.log_loss(y[judge], own.predict_proba(X[judge])))
    report = done.json("report.json")
    crossed = report["crossValidation"]
    assert crossed["folds"] == 4 and crossed["rows"] == [50, 50, 50, 50]
    assert crossed["metrics"]["accuracy"]["values"] == pytest.approx(accuracy, abs=1e-12)
    assert crossed["metrics"]["accuracy"]["sd"] == pytest.approx(np.std(accuracy), abs=1e-12)
    assert crossed["metrics"]["log_loss"]["values"] == pytest.approx(loss, abs=1e-9)
    # Without a test part the metrics are the means, and the model is fitted on all rows.
    assert report["metrics"]["accuracy"] == pytest.approx(np.mean(accuracy), abs=1e-12)
    assert report["baseline"]["accuracy"] == pytest.approx(crossed["baseline"]["accuracy"]["mean"])
    assert report["rows"] == {"train": 200, "test": 0}
    assert int(np.sum(report["confusion"]["counts"])) == 200
    assert done.json("metrics.json")["metrics"] == report["metrics"]
    fitted = json.loads((done.out / "model" / "fitted.json").read_text(encoding="utf-8"))
    assert fitted["steps"][0]["x.median"] == pytest.approx(np.nanmedian(x))
    assert any(note.startswith("accuracy ") and " ± " in note for note in report["notes"])
    live = [line for line in done.lines() if line.get("metric") == "linear_accuracy"]
    assert [line["step"] for line in live] == [1, 2, 3, 4]


def test_a_test_part_is_in_no_fold(tmp_path: Path) -> None:
    data = write_csv(tmp_path / "d.csv", list(COLUMNS), rows_of(120))
    folds = {"count": 3, "sql": "k % 3"}
    done = run_job(
        tmp_path / "job", "train", data, recipe=recipe(folds, "k >= 90"), params={"algorithm": "linear"}
    )
    assert done.code == 0, done.stdout
    report = done.json("report.json")
    assert report["crossValidation"]["rows"] == [30, 30, 30]
    assert report["rows"] == {"train": 90, "test": 30}
    assert int(np.sum(report["confusion"]["counts"])) == 30
    assert report["notes"][-1].endswith("The other scores are of the test part.")


def test_forward_folds_learn_from_what_came_before(tmp_path: Path) -> None:
    rows = rows_of(120, numbers=True)
    data = write_csv(tmp_path / "d.csv", list(COLUMNS), rows)
    folds = {"count": 3, "forward": True, "sql": "(4 * (rank() OVER (ORDER BY k) - 1)) // count(*) OVER ()"}
    done = run_job(
        tmp_path / "job", "train", data, recipe=recipe(folds, numbers=True), params={"algorithm": "linear"}
    )
    assert done.code == 0, done.stdout
    x = np.array([np.nan if row[1] is None else row[1] for row in rows])
    y = np.array([row[2] for row in rows])
    expected = []
    for fold in (1, 2, 3):
        learn, judge = np.arange(120) < 30 * fold, (np.arange(120) // 30) == fold
        X = filled(x, learn)
        own = make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), Ridge()).fit(
            X[learn], y[learn]
        )
        expected.append(sk.root_mean_squared_error(y[judge], own.predict(X[judge])))
    report = done.json("report.json")
    assert report["crossValidation"]["metrics"]["rmse"]["values"] == pytest.approx(expected, abs=1e-9)
    assert report["metrics"]["rmse"] == pytest.approx(np.mean(expected))
    # The first part is scored by no one.
    assert len(report["residuals"]["actual"]) == 90


def test_auto_chooses_over_the_folds(tmp_path: Path) -> None:
    data = write_csv(tmp_path / "d.csv", list(COLUMNS), rows_of(150))
    done = run_job(tmp_path / "job", "train", data, recipe=recipe({"count": 3, "sql": "k % 3"}))
    assert done.code == 0, done.stdout
    report = done.json("report.json")
    best = report["candidates"][0]
    accuracy = report["crossValidation"]["metrics"]["accuracy"]
    assert best == {"algorithm": report["algorithm"], "score": accuracy["mean"], "sd": accuracy["sd"]}
    assert {one["algorithm"] for one in report["candidates"]} == {
        "linear",
        "random_forest",
        "hist_gradient_boosting",
        "knn",
        "baseline",
    }


def test_an_empty_fold_is_named(tmp_path: Path) -> None:
    data = write_csv(tmp_path / "d.csv", list(COLUMNS), rows_of(60))
    done = run_job(
        tmp_path / "job",
        "train",
        data,
        recipe=recipe({"count": 3, "sql": "k % 2"}),
        params={"algorithm": "linear"},
    )
    assert done.code == 1
    failure = done.json("failure.json")
    assert failure["message"] == "Fold 3 has no row to score."
    assert failure["fix"] == "Use fewer folds, or a key or group with more different values."
