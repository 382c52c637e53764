"""Who writes: strangers made known once, forms found, roles and groups."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import func, select

from storage import groups, people, sessions
from storage.engine import Store
from storage.ids import Ids, NumberedIds
from storage.people import Arrival
from storage.sessions import OpenedRow
from storage.tables import accounts, persons
from tests.storage.conftest import without_brief

LAN = Arrival("telegram", "bot", "100", "Lan")
MINH = Arrival("zalo", "oa", "200", "Minh")


async def _accounts(store: Store, person_id: int) -> tuple[people.AccountRow, ...]:
    async with store.read() as tx:
        return (await people.accounts_of(tx, [person_id]))[person_id]


async def test_a_stranger_becomes_a_person_and_is_known_the_next_time(
    store: Store, ids: NumberedIds, now: datetime
) -> None:
    async with store.begin() as tx:
        first = await people.arrive(tx, [LAN, MINH, LAN], now=now, ids=ids)
    assert first[LAN.key].new
    assert first[LAN.key].name == "Lan"
    async with store.begin() as tx:
        again = await people.arrive(tx, [MINH, LAN], now=now, ids=ids)
        assert await people.arrive(tx, [], now=now, ids=ids) == {}
    assert not again[LAN.key].new
    assert {key: known.person_id for key, known in again.items()} == {
        key: known.person_id for key, known in first.items()
    }
    assert again[LAN.key].person_id != again[MINH.key].person_id


async def test_the_form_open_in_private_comes_with_the_person(
    store: Store, ids: NumberedIds, now: datetime
) -> None:
    async with store.begin() as tx:
        known = (await people.arrive(tx, [LAN], now=now, ids=ids))[LAN.key]
        form = OpenedRow(
            person_id=known.person_id,
            room="",
            id=9,
            flow="report",
            brief="{}",
            answers='{"a":"ố"}',
            asked="b",
            subject="obligation:5",
            opened_at=now,
            updated_at=now,
        )
        elsewhere = OpenedRow(
            **{name: getattr(form, name) for name in OpenedRow.__struct_fields__ if name != "room"},
            room="telegram:bot:-5",
        )
        await sessions.save(tx, opened=[form, elsewhere])
        found = await people.arrive(tx, [LAN, MINH], now=now, ids=ids)
    assert found[LAN.key].session == without_brief(form)
    assert found[MINH.key].session is None


async def test_when_somebody_wrote_is_noted_at_most_every_five_minutes(
    store: Store, ids: NumberedIds, now: datetime
) -> None:
    async def write(minutes: float) -> datetime | None:
        async with store.begin() as tx:
            at = now + timedelta(minutes=minutes)
            known = (await people.arrive(tx, [LAN], now=at, ids=ids))[LAN.key]
        return (await _accounts(store, known.person_id))[0].last_in_at

    assert await write(0) == now
    assert await write(4.9) == now
    assert await write(5) == now + timedelta(minutes=5)


async def test_who_blocked_us_and_writes_again_is_no_longer_blocked(
    store: Store, ids: NumberedIds, now: datetime
) -> None:
    async with store.begin() as tx:
        known = (await people.arrive(tx, [LAN], now=now, ids=ids))[LAN.key]
        await people.mark_blocked(tx, [LAN.key, ("telegram", "bot", "nobody")], now=now)
    assert (await _accounts(store, known.person_id))[0].blocked_at == now
    nameless = Arrival(*LAN.key)
    async with store.begin() as tx:
        assert (await people.arrive(tx, [nameless], now=now, ids=ids))[LAN.key].blocked
        assert not (await people.arrive(tx, [LAN], now=now, ids=ids))[LAN.key].blocked
    (account,) = await _accounts(store, known.person_id)
    assert (account.blocked_at, account.name) == (None, "Lan")


async def test_a_stranger_met_by_two_processes_at_once_is_one_person(
    store: Store, open_another: Callable[[], Store], now: datetime
) -> None:
    other = open_another()
    arrivals = [Arrival("telegram", "bot", str(n)) for n in range(20)]

    async def meet(door: Store, worker: int) -> dict[Any, Any]:
        async with door.begin() as tx:
            return await people.arrive(tx, arrivals, now=now, ids=Ids(worker))

    met = await asyncio.gather(*(meet(d, n) for n, d in enumerate((store, other) * 3)))
    await other.close()
    assert len({known.person_id for found in met for known in found.values()}) == 20
    async with store.read() as tx:
        for table in (persons, accounts):
            counted = await tx.execute(select(func.count()).select_from(table))
            assert counted.scalar_one() == 20


async def test_a_persons_messages_wait_for_each_other_across_processes(
    store: Store, open_another: Callable[[], Store], ids: NumberedIds, now: datetime
) -> None:
    """Each turn adds a letter to the answers it read: none may be lost."""
    async with store.begin() as tx:
        known = (await people.arrive(tx, [LAN], now=now, ids=ids))[LAN.key]
        first = OpenedRow(
            person_id=known.person_id,
            room="",
            id=9,
            flow="f",
            brief="",
            answers="",
            opened_at=now,
            updated_at=now,
        )
        await sessions.save(tx, opened=[first])
    other = open_another()

    async def turn(door: Store, letter: str) -> None:
        async with door.begin() as tx:
            form = (await people.arrive(tx, [LAN, MINH], now=now, ids=Ids()))[LAN.key].session
            assert form is not None
            await asyncio.sleep(0)
            moved = msgspec.structs.replace(form, answers=form.answers + letter)
            await sessions.save(tx, moved=[moved])

    await asyncio.gather(
        *(turn(d, c) for d, c in zip((store, other) * 5, "abcdefghij", strict=True))
    )
    await other.close()
    async with store.read() as tx:
        form = (await sessions.load_rooms(tx, [(known.person_id, "")]))[known.person_id, ""]
    assert sorted(form.answers) == list("abcdefghij")


async def test_roles_come_with_their_units_and_end(
    store: Store, ids: NumberedIds, now: datetime, add_unit: Any, add_person: Any
) -> None:
    async with store.begin() as tx:
        top = await add_unit(tx, 1, name="Xã Hà Đông")
        path = await add_unit(tx, 2, parent=top, name="Thôn Đông Lĩnh", pack_key="thon")
        for person_id in (71, 72, 73):
            await add_person(tx, person_id)
        await people.give_role(tx, 71, 2, "reporter", rank=2, now=now, ids=ids)
        await people.give_role(tx, 71, 1, "leader", now=now, ids=ids)
        await people.give_role(tx, 72, 2, "reporter", now=now, ids=ids)
    async with store.begin() as tx:
        found = await people.memberships_of(tx, [71, 72, 73])
        assert [(row.role, row.unit_id, row.rank) for row in found[71]] == [
            ("leader", 1, 1),
            ("reporter", 2, 2),
        ]
        village = found[72][0]
        assert (village.unit_name, village.unit_path) == ("Thôn Đông Lĩnh", path)
        assert (village.pack_key, village.kind, village.commune_id) == ("thon", "village", 1)
        assert 73 not in found
        assert await people.end_role(tx, 72, 2, "reporter", now=now)
        assert not await people.end_role(tx, 72, 2, "reporter", now=now)
        assert await people.memberships_of(tx, [72]) == {}
        assert 72 in await people.memberships_of(tx, [72], now=now - timedelta(days=1))
        await people.give_role(tx, 72, 2, "reporter", now=now, ids=ids)
        assert 72 in await people.memberships_of(tx, [72])
        assert await people.memberships_of(tx, []) == {}


async def test_the_chat_used_last_comes_first(
    store: Store, ids: NumberedIds, now: datetime
) -> None:
    async with store.begin() as tx:
        lan = (await people.arrive(tx, [LAN], now=now, ids=ids))[LAN.key]
        at = now + timedelta(hours=1)
        minh = (await people.arrive(tx, [MINH], now=at, ids=ids))[MINH.key]
        await people.merge(tx, lan.person_id, minh.person_id, now=now)
        assert await people.accounts_of(tx, []) == {}
    assert [row.channel for row in await _accounts(store, lan.person_id)] == ["zalo", "telegram"]


async def test_what_people_tell_about_themselves_is_kept(
    store: Store, now: datetime, add_person: Any
) -> None:
    async with store.begin() as tx:
        await add_person(tx, 7, name="old")
        await people.describe(tx, 7, phone="0900", consented_at=now)
        await people.describe(tx, 7, name="Lan")
        await people.describe(tx, 7)
        row = (await tx.execute(select(persons))).one()
    assert (row.name, row.phone, row.consented_at) == ("Lan", "0900", now)


async def test_a_group_belongs_to_a_unit_until_it_is_registered_anew(
    store: Store, now: datetime, add_unit: Any
) -> None:
    async with store.begin() as tx:
        await add_unit(tx, 1)
        await add_unit(tx, 2, parent="/1/")
        assert await groups.group_unit(tx, "telegram", "bot", "-5") is None
        for unit_id in (1, 2):
            await groups.register_group(
                tx, "telegram", "bot", "-5", unit_id=unit_id, name="Hội", by=7, now=now
            )
        assert await groups.group_unit(tx, "telegram", "bot", "-5") == 2
        await groups.move_group(tx, "telegram", "bot", "-5", to="-1005")
        assert await groups.group_unit(tx, "telegram", "bot", "-5") is None
        found = await groups.groups_of(tx, [("telegram", "bot", "-1005"), ("x", "y", "z")])
        assert [group.name for group in found.values()] == ["Hội"]
        assert await groups.groups_of(tx, []) == {}
