"""The desk of a bot that is polled: raw updates are written down first, and one process only may poll."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import timedelta

from bot.handlers.zalo_desk import StoreZaloDesk
from storage import leases, zalo
from storage.zalo import EventRow

POLL_LEASE = timedelta(seconds=90)
"""Longer than one poll (40 s); after it another process may take over."""


@dataclass
class PollingDesk(StoreZaloDesk):
    """`PollDesk` over the store."""

    _holder: str = field(default_factory=lambda: secrets.token_hex(8), init=False)

    async def may_poll(self) -> bool:
        """Take or renew the right to be the one that polls (point 25)."""
        name = f"zalo-poll:{self.account}"
        async with self.store.begin(quick=True) as tx:
            return await leases.take(tx, name, self._holder, now=self.clock(), ttl=POLL_LEASE)

    async def spool(self, raw: bytes) -> str:
        """Keep a raw update before anything is made of it; returns the key to `unspool` it by."""
        key = f"raw:{secrets.token_hex(12)}"
        row = EventRow(
            channel=self.channel,
            account=self.account,
            key=key,
            event="raw",
            chat="",
            body=raw.decode("utf-8", "replace"),
            at=self.clock(),
            state="raw",
        )
        async with self.store.begin(quick=True) as tx:
            await zalo.put_events(tx, [row])
        return key

    async def spooled(self) -> list[tuple[str, bytes]]:
        """Raw updates that were kept and not yet taken: what a process left behind when it died."""
        async with self.store.read() as tx:
            rows = await zalo.raw_events(tx, self.channel, self.account)
        return [(row.key, row.body.encode()) for row in rows]

    async def unspool(self, key: str) -> None:
        """What this raw update said is kept."""
        async with self.store.begin(quick=True) as tx:
            await zalo.drop_event(tx, self.channel, self.account, key)
