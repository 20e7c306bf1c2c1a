"""The user's own training script."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import PASSENGERS, iris_file, iris_plan, passenger_plan, passenger_rows
from kit import PACKAGE, Outcome, run_job, write_csv

from ml_lifecycle.predict import Predictor, load_package

TEMPLATE = (PACKAGE / "ml_lifecycle" / "templates" / "train.py").read_text(encoding="utf-8")


def run(folder: Path, script: str, **params: object) -> Outcome:
    return run_job(
        folder / "job", "train", iris_file(folder), recipe=iris_plan(), script=script, params=params
    )


def test_the_template_trains(tmp_path: Path) -> None:
    done = run(tmp_path, TEMPLATE, strength=0.5)
    assert done.code == 0, done.stderr
    report = done.json("report.json")
    assert report["algorithm"] == "Pipeline"
    assert report["rows"] == {"train": 112, "test": 38}
    logged = {line["metric"]: line["value"] for line in done.lines() if "metric" in line}
    assert logged["test_score"] == report["metrics"]["accuracy"] == logged["accuracy"]
    assert report["importance"][0]["column"] in ("pl", "pw")
    said = Predictor(load_package(done.out / "model")).predict(
        [{"row_id": 0, "sl": 5.1, "sw": 3.5, "pl": 1.4, "pw": 0.2}]
    )
    assert said[0]["prediction"] == "setosa"
    assert sum(said[0]["probabilities"].values()) == pytest.approx(1)


OWN_CLASS = """
import numpy as np
import ml_lifecycle as ml
from helper import MARGIN

class Threshold:
    def __init__(self, cut): self.cut = cut
    def predict(self, X): return np.where(X[:, 2] < self.cut, "setosa", "virginica")

train = ml.data("train")
assert train.columns == ["sl", "sw", "pl", "pw"]
assert train.X.shape == (112, 4) and train.rows[0] == dict(zip(train.columns, train.X[0]))
assert sorted(set(train.y)) == ["setosa", "versicolor", "virginica"]
for step in range(3):
    ml.log(loss=1 / (step + 1), step=step)
