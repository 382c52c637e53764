"""The rest of the house, as an account of Zalo sees it: `ZaloDesk` over the store.

What arrives is kept in one transaction with everything it says about the chat (window, album,
pause); the messages among it wait in the inbox until `Receiver.work_stored` answers them in
the order of their own time.
"""

from __future__ import annotations

import hashlib
import logging
import re
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import cast

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.base import Outgoing
from bot.channels.zalo_desk import NAME_OA, Arrived, Uploaded, Verdict
from bot.channels.zalo_files import FILE_LINK_DAYS
from bot.events import Blocked, Incoming, Photo, Tap, Text, Unblocked
from bot.handlers.intake import Intake
from bot.handlers.windows import Windows
from bot.handlers.zalo_alerts import Alerts
from storage import inbox, uploads, zalo
from storage.engine import Store, notify
from storage.inbox import InboxRow
from storage.pictures import PICTURES, sniff
from storage.zalo import ChatRow, EventRow

log = logging.getLogger(__name__)

INBOX_BELL = "inbox"
"""Rung when messages wait to be worked on."""

ALBUM_S = 20.0
"""Photos of one chat within this time belong together: both platforms send an album one by one (point 9)."""

UNSUPPORTED_EVERY = timedelta(hours=24)
LINK_LASTS = timedelta(hours=24)
FILE_LINK_LASTS = timedelta(days=FILE_LINK_DAYS)
UPLOAD_LASTS = timedelta(days=6)
"""Zalo forgets uploads after 7 days (B6)."""

_CHOICE = re.compile(r"^\s*\d{1,2}[.)]?\s*$")
_LATE = Tap("q.late.")
"""An answer to a question that was left since: met as an old button is, politely and without effect (point 12)."""

MayBeSeen = Callable[[AsyncConnection, str], Awaitable[bool]]
"""Whether the bytes of this SHA-256 are of a kind that may be published."""

_UNKEPT = frozenset({"user_received_message", "user_seen_message"})


