"""What a job takes longest to load and every image has: loaded while the packages that the image lacks are installed."""

from importlib import import_module

MODULES = (
    "joblib",
    "numpy",
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


def load() -> None:
    """ImportError where the image is another than it is taken for; the job itself says what is missing."""
    for name in MODULES:
        import_module(name)
