"""The job's lines on stdout that are meant for the lifecycle: metrics and stages."""

import json
import math
import sys
import threading
import time

_lock = threading.Lock()


def number(value: float) -> float | str:
    """A JSON number, or the agreed text for the values that JSON has no number for."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value


def _write(data: dict[str, object]) -> None:
    text = "@mll " + json.dumps(data, ensure_ascii=True)
    with _lock:
        # Text that a script printed before without an end of line stands on the same line: the reader tells them apart.
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def metric(name: str, value: float, step: int = 0, time_ms: int | None = None) -> None:
    """One point of a live metric; `time_ms` is milliseconds since 1970 UTC, now unless told."""
    at = time.time_ns() // 1_000_000 if time_ms is None else time_ms
    _write({"metric": name, "value": number(float(value)), "step": int(step), "time": at})


def stage(text: str, progress: float | None = None) -> None:
    """What the job does now, with its share done (0 to 1) when that is known."""
    data: dict[str, object] = {"stage": text}
    if progress is not None:
        data["progress"] = round(min(max(progress, 0.0), 1.0), 4)
    _write(data)
