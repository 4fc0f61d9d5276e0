"""`manners.py`: who folds waits for the loop's turn to be over, but not for one that never is."""

from __future__ import annotations

import asyncio
import threading

from sse_widget import manners
from sse_widget.engine import Engine
from sse_widget.manners import ENOUGH, Manners, Selector

from .support import PATIENCE


class Clock:
    """Moves by what is waited for, and by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Lock:
    """A loop's turn that does not end. asked: how often it was waited for."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.asked = 0

    def locked(self) -> bool:
        return True

    def acquire(self, timeout: float) -> bool:
        self.asked += 1
        self._clock.now += timeout
        return False


def polite() -> tuple[Manners, Selector, Lock, Clock]:
    clock = Clock()
    one, selector = Manners(clock), Selector()
    lock = selector.turn = Lock(clock)  # type: ignore[assignment]
    one.selector = selector
    return one, selector, lock, clock


def test_it_works_a_spell_between_two_waits() -> None:
    one, selector, lock, clock = polite()
    one.give_way()
    one.give_way()
    assert lock.asked == 1
    clock.now += 2 * manners.SPELL
    one.give_way()
    assert lock.asked == 2
    selector._is_turn = False
    selector.close()


def test_a_loop_that_somebody_blocks_is_not_waited_for_longer_than_enough() -> None:
    one, selector, lock, clock = polite()
    for _ in range(1000):
        one.give_way()
        clock.now += 2 * manners.SPELL
    assert ENOUGH <= lock.asked * manners.PATIENCE < ENOUGH + 2 * manners.PATIENCE
    before = lock.asked
    selector.turns += 1  # it was none of our business, and is over
    one.give_way()
    assert lock.asked == before + 1
    selector.close()


def test_the_engine_has_the_lock_while_it_works_and_not_while_it_sleeps() -> None:
    engine = Engine()
    loop = engine.loop
    selector = engine.writer.manners.selector
    assert selector is not None
    seen: list[bool] = []

    async def work() -> None:
        seen.append(selector.turn.locked())

    asyncio.run_coroutine_threadsafe(work(), loop).result(PATIENCE)
    assert seen == [True]
    assert selector.turn.acquire(timeout=PATIENCE)  # it sleeps
    selector.turn.release()
    given = threading.Event()
    busy, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        busy.set()
        go_on.wait(PATIENCE)

    loop.call_soon_threadsafe(hold)
    assert busy.wait(PATIENCE)

    def give() -> None:
        assert selector is not None
        with selector.turn:
            given.set()

    waiting = threading.Thread(target=give)
    waiting.start()
    assert not given.is_set()
    go_on.set()
    assert given.wait(PATIENCE)
    waiting.join()
    loop.call_soon_threadsafe(loop.stop)
    assert engine._thread is not None
    engine._thread.join()
    loop.close()
