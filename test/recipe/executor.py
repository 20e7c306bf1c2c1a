"""Runs recipe plans with the Python executor, for comparison with the engine's: cases on stdin, outcomes on stdout.

Files and folders that the cases read and write are arguments; a case with "out" writes its rows there as Parquet.
"""

import json
import sys

from ml_lifecycle.fitting import fit
from ml_lifecycle.plan import PART, ROW, Plan, connect


def rows(connection, sql, columns):
    order = f" ORDER BY {ROW}" if columns else ""
    found = connection.execute(f"SELECT CAST(to_json(t) AS VARCHAR) FROM ({sql}) AS t{order}").fetchall()
    return [row[0] for row in found]


def serve(connection, plan, fitted, relation):
    sql = plan.serving_sql(fitted)
    raw = ", ".join(f'NULL AS "{name}"' if name == plan.target else f'"{name}"' for name, _ in plan.input)
    table = f"(SELECT {raw}, row_number() OVER () - 1 AS {ROW}, 'train' AS {PART} FROM {relation})"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE request AS SELECT * FROM {table}")
    batch = rows(connection, sql.replace("{input}", "request"), False)
    single = []
    for k in range(len(batch)):
        single += rows(
            connection, sql.replace("{input}", f"(SELECT * FROM request WHERE {ROW} = {k})"), False
        )
    return {"batch": batch, "single": single}


def run(connection, case):
    plan = Plan.load(case["plan"])
    relation = case["relation"]
    for table in plan.tables:
        select = f"SELECT * FROM {case['tables'][table.name]}"
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {table.relation} AS {table.sql(select)}")
    if "out" in case:
        rows_sql = f"SELECT * FROM ({plan.run_sql(case['fitted'], relation)}) ORDER BY {ROW}"
        connection.execute(f"COPY ({rows_sql}) TO '{case['out']}' (FORMAT parquet)")
        return {"fitted": fit(connection, plan, relation)}
    servable = not any(step.history or step.rows == "remake" for step in plan.steps)
    return {
        "fitted": fit(connection, plan, relation),
        "rows": rows(connection, plan.run_sql(case["fitted"], relation), True),
        "serving": serve(connection, plan, case["fitted"], relation) if servable else None,
        "servingSql": plan.serving_sql(case["fitted"]) if servable else None,
    }


if __name__ == "__main__":
    connection = connect(sys.argv[1:], threads=2)
    json.dump([run(connection, case) for case in json.load(sys.stdin)], sys.stdout)
