"""Group commit: who shares a transaction, and who is told what."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from motcua_events.store import LARGE
from motcua_service.decider import Refusal
from motcua_service.handler import Asked
from motcua_service.outcome import Outcome
from motcua_service.together import AT_ONCE, MOST_AT_ONCE, PATIENCE, Together


@dataclass
class Handler:
    """Answers each request with its number; keeps what it was given at once."""

    groups: list[list[str]] = field(default_factory=list)
    open: asyncio.Event = field(default_factory=asyncio.Event)
    under_way: int = 0
    most: int = 0

    async def run_all(self, asked):
        names = [one.commands[0] for one in asked]
        self.groups.append(names)
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        await self.open.wait()
        self.under_way -= 1
        if "poison" in names:
            raise ValueError("poison")
        return [self._answer(name) for name in names]

    @staticmethod
    def _answer(name):
        if name == "refused":
            return Refusal("No", "Not this one.")
        return Outcome(accepted=int(name), recorded=0, duplicates=0)


def asked(name: str, *streams: str) -> Asked[str]:
    return Asked([name], frozenset(streams or (name,)), None)


async def outcomes(together, handler, requests):
    tasks = [asyncio.create_task(together.run(each)) for each in requests]
    await asyncio.sleep(0.01)
    handler.open.set()
    return await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
def handler() -> Handler:
    return Handler()


@pytest.mark.asyncio
async def test_requests_that_come_while_others_are_written_share_a_transaction(handler):
    together = Together(handler)
    first = [asyncio.create_task(together.run(asked(str(n)))) for n in range(AT_ONCE)]
    await asyncio.sleep(0.01)
    rest = await outcomes(together, handler, [asked(str(n)) for n in range(10, 15)])
    assert [each.accepted for each in rest] == list(range(10, 15))
    assert [(await each).accepted for each in first] == list(range(AT_ONCE))
    assert handler.groups[-1] == ["10", "11", "12", "13", "14"]
    assert handler.most <= AT_ONCE


@pytest.mark.asyncio
async def test_transactions_that_are_held_up_do_not_hold_up_everybody(handler):
    held = Handler()
    together = Together(held)
    stuck = [asyncio.create_task(together.run(asked(str(n)))) for n in range(1, AT_ONCE + 1)]
    for task in stuck:
        await asyncio.sleep(0)
        assert not task.done()
    await asyncio.sleep(0.01)
    together.handler = handler
    handler.open.set()
    async with asyncio.timeout(2):
        assert (await together.run(asked("7"))).accepted == 7
    assert not any(task.done() for task in stuck)
    held.open.set()
    assert [(await task).accepted for task in stuck] == [1, 2]


@pytest.mark.asyncio
async def test_only_so_many_transactions_begin_however_long_it_takes(handler):
    together = Together(handler)
    tasks = []
    for number in range(MOST_AT_ONCE + 3):
        tasks.append(asyncio.create_task(together.run(asked(str(number)))))
        await asyncio.sleep(PATIENCE * 1.5)
    assert handler.under_way == MOST_AT_ONCE
    handler.open.set()
    assert [(await each).accepted for each in tasks] == list(range(MOST_AT_ONCE + 3))


@pytest.mark.asyncio
async def test_one_request_alone_does_not_wait_for_others(handler):
    handler.open.set()
    async with asyncio.timeout(1):
        assert (await Together(handler).run(asked("1"))).accepted == 1


@pytest.mark.asyncio
async def test_a_refusal_is_told_to_its_own_request_only(handler):
    together = Together(handler)
    answers = await outcomes(together, handler, [asked("1"), asked("refused"), asked("2")])
    assert [type(each) for each in answers] == [Outcome, Refusal, Outcome]
    assert len(handler.groups) == 1


@pytest.mark.asyncio
async def test_what_breaks_a_group_is_told_to_the_one_that_broke_it(handler):
    together = Together(handler)
    answers = await outcomes(together, handler, [asked("1"), asked("poison"), asked("2")])
    assert [type(each) for each in answers] == [Outcome, ValueError, Outcome]
    assert handler.groups == [["1", "poison", "2"], ["1"], ["poison"], ["2"]]


@pytest.mark.asyncio
async def test_a_group_stays_a_small_transaction(handler):
    together = Together(handler)
    half = LARGE // 2
    wide = [asked(str(n), *(f"{n}-{at}" for at in range(half))) for n in range(5)]
    answers = await outcomes(together, handler, wide)
    assert [each.accepted for each in answers] == list(range(5))
    assert [len(group) for group in handler.groups] == [2, 2, 1]


@pytest.mark.asyncio
async def test_a_large_request_has_its_own_transaction_at_once(handler):
    together = Together(handler)
    large = asked("1", *(f"s{n}" for n in range(LARGE + 1)))
    [answer, _] = await outcomes(together, handler, [large, asked("2")])
    assert answer.accepted == 1
    assert sorted(handler.groups) == [["1"], ["2"]]
    handler.groups.clear()
    with pytest.raises(Refusal):
        await together.run(Asked(["refused"], large.streams, None))


@pytest.mark.asyncio
async def test_a_request_that_was_given_up_disturbs_nobody(handler):
    together = Together(handler)
    gone = asyncio.create_task(together.run(asked("1")))
    await asyncio.sleep(0.01)
    gone.cancel()
    [answer] = await outcomes(together, handler, [asked("2")])
    assert answer.accepted == 2
    assert gone.cancelled()
