"""The executor on plans written by hand; that it agrees with the engine is tested in test/recipe/differential.test.ts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

from ml_lifecycle.fitting import fit
from ml_lifecycle.plan import Plan, PlanError, connect, literal


def plan(*steps: dict[str, Any], split: str | None = None) -> Plan:
    data: dict[str, Any] = {
        "plan": 1,
        "input": [{"name": "x", "sqlType": "DOUBLE"}, {"name": "y", "sqlType": "VARCHAR"}],
        "target": "y",
        "steps": [{"index": k, "kind": "step", "rows": "keep", **step} for k, step in enumerate(steps)],
    }
    if split is not None:
        data["split"] = split
    return Plan.load(data)


SCALE = {
    "fit": 'SELECT avg("x") AS "x.center", stddev_pop("x") AS "x.width" FROM {input}',
    "transform": [
        'SELECT * REPLACE ((CAST("x" AS DOUBLE) - CAST(',
        {"value": "x.center"},
        " AS DOUBLE)) / CAST(",
        {"value": "x.width"},
        ' AS DOUBLE) AS "x") FROM {input}',
    ],
}
DROP = {"rows": "drop", "transform": ['SELECT * FROM {input} WHERE "x" > 1']}
ROWS = "(SELECT * FROM (VALUES (1::DOUBLE, 'a'), (2, 'b'), (4, 'c'), (9, 'd')) t(x, y))"


def test_fits_on_the_train_part_as_scikit_learn_does() -> None:
    connection = connect()
    one = plan(SCALE, split="y = 'd'")
    fitted = fit(connection, one, ROWS)
    train = np.array([[1.0], [2.0], [4.0]])
    scaler = StandardScaler().fit(train)
    assert fitted["steps"][0]["x.center"] == pytest.approx(scaler.mean_[0], abs=1e-12)
    assert fitted["steps"][0]["x.width"] == pytest.approx(scaler.scale_[0], abs=1e-12)
    rows = connection.execute(
        f"SELECT x, __mll_row, __mll_part FROM ({one.run_sql(fitted, ROWS)}) ORDER BY 2"
    ).fetchall()
    assert [row[0] for row in rows[:3]] == pytest.approx(scaler.transform(train)[:, 0].tolist(), abs=1e-12)
    assert [row[1:] for row in rows] == [(0, "train"), (1, "train"), (2, "train"), (3, "test")]


def test_serving_answers_every_row_in_order_without_the_target() -> None:
    connection = connect()
    one = plan(SCALE, DROP)
    fitted = fit(connection, one, ROWS)
    assert len(connection.execute(one.run_sql(fitted, ROWS)).fetchall()) == 1
    request = "(SELECT * FROM (VALUES (9::DOUBLE, NULL, 1, 'train'), (1, NULL, 0, 'train')) t(x, y, __mll_row, __mll_part))"
    relation = connection.sql(one.serving_sql(fitted).replace("{input}", request))
    assert relation.columns == ["x"]
    assert [row[0] for row in relation.fetchall()] == pytest.approx([-3 / 9.5**0.5, 5 / 9.5**0.5], abs=1e-12)


def test_a_step_with_history_is_named() -> None:
    one = plan({**DROP, "rows": "keep", "history": True, "kind": "fill_missing"})
    with pytest.raises(PlanError, match=r"Step 1 \(fill_missing\) reads earlier rows") as caught:
        one.serving_sql({"fitted": 1, "steps": [{}]})
    assert caught.value.kind == "unsupported"


def test_values_of_another_recipe_are_refused() -> None:
    with pytest.raises(PlanError, match="for 0 steps, the plan has 1"):
        plan(SCALE).run_sql({"fitted": 1, "steps": []}, ROWS)
    with pytest.raises(PlanError, match=r'have no "x\.center"'):
        plan(SCALE).run_sql({"fitted": 1, "steps": [{}]}, ROWS)
    with pytest.raises(PlanError, match="another version"):
        Plan.load({"plan": 2})


@pytest.mark.parametrize(
    ("value", "sql"),
    [
        (None, "NULL"),
        (True, "TRUE"),
        (3, "3"),
        (3.0, "3"),
        (-0.0, "0"),
        (0.1, "'0.1'::DOUBLE"),
        (2**60, f"'{2**60}'::DOUBLE"),
        (float("nan"), "NULL"),
        ("it's", "'it''s'"),
        ("a{input}b", r"e'a\x7Binput}b'"),
        ([1, "b", None], "[1, 'b', NULL]"),
        ([], "[]"),
        ([1, None], "[1, NULL]"),
        ([1, 0.5, None, -2e-05, 2**60], f"'[1, 0.5, NULL, -2e-05, {2**60}]'::DOUBLE[]"),
        ([0.5, "0.5"], "['0.5'::DOUBLE, '0.5']"),
        ([0.5, True], "['0.5'::DOUBLE, TRUE]"),
    ],
)
def test_literals(value: Any, sql: str) -> None:
    assert literal(value) == sql


def test_a_list_of_numbers_is_read_as_its_numbers_are() -> None:
    numbers = [0.1, 1 / 3, None, -2.5e-300, 1.7976931348623157e308, 5e-324, 2**60, 7]
    plain = ", ".join("NULL" if one is None else f"'{one!r}'::DOUBLE" for one in numbers)
    query = f"SELECT {literal(numbers)} AS read, [{plain}] AS told, typeof(read), typeof(told)"
    [[read, told, *types]] = connect().execute(query).fetchall()
    assert read == told == numbers
    assert types == ["DOUBLE[]", "DOUBLE[]"]


def test_the_connection_is_locked_to_its_paths(tmp_path: Path) -> None:
    inside = tmp_path / "wörk dir"
    inside.mkdir()
    outside = tmp_path / "secret.csv"
    outside.write_text("a\n1\n")
    (inside / "data.csv").write_text("a\n7\n")
    connection = connect([inside])
    assert connection.execute(f"SELECT a FROM '{inside}/data.csv'").fetchall() == [(7,)]
    connection.execute(f"COPY (SELECT 1 AS a) TO '{inside}/out.parquet'")
    for attack in [
        f"SELECT * FROM '{outside}'",
        f"SELECT * FROM read_text('{outside}')",
        f"COPY (SELECT 1) TO '{tmp_path}/x.csv'",
        f"ATTACH '{tmp_path}/x.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        f"SELECT * FROM '{inside}/../secret.csv'",
    ]:
        with pytest.raises(duckdb.Error):
            connection.execute(attack)
