"""A script that logs with MLflow: its metrics go to a file store in the job, and from there to the lifecycle as they come."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from . import lines

EVERY_SECONDS = 0.5


@dataclass
class Relayed:
    """How far each metric file has been read, and how many values were passed on."""

    root: Path
    count: int = 0
    read: dict[Path, int] = field(default_factory=dict)

    def poll(self) -> None:
        """Passes on the whole lines written since the last call. A line is `<ms since 1970> <value> <step>`."""
        for path in sorted(self.root.glob("*/*/metrics/**/*")):
            if not path.is_file():
                continue
            with path.open("rb") as file:
                file.seek(self.read.get(path, 0))
                text = file.read()
            whole = text[: text.rfind(b"\n") + 1]
            self.read[path] = self.read.get(path, 0) + len(whole)
            parts = path.relative_to(self.root).parts
            name = "/".join(parts[3:])
            for line in whole.decode("utf-8", "replace").splitlines():
                self._pass_on(name, line.split())

    def _pass_on(self, name: str, words: list[str]) -> None:
        try:
            lines.metric(name, float(words[1]), int(words[2]) if len(words) > 2 else 0, int(words[0]))
            self.count += 1
        except (ValueError, IndexError):
            return


@contextmanager
def relay(folder: Path) -> Iterator[Relayed]:
    """Sends MLflow's tracking into the job's folder while the block runs, and relays what a script logs there.

    A script that sets its own tracking address keeps it; nothing here needs mlflow to be installed.
    """
    root = folder / "mlruns"
    settings = {
        "MLFLOW_TRACKING_URI": root.as_uri(),
        # A plain file store is what can be read while it is written; MLflow asks to be told that it is wanted.
        "MLFLOW_ALLOW_FILE_STORE": "true",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
    }
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    relayed = Relayed(root)
    ended = threading.Event()

    def follow() -> None:
        while not ended.wait(EVERY_SECONDS):
            relayed.poll()

    thread = threading.Thread(target=follow, daemon=True, name="mlflow-metrics")
    thread.start()
    try:
        yield relayed
    finally:
        ended.set()
        thread.join()
        relayed.poll()
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
