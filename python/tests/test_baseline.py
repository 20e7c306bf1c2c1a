"""The training rows that drift is measured against."""

from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from conftest import PASSENGERS, passenger_rows
from kit import Outcome, plan, run_job, write_csv

from ml_lifecycle import baseline
from ml_lifecycle.predict import Predictor, load_package


@pytest.mark.parametrize("kind", ["VARCHAR", "BIGINT", "BOOLEAN", "DOUBLE"])
def test_the_baseline_has_each_training_row_with_its_own_prediction(tmp_path: Path, kind: str) -> None:
    random = np.random.default_rng(3)
    values: dict[str, Any] = {
        "VARCHAR": lambda x: "é" if x > 0 else "it's",
        "BIGINT": lambda x: 7 if x > 0 else -3,
        "BOOLEAN": lambda x: str(bool(x > 0)).lower(),
        "DOUBLE": lambda x: round(float(x) * 3 + 0.123, 3),
    }
    rows = [[number, float(x), values[kind](x)] for number, x in enumerate(random.normal(size=400).round(3))]
    rows[7][2] = rows[8][2] = None
    data = write_csv(tmp_path / "b.csv", ["k", "x", "y"], rows)
    recipe = plan({"k": "BIGINT", "x": "DOUBLE", "y": kind}, "y", "k % 4 = 0")
    done = run_job(
        tmp_path / "job", "train", data, recipe=recipe, params={"algorithm": "hist_gradient_boosting"}
    )
    assert done.code == 0, done.stderr
    folder = done.out / "model"
    path = str(folder / "baseline.parquet").replace("'", "''")
    table = duckdb.sql(f"SELECT * FROM '{path}'")
    assert [(name, str(sql)) for name, sql in zip(table.columns, table.types, strict=True)] == [
        ("k", "BIGINT"),
        ("x", "DOUBLE"),
        ("prediction", kind),
    ]
    # Rows without a target are raw training rows all the same: requests will look like them.
    train = [row for row in rows if row[0] % 4]
    asked = Predictor(load_package(folder)).predict([{"k": row[0], "x": row[1]} for row in train])
    assert table.fetchall() == [
        (row[0], row[1], item["prediction"]) for row, item in zip(train, asked, strict=True)
    ]
    described = done.json("model/baseline.json")
    assert described["rows"] == 300
    assert list(described["columns"]) == ["k", "x"]
    if kind == "DOUBLE":
        assert sum(described["prediction"]["counts"]) == 300
    else:
        assert sum(described["prediction"]["values"].values()) == 300


def test_rows_that_go_through_in_parts_are_predicted_as_in_one(
    passenger_model: Outcome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = write_csv(tmp_path / "p.csv", PASSENGERS, passenger_rows(100))
    model = passenger_model.out / "model"
    whole = run_job(tmp_path / "whole", "batch-predict", data, model=model)
    monkeypatch.setattr(baseline, "MOST_CELLS", 1)
    monkeypatch.setattr(baseline, "FEWEST_ROWS", 33)
    parts = run_job(tmp_path / "parts", "batch-predict", data, model=model)
    written = [(done.out / "predictions.csv").read_text(encoding="utf-8") for done in (whole, parts)]
    assert written[0] == written[1]
    assert len(written[0].splitlines()) == 101
