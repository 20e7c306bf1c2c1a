"""`job.json`: the whole of what a job knows."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .failure import Failure

KINDS = ("prepare", "train", "evaluate", "batch-predict")
LARGEST_SEED = 2**32 - 1


@dataclass(frozen=True)
class Types:
    """The types that the beginning of a table shows, whose cells `read` gives as text."""

    columns: list[tuple[str, str]]
    decimal: str
    thousands: str = ""


@dataclass(frozen=True)
class Input:
    path: Path
    read: str | None
    types: Types | None = None


@dataclass(frozen=True)
class Job:
    """A job with absolute paths; `out` exists."""

    folder: Path
    kind: str
    id: str
    inputs: dict[str, Input]
    plan: dict[str, Any] | None
    target: str | None
    params: dict[str, Any]
    script: Path | None
    model: str
    provenance: dict[str, Any] = field(default_factory=dict)
    found: list[str] = field(default_factory=list)
    """Notes on the tables that were read."""

    @property
    def out(self) -> Path:
        return self.folder / "out"

    @property
    def notes(self) -> list[str]:
        """What was known of the data when the job was submitted, and what was found when it was read."""
        data = self.provenance.get("data") or {}
        rejected = int(data.get("rejected") or 0)
        if rejected == 0:
            return list(self.found)
        records = "1 record" if rejected == 1 else f"{rejected} records"
        return [
            f"{records} of {data.get('name')} could not be read as rows; the data view lists them.",
            *self.found,
        ]

    def input(self, name: str) -> Input:
        found = self.inputs.get(name)
        if found is None:
            raise Failure(
                "invalid",
                f"The {self.kind} job has no input named `{name}`.",
                "Start the job again from its dataset.",
            )
        return found


def load_job(path: Path) -> Job:
    """Reads `job.json`; a Failure says what is wrong with it."""
    folder = path.resolve().parent
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise Failure(
            "notFound", f"There is no job file at {path}.", "Start the job from ML Lifecycle."
        ) from error
    except ValueError as error:
        raise Failure("invalid", f"{path.name} is not valid JSON: {error}", "Start the job again.") from error
    if not isinstance(data, dict) or data.get("job") != 1 or data.get("kind") not in KINDS:
        raise Failure(
            "unsupported",
            f"{path.name} is no job that this runtime understands (kind {data.get('kind')!r}, version {data.get('job')!r})."
            if isinstance(data, dict)
            else f"{path.name} holds no job.",
            "Use the runtime and the extension of the same version.",
        )
    inputs = {
        name: Input(folder / item["path"], item.get("read"), _types(item.get("types")))
        for name, item in data.get("inputs", {}).items()
    }
    plan = data.get("plan")
    script = data.get("script")
    job = Job(
        folder=folder,
        kind=data["kind"],
        id=str(data.get("id", "")),
        inputs=inputs,
        plan=plan,
        target=data.get("target") or (plan or {}).get("target"),
        params=dict(data.get("params", {})),
        script=None if script is None else folder / "code" / script,
        model=str(data.get("model") or "model"),
        provenance=dict(data.get("provenance", {})),
    )
    job.out.mkdir(parents=True, exist_ok=True)
    return job


def _types(data: dict[str, Any] | None) -> Types | None:
    if data is None:
        return None
    columns = [(one["name"], one["sqlType"]) for one in data["columns"]]
    return Types(columns, data["decimal"], data.get("thousands", ""))


def whole(job: Job, name: str, default: int) -> int:
    """A whole-number parameter of the job; what scikit-learn takes as a seed at most."""
    value = job.params.get(name)
    if value is None:
        return default
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 <= value <= LARGEST_SEED or int(value) != value:
        raise Failure(
            "invalid",
            f"The parameter `{name}` is {value!r}, no whole number from 0 to {LARGEST_SEED}.",
            f"Write `{name}` as in {default}.",
        )
    return int(value)
