"""Types of a table that was looked at in part only: tried on all rows, and what does not fit them told."""

from pathlib import Path
from typing import Any

import pytest
from kit import plan, run_job

READ = (
    "SELECT * FROM read_csv({path}, auto_detect=false, header=true, delim=';', quote='\"', escape='\"', "
    "columns={'n': 'VARCHAR', 'x': 'VARCHAR', 'day': 'VARCHAR', 'word': 'VARCHAR'}, store_rejects=true, rejects_limit=0)"
)
KINDS = {"n": "BIGINT", "x": "DOUBLE", "day": "DATE", "word": "VARCHAR"}


JOINED = {
    "name": "s3://b/other.csv",
    "relation": "__mll_table_0",
    "columns": [{"name": name, "sqlType": kind} for name, kind in KINDS.items()],
}


def written(file: Path, lines: list[str]) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("n;x;day;word\n" + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    return file


def prepared(folder: Path, lines: list[str], other: list[str] | None = None) -> Any:
    data = written(folder / "data.csv", lines)
    tables = [] if other is None else [written(folder / "other.csv", other)]
    recipe = plan(KINDS, None)
    types = {"columns": [{"name": name, "sqlType": kind} for name, kind in KINDS.items()], "decimal": ","}
    return run_job(
        folder / "job",
        "prepare",
        data,
        recipe=recipe if other is None else {**recipe, "tables": [JOINED]},
        read=READ,
        types=types,
        tables=tables,
    )


def rows(count: int) -> list[str]:
    return [f"{k};{k},5;2024-01-{1 + k % 28:02};w{k}" for k in range(count)]


def test_all_cells_get_the_types_of_the_first_rows(tmp_path: Path) -> None:
    done = prepared(tmp_path / "all", rows(300))
    assert done.code == 0, done.stderr
    found = done.table(
        "data/data.parquet",
        "any_value(typeof(n)), any_value(typeof(x)), any_value(typeof(day)), sum(n), sum(x), max(day)::VARCHAR",
    )
    assert found == [("BIGINT", "DOUBLE", "DATE", 44850, 45000.0, "2024-01-28")]


def test_a_few_cells_that_do_not_fit_are_missing_and_told(tmp_path: Path) -> None:
    lines = [*rows(300), "12.5;1,5;2024-01-01;a", "3;soon;2024-01-01;b", "too;many;cells;in;it"]
    done = prepared(tmp_path / "few", lines)
    assert done.code == 0, done.stderr
    assert "`n`: 1 of 302 cells, such as '12.5', do not fit the type BIGINT" in done.stdout
    assert "`x`: 1 of 302 cells, such as 'soon', do not fit the type DOUBLE" in done.stdout
    assert "1 record could not be read as rows." in done.stdout
    found = done.table("data/data.parquet", "count(*), count(n), sum(n), count(x)")
    assert found == [(302, 301, 44853, 301)]


@pytest.mark.parametrize("bad", ["0.5", "soon"])
def test_a_type_that_many_cells_do_not_fit_ends_the_job(tmp_path: Path, bad: str) -> None:
    lines = [*rows(90), *(f"{bad};1,5;2024-01-01;a" for _ in range(10))]
    done = prepared(tmp_path / "many", lines)
    assert done.code == 1
    failure = done.json("failure.json")
    assert failure["kind"] == "invalid"
    assert failure["message"] == (
        f"`n` is BIGINT in the first rows, but 10 of 100 cells, such as '{bad}', do not fit that."
    )
    assert "Fetch" in failure["fix"]


def test_what_a_joined_table_lacks_is_told_of_it_alone(tmp_path: Path) -> None:
    torn = "too;many;cells;in;it"
    done = prepared(tmp_path / "job", [*rows(300), torn, torn], [*rows(200), "12.5;1,5;2024-01-01;a", torn])
    assert done.code == 0, done.stderr
    notes = [line for line in done.stdout.splitlines() if "record" in line or "do not fit" in line]
    assert len(notes) == 3
    assert "2 records could not be read as rows." in notes[0]
    assert "other.csv: 1 record could not be read as rows." in notes[1]
    assert "other.csv: `n`: 1 of 201 cells, such as '12.5'," in notes[2]
    done = prepared(tmp_path / "many", rows(90), [*rows(20), *("soon;1,5;2024-01-01;a" for _ in range(10))])
    assert done.json("failure.json")["message"].startswith(
        "other.csv: `n` is BIGINT in the first rows, but 10 of 30"
    )


def test_what_stands_for_a_missing_value_is_no_misfit(tmp_path: Path) -> None:
    lines = [line if k % 10 else f" N/A ;-;NULL;w{k}" for k, line in enumerate(rows(300))]
    done = prepared(tmp_path / "holes", lines)
    assert done.code == 0, done.stderr
    assert done.table(
        "data/data.parquet", "typeof(any_value(n)), count(n), count(x), count(day), count(*)"
    ) == [("BIGINT", 270, 270, 270, 300)]


def test_numbers_in_groups_are_numbers(tmp_path: Path) -> None:
    lines = [*rows(2), "-1.234;12.345.678,25;2024-01-01;a", "1.23;1.5;2024-01-01;b"]
    data = written(tmp_path / "data.csv", [*lines, *rows(300)])
    types = {
        "columns": [{"name": name, "sqlType": kind} for name, kind in KINDS.items()],
        "decimal": ",",
        "thousands": ".",
    }
    done = run_job(
        tmp_path / "job", "prepare", data, recipe=plan(KINDS, None), read=READ, types=types, tables=[]
    )
    assert done.code == 0, done.stderr
    assert "`n`: 1 of 304 cells, such as '1.23'," in done.stdout
    assert "`x`: 1 of 304 cells, such as '1.5'," in done.stdout
    assert done.table("data/data.parquet", "min(n), max(x)") == [(-1234, 12345678.25)]
