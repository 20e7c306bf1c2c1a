"""Requests that wait at the same time are answered by one pass through SQL and model."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from .predict import Prediction, Predictor
from .threads import use_threads

MOST_ROWS = 4096
QUICK_ROWS = 16
QUICK_SECONDS = 0.003


@dataclass(frozen=True)
class Served:
    """A predictor and the version it serves: what a request is answered by, from its start to its end."""

    predictor: Predictor
    name: str
    version: int


@dataclass
class _Waiting:
    served: Served
    rows: list[Any]
    answer: asyncio.Future[list[Prediction]]


class Batcher:
    """What arrives while a batch is predicted goes together next; a lone request never waits for company.

    A batch that takes a moment is predicted in a thread, so that others are heard meanwhile. A quick one is predicted where
    it is: to hand it to a thread and back takes longer than a small model does, the more so on a busy machine.
    """

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(
            max_workers=1, thread_name_prefix="predict", initializer=use_threads, initargs=(1,)
        )
        self._waiting: list[_Waiting] = []
        self._task: asyncio.Task[None] | None = None

    async def predict(self, served: Served, rows: list[Any]) -> list[Prediction]:
        """The predictions for the rows, in order."""
        loop = asyncio.get_running_loop()
        waiting = _Waiting(served, rows, loop.create_future())
        self._waiting.append(waiting)
        if self._task is None:
            self._task = loop.create_task(self._work())
        return await waiting.answer

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                batch = self._take()
                if _is_quick(batch):
                    answers = _answer(batch)
                else:
                    answers = await loop.run_in_executor(self._executor, _answer, batch)
                for waiting, answer in zip(batch, answers, strict=True):
                    if waiting.answer.done():
                        continue
                    if isinstance(answer, Exception):
                        waiting.answer.set_exception(answer)
                    else:
                        waiting.answer.set_result(answer)
        finally:
            self._task = None

    def _take(self) -> list[_Waiting]:
        """The next requests of one model, as many as fit in a batch."""
        first = self._waiting.pop(0)
        batch, rows = [first], len(first.rows)
        if not first.served.predictor.rows_are_independent:
            return batch
        while (
            self._waiting
            and self._waiting[0].served is first.served
            and rows + len(self._waiting[0].rows) <= MOST_ROWS
        ):
            following = self._waiting.pop(0)
            batch.append(following)
            rows += len(following.rows)
        return batch

    def close(self) -> None:
        """Ends the thread after what it does now."""
        self._executor.shutdown(wait=False, cancel_futures=True)


def _is_quick(batch: list[_Waiting]) -> bool:
    rows = sum(len(waiting.rows) for waiting in batch)
    return rows <= QUICK_ROWS and batch[0].served.predictor.seconds <= QUICK_SECONDS


def _answer(batch: list[_Waiting]) -> list[list[Prediction] | Exception]:
    try:
        together = batch[0].served.predictor.predict([row for waiting in batch for row in waiting.rows])
    except Exception as error:
        if len(batch) == 1:
            return [error]
        # One bad request must not fail the others: each is asked alone.
        return [answer for waiting in batch for answer in _answer([waiting])]
    out: list[list[Prediction] | Exception] = []
    start = 0
    for waiting in batch:
        out.append(together[start : start + len(waiting.rows)])
        start += len(waiting.rows)
    return out
