"""What a job takes longest to load and every image has: loaded while the packages that the image lacks are installed."""

import contextlib
import threading
from importlib import import_module

# Short, and wanted by each module of the runtime: loaded before anything else is.
FIRST = ("numpy", "joblib")
MODULES = (
    "sklearn.dummy",
    "sklearn.ensemble",
    "sklearn.impute",
    "sklearn.linear_model",
    "sklearn.metrics",
    "sklearn.model_selection",
    "sklearn.neighbors",
    "sklearn.pipeline",
    "sklearn.preprocessing",
)

_loading: list[threading.Thread] = []


def load() -> None:
    """ImportError where the image is another than it is taken for; the job itself says what is missing."""
    for name in (*FIRST, *MODULES):
        import_module(name)


def begin() -> None:
    """Loads the first here and the others in a thread, which goes on while the job reads its data.

    Nothing of scikit-learn may be imported elsewhere before `finish`: its modules import each other in circles, and two
    threads that import such a circle from two sides can see half of a module.
    """
    with contextlib.suppress(ImportError):
        for name in FIRST:
            import_module(name)
    thread = threading.Thread(target=_load_quietly, name="early", daemon=True)
    _loading.append(thread)
    thread.start()


def _load_quietly() -> None:
    with contextlib.suppress(ImportError):
        load()


def finish() -> None:
    """Waits for what was begun, if anything was."""
    while _loading:
        _loading.pop().join()
