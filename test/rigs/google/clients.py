"""Google's own client against a server that stands in for Cloud Storage: `python clients.py write|read BUCKET KEY FILE`."""

import sys

from google.auth.credentials import AnonymousCredentials
from google.cloud import storage


def main(what: str, bucket: str, key: str, file: str) -> None:
    """`write` sends the file, in pieces where it is large; `read` fetches the object and compares its checksum."""
    client = storage.Client(project="test", credentials=AnonymousCredentials())
    blob = client.bucket(bucket).blob(key)
    if what == "write":
        blob.chunk_size = 4 * 2**20
        blob.upload_from_filename(file, checksum="crc32c")
    else:
        blob.download_to_filename(file, checksum="crc32c")
    blob.reload()
    print(blob.crc32c)


main(*sys.argv[1:])
