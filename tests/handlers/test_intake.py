"""What waits before receiving: batches, their order, and what becomes of those who wait when one breaks."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from bot.handlers.intake import Intake


class Kept:
    """Receives batches and notes them; `breaks` names a message that makes its batch fail."""

    def __init__(self, breaks: str = "") -> None:
        self.batches: list[list[str]] = []
        self.begun = asyncio.Event()
        self._breaks = breaks

    async def receive(self, arrived: Sequence[str]) -> None:
        self.begun.set()
        for _ in range(5):  # the loop goes on while the disk is waited for
            await asyncio.sleep(0)
        if self._breaks in arrived:
            raise ValueError(self._breaks)
        self.batches.append(list(arrived))


async def test_those_who_answer_at_once_are_received_together() -> None:
    """Two halves that came one after the other do not stay two halves: each batch costs a commit."""
    kept = Kept()
    intake = Intake(kept.receive)

    async def talk(name: str) -> None:
        for number in range(20):
            await intake.take([f"{name}{number}"])

    first = [asyncio.create_task(talk(name)) for name in "abc"]
    await kept.begun.wait()
    later = [asyncio.create_task(talk(name)) for name in "xyz"]
    await asyncio.gather(*first, *later)
    assert sum(map(len, kept.batches)) == 120
    together = [batch for batch in kept.batches if len(batch) == 6]
    assert len(together) >= 15
    for name in "abcxyz":
        said = [one for batch in kept.batches for one in batch if one.startswith(name)]
        assert said == [f"{name}{number}" for number in range(20)]


async def test_a_single_message_waits_for_nobody() -> None:
    kept = Kept()
    intake = Intake(kept.receive)
    await intake.take([])
    await intake.take(["a"])
    assert kept.batches == [["a"]]


async def test_everybody_of_a_broken_batch_is_told_and_the_next_goes_on() -> None:
    kept = Kept(breaks="bad")
    intake = Intake(kept.receive)
    told = await asyncio.gather(
        intake.take(["good"]), intake.take(["bad", "more"]), return_exceptions=True
    )
    assert [repr(one) for one in told] == ["ValueError('bad')"] * 2
    await intake.take(["next"])
    assert kept.batches == [["next"]]


async def test_a_stopped_flusher_tells_who_waits_and_keeps_nobody_from_starting_another() -> None:
    kept = Kept()
    intake = Intake(kept.receive)
    waiting = asyncio.create_task(intake.take(["a"]))
    await asyncio.sleep(0)
    (flusher,) = [task for task in asyncio.all_tasks() if task.get_name() == "intake"]
    await asyncio.sleep(0)
    flusher.cancel()
    with pytest.raises(ConnectionError, match="stopped"):
        await waiting
    await intake.take(["b"])
    await intake.close()
    assert kept.batches == [["b"]]


async def test_closing_waits_until_all_is_received() -> None:
    kept = Kept()
    intake = Intake(kept.receive)
    tasks = [asyncio.create_task(intake.take([name])) for name in "abc"]
    await asyncio.sleep(0)
    await intake.close()
    assert sorted(one for batch in kept.batches for one in batch) == ["a", "b", "c"]
    await asyncio.gather(*tasks)
