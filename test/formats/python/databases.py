"""Files of SQLite and DuckDB."""

import sqlite3

import duckdb
from columnar import arrow_table
from tables import Row


def sqlite(out: str, rows: list[Row]) -> None:
    with sqlite3.connect(out) as database:
        database.execute(
            'CREATE TABLE other (x INTEGER, r REAL, n NUMERIC, b BLOB, t TEXT, "1" INT)'
        )
        database.execute(
            "INSERT INTO other VALUES (9007199254740993, 5.0, 7, x'00ff', '', 1)"
        )
        database.execute("INSERT INTO other VALUES (-1, 2, 8.5, NULL, '007', 2)")
        database.execute(
            "CREATE TABLE flowers (id INTEGER, name TEXT, size REAL, flag BOOLEAN, day DATE, at DATETIME)"
        )
        database.executemany(
            "INSERT INTO flowers VALUES (?, ?, ?, ?, ?, ?)",
            [
                [
                    str(one).lower() if isinstance(one, bool) else one
                    for one in row.values()
                ]
                for row in rows
            ],
        )
        # Counts to a number that takes minutes.
        database.execute(
            "CREATE VIEW slow AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000000000) "
            "SELECT count(*) AS rows FROM n"
        )
    database.close()


def duck(out: str, rows: list[Row]) -> None:
    with duckdb.connect(out) as database:
        database.execute(
            'CREATE TABLE flowers (id BIGINT, name VARCHAR, size DOUBLE, flag BOOLEAN, day DATE, "at" TIMESTAMP)'
        )
        frame = arrow_table(rows)
        database.register("frame", frame)
        database.execute("INSERT INTO flowers SELECT * FROM frame")
        database.execute("CREATE TABLE aaa AS SELECT 1 AS one")
        database.execute("CREATE SCHEMA more")
        database.execute(
            "CREATE VIEW more.large AS SELECT id FROM flowers WHERE size > 90"
        )
        database.execute("CREATE VIEW outside AS SELECT 1 AS x")
