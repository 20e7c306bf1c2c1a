"""moto's server with a bucket `bench` of many keys, put straight into its model: by requests that would take minutes.

Usage: python bench/moto_filled.py KEYS [options of moto_server]
"""

import sys

from moto.s3.models import s3_backends
from moto.server import main

keys = int(sys.argv[1])
backend = s3_backends["123456789012"]["aws"]
backend.create_bucket("bench", "us-east-1")
for number in range(keys):
    backend.put_object("bench", f"keys/{number:07}.csv", b"a\n", disable_notification=True)
main(sys.argv[2:])
