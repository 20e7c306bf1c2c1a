"""What every job leaves: its metrics, and what it was made with."""

import platform
import sys
from functools import cache
from importlib import metadata

from . import lines
from .failure import write_json
from .jobfile import Job

PACKAGES = ("duckdb", "fastapi", "joblib", "numpy", "scikit-learn", "scipy", "uvicorn")
# What a script may train with: by the module that is imported, the distributions that may have it.
FRAMEWORKS = {
    "catboost": ("catboost",),
    "keras": ("keras",),
    "lightgbm": ("lightgbm",),
    "statsmodels": ("statsmodels",),
    "tensorflow": ("tensorflow", "tensorflow-cpu"),
    "torch": ("torch",),
    "xgboost": ("xgboost", "xgboost-cpu"),
}


def installed() -> dict[str, str]:
    """Exact versions of the packages that the runtime works with, and of the frameworks that this process has imported."""
    out = {}
    used = [name for module, names in FRAMEWORKS.items() if module in sys.modules for name in names]
    for name in (*PACKAGES, *used):
        try:
            out[name] = _version(name)
        except metadata.PackageNotFoundError:
            continue
    return out


@cache
def _version(name: str) -> str:
    return metadata.version(name)


def write_metrics(job: Job, metrics: dict[str, float]) -> None:
    """`metrics.json`, and the same numbers as lines, so that the live view ends with them."""
    for name, value in metrics.items():
        lines.metric(name, value)
    finite = {name: lines.number(value) for name, value in metrics.items()}
    write_json(
        job.out / "metrics.json",
        {"metrics": finite, "packages": installed(), "python": platform.python_version()},
    )
