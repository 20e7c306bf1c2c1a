"""Writing a model package: one folder that runs here, under mlflow and on the clouds."""

import importlib
import json
import pickle
import platform
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import joblib

from . import __version__
from .baseline import write_baseline
from .failure import write_json
from .outcome import installed
from .plan import Fitted, Plan
from .predict import TABLES, Package
from .tables import Connection, write_tables

RUNTIME = Path(__file__).resolve().parent
# A script's folder may hold data and environments; a package takes its modules only.
CODE_LEFT_OUT = shutil.ignore_patterns(
    "__pycache__", ".*", "*.pyc", "*.csv", "*.parquet", "*.ipynb", "venv", "node_modules"
)


@dataclass(frozen=True)
class Material:
    """What a package is written from: the fitted plan, the raw training rows in `train`, what they hold, and the model."""

    connection: Connection
    fitted: Fitted
    train: str
    summaries: dict[str, dict[str, Any]]
    package: Package
    report: dict[str, Any]
    provenance: dict[str, Any]
    name: str
    code: Path | None


def signature(
    package: Package, fields: list[dict[str, Any]], examples: list[dict[str, Any]]
) -> dict[str, Any]:
    """What a request carries and what it is answered with."""
    output: dict[str, Any] = {"name": package.target, "type": "number"}
    if package.classes is not None:
        first = package.classes[0]
        kind = "boolean" if isinstance(first, bool) else "text" if isinstance(first, str) else "integer"
        if isinstance(first, float):
            kind = "number"
        output = {"name": package.target, "type": kind, "classes": package.classes}
    return {"task": package.task, "inputs": fields, "output": output, "examples": examples}


def write_package(folder: Path, material: Material) -> None:
    """Writes the package into `folder`, whole or not at all."""
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        _write_files(part, material)
    except BaseException:
        # On a full disk, the half of a package would leave no room to say so.
        shutil.rmtree(part, ignore_errors=True)
        raise
    shutil.rmtree(folder, ignore_errors=True)
    part.rename(folder)


def _write_files(part: Path, material: Material) -> None:
    package = material.package
    model = {
        "estimator": package.estimator,
        "columns": [column["name"] for column in package.features["columns"]],
        "classes": package.classes,
    }
    if package.own:
        with (part / "model.joblib").open("wb") as file:
            # By value: a class that the script itself defines has no module to be imported from later.
            dump_by_value(model, file)
    else:
        joblib.dump(model, part / "model.joblib", compress=3)
    write_json(part / "features.json", package.features)
    (part / "transform.sql").write_text(package.transform, encoding="utf-8", newline="\n")
    write_json(part / "plan.json", package.plan)
    write_tables(material.connection, Plan.load(package.plan), part / TABLES)
    write_json(part / "fitted.json", material.fitted)
    write_json(part / "signature.json", package.signature)
    write_json(part / "report.json", material.report)
    write_baseline(part, material.connection, material.train, package, material.summaries)
    _write_code(part / "code", material.code)
    versions = installed()
    (part / "requirements.txt").write_text(
        "".join(f"{name}=={version}\n" for name, version in sorted(versions.items())),
        encoding="utf-8",
        newline="\n",
    )
    provenance = {
        **material.provenance,
        "packages": versions,
        "python": platform.python_version(),
        "runtime": __version__,
    }
    write_json(part / "provenance.json", provenance)
    (part / "MLmodel").write_text(mlmodel(package, material.name), encoding="utf-8", newline="\n")


def dump_by_value(model: object, file: IO[bytes]) -> None:
    """Pickles with classes of the main program by value, with the cloudpickle that joblib works with."""
    try:
        dump = importlib.import_module("cloudpickle").dump
    except ImportError:
        dump = importlib.import_module("joblib.externals.cloudpickle").dump
    dump(model, file, protocol=pickle.DEFAULT_PROTOCOL)


def _write_code(code: Path, own: Path | None) -> None:
    if own is None:
        code.mkdir()
    else:
        shutil.copytree(own, code, ignore=CODE_LEFT_OUT)
    shutil.rmtree(code / "ml_lifecycle", ignore_errors=True)
    shutil.copytree(RUNTIME, code / "ml_lifecycle", ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    shutil.copyfile(RUNTIME / "templates" / "mll_pyfunc.py", code / "mll_pyfunc.py")


def mlmodel(package: Package, name: str) -> str:
    """The MLmodel file: YAML written as JSON strings, which every YAML reader takes."""
    inputs = [
        {
            "type": "double" if field["type"] in ("integer", "number") else "string",
            "name": field["name"],
            "required": field["required"],
        }
        for field in package.signature["inputs"]
    ]
    kind = "double" if package.classes is None else "string"
    outputs = [{"type": kind, "name": "prediction"}]
    version = ".".join(str(part) for part in sys.version_info[:3])
    return "\n".join(
        [
            "flavors:",
            "  python_function:",
            "    loader_module: mll_pyfunc",
            "    code: code",
            "    data: .",
            f"    python_version: {version}",
            "signature:",
            f"  inputs: {_yaml(json.dumps(inputs))}",
            f"  outputs: {_yaml(json.dumps(outputs))}",
            "metadata:",
            f"  name: {_yaml(name)}",
            "",
        ]
    )


def _yaml(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
