"""`mlflow models serve` answers what our endpoint answers, from the same folder."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from kit import Outcome

from ml_lifecycle.predict import Predictor, load_package

pytest.importorskip("mlflow")


def test_mlflow_serves_the_same_predictions(passenger_model: Outcome, tmp_path: Path) -> None:
    model = passenger_model.out / "model"
    rows = [
        {"age": 40, "fare": 10.5, "port": "Ærø", "adult": "true", "joined": "2024-03-31", "ticket": "a"},
        {"age": 60, "fare": 71.25, "port": "Bari", "adult": "false", "joined": "2024-07-01", "ticket": "b"},
        {"age": None, "fare": 3.5, "port": "Oslo", "adult": "true", "joined": "2024-01-02", "ticket": "c"},
    ]
    expected = [item["prediction"] for item in Predictor(load_package(model)).predict(rows)]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "PATH": path, "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
    # Without our own path: the package must run on the copy of the runtime that it carries.
    env.pop("PYTHONPATH", None)
    command = [
        sys.executable,
        "-m",
        "mlflow",
        "models",
        "serve",
        "-m",
        str(model),
        "-h",
        "127.0.0.1",
        "-p",
        str(port),
    ]
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            [*command, "--env-manager", "local", "-w", "1"], env=env, stdout=log, stderr=log, cwd=tmp_path
        )
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
                deadline = time.monotonic() + 120
                while True:
                    try:
                        if client.get("/ping").status_code == 200:
                            break
                    except httpx.TransportError:
                        pass
                    assert process.poll() is None, (tmp_path / "log").read_text()
                    assert time.monotonic() < deadline, (tmp_path / "log").read_text()
                    time.sleep(0.2)
                split = {"columns": list(rows[0]), "data": [list(row.values()) for row in rows]}
                for body in ({"dataframe_records": rows}, {"dataframe_split": split}):
                    answer = client.post("/invocations", json=body)
                    assert answer.status_code == 200, answer.text
                    assert answer.json() == {"predictions": expected}
        finally:
            process.terminate()
            process.wait(30)
