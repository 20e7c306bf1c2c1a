"""What a training script sees: `import ml_lifecycle as ml`, then `ml.data`, `ml.params`, `ml.log`, `ml.save`."""

import os
from typing import TYPE_CHECKING, Any

# Before OpenMP is loaded: threads that wait by spinning for long starve each other where other work shares the cores.
# GNU's OpenMP, which Linux has, then takes the number of turns from its own variable: few enough to lose little, enough
# for the short waits inside a fit, which would take twice as long if each of them went through the system.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "1000")
# What scikit-learn and joblib set when they are imported, which a thread does while DuckDB reads the data outside of Python's
# lock: a variable that is set while C code looks for another one can end the process (glibc: setenv is not thread-safe).
os.environ.setdefault("KMP_DUPLICATE_LIB_OK", "True")
os.environ.setdefault("KMP_INIT_AT_FORK", "FALSE")

__version__ = "0.1.0"
__all__ = ["__version__", "data", "log", "params", "save"]

if TYPE_CHECKING:
    from .script import data, log, save

    params: dict[str, Any]

_SCRIPT_NAMES = ("data", "log", "params", "save")


def __getattr__(name: str) -> Any:
    # Late, so that `python -m ml_lifecycle` can name a missing package before anything imports it.
    if name in _SCRIPT_NAMES:
        from . import script  # noqa: PLC0415

        return script.params() if name == "params" else getattr(script, name)
    raise AttributeError(f"module 'ml_lifecycle' has no attribute {name!r}")
