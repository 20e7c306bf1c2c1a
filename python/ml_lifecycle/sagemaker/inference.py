"""What the server of a SageMaker image calls: requests are answered as the endpoint on one's own machine answers them."""

import os
import sys
from pathlib import Path
from typing import Any


def model_fn(model_dir: str) -> Any:
    """Loads the package; a package that cannot answer its own example does not start to serve."""
    code = str(Path(model_dir) / "code")
    if code not in sys.path:
        sys.path.insert(0, code)
    from ml_lifecycle.sagemaker.endpoint import load  # noqa: PLC0415

    return load(Path(model_dir), dict(os.environ))


def transform_fn(endpoint: Any, body: bytes | str, content_type: str | None, accept: str) -> Any:
    """One request. Every failure is answered as JSON: the server's own answer to an exception says nothing."""
    from flask import Response  # noqa: PLC0415

    data = body if isinstance(body, bytes) else str(body).encode()
    status, text = endpoint.answer(data, content_type or "application/json")
    return Response(text, status, mimetype="application/json")
