"""The user's own training script: what it calls, and how a job runs it."""

import json
import linecache
import os
import runpy
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import lines
from .failure import Failure
from .features import Features, matrix
from .jobfile import Job, load_job, whole
from .metrics import Scored, main_metric, score
from .mlflow_metrics import relay
from .plan import identifier
from .predict import Package, frame, run_estimator
from .tables import cell, column_type, fetchable
from .train import Fit, finish
from .training_data import KEPT, Prepared, prepare_training

LONGEST_MESSAGE = 2000


@dataclass
class Session:
    """One script's view of its job."""

    job: Job
    prepared: Prepared | None = None
    features: Features | None = None
    logged: dict[str, int] | None = None
    saved: bool = False


_session: Session | None = None


@dataclass(frozen=True)
class Data:
    """One part of the data after the recipe.

    `X` is a matrix of float64 (text categories one-hot, dates as seconds since 1970, NaN when missing), `columns` names its
    columns, `y` holds the target as in the data.
    """

    X: NDArray[np.float64]
    y: NDArray[Any]
    columns: list[str]
    _prepared: Prepared
    _mask: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.y)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows as dicts, all columns after the recipe but the target, text as text and dates in ISO 8601."""
        names = [name for name, _ in self._prepared.columns]
        listed = ", ".join(fetchable(identifier(name), kind) for name, kind in self._prepared.columns) or "1"
        found = self._prepared.connection.execute(f"SELECT {listed} FROM {KEPT}").fetchall()
        return [
            dict(zip(names, map(cell, row), strict=False))
            for row, kept in zip(found, self._mask, strict=True)
            if kept
        ]

    def to_pandas(self) -> Any:
        """The same rows as a pandas DataFrame, numbers as float64 and text as text. A model fitted on it is fed one."""
        features = frame_features(self._prepared)
        return frame(features, self._prepared.read(features))[self._mask].reset_index(drop=True)


def frame_features(prepared: Prepared) -> Features:
    """Every usable column after the recipe, text left as it is: what a model gets that was fitted on a DataFrame."""
    columns = [
        {"name": name, "kind": "category", "values": []} if kind == "text" else {"name": name, "kind": kind}
        for name, kind in ((name, column_type(sql_type)) for name, sql_type in prepared.columns)
        if kind != "other"
    ]
    return {"features": 1, "encoding": "codes", "columns": columns, "own": True, "input": "frame"}


def session() -> Session:
    """The job of this process: the one that is running, or the one of MLL_JOB or of the current folder (in a debugger)."""
    global _session  # noqa: PLW0603 - one process runs one script
    if _session is None:
        named = os.environ.get("MLL_JOB")
        path = Path(named) if named else Path.cwd() / "job.json"
        if path.is_dir():
            path = path / "job.json"
        if not path.exists():
            raise Failure(
                "notFound",
                f"This script runs outside a job: there is no {path}.",
                "Start it with ML Lifecycle (Train…), or set the environment variable MLL_JOB to a job.json to debug it.",
            )
        _session = Session(load_job(path))
    return _session


def params() -> dict[str, Any]:
    """The job's parameters."""
    return session().job.params


def _prepared(current: Session) -> Prepared:
    if current.prepared is None:
        current.prepared = prepare_training(current.job)
        current.features = {**current.prepared.features, "own": True, "input": "matrix"}
    return current.prepared


def data(part: str = "train") -> Data:
    """The rows of one part: `train`, `test` or `all`. Without a split in the recipe, `test` has no rows."""
    if part not in ("train", "test", "all"):
        raise Failure(
            "invalid", f"ml.data({part!r}): there is no such part.", 'Write "train", "test" or "all".'
        )
    current = session()
    prepared = _prepared(current)
    features = current.features
    if features is None:
        raise RuntimeError("The features were not decided.")
    mask = {
        "train": prepared.train,
        "test": ~prepared.train,
        "all": np.ones(len(prepared.train), dtype=bool),
    }[part]
    X = matrix(features, prepared.read(features))[mask]
    return Data(X, labels(prepared)[mask], _names(features), prepared, mask)


def _names(features: Features) -> list[str]:
    from .features import width_names  # noqa: PLC0415

    return width_names(features)


