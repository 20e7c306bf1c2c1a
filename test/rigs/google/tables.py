"""Google's own client of BigQuery against a stand-in: `python tables.py URL PROJECT DATASET`.

It reads what the tests put there, and prints one JSON document of what it saw.
"""

import json
import sys

from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery


def main(url: str, project: str, dataset: str) -> None:
    """Lists, reads rows, asks for a dry run and for a result."""
    client = bigquery.Client(
        project=project,
        credentials=AnonymousCredentials(),
        client_options=ClientOptions(api_endpoint=url),
    )
    table = client.get_table(f"{project}.{dataset}.people")
    dry = client.query(
        f"SELECT name FROM `{project}.{dataset}.people`",
        job_config=bigquery.QueryJobConfig(dry_run=True),
    )
    query = client.query(f"SELECT COUNT(*) AS n FROM `{project}.{dataset}.people`")
    print(
        json.dumps(
            {
                "datasets": [one.dataset_id for one in client.list_datasets()],
                "tables": [one.table_id for one in client.list_tables(dataset)],
                "schema": [[one.name, one.field_type] for one in table.schema],
                "rows": [
                    list(one.values()) for one in client.list_rows(table, page_size=2)
                ],
                "dry": dry.total_bytes_processed is not None,
                "result": [dict(one) for one in query.result()],
            },
            default=str,
        )
    )


main(*sys.argv[1:])
