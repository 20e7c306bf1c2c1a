"""Uploads and downloads with Google's own Python client, as its documentation has them.

`python bench/gcs_client.py put|get BUCKET NAME FILE`, or `put-many|get-many BUCKET PREFIX FOLDER` by its transfer manager.
"""

import sys
from pathlib import Path

from google.auth.credentials import AnonymousCredentials
from google.cloud import storage
from google.cloud.storage import transfer_manager


def main() -> None:
    what, bucket_name, name, local = sys.argv[1:]
    client = storage.Client(project="test", credentials=AnonymousCredentials())
    bucket = client.bucket(bucket_name)
    if what == "put":
        bucket.blob(name).upload_from_filename(local)
    elif what == "get":
        Path(local).parent.mkdir(parents=True, exist_ok=True)
        bucket.blob(name).download_to_filename(local)
    elif what == "put-many":
        names = [one.name for one in Path(local).iterdir()]
        done = transfer_manager.upload_many_from_filenames(
            bucket, names, source_directory=local, blob_name_prefix=name, worker_type=transfer_manager.THREAD
        )
        raise_first(done)
    else:
        names = [one.name.removeprefix(name) for one in client.list_blobs(bucket_name, prefix=name)]
        done = transfer_manager.download_many_to_path(
            bucket,
            names,
            destination_directory=local,
            blob_name_prefix=name,
            worker_type=transfer_manager.THREAD,
            create_directories=True,
        )
        raise_first(done)


def raise_first(results: list[object]) -> None:
    for one in results:
        if isinstance(one, Exception):
            raise one


main()
