"""Where the Official Account's token pairs are kept: each call is one transaction (point 16)."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.channels.zalo_oa_tokens import Begun, Outcome, Tokens
from storage import leases, zalo_tokens
from storage.engine import Store
from storage.ids import NewId
from storage.secrets import Seal

REFRESH_LEASE = timedelta(minutes=3)
"""Longer than one refresh may take; after it, a mark without an answer means that the answer is lost."""


@dataclass
class StoreShelf:
    """`TokenShelf` over the store, for one Official Account."""

    store: Store
    account: str
    seal: Seal
    ids: NewId
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    _holder: str = field(default="", init=False)
    _spending: int = field(default=0, init=False)

    @property
    def _lease(self) -> str:
        return f"zalo-refresh:{self.account}"

    async def current(self) -> Tokens | None:
        """The pair in use."""
        async with self.store.read() as tx:
            pair = await zalo_tokens.current(tx, self.account, self.seal)
        return None if pair is None else Tokens(pair.access, pair.made_at, pair.expires_at)

    async def begin_refresh(self, stale: str) -> Begun:
        """Take the right to refresh, and mark the pair; committed when this returns."""
        now = self.clock()
        # each attempt is a holder of its own: one that was cancelled may still be under way
        holder = secrets.token_hex(8)
        async with self.store.begin(quick=True) as tx:
            taken = await leases.take(tx, self._lease, holder, now=now, ttl=REFRESH_LEASE)
            pair = await zalo_tokens.lock_current(tx, self.account, self.seal)
            outcome = _outcome(pair, stale, taken=taken)
            if pair is None or outcome != "spend":
                await leases.give_back(tx, self._lease, holder)
                return Begun(outcome)
            await zalo_tokens.about_to_spend(tx, pair.id, now=now)
        self._holder, self._spending = holder, pair.id
        return Begun("spend", pair.refresh)

    async def refreshed(self, access: str, refresh: str, expires_at: datetime) -> None:
        """Commit the new pair, before anybody uses it."""
        async with self.store.begin(quick=True) as tx:
            await zalo_tokens.replace(
                tx,
                self.account,
                access=access,
                refresh=refresh,
                expires_at=expires_at,
                made_by="refresh",
                seal=self.seal,
                now=self.clock(),
                ids=self.ids,
                spent=self._spending,
            )
            await leases.give_back(tx, self._lease, self._holder)

    async def refused(self, words: str) -> None:
        """The pair is dead until somebody consents again; a newer one that came meanwhile is not."""
        async with self.store.begin(quick=True) as tx:
            await zalo_tokens.end(
                tx,
                self.account,
                "refused",
                now=self.clock(),
                words=words,
                pair_id=self._spending,
            )
            await leases.give_back(tx, self._lease, self._holder)

    async def not_spent(self) -> None:
        """The mark was for nothing."""
        async with self.store.begin(quick=True) as tx:
            await zalo_tokens.not_spent(tx, self._spending)
            await leases.give_back(tx, self._lease, self._holder)

    async def revoked(self) -> None:
        """The account took its consent back (`permission_revoked`)."""
        async with self.store.begin(quick=True) as tx:
            await zalo_tokens.end(
                tx, self.account, "refused", now=self.clock(), words="permission_revoked"
            )

    async def begin_consent(self, state: str, verifier: str) -> None:
        """Remember a link that is handed out."""
        async with self.store.begin(quick=True) as tx:
            await zalo_tokens.begin_consent(
                tx, self.account, state=state, verifier=verifier, seal=self.seal, now=self.clock()
            )

    async def take_consent(self, state: str, since: datetime) -> str | None:
        """The verifier of the link, used up by this."""
        async with self.store.begin(quick=True) as tx:
            found = await zalo_tokens.take_consent(
                tx, self.account, state, since=since, seal=self.seal, now=self.clock()
            )
        return None if found is None else found.verifier

    async def consented(self, access: str, refresh: str, expires_at: datetime) -> None:
        """Commit the pair of a new consent."""
        async with self.store.begin(quick=True) as tx:
            await zalo_tokens.replace(
                tx,
                self.account,
                access=access,
                refresh=refresh,
                expires_at=expires_at,
                made_by="consent",
                seal=self.seal,
                now=self.clock(),
                ids=self.ids,
            )


def _outcome(pair: zalo_tokens.Pair | None, stale: str, *, taken: bool) -> Outcome:
    if pair is None:
        return "missing"
    if pair.access != stale:
        return "fresh"
    if not taken:
        return "busy"
    return "spend" if pair.spending_at is None else "doubtful"
