"""`python -m ml_lifecycle job.json`: runs the job of the folder it is started in."""

import contextlib
import importlib
import importlib.util
import json
import os
import signal
import sys
from pathlib import Path

OLDEST = (3, 10)
NEEDED = {
    "duckdb": "duckdb",
    "numpy": "numpy",
    "sklearn": "scikit-learn",
    "joblib": "joblib",
}


def environment_failure() -> "dict[str, str] | None":
    """What this Python lacks, as the content of failure.json, or None. Written so that an old Python runs it too."""
    if sys.version_info < OLDEST:
        return {
            "kind": "unsupported",
            "message": "Python %d.%d is too old: the job needs Python %d.%d or newer."
            % (sys.version_info[:2] + OLDEST),
            "fix": "Choose another interpreter, or let ML Lifecycle make an environment.",
        }
    missing = [
        package for module, package in sorted(NEEDED.items()) if importlib.util.find_spec(module) is None
    ]
    if missing:
        return {
            "kind": "notFound",
            "message": "The Python at %s lacks %s." % (sys.executable, ", ".join(missing)),
            "fix": "Install what is missing (%s -m pip install %s), or let ML Lifecycle make an environment."
            % (sys.executable, " ".join(missing)),
        }
    return None


def packages_came(path: Path) -> bool:
    """Waits for the packages that are being installed, if any: whoever started this says so on stdin. False where that failed."""
    if os.environ.pop("MLL_PACKAGES", None) != "coming":
        return True
    with contextlib.suppress(OSError, ValueError, ImportError):
        if json.loads(path.read_text(encoding="utf-8"))["kind"] != "prepare":
            from ml_lifecycle import early

            early.begin()
    came = sys.stdin.buffer.read() == b"installed"
    importlib.invalidate_caches()
    return came


def main(arguments: "list[str]") -> int:
    """The exit code: 0 done, 1 failure.json says why, 2 wrong usage."""
    if len(arguments) != 1:
        print("usage: python -m ml_lifecycle job.json", file=sys.stderr)
        return 2
    path = Path(arguments[0])
    # SIGTERM means cancel: the job keeps nothing half done (outputs are renamed into place), so it may end at once.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(143))
    if sys.version_info >= OLDEST and not packages_came(path):
        return 1
    failure = environment_failure()
    if failure is not None:
        out = path.resolve().parent / "out"
        out.mkdir(parents=True, exist_ok=True)
        (out / "failure.json").write_text(json.dumps(failure, indent=1), encoding="utf-8")
        print(failure["message"], file=sys.stderr)
        return 1

    from ml_lifecycle.jobs import run_job

    return run_job(path)


if __name__ == "__main__":
    code = main(sys.argv[1:])
    if "ml_lifecycle.script" in sys.modules:
        # What the user's own code asked for at the end is done.
        sys.exit(code)
    sys.stdout.flush()
    sys.stderr.flush()
    # All outputs are written: taking the libraries down one by one would only take time.
    os._exit(code)