def labels(prepared: Prepared) -> NDArray[Any]:
    """The target of all kept rows as in the data; a test row's class that training lacks is the text `(not in training)`."""
    target = prepared.target
    if target.classes is None:
        return target.y
    unseen = bool((target.y < 0).any())
    values: list[Any] = [
        target.classes[code] if code >= 0 else "(not in training)" for code in target.y.tolist()
    ]
    if unseen and not all(isinstance(value, str) for value in target.classes):
        return np.array(values, dtype=object)
    return np.array(values)


def log(step: int | None = None, **values: float) -> None:
    """Live metrics, for example `ml.log(loss=0.31, step=3)`; without `step`, each name counts its own from 0."""
    current = session()
    counts = current.logged if current.logged is not None else {}
    current.logged = counts
    for name, value in values.items():
        try:
            number = float(value)
        except (TypeError, ValueError) as error:
            raise Failure(
                "invalid", f"ml.log: `{name}` is {value!r}, which is no number.", "Log numbers only."
            ) from error
        at = counts.get(name, 0) if step is None else int(step)
        lines.metric(name, number, at)
        counts[name] = at + 1


def save(model: Any) -> None:
    """Scores the model on the test part and leaves it as the job's model package.

    `model.predict(X)` gives the target's values (class labels or numbers) for rows made as `ml.data` makes them; a model
    fitted on `to_pandas()` is given a DataFrame. `predict_proba` with `classes_` gives probabilities.
    """
    current = session()
    prepared = _prepared(current)
    if not callable(getattr(model, "predict", None)):
        raise Failure(
            "invalid",
            f"ml.save was given a {type(model).__name__}, which has no method `predict`.",
            "Wrap it in a small class with predict(self, X).",
        )
    features = current.features if not _wants_frame(model, prepared) else frame_features(prepared)
    if features is None:
        raise RuntimeError("The features were not decided.")
    target = prepared.target
    classes = target.classes
    read = prepared.read(features)
    package = Package(
        folder=current.job.out / "model",
        task=target.task,
        estimator=model,
        classes=classes,
        features=features,
        transform=prepared.serving,
        plan={},
        signature={},
        own=True,
    )
    judged = ~prepared.train
    if not judged.any():
        prepared.notes[:] = [note for note in prepared.notes if "cross-validated" not in note]
        prepared.notes.append(
            "There is no test part: the scores are those on the training rows, which the model has seen."
        )
        judged = prepared.train
    masked = {name: values[judged] for name, values in read.items()}
    try:
        scored = run_estimator(package, masked)
    except Exception as error:
        raise Failure(
            "invalid",
            f"The saved model cannot predict the rows of the data: {type(error).__name__}: {error}",
            "It must take what ml.data gives: .X, or .to_pandas() when it was fitted on that.",
        ) from error
    said = scored.predicted
    if len(said) != int(np.count_nonzero(judged)):
        raise Failure(
            "invalid",
            f"The model gave {len(said)} predictions for {int(judged.sum())} rows.",
            "Return one for each row.",
        )
    if classes is None and not np.isfinite(said).all():
        raise Failure(
            "invalid", "The model predicts NaN or infinity for some rows.", "Fill missing values first."
        )
    if classes is not None and (said < 0).any():
        raise Failure(
            "invalid",
            f"The model predicts values that are no class of the target ({', '.join(target.labels or [])}).",
            'Fit it on ml.data("train").y, or give its predictions back as those labels.',
        )
    base = _baseline(prepared, judged)
    metric = main_metric(target.y[prepared.train], None if classes is None else len(classes))
    fit = Fit(type(model).__name__, model, features, np.empty((0, 0)))
    finish(current.job, prepared, fit, judged, scored, base, None, metric, own=True)
    current.saved = True


def _wants_frame(model: Any, prepared: Prepared) -> bool:
    names = getattr(model, "feature_names_in_", None)
    known = {name for name, _ in prepared.columns}
    return names is not None and all(str(name) in known for name in names)


