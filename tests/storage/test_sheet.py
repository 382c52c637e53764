"""The sheet of units and people in the store: once, again, and all or nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from storage import invites, plans, roster, units
from storage.engine import Store
from storage.ids import NumberedIds
from storage.sheet import SheetImported, SheetPerson, SheetUnit, UnitsSheet, import_sheet
from storage.tables import accounts, persons
from storage.tables import invites as invite_rows
from tests.storage.an_xuan import mini_pack

DONG = SheetUnit("thon-dong", "Thôn Đông", "village", "thon", None, ("Làng Đông",), 215)
GROUP = SheetUnit("to-mot", "Tổ Một", "village", None, "thon-dong")
LAN = SheetPerson("Lan", "thon-dong", "reporter", 1, "0900000001")
MINH = SheetPerson("Minh", "hoi-phu-nu", "leader")
SHEET = UnitsSheet((DONG, GROUP), (LAN, MINH, replace(LAN, unit="to-mot", role="handler")))


async def take(
    tx: Any, sheet: UnitsSheet, now: datetime, ids: NumberedIds
) -> tuple[int, SheetImported]:
    commune = (await plans.import_pack(tx, mini_pack(), now=now, ids=ids)).commune_id
    return commune, await import_sheet(tx, commune, sheet, now=now, ids=ids)


async def test_units_people_and_slips_are_made(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """Lan has two roles and one slip; the slip's code is good for her."""
    async with store.begin() as tx:
        commune, done = await take(tx, SHEET, now, ids)
        assert (done.units_made, done.people_made) == (2, 2)
        group = await units.by_code(tx, commune, "to-mot")
        village = await units.by_code(tx, commune, "thon-dong")
        assert group is not None
        assert village is not None
        assert (group.parent_id, village.pack_key) == (village.id, "thon")
        posts = await roster.posts_of_commune(tx, commune, now=now)
        assert sorted((post.name, post.role) for post in posts) == [
            ("Lan", "handler"), ("Lan", "reporter"), ("Minh", "leader"),
        ]  # fmt: skip
        assert [(slip.name, slip.unit_name, slip.role) for slip in done.slips] == [
            ("Lan", "Thôn Đông", "reporter"),
            ("Minh", "Hội Phụ nữ", "leader"),
        ]
        invite = await invites.find(
            tx, done.slips[0].code.lower(), channel="t", account="1", address="2", now=now
        )
        assert invite is not None
        assert invite.person_id == done.slips[0].person_id


async def test_the_same_sheet_again_doubles_nothing(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """Same units, people and codes; whoever has a chat by then needs no slip."""
    async with store.begin() as tx:
        _, first = await take(tx, SHEET, now, ids)
        _, again = await take(tx, SHEET, now + timedelta(days=1), ids)
        assert (again.units_made, again.units_changed, again.people_made) == (0, 0, 0)
        assert again.slips == first.slips
        assert await tx.scalar(select(func.count()).select_from(invite_rows)) == 2
        lan = first.slips[0].person_id
        await tx.execute(
            insert(accounts).values(
                id=ids(), channel="telegram", account="1", address="9", person_id=lan, name="",
                created_at=now,
            )
        )  # fmt: skip
        _, third = await take(tx, SHEET, now, ids)
        assert [slip.name for slip in third.slips] == ["Minh"]


async def test_a_changed_sheet_changes_and_renames(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """More households; a village under a new name, its old one among the aliases; a unit moved."""
    async with store.begin() as tx:
        commune, _ = await take(tx, SHEET, now, ids)
        old = await units.by_code(tx, commune, "thon-dong")
        assert old is not None
        renamed = replace(
            DONG, code="thon-dong-moi", name="Thôn Đông Mới", aliases=("Thôn Đông",), households=220
        )
        sheet = UnitsSheet(
            (renamed, replace(GROUP, parent="van-phong")), (replace(LAN, unit="thon-dong-moi"),)
        )
        _, done = await take(tx, sheet, now, ids)
        assert (done.units_made, done.units_changed, done.people_made) == (0, 2, 0)
        new = await units.by_id(tx, old.id)
        assert (new.name, new.households, new.code) == ("Thôn Đông Mới", 220, "thon-dong")
        office = await units.by_code(tx, commune, "van-phong")
        assert office is not None
        assert [unit.code for unit in await units.children(tx, office.id)] == ["to-mot"]


async def test_a_person_who_gets_a_phone_number_later_stays_one_person(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """And two people of one name in one unit with two numbers are two."""
    async with store.begin() as tx:
        await take(tx, UnitsSheet((DONG,), (replace(LAN, phone=None),)), now, ids)
        _, done = await take(tx, UnitsSheet((DONG,), (LAN,)), now, ids)
        assert done.people_made == 0
        assert list(await tx.scalars(select(persons.c.phone))) == ["0900000001"]
        other = replace(LAN, phone="0900000009", rank=2)
        _, done = await take(tx, UnitsSheet((DONG,), (LAN, other)), now, ids)
        assert done.people_made == 1


async def test_a_sheet_that_fails_leaves_nothing(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """A person of a unit that is nowhere: the transaction takes the unit back with it."""
    stray = UnitsSheet((DONG,), (replace(LAN, unit="khong-co"),))
    with pytest.raises(KeyError):
        async with store.begin() as tx:
            await take(tx, stray, now, ids)
    async with store.read() as tx:
        assert await units.communes(tx) == []
