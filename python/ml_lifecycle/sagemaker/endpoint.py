"""A package that is served inside a SageMaker container, with the capture of its own that serverless endpoints need."""

import importlib
import json
import secrets
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..answer import answer
from ..capture import now
from ..predict import Predictor, load_package

Put = Callable[[str, str, bytes], None]


def bucket_and_key(uri: str) -> tuple[str, str]:
    """`s3://bucket/some/prefix` as its two parts, the second without a slash at its end."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key.rstrip("/")


def s3_put(region: str | None) -> Put:
    """Writes one object with the container's role; short limits, because a request waits for it."""
    boto3 = importlib.import_module("boto3")
    config = importlib.import_module("botocore.config").Config(
        connect_timeout=1, read_timeout=2, retries={"max_attempts": 1}
    )
    client = boto3.client("s3", region_name=region, config=config)

    def put(bucket: str, key: str, body: bytes) -> None:
        client.put_object(Bucket=bucket, Key=key, Body=body, ContentType="application/x-ndjson")

    return put


@dataclass
class StoreCapture:
    """Writes what was asked and answered to S3: one object of JSON lines for each request, below a folder for each hour (UTC)."""

    uri: str
    put: Put
    said: bool = False

    def write(self, records: list[dict[str, Any]]) -> None:
        """A store that takes no more costs the records, never the answer, and is said once in the log."""
        stamp = now()
        bucket, prefix = bucket_and_key(self.uri)
        hour = stamp[:13].replace("-", "/").replace("T", "/")
        key = f"{prefix}/{hour}/{stamp[14:19].replace(':', '-')}-{secrets.token_hex(6)}.jsonl"
        lines = (json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in records)
        try:
            self.put(bucket, key, ("\n".join(lines) + "\n").encode("utf-8", "replace"))
        except Exception as error:
            if not self.said:
                print(f"capture stopped: {error}", file=sys.stderr, flush=True)
            self.said = True


class Endpoint:
    """The model of one container. `name` and `version` are the lifecycle's, which the package does not know."""

    def __init__(self, predictor: Predictor, name: str, version: int, capture: StoreCapture | None) -> None:
        self.predictor = predictor
        self.name = name
        self.version = version
        self.capture = capture
        # Requests share one thread of the image's server: TensorFlow, which keeps its state by thread, must not meet two at once.
        self._one = threading.Lock()

    def answer(self, body: bytes, content_type: str) -> tuple[int, bytes]:
        """Status and JSON of one request."""
        with self._one:
            said = answer(self, self.predictor, body, content_type)
        if self.capture is not None:
            self.capture.write(said.records)
        return said.status, said.body


def load(model_dir: Path, environment: Mapping[str, str]) -> Endpoint:
    """The endpoint of a model package as the container's environment describes it."""
    uri = environment.get("MLL_CAPTURE", "")
    region = environment.get("SAGEMAKER_REGION") or environment.get("AWS_REGION")
    return Endpoint(
        Predictor(load_package(model_dir)),
        environment.get("MLL_MODEL", model_dir.name),
        int(environment.get("MLL_VERSION", "0")),
        StoreCapture(uri, s3_put(region)) if uri else None,
    )
