"""Moments with a time zone: the same hours and texts wherever a job runs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from kit import plan, run_job, write_csv

from ml_lifecycle.predict import Predictor, load_package


def test_hours_are_those_of_utc_wherever_it_runs() -> None:
    program = (
        "from ml_lifecycle.plan import connect; "
        "print(connect().execute(\"SELECT date_part('hour', TIMESTAMPTZ '2013-01-01T10:00:00Z')\").fetchall())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).resolve().parent.parent,
        env={**os.environ, "TZ": "America/New_York"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[(10,)]"


def test_moments_with_a_zone_are_the_same_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    rows = [
        [f"2013-01-{1 + k % 28:02}T{k % 24:02}:00:00Z", k, "late" if k % 24 > 11 else "early"]
        for k in range(240)
    ]
    kinds = {"at": "TIMESTAMP WITH TIME ZONE", "k": "BIGINT", "when": "VARCHAR"}
    hour = {
        "index": 0,
        "kind": "date_parts",
        "rows": "keep",
        "transform": ["SELECT *, date_part('hour', \"at\") AS hour FROM {input}"],
    }
    done = run_job(
        tmp_path / "job",
        "train",
        write_csv(tmp_path / "moments.csv", ["at", "k", "when"], rows),
        recipe=plan(kinds, "when", "k % 5 = 0", [hour]),
        params={"algorithm": "hist_gradient_boosting", "seed": 3},
        process=True,
    )
    assert done.code == 0, done.stderr
    signature = done.json("model/signature.json")
    at = next(field for field in signature["inputs"] if field["name"] == "at")
    assert (at["min"], at["max"]) == ("2013-01-01T00:00:00Z", "2013-01-28T23:00:00Z")
    assert signature["examples"][0]["at"] == "2013-01-02T01:00:00Z"
    assert done.json("report.json")["metrics"]["accuracy"] == 1.0
    answers = Predictor(load_package(done.out / "model")).predict([{"at": "2013-01-05T23:00:00Z", "k": 1}])
    assert [one["prediction"] for one in answers] == ["late"]
