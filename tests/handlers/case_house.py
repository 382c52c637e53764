"""A commune where people handle cases by taps and words, straight at the receiver: no channel, no delivery."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import insert, select

from bot.events import Button, Incoming, Reply, Said, Tap, Text
from bot.handlers.case_clock import CaseClock
from storage import cases, people
from storage.access import Role
from storage.cases import Case, NewCase, Step
from storage.engine import Store
from storage.media import Facts, kept
from storage.people import Arrival
from storage.tables import media, outbox
from tests.conftest import Clock
from tests.world import World, build_world

CHANNEL, ACCOUNT = "paper", "house"
OFFICE = "Văn phòng HĐND và UBND"


@dataclass
class House:
    """Persons by name, what each was ever told, and the cases between them."""

    world: World
    persons: dict[str, int] = field(default_factory=dict)
    _numbers: Any = field(default_factory=lambda: itertools.count(1))

    @property
    def store(self) -> Store:
        """The store of the app."""
        return self.world.app.store

    @property
    def clock(self) -> CaseClock:
        """The clock of cases."""
        app = self.world.app
        return CaseClock(
            store=app.store, ids=self.world.ids, seal=app.receiver.seal, clock=app.clock
        )

    async def enters(self, name: str, unit: str = "", role: Role | None = None) -> int:
        """Somebody who has written before, with a role in a unit when named."""
        now = self.world.clock()
        async with self.store.begin() as tx:
            arrival = Arrival(channel=CHANNEL, account=ACCOUNT, address=name, name=name)
            known = await people.arrive(tx, [arrival], now=now, ids=self.world.ids)
            person = known[arrival.key].person_id
        if role is not None:
            found = await self.world.unit(unit)
            async with self.store.begin() as tx:
                await people.give_role(
                    tx, person, found.id, role.value, now=now, ids=self.world.ids
                )
                await people.describe(tx, person, name=name)
        self.persons[name] = person
        return person

    async def opens(self, name: str, **more: Any) -> Case:
        """A case as this person reported it: straw burning at the ditch, with the office."""
        assert self.world.commune is not None
        office = await self.world.unit(OFFICE)
        values: dict[str, Any] = {
            "commune_id": self.world.commune.id,
            "plan_id": self.world.plan_id,
            "violation_key": "dot-rom-ra",
            "words": "khói mù mịt cả xóm",
            "reporter_id": self.persons[name],
            "sealed": False,
            "place_words": "bờ mương",
            "handler_unit_id": office.id,
        }
        app = self.world.app
        async with self.store.begin() as tx:
            return await cases.open_case(
                tx,
                NewCase(**(values | more)),
                sealing=app.receiver.seal,
                now=self.world.clock(),
                ids=self.world.ids,
            )

    def incoming(self, name: str, said: Said) -> Incoming:
        """One message of a person."""
        return Incoming(
            channel=CHANNEL,
            account=ACCOUNT,
            message_id=f"{name}/{next(self._numbers)}",
            sender=name,
            chat=name,
            said=said,  # type: ignore[arg-type]  # one of the closed list
            sent_at=self.world.clock(),
            sender_name=name,
        )

    async def hears(self, name: str, said: Said) -> list[Reply]:
        """Let somebody say something; returns what they are answered."""
        before = len(await self.told(name))
        await self.world.app.receiver.receive([self.incoming(name, said)])
        return (await self.told(name))[before:]

    async def types(self, name: str, *lines: str) -> str:
        """Type lines; returns the answer to the last one."""
        replies: list[Reply] = []
        for line in lines:
            replies = await self.hears(name, Text(line))
        return "\n".join(reply.words for reply in replies)

    async def taps(self, name: str, label: str) -> str:
        """Press the newest button of that label."""
        found = [b for reply in await self.told(name) for b in reply.buttons if b.label == label]
        assert found, f"{name} sees no button {label!r}"
        return "\n".join(reply.words for reply in await self.hears(name, Tap(found[-1].token)))

    async def told(self, name: str) -> list[Reply]:
        """Everything this person was ever told, oldest first."""
        async with self.store.read() as tx:
            rows = await tx.scalars(
                select(outbox.c.body).where(outbox.c.chat == name).order_by(outbox.c.id)
            )
            return [msgspec.json.decode(body, type=Reply) for body in rows if body]

    async def buttons(self, name: str) -> list[Button]:
        """Every button this person ever saw."""
        return [button for reply in await self.told(name) for button in reply.buttons]

    async def case(self, case_id: int) -> Case:
        """The case as it stands."""
        async with self.store.read() as tx:
            return await cases.case_by_id(tx, case_id)

    async def steps(self, case_id: int) -> list[Step]:
        """Its whole timeline."""
        async with self.store.read() as tx:
            return await cases.timeline(tx, case_id)

    async def picture(self, **facts: Any) -> int:
        """A picture that is on our disk, by its row."""
        media_id = self.world.ids()
        now = self.world.clock()
        digest = f"{media_id:064x}"
        values = {
            "sha256": digest,
            "content_type": "image/jpeg",
            "size_bytes": 9,
            "shown_sha256": digest,
        }
        async with self.store.begin() as tx:
            await tx.execute(
                insert(media).values(
                    id=media_id, channel=CHANNEL, account=ACCOUNT, ref=str(media_id),
                    state="wanted", not_before=now, added_at=now,
                )
            )  # fmt: skip
            await kept(tx, media_id, Facts(**(values | facts)))
        return media_id


async def a_house(store: Store, clock: Clock, folder: Path) -> House:
    """Hà Đông with Hạnh in the office, Kiên in the economic unit and Minh who leads the commune."""
    house = House(build_world(store, clock, folder))
    await house.world.settles_in("ha-dong")
    await house.world.office_sets("cases.limit.strangers", 10_000)
    await house.enters("Hạnh", OFFICE, Role.HANDLER)
    await house.enters("Kiên", "Phòng Kinh tế", Role.HANDLER)
    await house.enters("Minh", "Xã Hà Đông", Role.LEADER)
    return house
