"""Column names that could be mistaken for words of the runtime's own SQL."""

import csv
from pathlib import Path

from kit import plan, run_job, write_csv

# Aliases of the runtime's queries, parts of their output, and what needs quoting.
NAMES = [
    *"abcdefghijklmnopqrstuvwxz",
    "f0",
    "p0",
    "f1",
    "raw",
    "other",
    "none",
    "id",
    "error",
    "prediction",
    "probability_low",
    "select",
    'a"b',
    "a.b",
    "a'b",
    "line\nbreak",
    "$1",
    "in{put}",
    "100%",
    "\\back",
    "ünï 😀",
]
KINDS = ["u", 'we"ird', "li\nne", "a,b"]


def test_every_job_takes_them(tmp_path: Path) -> None:
    rows = [
        [
            row * 37 % 101 / 10,
            *((row * row * (place + 2) + row * 7) % 89 / 10 for place in range(1, len(NAMES))),
            KINDS[row % 4],
            "low" if row * 37 % 101 < 50 else "high",
        ]
        for row in range(120)
    ]
    data = write_csv(tmp_path / "names.csv", [*NAMES, "kind", "y"], rows)
    columns = {**dict.fromkeys(NAMES, "DOUBLE"), "kind": "VARCHAR", "y": "VARCHAR"}
    recipe = plan(columns, "y", '"b" < 2')
    typed = ", ".join(f"'{name.replace(chr(39), chr(39) * 2)}': '{kind}'" for name, kind in columns.items())
    read = (
        "SELECT * FROM read_csv({path}, header = true, delim = ',', quote = '\"', escape = '\"', "
        f"columns = {{{typed}}}, auto_detect = false, strict_mode = false)"
    )
    done = run_job(
        tmp_path / "train", "train", data, recipe=recipe, params={"algorithm": "linear"}, read=read
    )
    assert done.code == 0, done.stdout
    report = done.json("report.json")
    assert {one["column"] for one in report["importance"]} == {*NAMES, "kind"}
    # The class is written in the column `a` alone.
    assert report["importance"][0]["column"] == "a"
    baseline = done.json("model/baseline.json")["columns"]
    trained = [row for row in rows if float(row[1]) >= 2]
    assert baseline["kind"]["values"] == {
        kind: sum(1 for row in trained if row[-2] == kind) for kind in KINDS
    }
    assert set(baseline) == {*NAMES, "kind"} - {"prediction"}

    model = done.out / "model"
    scored = run_job(
        tmp_path / "evaluate", "evaluate", data, model=model, recipe=recipe, target="y", read=read
    )
    assert scored.code == 0
    assert scored.json("metrics.json")["metrics"] == done.json("metrics.json")["metrics"]

    batch = run_job(tmp_path / "batch", "batch-predict", data, model=model, recipe=recipe, read=read)
    assert batch.code == 0
    with (batch.out / "predictions.csv").open(encoding="utf-8", newline="") as file:
        said = list(csv.DictReader(file))
    # No row has an error, so that name is the input's.
    kept = {"prediction": "input_prediction", "probability_low": "input_probability_low"}
    for row, got in zip(rows, said, strict=True):
        given = dict(zip([*NAMES, "kind", "y"], row, strict=True))
        assert {name: got[kept.get(name, name)] for name in given} == {
            name: str(value) for name, value in given.items()
        }
        assert got["prediction"] in ("low", "high")
        assert 0 <= float(got["probability_low"]) <= 1


def test_a_second_prediction_keeps_the_first(tmp_path: Path) -> None:
    rows = [[index, "low" if index < 30 else "high"] for index in range(60)]
    data = write_csv(tmp_path / "d.csv", ["x", "y"], rows)
    recipe = plan({"x": "BIGINT", "y": "VARCHAR"}, "y")
    model = (
        run_job(tmp_path / "t", "train", data, recipe=recipe, params={"algorithm": "linear"}).out / "model"
    )
    again = write_csv(
        tmp_path / "again.csv",
        ["x", "Prediction", "input_prediction", "error"],
        [[row[0], "old", "older", "none"] for row in rows] + [["heavy", "old", "older", "none"]],
    )
    done = run_job(
        tmp_path / "b",
        "batch-predict",
        again,
        model=model,
        read="SELECT * FROM read_csv({path}, all_varchar = true)",
    )
    with (done.out / "predictions.csv").open(encoding="utf-8", newline="") as file:
        header, first, *_, last = csv.reader(file)
    assert header == [
        "x",
        "input_Prediction_2",
        "input_prediction",
        "input_error",
        "prediction",
        "probability_high",
        "probability_low",
        "error",
    ]
    assert first[:5] == ["0", "old", "older", "none", "low"]
    assert last[:5] == ["heavy", "old", "older", "none", ""]
    assert last[-1] == "`x` takes a whole number, not heavy."
