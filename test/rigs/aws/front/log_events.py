"""GetLogEvents as CloudWatch answers it: pages of 1 MB, tokens that expire, logs too long to be kept, made when they are read."""

import bisect
import time
from collections.abc import Callable, Sequence
from typing import Any, overload

from moto.logs.models import logs_backends

from .contract import Document
from .errors import AwsError
from .identify import Call
from .states import ACCOUNT

MOST_EVENTS = 10_000
MOST_BYTES = 1_048_576
EVENT_BYTES = 26  # what CloudWatch counts for an event beside its text
Event = tuple[int, str]  # its time in ms, its text


class LongLog(Sequence[Event]):
    """`count` lines after those that were written; none is kept."""

    def __init__(self, before: Sequence[Event], count: int, since: int) -> None:
        self._before = before
        self._count = count
        self._since = since

    def __len__(self) -> int:
        return len(self._before) + self._count

    @overload
    def __getitem__(self, at: int) -> Event: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Event]: ...
    def __getitem__(self, at: int | slice) -> Event | Sequence[Event]:
        if isinstance(at, slice):
            return [self[one] for one in range(*at.indices(len(self)))]
        if at < len(self._before):
            return self._before[at]
        if at >= len(self):
            raise IndexError(at)
        number = at - len(self._before)
        # Several lines of the same millisecond, as of a real log.
        return self._since + number // 7, f"line {number} of a long log"


def _fitting(events: Sequence[Event]) -> Sequence[Event]:
    """The first of these, as many as one page takes."""
    size = 0
    for taken, (_, text) in enumerate(events):
        size += len(text.encode()) + EVENT_BYTES
        if size > MOST_BYTES and taken:
            return events[:taken]
    return events


class LogEvents:
    """What the log streams of all regions hold."""

    def __init__(self, life: Callable[[], float]) -> None:
        self._life = life
        self._made: dict[tuple[str, str, str], tuple[int, int]] = {}

    def make(self, region: str, group: str, stream: str, count: int) -> None:
        """So many lines follow what that stream holds."""
        self._made[(region, group, stream)] = (count, int(time.time() * 1000))

    def forget(self) -> None:
        self._made = {}

    def _events(self, region: str, group: str, stream: str) -> Sequence[Event] | None:
        found = logs_backends[ACCOUNT][region].groups.get(group)
        if found is None or stream not in found.streams:
            return None
        written = sorted(
            ((int(one.timestamp), str(one.message)) for one in found.streams[stream].events),
            key=lambda one: one[0],
        )
        made = self._made.get((region, group, stream))
        return LongLog(written, *made) if made else written

    def answer(self, call: Call, body: Document) -> Document | None:
        """None for what moto answers."""
        group, stream = str(body.get("logGroupName", "")), str(body.get("logStreamName", ""))
        events = self._events(call.region, group, stream)
        if events is None:
            return None
        limit = min(int(body.get("limit", MOST_EVENTS)), MOST_EVENTS)
        token = body.get("nextToken")
        first = bisect.bisect_left(events, body.get("startTime", 0), key=lambda one: one[0])
        last = len(events)
        if "endTime" in body:
            last = bisect.bisect_left(events, body["endTime"], key=lambda one: one[0])
        direction, at = (
            self._place(token) if token else ("f", first) if body.get("startFromHead") else ("b", last)
        )
        if direction == "f":
            page = _fitting(events[at : min(at + limit, last)])
            start, end = at, at + len(page)
        else:
            page = _fitting(events[max(at - limit, first) : at][::-1])[::-1]
            start, end = at - len(page), at
        forward, backward = self._token("f", end), self._token("b", start)
        if token and not page:
            forward, backward = (token, backward) if direction == "f" else (forward, token)
        return {
            "events": [{"timestamp": at, "message": text, "ingestionTime": at} for at, text in page],
            "nextForwardToken": forward,
            "nextBackwardToken": backward,
        }

    @staticmethod
    def _token(direction: str, at: int) -> str:
        return f"{direction}/{at:056d}/{int(time.time() * 1000)}"

    def _place(self, token: Any) -> tuple[str, int]:
        refused = AwsError("InvalidParameterException", "The specified nextToken is invalid.")
        try:
            direction, at, issued = str(token).split("/")
            if direction not in {"f", "b"} or time.time() - int(issued) / 1000 > self._life():
                raise refused
            return direction, int(at)
        except ValueError as error:
            raise refused from error
