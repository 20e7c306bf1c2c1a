"""Which columns of which tables a GoogleSQL query has to read, as sqlglot's optimizer finds them.

stdin: {"sql": text, "tables": {"project.dataset.table": {column: type}}}; stdout: {"project.dataset.table": [column, …]}, in the
order of the table. BigQuery charges a query for the bytes of the columns that it reads
(https://cloud.google.com/bigquery/docs/best-practices-costs); the emulator cannot say which these are.
"""

import json
import sys

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.pushdown_projections import pushdown_projections
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import traverse_scope


def columns_read(sql: str, tables: dict[str, dict[str, str]]) -> dict[str, list[str]]:
    schema: dict[str, dict[str, dict[str, dict[str, str]]]] = {}
    for name, columns in tables.items():
        project, dataset, table = name.split(".")
        schema.setdefault(project, {}).setdefault(dataset, {})[table] = columns
    query = qualify(
        sqlglot.parse_one(sql, read="bigquery"), schema=schema, dialect="bigquery"
    )
    query = pushdown_projections(query)
    found: dict[str, set[str]] = {name: set() for name in tables}
    for scope in traverse_scope(query):
        for column in scope.columns:
            source = scope.sources.get(column.table)
            if isinstance(source, exp.Table):
                found[f"{source.catalog}.{source.db}.{source.name}"].add(column.name)
    return {
        name: [one for one in tables[name] if one in read]
        for name, read in found.items()
    }


asked = json.load(sys.stdin)
print(json.dumps(columns_read(asked["sql"], asked["tables"])))
