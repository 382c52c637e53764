"""A soak of both Zalo channels: many people, faults on both sides, and every answer accounted for.

`python -m tests.soak zalo-oa --messages 10000 --people 500 --seed 1` prints the counts.

Each message is "/echo N"; its answer holds "<N>". Zalo's side delivers events twice, out of
order, and answers our calls with dropped connections (before and after doing them), proxy pages,
garbage and refusals; our side answers events with 500 before and after keeping them, or too late.
"""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import msgspec
from aiohttp import web
from sqlalchemy import func, select

from bot.desks.base import At
from bot.events import Reply
from bot.flows.route import openers
from storage.engine import Store
from storage.tables import inbox, outbox
from tests.conftest import Clock
from tests.emulators.zalo_bot import ZaloBotEmulator
from tests.emulators.zalo_common import Fault
from tests.emulators.zalo_oa import ZaloOaEmulator
from tests.emulators.zalo_phone import SeenMessage
from tests.emulators.zalo_webhook import Delivery
from tests.stages.zalo_bot import bot_world
from tests.stages.zalo_oa import oa_world
from tests.world import World

Platform = Literal["zalo-oa", "zalo-bot"]
Emulator = ZaloOaEmulator | ZaloBotEmulator

CALL_FAULTS = 0.06
"""Part of our calls that go wrong on Zalo's side."""

DOOR_FAULTS = 0.04
"""Part of the events that our side fails to answer rightly."""

TWICE = 0.05
AT_ONCE = 100
_ANSWER = re.compile(r"<(\d+)>")


@dataclass
class Counts:
    """What happened. `problems` is empty when nothing was lost, doubled or out of order.

    `unknown` are messages whose answer from Zalo was lost and which could not be looked up
    (docs/decisions/0020-zalo-conflicts.md): only here, where both sides can be seen, can they be told apart into those that
    were heard and those that were not.
    """

    sent: int = 0
    events: int = 0
    kept: int = 0
    worked: int = 0
    answered: int = 0
    unknown: int = 0
    unknown_heard: int = 0
    unknown_unheard: int = 0
    doubled: int = 0
    late: int = 0
    out_of_order: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        facts = (
            f"{self.sent} messages in {self.events} deliveries; kept {self.kept}, worked on {self.worked}; "
            f"answered {self.answered}, outcome unknown {self.unknown} (answers in them that were heard "
            f"{self.unknown_heard}, not heard {self.unknown_unheard}), answered twice {self.doubled}, "
            f"came late {self.late}, out of order {self.out_of_order}; {self.seconds:.1f} s"
        )
        faults = ", ".join(f"{name} {count}" for name, count in sorted(self.faults.items()))
        return "\n".join([facts, f"faults: {faults}", *self.problems])


