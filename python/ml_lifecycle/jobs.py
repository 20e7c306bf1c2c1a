"""Runs the job of a `job.json` and leaves its outcome in `out/`."""

import sys
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path

from . import early
from .failure import Failure, failure_data, write_failure
from .jobfile import Job, load_job
from .plan import PlanError
from .tables import recipe_failure
from .threads import look_for_idle_cores
from .training_data import prepare_training


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
    """Dispatches by the kind of job; a train job with a script runs that.

    Each kind is imported when it is asked for: scikit-learn takes longer to import than most tables take to prepare.
    """
    if job.kind != "train" or job.script is not None:
        early.finish()
    match job.kind:
        case "train" if job.script is not None:
            from .script import run_script  # noqa: PLC0415

            run_script(job)
        case "train":
            _train(job)
        case "prepare":
            from .prepare import prepare  # noqa: PLC0415

            prepare(job)
        case "evaluate":
            from .evaluate import evaluate  # noqa: PLC0415

            evaluate(job)
        case _:
            from .batch import batch_predict  # noqa: PLC0415

            batch_predict(job)


def _import_training() -> None:
    early.finish()
    import_module(f"{__package__}.train")


def _train(job: Job) -> None:
    look_for_idle_cores()
    # DuckDB reads the data outside Python's lock, so scikit-learn is imported meanwhile.
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="import") as pool:
        imported = pool.submit(_import_training)
        data = prepare_training(job)
        data.describe()
        imported.result()
    from .train import train  # noqa: PLC0415

    train(job, data)