ml.log(loss=float("nan"))
ml.save(Threshold(2.0 + MARGIN))
"""


def test_a_class_of_the_script_and_a_module_beside_it(tmp_path: Path) -> None:
    code = tmp_path / "job" / "code"
    code.mkdir(parents=True)
    (code / "helper.py").write_text("MARGIN = 0.5\n", encoding="utf-8")
    done = run(tmp_path, OWN_CLASS)
    assert done.code == 0, done.stderr
    losses = [(line["step"], line["value"]) for line in done.lines() if line.get("metric") == "loss"]
    assert losses == [(0, 1.0), (1, 0.5), (2, 1 / 3), (3, "NaN")]
    report = done.json("report.json")
    assert "roc" not in report and "log_loss" not in report["metrics"]
    # In another process, where no such class and no such module exist but in the package.
    ask = (
        "import sys; sys.path.insert(0, sys.argv[1] + '/code')\n"
        "from pathlib import Path\n"
        "from ml_lifecycle.predict import Predictor, load_package\n"
        "rows = [{'row_id': 0, 'sl': 5, 'sw': 3, 'pl': 1.4, 'pw': 1}, {'row_id': 0, 'sl': 5, 'sw': 3, 'pl': 4, 'pw': 1}]\n"
        "print([item['prediction'] for item in Predictor(load_package(Path(sys.argv[1]))).predict(rows)])\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", ask, str(done.out / "model")],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    assert said.stdout.strip() == "['setosa', 'virginica']"


PANDAS = """
import ml_lifecycle as ml
from sklearn.compose import make_column_transformer
from sklearn.preprocessing import OneHotEncoder
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier
train = ml.data("train")
table = train.to_pandas()
assert list(table.columns) == ["age", "fare", "port", "adult", "joined", "ticket"]
shape = make_column_transformer((OneHotEncoder(handle_unknown="ignore"), ["port"]), remainder="drop")
ml.save(make_pipeline(shape, DecisionTreeClassifier(random_state=0)).fit(table, train.y))
"""


def test_a_model_fitted_on_pandas_is_fed_pandas(tmp_path: Path) -> None:
    data = write_csv(tmp_path / "p.csv", PASSENGERS, passenger_rows())
    done = run_job(tmp_path / "job", "train", data, recipe=passenger_plan(), script=PANDAS)
    assert done.code == 0, done.stderr
    row = {"age": 50, "fare": 1, "port": "Ærø", "adult": True, "joined": "2024-01-01", "ticket": "new"}
    said = Predictor(load_package(done.out / "model")).predict(
        [row, {**row, "port": "Bari"}, {**row, "port": "Oslo"}]
    )
    assert [item["prediction"] for item in said][:2] == ["lived", "died"]
    assert "error" not in said[2]


@pytest.mark.parametrize(
    ("script", "message", "trace"),
    [
        (
            "def f():\n    return 1 / 0\nf()\n",
            "train.py failed (train.py, line 2): ZeroDivisionError: division by zero",
            "line 3",
        ),
        ("x = (\n", "train.py has a syntax error in line 1", "SyntaxError"),
        ("import no_such_package\n", "ModuleNotFoundError", "line 1"),
        ("print('done')\n", "ended without saving a model", ""),
        ("import sys\nsys.exit(3)\n", "exit code 3", ""),
        ("raise ValueError('half \\udcff')\n", "half \udcff", "ValueError"),
        ("raise ValueError('long ' * 1000)\n", "long … (the traceback has all of it)", "long long"),
        ("import ml_lifecycle as ml\nml.save(3)\n", "has no method `predict`", "line 2"),
        ("import ml_lifecycle as ml\nml.data('all of it')\n", "there is no such part", "line 2"),
    ],
)
def test_failures_name_the_line(tmp_path: Path, script: str, message: str, trace: str) -> None:
    done = run(tmp_path, script)
    failure = done.json("failure.json")
    assert done.code == 1
    assert message in failure["message"] and failure["fix"]
    assert trace in failure.get("traceback", "")
    assert "runpy" not in failure.get("traceback", "")
    # The log is where a person looks.
    assert trace in done.stderr


def test_in_a_debugger_and_outside_a_job(tmp_path: Path) -> None:
    done = run(tmp_path, "import sys\nsys.exit(1)\n")
    script = done.folder / "code" / "mine.py"
    script.write_text(TEMPLATE, encoding="utf-8")
    env = {**os.environ, "PYTHONPATH": str(PACKAGE)}
    alone = subprocess.run(
        [sys.executable, str(script)], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert alone.returncode == 1
    assert "This script runs outside a job" in alone.stderr and "MLL_JOB" in alone.stderr
    inside = {**env, "MLL_JOB": str(done.folder / "job.json")}
    ran = subprocess.run(
        [sys.executable, str(script)], cwd=tmp_path, env=inside, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert done.json("report.json")["algorithm"] == "Pipeline"


MLFLOW = """
import mlflow
import ml_lifecycle as ml
from sklearn.tree import DecisionTreeClassifier
train = ml.data("train")
with mlflow.start_run():
    for step in range(3):
        mlflow.log_metric("val/loss", 0.5 ** step, step=step)
ml.save(DecisionTreeClassifier(random_state=0).fit(train.X, train.y))
"""


def test_metrics_of_a_script_that_logs_with_mlflow(tmp_path: Path) -> None:
    pytest.importorskip("mlflow")
    done = run(tmp_path, MLFLOW)
    assert done.code == 0, done.stderr
    assert [(line["step"], line["value"]) for line in done.lines() if line.get("metric") == "val/loss"] == [
        (0, 1.0),
        (1, 0.5),
        (2, 0.25),
    ]
    assert np.isfinite(done.json("metrics.json")["metrics"]["accuracy"])
