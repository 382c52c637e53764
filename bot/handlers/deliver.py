"""Replies are taken from the outbox after the commit and given to their channel.

A row is marked `sending` and committed before the send, and its result after it. A
message whose outcome is unknown is marked so and not repeated blindly; one that the
channel may not carry now waits, or goes by another channel of the same person.
"""

from __future__ import annotations

import asyncio
import logging
import mimetypes
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.base import (
    Abilities,
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
from bot.channels.render import Part, render, units
from bot.events import Reply
from bot.handlers.receive import OUTBOX_BELL
from plans.calendar import local_time
from storage import groups, lanes, media, outbox, people, unsaid
from storage.engine import Store, notify
from storage.lanes import Pace
from storage.media import MediaRow, MediaStore
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

PATIENCE_S = 0.2
"""How long one round waits for its sends; slower ones go on beside the next rounds, so that a
channel that hangs holds up neither the other channels nor the other chats of its own."""

CLOSE_S = 5.0

WAITS_FOR_MEDIA = 6
"""So often a message waits for its photos to be downloaded, before it goes without them."""

MEDIA_WAIT_S = 5.0

TOLD_FOR = timedelta(hours=1)
"""A channel that is down is told to the office once in this time, not once a message."""

Key = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Deliverer:
    """What delivering needs. `alert` is told (channel, words) when a person must act."""

    store: Store
    files: MediaStore
    channels: Mapping[Key, Channel]
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    alert: Callable[[str, str], None] = lambda channel, words: log.error("%s: %s", channel, words)
    _flying: dict[Key, set[asyncio.Task[None]]] = field(default_factory=dict, init=False)
    _told_at: dict[Key, datetime] = field(default_factory=dict, init=False)

    async def once(self) -> int:
        """Send what is due now, on every channel. Returns how many rows were or are being worked on."""
        counts = await asyncio.gather(*(self._drain(key) for key in self.channels))
        return sum(counts)

    async def close(self) -> None:
        """Let sends that are under way end; those that do not within `CLOSE_S` stay in doubt."""
        tasks = [task for flying in self._flying.values() for task in flying]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=CLOSE_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _drain(self, key: Key) -> int:
        channel, flying = self.channels[key], self._flying.setdefault(key, set())
        done = 0
        while len(flying) < AT_ONCE and (
            claimed := await self._claim(channel, limit=AT_ONCE - len(flying))
        ):
            tasks = {self._start(channel, row, flying) for row in claimed}
            done += len(tasks)
            await asyncio.wait(tasks, timeout=PATIENCE_S)
        return done + len(flying)

    def _start(
        self, channel: Channel, row: OutboxRow, flying: set[asyncio.Task[None]]
    ) -> asyncio.Task[None]:
        task = asyncio.create_task(self._one(channel, row), name=f"send {row.id}")
        flying.add(task)
        task.add_done_callback(flying.discard)
        return task

    async def _claim(self, channel: Channel, *, limit: int) -> list[OutboxRow]:
        async with self.store.begin(quick=True) as tx:
            return await outbox.claim(
                tx,
                channel.name,
                channel.account,
                now=self.clock(),
                limit=limit,
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
            await self._send_and_record(channel, row)
        except Exception:
            # the store is out of reach: the row stays `sending` and becomes `unknown` with its lease
            log.exception("what became of %s could not be recorded", row.id)

    async def _send_and_record(self, channel: Channel, row: OutboxRow) -> None:
        if row.purpose == "nudge" and _day(row.made_at) != _day(self.clock()):
            # "ngày mai là hạn" was true yesterday: the next tick says what stands today
            async with self.store.begin(quick=True) as tx:
                await outbox.stale(tx, row.id)
                await unsaid.forget(tx, [row.id])
            return
        try:
            sent, weight = await self._send_parts(channel, row)
        except SendFailed as failure:
            await self._failed(channel, row, failure)
        except Exception as error:
            log.exception("sending %s broke", row.id)
            await self._failed(channel, row, OutcomeUnknown(repr(error)[:300]))
        else:
            async with self.store.begin(quick=True) as tx:
                now = self.clock()
                await outbox.sent(tx, [(row.id, sent.message_id)], now=now)
                await self._rest(tx, channel, row, weight, now)

    async def _rest(
        self, tx: AsyncConnection, channel: Channel, row: OutboxRow, weight: int, now: datetime
    ) -> None:
        """Several messages in one go count as several: the chat rests that much longer."""
        gap_s = channel.can.group_gap_s if row.group else channel.can.chat_gap_s
        if weight > 1 and gap_s > 0:
            until = now + timedelta(seconds=gap_s * weight)
            await lanes.hold(tx, channel.name, channel.account, row.chat, until=until)

    async def _send_parts(self, channel: Channel, row: OutboxRow) -> tuple[Sent, int]:
        """What the channel said to the last part, and how many messages all of them were."""
        parts = render(msgspec.json.decode(row.body, type=Reply), channel.can)
        loaded = [
            await self._outgoing(channel.can, row, index, part) for index, part in enumerate(parts)
        ]
        sent = Sent()
        for index, message in enumerate(loaded[row.part :], start=row.part):
            sent = await self._send(channel, message)
            if index + 1 < len(parts):
                async with self.store.begin(quick=True) as tx:
                    await outbox.part_sent(tx, row.id, index + 1)
        return sent, sum(max(1, len(message.photos)) for message in loaded[row.part :])

    async def _send(self, channel: Channel, message: Outgoing) -> Sent:
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                return await channel.send(message)
        except TimeoutError:
            raise OutcomeUnknown(f"no answer within {SEND_TIMEOUT_S:.0f} s") from None

    async def _outgoing(self, can: Abilities, row: OutboxRow, index: int, part: Part) -> Outgoing:
        photos = await self._files(row, part.photos, shown=True)
        files = await self._files(row, part.files, shown=False)
        lost = len(part.photos) + len(part.files) > len(photos) + len(files)
        limit = can.caption_limit if photos or files else can.text_limit
        return Outgoing(
            key=f"{row.id}.{index}",
            chat=row.chat,
            words=_with_note(part.words, limit) if lost else part.words,
            buttons=part.buttons,
            photos=photos,
            files=files,
            asks_place=part.asks_place,
            asks_contact=part.asks_contact,
            group=row.group,
            reply_to=row.reply_to if index == 0 else "",
        )

    async def _files(
        self, row: OutboxRow, media_ids: Sequence[int], *, shown: bool
    ) -> tuple[tuple[str, str, bytes], ...]:
        """Pictures as anyone may see them (no position, no time), or files as they are; none that is gone.

        Raises:
            TryLater: one is still being downloaded.
        """
        if not media_ids:
            return ()
        async with self.store.read() as tx:
            known = await media.get_many(tx, media_ids)
        if row.attempts <= WAITS_FOR_MEDIA and any(one.state == "wanted" for one in known.values()):
            raise TryLater("a photo is still being downloaded", after_s=MEDIA_WAIT_S)
        found = [await self._file(known[i], shown=shown) for i in media_ids if i in known]
        return tuple(file for file in found if file is not None)

    async def _file(self, facts: MediaRow, *, shown: bool) -> tuple[str, str, bytes] | None:
        digest = facts.shown_sha256 if shown else facts.sha256
        if facts.state != "kept" or digest is None:
            return None
        kind = "image/jpeg" if shown else (facts.content_type or "application/octet-stream")
        suffix = mimetypes.guess_extension(kind) or ""
        name = f"anh-{facts.id}.jpg" if shown else f"tep-{facts.id}{suffix}"
        try:
            return (name, kind, await self.files.read(digest))
        except FileNotFoundError:
            log.error("the file of media %s is gone from the disk", facts.id)
            return None

    async def _failed(self, channel: Channel, row: OutboxRow, failure: SendFailed) -> None:
        async with self.store.begin(quick=True) as tx:
            await self._record(tx, channel, row, failure)
        gave_up = isinstance(failure, TryLater) and row.attempts >= MOST_ATTEMPTS
        if gave_up or isinstance(failure, Refused) or self._is_news(channel, failure):
            self.alert(channel.name, f"{failure.code}: {failure}")

    def _is_news(self, channel: Channel, failure: SendFailed) -> bool:
        if not isinstance(failure, ChannelDown):
            return False
        key, now = (channel.name, channel.account), self.clock()
        told_at = self._told_at.get(key)
        if told_at is not None and now - told_at < TOLD_FOR:
            return False
        self._told_at[key] = now
        return True

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
                await people.mark_blocked(tx, [(channel.name, channel.account, row.chat)], now=now)
                if not await self._goes_elsewhere(tx, row, now):
                    await outbox.failed(tx, row.id, words)
            case Moved(chat=chat):
                await _move(tx, channel.name, channel.account, row.chat, chat)
                there = msgspec.structs.replace(row, chat=chat)
                await outbox.later(tx, there, until=now, error=words)
            case OutcomeUnknown():
                await outbox.unknown(tx, row.id, words)
            case _:
                await outbox.failed(tx, row.id, words)

    async def _goes_elsewhere(self, tx: AsyncConnection, row: OutboxRow, now: datetime) -> bool:
        """Whether another chat of the person takes it over, the one used last first.

        An answer belongs to the chat it was asked in.
        """
        if row.person_id is None or row.group or row.part or row.purpose == "reply":
            return False
        chats = await people.accounts_of(tx, [row.person_id])
        for one in chats.get(row.person_id, ()):
            there = (one.channel, one.account)
            if one.blocked_at is None and there in self.channels and one.address != row.chat:
                await outbox.readdress(
                    tx,
                    row.id,
                    states=("sending", "unknown"),
                    channel=one.channel,
                    account=one.account,
                    chat=one.address,
                    now=now,
                )
                notify(tx, OUTBOX_BELL)
                return True
        return False


def _day(moment: datetime) -> date:
    return local_time(moment).date()


async def chat_moved(store: Store, channel: str, account: str, old: str, new: str) -> None:
    """A group lives on under another id: its unit and what waits for it go with it."""
    async with store.begin(quick=True) as tx:
        await _move(tx, channel, account, old, new)


async def _move(tx: AsyncConnection, channel: str, account: str, old: str, new: str) -> None:
    await outbox.move_chat(tx, channel, account, old, to=new)
    if await groups.group_unit(tx, channel, account, old) is not None:
        # told twice, by the update and by a failed send: the second must not take the unit away
        await groups.move_group(tx, channel, account, old, to=new)


def _with_note(words: str, limit: int) -> str:
    """The words, and where there is room for it that something is missing; never nothing."""
    noted = f"{words}\n{_LOST}".strip()
    return noted if units(noted) <= limit else words


_LOST = "(Có ảnh hoặc tệp em không mở được ạ.)"

_PAUSE = timedelta(minutes=5)
"""How long a channel that is down is left alone before one message tries again."""
