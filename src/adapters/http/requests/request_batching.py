"""Request batching: one call answers the requests that arrived during the call before it."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")


class RequestBatcher(Generic[Q, A]):
    """Collects questions while calls are running and answers them together in the next call.

    A call does not wait for a batch to fill, so a single request has no delay; a thousand at once need a few calls,
    and no thread each. To be used within one event loop at a time.

    Args:
        answer_all: gives the answers to a batch of questions, in their order; an exception in the list is the answer to
            its question only. Runs in a thread.
        name: of the threads.
        threads: maximum number of calls that run at once.
        max_batch: maximum number of questions in one call.
        rounds: iterations of the event loop before a call begins, so that requests that have arrived but are not read
            yet join the batch. An iteration without work takes microseconds.
    """

    def __init__(
        self,
        answer_all: Callable[[Sequence[Q]], Sequence[A | Exception]],
        name: str,
        *,
        threads: int,
        max_batch: int,
        rounds: int = 0,
    ) -> None:
        self._answer_all = answer_all
        self._threads = ThreadPoolExecutor(threads, name)
        self._max_calls, self._max_batch, self._rounds = threads, max_batch, rounds
        self._asked: list[tuple[Q, asyncio.Future[A]]] = []
        self._calls = 0
        self._tasks: set[asyncio.Task[None]] = set()  # the event loop holds only weak references

    async def ask(self, question: Q) -> A:
        """Return the answer to a question, from a call that begins after this one.

        Raises:
            Exception: the answer is an exception, or the call raised it.
        """
        future: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._asked.append((question, future))
        if self._calls < self._max_calls:
            self._calls += 1
            task = asyncio.create_task(self._answer_waiting())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await future

    async def _answer_waiting(self) -> None:
        try:
            await self._answer_while_asked()
        finally:
            # Not in a callback of the task, which runs later: a question asked in between would start no call.
            self._calls -= 1

    async def _answer_while_asked(self) -> None:
        while self._asked:
            for _ in range(self._rounds):
                await asyncio.sleep(0)
            asked, self._asked = self._asked[: self._max_batch], self._asked[self._max_batch :]
            if asked:  # otherwise another call has taken them
                await self._answer(asked)

    async def _answer(self, asked: Sequence[tuple[Q, "asyncio.Future[A]"]]) -> None:
        questions = [question for question, _ in asked]
        answers: list[A | Exception] = []
        try:
            loop = asyncio.get_running_loop()
            answers += await loop.run_in_executor(self._threads, self._answer_all, questions)
        except Exception as error:
            answers += [error] * len(asked)
        for (_, future), answer in zip(asked, answers, strict=True):
            if future.done():  # the request was cancelled
                continue
            if isinstance(answer, Exception):
                future.set_exception(answer)
            else:
                future.set_result(answer)
