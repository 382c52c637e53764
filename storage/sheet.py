"""The office's sheet of units and people, taken into the store whole or not at all.

`office/sheets.py` reads the Excel file and finds every mistake; what arrives here is in
order. Importing again finds units by code or name and people by phone or name, changes what
changed, and never makes a second one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from plans.names import plain
from storage import units
from storage.access import Role
from storage.bulk import insert_many, update_many
from storage.ids import Chooser, NewId
from storage.invites import make
from storage.tables import accounts, invites, memberships, persons
from storage.units import NewUnit, Unit

INVITE_LIFE = timedelta(days=90)
"""A printed code that nobody used for a season is lost paper."""


@dataclass(frozen=True, slots=True)
class SheetUnit:
    """One row of "Đơn vị". `pack_key` is the class it belongs to; `parent` a code, None where left empty."""

    code: str
    name: str
    kind: str
    pack_key: str | None
    parent: str | None
    aliases: tuple[str, ...] = ()
    households: int | None = None


@dataclass(frozen=True, slots=True)
class SheetPerson:
    """One row of "Người": a role in the unit with this code. `phone` as ten digits, or None."""

    name: str
    unit: str
    role: str
    rank: int = 1
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class UnitsSheet:
    """A sheet without mistakes: parents before children."""

    units: tuple[SheetUnit, ...]
    people: tuple[SheetPerson, ...]


@dataclass(frozen=True, slots=True)
class Slip:
    """A code to print and hand over: whoever types it becomes this person in this role."""

    person_id: int
    name: str
    unit_name: str
    role: str
    code: str


@dataclass(frozen=True, slots=True)
class SheetImported:
    """What an import did. `slips` are for everybody who has no chat with us yet, new or not."""

    units_made: int
    units_changed: int
    people_made: int
    slips: tuple[Slip, ...]


async def import_sheet(
    tx: AsyncConnection,
    commune_id: int,
    sheet: UnitsSheet,
    *,
    now: datetime,
    ids: NewId,
    made_by: int | None = None,
    rng: Chooser | None = None,
) -> SheetImported:
    """Make and change units, people, their roles, and one invite for each person without a chat.

    Nobody is removed: who is missing from the sheet keeps unit and role.

    Raises:
        KeyError: a person's unit or a unit's parent is neither in the sheet nor in the store
            (the sheet was read against another plan).
    """
    known = await units.of_commune(tx, commune_id)
    by_code = {unit.code: unit for unit in known}
    made = changed = 0
    for row in sheet.units:
        found = _known_as(row, by_code.values())
        if found is None:
            by_code[row.code] = await _add(tx, row, by_code, commune_id, ids)
            made += 1
        else:
            by_code[row.code] = found
            changed += await _change(tx, row, found, by_code)
    people_made, posts = await _take_people(tx, sheet.people, by_code, now, ids)
    slips = await _slips(tx, posts, now=now, ids=ids, made_by=made_by, rng=rng)
    return SheetImported(made, changed, people_made, slips)


# --- units -----------------------------------------------------------------------------------


def _known_as(row: SheetUnit, known: Iterable[Unit]) -> Unit | None:
    """The unit that the row means: by code, by name, or by a name it now calls a former one."""
    some = list(known)
    called = {plain(alias) for alias in row.aliases}
    return (
        next((unit for unit in some if unit.code == row.code), None)
        or next((unit for unit in some if plain(unit.name) == plain(row.name)), None)
        or next((unit for unit in some if plain(unit.name) in called), None)
    )


async def _add(
    tx: AsyncConnection, row: SheetUnit, by_code: dict[str, Unit], commune_id: int, ids: NewId
) -> Unit:
    new = NewUnit(
        code=row.code,
        name=row.name,
        kind=row.kind,
        parent_id=by_code[row.parent].id if row.parent else commune_id,
        pack_key=row.pack_key,
        aliases=row.aliases,
        households=row.households,
    )
    (made,) = await units.add(tx, [new], ids=ids)
    return made


async def _change(
    tx: AsyncConnection, row: SheetUnit, unit: Unit, by_code: dict[str, Unit]
) -> bool:
    changed: dict[str, Any] = {
        name: new
        for name in ("name", "kind", "pack_key", "aliases")
        if (new := getattr(row, name)) != getattr(unit, name)
    }
    if row.households is not None and row.households != unit.households:
        changed["households"] = row.households
    await units.change(tx, unit.id, **changed)
    parent = by_code[row.parent] if row.parent else None
    if parent is not None and parent.id != unit.parent_id:
        await units.move(tx, unit.id, parent.id)
        return True
    return bool(changed)


# --- people ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Post:
    person_id: int
    name: str
    unit: Unit
    role: str
    rank: int


async def _take_people(
    tx: AsyncConnection,
    rows: Sequence[SheetPerson],
    by_code: dict[str, Unit],
    now: datetime,
    ids: NewId,
) -> tuple[int, list[_Post]]:
    known = await _known_people(tx, [by_code[row.unit].id for row in rows], rows)
    new: list[dict[str, Any]] = []
    phones: list[dict[str, Any]] = []
    posts: list[_Post] = []
    for row in rows:
        unit = by_code[row.unit]
        keys = _keys_of(row.name, row.phone, unit.id)
        person_id = next((known[key] for key in keys if key in known), None)
        if person_id is None:
            person_id = ids()
            person = {"id": person_id, "name": row.name, "phone": row.phone, "created_at": now}
            new.append(person)
        elif row.phone and keys[0] not in known:
            phones.append({"id": person_id, "phone": row.phone})
        known[keys[0]] = person_id
        posts.append(_Post(person_id, row.name, unit, row.role, row.rank))
    await insert_many(tx, persons, new)
    await update_many(tx, persons, phones)
    held = [
        {"id": ids(), "person_id": post.person_id, "unit_id": post.unit.id, "role": post.role,
         "rank": post.rank, "since": now, "until": None}
        for post in posts
    ]  # fmt: skip
    await insert_many(
        tx, memberships, held, update=("rank", "until"), key=("person_id", "unit_id", "role")
    )
    return len(new), posts


def _keys_of(name: str, phone: str | None, unit_id: int) -> list[tuple[Any, ...]]:
    """What a person is known by: the phone, which nobody shares; without one, name and unit.

    Somebody known without a phone so far is the same when name and unit are.
    """
    called = (plain(name), unit_id)
    return [("phone", phone), ("without phone", *called)] if phone else [("name", *called)]


async def _known_people(
    tx: AsyncConnection, unit_ids: Sequence[int], rows: Sequence[SheetPerson]
) -> dict[tuple[Any, ...], int]:
    phones = sorted({row.phone for row in rows if row.phone})
    found: dict[tuple[Any, ...], int] = {}
    members = await tx.execute(
        select(persons.c.id, persons.c.name, persons.c.phone, memberships.c.unit_id)
        .join(memberships, memberships.c.person_id == persons.c.id)
        .where(memberships.c.unit_id.in_(sorted(set(unit_ids))), _standing())
    )
    for row in members:
        found[("name", plain(row.name), row.unit_id)] = row.id
        if row.phone is None:
            found[("without phone", plain(row.name), row.unit_id)] = row.id
    with_phone = await tx.execute(
        select(persons.c.id, persons.c.phone).where(persons.c.phone.in_(phones), _standing())
    )
    return found | {("phone", row.phone): row.id for row in with_phone}


def _standing() -> Any:
    return persons.c.merged_into.is_(None) & persons.c.erased_at.is_(None)


# --- invites ---------------------------------------------------------------------------------


async def _slips(
    tx: AsyncConnection,
    posts: Sequence[_Post],
    *,
    now: datetime,
    ids: NewId,
    made_by: int | None,
    rng: Chooser | None,
) -> tuple[Slip, ...]:
    first = {post.person_id: post for post in reversed(posts)}  # one slip a person: the first row
    people = sorted(first)
    here = set(
        await tx.scalars(select(accounts.c.person_id).where(accounts.c.person_id.in_(people)))
    )
    waiting = await _unused(tx, people, now)
    missing = [person for person in people if person not in here and person not in waiting]
    for person in missing:
        post = first[person]
        invite = await make(
            tx,
            unit_id=post.unit.id,
            role=Role(post.role),
            rank=post.rank,
            person_id=person,
            name=post.name,
            expires_at=now + INVITE_LIFE,
            by=made_by,
            now=now,
            ids=ids,
            rng=rng,
        )
        waiting[person] = invite.code
    order = dict.fromkeys(post.person_id for post in posts)
    return tuple(
        Slip(person, post.name, post.unit.name, post.role, waiting[person])
        for person in order
        for post in (first[person],)
        if person in waiting and person not in here
    )


async def _unused(tx: AsyncConnection, people: Sequence[int], now: datetime) -> dict[int, str]:
    rows = await tx.execute(
        select(invites.c.person_id, invites.c.code)
        .where(
            invites.c.person_id.in_(people),
            invites.c.kind == "invite",
            invites.c.uses_left > 0,
            or_(invites.c.expires_at.is_(None), invites.c.expires_at > now),
        )
        .order_by(invites.c.made_at)
    )
    return {row.person_id: row.code for row in rows}
