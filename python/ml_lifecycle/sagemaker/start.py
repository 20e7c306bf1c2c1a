"""Starts a job inside a SageMaker container: lays out the job's folder, and puts the outcome where SageMaker takes it from.

A training job's toolkit runs this file as its entry point; a processing job runs it as the container's. It needs no package.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

MOST_CHARACTERS = 1024
ARCHIVE = "sourcedir.tar.gz"
REQUIREMENTS = "requirements.txt"
# Packages that replace none of the image's: the job's process loads those meanwhile.
ADDED = "added.txt"
Failure = dict[str, str]


class Container:
    """Where things lie in this container. `base` is /opt/ml."""

    def __init__(self, here: Path) -> None:
        model = os.environ.get("SM_MODEL_DIR")
        self.training = model is not None
        # here is <base>/processing/input/code in a processing job
        self.base = here.parents[2] if model is None else Path(model).parent
        self.code = here

    @property
    def channels(self) -> Path:
        return self.base / "input" / "data" if self.training else self.base / "processing" / "input"

    @property
    def out(self) -> Path:
        return self.base / "out"


def unpack(archive: Path, folder: Path) -> None:
    """Unpacks an archive of ours; refuses what would land elsewhere (tarfile.TarError)."""
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive) as tar:
        if hasattr(tarfile, "data_filter"):
            tar.extractall(folder, filter="data")
            return
        # Python before 3.10.12, 3.11.4 and 3.12 has no filters (PEP 706): files and folders below are all that ours hold.
        inside = folder.resolve()
        for member in tar.getmembers():
            target = (inside / member.name).resolve()
            if not (member.isfile() or member.isdir()) or not target.is_relative_to(inside):
                raise tarfile.ExtractError(f"{member.name} would land outside of {folder}")
        tar.extractall(folder)  # noqa: S202


def make_job(container: Container, source: Path) -> None:
    """Makes the container's own folder the job's: `job.json` names the inputs where they lie, so nothing is copied."""
    base = container.base
    for folder in ("in", "out"):
        shutil.rmtree(base / folder, ignore_errors=True)
        (base / folder).mkdir()
    job: dict[str, Any] = json.loads((container.channels / "job" / "job.json").read_text(encoding="utf-8"))
    for name, place in job["inputs"].items():
        channel = container.channels / name
        packed = channel / f"{name}.tar.gz"
        if "read" not in place and packed.is_file():
            unpack(packed, base / "in" / name)
        else:
            inside = Path(place["path"]).relative_to(f"in/{name}")
            place["path"] = (channel / inside).relative_to(base).as_posix()
    if "script" in job:
        inside = (source / "code" / job["script"]).relative_to(base / "code")
        job["script"] = inside.as_posix()
    (base / "job.json").write_text(json.dumps(job), encoding="utf-8")


def run_job(base: Path, source: Path, pip: "subprocess.Popen[bytes] | None" = None) -> int:
    """Runs the job of the folder `base` as a process of its own and gives its exit code, negative for a signal.

    The job waits for what `pip` installs, and loads the image's own libraries meanwhile.
    """
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(source), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep),
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
        "MLL_CHECKPOINTS": os.environ.get("MLL_CHECKPOINTS", str(base / "checkpoints")),
    }
    # Written once, read by each process that the job starts.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    stdin = None
    if pip is not None:
        environment["MLL_PACKAGES"] = "coming"
        stdin = subprocess.PIPE
    command = [sys.executable, "-m", "ml_lifecycle", "job.json"]
    process = subprocess.Popen(command, cwd=base, env=environment, stdin=stdin)  # noqa: S603 - fixed words

    def end(number: int, _: object) -> None:
        process.send_signal(number)
        if pip is not None:
            pip.send_signal(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    if pip is None:
        code = process.wait()
    else:
        process.communicate(b"installed" if pip.wait() == 0 else b"")
        code = process.returncode
    # Its last line may lack its end: what the container says next stands in a line of its own.
    print(flush=True)
    return code


def failure_of(code: int, out: Path) -> Failure:
    """Why the job failed, in words: what it said itself, else what its exit code says."""
    with contextlib.suppress(OSError, ValueError):
        said = json.loads((out / "failure.json").read_text(encoding="utf-8"))
        return {key: str(said[key]) for key in ("kind", "message", "fix") if said.get(key)}
    if code in (-signal.SIGKILL, 128 + signal.SIGKILL):
        return {
            "kind": "unavailable",
            "message": "The job was killed by the system; most often that means that the memory did not suffice.",
            "fix": "Choose a machine with more memory, or use less data or a smaller model.",
        }
    if code < 0:
        return {
            "kind": "unavailable",
            "message": f"The job was ended by the signal {signal.Signals(-code).name}.",
            "fix": "A library may have crashed: see the log.",
        }
    return {
        "kind": "invalid",
        "message": f"The job's process ended with exit code {code} without saying why.",
        "fix": "See the log for the cause.",
    }


def failure_text(failure: Failure) -> str:
    """The text that SageMaker shows as the reason, cut to what it shows; the kind stands at its end."""
    end = f"\n[{failure.get('kind', 'internal')}]"
    fix = f"\n→ {failure['fix']}" if failure.get("fix") else ""
    room = MOST_CHARACTERS - len(fix) - len(end) - 40
    return failure["message"][: max(room, 100)] + fix[: MOST_CHARACTERS // 2] + end


def tell(container: Container, failure: Failure) -> None:
    """Says why where SageMaker looks for it, and in the log."""
    print("@mll " + json.dumps({"failure": failure}), flush=True)
    print(failure["message"], file=sys.stderr, flush=True)
    output = container.base / "output"
    with contextlib.suppress(OSError):
        output.mkdir(parents=True, exist_ok=True)
        name = "failure" if container.training else "message"
        (output / name).write_text(failure_text(failure), encoding="utf-8")


def place(entries: Iterable[Path], target: Path) -> None:
    """Moves files and folders into a folder."""
    target.mkdir(parents=True, exist_ok=True)
    for entry in entries:
        shutil.move(str(entry), str(target / entry.name))


def hand_over(container: Container, source: Path) -> None:
    """Puts the outputs where SageMaker takes them from; a model package gets what its endpoint starts with."""
    out = container.out
    if not container.training:
        place(out.iterdir(), container.base / "processing" / "output")
        return
    model = out / "model"
    if model.is_dir():
        place(model.iterdir(), Path(os.environ["SM_MODEL_DIR"]))
        model.rmdir()
        code = Path(os.environ["SM_MODEL_DIR"]) / "code"
        code.mkdir(exist_ok=True)
        shutil.copyfile(source / "serve.txt", code / "requirements.txt")
        shutil.copyfile(source / "ml_lifecycle" / "sagemaker" / "inference.py", code / "inference.py")
        wheels = source / "wheels"
        if wheels.is_dir():
            shutil.copytree(wheels, code / "wheels", dirs_exist_ok=True)
    place(out.iterdir(), Path(os.environ["SM_OUTPUT_DATA_DIR"]))


def pip_install(name: str) -> list[str]:
    return [sys.executable, "-m", "pip", "install", "--progress-bar", "off", "-r", name]


NOT_INSTALLED: Failure = {
    "kind": "unavailable",
    "message": "The packages of the job could not be installed in the container.",
    "fix": "A container without a way out to the internet needs vendored wheels (`wheels: vendored` in ml.yaml).",
}


def begin_install(source: Path) -> "subprocess.Popen[bytes] | None":
    """Begins to install the packages that only come to the image's own, if there are any."""
    if not (source / ADDED).is_file():
        return None
    return subprocess.Popen(pip_install(ADDED), cwd=source)  # noqa: S603 - fixed words