@dataclass
class StoreZaloDesk:
    """`ZaloDesk` over the store, for one account of ours.

    Args:
        public_url: where Zalo can fetch pictures from; "" when nowhere.
        pause: how long the bot is silent after an official wrote in a chat.
    """

    channel: str
    account: str
    store: Store
    windows: Windows
    alerts: Alerts
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    public_url: str = ""
    pause: timedelta = timedelta(minutes=30)
    _intake: Intake[Arrived] = field(init=False)
    _no_paid_until: datetime | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._intake = Intake(self._keep)

    # --- what arrives --------------------------------------------------------------------------

    async def keep(self, arrived: Sequence[Arrived]) -> None:
        """Make updates durable; those that arrive together share one transaction."""
        await self._intake.take(arrived)

    async def _keep(self, arrived: Sequence[Arrived]) -> None:
        batch = sorted(arrived, key=lambda one: one.at)
        async with self.store.begin(quick=True) as tx:
            keys = [(self.channel, self.account, one.key) for one in batch]
            known = {key for _, _, key in await inbox.known(tx, keys)}
            keeping = _Keeping(self, tx, self.clock())
            await keeping.load(batch)
            for one in batch:
                if one.key not in known:
                    known.add(one.key)
                    await keeping.take(one)
            await keeping.save()

    async def signed(self, *, good: int = 0, bad: int = 0) -> None:
        """Count webhook signatures."""
        async with self.store.begin(quick=True) as tx:
            await zalo.note_events(
                tx, self.channel, self.account, good_signatures=good, bad_signatures=bad
            )

    # --- what is sent --------------------------------------------------------------------------

    async def may_send(self, message: Outgoing) -> Verdict:
        """Ask before sending."""
        outbox_id = _outbox_id(message)
        if self.channel != NAME_OA:
            return await self.windows.may_send_bot(self.account, message.chat, outbox_id)
        no_paid = self._no_paid_until is not None and self.clock() < self._no_paid_until
        return await self.windows.may_send_oa(
            self.account, message.chat, outbox_id, no_paid=no_paid
        )

    async def was_sent(self, message: Outgoing, *, reserved_vnd: int, billed_vnd: int) -> None:
        """It was carried; on the Zalo Bot it counts against the plan."""
        if self.channel == NAME_OA:
            await self.windows.settle_price(
                _outbox_id(message), by_vnd=(billed_vnd - reserved_vnd) if reserved_vnd else 0
            )
            return
        warning = await self.windows.count_bot(self.account, message.chat)
        if warning is not None:
            await self.alert("quota", warning)

    async def not_sent(self, message: Outgoing, *, reserved_vnd: int) -> None:
        """What was set aside is free again."""
        await self.windows.settle_price(_outbox_id(message), by_vnd=-reserved_vnd)

    async def no_paid_until_morning(self) -> None:
        """Choose nothing paid for a day."""
        self._no_paid_until = self.clock() + timedelta(days=1)

    async def doubt(self, key: str, at: datetime) -> None:
        """Nobody knows whether this message was carried."""
        row = EventRow(
            channel=self.channel,
            account=self.account,
            key=f"doubt:{key}",
            event="send-doubt",
            chat="",
            body=key,
            at=at,
            state="doubt",
        )
        async with self.store.begin(quick=True) as tx:
            await zalo.put_events(tx, [row])

    async def doubts(self) -> dict[str, datetime]:
        """Messages to look for before they are sent again."""
        async with self.store.read() as tx:
            rows = await zalo.doubted(tx, self.channel, self.account)
        return {row.body: row.at for row in rows}

    async def settled(self, key: str) -> None:
        """It is known now."""
        async with self.store.begin(quick=True) as tx:
            await zalo.drop_event(tx, self.channel, self.account, f"doubt:{key}")

    # --- pictures ------------------------------------------------------------------------------

    async def uploaded(self, sha256: str) -> Uploaded | None:
        """What the platform holds of these bytes already."""
        since = self.clock() - UPLOAD_LASTS
        async with self.store.read() as tx:
            found = await uploads.find_upload(tx, self.channel, self.account, sha256, since=since)
        return None if found is None else Uploaded(found.field, found.ref)

    async def keep_upload(self, sha256: str, made: Uploaded | None) -> None:
        """Remember an upload, or forget it."""
        async with self.store.begin(quick=True) as tx:
            if made is None:
                await uploads.forget_upload(tx, self.channel, self.account, sha256)
            else:
                kept = uploads.Upload(made.field, made.ref)
                now = self.clock()
                await uploads.keep_upload(tx, self.channel, self.account, sha256, kept, now=now)

    async def publish(self, content: bytes) -> str | None:
        """An unguessable address for a shown copy, for a day; None for anything else (point 27)."""
        return await self._published(content, uploads.is_shown_copy, LINK_LASTS)

    async def publish_file(self, content: bytes) -> str | None:
        """An unguessable address for a file, for three days; None for a picture: it may hold a position."""
        if sniff(content) in PICTURES:
            return None
        return await self._published(content, uploads.is_kept_file, FILE_LINK_LASTS)

    async def _published(self, content: bytes, may_be: MayBeSeen, lasts: timedelta) -> str | None:
        if not self.public_url:
            return None
        sha256 = hashlib.sha256(content).hexdigest()
        token = secrets.token_urlsafe(24)
        async with self.store.begin(quick=True) as tx:
            if not await may_be(tx, sha256):
                return None
            await uploads.publish(tx, link_digest(token), sha256, until=self.clock() + lasts)
        return f"{self.public_url.rstrip('/')}/m/{token}"

    # --- what is told once ---------------------------------------------------------------------

    async def first_place_asked(self, chat: str) -> bool:
        """Whether this chat was never told how a place is told here."""
        async with self.store.begin(quick=True) as tx:
            known = await zalo.chat_of(tx, self.channel, self.account, chat)
            if known.told_place_at is not None:
                return False
            told = msgspec.structs.replace(known, told_place_at=self.clock())
            await zalo.save_chats(tx, [told])
        return True

    async def is_sensitive(self, chat: str) -> bool:
        """Whether the platform says that this person is under 18."""
        async with self.store.read() as tx:
            return (await zalo.chat_of(tx, self.channel, self.account, chat)).sensitive

    async def alert(self, code: str, words: str) -> None:
        """Tell the administrators."""
        await self.alerts.raise_(self.channel, self.account, code, words)

    async def is_well(self, code: str) -> None:
        """It is over."""
        await self.alerts.end(self.channel, self.account, code)


def link_digest(token: str) -> str:
    """What is kept of an address: whoever reads the database cannot open it."""
    return hashlib.sha256(token.encode()).hexdigest()


def _outbox_id(message: Outgoing) -> int:
    number = message.key.partition(".")[0]
    return int(number) if number.isdigit() else 0


