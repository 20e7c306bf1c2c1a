"""Log streams and metrics in CloudWatch, written in batches."""

import contextlib
import threading
import time
from typing import Any

from botocore.exceptions import ClientError


class LogStream:
    """One stream of a group. The group comes into being with the first line, as on AWS."""

    def __init__(self, client: Any, group: str, stream: str) -> None:
        self._client = client
        self._name = {"logGroupName": group, "logStreamName": stream}
        self._lock = threading.Lock()
        self._lines: list[tuple[int, str]] = []
        self._made = False

    def write(self, line: str) -> None:
        if line:
            with self._lock:
                self._lines.append((int(time.time() * 1000), line))

    def flush(self) -> None:
        with self._lock:
            lines, self._lines = self._lines, []
            if lines and not self._made:
                self._make()
            for start in range(0, len(lines), 2_000):
                events = [{"timestamp": at, "message": line} for at, line in lines[start : start + 2_000]]
                self._client.put_log_events(**self._name, logEvents=events)

    def _make(self) -> None:
        with contextlib.suppress(ClientError):  # it is there already
            self._client.create_log_group(logGroupName=self._name["logGroupName"])
        with contextlib.suppress(ClientError):
            self._client.create_log_stream(**self._name)
        self._made = True


class Metrics:
    """Values for CloudWatch, in batches of at most 500."""

    def __init__(self, client: Any, namespace: str) -> None:
        self._client = client
        self._namespace = namespace
        self._lock = threading.Lock()
        self._waiting: list[dict[str, Any]] = []

    def put(self, name: str, value: float, dimensions: dict[str, str], unit: str = "None") -> None:
        with self._lock:
            self._waiting.append(
                {
                    "MetricName": name,
                    "Value": value,
                    "Unit": unit,
                    "Timestamp": time.time(),
                    "Dimensions": [{"Name": key, "Value": one} for key, one in dimensions.items()],
                }
            )

    def flush(self) -> None:
        with self._lock:
            waiting, self._waiting = self._waiting, []
        for start in range(0, len(waiting), 500):
            self._client.put_metric_data(Namespace=self._namespace, MetricData=waiting[start : start + 500])
