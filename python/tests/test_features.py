"""Which columns are learned from."""

from pathlib import Path

from kit import plan, run_job, write_csv


def test_columns_without_information_are_left_out_with_the_reason(tmp_path: Path) -> None:
    names = ["k", "same", "none", "one_or_none", "day", "x", "y"]
    rows = [
        [number, 5, None, 5 if number % 2 else None, "2024-05-01", number % 7, "ab"[number % 2]]
        for number in range(80)
    ]
    # Only the training rows count: the test part has other values.
    rows[0][1], rows[4][2], rows[8][4] = 6, 9, "2024-05-02"
    data = write_csv(tmp_path / "c.csv", names, rows)
    kinds = ["BIGINT", "BIGINT", "BIGINT", "BIGINT", "DATE", "BIGINT", "VARCHAR"]
    done = run_job(
        tmp_path / "job",
        "train",
        data,
        recipe=plan(dict(zip(names, kinds, strict=True)), "y", "k % 4 = 0"),
        params={"algorithm": "linear"},
    )
    assert done.json("report.json")["leftOut"] == [
        {"column": "same", "reason": "It has the same value in all training rows."},
        {"column": "none", "reason": "It has no value in the training rows."},
        {"column": "day", "reason": "It has the same value in all training rows."},
    ]
    used = [column["name"] for column in done.json("model/features.json")["columns"]]
    assert used == ["k", "one_or_none", "x"]
