"""What SageMaker's server calls, without the runtime: the model file's text is each answer, and "broken" does not load."""

import json
import os
from pathlib import Path


def model_fn(model_dir):
    text = (Path(model_dir) / "model.joblib").read_text()
    if text == "broken":
        raise ValueError("the model is broken on purpose")
    return text


def transform_fn(text, body, content_type, accept):
    from flask import Response

    rows = json.loads(body)
    answer = {
        "model": os.environ["MLL_MODEL"],
        "version": int(os.environ["MLL_VERSION"]),
        "ids": [str(at) for at, _ in enumerate(rows)],
        "predictions": [{"prediction": text} for _ in rows],
    }
    return Response(json.dumps(answer), 200, mimetype="application/json")
