"""A full profile of a CSV file of bench/data.mjs with another tool; prints its seconds of all cores and its peak memory in MB.

`python bench/profile_peers.py pandas|polars|summarize|summarize-auto FILE`. What our profile says of every column: missing,
distinct, smallest, largest, mean, standard deviation, five quantiles, ten most frequent values, histogram of 20 bins; where
a tool has a quicker estimate, it is used. SUMMARIZE says less: neither frequent values nor a histogram. Polars and
`summarize` are told the types, because what they detect from the beginning fails at the "N/A" of row 50,000.
"""

import json
import resource
import sys

TYPES = {
    "id": "BIGINT",
    "account": "BIGINT",
    "age": "BIGINT",
    "score": "DOUBLE",
    "price": "DOUBLE",
    "balance": "DOUBLE",
    "created": "TIMESTAMP",
    "birthday": "DATE",
    "plan": "VARCHAR",
    "country": "VARCHAR",
    "product": "VARCHAR",
    "email": "VARCHAR",
    "session": "VARCHAR",
    "comment": "VARCHAR",
    "flag": "BOOLEAN",
    "late": "VARCHAR",
    "ratio": "DOUBLE",
    "clicks": "BIGINT",
    "latitude": "DOUBLE",
    "tag": "VARCHAR",
}
QUANTILES = [0.05, 0.25, 0.5, 0.75, 0.95]
TOP = 10
BINS = 20


def summarize(file: str, options: str) -> int:
    import duckdb

    return len(duckdb.sql(f"SUMMARIZE SELECT * FROM read_csv('{file}', {options})").fetchall())


def with_polars(file: str) -> int:
    import polars as pl

    frame = pl.scan_csv(file, schema_overrides={"late": pl.String}, try_parse_dates=True)
    schema = frame.collect_schema()
    wanted = []
    for name, kind in schema.items():
        column = pl.col(name)
        wanted += [
            column.null_count().alias(f"{name} missing"),
            column.approx_n_unique().alias(f"{name} distinct"),
            column.drop_nulls().value_counts(sort=True).head(TOP).implode().alias(f"{name} top"),
        ]
        if kind != pl.Boolean:
            wanted += [column.min().alias(f"{name} min"), column.max().alias(f"{name} max")]
        if kind.is_numeric():
            wanted += [column.mean().alias(f"{name} mean"), column.std().alias(f"{name} sd")]
            wanted += [column.quantile(q).alias(f"{name} {q}") for q in QUANTILES]
            wanted.append(column.hist(bin_count=BINS).implode().alias(f"{name} histogram"))
    frame.select(wanted).collect(engine="streaming")
    return len(schema)


def with_pandas(file: str) -> int:
    import numpy as np
    import pandas as pd

    frame = pd.read_csv(file)
    for name in frame:
        column = frame[name]
        facts = [column.isna().sum(), column.nunique(), column.value_counts().head(TOP)]
        values = column.dropna()
        if pd.api.types.is_bool_dtype(values):
            continue
        if not pd.api.types.is_numeric_dtype(values):
            values = values.astype(str)
            facts += [values.min(), values.max()]
            continue
        facts += [values.min(), values.max(), values.mean(), values.std(), values.quantile(QUANTILES)]
        facts.append(np.histogram(values, bins=BINS))
    return len(frame.columns)


def main() -> None:
    tool, file = sys.argv[1:]
    if tool == "summarize":
        options = "auto_detect=false, header=true, delim=',', quote='\"', escape='\"'"
        columns = summarize(file, f"{options}, columns={TYPES}")
    elif tool == "summarize-auto":
        columns = summarize(file, "sample_size=-1")
    else:
        columns = with_polars(file) if tool == "polars" else with_pandas(file)
    if columns != len(TYPES):
        sys.exit(f"{columns} columns")
    used = resource.getrusage(resource.RUSAGE_SELF)
    # Linux counts memory in KB.
    print(json.dumps({"cpu": used.ru_utime + used.ru_stime, "memory": used.ru_maxrss / 1024}))


main()
