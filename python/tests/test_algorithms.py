"""Live metrics of a fit, and how many threads it takes."""

import contextlib
import io
import json
import os
import subprocess
import sys
import time
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from ml_lifecycle import algorithms
from ml_lifecycle.threads import STAT, Idle, threads_for


def points(text: str) -> list[tuple[str, int]]:
    found = [json.loads(line[5:]) for line in text.splitlines() if line.startswith("@mll ")]
    return [(line["metric"], line["step"]) for line in found if "metric" in line]


def boosting_data(rows: int = 400) -> tuple[Any, Any]:
    random = np.random.default_rng(0)
    X = random.normal(size=(rows, 3))
    return X, (X[:, 0] * X[:, 1] > 0).astype(int)


def no_score(_: object) -> tuple[str, float]:
    raise AssertionError("boosting has losses of its own")


def test_boosting_writes_its_scores_while_one_fit_goes_on() -> None:
    said = io.StringIO()
    waited: list[int] = []

    def scoring(estimator: Any, X: Any, y: Any) -> float:
        # Asked after each round: the fit goes on only when the round before has been written.
        done = len(getattr(estimator, "validation_score_", ())) - 1
        deadline = time.monotonic() + 30
        while done >= 1 and ("validation_score", done) not in points(said.getvalue()):
            assert time.monotonic() < deadline, f"round {done} was not written during the fit"
            time.sleep(0.01)
        waited.append(done)
        return float(estimator.score(X, y))

    X, y = boosting_data()
    estimator = HistGradientBoostingClassifier(
        max_iter=3, early_stopping=True, n_iter_no_change=10, scoring=scoring, random_state=0
    )
    with contextlib.redirect_stdout(said):
        algorithms.fit(estimator, X, y, no_score)
    assert max(waited) == 2
    assert points(said.getvalue())[-2:] == [("train_score", 3), ("validation_score", 3)]
    assert sorted(points(said.getvalue())) == [
        (f"{part}_score", step) for part in ("train", "validation") for step in (1, 2, 3)
    ]


def test_losses_have_their_name_and_sign_and_the_stage_its_end() -> None:
    X, y = boosting_data()
    for scoring, name, sign in [("loss", "validation_loss", -1.0), ("accuracy", "validation_accuracy", 1.0)]:
        estimator = HistGradientBoostingClassifier(
            max_iter=12, early_stopping=True, n_iter_no_change=50, scoring=scoring, random_state=1
        )
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            algorithms.fit(estimator, X, y, no_score)
        found = [json.loads(line[5:]) for line in said.getvalue().splitlines()]
        values = [line["value"] for line in found if line.get("metric") == name]
        assert values == [sign * float(score) for score in estimator.validation_score_[1:]]
        assert len(values) == 12
        assert {"stage": "round 12 of at most 12", "progress": 1.0} in found


def test_boosting_without_early_stopping_says_its_rounds_only() -> None:
    X, _ = boosting_data()
    said = io.StringIO()
    estimator = HistGradientBoostingRegressor(max_iter=7, early_stopping=False)
    with contextlib.redirect_stdout(said):
        algorithms.fit(estimator, X, X[:, 0], no_score)
    assert points(said.getvalue()) == []
    assert json.loads(said.getvalue().splitlines()[-1][5:])["stage"] == "round 7 of at most 7"


def test_a_fit_that_fails_stops_the_watch() -> None:
    before = {thread.name for thread in __import__("threading").enumerate()}
    X, y = boosting_data()
    with pytest.raises(algorithms.Failure, match="max_iter"), contextlib.redirect_stdout(io.StringIO()):
        algorithms.fit(HistGradientBoostingClassifier(max_iter=-1), X, y, no_score)
    assert {thread.name for thread in __import__("threading").enumerate()} == before


@pytest.mark.parametrize(
    ("cores", "others", "threads"),
    [
        (1, 0.0, 1),
        (2, 0.0, 2),
        (2, 0.4, 2),
        (2, 0.6, 1),
        (2, 2.0, 1),
        (8, 0.6, 7),
        (8, 9.5, 1),
        (64, 31.0, 33),
    ],
)
def test_threads_are_the_idle_cores(cores: int, others: float, threads: int) -> None:
    assert threads_for(cores, others) == threads


def test_a_machine_that_others_keep_busy_gives_one_thread() -> None:
    idle = Idle()
    command = [sys.executable, "-c", "print(flush=True)\nwhile True: pass"]
    busy = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(os.cpu_count() or 1)]
    try:
        for process in busy:
            assert process.stdout is not None
            process.stdout.readline()
        time.sleep(0.3)
        idle.threads()
        time.sleep(1)
        assert idle.threads() == (1 if STAT.exists() else None)
    finally:
        for process in busy:
            process.kill()
            process.communicate()
