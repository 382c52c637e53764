"""Codes that tie a chat to a person and a role, or one more chat to the same person.

A code is eight letters, shown as "HD7K-3F9Q". Guessing is stopped by counting wrong codes in
each chat; 31**8 codes and `MOST_WRONG` tries in `WRONG_WINDOW` leave nothing to try for.
"""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta
from typing import Literal

import msgspec
from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.access import Role
from storage.bulk import insert_many
from storage.ids import Chooser, NewId, short_code
from storage.tables import code_tries, invites

CODE_LENGTH = 8
LINK_LASTS = timedelta(minutes=15)
"""A link code is made in one chat and typed in the other at once."""

MOST_WRONG = 8
WRONG_WINDOW = timedelta(minutes=30)

# what a Telex keyboard made of two keys, taken apart again: codes are typed on phones that have it on
_CIRCUMFLEX = "\u0302"  # the letter itself once more
_TELEX = {
    "\u0306": "W",
    "\u031b": "W",
    "\u0301": "S",
    "\u0300": "F",
    "\u0309": "R",
    "\u0303": "X",
    "\u0323": "J",
}


class TooManyTries(Exception):
    """Too many wrong codes came from this chat; it may try again after a while."""


class Invite(msgspec.Struct, frozen=True, kw_only=True):
    """What a code is good for: a role in a unit (`invite`) or another chat of `person_id` (`link`)."""

    id: int
    code: str
    kind: Literal["invite", "link"]
    unit_id: int | None
    role: str | None
    rank: int
    person_id: int | None
    name: str
    uses_left: int
    expires_at: datetime | None

    @property
    def shown(self) -> str:
        """The code as people read it: "HD7K-3F9Q"."""
        return f"{self.code[:4]}-{self.code[4:]}"


_FIELDS = [invites.c[name] for name in Invite.__struct_fields__]


def folded(words: str) -> str:
    """The code in what a person typed: " hd7k-3f9q " is "HD7K3F9Q", also from a Telex keyboard."""
    made: list[str] = []
    letter = 0
    for each in unicodedata.normalize("NFD", words):
        if each in "đĐ":
            made.append("DD")
        elif each.isalnum():
            letter = len(made)
            made.append(each.upper())
        elif each in _TELEX and made:
            made.append(_TELEX[each])
        elif each == _CIRCUMFLEX and made:
            made[letter] *= 2
    return "".join(made)


async def make(
    tx: AsyncConnection,
    *,
    unit_id: int,
    role: Role,
    rank: int = 1,
    person_id: int | None = None,
    name: str = "",
    uses: int = 1,
    expires_at: datetime | None = None,
    by: int | None,
    now: datetime,
    ids: NewId,
    rng: Chooser | None = None,
) -> Invite:
    """Make a code for a role in a unit.

    Args:
        person_id: the person invited, when they are in the books already.
        name: what to call them, when they are not.
        uses: how many people may use it; 1 for a named person.

    Raises:
        ValueError: not a role that is given out, or no use at all.
    """
    if role is Role.CITIZEN or uses < 1:
        raise ValueError("a code gives a role other than citizen, at least once")
    invite = Invite(
        id=ids(),
        code=short_code(rng, CODE_LENGTH),
        kind="invite",
        unit_id=unit_id,
        role=role.value,
        rank=rank,
        person_id=person_id,
        name=name,
        uses_left=uses,
        expires_at=expires_at,
    )
    await _keep(tx, invite, by, now)
    return invite


async def make_link(
    tx: AsyncConnection,
    person_id: int,
    *,
    now: datetime,
    ids: NewId,
    rng: Chooser | None = None,
) -> Invite:
    """Make a code by which this person joins a chat on another channel; it lasts `LINK_LASTS`."""
    invite = Invite(
        id=ids(),
        code=short_code(rng, CODE_LENGTH),
        kind="link",
        unit_id=None,
        role=None,
        rank=1,
        person_id=person_id,
        name="",
        uses_left=1,
        expires_at=now + LINK_LASTS,
    )
    await _keep(tx, invite, person_id, now)
    return invite


async def _keep(tx: AsyncConnection, invite: Invite, by: int | None, now: datetime) -> None:
    row = msgspec.structs.asdict(invite) | {"made_by": by, "made_at": now}
    await insert_many(tx, invites, [row])


async def find(
    tx: AsyncConnection, code: str, *, channel: str, account: str, address: str, now: datetime
) -> Invite | None:
    """What the typed code is good for; None when it is wrong, used up or too old.

    Wrong ones are counted for the chat, in `tx`, which must therefore be committed; a right one
    starts the count anew.

    Raises:
        TooManyTries: `MOST_WRONG` wrong codes came from this chat within `WRONG_WINDOW`.
    """
    chat = (
        (code_tries.c.channel == channel)
        & (code_tries.c.account == account)
        & (code_tries.c.address == address)
    )
    row = (await tx.execute(select(code_tries).where(chat))).one_or_none()
    fresh = row is None or now - row.since >= WRONG_WINDOW
    wrong = 0 if fresh or row is None else row.wrong
    if wrong >= MOST_WRONG:
        raise TooManyTries
    found = await _valid(tx, folded(code), now)
    if found is not None:
        await tx.execute(delete(code_tries).where(chat))
        return found
    tries = {"channel": channel, "account": account, "address": address, "wrong": wrong + 1}
    tries["since"] = now if fresh or row is None else row.since
    await insert_many(tx, code_tries, [tries], update=("wrong", "since"))
    return None


async def _valid(tx: AsyncConnection, code: str, now: datetime) -> Invite | None:
    statement = select(*_FIELDS).where(invites.c.code == code, *_usable(now))
    row = (await tx.execute(statement)).one_or_none()
    return None if row is None else Invite(**row._mapping)


async def use(tx: AsyncConnection, code: str, *, now: datetime) -> Invite | None:
    """Use the code up by one; None when that is no longer possible. Two users of the last use get it once."""
    used = await tx.execute(
        update(invites)
        .where(invites.c.code == folded(code), *_usable(now))
        .values(uses_left=invites.c.uses_left - 1, used_at=now)
        .returning(*_FIELDS)
    )
    row = used.one_or_none()
    return None if row is None else Invite(**row._mapping)


def _usable(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        invites.c.uses_left > 0,
        or_(invites.c.expires_at.is_(None), invites.c.expires_at > now),
    )


async def open_for_unit(tx: AsyncConnection, unit_id: int, *, now: datetime) -> list[Invite]:
    """The codes of this unit that can still be used, newest first."""
    rows = await tx.execute(
        select(*_FIELDS)
        .where(invites.c.unit_id == unit_id, *_usable(now))
        .order_by(invites.c.made_at.desc(), invites.c.id.desc())
    )
    return [Invite(**row._mapping) for row in rows]


async def withdraw(tx: AsyncConnection, invite_id: int) -> None:
    """Make a code useless (it was sent to the wrong person)."""
    await tx.execute(update(invites).where(invites.c.id == invite_id).values(uses_left=0))
