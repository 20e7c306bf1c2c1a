"""Models that several tests look at, trained once."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from kit import Outcome, plan, run_job, write_csv

IRIS = ["sl", "sw", "pl", "pw"]
SPLIT = "row_id % 4 = 0"


def iris_file(folder: Path) -> Path:
    from sklearn.datasets import load_iris

    iris = load_iris()
    rows = [
        [index, *map(float, values), str(iris.target_names[code])]
        for index, (values, code) in enumerate(zip(iris.data, iris.target, strict=True))
    ]
    return write_csv(folder / "iris é.csv", ["row_id", *IRIS, "species"], rows)


def iris_plan() -> dict[str, object]:
    kinds = {"row_id": "BIGINT", **dict.fromkeys(IRIS, "DOUBLE"), "species": "VARCHAR"}
    drop = {
        "index": 0,
        "kind": "drop_columns",
        "rows": "keep",
        "transform": ["SELECT * EXCLUDE (row_id) FROM {input}"],
    }
    return plan(kinds, "species", SPLIT, [drop])


@pytest.fixture(scope="session")
def iris_model(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    folder = tmp_path_factory.mktemp("an iris ü")
    done = run_job(
        folder / "job",
        "train",
        iris_file(folder),
        recipe=iris_plan(),
        params={"algorithm": "linear", "seed": 3},
        process=True,
    )
    assert done.code == 0, done.stderr
    return done


PASSENGERS = ["age", "fare", "port", "adult", "joined", "ticket", "survived"]


def passenger_rows(count: int = 240) -> list[list[object]]:
    """Made rows: `survived` follows from port and age, `ticket` is an identifier, ages are missing every seventh row."""
    rows: list[list[object]] = []
    for index in range(count):
        port = ["Ærø", "Bari", "Cork"][index % 3]
        age = None if index % 7 == 0 else 5 + (index * 13) % 70
        fare = round(3.5 + (index * 31 % 97) * 0.7, 2)
        lives = port == "Ærø" or (age is not None and age < 20)
        joined = f"2024-{1 + index % 12:02d}-{1 + index % 28:02d}"
        rows.append(
            [age, fare, port, index % 2 == 0, joined, f"T-{index:04d}-x", "lived" if lives else "died"]
        )
    return rows


def passenger_plan(steps: list[object] | None = None) -> dict[str, object]:
    kinds = {
        "age": "BIGINT",
        "fare": "DOUBLE",
        "port": "VARCHAR",
        "adult": "BOOLEAN",
        "joined": "DATE",
        "ticket": "VARCHAR",
        "survived": "VARCHAR",
    }
    return plan(kinds, "survived", "CAST(substr(ticket, 3, 4) AS BIGINT) % 5 = 0", steps or [])


@pytest.fixture(scope="session")
def passenger_model(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    folder = tmp_path_factory.mktemp("passengers")
    data = write_csv(folder / "p.csv", PASSENGERS, passenger_rows())
    done = run_job(
        folder / "job", "train", data, recipe=passenger_plan(), params={"algorithm": "hist_gradient_boosting"}
    )
    assert done.code == 0, done.stderr
    return done
