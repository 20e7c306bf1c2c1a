"""Captured traffic in S3, in the files that Model Monitor reads."""

import base64
import json
import random
import threading
import uuid
from datetime import datetime
from typing import Any

from .contract import Document
from .states import Region, World, now
from .storage import split_uri

_CSV = ["text/csv"]
_JSON = ["application/json"]


class Capture:
    """The capture of one deployment: JSON lines, a file for each hour, variant and flush."""

    def __init__(self, world: World, region: Region, endpoint: str, config: Document) -> None:
        self._world = world
        self._s3 = world.client("s3", region.name)
        self._endpoint = endpoint
        self._config = config
        self._modes = {one["CaptureMode"] for one in config["CaptureOptions"]}
        types = config.get("CaptureContentTypeHeader", {})
        self._csv = types.get("CsvContentTypes", [] if types else _CSV)
        self._json = types.get("JsonContentTypes", [] if types else _JSON)
        self._lock = threading.Lock()
        self._waiting: dict[tuple[str, datetime], list[str]] = {}
        world.flusher.add(self.flush)

    @classmethod
    def of(cls, world: World, region: Region, endpoint: str, config: Document | None) -> "Capture | None":
        if not config or not config.get("EnableCapture"):
            return None
        return cls(world, region, endpoint, config)

    def _part(self, mode: str, content_type: str, body: bytes) -> Document:
        kind = content_type.split(";", maxsplit=1)[0].strip()
        if kind in self._csv:
            encoding, data = "CSV", body.decode(errors="replace")
        elif kind in self._json:
            encoding, data = "JSON", body.decode(errors="replace")
        else:
            encoding, data = "BASE64", base64.b64encode(body).decode()
        return {"observedContentType": content_type, "mode": mode, "data": data, "encoding": encoding}

    def add(
        self, variant: str, sent: tuple[str, bytes], answered: tuple[str, bytes], metadata: Document
    ) -> None:
        """One call that succeeded; each side is (content type, body)."""
        if random.uniform(0, 100) >= self._config["InitialSamplingPercentage"]:
            return
        data: Document = {}
        if "Input" in self._modes or "InputAndOutput" in self._modes:
            data["endpointInput"] = self._part("INPUT", *sent)
        if "Output" in self._modes or "InputAndOutput" in self._modes:
            data["endpointOutput"] = self._part("OUTPUT", *answered)
        at = now()
        event = {"eventId": str(uuid.uuid4()), **metadata, "inferenceTime": at.strftime("%Y-%m-%dT%H:%M:%SZ")}
        line = json.dumps({"captureData": data, "eventMetadata": event, "eventVersion": "0"})
        with self._lock:
            self._waiting.setdefault((variant, at.replace(minute=0, second=0, microsecond=0)), []).append(
                line
            )

    def flush(self) -> None:
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        bucket, prefix = split_uri(self._config["DestinationS3Uri"])
        for (variant, hour), lines in waiting.items():
            name = f"{now():%M-%S-%f}"[:9] + f"-{uuid.uuid4()}.jsonl"
            parts: list[Any] = [prefix.strip("/"), self._endpoint, variant, f"{hour:%Y/%m/%d/%H}", name]
            key = "/".join(part for part in parts if part)
            self._s3.put_object(Bucket=bucket, Key=key, Body=("\n".join(lines) + "\n").encode())

    def close(self) -> None:
        self._world.flusher.remove(self.flush)
        self.flush()
