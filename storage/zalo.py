"""What is remembered of Zalo beside messages: accounts of ours, chats, and updates as they came.

The clock of a chat's window is `interacted_at`, in the platform's own time, moved only by what
the platform counts (Zalo reference, point 18); `accounts.last_in_at` is moved by more than that.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import (
    Select,
    and_,
    bindparam,
    case,
    delete,
    func,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import direct
from storage.bulk import delete_many, insert_many, insert_new, key_params, key_table, update_many
from storage.columns import UtcDateTime
from storage.tables import (
    accounts,
    inbox,
    memberships,
    outbox,
    zalo_accounts,
    zalo_chats,
    zalo_events,
)


class ChatRow(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered of one chat besides the person in it."""

    channel: str
    account: str
    chat: str
    interacted_at: datetime | None = None
    album: str = ""
    album_at: datetime | None = None
    paused_until: datetime | None = None
    told_unsupported_at: datetime | None = None
    told_place_at: datetime | None = None
    woken_at: datetime | None = None
    introduced_at: datetime | None = None
    sensitive: bool = False


class EventRow(msgspec.Struct, frozen=True, kw_only=True):
    """An update as it came. `state`: raw (not read yet), new (to be worked on), kept, paused (said to

    an official), done; or doubt: no update, but a message of ours whose answer was lost.
    """

    channel: str
    account: str
    key: str
    event: str
    chat: str
    body: str
    at: datetime
    state: str


class AccountFacts(msgspec.Struct, frozen=True, kw_only=True):
    """An account of ours, and how its webhook fares."""

    name: str = ""
    last_event_at: datetime | None = None
    last_event: str = ""
    good_signatures: int = 0
    bad_signatures: int = 0


class WindowCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How many chats may be written to now: free, for money, or not before they write."""

    free: int
    paid: int
    closed: int


_CHAT_KEY = ("channel", "account", "chat")


# --- chats -------------------------------------------------------------------------------------


async def chats_of(
    tx: AsyncConnection, channel: str, account: str, chats: Iterable[str]
) -> dict[str, ChatRow]:
    """What is remembered of these chats, locked until `tx` ends; unknown ones are left out."""
    wanted = [(channel, account, chat) for chat in sorted(set(chats))]
    if not wanted:
        return {}
    columns = [zalo_chats.c[name] for name in _CHAT_KEY]
    keys = key_table(tx.dialect.name, columns)
    same = [keys.c[column.name] == column for column in columns]
    query = select(zalo_chats).select_from(keys).join(zalo_chats, and_(*same))
    rows = await tx.execute(query.with_for_update(of=zalo_chats), key_params(tx, columns, wanted))
    return {row.chat: ChatRow(**row._mapping) for row in rows}


async def chat_of(tx: AsyncConnection, channel: str, account: str, chat: str) -> ChatRow:
    """What is remembered of one chat; an empty row when that is nothing."""
    params = {"on_channel": channel, "of_account": account, "in_chat": chat}
    for row in await direct.rows(tx, _CHAT, params):
        return ChatRow(**dict(zip(ChatRow.__struct_fields__, row, strict=True)))
    return ChatRow(channel=channel, account=account, chat=chat)


_CHAT = select(*(zalo_chats.c[name] for name in ChatRow.__struct_fields__)).where(
    zalo_chats.c.channel == bindparam("on_channel"),
    zalo_chats.c.account == bindparam("of_account"),
    zalo_chats.c.chat == bindparam("in_chat"),
)


async def save_chats(tx: AsyncConnection, rows: Sequence[ChatRow]) -> None:
    """Write whole rows over what was there."""
    changed = tuple(name for name in ChatRow.__struct_fields__ if name not in _CHAT_KEY)
    values = [msgspec.structs.asdict(row) for row in rows]
    await insert_many(tx, zalo_chats, values, update=changed)


async def to_introduce(
    tx: AsyncConnection, channel: str, account: str, limit: int
) -> list[ChatRow]:
    """Chats whose people the platform was not yet asked about, newest first."""
    rows = await tx.execute(
        select(zalo_chats)
        .where(
            zalo_chats.c.channel == channel,
            zalo_chats.c.account == account,
            zalo_chats.c.introduced_at.is_(None),
        )
        .order_by(zalo_chats.c.interacted_at.desc())
        .limit(limit)
    )
    return [ChatRow(**row._mapping) for row in rows]


async def name_account(
    tx: AsyncConnection, channel: str, account: str, address: str, name: str
) -> None:
    """What the platform calls this person; a name that is there already stays."""
    await tx.execute(
        update(accounts)
        .where(
            accounts.c.channel == channel,
            accounts.c.account == account,
            accounts.c.address == address,
            accounts.c.name == "",
        )
        .values(name=name)
    )


async def window_counts(
    tx: AsyncConnection, channel: str, account: str, *, free_since: datetime, paid_since: datetime
) -> WindowCounts:
    """How many chats are in which window; who wrote after `free_since` is in the free one."""
    at = zalo_chats.c.interacted_at
    window = case((at >= free_since, "free"), (at >= paid_since, "paid"), else_="closed")
    rows = await tx.execute(
        select(window.label("window"), func.count())
        .where(zalo_chats.c.channel == channel, zalo_chats.c.account == account)
        .group_by(literal_column("1"))
    )
    found: dict[str, int] = {row[0]: row[1] for row in rows}
    return WindowCounts(
        free=found.get("free", 0), paid=found.get("paid", 0), closed=found.get("closed", 0)
    )


async def wrote_between(
    tx: AsyncConnection, channel: str, *, since: datetime, until: datetime
) -> dict[int, datetime]:
    """Persons whose last word on this channel lies between the two, and when it was."""
    params = {"on_channel": channel, "since": since, "until_then": until}
    return {row[0]: row[1] for row in await direct.rows(tx, _wrote(), params)}


@lru_cache(maxsize=1)
def _wrote() -> Select[Any]:
    return (
        select(accounts.c.person_id, func.max(zalo_chats.c.interacted_at))
        .join(zalo_chats, and_(*(accounts.c[mine] == zalo_chats.c[its] for mine, its in _ADDRESS)))
        .where(
            zalo_chats.c.channel == bindparam("on_channel"),
            zalo_chats.c.interacted_at > bindparam("since", type_=UtcDateTime),
            zalo_chats.c.interacted_at <= bindparam("until_then", type_=UtcDateTime),
        )
        .group_by(accounts.c.person_id)
    )


async def last_words(
    tx: AsyncConnection, channel: str, person_ids: Sequence[int]
) -> dict[int, datetime]:
    """When these persons last wrote on this channel; who never did is left out."""
    params = key_params(tx, [accounts.c.person_id], [(each,) for each in sorted(set(person_ids))])
    found = await direct.rows(tx, _last_words(tx.dialect.name), params | {"on_channel": channel})
    return {row[0]: row[1] for row in found}


@lru_cache(maxsize=2)
def _last_words(dialect_name: str) -> Select[Any]:
    keys = key_table(dialect_name, [accounts.c.person_id])
    return (
        select(accounts.c.person_id, func.max(zalo_chats.c.interacted_at))
        .join(zalo_chats, and_(*(accounts.c[mine] == zalo_chats.c[its] for mine, its in _ADDRESS)))
        .where(
            accounts.c.channel == bindparam("on_channel"),
            accounts.c.person_id.in_(select(keys.c.person_id)),
            zalo_chats.c.interacted_at.is_not(None),
        )
        .group_by(accounts.c.person_id)
    )


_ADDRESS = (("channel", "channel"), ("account", "account"), ("address", "chat"))


# --- updates -----------------------------------------------------------------------------------


async def put_events(tx: AsyncConnection, rows: Sequence[EventRow]) -> set[str]:
    """Keep updates; returns the keys that are new."""
    new = await insert_new(tx, zalo_events, [msgspec.structs.asdict(row) for row in rows])
    return {row["key"] for row in new}


async def events_to_do(
    tx: AsyncConnection, channel: str, account: str, limit: int = 50
) -> list[EventRow]:
    """Updates still to be worked on, oldest first, locked until `tx` ends."""
    rows = await tx.execute(
        select(zalo_events)
        .where(
            zalo_events.c.state == literal_column("'new'"),
            zalo_events.c.channel == channel,
            zalo_events.c.account == account,
        )
        .order_by(zalo_events.c.at, zalo_events.c.key)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [EventRow(**row._mapping) for row in rows]


async def has_to_do(tx: AsyncConnection, channel: str, account: str) -> bool:
    """Whether any update is still to be worked on; cheap, for asking often."""
    found = await tx.execute(
        select(zalo_events.c.key)
        .where(
            zalo_events.c.state == literal_column("'new'"),
            zalo_events.c.channel == channel,
            zalo_events.c.account == account,
        )
        .limit(1)
    )
    return found.first() is not None


async def mark_events(tx: AsyncConnection, rows: Iterable[EventRow], state: str) -> None:
    """These updates are in this state now."""
    changes = [
        {"channel": row.channel, "account": row.account, "key": row.key, "state": state}
        for row in rows
    ]
    await update_many(tx, zalo_events, changes)


async def raw_events(tx: AsyncConnection, channel: str, account: str) -> list[EventRow]:
    """Updates that were kept as they came and not yet read, oldest first."""
    return await _in_state(tx, channel, account, "raw")


async def doubted(tx: AsyncConnection, channel: str, account: str) -> list[EventRow]:
    """Messages of ours of which nobody knows whether they were carried; `body` is their key."""
    return await _in_state(tx, channel, account, "doubt")


async def _in_state(tx: AsyncConnection, channel: str, account: str, state: str) -> list[EventRow]:
    rows = await tx.execute(
        select(zalo_events)
        .where(
            zalo_events.c.state == state,
            zalo_events.c.channel == channel,
            zalo_events.c.account == account,
        )
        .order_by(zalo_events.c.at, zalo_events.c.key)
    )
    return [EventRow(**row._mapping) for row in rows]


async def drop_event(tx: AsyncConnection, channel: str, account: str, key: str) -> None:
    """It is of no use any more."""
    await delete_many(tx, zalo_events, ("channel", "account", "key"), [(channel, account, key)])


async def forget_events(tx: AsyncConnection, before: datetime) -> None:
    """Delete updates that came before `before` and wait for nothing."""
    await tx.execute(
        delete(zalo_events).where(
            zalo_events.c.at < before, zalo_events.c.state.in_(("kept", "paused", "done"))
        )
    )


async def overtaken(
    tx: AsyncConnection, channel: str, account: str, sender: str, at: datetime
) -> bool:
    """Whether something this person said after `at` was answered already."""
    later = await tx.execute(
        select(inbox.c.message_id)
        .where(
            inbox.c.channel == channel,
            inbox.c.account == account,
            inbox.c.sender == sender,
            inbox.c.received_at > at,
            inbox.c.state == "done",
        )
        .limit(1)
    )
    return later.first() is not None


# --- our accounts ------------------------------------------------------------------------------


async def account_facts(tx: AsyncConnection, channel: str, account: str) -> AccountFacts:
    """What is known of an account of ours; empty when nothing ever came."""
    names = AccountFacts.__struct_fields__
    row = (
        await tx.execute(
            select(*(zalo_accounts.c[name] for name in names)).where(
                zalo_accounts.c.channel == channel, zalo_accounts.c.account == account
            )
        )
    ).one_or_none()
    return AccountFacts() if row is None else AccountFacts(**row._mapping)


async def note_events(
    tx: AsyncConnection,
    channel: str,
    account: str,
    *,
    event: str = "",
    at: datetime | None = None,
    good_signatures: int = 0,
    bad_signatures: int = 0,
) -> None:
    """The newest event of a batch, and how the signatures were."""
    row = {
        "channel": channel,
        "account": account,
        "last_event": event,
        "last_event_at": at,
        "good_signatures": good_signatures,
        "bad_signatures": bad_signatures,
    }
    update_columns = ("last_event", "last_event_at") if at is not None else ()
    added = ("good_signatures", "bad_signatures")
    await insert_many(tx, zalo_accounts, [row], update=update_columns, add=added)


async def name_our_account(tx: AsyncConnection, channel: str, account: str, name: str) -> None:
    """What the platform calls an account of ours."""
    row = {"channel": channel, "account": account, "name": name}
    await insert_many(tx, zalo_accounts, [row], update=("name",))


async def admins(tx: AsyncConnection, *, now: datetime) -> list[int]:
    """Persons who are administrators anywhere, first rank first."""
    rows = await tx.execute(
        select(memberships.c.person_id)
        .where(
            memberships.c.role == "admin",
            or_(memberships.c.until.is_(None), memberships.c.until > now),
        )
        .order_by(memberships.c.rank, memberships.c.person_id)
    )
    return list(dict.fromkeys(rows.scalars()))


# --- being forgotten ---------------------------------------------------------------------------


async def forget_chat(tx: AsyncConnection, channel: str, account: str, chat: str) -> int | None:
    """Delete what is kept of this chat and untie it from its person (`user_withdraw`, point 29).

    Returns the person, or None when the chat was unknown. What the person did on other channels
    stays; when there is none, erase the person as well (`people.erase`).
    """
    here = (accounts.c.channel == channel, accounts.c.account == account)
    found = await tx.execute(
        delete(accounts).where(*here, accounts.c.address == chat).returning(accounts.c.person_id)
    )
    person_id = found.scalar_one_or_none()
    # the ids stay: they stop a copy from being worked on again
    await tx.execute(
        update(inbox)
        .where(inbox.c.channel == channel, inbox.c.account == account, inbox.c.sender == chat)
        .values(sender="", body="", error=None, state="done")
    )
    mine = (outbox.c.channel == channel, outbox.c.account == account, outbox.c.chat == chat)
    await tx.execute(
        update(outbox).where(*mine, outbox.c.state.in_(("waiting", "held"))).values(state="dropped")
    )
    await tx.execute(update(outbox).where(*mine).values(body="", chat="", error=None))
    for table in (zalo_chats, zalo_events):
        await tx.execute(
            delete(table).where(
                table.c.channel == channel, table.c.account == account, table.c.chat == chat
            )
        )
    return person_id


async def has_accounts(tx: AsyncConnection, person_id: int) -> bool:
    """Whether this person has any chat left."""
    found = await tx.execute(
        select(accounts.c.id).where(accounts.c.person_id == person_id).limit(1)
    )
    return found.first() is not None
