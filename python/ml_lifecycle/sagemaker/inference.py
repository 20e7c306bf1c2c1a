"""What the server of a SageMaker image calls: requests are answered as the endpoint on one's own machine answers them."""

import os
import sys
import threading
from pathlib import Path
from typing import Any

# The image's server has one thread, in which requests take turns wherever one of them waits; its first pings each load the
# model. A framework that is loaded by two of them in turns is left half loaded.
_loading = threading.Lock()
_loaded: list[Any] = []


def model_fn(model_dir: str) -> Any:
    """Loads the package; a package that cannot answer its own example does not start to serve."""
    code = str(Path(model_dir) / "code")
    if code not in sys.path:
        sys.path.insert(0, code)
    with _loading:
        if not _loaded:
            from ml_lifecycle.sagemaker.endpoint import load  # noqa: PLC0415

            _loaded.append(load(Path(model_dir), dict(os.environ)))
    return _loaded[0]


def transform_fn(endpoint: Any, body: bytes | str, content_type: str | None, accept: str) -> Any:
    """One request. Every failure is answered as JSON: the server's own answer to an exception says nothing."""
    from flask import Response  # noqa: PLC0415

    data = body if isinstance(body, bytes) else str(body).encode()
    status, text = endpoint.answer(data, content_type or "application/json")
    return Response(text, status, mimetype="application/json")
