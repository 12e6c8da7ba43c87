"""Answering many requests at once."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")


class RequestBatcher(Generic[Q, A]):
    """Answers together what is asked while other answers are being worked out.

    Nobody waits for others to ask, so a lone request pays nothing; a thousand at once cost a few calls, and no
    thread each. To be used within one event loop at a time.

    Args:
        answer_all: the answers to some questions, in their order; an exception is the answer of one alone. Runs in a
            thread.
        name: of the threads.
        threads: how many calls are under way at once.
        most: questions in one call.
        rounds: of the event loop before a call begins: what has arrived, and only has to be read, comes along. A round
            without work takes microseconds.
    """

    def __init__(
        self,
        answer_all: Callable[[Sequence[Q]], Sequence[A | Exception]],
        name: str,
        *,
        threads: int,
        most: int,
        rounds: int = 0,
    ) -> None:
        self._answer_all = answer_all
        self._threads = ThreadPoolExecutor(threads, name)
        self._most_calls, self._most_questions, self._rounds = threads, most, rounds
        self._asked: list[tuple[Q, asyncio.Future[A]]] = []
        self._calls = 0
        self._tasks: set[asyncio.Task[None]] = set()  # the loop itself would let them be collected

    async def ask(self, question: Q) -> A:
        """The answer; the call that works it out begins after this one.

        Raises:
            Exception: what the answer is, or what the call raised.
        """
        future: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._asked.append((question, future))
        if self._calls < self._most_calls:
            self._calls += 1
            task = asyncio.create_task(self._answer_waiting())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await future

    async def _answer_waiting(self) -> None:
        try:
            await self._answer_while_asked()
        finally:
            # Not when the task is done, which is later: who asks in between would count on a call that looks no more.
            self._calls -= 1

    async def _answer_while_asked(self) -> None:
        while self._asked:
            for _ in range(self._rounds):
                await asyncio.sleep(0)
            asked, self._asked = self._asked[: self._most_questions], self._asked[self._most_questions :]
            if asked:  # otherwise another call has taken them meanwhile
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
            if future.done():  # whoever asked is gone
                continue
            if isinstance(answer, Exception):
                future.set_exception(answer)
            else:
                future.set_result(answer)
