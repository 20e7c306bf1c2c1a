"""Wall time of a train job against a bare script with the same fit, both as processes from start to end.

`python bench/train.py [--rows 200000] [--pairs 5]`: histogram gradient boosting over ten numbers; the bare script reads the
CSV with DuckDB, fits, scores and dumps the model. Both run in turn; the ratio is the median of the pairs on one machine.
The cores that other programs used meanwhile stand beside each run: where they are more than a few tenths, waiting OpenMP
threads make the bare script many times slower, and the ratio says nothing.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb

RUNTIME = Path(__file__).resolve().parent.parent / "python"
NAMES = [f"n{index}" for index in range(10)]

BARE = """
import sys
import duckdb, joblib, numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score
con = duckdb.connect()
data = con.execute(f"SELECT * FROM read_csv('{sys.argv[1]}', header = true)").fetchnumpy()
names = [name for name in data if name != "y"]
X = np.column_stack([data[name] for name in names])
y = data["y"].astype(str)
test = data["n9"] > 1
model = HistGradientBoostingClassifier(max_iter=200, early_stopping=True, random_state=0).fit(X[~test], y[~test])
shares = model.predict_proba(X[test])
print(accuracy_score(y[test], model.classes_[shares.argmax(axis=1)]), log_loss(y[test], shares), roc_auc_score(y[test], shares[:, 1]))
joblib.dump(model, sys.argv[2], compress=3)
"""


@dataclass
class Run:
    """One process: wall time and CPU time in seconds, and the cores that others used (None where the system does not say)."""

    wall: float
    cpu: float
    others: float | None

    def __str__(self) -> str:
        others = "" if self.others is None else f", others {self.others:.1f} cores"
        return f"{self.wall:.2f} s (CPU {self.cpu:.2f} s{others})"


def busy() -> float | None:
    """The seconds that all cores worked since the machine started."""
    try:
        line = Path("/proc/stat").read_text(encoding="ascii").splitlines()[0]
    except OSError:
        return None
    ticks = [int(value) for value in line.split()[1:9]]
    return (sum(ticks) - ticks[3] - ticks[4]) / 100


def run(command: list[str], folder: Path) -> Run:
    environment = {**os.environ, "PYTHONPATH": str(RUNTIME)}
    before, all_before, began = os.times(), busy(), time.perf_counter()
    subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
    wall, all_after = time.perf_counter() - began, busy()
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    if all_before is None or all_after is None:
        return Run(wall, cpu, None)
    return Run(wall, cpu, (all_after - all_before - cpu) / wall)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--pairs", type=int, default=5)
    options = parser.parse_args()
    rows = options.rows
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = folder / "in" / "d.csv"
        data.parent.mkdir()
        numbers = ", ".join(
            f"(hash(i * 31 + {index}) % 100000) / 25000.0 - 2 AS n{index}" for index in range(10)
        )
        duckdb.sql(
            f"COPY (SELECT *, CASE WHEN n0 * n1 + n2 + (hash(i) % 1000) / 500.0 > 1 THEN 'up' ELSE 'down' END AS y "
            f"FROM (SELECT i, {numbers} FROM range({rows}) AS t(i))) TO '{data}' (HEADER)"
        )
        duckdb.sql(
            f"COPY (SELECT * EXCLUDE (i) FROM read_csv('{data}')) TO '{folder / 'in' / 'e.csv'}' (HEADER)"
        )
        columns = [{"name": column, "sqlType": "DOUBLE"} for column in NAMES] + [
            {"name": "y", "sqlType": "VARCHAR"}
        ]
        job = {
            "job": 1,
            "id": "bench",
            "kind": "train",
            "inputs": {"data": {"path": "in/e.csv", "read": "SELECT * FROM read_csv({path}, header = true)"}},
            "plan": {"plan": 1, "input": columns, "target": "y", "split": "n9 > 1", "steps": []},
            "params": {"algorithm": "hist_gradient_boosting"},
            "provenance": {"run": "bench", "dirty": False, "created": "2026-01-01T00:00:00Z"},
        }
        (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
        (folder / "bare.py").write_text(BARE, encoding="utf-8")
        bare_command = [
            sys.executable,
            "bare.py",
            str(folder / "in" / "e.csv"),
            str(folder / "bare.joblib"),
        ]
        ratios = []
        for _ in range(options.pairs):
            bare = run(bare_command, folder)
            ours = run([sys.executable, "-m", "ml_lifecycle", "job.json"], folder)
            ratios.append(ours.wall / bare.wall)
            print(f"bare script {bare}; train job {ours}; ratio {ratios[-1]:.2f}", flush=True)
        print(f"{rows} rows, {options.pairs} pairs: median ratio {statistics.median(ratios):.2f}")
        report = json.loads((folder / "out" / "report.json").read_text(encoding="utf-8"))
        print(f"train job's metrics: {report['metrics']}")


if __name__ == "__main__":
    main()
