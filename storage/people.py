"""Who writes to us: persons, their chats on each channel, and their roles in units.

One person may have several accounts (one on each channel, or more). A stranger becomes a
person without a name or role by writing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    String,
    and_,
    bindparam,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import direct
from storage.bulk import delete_many, insert_many, insert_new, key_params, key_table, update_many
from storage.columns import UtcDateTime
from storage.groups import GroupRow, group_unit, groups_of, move_group, register_group
from storage.ids import NewId
from storage.merging import erase, merge
from storage.sessions import PRIVATE, SessionRow
from storage.tables import accounts, memberships, persons, sessions, units

__all__ = [
    "AccountRow",
    "Address",
    "Arrival",
    "GroupRow",
    "Known",
    "MembershipRow",
    "accounts_of",
    "arrive",
    "describe",
    "end_role",
    "erase",
    "give_role",
    "group_unit",
    "groups_of",
    "mark_blocked",
    "memberships_of",
    "merge",
    "move_group",
    "register_group",
]

Address = tuple[str, str, str]
"""Channel, our account there, the person's id there."""

SEEN_EVERY = timedelta(minutes=5)
"""How stale `last_in_at` may be: windows are counted in hours, and each write costs."""

_ADDRESS = ("channel", "account", "address")


class Arrival(msgspec.Struct, frozen=True):
    """Somebody wrote: where from, and what the channel calls them."""

    channel: str
    account: str
    address: str
    name: str = ""

    @property
    def key(self) -> Address:
        """Which account it is."""
        return (self.channel, self.account, self.address)


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """The person behind an address, with the form they have open in private.

    `blocked`: they had blocked us before this arrival. `new`: they never wrote here before.
    """

    account_id: int
    person_id: int
    name: str
    blocked: bool
    session: SessionRow | None = None
    new: bool = False


class MembershipRow(msgspec.Struct, frozen=True):
    """A role of a person in a unit. Rank 1 is asked first, 2 is the second person."""

    unit_id: int
    unit_name: str
    unit_path: str
    pack_key: str | None
    kind: str
    commune_id: int
    role: str
    rank: int


class AccountRow(msgspec.Struct, frozen=True, kw_only=True):
    """One chat of a person on one channel."""

    id: int
    channel: str
    account: str
    address: str
    person_id: int
    name: str
    created_at: datetime
    last_in_at: datetime | None
    blocked_at: datetime | None


async def arrive(
    tx: AsyncConnection, arrivals: Sequence[Arrival], *, now: datetime, ids: NewId
) -> dict[Address, Known]:
    """Who these arrivals are, strangers made known, with the forms they have open in private.

    On PostgreSQL the persons are locked until `tx` ends, in the order of their ids, so that
    another process with messages of the same person waits and then sees what this one did.
    `last_in_at` is written when older than `SEEN_EVERY`; who writes is no longer blocked.
    """
    names = {arrival.key: arrival.name for arrival in arrivals}
    if not names:
        return {}
    found = await _look_up(tx, sorted(names))
    strangers = [key for key in names if key not in found]
    if strangers:
        made = await _make(tx, strangers, names, now=now, ids=ids)
        lost = [key for key in strangers if key not in made]
        # another process made these in the meantime
        found |= made | (await _look_up(tx, sorted(lost)) if lost else {})
    await _seen(tx, found, names, now)
    return {key: known for key, (known, _) in found.items()}


_Found = dict[Address, tuple[Known, datetime | None]]
"""With the stored `last_in_at`."""


async def _look_up(tx: AsyncConnection, keys: list[Address]) -> _Found:
    if tx.dialect.name != "postgresql":
        return await _look_up_unlocked(tx, keys)
    statement = _lookup_statement(tx.dialect.name)
    params = key_params(tx, [accounts.c[name] for name in _ADDRESS], keys)
    while True:
        locked = set(await tx.scalars(_lock_statement(), params))
        # only now: what was read before the lock was granted may be stale
        rows = (await tx.execute(statement, params)).all()
        if {row.person_id for row in rows} <= locked:
            return dict(_found(*row) for row in rows)
        # an account changed hands by a merge while we waited


async def _look_up_unlocked(tx: AsyncConnection, keys: list[Address]) -> _Found:
    """As `_look_up`, where nobody else writes: one of our accounts after the other, mostly there is one."""
    found: _Found = {}
    for (channel, account), of_one in groupby(keys, key=itemgetter(0, 1)):
        addresses = [(address,) for _, _, address in of_one]
        params = key_params(tx, [accounts.c.address], addresses)
        params |= {"on_channel": channel, "of_account": account}
        for row in await direct.rows(tx, _lookup_of_account(tx.dialect.name), params):
            key, known = _found(*row)
            found[key] = known
    return found