@dataclass
class Soak:
    """One run against one platform."""

    platform: Platform
    zalo: Emulator
    world: World
    rng: random.Random
    counts: Counts
    said: dict[str, list[tuple[int, Delivery]]] = field(default_factory=dict)

    async def run(self, messages: int, people: int) -> None:
        """Send everything, let it be answered, and account for it."""
        began = time.monotonic()
        names = [f"Người {number}" for number in range(people)]
        numbers = iter(range(messages))
        while self.counts.sent < messages:
            await self._round(names, numbers, min(AT_ONCE, messages - self.counts.sent))
        await self._calm()
        await self._account()
        self.counts.seconds = time.monotonic() - began

    async def _round(self, names: Sequence[str], numbers: Any, count: int) -> None:
        """Some people write, some of them twice in a row; events may be shuffled on the way."""
        shuffled = self.rng.random() < 0.3
        if shuffled:
            self.zalo.courier.hold()
        speakers = [self.rng.choice(names) for _ in range(count)]
        by_person: dict[str, list[int]] = {}
        for name in speakers:
            by_person.setdefault(name, []).append(next(numbers))
        await asyncio.gather(*(self._speaks(name, said) for name, said in by_person.items()))
        if shuffled:
            await self.zalo.courier.release(newest_first=True)
        self.counts.sent += count
        await self.world.app.once()
        self.world.clock.forward(seconds=1)
        if self.rng.random() < 0.1:
            await self.zalo.advance(31)

    async def _speaks(self, name: str, said: Sequence[int]) -> None:
        person: Any = self.zalo.person(name)
        for number in said:
            delivery = await person.sends(f"/echo {number}")
            self.said.setdefault(name, []).append((number, delivery))
            self.world.clock.forward(milliseconds=1)

    async def _calm(self) -> None:
        """No new faults; every repetition and every "try later" comes due."""
        self.zalo.faults.choose = lambda _call: None
        for _ in range(60):
            await self.zalo.advance(60)
            await self.world.settle()
            if not await self._open():
                return

    async def _open(self) -> int:
        async with self.world.app.store.read() as tx:
            waits = await tx.scalar(
                select(func.count()).where(outbox.c.state.in_(("waiting", "sending", "held")))
            )
            todo = await tx.scalar(select(func.count()).where(inbox.c.state != "done"))
        repeats = self.zalo.courier.next_due_at() is not None
        return int(waits or 0) + int(todo or 0) + repeats

    async def _account(self) -> None:
        counts = self.counts
        counts.events = sum(max(1, len(d.attempts)) for said in self.said.values() for _, d in said)
        states = await self._states()
        counts.kept, counts.worked = states["kept"], states["done"]
        counts.unknown = states["unknown"]
        if counts.kept != counts.sent or counts.worked != counts.sent:
            counts.problems.append(f"LOST on the way in: {counts.sent - counts.worked}")
        heard: dict[str, list[int]] = {}
        for person, message in self.zalo.sent:
            heard.setdefault(person.name, []).extend(_answers(message))
        for name, said in self.said.items():
            self._account_for(name, said, heard.get(name, []))
        unknown = states["unknown_numbers"]
        all_heard = {number for numbers in heard.values() for number in numbers}
        counts.unknown_heard = len(unknown & all_heard)
        counts.unknown_unheard = len(unknown - all_heard)
        missing = counts.sent - counts.answered
        if self.platform == "zalo-oa" and missing:
            counts.problems.append(f"LOST on the way out: {missing}")
        if missing != counts.unknown_unheard:
            counts.problems.append(
                f"UNACCOUNTED: {missing} not heard, {counts.unknown_unheard} of unknown outcome"
            )
        if states["failed"]:
            counts.problems.append(f"GIVEN UP: {states['failed']}")
        counts.problems += [f"rule broken: {one}" for one in self.zalo.violations[:5]]

    def _account_for(
        self, name: str, said: Sequence[tuple[int, Delivery]], heard: Sequence[int]
    ) -> None:
        counts = self.counts
        times = Counter(heard)
        counts.answered += len(times)
        doubled = [number for number, count in times.items() if count > 1]
        counts.doubled += len(doubled)
        if doubled:
            counts.problems.append(f"TWICE: {name} {doubled[:5]}")
        prompt = {number for number, delivery in said if len(delivery.attempts) == 1}
        counts.late += len(said) - len(prompt)
        in_order = [number for number in heard if number in prompt]
        if in_order != sorted(in_order):
            counts.out_of_order += 1
            counts.problems.append(f"OUT OF ORDER: {name} {in_order[:20]}")

    async def _states(self) -> dict[str, Any]:
        async with self.world.app.store.read() as tx:
            kept = await tx.scalar(select(func.count()).select_from(inbox))
            done = await tx.scalar(select(func.count()).where(inbox.c.state == "done"))
            bodies = list(
                await tx.scalars(select(outbox.c.body).where(outbox.c.state == "unknown"))
            )
            failed = await tx.scalar(
                select(func.count()).where(outbox.c.state.in_(("failed", "held", "waiting")))
            )
        unknown = {int(number) for body in bodies for number in _ANSWER.findall(body)}
        return {
            "kept": int(kept or 0),
            "done": int(done or 0),
            "unknown": len(bodies),
            "unknown_numbers": unknown,
            "failed": int(failed or 0),
        }


def _answers(message: SeenMessage) -> list[int]:
    return [int(number) for number in _ANSWER.findall(message.text)]


