"""What an endpoint was asked and answered: JSON lines in files that are rotated and never outgrow their limit."""

import datetime
import json
import sys
import threading
from pathlib import Path
from typing import IO, Any

ROTATE_BYTES = 16 * 1024 * 1024


def now() -> str:
    """The time in ISO 8601 UTC with milliseconds."""
    return (
        datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )


class Capture:
    """Appends lines; the oldest files go when all together are larger than `most` bytes. 0 keeps nothing at all."""

    def __init__(self, folder: Path, most: int, rotate: int = ROTATE_BYTES) -> None:
        self._folder = folder
        self._most = most
        self._rotate = min(rotate, max(most // 2, 1))
        self._file: IO[bytes] | None = None
        self._size = 0
        self._lock = threading.Lock()
        self.dropped = 0
        if most > 0:
            folder.mkdir(parents=True, exist_ok=True)

    def write(self, records: list[dict[str, Any]]) -> None:
        """Appends records; a disk that takes no more costs the records, never the answer, and is said once on stderr."""
        if self._most <= 0 or not records:
            return
        text = b"".join(
            json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"
            for record in records
        )
        with self._lock:
            try:
                if self._file is None or self._size + len(text) > self._rotate:
                    self._open(len(text))
                if self._file is not None:
                    self._file.write(text)
                    self._file.flush()
                    self._size += len(text)
            except OSError as error:
                if self.dropped == 0:
                    print(f"capture stopped: {error}", file=sys.stderr, flush=True)
                self.dropped += len(records)
                self._file = None

    def _open(self, coming: int) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
        stamp = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%S%fZ")
        self._remove_oldest(coming)
        path = self._folder / f"capture-{stamp}.jsonl"
        self._file = path.open("ab")
        self._size = path.stat().st_size

    def _remove_oldest(self, coming: int) -> None:
        files = sorted(self._folder.glob("capture-*.jsonl"))
        sizes = [path.stat().st_size for path in files]
        # The file to come may grow to its whole size: room is made for it now.
        room = self._most - max(self._rotate, coming)
        while files and sum(sizes) > room:
            files.pop(0).unlink(missing_ok=True)
            sizes.pop(0)

    def close(self) -> None:
        """Closes the current file."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None
