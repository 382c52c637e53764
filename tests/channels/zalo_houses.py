"""What tests of the Zalo channels share: a real house behind the emulator, and messages to send."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import insert, select

from bot.channels.base import Outgoing
from bot.events import Reply
from storage import outbox
from storage.outbox import OutboxRow
from storage.tables import accounts, channel_alerts, inbox, memberships, persons, units, zalo_events
from tests.world import World


async def arrived(world: World) -> list[tuple[str, str]]:
    """(message id, state) of the inbox, in the order of the messages' own time."""
    async with world.app.store.read() as tx:
        rows = await tx.execute(
            select(inbox.c.message_id, inbox.c.state).order_by(
                inbox.c.received_at, inbox.c.message_id
            )
        )
        return [tuple(row) for row in rows]  # type: ignore[misc]  # two columns


async def events(world: World) -> list[tuple[str, str]]:
    """(event, state) of what was kept beside the inbox."""
    async with world.app.store.read() as tx:
        rows = await tx.execute(
            select(zalo_events.c.event, zalo_events.c.state).order_by(
                zalo_events.c.at, zalo_events.c.key
            )
        )
        return [tuple(row) for row in rows]  # type: ignore[misc]  # two columns


async def open_alerts(world: World) -> list[str]:
    """Codes of the alerts that wait for an administrator."""
    async with world.app.store.read() as tx:
        rows = await tx.scalars(
            select(channel_alerts.c.code)
            .where(channel_alerts.c.ended_at.is_(None))
            .order_by(channel_alerts.c.code)
        )
        return list(rows)


async def rows_of(world: World, *states: str) -> list[OutboxRow]:
    """Messages to people in these states, oldest first."""
    table = outbox.outbox
    async with world.app.store.read() as tx:
        rows = await tx.execute(select(table).where(table.c.state.in_(states)).order_by(table.c.id))
        return [OutboxRow(**row._mapping) for row in rows]


async def person_of(world: World, channel: str, address: str) -> int:
    """The person behind an address."""
    async with world.app.store.read() as tx:
        found = await tx.scalar(
            select(accounts.c.person_id).where(
                accounts.c.channel == channel, accounts.c.address == address
            )
        )
    assert found is not None
    return found


async def has_account(
    world: World, person_id: int, channel: str, account: str, address: str
) -> None:
    """Give a person one more chat, on a channel that need not run."""
    now = world.clock()
    async with world.app.store.begin() as tx:
        await tx.execute(
            insert(accounts).values(
                id=world.ids(),
                channel=channel,
                account=account,
                address=address,
                person_id=person_id,
                name="",
                created_at=now,
                last_in_at=now,
            )
        )


async def an_admin(world: World, channel: str, account: str, address: str) -> int:
    """An administrator with one chat."""
    now = world.clock()
    person_id, unit_id = world.ids(), world.ids()
    async with world.app.store.begin() as tx:
        await tx.execute(insert(persons).values(id=person_id, name="Quản trị", created_at=now))
        values = {"id": unit_id, "path": f"/{unit_id}/", "commune_id": unit_id, "code": "xa"}
        values |= {"name": "Xã", "aliases": [], "kind": "commune"}
        await tx.execute(insert(units).values(values))
        await tx.execute(
            insert(memberships).values(
                id=world.ids(), person_id=person_id, unit_id=unit_id, role="admin", since=now
            )
        )
    await has_account(world, person_id, channel, account, address)
    return person_id


async def tells(
    world: World,
    channel: str,
    account: str,
    chat: str,
    words: str = "Nhắc anh/chị nộp báo cáo ạ.",
    *,
    person_id: int | None = None,
    purpose: outbox.Purpose = "nudge",
    photos: Sequence[int] = (),
) -> int:
    """Put a message of our own into the outbox; returns its id."""
    now = world.clock()
    row_id = world.ids()
    reply = Reply(words=words, photos=tuple(photos))
    async with world.app.store.begin() as tx:
        row = OutboxRow(
            id=row_id,
            channel=channel,
            account=account,
            chat=chat,
            person_id=person_id,
            body=msgspec.json.encode(reply).decode(),
            purpose=purpose,
            priority=outbox.PRIORITY[purpose],
            not_before=now,
            made_at=now,
        )
        await outbox.put(tx, [row])
    return row_id


def to(chat: str, words: str = "Chào anh/chị ạ.", key: str = "1.0", **more: Any) -> Outgoing:
    """A rendered message."""
    return Outgoing(key=key, chat=chat, words=words, **more)