# --- faults --------------------------------------------------------------------------------------


def zalos_faults(rng: random.Random, counts: Counts) -> Callable[[str], Fault | None]:
    """What goes wrong with a call of ours."""
    kinds: Mapping[str, Callable[[], Fault]] = {
        "done, connection dropped": lambda: Fault.drop(accepts=True),
        "connection dropped": Fault.drop,
        "done, proxy page": lambda: Fault.status(502, accepts=True),
        "proxy page": lambda: Fault.status(503),
        "done, garbage": lambda: Fault.garbage(accepts=True),
        "garbage": Fault.garbage,
        "rate refused": lambda: Fault.error(-32),
    }

    def choose(call: str) -> Fault | None:
        sends = call.endswith(("/message/cs", "/sendMessage"))
        looks = call.endswith("/conversation")
        if rng.random() >= (CALL_FAULTS if sends else CALL_FAULTS / 3 if looks else 0):
            return None
        if call.endswith("/sendMessage"):
            names = [name for name in kinds if name != "rate refused"]
        else:
            names = list(kinds)
        name = rng.choice(names)
        counts.faults[f"call: {name}"] += 1
        return kinds[name]()

    return choose


def our_faults(rng: random.Random, counts: Counts, too_late_s: float) -> Any:
    """A middleware that lets our own side fail, before and after an event is kept."""

    @web.middleware
    async def stumble(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        if not request.path.endswith("/webhook") or rng.random() >= DOOR_FAULTS:
            return await handler(request)
        name = rng.choice(["500 before keeping", "500 after keeping", "answered too late"])
        counts.faults[f"door: {name}"] += 1
        if name == "500 before keeping":
            return web.Response(status=500)
        answer = await handler(request)
        if name == "500 after keeping":
            return web.Response(status=500)
        await asyncio.sleep(too_late_s)
        return answer

    return stumble


def copies(rng: random.Random, counts: Counts) -> Callable[[str], int]:
    """How many times an event comes."""

    def choose(_event: str) -> int:
        if rng.random() >= TWICE:
            return 1
        counts.faults["event delivered again"] += 1
        return rng.choice([2, 3])

    return choose


# --- the house -----------------------------------------------------------------------------------


async def echo(at: At, args: Mapping[str, str]) -> Sequence[Reply]:
    """The answer to "/echo N"."""
    return (Reply(words=f"Em nghe <{args.get('rest', '')}> ạ."),)


@asynccontextmanager
async def soak(
    platform: Platform, store: Store, folder: Path, clock: Clock, *, seed: int
) -> AsyncIterator[Soak]:
    """A real app with an echo in it, behind the emulator, with faults on both sides."""
    counts = Counts()
    rng = random.Random(seed)
    open_world: Any = oa_world if platform == "zalo-oa" else bot_world
    more = {"zalo_bot_people": 100_000, "zalo_bot_messages": 10_000_000}
    middleware = our_faults(rng, counts, too_late_s=0.6)
    async with open_world(store, clock, folder, middlewares=[middleware], **more) as (zalo, world):
        _lift_limits(zalo, world)
        zalo.faults.choose = zalos_faults(rng, counts)
        zalo.courier.copies_of = copies(rng, counts)
        zalo.courier.answer_within_s = 0.5
        yield Soak(platform, zalo, world, rng, counts)


def _lift_limits(zalo: Emulator, world: World) -> None:
    """The pace is not what is tried here."""
    for channel in world.app.channels.values():
        object.__setattr__(
            channel, "can", msgspec.structs.replace(channel.can, per_second=1_000_000.0)
        )
    if isinstance(zalo, ZaloOaEmulator):
        zalo.calls_per_minute = 10_000_000
        zalo.echoes = False
    else:
        zalo.methods.users_per_month = zalo.methods.messages_per_month = 10_000_000
    desks = world.app.receiver.desks
    talking = openers([], [("echo", ("/echo",))])
    object.__setattr__(desks, "openers", talking)
    object.__setattr__(desks, "looks", {**desks.looks, "echo": echo})
