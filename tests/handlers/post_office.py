"""What tests of delivering and fetching share: a channel that does as it is told, and rows for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from bot.channels.base import Abilities, FetchFailed, Outgoing, Sent, Take
from bot.events import Reply
from storage import outbox
from storage.engine import Store
from storage.outbox import PRIORITY, OutboxRow

PHONE = Abilities(
    text_limit=48,
    caption_limit=20,
    buttons=8,
    location_in=True,
    edits=False,
    photos_out=2,
    files_out=True,
    groups=True,
    per_second=1_000_000.0,
    chat_gap_s=0.0,
    group_gap_s=0.0,
)


@dataclass
class Postman:
    """A channel in memory. `trouble` is raised for the next sends, one each; `doors` keep a chat waiting."""

    name: str = "post"
    account: str = "bot"
    can: Abilities = PHONE
    trouble: list[Exception | None] = field(default_factory=list)
    doors: dict[str, asyncio.Event] = field(default_factory=dict)
    carried: list[Outgoing] = field(default_factory=list)
    before: Callable[[Outgoing], Any] = lambda message: None
    store: dict[str, bytes | Exception] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)

    async def run(self, take: Take) -> None:
        """Nobody writes."""

    async def send(self, message: Outgoing) -> Sent:
        if (looked := self.before(message)) is not None:
            await looked
        if message.chat in self.doors:
            await self.doors[message.chat].wait()
        if self.trouble and (trouble := self.trouble.pop(0)) is not None:
            raise trouble
        self.carried.append(message)
        return Sent(f"m{len(self.carried)}")

    async def fetch(self, ref: str, *, limit_bytes: int) -> bytes:
        self.fetched.append(ref)
        found = self.store.get(ref, FetchFailed("no such file", for_good=True))
        if isinstance(found, Exception):
            raise found
        return found

    async def close(self) -> None:
        """Nothing to let go of."""

    def words(self) -> list[str]:
        return [message.words for message in self.carried]


def row(
    number: int, now: datetime, reply: Reply | str = "", chat: str = "lan", **more: Any
) -> OutboxRow:
    """Row `number`, for the postman."""
    reply = Reply(words=reply or str(number)) if isinstance(reply, str) else reply
    values: dict[str, Any] = {
        "id": number,
        "channel": "post",
        "account": "bot",
        "chat": chat,
        "person_id": None,
        "body": msgspec.json.encode(reply).decode(),
        "purpose": "reply",
        "priority": PRIORITY["reply"],
        "not_before": now,
        "made_at": now,
    }
    return OutboxRow(**(values | more))


async def put(store: Store, *rows: OutboxRow) -> None:
    async with store.begin() as tx:
        await outbox.put(tx, rows)


async def state_of(store: Store, number: int) -> OutboxRow:
    async with store.read() as tx:
        found = await outbox.get(tx, number)
    assert found is not None
    return found
