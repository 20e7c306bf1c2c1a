"""The records of CSV texts as Python's csv module reads them: one JSON list of requests a line, one JSON list of answers a line."""

import csv
import io
import json
import sys


def read(request: dict[str, str]) -> list[list[str]]:
    quote = request["quote"]
    reader = csv.reader(
        io.StringIO(request["text"], newline=""),
        delimiter=request["delimiter"],
        quotechar=quote or None,
        quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
        doublequote=True,
        escapechar=None,
        strict=False,
    )
    return list(reader)


csv.field_size_limit(2**31 - 1)
for line in sys.stdin:
    print(json.dumps([read(request) for request in json.loads(line)]), flush=True)
