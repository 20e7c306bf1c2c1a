"""What an endpoint answers to a request, whichever server carries it."""

import secrets
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic_core import to_json

from .bodies import rows_of
from .capture import now
from .failure import Failure, failure_data
from .predict import Prediction


class Model(Protocol):
    """The model that answers, as the answer names it."""

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> int: ...


@dataclass(frozen=True)
class Answer:
    """The status and the JSON of an answer, and what of it is captured: one record for each row."""

    status: int
    body: bytes
    records: list[dict[str, Any]]
    rows: int
    errors: int
    seconds: float
    request_id: str


def refusal_body(kind: str, message: str, fix: str) -> bytes:
    """The JSON of an answer to a request that failed as a whole."""
    return to_json({"error": {"kind": kind, "message": message, "fix": fix}})


def answered(
    model: Model, rows: list[Any], answers: Sequence[Prediction], started: float, latency: bool = False
) -> Answer:
    """The answer to rows that were predicted. `started` is of `time.perf_counter()`; `latency`: it says how long it took."""
    first = secrets.token_hex(8)
    ids = [f"{first}-{place}" for place in range(len(rows))]
    seconds = time.perf_counter() - started
    said: dict[str, Any] = {
        "predictions": answers,
        "ids": ids,
        "model": model.name,
        "version": model.version,
    }
    milliseconds = round(seconds * 1000, 3)
    if latency:
        said["latencyMs"] = milliseconds
    at = now()
    records = [
        {
            "id": key,
            "time": at,
            "version": model.version,
            "input": row,
            "prediction": answer,
            "latencyMs": milliseconds,
        }
        for key, row, answer in zip(ids, rows, answers, strict=True)
    ]
    errors = sum(1 for answer in answers if "error" in answer)
    return Answer(200, to_json(said), records, len(rows), errors, seconds, first)


def refused(model: Model, error: Exception, started: float) -> Answer:
    """The answer to a request that failed as a whole; a defect's traceback goes to the log."""
    if isinstance(error, Failure):
        status = 413 if error.kind == "quota" else 400
        kind, message, fix = error.kind, error.message, error.fix or ""
    else:
        print(failure_data(error).get("traceback", repr(error)), file=sys.stderr, flush=True)
        status, kind = 500, "internal"
        message, fix = f"The model failed: {error}", "Look at the endpoint's log."
    seconds = time.perf_counter() - started
    request_id = secrets.token_hex(8)
    record = {
        "id": request_id,
        "time": now(),
        "version": model.version,
        "error": {"kind": kind, "message": message},
        "latencyMs": round(seconds * 1000, 3),
    }
    return Answer(status, refusal_body(kind, message, fix), [record], 0, 0, seconds, request_id)


class Predicts(Protocol):
    """What answers rows at once."""

    def predict(self, rows: Sequence[Any]) -> list[Prediction]: ...


def answer(model: Model, predictor: Predicts, body: bytes, content_type: str) -> Answer:
    """The whole of a request, one after the other."""
    started = time.perf_counter()
    try:
        rows = rows_of(body, content_type)
        started = time.perf_counter()
        return answered(model, rows, predictor.predict(rows), started, latency=True)
    except Exception as error:
        return refused(model, error, started)
