"""Something to tell a person who did not just write: through the chat they used last."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.desks.base import Notice
from bot.handlers.owe import quiet_hours
from plans.calendar import next_allowed_moment
from storage import outbox, people, retention
from storage.ids import NewId
from storage.outbox import OutboxRow
from storage.people import AccountRow


async def tell(
    tx: AsyncConnection, notices: Sequence[Notice], *, now: datetime, ids: NewId
) -> list[OutboxRow]:
    """Write notices into the outbox; people without an open chat are left out.

    What may wait is sent when the quiet hours are over.

    Returns the rows written. Ring the outbox in the same transaction.
    """
    if not notices:
        return []
    accounts = await people.accounts_of(tx, {notice.person_id for notice in notices})
    morning = now
    if any(notice.waits for notice in notices):
        morning = next_allowed_moment(now, await quiet_hours(tx))
    rows = []
    for notice in notices:
        account = best_account(accounts.get(notice.person_id, ()))
        if account is not None:
            rows.append(_row(notice, account, now, morning if notice.waits else now, ids))
    await outbox.put(tx, rows)
    return rows


def best_account(accounts: Sequence[AccountRow]) -> AccountRow | None:
    """The chat this person used last and has not blocked; None when there is none."""
    return next((account for account in accounts if account.blocked_at is None), None)


def _row(
    notice: Notice, account: AccountRow, now: datetime, not_before: datetime, ids: NewId
) -> OutboxRow:
    row_id = ids()
    return OutboxRow(
        id=row_id,
        channel=account.channel,
        account=account.account,
        chat=account.address,
        person_id=notice.person_id,
        body=msgspec.json.encode(notice.reply).decode(),
        purpose=notice.purpose,
        priority=outbox.PRIORITY[notice.purpose],
        slot=f"{retention.SEALED}{row_id}" if notice.fades else "",
        not_before=not_before,
        made_at=now,
    )
