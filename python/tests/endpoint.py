"""A running endpoint for tests."""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from kit import PACKAGE

TOKEN = "secret-of-the-test"  # noqa: S105 - a made one


@dataclass
class Endpoint:
    client: httpx.Client
    captures: Path
    process: subprocess.Popen[str]

    def ask(self, body: Any) -> Any:
        answer = self.client.post("/invocations", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()["predictions"]

    def captured(self) -> list[dict[str, Any]]:
        files = sorted(self.captures.glob("capture-*.jsonl"))
        return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


@contextmanager
def serving(
    folder: Path, model: Path, *, port: int = 0, capture: int = 10_000_000, memory: int | None = None
) -> Iterator[Endpoint]:
    """`memory`: bytes of address space beyond which the endpoint gets nothing more, as on a small machine."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "token").write_text(TOKEN, encoding="utf-8")
    config = {
        "host": "127.0.0.1",
        "port": port,
        "tokenFile": str(folder / "token"),
        "model": {"path": str(model), "name": "iris", "version": 1},
        "captureFolder": str(folder / "captures"),
        "captureMaxBytes": capture,
        "readyFile": str(folder / "ready.json"),
    }
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "ml_lifecycle.serve", str(folder / "config.json")],
        env={**os.environ, "PYTHONPATH": str(PACKAGE)},
        stderr=subprocess.PIPE,
        text=True,
    )
    if memory is not None:
        resource.prlimit(process.pid, resource.RLIMIT_AS, (memory, memory))
    try:
        deadline = time.monotonic() + 60
        while not (folder / "ready.json").exists():
            if process.poll() is not None:
                raise RuntimeError(process.stderr.read() if process.stderr else "")
            if time.monotonic() > deadline:
                raise TimeoutError("the endpoint did not start")
            time.sleep(0.05)
        ready = json.loads((folder / "ready.json").read_text(encoding="utf-8"))
        assert ready["pid"] == process.pid
        headers = {"authorization": f"Bearer {TOKEN}"}
        with httpx.Client(
            base_url=f"http://127.0.0.1:{ready['port']}", headers=headers, timeout=30
        ) as client:
            yield Endpoint(client, folder / "captures", process)
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(15)
        if process.stderr:
            process.stderr.close()