def _found(
    channel: str,
    account: str,
    address: str,
    account_id: int,
    person_id: int,
    account_name: str,
    last_in_at: datetime | None,
    blocked_at: datetime | None,
    person_name: str,
    session_id: int | None,
    *session: Any,
) -> tuple[Address, tuple[Known, datetime | None]]:
    """One row of `_lookup_statement`, its columns in order: reading them by name is slow."""
    known = Known(
        account_id=account_id,
        person_id=person_id,
        name=person_name or account_name,
        blocked=blocked_at is not None,
        session=None if session_id is None else _session(person_id, session_id, *session),
    )
    return (channel, account, address), (known, last_in_at)


def _session(
    person_id: int,
    session_id: int,
    flow: str,
    answers: str,
    asked: str,
    subject: str,
    opened_at: datetime,
    updated_at: datetime,
) -> SessionRow:
    return SessionRow(
        person_id=person_id,
        room=PRIVATE,
        id=session_id,
        flow=flow,
        answers=answers,
        asked=asked,
        subject=subject,
        opened_at=opened_at,
        updated_at=updated_at,
    )


@lru_cache(maxsize=2)
def _lookup_statement(dialect_name: str) -> Select[Any]:
    columns = [accounts.c[name] for name in _ADDRESS]
    keys = key_table(dialect_name, columns)
    same = [keys.c[column.name] == column for column in columns]
    return _who_and_form(keys.join(accounts, and_(*same)))


@lru_cache(maxsize=1)
def _lookup_of_account(dialect_name: str) -> Select[Any]:
    keys = key_table(dialect_name, [accounts.c.address])
    # IN, not a join: SQLite would first take all rows of the account
    return _who_and_form(accounts).where(
        accounts.c.channel == bindparam("on_channel", type_=String()),
        accounts.c.account == bindparam("of_account", type_=String()),
        accounts.c.address.in_(select(keys.c.address)),
    )


def _who_and_form(found: FromClause) -> Select[Any]:
    session = [
        sessions.c[name]
        for name in ("flow", "answers", "asked", "subject", "opened_at", "updated_at")
    ]
    return (
        select(
            *(accounts.c[name] for name in _ADDRESS),
            accounts.c.id.label("account_id"),
            accounts.c.person_id,
            accounts.c.name.label("account_name"),
            accounts.c.last_in_at,
            accounts.c.blocked_at,
            persons.c.name.label("person_name"),
            sessions.c.id.label("session_id"),
            *session,
        )
        .select_from(found)
        .join(persons, persons.c.id == accounts.c.person_id)
        .outerjoin(sessions, and_(sessions.c.person_id == persons.c.id, sessions.c.room == PRIVATE))
    )


@lru_cache(maxsize=1)
def _lock_statement() -> Select[Any]:
    columns = [accounts.c[name] for name in _ADDRESS]
    keys = key_table("postgresql", columns)
    same = [keys.c[column.name] == column for column in columns]
    owners = select(accounts.c.person_id).select_from(keys).join(accounts, and_(*same))
    # NO KEY: rows that refer to a person may still be added by others
    return (
        select(persons.c.id)
        .where(persons.c.id.in_(owners))
        .order_by(persons.c.id)
        .with_for_update(key_share=True)
    )


async def _make(
    tx: AsyncConnection,
    strangers: list[Address],
    names: dict[Address, str],
    *,
    now: datetime,
    ids: NewId,
) -> _Found:
    people = [{"id": ids(), "created_at": now} for _ in strangers]
    await insert_many(tx, persons, people)
    rows: list[dict[str, Any]] = [
        {
            "id": ids(),
            "channel": channel,
            "account": account,
            "address": address,
            "person_id": person["id"],
            "name": names[channel, account, address],
            "created_at": now,
            "last_in_at": now,
        }
        for (channel, account, address), person in zip(strangers, people, strict=True)
    ]
    new = await insert_new(tx, accounts, rows, key=_ADDRESS)
    kept = {row["person_id"] for row in new}
    await delete_many(
        tx, persons, ("id",), [(person["id"],) for person in people if person["id"] not in kept]
    )
    return {
        (row["channel"], row["account"], row["address"]): (
            Known(
                account_id=row["id"],
                person_id=row["person_id"],
                name=row["name"],
                blocked=False,
                new=True,
            ),
            now,
        )
        for row in new
    }


async def _seen(
    tx: AsyncConnection, found: _Found, names: dict[Address, str], now: datetime
) -> None:
    changes = []
    for key, (known, last_in_at) in found.items():
        stale = last_in_at is None or now - last_in_at >= SEEN_EVERY
        if stale or known.blocked:
            changes.append({"id": known.account_id, "last_in_at": now, "blocked_at": None})
            if names[key]:
                changes[-1]["name"] = names[key]
    # one statement for each set of columns
    await update_many(tx, accounts, [row for row in changes if "name" in row])
    await update_many(tx, accounts, [row for row in changes if "name" not in row])


