"""Processes that stand for machines: each in a group of its own, so that it ends with all its children."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path


class Process:
    """One container. Its output goes line by line to `hear`."""

    def __init__(
        self, args: list[str], folder: Path, env: dict[str, str], hear: Callable[[str], None]
    ) -> None:
        self._popen = subprocess.Popen(
            args,
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self._hear = hear
        self._pump = threading.Thread(target=self._listen, daemon=True)
        self._pump.start()

    def _listen(self) -> None:
        if self._popen.stdout is not None:
            for line in self._popen.stdout:
                self._hear(line.rstrip("\r\n"))

    @property
    def alive(self) -> bool:
        return self._popen.poll() is None

    def wait(self, timeout: float | None = None) -> int | None:
        """The exit code as a container reports it (137 after SIGKILL), or None when it still runs after `timeout` seconds."""
        try:
            code = self._popen.wait(timeout)
        except subprocess.TimeoutExpired:
            return None
        self.signal(signal.SIGKILL)  # whatever it left behind in its group
        self._pump.join(5)
        return code if code >= 0 else 128 - code

    def signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._popen.pid, number)

    def end(self, grace: float) -> int:
        """SIGTERM, then SIGKILL after `grace` seconds; returns when it is gone."""
        if self.alive:
            self.signal(signal.SIGTERM)
        code = self.wait(grace)
        if code is None:
            self.signal(signal.SIGKILL)
            code = self.wait()
        return code if code is not None else 137


class Ended(Exception):
    """The account was emptied meanwhile: nothing is started for it any more."""


class Processes:
    """All processes that were started, so that none outlives the front."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: list[Process] = []

    def start(
        self,
        args: list[str],
        folder: Path,
        env: dict[str, str],
        hear: Callable[[str], None],
        wanted: Callable[[], bool],
    ) -> Process:
        """Starts one, unless it is not `wanted` any more (Ended): asked under the lock that ending takes, too."""
        with self._lock:
            if not wanted():
                raise Ended
            process = Process(args, folder, env, hear)
            self._all = [one for one in self._all if one.alive]
            self._all.append(process)
        return process

    def end_all(self, grace: float = 4.0) -> None:
        with self._lock:
            left, self._all = self._all, []
        for process in left:
            if process.alive:
                process.signal(signal.SIGTERM)
        end = time.monotonic() + grace
        for process in left:
            process.end(max(0.0, end - time.monotonic()))


class Flusher:
    """Calls what was added every few moments, in one thread of its own."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._calls: list[Callable[[], None]] = []
        threading.Thread(target=self._run, daemon=True).start()

    def add(self, call: Callable[[], None]) -> None:
        with self._lock:
            self._calls.append(call)

    def clear(self) -> None:
        with self._lock:
            self._calls = []

    def remove(self, call: Callable[[], None]) -> None:
        with self._lock:
            if call in self._calls:
                self._calls.remove(call)

    def _run(self) -> None:
        while True:
            time.sleep(self._seconds())
            with self._lock:
                calls = list(self._calls)
            for call in calls:
                with contextlib.suppress(Exception):  # the account was emptied meanwhile
                    call()
