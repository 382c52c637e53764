"""Word to the administrators when a channel needs a person: on the dashboard, and by another channel."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.events import Reply
from bot.handlers.receive import OUTBOX_BELL
from storage import alerts, outbox, people, zalo
from storage.engine import Store, notify
from storage.ids import NewId
from storage.outbox import OutboxRow
from storage.people import AccountRow

log = logging.getLogger(__name__)

WHAT = {
    "down": "Kênh {name} đang không gửi được tin. Tin nhắn được giữ lại, không mất. Cán bộ kỹ thuật chạy lệnh: soxanh zalo status",
    "no-money": "Zalo không nhận tin trả tiền (chưa liên kết ZCA hoặc hết tiền). Tin quá 48 giờ sẽ chờ người dân nhắn lại.",
    "template": "Zalo từ chối mẫu tin mời nhắn lại. Cần xem lại mã mẫu trong phần cài đặt.",
    "quota": "Zalo Bot sắp hết hoặc đã hết hạn mức tháng này. Xã đông người nên chuyển sang Zalo OA. Xem: soxanh zalo status",
    "silence": "Nhiều giờ làm việc rồi không có tin nào từ {name}. Có thể webhook đã bị Zalo tắt: xem lại trang nhà phát triển Zalo.",
    "revoked": "Zalo OA đã rút quyền của ứng dụng. Cần cấp quyền lại: soxanh zalo connect",
    "webhook": "Zalo Bot đang đặt webhook nên không đọc tin được bằng cách hỏi. Chạy: soxanh zalo webhook info",
}
"""What administrators read, by code; an error code of Zalo's without its own sentence is "down"."""

NAMES = {"zalo_oa": "Zalo OA", "zalo_bot": "Zalo Bot"}


@dataclass
class Alerts:
    """Raises and ends alerts; people are told once, and again after half a day."""

    store: Store
    ids: NewId
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    _open: set[tuple[str, str, str]] | None = field(default=None, init=False)

    async def raise_(self, channel: str, account: str, code: str, words: str) -> None:
        """Keep that an administrator must act, and tell them by any channel but this one.

        Args:
            words: for the log and the dashboard; no person and no token in them.
        """
        now = self.clock()
        async with self.store.begin(quick=True) as tx:
            tell = await alerts.raise_alert(tx, channel, account, code, words[:500], now=now)
            if tell:
                log.error("%s: %s: %s", channel, code, words)
                await self._tell(tx, channel, code, now)
        (await self._known_open()).add((channel, account, code))

    async def end(self, channel: str, account: str, code: str) -> None:
        """It is over; costs nothing when there was no such alert."""
        known = await self._known_open()
        if (channel, account, code) not in known:
            return
        known.discard((channel, account, code))
        async with self.store.begin(quick=True) as tx:
            await alerts.end_alert(tx, channel, account, code, now=self.clock())

    async def _known_open(self) -> set[tuple[str, str, str]]:
        if self._open is None:
            async with self.store.read() as tx:
                found = await alerts.open_alerts(tx)
            self._open = {(one.channel, one.account, one.code) for one in found}
        return self._open

    async def _tell(self, tx: AsyncConnection, channel: str, code: str, now: datetime) -> None:
        admins = await zalo.admins(tx, now=now)
        accounts = await people.accounts_of(tx, admins)
        chosen = [_elsewhere(accounts.get(person, ()), channel) for person in admins]
        reply = Reply(words=WHAT.get(code, WHAT["down"]).format(name=NAMES.get(channel, channel)))
        rows = [self._row(one, reply, now) for one in chosen if one is not None]
        await outbox.put(tx, rows)
        if rows:
            notify(tx, OUTBOX_BELL)
        else:
            log.error("no administrator can be told by another channel than %s", channel)

    def _row(self, account: AccountRow, reply: Reply, now: datetime) -> OutboxRow:
        return OutboxRow(
            id=self.ids(),
            channel=account.channel,
            account=account.account,
            chat=account.address,
            person_id=account.person_id,
            body=msgspec.json.encode(reply).decode(),
            purpose="case",
            priority=outbox.PRIORITY["case"],
            not_before=now,
            made_at=now,
        )


def _elsewhere(accounts: Sequence[AccountRow], channel: str) -> AccountRow | None:
    return next(
        (one for one in accounts if one.channel != channel and one.blocked_at is None), None
    )