async def memberships_of(
    tx: AsyncConnection, person_ids: Iterable[int], *, now: datetime | None = None
) -> dict[int, tuple[MembershipRow, ...]]:
    """The roles these persons have, first rank first; persons without any are left out.

    Roles with an end are left out, unless `now` is given and lies before it.
    """
    wanted = [(each,) for each in sorted(set(person_ids))]
    if not wanted:
        return {}
    statement = _memberships_statement(tx.dialect.name, now is not None)
    params = key_params(tx, [memberships.c.person_id], wanted)
    if now is not None:
        params["now"] = now
    found: dict[int, list[MembershipRow]] = {}
    for person_id, *row in await direct.rows(tx, statement, params):
        found.setdefault(person_id, []).append(MembershipRow(*row))
    return {person_id: tuple(rows) for person_id, rows in found.items()}


@lru_cache(maxsize=4)
def _memberships_statement(dialect_name: str, at_some_time: bool) -> Select[Any]:
    keys = key_table(dialect_name, [memberships.c.person_id])
    lasts: ColumnElement[bool] = memberships.c.until.is_(None)
    if at_some_time:
        lasts = or_(lasts, memberships.c.until > bindparam("now", type_=UtcDateTime))
    return (
        select(
            memberships.c.person_id,
            memberships.c.unit_id,
            units.c.name.label("unit_name"),
            units.c.path.label("unit_path"),
            units.c.pack_key,
            units.c.kind,
            units.c.commune_id,
            memberships.c.role,
            memberships.c.rank,
        )
        .select_from(keys)
        .join(memberships, memberships.c.person_id == keys.c.person_id)
        .join(units, units.c.id == memberships.c.unit_id)
        .where(lasts)
        .order_by(memberships.c.rank, memberships.c.id)
    )


async def accounts_of(
    tx: AsyncConnection, person_ids: Iterable[int]
) -> dict[int, tuple[AccountRow, ...]]:
    """The chats of these persons, the one used last first, blocked ones among them."""
    wanted = [(each,) for each in sorted(set(person_ids))]
    if not wanted:
        return {}
    params = key_params(tx, [accounts.c.person_id], wanted)
    found: dict[int, list[AccountRow]] = {}
    for row in await direct.rows(tx, _chats_statement(tx.dialect.name), params):
        chat = AccountRow(**dict(zip(AccountRow.__struct_fields__, row, strict=True)))
        found.setdefault(chat.person_id, []).append(chat)
    return {person_id: tuple(chats) for person_id, chats in found.items()}


@lru_cache(maxsize=2)
def _chats_statement(dialect_name: str) -> Select[Any]:
    keys = key_table(dialect_name, [accounts.c.person_id])
    return (
        select(*(accounts.c[name] for name in AccountRow.__struct_fields__))
        .select_from(keys)
        .join(accounts, accounts.c.person_id == keys.c.person_id)
        .order_by(
            func.coalesce(accounts.c.last_in_at, accounts.c.created_at).desc(), accounts.c.id.desc()
        )
    )


async def mark_blocked(tx: AsyncConnection, addresses: Iterable[Address], *, now: datetime) -> None:
    """These people blocked us or left: nothing is sent there until they write again."""
    rows = [
        dict(zip(_ADDRESS, address, strict=True)) | {"blocked_at": now}
        for address in set(addresses)
    ]
    await update_many(tx, accounts, rows, by=_ADDRESS)


async def give_role(
    tx: AsyncConnection,
    person_id: int,
    unit_id: int,
    role: str,
    *,
    rank: int = 1,
    now: datetime,
    ids: NewId,
) -> None:
    """Give the person this role in this unit from now on; a role that had ended begins again."""
    row = {"id": ids(), "person_id": person_id, "unit_id": unit_id, "role": role}
    row |= {"rank": rank, "since": now, "until": None}
    await insert_many(
        tx,
        memberships,
        [row],
        update=("rank", "until"),
        key=("person_id", "unit_id", "role"),
    )


async def end_role(
    tx: AsyncConnection, person_id: int, unit_id: int, role: str, *, now: datetime
) -> bool:
    """End a role now; False when the person did not have it."""
    ended = await tx.execute(
        update(memberships)
        .where(
            memberships.c.person_id == person_id,
            memberships.c.unit_id == unit_id,
            memberships.c.role == role,
            or_(memberships.c.until.is_(None), memberships.c.until > now),
        )
        .values(until=now)
    )
    return ended.rowcount > 0


async def describe(
    tx: AsyncConnection,
    person_id: int,
    *,
    name: str | None = None,
    phone: str | None = None,
    consented_at: datetime | None = None,
) -> None:
    """Write what the person told about themselves; what is None stays as it was."""
    given = {"name": name, "phone": phone, "consented_at": consented_at}
    values = {column: value for column, value in given.items() if value is not None}
    if values:
        await tx.execute(update(persons).where(persons.c.id == person_id).values(values))
