"""What officials see of the channels: messages that did not simply arrive, and how our accounts fare.

Only people who hold a role below the official's units are named, and never for word of a case:
that somebody hears of a case says that they may have reported it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import memberships, outbox, persons, units, window_choices, zalo_accounts
from storage.units import within
from storage.zalo import AccountFacts

STUCK = ("held", "unknown", "failed")
"""Held: waits for the person's next word. Unknown: nobody knows whether it arrived. Failed: it never will."""


NAMED = ("nudge", "broadcast", "reply")
"""Purposes whose messages may be shown with a name."""


class StuckMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message of ours that has not arrived, as far as we know. `error` begins with a code.

    `told_phone` is the number the person gave for this very purpose, None when they gave none.
    """

    person_id: int
    name: str
    told_phone: str | None
    channel: str
    purpose: str
    state: str
    error: str
    made_at: datetime


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """What was chosen for a message that could not simply go. `price_vnd` is what it cost."""

    person_id: int
    name: str
    channel: str
    choice: str
    why: str
    price_vnd: int
    decided_at: datetime
    state: str


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """An account of ours on Zalo, and its facts."""

    channel: str
    account: str
    facts: AccountFacts


async def stuck(
    tx: AsyncConnection, roots: Sequence[str], *, since: datetime, now: datetime, limit: int = 100
) -> list[StuckMessage]:
    """Messages made after `since` for people below these units that have not arrived, newest first."""
    if not roots:
        return []
    names = ("person_id", "channel", "purpose", "state", "made_at")
    rows = await tx.execute(
        select(
            *(outbox.c[name] for name in names),
            func.coalesce(outbox.c.error, "").label("error"),
            persons.c.name,
            persons.c.told_phone,
        )
        .join(persons, persons.c.id == outbox.c.person_id)
        .where(
            outbox.c.person_id.in_(_people_below(roots, now)),
            outbox.c.made_at >= since,
            outbox.c.state.in_(STUCK),
            outbox.c.purpose.in_(NAMED),
        )
        .order_by(outbox.c.made_at.desc(), outbox.c.id.desc())
        .limit(limit)
    )
    return [StuckMessage(**row._mapping) for row in rows]


async def chosen(
    tx: AsyncConnection, roots: Sequence[str], *, since: datetime, now: datetime, limit: int = 100
) -> list[Chosen]:
    """What was chosen since then for messages to people below these units, newest first."""
    if not roots:
        return []
    names = ("channel", "choice", "why", "price_vnd", "decided_at")
    rows = await tx.execute(
        select(
            *(window_choices.c[name] for name in names),
            outbox.c.person_id,
            outbox.c.state,
            persons.c.name,
        )
        .join(outbox, outbox.c.id == window_choices.c.outbox_id)
        .join(persons, persons.c.id == outbox.c.person_id)
        .where(
            window_choices.c.decided_at >= since,
            outbox.c.purpose.in_(NAMED),
            outbox.c.person_id.in_(_people_below(roots, now)),
        )
        .order_by(window_choices.c.decided_at.desc(), window_choices.c.outbox_id.desc())
        .limit(limit)
    )
    return [Chosen(**row._mapping) for row in rows]


async def totals(tx: AsyncConnection, *, since: datetime) -> dict[str, tuple[int, int]]:
    """By choice: how many messages of the whole installation since then, and what they cost in đồng."""
    rows = await tx.execute(
        select(
            window_choices.c.choice,
            func.count(),
            func.coalesce(func.sum(window_choices.c.price_vnd), 0),
        )
        .where(window_choices.c.decided_at >= since)
        .group_by(window_choices.c.choice)
    )
    return {choice: (number, int(vnd)) for choice, number, vnd in rows}


async def our_accounts(tx: AsyncConnection) -> list[Account]:
    """Our accounts on Zalo that ever heard or were named, by channel."""
    names = AccountFacts.__struct_fields__
    rows = await tx.execute(
        select(zalo_accounts).order_by(zalo_accounts.c.channel, zalo_accounts.c.account)
    )
    return [
        Account(
            channel=row.channel,
            account=row.account,
            facts=AccountFacts(**{name: row._mapping[name] for name in names}),
        )
        for row in rows
    ]


def _people_below(roots: Sequence[str], now: datetime) -> Select[tuple[int]]:
    return (
        select(memberships.c.person_id)
        .join(units, units.c.id == memberships.c.unit_id)
        .where(
            or_(*(within(units.c.path, root) for root in roots)),
            or_(memberships.c.until.is_(None), memberships.c.until > now),
        )
    )
