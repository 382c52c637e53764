"""The web chat's desk over the real store: what it hands over, keeps, and shows again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from bot.channels.webchat_wire import Heard, Line, NotAPicture, Shown, Told
from bot.events import Incoming, Reply
from storage import history, media
from storage.engine import Store
from storage.ids import NewId
from storage.media import MediaRefused, MediaStore

CHANNEL = "webchat"


@dataclass(frozen=True, kw_only=True)
class StoreDesk:
    """`WebChatDesk` over the store: the record is the inbox and the outbox, nothing else is kept."""

    store: Store
    files: MediaStore
    hand_over: Callable[[Sequence[Incoming]], Awaitable[None]]
    ids: NewId
    clock: Callable[[], datetime]
    account: str = "local"

    async def take(self, incomings: Sequence[Incoming]) -> None:
        """Durable once it returns."""
        await self.hand_over(incomings)

    async def keep_photo(self, data: bytes, *, address: str, ref: str) -> int:
        """Keep an uploaded picture under its handle; an upload that is repeated changes nothing."""
        async with self.store.read() as tx:
            known = await history.media_by_ref(tx, CHANNEL, self.account, ref)
        if known is not None:
            return known
        try:
            facts = await self.files.keep(data)
        except MediaRefused as refusal:
            raise NotAPicture from refusal
        if facts.shown_sha256 is None:
            raise NotAPicture
        media_id = self.ids()
        now = self.clock()
        async with self.store.begin() as tx:
            again = await history.media_by_ref(tx, CHANNEL, self.account, ref)
            if again is not None:
                return again
            await media.want(tx, [media.Wanted(media_id, CHANNEL, self.account, ref, None, now)])
            await media.kept(tx, media_id, facts)
        return media_id

    async def photo(self, media_id: int, *, address: str, thumbnail: bool) -> Shown | None:
        """The copy that may be shown, when a line of this very chat carries it."""
        async with self.store.read() as tx:
            facts = await media.get(tx, media_id)
            if facts is None or not await self._is_in_chat(address, facts.ref, media_id):
                return None
        digest = facts.thumb_sha256 if thumbnail else facts.shown_sha256
        if digest is None:
            return None
        return Shown(content_type="image/jpeg", data=await self.files.read(digest))

    async def _is_in_chat(self, address: str, ref: str, media_id: int) -> bool:
        """Own pictures carry the session in their handle; the bot's are in what it told this chat."""
        if ref.startswith(f"{address}/"):
            return True
        async with self.store.read() as tx:
            rows = await history.told_to(
                tx, self.account, address, since=None, limit=_LINES_WITH_PHOTOS
            )
        return any(media_id in _reply(row.body).photos for row in rows)

    async def history(self, address: str, *, since: datetime | None, limit: int) -> Sequence[Line]:
        """What was said and told in this chat, oldest first."""
        async with self.store.read() as tx:
            said = await history.said_by(
                tx, CHANNEL, self.account, address, since=since, limit=limit
            )
            told = await history.told_to(tx, self.account, address, since=since, limit=limit)
        now = self.clock()
        lines: list[Line] = [
            Heard(
                message_id=row.message_id,
                said=msgspec.json.decode(row.body, type=Incoming).said,
                at=row.received_at,
            )
            for row in said
        ]
        lines += [Told(id=row.id, reply=_reply(row.body), at=row.sent_at or now) for row in told]
        return sorted(lines, key=lambda line: line.at)[-limit:]


_LINES_WITH_PHOTOS = 200
"""How far back a picture that the bot showed may be opened again."""


def _reply(body: str) -> Reply:
    return msgspec.json.decode(body, type=Reply)
