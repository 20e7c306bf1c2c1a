"""A recipe that joins another table: prepared, trained, packed with the table, and answered from the package."""

import csv
import shutil
from pathlib import Path
from typing import Any

import pytest
from endpoint import serving
from kit import Outcome, plan, run_job, write_csv

from ml_lifecycle import tables

SPLIT = "x >= 40"
JOIN = {
    "index": 0,
    "kind": "join",
    "rows": "keep",
    "fit": "SELECT CAST(max(n) AS BIGINT) AS most FROM (SELECT count(*) AS n FROM __mll_table_0 GROUP BY k)",
    "transform": [
        "SELECT l.*, r.v FROM {input} AS l LEFT JOIN __mll_table_0 AS r ON l.k = r.k",
    ],
}
TABLE = {
    "name": "other.csv",
    "relation": "__mll_table_0",
    "columns": [{"name": "k", "sqlType": "VARCHAR"}, {"name": "v", "sqlType": "DOUBLE"}],
}
VALUES = {"a": 1.0, "b": 10.0, "c": 100.0}


def recipe(**step: Any) -> dict[str, Any]:
    made = plan(
        {"k": "VARCHAR", "x": "BIGINT", "y": "DOUBLE"},
        "y",
        SPLIT,
        [
            {**JOIN, **step},
            {
                "index": 1,
                "kind": "drop_columns",
                "rows": "keep",
                "transform": ["SELECT * EXCLUDE (k) FROM {input}"],
            },
        ],
    )
    return {**made, "tables": [TABLE]}


def data_file(folder: Path) -> Path:
    keys = "abc"
    rows = [[keys[n % 3], n, 3 * VALUES[keys[n % 3]] + n] for n in range(60)]
    return write_csv(folder / "data.csv", ["k", "x", "y"], rows)


def other_file(folder: Path) -> Path:
    return write_csv(folder / "other.csv", ["k", "v"], [[k, v] for k, v in VALUES.items()])


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    folder = tmp_path_factory.mktemp("joined")
    return run_job(
        folder / "job",
        "train",
        data_file(folder),
        recipe=recipe(),
        params={"algorithm": "linear"},
        tables=[other_file(folder)],
    )


def test_prepare_joins_all_rows(tmp_path: Path) -> None:
    done = run_job(
        tmp_path / "job", "prepare", data_file(tmp_path), recipe=recipe(), tables=[other_file(tmp_path)]
    )
    assert done.code == 0
    assert done.json("metrics.json")["metrics"] == {"rows_in": 60.0, "rows_out": 60.0}


def test_a_job_without_the_table_says_so(tmp_path: Path) -> None:
    done = run_job(tmp_path / "job", "prepare", data_file(tmp_path), recipe=recipe())
    assert done.code == 1
    assert "no input named `table0`" in done.json("failure.json")["message"]


def test_the_endpoint_answers_from_the_packed_table(model: Outcome, tmp_path: Path) -> None:
    assert model.code == 0, model.stdout
    assert (model.out / "model" / "tables" / "__mll_table_0.parquet").exists()
    with serving(tmp_path / "serve", model.out / "model") as endpoint:
        asked = endpoint.ask([{"k": "c", "x": 5}, {"k": "a", "x": 7}])
    assert [item["prediction"] for item in asked] == pytest.approx([305.0, 10.0], abs=6)


def test_batch_and_evaluate_use_it_too(model: Outcome, tmp_path: Path) -> None:
    rows = write_csv(tmp_path / "new.csv", ["k", "x", "y"], [["b", 1, 31], ["c", 2, 302]])
    batch = run_job(tmp_path / "batch", "batch-predict", rows, model=model.out / "model")
    assert batch.code == 0, batch.stdout
    with (batch.out / "predictions.csv").open(encoding="utf-8") as file:
        said = [float(row["prediction"]) for row in csv.DictReader(file)]
    assert said == pytest.approx([31.0, 302.0], abs=6)
    judged = run_job(tmp_path / "judge", "evaluate", rows, model=model.out / "model", params={"part": "all"})
    assert judged.code == 0, judged.stdout
    assert judged.json("metrics.json")["metrics"]["mae"] < 6


def test_a_package_without_its_table_does_not_serve(model: Outcome, tmp_path: Path) -> None:
    copy = tmp_path / "model"
    shutil.copytree(model.out / "model", copy)
    shutil.rmtree(copy / "tables")
    rows = write_csv(tmp_path / "new.csv", ["k", "x"], [["b", 1]])
    done = run_job(tmp_path / "batch", "batch-predict", rows, model=copy)
    assert done.code == 1
    assert "lacks the joined table other.csv" in done.json("failure.json")["message"]


def test_a_table_too_large_for_a_package_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MOST_FROZEN_CELLS", 5)
    done = run_job(
        tmp_path / "job",
        "train",
        data_file(tmp_path),
        recipe=recipe(),
        params={"algorithm": "linear"},
        tables=[other_file(tmp_path)],
    )
    assert done.code == 1
    assert "has 6 cells: a model package takes 5" in done.json("failure.json")["message"]


def test_a_recipe_that_makes_rows_anew_is_not_trained_on(tmp_path: Path) -> None:
    done = run_job(
        tmp_path / "job",
        "train",
        data_file(tmp_path),
        recipe=recipe(rows="remake"),
        tables=[other_file(tmp_path)],
    )
    assert done.code == 1
    assert "Step 1 (join) makes rows anew" in done.json("failure.json")["message"]
