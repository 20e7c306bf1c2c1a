"""Permutation importance in reports."""

from pathlib import Path

import numpy as np
from kit import Outcome, plan, run_job, write_csv


def test_importance_of_a_sample_says_so_and_is_the_same_again(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    rows = [[float(a), float(b), int(a * b > 0)] for a, b in random.normal(size=(5000, 2)).round(3)]
    data = write_csv(tmp_path / "b.csv", ["a", "b", "y"], rows)
    recipe = plan({"a": "DOUBLE", "b": "DOUBLE", "y": "BIGINT"}, "y", "CAST(abs(a) * 1000 AS BIGINT) % 2 = 0")
    reports = []
    for name in ("first", "second"):
        done = run_job(
            tmp_path / name, "train", data, recipe=recipe, params={"algorithm": "random_forest", "seed": 4}
        )
        assert done.code == 0, done.stderr
        reports.append(done.json("report.json"))
    scored = sum(round(abs(row[0]) * 1000) % 2 == 0 for row in rows)
    assert (
        f"Permutation importance is from a sample of 1000 of the {scored} scored rows." in reports[0]["notes"]
    )
    assert reports[0]["importance"] == reports[1]["importance"]
    assert {item["column"] for item in reports[0]["importance"]} == {"a", "b"}
    assert all(item["mean"] > 0 for item in reports[0]["importance"])


def test_importance_of_all_scored_rows_needs_no_note(iris_model: Outcome) -> None:
    assert not any("Permutation" in note for note in iris_model.json("report.json")["notes"])
