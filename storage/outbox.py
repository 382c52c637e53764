"""What is to be sent: rows written beside what they speak of, sent after the commit, never twice.

waiting → sending → sent; or from sending to failed, unknown (the answer was lost), held (the
person has been silent too long) and back to waiting (try later). `sending` is committed
before the channel is called, so a process that dies leaves `unknown` behind, never a copy
(docs/decisions, performance.md §2.2).

One chat has at most one row in flight. Within a chat rows go by priority, then by age.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache

import msgspec
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Update,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import direct
from storage.bulk import insert_many, key_params, key_table, update_many
from storage.columns import UtcDateTime
from storage.lanes import (
    Pace,
    account_free_at,
    allowed,
    close_chats,
    first_opening,
    lock_account,
    spend,
)
from storage.lanes import hold as hold_lane
from storage.outbox_heads import (
    COLUMNS,
    NO_ANSWER,
    PRIORITIES,
    SENDING,
    WAITING,
    heads,
    in_order,
    priorities_due,
    row_of,
)
from storage.outbox_heads import PRIORITY as PRIORITY
from storage.outbox_heads import OutboxRow as OutboxRow
from storage.outbox_heads import Purpose as Purpose
from storage.outbox_heads import State as State
from storage.tables import lanes, outbox

_SLOT = ("channel", "account", "chat", "slot")


async def put(tx: AsyncConnection, rows: Sequence[OutboxRow]) -> None:
    """Keep `rows` to be sent. A row with a slot takes the place of a waiting one of the same chat.

    Ring `notify(tx, "outbox")` in the same transaction to have them sent at once.

    Raises:
        ValueError: a priority that is not one of `PRIORITY`; such a row would never be sent.
    """
    for row in rows:
        if row.priority not in PRIORITIES:
            raise ValueError(f"priority {row.priority} is none of {sorted(PRIORITIES)}")
    newest = {_slot(row): row.id for row in rows if row.slot}
    if newest:
        await _drop_slots(tx, sorted(newest))
        rows = [row for row in rows if not row.slot or newest[_slot(row)] == row.id]
    await insert_many(tx, outbox, rows)


def _slot(row: OutboxRow) -> tuple[str, str, str, str]:
    return (row.channel, row.account, row.chat, row.slot)


async def _drop_slots(tx: AsyncConnection, slots: Sequence[tuple[str, str, str, str]]) -> None:
    columns = [outbox.c[name] for name in _SLOT]
    keys = key_table(tx.dialect.name, columns)
    replaced = (
        select(outbox.c.id)
        .select_from(keys)
        .join(outbox, and_(*(keys.c[column.name] == column for column in columns)))
        .where(WAITING, outbox.c.slot != literal_column("''"))
    )
    await tx.execute(
        update(outbox).where(outbox.c.id.in_(replaced), WAITING).values(state="dropped"),
        key_params(tx, columns, slots),
    )


async def drop_slot(tx: AsyncConnection, channel: str, account: str, chat: str, slot: str) -> None:
    """What waits in this slot of this chat is no longer true."""
    await _drop_slots(tx, [(channel, account, chat, slot)])


# --- sending -----------------------------------------------------------------------------------


async def claim(
    tx: AsyncConnection,
    channel: str,
    account: str,
    *,
    now: datetime,
    limit: int,
    lease_s: float,
    pace: Pace | None = None,
) -> list[OutboxRow]:
    """Mark at most `limit` rows as being sent, at most one a chat; commit before sending them.

    Rows whose lease ran out become `unknown` first. On PostgreSQL one process at a time
    claims for an account; another gets nothing and asks again.

    Args:
        lease_s: longer than the channel may take to answer; after it the outcome counts as unknown.
        pace: the channel's limits; rows beyond them wait. See `next_due` for how long.
    """
    free_at = await lock_account(tx, channel, account, now=now)
    if free_at is None:
        return []
    await recover(tx, channel, account, now=now)
    limit = min(limit, allowed(free_at, now=now, pace=pace))
    rows = await heads(tx, channel, account, now=now, limit=limit)
    if not rows:
        return []
    until = now + timedelta(seconds=lease_s)
    claimed = [
        msgspec.structs.replace(
            row, state="sending", claimed_until=until, attempts=row.attempts + 1
        )
        for row in rows
    ]
    await update_many(
        tx,
        outbox,
        [
            {"id": row.id, "state": "sending", "claimed_until": until, "attempts": row.attempts}
            for row in claimed
        ],
    )
    if pace is not None:
        await spend(tx, channel, account, free_at=free_at, now=now, pace=pace, sent=len(rows))
        chats = [(row.chat, pace.group_gap_s if row.group else pace.chat_gap_s) for row in rows]
        await close_chats(tx, channel, account, chats, now=now)
    return claimed


async def next_due(
    tx: AsyncConnection, channel: str, account: str, *, now: datetime
) -> datetime | None:
    """When to claim again at the latest, None when nothing waits and nothing is in flight.

    The earliest time at which a waiting row, its chat and the account are all free, or the lease
    of a row in flight ends.
    """
    at = max(await account_free_at(tx, channel, account) or now, now)
    params = {"on_channel": channel, "of_account": account, "now": at, "most": 1}
    for priority in await priorities_due(tx, channel, account, now=at):
        if await direct.rows(tx, in_order(behind_nobody=False), params | {"level": priority}):
            return at
    first_of_each = [
        select(func.min(outbox.c.not_before).label("at")).where(
            WAITING,
            outbox.c.channel == channel,
            outbox.c.account == account,
            outbox.c.priority == priority,
            outbox.c.not_before > at,
        )
        for priority in PRIORITY.values()
    ]
    times = list(await tx.scalars(union_all(*first_of_each)))
    someone_waits = (
        select(outbox.c.id)
        .where(
            WAITING,
            outbox.c.channel == channel,
            outbox.c.account == account,
            outbox.c.chat == lanes.c.chat,
        )
        .exists()
    )
    times.append(await first_opening(tx, channel, account, after=at, wanted=someone_waits))
    times.append(await _first_lease_end(tx, channel, account))
    return min((each for each in times if each is not None), default=None)


async def _first_lease_end(tx: AsyncConnection, channel: str, account: str) -> datetime | None:
    ours = (outbox.c.channel == channel) & (outbox.c.account == account)
    ends: datetime | None = await tx.scalar(
        select(func.min(outbox.c.claimed_until)).where(SENDING, ours)
    )
    return ends


async def recover(tx: AsyncConnection, channel: str, account: str, *, now: datetime) -> int:
    """Rows still `sending` after their lease: nobody knows what became of them. Returns how many."""
    params = {"on_channel": channel, "of_account": account, "now": now}
    return await direct.change(tx, _LOST, params)


_LOST = (
    update(outbox)
    .where(
        SENDING,
        outbox.c.channel == bindparam("on_channel"),
        outbox.c.account == bindparam("of_account"),
        outbox.c.claimed_until <= bindparam("now", type_=UtcDateTime),
    )
    .values(state="unknown", error="the sender died or took too long")
)


# --- what became of it -------------------------------------------------------------------------


async def sent(tx: AsyncConnection, results: Sequence[tuple[int, str]], *, now: datetime) -> None:
    """The channel took these: (row id, the channel's message id, "" where it gives none)."""
    rows = [
        {"id": id_, "state": "sent", "message_id": message_id, "sent_at": now, "error": None}
        for id_, message_id in results
    ]
    await update_many(tx, outbox, rows)


async def part_sent(tx: AsyncConnection, row_id: int, part: int) -> None:
    """The first `part` parts of a long message are carried; a later try begins after them."""
    await tx.execute(update(outbox).where(outbox.c.id == row_id).values(part=part))


async def failed(tx: AsyncConnection, row_id: int, error: str) -> None:
    """Not carried and never will be."""
    await _settle(tx, row_id, "failed", error)


async def stale(tx: AsyncConnection, row_id: int) -> None:
    """Not carried: its words were true on another day."""
    await _settle(tx, row_id, "dropped", "")


async def unknown(tx: AsyncConnection, row_id: int, error: str) -> None:
    """The answer was lost: the channel may have carried it. It is not repeated blindly."""
    await _settle(tx, row_id, "unknown", error)


async def held(tx: AsyncConnection, row_id: int, error: str = "window closed") -> None:
    """Not carried: it waits for the person's next word (`release_held`) or another channel."""
    await _settle(tx, row_id, "held", error)


async def readdress(
    tx: AsyncConnection,
    row_id: int,
    *,
    states: Sequence[State],
    channel: str,
    account: str,
    chat: str,
    now: datetime,
) -> None:
    """Not carried there: another chat of the same person gets it, not before its hour.

    What it replaces and when it fades is told by its slot, which it keeps; what it answers stood
    in the other chat. A row that is in none of `states` any more is left alone.
    """
    await tx.execute(
        update(outbox)
        .where(outbox.c.id == row_id, outbox.c.state.in_(states))
        .values(
            channel=channel,
            account=account,
            chat=chat,
            state="waiting",
            reply_to="",
            not_before=_not_before(now),
            claimed_until=None,
            error=None,
        )
    )


def _not_before(now: datetime | BindParameter[datetime]) -> ColumnElement[datetime]:
    """The hour a row was kept for, or `now` where that has passed."""
    return case((outbox.c.not_before > now, outbox.c.not_before), else_=now)


async def later(
    tx: AsyncConnection,
    row: OutboxRow,
    *,
    until: datetime,
    error: str = "",
    whole_account: bool = False,
) -> None:
    """Not carried now: waits again, and its chat (or the whole account) is silent until `until`.

    The chat waits with the row, so that a later message of the chat does not overtake it. When
    the whole account was down the try is not counted: no message is given up for an outage.
    """
    await _settle(tx, row.id, "waiting", error)
    if whole_account:
        uncounted = update(outbox).where(outbox.c.id == row.id, outbox.c.attempts > 0)
        await tx.execute(uncounted.values(attempts=outbox.c.attempts - 1))
    chat = "" if whole_account else row.chat
    await hold_lane(tx, row.channel, row.account, chat, until=until)


async def _settle(tx: AsyncConnection, row_id: int, state: State, error: str) -> None:
    params = {"row": row_id, "becomes": state, "why": error or None}
    await direct.change(tx, _SETTLED, params)


_SETTLED = (
    update(outbox)
    # a late answer still counts: better known late than unknown
    .where(
        outbox.c.id == bindparam("row"),
        outbox.c.state.in_(direct.spelled(("sending", "unknown"))),
    )
    .values(state=bindparam("becomes"), error=bindparam("why"), claimed_until=None)
)


async def move_chat(tx: AsyncConnection, channel: str, account: str, chat: str, *, to: str) -> None:
    """What is open for this chat goes to another one (a group became a supergroup)."""
    await tx.execute(
        update(outbox)
        .where(
            or_(WAITING, SENDING, outbox.c.state == "held"),
            outbox.c.channel == channel,
            outbox.c.account == account,
            outbox.c.chat == chat,
        )
        .values(chat=to)
    )


async def release_held(tx: AsyncConnection, person_ids: Iterable[int], *, now: datetime) -> int:
    """These people wrote: what was held for them may go, reminders not before their hour. Returns how many rows."""
    wanted = sorted(set(person_ids))
    if not wanted:
        return 0
    params = key_params(tx, [outbox.c.person_id], [(each,) for each in wanted])
    return await direct.change(tx, _released(tx.dialect.name), params | {"now": now})


@lru_cache(maxsize=2)
def _released(dialect_name: str) -> Update:
    keys = key_table(dialect_name, [outbox.c.person_id])
    now = bindparam("now", type_=UtcDateTime)
    return (
        update(outbox)
        .where(
            outbox.c.person_id.in_(select(keys.c.person_id)),
            outbox.c.state == literal_column("'held'"),
        )
        .values(state="waiting", not_before=_not_before(now), error=None)
    )


async def drop(tx: AsyncConnection, row_ids: Iterable[int]) -> int:
    """These are no longer true (the report is in, the case is closed). Returns how many were stopped.

    Rows already being sent are left alone.
    """
    keys = key_table(tx.dialect.name, [outbox.c.id])
    stopped = await tx.execute(
        update(outbox).where(outbox.c.id.in_(select(keys.c.id)), _open()).values(state="dropped"),
        key_params(tx, [outbox.c.id], [(each,) for each in sorted(set(row_ids))]),
    )
    return stopped.rowcount


async def drop_for_person(tx: AsyncConnection, person_id: int, purposes: Sequence[Purpose]) -> int:
    """Stop what waits for this person of these purposes, no answers (a stop word). Returns how many."""
    stopped = await tx.execute(
        update(outbox)
        .where(NO_ANSWER, outbox.c.person_id == person_id, outbox.c.purpose.in_(purposes), _open())
        .values(state="dropped")
    )
    return stopped.rowcount


def _open() -> ColumnElement[bool]:
    return outbox.c.state.in_([literal_column("'waiting'"), literal_column("'held'")])


async def waiting_for(tx: AsyncConnection, person_id: int) -> list[OutboxRow]:
    """What is still to be sent to this person, oldest first, held rows among it."""
    rows = await tx.execute(
        select(outbox).where(outbox.c.person_id == person_id, _open()).order_by(outbox.c.id)
    )
    return [OutboxRow(**row._mapping) for row in rows]


async def get(tx: AsyncConnection, row_id: int) -> OutboxRow | None:
    """One row, None when there is none."""
    for row in await direct.rows(tx, _ONE, {"row": row_id}):
        return row_of(row)
    return None


_ONE = select(*COLUMNS).where(outbox.c.id == bindparam("row"))


async def counts(tx: AsyncConnection, channel: str, account: str) -> dict[str, int]:
    """How many rows of this account are in each state."""
    rows = await tx.execute(
        select(outbox.c.state, func.count())
        .where(outbox.c.channel == channel, outbox.c.account == account)
        .group_by(outbox.c.state)
    )
    return {row[0]: row[1] for row in rows}
