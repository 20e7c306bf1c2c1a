"""What the tests share: jobs made of real tables, run as the provider runs them."""

import contextlib
import csv
import io
import json
import os
import resource
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from ml_lifecycle import jobs

PACKAGE = Path(__file__).resolve().parent.parent


@dataclass
class Outcome:
    """How a job ended."""

    code: int
    stdout: str
    stderr: str
    folder: Path

    @property
    def out(self) -> Path:
        return self.folder / "out"

    def json(self, name: str) -> Any:
        return json.loads((self.out / name).read_text(encoding="utf-8"))

    def table(self, name: str, columns: str) -> list[tuple[Any, ...]]:
        """What a query finds in a table that the job wrote; `columns` may be aggregates."""
        return duckdb.execute(f"SELECT DISTINCT {columns} FROM '{self.out / name}'").fetchall()

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line[5:]) for line in self.stdout.splitlines() if line.startswith("@mll ")]


def write_csv(path: Path, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows([["" if cell is None else cell for cell in row] for row in rows])
    return path


def plan(
    columns: dict[str, str], target: str | None, split: str | None = None, steps: Sequence[Any] = ()
) -> dict[str, Any]:
    made: dict[str, Any] = {
        "plan": 1,
        "input": [{"name": name, "sqlType": kind} for name, kind in columns.items()],
        "steps": list(steps),
    }
    if target is not None:
        made["target"] = target
    if split is not None:
        made["split"] = split
    return made


READ = "SELECT * FROM read_csv({path}, header = true)"


def run_job(
    folder: Path,
    kind: str,
    data: Path | None,
    *,
    recipe: dict[str, Any] | None = None,
    target: str | None = None,
    params: dict[str, Any] | None = None,
    script: str | None = None,
    model: Path | None = None,
    read: str = READ,
    types: dict[str, Any] | None = None,
    process: bool = False,
    limit: int | None = None,
    memory: int | None = None,
    tables: Sequence[Path] = (),
) -> Outcome:
    """Lays the job's folder and runs the job: a script (or with `process`) in a process of its own, else in this one.

    `limit`: bytes beyond which the job can write no file, as on a full disk; `memory`: of address space, as on a small machine.
    """
    folder.mkdir(parents=True, exist_ok=True)
    inputs: dict[str, Any] = {}
    how = {"read": read} if types is None else {"read": read, "types": types}
    if data is not None:
        copy = folder / "in" / "data" / data.name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(data.read_bytes())
        inputs["data"] = {"path": f"in/data/{data.name}", **how}
    if model is not None:
        inputs["model"] = {"path": os.path.relpath(model, folder)}
    for number, table in enumerate(tables):
        copy = folder / "in" / f"table{number}" / table.name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(table.read_bytes())
        inputs[f"table{number}"] = {"path": f"in/table{number}/{table.name}", **how}
    job: dict[str, Any] = {
        "job": 1,
        "id": "r1",
        "kind": kind,
        "inputs": inputs,
        "params": params or {},
        "model": "m",
        "provenance": {"run": "r1", "dirty": False, "created": "2026-01-01T00:00:00Z"},
    }
    if recipe is not None:
        job["plan"] = recipe
    if target is not None:
        job["target"] = target
    if script is not None:
        code = folder / "code"
        code.mkdir(exist_ok=True)
        (code / "train.py").write_text(script, encoding="utf-8")
        job["script"] = "train.py"
    (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
    bounds = {resource.RLIMIT_FSIZE: limit, resource.RLIMIT_AS: memory}
    bounded = {which: bytes_ for which, bytes_ in bounds.items() if bytes_ is not None}
    if script is None and not process and not bounded:
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            code = jobs.run_job(folder / "job.json")
        return Outcome(code, said.getvalue(), "", folder)
    done = subprocess.run(
        [sys.executable, "-m", "ml_lifecycle", "job.json"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(PACKAGE)},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        preexec_fn=lambda: [resource.setrlimit(which, (bytes_, bytes_)) for which, bytes_ in bounded.items()],
    )
    return Outcome(done.returncode, done.stdout, done.stderr, folder)
