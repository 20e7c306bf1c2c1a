"""Runs exported code: cases on stdin, for each the rows of every language as JSON texts on stdout.

A case with "out" has its rows written as Parquet instead, one file of that name and the language's for each.
"""

import json
import sys

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa

DB = duckdb.connect()
DB.execute("SET threads = 1")


def table(sql):
    return DB.sql(sql).to_arrow_table()


def texts(arrow, out=None):
    DB.register("outcome", arrow)
    if out is not None:
        DB.execute(f"COPY outcome TO '{out}' (FORMAT parquet)")
        return {"columns": arrow.column_names, "rows": []}
    names = [row[0] for row in DB.execute("DESCRIBE outcome").fetchall()]
    rows = DB.execute("SELECT CAST(to_json(outcome) AS VARCHAR) FROM outcome").fetchall()
    return {"columns": names, "rows": [row[0] for row in rows]}


def outcome_of(case, language):
    out = f"{case['out']}.{language}" if "out" in case else None
    return texts(table(case["sql"]) if language == "sql" else python(case, language), out)


def python(case, library):
    space = {"__name__": "exported"}
    exec(compile(case[library], library, "exec"), space)
    given = [table(f"SELECT * FROM {case['relation']}"), *(table(f"SELECT * FROM {sql}") for sql in case["tables"])]
    if library == "pandas":
        done = space["prepare"](*(one.to_pandas(types_mapper=pd.ArrowDtype) for one in given))
        return pa.Table.from_pandas(done, preserve_index=False)
    return space["prepare"](*(pl.DataFrame(one) for one in given)).to_arrow()


def main():
    outcomes = []
    for number, case in enumerate(json.load(sys.stdin)):
        outcome = {}
        for language in ("sql", "pandas", "polars"):
            try:
                outcome[language] = outcome_of(case, language)
            except Exception as error:  # noqa: BLE001 - the test shows it with the code
                outcome[language] = {"error": f"case {number}: {type(error).__name__}: {error}"}
        outcomes.append(outcome)
    json.dump(outcomes, sys.stdout)


if __name__ == "__main__":
    main()
