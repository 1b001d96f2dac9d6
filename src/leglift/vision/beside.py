"""Work in a thread beside the one that takes its results."""

from __future__ import annotations

import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")

_LESS_URGENT = 10  # of 19, as `nice` has it


def in_turn(
    calls: Iterable[Callable[[], T]],
    n_ahead: int,
    name: str,
    initializer: Callable[[], None] | None = None,
) -> Generator[T, None, None]:
    """Make calls one after the other in a thread of their own, `n_ahead` of what is taken of them.

    An error comes where the result would have come. Calls not yet begun are left out then, or when
    nobody takes results any more; the thread has ended by then.
    """
    waiting: deque[Future[T]] = deque()
    pool = ThreadPoolExecutor(1, name, initializer=initializer)
    try:
        for call in calls:
            waiting.append(pool.submit(call))
            if len(waiting) > n_ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def give_way() -> None:
    """Let the calling thread run behind the others, where the system ranks threads."""
    if sys.platform == "linux":
        thread = threading.get_native_id()
        urgency = max(os.getpriority(os.PRIO_PROCESS, thread), _LESS_URGENT)
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, thread, urgency)