def install(source: Path) -> Failure | None:
    """Installs the packages that may replace some of the image's; what went wrong, in words."""
    if not (source / REQUIREMENTS).is_file():
        return None
    done = subprocess.run(pip_install(REQUIREMENTS), cwd=source, check=False)  # noqa: S603 - fixed words
    return None if done.returncode == 0 else NOT_INSTALLED


def main() -> int:
    """The exit code of the job; 1 where it could not be started."""
    container = Container(Path(__file__).resolve().parent)
    source = container.code
    failure: Failure | None = None
    if not container.training:
        source = container.base / "source"
        shutil.rmtree(source, ignore_errors=True)
        unpack(container.code / ARCHIVE, source)
        failure = install(source)
    code = 1
    try:
        if failure is None:
            make_job(container, source)
            pip = begin_install(source)
            code = run_job(container.base, source, pip)
            if code != 0:
                # A signal that ended pip was meant for the whole job.
                failed = pip is not None and pip.returncode > 0
                failure = NOT_INSTALLED if failed else failure_of(code, container.out)
            hand_over(container, source)
    except OSError as error:
        code = 1
        full = error.errno == 28
        failure = {
            "kind": "quota" if full else "internal",
            "message": f"The job's files could not be laid out: {error}",
            "fix": "Give the machine a larger disk (`volume:` in ml.yaml)." if full else "See the log.",
        }
    if failure is None:
        return 0
    tell(container, failure)
    # A signal's number would be no exit code.
    return code if 0 < code < 256 else 1


if __name__ == "__main__":
    sys.exit(main())
