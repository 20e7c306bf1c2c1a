"""Starts a job inside a container of Vertex AI: `python -m ml_lifecycle.vertex.start MOUNT RUN`.

MOUNT is where the container sees the buckets (`/gcs`), RUN the run's folder below it (`bucket/some/prefix/runs/ID`). Inputs are
copied from there and outputs are copied to there, whole files in one go: the mount is slow at anything else.
"""

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from ..sagemaker.start import Failure, failure_of, install, run_job, unpack


def lay_out(mount: Path, run: Path, base: Path) -> None:
    """Makes `base` the job's folder. `inputs.json` names the objects of each input and what each is called here."""
    for part in ("in", "out", "code"):
        (base / part).mkdir()
    job: dict[str, Any] = json.loads((run / "job" / "job.json").read_text(encoding="utf-8"))
    inputs: dict[str, list[list[str]]] = json.loads((run / "job" / "inputs.json").read_text(encoding="utf-8"))
    for name, objects in inputs.items():
        folder = base / "in" / name
        folder.mkdir()
        for place, called in objects:
            shutil.copyfile(mount / place, folder / called)
        packed = folder / f"{name}.tar.gz"
        if "read" not in job["inputs"][name] and packed.is_file():
            unpack(packed, folder)
            packed.unlink()
    code = run / "job" / "code.tar.gz"
    if "script" in job:
        unpack(code, base / "code")
    (base / "job.json").write_text(json.dumps(job), encoding="utf-8")


def hand_over(out: Path, target: Path) -> None:
    """Copies what the job left into the run's folder; `failure.json` last, for who sees it takes all to be there."""
    files = sorted(one for one in out.rglob("*") if one.is_file())
    for file in sorted(files, key=lambda one: one.name == "failure.json"):
        there = target / file.relative_to(out)
        there.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, there)


def work(mount: Path, run: Path, base: Path) -> tuple[int, Failure | None]:
    """The job's exit code, and why it failed."""
    lay_out(mount, run, base)
    failure = install(base / "code")
    if failure is not None:
        return 1, failure
    os.environ["MLL_CHECKPOINTS"] = str(run / "checkpoints")
    code = run_job(base, Path(__file__).resolve().parents[2])
    return code, None if code == 0 else failure_of(code, base / "out")


def main(arguments: list[str]) -> int:
    """The exit code of the job; 1 where it could not be started."""
    mount = Path(arguments[0])
    run = mount / arguments[1]
    base = Path(tempfile.mkdtemp(prefix="mll-"))
    try:
        code, failure = work(mount, run, base)
        if failure is not None:
            (base / "out" / "failure.json").write_text(json.dumps(failure), encoding="utf-8")
            print("@mll " + json.dumps({"failure": failure}), flush=True)
            print(failure["message"], file=sys.stderr, flush=True)
        hand_over(base / "out", run / "output")
    except OSError as error:
        full = error.errno == 28
        failure = {
            "kind": "quota" if full else "internal",
            "message": f"The job's files could not be laid out: {error}",
            "fix": "Give the machine a larger disk (`volume:` in ml.yaml)." if full else "See the log.",
        }
        print("@mll " + json.dumps({"failure": failure}), flush=True)
        return 1
    # A signal's number would be no exit code.
    return code if 0 <= code < 256 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
