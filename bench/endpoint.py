"""Requests per second and latency of our endpoint, a plain FastAPI + scikit-learn pipeline, and `mlflow models serve`.

Run it with a Python that has the runtime's packages, pandas, httpx and mlflow: `python bench/endpoint.py [--requests 2000]`.
All three serve the same fitted logistic regression over numbers and categories. They are asked in turn, a part of the
requests at a time, so that what else the machine does falls on all of them; ratios are of one run on one machine.
"""

import argparse
import asyncio
import csv
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

RUNTIME = Path(__file__).resolve().parent.parent / "python"
NUMBERS = [f"n{index}" for index in range(8)]
WORDS = ["red", "green", "blue", "grey"]
ROWS = 4000
TURNS = 10  # and one before, that does not count

PLAIN = """
import sys
import joblib
import pandas
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel, create_model

model = joblib.load(sys.argv[1])
fields = {name: (float | None, None) for name in %(numbers)r}
Row = create_model("Row", **fields, colour=(str | None, None))
app = FastAPI()

@app.get("/ping")
def ping():
    return {}

@app.post("/invocations")
def invocations(rows: list[Row]):
    table = pandas.DataFrame([row.model_dump() for row in rows])
    shares = model.predict_proba(table)
    said = model.classes_[shares.argmax(axis=1)]
    return {"predictions": [
        {"prediction": word, "probabilities": dict(zip(model.classes_.tolist(), share, strict=True))}
        for word, share in zip(said.tolist(), shares.tolist(), strict=True)
    ]}

uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), access_log=False, log_level="warning")
""" % {"numbers": NUMBERS}


# The endpoint's own environment has neither of the two, which mlflow brings into this one.
AS_SHIPPED = """
import sys
sys.modules["uvloop"] = sys.modules["httptools"] = None
from ml_lifecycle.serve import main
sys.exit(main(sys.argv[1:]))
"""


def made_rows() -> list[dict[str, Any]]:
    chance = random.Random(1)
    out = []
    for _ in range(ROWS):
        row: dict[str, Any] = {name: round(chance.gauss(0, 1), 4) for name in NUMBERS}
        row["colour"] = chance.choice(WORDS)
        row["y"] = "up" if row["n0"] + row["n1"] + (row["colour"] == "red") > 0 else "down"
        out.append(row)
    return out


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def train(folder: Path, rows: list[dict[str, Any]]) -> Path:
    data = folder / "in" / "data" / "d.csv"
    data.parent.mkdir(parents=True)
    with data.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    columns = [
        *({"name": name, "sqlType": "DOUBLE"} for name in NUMBERS),
        {"name": "colour", "sqlType": "VARCHAR"},
    ]
    job = {
        "job": 1,
        "id": "bench",
        "kind": "train",
        "inputs": {
            "data": {"path": "in/data/d.csv", "read": "SELECT * FROM read_csv({path}, header = true)"}
        },
        "plan": {
            "plan": 1,
            "input": [*columns, {"name": "y", "sqlType": "VARCHAR"}],
            "target": "y",
            "split": "n7 > 1",
            "steps": [],
        },
        "params": {"algorithm": "linear"},
        "provenance": {"run": "bench", "dirty": False, "created": "2026-01-01T00:00:00Z"},
    }
    (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
    subprocess.run(
        [sys.executable, "-m", "ml_lifecycle", "job.json"],
        cwd=folder,
        env=environment(),
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return folder / "out" / "model"


def plain_model(folder: Path, rows: list[dict[str, Any]]) -> Path:
    import joblib
    import pandas
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    table = pandas.DataFrame(rows)
    table = table[table["n7"] <= 1]
    shape = make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), NUMBERS),
        (OneHotEncoder(handle_unknown="ignore"), ["colour"]),
    )
    model = make_pipeline(shape, LogisticRegression(max_iter=2000)).fit(table.drop(columns="y"), table["y"])
    joblib.dump(model, folder / "plain.joblib")
    (folder / "plain.py").write_text(PLAIN, encoding="utf-8")
    return folder / "plain.joblib"


