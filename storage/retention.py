"""What is thrown away in time: messages that were worked on, and what would lead to a sealed reporter.

Everything goes in small batches, each a transaction of its own, so that nobody waits for
the broom. What is still to be done, held, in quarantine, or failed for somebody to look at stays.
Who reported a case unnamed, and when, must not be read off the messages either
(docs/decisions/0009-retention.md).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta

from sqlalchemy import (
    ColumnElement,
    and_,
    case,
    delete,
    exists,
    func,
    literal_column,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from plans.calendar import local_time, moment_on
from storage.ids import SEQUENCE_BITS, WORKER_BITS, first_of
from storage.inbox import Key
from storage.tables import accounts, inbox, outbox

AT_ONCE = 500
"""Rows of one batch: a few milliseconds of the one writer that SQLite has."""

LEAST_KEPT = timedelta(days=3)
"""Channels deliver a message again for up to a day; its key is kept well beyond that."""

SEALED = "sealed:"
"""A reply whose slot begins so is deleted soon after it was carried."""

_SEALED: ColumnElement[bool] = and_(
    outbox.c.slot >= literal_column("'sealed:'"), outbox.c.slot < literal_column("'sealed;'")
)
"""As literals, so that the planner may use the index over these few rows."""

_CLOCKS_APART = 60_000 << WORKER_BITS + SEQUENCE_BITS
"""A minute of ids: the clocks of two machines that share a database are no further apart."""

_OVER = ("sent", "failed", "unknown", "dropped")


async def prune_inbox(tx: AsyncConnection, before: datetime, *, limit: int = AT_ONCE) -> int:
    """Delete messages worked on that came before `before`; returns how many, fewer than `limit` at the end."""
    key = (inbox.c.channel, inbox.c.account, inbox.c.message_id)
    oldest = (
        select(*key)
        .where(inbox.c.received_at < before, inbox.c.state == literal_column("'done'"))
        .order_by(inbox.c.received_at)
        .limit(limit)
    )
    done = await tx.execute(delete(inbox).where(tuple_(*key).in_(oldest)))
    return done.rowcount


async def prune_outbox(tx: AsyncConnection, before: datetime, *, limit: int = AT_ONCE) -> int:
    """Delete messages that were carried, or no longer true, and made before `before`; returns how many."""
    oldest = (
        select(outbox.c.id)
        .where(
            outbox.c.id < first_of(before),  # the key is in the order of time, made_at has no index
            outbox.c.made_at < before,
            outbox.c.state.in_(("sent", "dropped")),
        )
        .order_by(outbox.c.id)
        .limit(limit)
    )
    done = await tx.execute(delete(outbox).where(outbox.c.id.in_(oldest)))
    return done.rowcount


async def unsay(
    tx: AsyncConnection,
    person_id: int,
    *,
    since: datetime,
    first_id: int,
    working_on: Iterable[Key] = (),
) -> None:
    """A form that ended sealed: its words go at once, the answers to it once they were carried.

    Of a message its key stays, so that a copy is still known, and the day it came: the
    minute would say which case it was.

    Args:
        since: when the form was opened; everything of this person from then on is taken for its words.
        first_id: an id made before the answers were, that of the form: they are found by their key,
            which is in the order of time.
        working_on: messages of this very transaction that are not marked done yet.
    """
    of_person = exists().where(
        accounts.c.person_id == person_id,
        accounts.c.channel == inbox.c.channel,
        accounts.c.account == inbox.c.account,
        accounts.c.address == inbox.c.sender,
    )
    in_work = [
        and_(inbox.c.channel == channel, inbox.c.account == account, inbox.c.message_id == message)
        for channel, account, message in working_on
    ]
    day = moment_on(local_time(since).date(), time(0))
    await tx.execute(
        update(inbox)
        .where(
            inbox.c.received_at >= since,
            or_(inbox.c.state == literal_column("'done'"), *in_work),
            of_person,
        )
        .values(body="", received_at=day)
    )
    await tx.execute(
        update(outbox)
        .where(
            outbox.c.id >= first_id - _CLOCKS_APART,
            outbox.c.person_id == person_id,
            outbox.c.purpose == "reply",
            outbox.c.made_at >= since,
        )
        .values(slot=SEALED)
    )


async def fade(tx: AsyncConnection, *, before: datetime, limit: int = AT_ONCE) -> int:
    """Delete sealed answers that were carried, or given up, before `before`; returns how many."""
    ended_at = func.coalesce(
        outbox.c.sent_at,
        case((outbox.c.not_before > outbox.c.made_at, outbox.c.not_before), else_=outbox.c.made_at),
    )
    gone = (
        select(outbox.c.id)
        .where(_SEALED, outbox.c.state.in_(_OVER), ended_at < before)
        .order_by(outbox.c.id)
        .limit(limit)
    )
    done = await tx.execute(delete(outbox).where(outbox.c.id.in_(gone)))
    return done.rowcount
