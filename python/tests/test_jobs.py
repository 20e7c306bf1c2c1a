"""prepare, evaluate and batch-predict."""

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import IRIS, PASSENGERS, iris_file, iris_plan, passenger_rows
from kit import PACKAGE, Outcome, plan, run_job, write_csv

from ml_lifecycle.predict import Predictor, load_package


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_full_disk_is_said_and_leaves_no_half_package(tmp_path: Path) -> None:
    data = write_csv(
        tmp_path / "d.csv", ["x", "y"], [[index, index * index % 97 / 7] for index in range(2000)]
    )
    run_job(
        tmp_path / "job",
        "train",
        data,
        recipe=plan({"x": "BIGINT", "y": "DOUBLE"}, "y"),
        params={"algorithm": "random_forest"},
        limit=300_000,
    )
    folder = tmp_path / "job" / "out"
    failure = json.loads((folder / "failure.json").read_text(encoding="utf-8"))
    assert failure["kind"] == "quota" and failure["fix"]
    assert sorted(path.name for path in folder.iterdir()) == ["failure.json"]


WATCHED = """
import json, sys, threading
seen = []
def hook(event, args):
    if event in ("os.putenv", "os.unsetenv") and threading.active_count() > 1:
        seen.append(args[0].decode())
sys.addaudithook(hook)
from ml_lifecycle.__main__ import main
print(json.dumps({"code": main(["job.json"]), "seen": seen, "loaded": "sklearn" in sys.modules}))
"""


