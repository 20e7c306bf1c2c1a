"""What AWS's own Python SDK calls the image of each line of stdin, or `none`.

A line has framework, version, Python, scope, machine and region, apart by tabs.
"""

import functools
import sys
from typing import Any

from sagemaker.core import common_utils, image_uris

# It reads its tables anew for each question.
sdk: Any = image_uris
sdk.config_for_framework = functools.cache(sdk.config_for_framework)
tables: Any = common_utils
tables._botocore_resolver = functools.cache(tables._botocore_resolver)

for line in sys.stdin:
    framework, version, python, scope, machine, region = line.rstrip("\n").split("\t")
    try:
        uri = sdk.retrieve(
            framework,
            region,
            version=version,
            py_version=python,
            instance_type=machine,
            image_scope=scope,
        )
    except ValueError:
        uri = "none"
    print(uri)