def _baseline(prepared: Prepared, judged: NDArray[np.bool_]) -> Scored:
    from sklearn.dummy import DummyClassifier, DummyRegressor  # noqa: PLC0415

    y, train = prepared.target.y, prepared.train
    classes = prepared.target.classes
    dummy = DummyRegressor() if classes is None else DummyClassifier(strategy="prior")
    dummy.fit(np.zeros((int(train.sum()), 1)), y[train])
    return score(dummy, np.zeros((int(judged.sum()), 1)), None if classes is None else len(classes))


def run_script(job: Job) -> None:
    """Runs the job's script as the main program, in its own folder; what it raises becomes a Failure with its own frames."""
    global _session  # noqa: PLW0603 - one process runs one script
    script = job.script
    if script is None or not script.exists():
        raise Failure(
            "notFound",
            f"The script {script.name if script else ''} is missing from the job.",
            "Start it again.",
        )
    whole(job, "seed", 0)
    _session = Session(job)
    os.environ["MLL_JOB"] = str(job.folder / "job.json")
    sys.argv = [str(script)]
    sys.path.insert(0, str(script.parent))
    os.chdir(script.parent)
    lines.stage(f"running {script.name}")
    with relay(job.folder) as relayed:
        try:
            runpy.run_path(str(script), run_name="__main__")
        except SystemExit as end:
            if end.code not in (None, 0):
                # sys.exit takes a text as well, which says why.
                why = f" with exit code {end.code}." if isinstance(end.code, int) else f": {end.code}"
                raise Failure(
                    "invalid", f"{script.name} ended itself{why}", "Look at the end of its log."
                ) from end
        except KeyboardInterrupt as error:
            raise Failure("cancelled", "The script was interrupted.") from error
        except Failure as error:
            error.trace = own_frames(error, script.parent)
            raise
        except MemoryError:
            raise
        except BaseException as error:
            raise script_failure(error, script) from error
    if relayed.count and not _session.saved:
        print(f"{relayed.count} metric values came from MLflow.")
    if not _session.saved and is_helper(os.environ):
        print("This machine saved no model: that is the first one's to do.")
    elif not _session.saved:
        raise Failure(
            "invalid",
            f"{script.name} ended without saving a model.",
            "Call ml.save(model) at its end (import ml_lifecycle as ml).",
        )


def is_helper(environment: Mapping[str, str]) -> bool:
    """Whether this is another machine than the first of a training on several, by what SageMaker's toolkit tells each of them."""
    try:
        hosts: list[str] = json.loads(environment.get("SM_HOSTS", "[]"))
    except ValueError:
        return False
    return len(hosts) > 1 and environment.get("SM_CURRENT_HOST") != sorted(hosts)[0]


def script_failure(error: BaseException, script: Path) -> Failure:
    """What a person needs of an exception in their script: its words, the line, and their own frames."""
    name = type(error).__name__
    if isinstance(error, SyntaxError):
        where = f" in line {error.lineno}" if error.lineno else ""
        text = f"{script.name} has a syntax error{where}: {error.msg}."
        return Failure(
            "invalid",
            text,
            "Correct the line and start again.",
            "".join(traceback.format_exception_only(error)),
        )
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if _inside(frame.filename, script.parent)
    ]
    where = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    said = str(error)
    if len(said) > LONGEST_MESSAGE:
        said = f"{said[:LONGEST_MESSAGE]}… (the traceback has all of it)"
    fix = "Correct the script and start again; it also runs in the debugger with the same inputs."
    if isinstance(error, ModuleNotFoundError):
        fix = f"Install {error.name} in the Python environment of ML Lifecycle, or choose another one."
    return Failure(
        "invalid", f"{script.name} failed{where}: {name}: {said}", fix, own_frames(error, script.parent)
    )


def own_frames(error: BaseException, folder: Path) -> str:
    """The traceback with the script's frames only; whole when none is the script's."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _inside(frame.filename, folder)]
    if not frames:
        return "".join(traceback.format_exception(error))
    linecache.checkcache()
    head = "Traceback (most recent call last):\n"
    return head + "".join(traceback.format_list(frames)) + "".join(traceback.format_exception_only(error))


def _inside(filename: str, folder: Path) -> bool:
    return Path(filename).is_absolute() and Path(filename).resolve().is_relative_to(folder.resolve())