def environment() -> dict[str, str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {
        **os.environ,
        "PATH": path,
        "PYTHONPATH": str(RUNTIME),
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
    }


@contextmanager
def running(command: list[str], port: int, folder: Path) -> Iterator[None]:
    with (folder / f"{port}.log").open("w") as log:
        process = subprocess.Popen(command, env=environment(), stdout=log, stderr=log)
        try:
            deadline = time.monotonic() + 120
            while True:
                try:
                    if httpx.get(f"http://127.0.0.1:{port}/ping").status_code == 200:
                        break
                except httpx.TransportError:
                    pass
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError((folder / f"{port}.log").read_text())
                time.sleep(0.2)
            yield
        finally:
            process.terminate()
            process.wait(30)


@dataclass
class Load:
    """What one server did: the latency of each request and the time that all took, in seconds."""

    latencies: list[float]
    seconds: float

    def numbers(self) -> dict[str, float]:
        """Requests per second, and percentiles of latency in milliseconds."""
        latencies = sorted(self.latencies)
        return {
            "req/s": len(latencies) / self.seconds,
            "p50": latencies[len(latencies) // 2] * 1000,
            "p99": latencies[int(len(latencies) * 0.99)] * 1000,
        }


async def load(port: int, bodies: list[bytes], concurrency: int, requests: int) -> Load:
    """Asks over raw keep-alive connections."""
    latencies: list[float] = []

    async def client(count: int, start: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for index in range(count):
            body = bodies[(start + index) % len(bodies)]
            began = time.perf_counter()
            writer.write(
                b"POST /invocations HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer bench\r\n"
                b"Content-Type: application/json\r\nContent-Length: "
                + str(len(body)).encode()
                + b"\r\n\r\n"
                + body
            )
            head = await reader.readuntil(b"\r\n\r\n")
            if b" 200 " not in head.split(b"\r\n")[0]:
                raise RuntimeError(head.decode())
            length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            await reader.readexactly(int(length.split(b":")[1]))
            latencies.append(time.perf_counter() - began)
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(client(requests // concurrency, index * 97) for index in range(concurrency)))
    return Load(latencies, time.perf_counter() - began)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--no-mlflow", action="store_true")
    options = parser.parse_args()
    rows = made_rows()
    records = [[{key: value for key, value in row.items() if key != "y"}] for row in rows[:500]]
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        model = train(folder / "job", rows)
        ports = {"ours": free_port(), "plain": free_port(), "mlflow": free_port()}
        (folder / "token").write_text("bench", encoding="utf-8")
        config = {
            "host": "127.0.0.1",
            "port": ports["ours"],
            "tokenFile": str(folder / "token"),
            "model": {"path": str(model), "name": "bench", "version": 1},
            "captureFolder": str(folder / "captures"),
            "captureMaxBytes": 100_000_000,
            "readyFile": str(folder / "ready.json"),
        }
        (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
        python = sys.executable
        commands = {
            "ours": [python, "-c", AS_SHIPPED, str(folder / "config.json")],
            "plain": [python, str(folder / "plain.py"), str(plain_model(folder, rows)), str(ports["plain"])],
        }
        if not options.no_mlflow:
            serve = [
                python,
                "-m",
                "mlflow",
                "models",
                "serve",
                "-m",
                str(model),
                "-h",
                "127.0.0.1",
                "-w",
                "1",
            ]
            commands["mlflow"] = [*serve, "-p", str(ports["mlflow"]), "--env-manager", "local"]
        for who, command in commands.items():
            stack.enter_context(running(command, ports[who], folder))
        for concurrency in (1, 8):
            loads = {who: Load([], 0.0) for who in commands}
            for turn in range(TURNS + 1):
                for who, done in loads.items():
                    bodies = [
                        json.dumps({"dataframe_records": record} if who == "mlflow" else record).encode()
                        for record in records
                    ]
                    asked = asyncio.run(load(ports[who], bodies, concurrency, options.requests // TURNS))
                    if turn > 0:
                        done.latencies.extend(asked.latencies)
                        done.seconds += asked.seconds
            results = {who: done.numbers() for who, done in loads.items()}
            for who, result in results.items():
                numbers = ", ".join(f"{key} {value:.1f}" for key, value in result.items())
                print(f"concurrency {concurrency}: {who}: {numbers}")
            for who in [name for name in commands if name != "ours"]:
                ratios = {key: results["ours"][key] / results[who][key] for key in results[who]}
                print(f"  ours / {who}: " + ", ".join(f"{key} {value:.2f}" for key, value in ratios.items()))


if __name__ == "__main__":
    main()
