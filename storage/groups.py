"""Group chats and the units they belong to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec
from sqlalchemy import and_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.bulk import delete_many, insert_many, key_params, key_table
from storage.tables import chat_groups, units


class GroupRow(msgspec.Struct, frozen=True, kw_only=True):
    """A group chat that belongs to a unit."""

    channel: str
    account: str
    chat: str
    unit_id: int
    name: str
    registered_by: int | None
    registered_at: datetime


async def groups_of(
    tx: AsyncConnection, chats: Iterable[tuple[str, str, str]]
) -> dict[tuple[str, str, str], GroupRow]:
    """The registered ones among these group chats (channel, account, chat)."""
    wanted = sorted(set(chats))
    if not wanted:
        return {}
    columns = [chat_groups.c[name] for name in ("channel", "account", "chat")]
    keys = key_table(tx.dialect.name, columns)
    same = [keys.c[column.name] == column for column in columns]
    statement = select(chat_groups).select_from(keys).join(chat_groups, and_(*same))
    rows = await tx.execute(statement, key_params(tx, columns, wanted))
    groups = (GroupRow(**row._mapping) for row in rows)
    return {(group.channel, group.account, group.chat): group for group in groups}


async def under(tx: AsyncConnection, commune_id: int) -> list[tuple[GroupRow, str]]:
    """Every registered group of a commune's units, with the path of its unit."""
    rows = await tx.execute(
        select(chat_groups, units.c.path)
        .join(units, units.c.id == chat_groups.c.unit_id)
        .where(units.c.commune_id == commune_id)
        .order_by(chat_groups.c.channel, chat_groups.c.account, chat_groups.c.chat)
    )
    found = []
    for row in rows:
        values = dict(row._mapping)
        path = values.pop("path")
        found.append((GroupRow(**values), path))
    return found


async def group_unit(tx: AsyncConnection, channel: str, account: str, chat: str) -> int | None:
    """The unit this group chat belongs to, None when nobody registered it."""
    found = await groups_of(tx, [(channel, account, chat)])
    return next((group.unit_id for group in found.values()), None)


async def register_group(
    tx: AsyncConnection,
    channel: str,
    account: str,
    chat: str,
    *,
    unit_id: int,
    name: str = "",
    by: int | None,
    now: datetime,
) -> None:
    """Tie the group chat to a unit, in place of the unit it had."""
    row = {"channel": channel, "account": account, "chat": chat, "unit_id": unit_id}
    row |= {"name": name, "registered_by": by, "registered_at": now}
    changed = ("unit_id", "name", "registered_by", "registered_at")
    await insert_many(tx, chat_groups, [row], update=changed)


async def move_group(
    tx: AsyncConnection, channel: str, account: str, chat: str, *, to: str
) -> None:
    """The group lives on under another id (Telegram makes a group a supergroup)."""
    await delete_many(tx, chat_groups, ("channel", "account", "chat"), [(channel, account, to)])
    await tx.execute(
        update(chat_groups)
        .where(
            chat_groups.c.channel == channel,
            chat_groups.c.account == account,
            chat_groups.c.chat == chat,
        )
        .values(chat=to)
    )
