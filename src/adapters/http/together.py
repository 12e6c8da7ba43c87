"""Answering many requests at once."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")


class Together(Generic[Q, A]):
    """Answers together what is asked while other answers are being worked out.

    Nobody waits for others to ask, so a lone request pays nothing; a thousand at once cost a few calls, and no
    thread each. To be used within one event loop at a time.

    Args:
        answer_all: the answers to some questions, in their order; an exception is the answer of one alone. Runs in a
            thread.
        name: of the threads.
        threads: how many calls are under way at once.
        most: questions in one call.
    """

    def __init__(
        self, answer_all: Callable[[Sequence[Q]], Sequence[A | Exception]], name: str, *, threads: int, most: int
    ) -> None:
        self._answer_all = answer_all
        self._threads = ThreadPoolExecutor(threads, name)
        self._most_calls, self._most_questions = threads, most
        self._asked: list[tuple[Q, asyncio.Future[A]]] = []
        self._calls: set[asyncio.Task[None]] = set()

    async def ask(self, question: Q) -> A:
        """The answer; the call that works it out begins after this one.

        Raises:
            Exception: what the answer is, or what the call raised.
        """
        future: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._asked.append((question, future))
        if len(self._calls) < self._most_calls:
            call = asyncio.create_task(self._answer_waiting())
            self._calls.add(call)
            call.add_done_callback(self._calls.discard)
        return await future

    async def _answer_waiting(self) -> None:
        while self._asked:
            asked, self._asked = self._asked[: self._most_questions], self._asked[self._most_questions :]
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
