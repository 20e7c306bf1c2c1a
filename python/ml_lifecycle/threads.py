"""How many OpenMP threads a fit gets: as many as there are idle cores.

Such threads meet at the end of every short loop. Where another program holds one of their cores, each meeting waits until
that thread is scheduled again: on two cores of which one was busy, boosting with two threads took two to five times as
long as with one.
"""

import os
import time
from pathlib import Path

STAT = Path("/proc/stat")
TICKS = 100  # a second, in /proc/stat (USER_HZ, the same on every Linux)
SHORTEST = 0.25  # seconds; the clock of /proc/stat is too coarse for less


def threads_for(cores: int, others: float) -> int:
    """Threads for a machine of `cores`, of which other programs use `others` (1.0 is one core all the time)."""
    return max(1, round(cores - others))


def _busy() -> tuple[int, float] | None:
    """The machine's cores, and the seconds they all worked since it started; None where the system does not say."""
    try:
        text = STAT.read_text(encoding="ascii")
    except OSError:
        return None
    every, *rest = text.splitlines()
    user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, every.split()[1:9])
    cores = sum(1 for line in rest if line.startswith("cpu"))
    return cores, (user + nice + system + irq + softirq + steal) / TICKS


class Idle:
    """Looks how busy other programs keep the machine, each time since the look before."""

    def __init__(self) -> None:
        self._since = time.monotonic()
        self._own = time.process_time()
        self._busy = _busy()
        self._threads: int | None = None

    def threads(self) -> int | None:
        """Threads that find an idle core each, at least 1; None where the system does not say."""
        now, own, busy = time.monotonic(), time.process_time(), _busy()
        seconds = now - self._since
        if self._busy is None or busy is None or seconds < SHORTEST:
            return self._threads
        others = (busy[1] - self._busy[1] - (own - self._own)) / seconds
        self._since, self._own, self._busy = now, own, busy
        self._threads = threads_for(busy[0], others)
        return self._threads


_looks: list[Idle] = []


def look_for_idle_cores() -> None:
    """Begins to look, so that the first fit knows; without it, the first fit takes what OpenMP gives it."""
    if not _looks:
        _looks.append(Idle())


def use_idle_cores() -> None:
    """Gives what is fitted next as many threads as there are idle cores; a number that the person has set stays."""
    if "OMP_NUM_THREADS" in os.environ:
        return
    look_for_idle_cores()
    threads = _looks[0].threads()
    if threads is not None:
        use_threads(threads)


def use_threads(threads: int) -> None:
    """Sets the OpenMP threads of what this thread of the process does from now on."""
    from threadpoolctl import threadpool_limits  # noqa: PLC0415 - it comes with scikit-learn and finds what is loaded

    threadpool_limits(threads, user_api="openmp")
