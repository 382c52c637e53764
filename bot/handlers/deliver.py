"""Replies are taken from the outbox after the commit and given to their channel.

A row is marked `sending` and committed before the send, and its result after it. A
message whose outcome is unknown is marked so and not repeated blindly; one that the
channel may not carry now waits, or goes by another channel of the same person.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.base import (
    Channel,
    ChannelDown,
    Moved,
    OutcomeUnknown,
    Outgoing,
    Refused,
    SendFailed,
    Sent,
    TryLater,
    Unreachable,
    WindowClosed,
)
from bot.channels.render import Part, render
from bot.events import Reply
from storage import groups, media, outbox, people
from storage.engine import Store
from storage.lanes import Pace
from storage.media import MediaStore
from storage.outbox import OutboxRow

log = logging.getLogger(__name__)

AT_ONCE = 50
"""Rows claimed together: at 30 messages a second a killed process leaves at most these in doubt."""

LEASE_S = 60.0
"""How long a claimed row belongs to this process; longer than any send may take."""

SEND_TIMEOUT_S = 40.0
"""After this long without an answer the outcome of a send counts as unknown."""

MOST_ATTEMPTS = 8
"""After this many "try later" the message is given up and shown to the office."""


@dataclass(frozen=True, kw_only=True)
class Deliverer:
    """What delivering needs. `others` tries another channel of the same person when one is closed."""

    store: Store
    files: MediaStore
    channels: Mapping[tuple[str, str], Channel]
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    alert: Callable[[str, str], None] = lambda channel, words: log.error("%s: %s", channel, words)

    async def once(self) -> int:
        """Send everything that is due now, on every channel. Returns how many rows were worked on."""
        counts = await asyncio.gather(*(self._drain(channel) for channel in self.channels.values()))
        return sum(counts)

    async def _drain(self, channel: Channel) -> int:
        done = 0
        while claimed := await self._claim(channel):
            await asyncio.gather(*(self._one(channel, row) for row in claimed))
            done += len(claimed)
        return done

    async def _claim(self, channel: Channel) -> list[OutboxRow]:
        async with self.store.begin() as tx:
            return await outbox.claim(
                tx,
                channel.name,
                channel.account,
                now=self.clock(),
                limit=AT_ONCE,
                lease_s=LEASE_S,
                pace=Pace(
                    per_second=channel.can.per_second,
                    chat_gap_s=channel.can.chat_gap_s,
                    group_gap_s=channel.can.group_gap_s,
                ),
            )

    async def _one(self, channel: Channel, row: OutboxRow) -> None:
        """Send the parts of one row that are still unsent, and record how it went."""
        try:
            sent = await self._send_parts(channel, row)
        except asyncio.CancelledError:
            raise
        except SendFailed as failure:
            await self._failed(channel, row, failure)
        except Exception as error:
            log.exception("sending %s broke", row.id)
            await self._failed(channel, row, OutcomeUnknown(repr(error)[:300]))
        else:
            async with self.store.begin() as tx:
                await outbox.sent(tx, [(row.id, sent.message_id)], now=self.clock())

    async def _send_parts(self, channel: Channel, row: OutboxRow) -> Sent:
        reply = msgspec.json.decode(row.body, type=Reply)
        parts = render(reply, channel.can)
        sent = Sent()
        for index, part in enumerate(parts[row.part :], start=row.part):
            message = await self._outgoing(row, index, part)
            sent = await self._send(channel, message)
            if index + 1 < len(parts):
                async with self.store.begin() as tx:
                    await outbox.part_sent(tx, row.id, index + 1)
        return sent

    async def _send(self, channel: Channel, message: Outgoing) -> Sent:
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                return await channel.send(message)
        except TimeoutError:
            raise OutcomeUnknown(f"no answer within {SEND_TIMEOUT_S:.0f} s") from None

    async def _outgoing(self, row: OutboxRow, index: int, part: Part) -> Outgoing:
        return Outgoing(
            key=f"{row.id}.{index}",
            chat=row.chat,
            words=part.words,
            buttons=part.buttons,
            photos=tuple(
                [found for found in [await self._file(i, shown=True) for i in part.photos] if found]
            ),
            files=tuple(
                [found for found in [await self._file(i, shown=False) for i in part.files] if found]
            ),
            asks_place=part.asks_place,
            asks_contact=part.asks_contact,
            group=row.group,
            reply_to=row.reply_to,
        )

    async def _file(self, media_id: int, *, shown: bool) -> tuple[str, str, bytes] | None:
        """A picture as anyone may see it (no position, no time), or a file as it is; None when it is gone."""
        async with self.store.read() as tx:
            facts = await media.get(tx, media_id)
        if facts is None or facts.state != "kept":
            return None
        digest = facts.shown_sha256 if shown else facts.sha256
        if digest is None:
            return None
        kind = "image/jpeg" if shown else (facts.content_type or "application/octet-stream")
        name = f"anh-{media_id}.jpg" if shown else f"tep-{media_id}"
        return (name, kind, await self.files.read(digest))

    async def _failed(self, channel: Channel, row: OutboxRow, failure: SendFailed) -> None:
        async with self.store.begin() as tx:
            await self._record(tx, channel, row, failure)
        gave_up = isinstance(failure, TryLater) and row.attempts >= MOST_ATTEMPTS
        if gave_up or isinstance(failure, ChannelDown | Refused):
            self.alert(channel.name, f"{failure.code}: {failure}")

    async def _record(
        self, tx: AsyncConnection, channel: Channel, row: OutboxRow, failure: SendFailed
    ) -> None:
        now = self.clock()
        words = f"{failure.code}: {failure}"
        match failure:
            case TryLater(after_s=after_s) if row.attempts < MOST_ATTEMPTS:
                until = now + timedelta(seconds=after_s)
                await outbox.later(tx, row, until=until, error=words)
            case ChannelDown():
                await outbox.later(tx, row, until=now + _PAUSE, error=words, whole_account=True)
            case WindowClosed():
                await outbox.held(tx, row.id, words)
            case Unreachable():
                await outbox.failed(tx, row.id, words)
                await people.mark_blocked(tx, [(channel.name, channel.account, row.chat)], now=now)
            case Moved(chat=chat):
                await outbox.move_chat(tx, channel.name, channel.account, row.chat, to=chat)
                await groups.move_group(tx, channel.name, channel.account, row.chat, to=chat)
            case OutcomeUnknown():
                await outbox.unknown(tx, row.id, words)
            case _:
                await outbox.failed(tx, row.id, words)


_PAUSE = timedelta(minutes=5)
"""How long a channel that is down is left alone before one message tries again."""


async def run_deliverer(deliverer: Deliverer, rings: asyncio.Event, *, idle_s: float = 0.5) -> None:
    """Deliver whenever the outbox rings, and look by itself every `idle_s` for what fell due."""
    while True:
        try:
            await deliverer.once()
        except Exception:
            log.exception("delivering broke; trying again")
            await asyncio.sleep(idle_s)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(rings.wait(), idle_s)
        rings.clear()
