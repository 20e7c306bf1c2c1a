"""Failures that a person can act on, and the file that carries one out of a job."""

import errno
import json
import os
import traceback
from pathlib import Path

KINDS = (
    "auth",
    "permission",
    "notFound",
    "conflict",
    "quota",
    "invalid",
    "unavailable",
    "unsupported",
    "cancelled",
)


class Failure(Exception):  # noqa: N818 - the word that the contract uses
    """An expected failure: `message` says what happened and why, `fix` what to do next."""

    def __init__(self, kind: str, message: str, fix: str | None = None, trace: str | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.fix = fix
        self.trace = trace

    def __str__(self) -> str:
        # A script in a debugger shows this text alone.
        return self.message if self.fix is None else f"{self.message} {self.fix}"


def failure_data(error: BaseException) -> dict[str, str]:
    """`failure.json` of any exception; one that is no Failure is a defect and is marked `internal`."""
    if isinstance(error, Failure):
        data = {"kind": error.kind, "message": error.message}
        if error.fix is not None:
            data["fix"] = error.fix
        if error.__cause__ is not None:
            data["cause"] = f"{type(error.__cause__).__name__}: {error.__cause__}"
        if error.trace is not None:
            data["traceback"] = error.trace
        return data
    if isinstance(error, MemoryError):
        return {
            "kind": "quota",
            "message": "The job ran out of memory.",
            "fix": "Train on fewer rows or columns, choose another algorithm, or use a machine with more memory.",
            "traceback": "".join(traceback.format_exception(error)),
        }
    if _is_full(error):
        return {
            "kind": "quota",
            "message": "The disk is full, or a limit for your files is reached: the job could not write its results.",
            "fix": "Free some space and run the job again.",
            "traceback": "".join(traceback.format_exception(error)),
        }
    return {
        "kind": "internal",
        "message": f"{type(error).__name__}: {error}",
        "fix": "This is no mistake of yours: the log shows where it happened. Another algorithm or recipe may avoid it.",
        "cause": type(error).__name__,
        "traceback": "".join(traceback.format_exception(error)),
    }


def _is_full(error: BaseException) -> bool:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return True
    # What copies many files, and DuckDB, say it in words only.
    return "No space left on device" in str(error)


def write_json(path: Path, value: object) -> None:
    """Writes JSON so that a reader sees the whole file or none; NaN is refused."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".part")
    # Half a surrogate pair (of a file's name, say) is no UTF-8; escaped it is JSON.
    with temporary.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
        json.dump(value, file, ensure_ascii=False, indent=1, allow_nan=False)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def write_failure(folder: Path, error: BaseException) -> None:
    """Leaves `out/failure.json` in the job's folder."""
    write_json(folder / "out" / "failure.json", failure_data(error))