def test_nothing_is_set_in_the_environment_while_several_threads_run(tmp_path: Path) -> None:
    job = tmp_path / "job"
    run_job(job, "train", iris_file(tmp_path), recipe=iris_plan(), params={"algorithm": "random_forest"})
    shutil.rmtree(job / "out")
    own = {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_DUPLICATE_LIB_OK", "KMP_INIT_AT_FORK"}
    done = subprocess.run(
        [sys.executable, "-c", WATCHED],
        cwd=job,
        env={name: value for name, value in os.environ.items() if name not in own}
        | {"PYTHONPATH": str(PACKAGE)},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    assert json.loads(done.stdout.splitlines()[-1]) == {"code": 0, "seen": [], "loaded": True}


@pytest.mark.parametrize("name", ["fitted.json", "report.json", "features.json"])
def test_a_damaged_package_is_named(iris_model: Outcome, tmp_path: Path, name: str) -> None:
    model = tmp_path / "model"
    shutil.copytree(iris_model.out / "model", model)
    (model / name).write_text("{", encoding="utf-8")
    data = iris_file(tmp_path)
    done = run_job(tmp_path / "job", "evaluate", data, model=model, recipe=iris_plan(), target="species")
    assert done.code == 1
    failure = done.json("failure.json")
    assert failure["kind"] == "invalid" and failure["fix"] == "Train the model again."
    assert failure["message"].startswith(f"{name} of the model package is damaged: ")


def expectation(severity: str) -> dict[str, Any]:
    """A step of a plan that wants `v` to be below 2."""
    counted = 'SELECT count(*) AS "rows", count(*) FILTER (v >= 2) AS broken FROM {input}'
    sql = f"SELECT *, [] AS examples, broken || ' are too large' AS message FROM ({counted})"
    check = {"rule": "range", "columns": ["v"], "severity": severity, "allow": 0.1, "sql": sql}
    return {
        "index": 1,
        "kind": "expect",
        "rows": "keep",
        "transform": ["SELECT * FROM {input}"],
        "check": check,
    }


def test_prepare_reports_what_became_of_the_rows(tmp_path: Path) -> None:
    data = write_csv(tmp_path / "d.csv", ["k", "v"], [[9 - index, index % 3] for index in range(9)])
    drop = {"index": 0, "kind": "filter", "rows": "drop", "transform": ["SELECT * FROM {input} WHERE v > 0"]}
    middle = {
        "index": 2,
        "kind": "fill_missing",
        "rows": "keep",
        "fit": 'SELECT median(k) AS "k.median", list(k ORDER BY k) AS "k.all" FROM {input}',
        "transform": ["SELECT * FROM {input}"],
    }
    columns = {"k": "BIGINT", "v": "BIGINT"}
    steps = [drop, expectation("warn"), middle]
    done = run_job(tmp_path / "job", "prepare", data, recipe=plan(columns, None, None, steps))
    assert done.code == 0
    assert "Warning: 3 are too large" in done.stdout
    check = {"rule": "range", "columns": ["v"], "severity": "warn", "allow": 0.1}
    outcome = {"holds": False, "rows": 6, "broken": 3, "examples": [], "message": "3 are too large"}
    assert done.json("prepared.json") == {
        "rowsIn": 9,
        "rowsOut": 6,
        "dropped": [{"step": 0, "kind": "filter", "rows": 3}],
        "expectations": [{"step": 1, **check, **outcome}],
        "columns": [{"name": name, "type": "integer", "sqlType": "BIGINT"} for name in columns],
        "remembered": [
            {
                "step": 2,
                "kind": "fill_missing",
                "values": [
                    {"name": "k.median", "value": 4.5},
                    {"name": "k.all", "first": [1, 2, 4, 5, 7, 8], "of": 6},
                ],
            }
        ],
        "notes": [],
    }


def test_an_expectation_that_stops_ends_the_job(tmp_path: Path) -> None:
    data = write_csv(tmp_path / "d.csv", ["k", "v"], [[index, index % 3] for index in range(9)])
    recipe = plan({"k": "BIGINT", "v": "BIGINT"}, "v", None, [expectation("stop")])
    for kind in ("prepare", "train"):
        done = run_job(tmp_path / kind, kind, data, recipe=recipe)
        assert done.code == 1
        failure = done.json("failure.json")
        assert failure["kind"] == "invalid"
        assert failure["message"] == "Step 2 (expect): 3 are too large"
        assert not (done.out / "prepared.json").exists()


def test_prepare_keeps_file_order(tmp_path: Path) -> None:
    data = write_csv(tmp_path / "d.csv", ["k", "v"], [[9 - index, index % 3] for index in range(9)])
    step = {"index": 0, "kind": "filter", "rows": "drop", "transform": ["SELECT * FROM {input} WHERE v > 0"]}
    done = run_job(
        tmp_path / "job", "prepare", data, recipe=plan({"k": "BIGINT", "v": "BIGINT"}, None, None, [step])
    )
    assert done.code == 0
    path = str(done.out / "data" / "data.parquet").replace("'", "''")
    assert duckdb.sql(f"SELECT * FROM '{path}'").fetchall() == [
        (8, 1),
        (7, 2),
        (5, 1),
        (4, 2),
        (2, 1),
        (1, 2),
    ]
    assert done.json("metrics.json")["metrics"] == {"rows_in": 9.0, "rows_out": 6.0}


def test_evaluate_on_the_same_data_gives_the_same_report(iris_model: Outcome, tmp_path: Path) -> None:
    model = iris_model.out / "model"
    done = run_job(
        tmp_path / "job", "evaluate", iris_file(tmp_path), recipe=iris_plan(), model=model, params={"seed": 3}
    )
    assert done.code == 0, done.stdout
    before, after = iris_model.json("report.json"), done.json("report.json")
    assert after["metrics"] == pytest.approx(before["metrics"], abs=1e-12)
    for key in ("confusion", "importance", "mainMetric", "rows", "roc"):
        assert after[key] == before[key], key
    every = run_job(tmp_path / "all", "evaluate", iris_file(tmp_path), model=model, params={"part": "all"})
    assert every.json("report.json")["rows"]["test"] == 150


def test_batch_answers_every_row_as_the_endpoint_does(passenger_model: Outcome, tmp_path: Path) -> None:
    rows = passenger_rows(50)
    rows[3][2] = "Oslo"
    rows[4][1] = None
    data = write_csv(tmp_path / "p.csv", PASSENGERS, rows)
    model = passenger_model.out / "model"
    done = run_job(tmp_path / "job", "batch-predict", data, model=model)
    assert done.code == 0, done.stdout
    written = read_csv(done.out / "predictions.csv")
    assert [row["ticket"] for row in written] == [row[5] for row in rows]
    asked = Predictor(load_package(model)).predict([dict(zip(PASSENGERS, row, strict=True)) for row in rows])
    assert [row["prediction"] or None for row in written] == [item["prediction"] for item in asked]
    for row, item in zip(written, asked, strict=True):
        if item["prediction"] is not None:
            assert float(row["probability_lived"]) == pytest.approx(item["probabilities"]["lived"], abs=1e-12)
    assert written[4]["error"] == asked[4]["error"]["message"] == "`fare` is required and is missing."
    assert [row["error"] for index, row in enumerate(written) if index != 4] == [""] * 49
    assert done.json("metrics.json")["metrics"] == {"rows": 50.0, "errors": 1.0}


def test_batch_without_the_target_and_with_a_wrong_cell(iris_model: Outcome, tmp_path: Path) -> None:
    rows = [[1, "5.1", 3.5, 1.4, 0.2], [2, "tall", 3.5, 1.4, 0.2]]
    data = write_csv(tmp_path / "i.csv", ["row_id", *IRIS], rows)
    done = run_job(tmp_path / "job", "batch-predict", data, model=iris_model.out / "model")
    written = read_csv(done.out / "predictions.csv")
    assert [row["prediction"] for row in written] == ["setosa", ""]
    assert written[1]["error"] == "`sl` takes a number, not tall."


def test_batch_that_lacks_a_column(iris_model: Outcome, tmp_path: Path) -> None:
    data = write_csv(tmp_path / "i.csv", ["row_id", "sl"], [[1, 2.0]])
    done = run_job(tmp_path / "job", "batch-predict", data, model=iris_model.out / "model")
    assert done.code == 1
    assert "no column `sw`, `pl`, `pw`" in done.json("failure.json")["message"]
