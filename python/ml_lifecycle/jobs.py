"""Runs the job of a `job.json` and leaves its outcome in `out/`."""

import sys
from pathlib import Path

from .batch import batch_predict
from .evaluate import evaluate
from .failure import Failure, failure_data, write_failure
from .jobfile import Job, load_job
from .plan import PlanError
from .prepare import prepare
from .script import run_script
from .tables import recipe_failure
from .train import train


def run_job(path: Path) -> int:
    """The job's exit code: 0 done, 1 when `out/failure.json` says why not."""
    # Now: a script is run in a folder of its own, from which a relative path leads elsewhere.
    path = path.resolve()
    try:
        run_loaded(load_job(path))
    except Exception as error:
        failure = recipe_failure(error) if isinstance(error, PlanError) else error
        try:
            write_failure(path.parent, failure)
        except OSError as unwritable:
            print(f"failure.json cannot be written: {unwritable}", file=sys.stderr)
        traced = failure_data(failure).get("traceback")
        if traced is not None:
            print(traced.rstrip(), file=sys.stderr)
        print(str(failure) if isinstance(failure, Failure) else repr(failure), file=sys.stderr)
        return 1
    return 0


def run_loaded(job: Job) -> None:
    """Dispatches by the kind of job; a train job with a script runs that."""
    match job.kind:
        case "train" if job.script is not None:
            run_script(job)
        case "train":
            train(job)
        case "prepare":
            prepare(job)
        case "evaluate":
            evaluate(job)
        case _:
            batch_predict(job)