@dataclass
class _Keeping:
    """One transaction's work on what arrived."""

    desk: StoreZaloDesk
    tx: AsyncConnection
    now: datetime
    chats: dict[str, ChatRow] = field(default_factory=dict)
    rows: list[InboxRow] = field(default_factory=list)
    events: list[EventRow] = field(default_factory=list)
    newest: Arrived | None = None

    async def load(self, batch: Sequence[Arrived]) -> None:
        """What is remembered of the chats of this batch."""
        desk = self.desk
        wanted = {one.chat for one in batch if one.chat}
        self.chats = await zalo.chats_of(self.tx, desk.channel, desk.account, wanted)

    async def take(self, one: Arrived) -> None:
        """Note what an update says about its chat, and put its message in the inbox."""
        self.newest = one
        chat = self._chat(one) if one.chat else None
        if chat is not None and one.interacts:
            at = max(one.at, chat.interacted_at) if chat.interacted_at else one.at
            chat = self._note(chat, interacted_at=at)
        if chat is not None and one.staff:
            log.info("zalo: an official wrote in a chat; the bot pauses there")
            chat = self._note(chat, paused_until=one.at + self.desk.pause)
        if one.incoming is None or chat is None:
            self._event(one, "new" if one.to_do else "kept")
            return
        await self._message(one, one.incoming, chat)

    async def _message(self, one: Arrived, incoming: Incoming, chat: ChatRow) -> None:
        if one.once_a_day:
            told = chat.told_unsupported_at
            if incoming.group or (told is not None and self.now - told < UNSUPPORTED_EVERY):
                self._event(one, "kept")
                return
            chat = self._note(chat, told_unsupported_at=self.now)
        if self._is_paused(incoming, chat):
            self._event(one, "paused")
            return
        if isinstance(incoming.said, Photo):
            incoming = self._in_album(incoming, chat)
        elif isinstance(incoming.said, Text) and await self._comes_late(incoming):
            incoming = msgspec.structs.replace(incoming, said=_LATE)
        self.rows.append(
            InboxRow(
                channel=incoming.channel,
                account=incoming.account,
                message_id=incoming.message_id,
                sender=incoming.sender,
                body=msgspec.json.encode(incoming).decode(),
                state="waiting",
                received_at=incoming.sent_at,
            )
        )

    def _is_paused(self, incoming: Incoming, chat: ChatRow) -> bool:
        """Whether an official talks here now. A button or a command calls the bot back."""
        if chat.paused_until is None or chat.paused_until <= incoming.sent_at:
            return False
        said = incoming.said
        calls = isinstance(said, Tap) or (isinstance(said, Text) and said.words.startswith("/"))
        if calls:
            self._note(chat, paused_until=None)
        return not calls and not isinstance(said, Blocked | Unblocked)

    def _in_album(self, incoming: Incoming, chat: ChatRow) -> Incoming:
        at, album = incoming.sent_at, chat.album
        apart_s = abs((at - chat.album_at).total_seconds()) if chat.album_at else ALBUM_S
        if apart_s >= ALBUM_S or not album:
            album = f"{incoming.chat}:{int(at.timestamp() * 1000)}"
        self._note(chat, album=album, album_at=at)
        return msgspec.structs.replace(incoming, album=album)

    async def _comes_late(self, incoming: Incoming) -> bool:
        """Whether this is a bare choice, and what the person said after it was answered already."""
        words = cast("Text", incoming.said).words
        if not _CHOICE.match(words):
            return False
        return await zalo.overtaken(
            self.tx, incoming.channel, incoming.account, incoming.sender, incoming.sent_at
        )

    def _chat(self, one: Arrived) -> ChatRow:
        fresh = ChatRow(channel=self.desk.channel, account=self.desk.account, chat=one.chat)
        return self.chats.setdefault(one.chat, fresh)

    def _note(self, chat: ChatRow, **changes: object) -> ChatRow:
        changed: ChatRow = msgspec.structs.replace(chat, **changes)
        self.chats[chat.chat] = changed
        return changed

    def _event(self, one: Arrived, state: str) -> None:
        own_echo = one.event.startswith("oa_send_") and not one.staff
        if own_echo or one.event in _UNKEPT:
            return
        self.events.append(
            EventRow(
                channel=self.desk.channel,
                account=self.desk.account,
                key=one.key,
                event=one.event,
                chat=one.chat,
                body=one.body,
                at=one.at,
                state=state,
            )
        )

    async def save(self) -> None:
        """Write everything, with one statement a table."""
        desk = self.desk
        await zalo.save_chats(self.tx, list(self.chats.values()))
        await zalo.put_events(self.tx, self.events)
        await inbox.put(self.tx, self.rows)
        if self.newest is not None:
            await zalo.note_events(
                self.tx,
                desk.channel,
                desk.account,
                event=self.newest.event,
                at=self.newest.at,
            )
        if self.rows:
            notify(self.tx, INBOX_BELL)
