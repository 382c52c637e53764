"""What Zalo needs done beside receiving and sending: withdrawals, names, waiting messages, the platform's silence."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.base import SendFailed
from bot.channels.zalo_desk import NAME_OA
from bot.channels.zalo_http import CallFailed
from bot.channels.zalo_oa import ZaloOa
from bot.channels.zalo_oa_calls import OaError
from bot.handlers.windows import Windows
from bot.handlers.zalo_alerts import Alerts
from bot.handlers.zalo_shelf import StoreShelf
from plans.calendar import Calendar
from storage import audits, people, uploads, zalo
from storage.engine import Store
from storage.ids import NewId
from storage.secrets import Seal
from storage.zalo import EventRow

log = logging.getLogger(__name__)

EVENTS_KEPT = timedelta(days=30)
DOWN_FOR = timedelta(hours=2)
"""After such a silence the webhook may have been switched off, and events in between are lost (B10, point 30)."""

LOOK_BACK = timedelta(minutes=10)
NAMES_AT_ONCE = 5
MINUTE = timedelta(minutes=1)


@dataclass
class OaRounds:
    """The rounds of one Official Account. `once` often, `tick` every minute or so."""

    oa: ZaloOa
    store: Store
    shelf: StoreShelf
    alerts: Alerts
    ids: NewId
    seal: Seal
    silence_alert_h: int = 8
    calendar: Calendar = field(default_factory=Calendar)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    _ticked_at: datetime | None = field(default=None, init=False)

    async def once(self) -> int:
        """Do what events ask for. Returns how many there were."""
        async with self.store.read() as tx:
            if not await zalo.has_to_do(tx, NAME_OA, self.oa.account):
                return 0
        async with self.store.begin(quick=True) as tx:
            events = await zalo.events_to_do(tx, NAME_OA, self.oa.account)
            for event in events:
                if event.event == "user_withdraw":
                    await self._forget(tx, event)
            left = [event for event in events if event.event != "user_withdraw"]
            await zalo.mark_events(tx, left, "done")
        if any(event.event == "permission_revoked" for event in events):
            await self.shelf.revoked()
            await self.alerts.raise_(NAME_OA, self.oa.account, "revoked", "permission_revoked")
        return len(events)

    async def _forget(self, tx: AsyncConnection, event: EventRow) -> None:
        """Consent withdrawn: what is kept of this chat goes, and of the person when nothing else ties them to us."""
        now = self.clock()
        person_id = await zalo.forget_chat(tx, NAME_OA, event.account, event.chat)
        whole = person_id is not None and not await zalo.has_accounts(tx, person_id)
        if person_id is not None and whole:
            await people.erase(tx, person_id, now=now, seal=self.seal)
        subject = f"person:{person_id}" if person_id is not None else "zalo_oa"
        await audits.record(
            tx, "withdraw", subject, by=None, details={"whole": whole}, now=now, ids=self.ids
        )

    async def tick(self) -> None:
        """Renew tokens, learn names, notice silence; at the first tick also read back what was missed."""
        first = self._ticked_at is None
        now = self.clock()
        if self._ticked_at is not None and now - self._ticked_at < MINUTE:
            return
        self._ticked_at = now
        await self.oa.tick()
        if first:
            await self._recover(now)
            await self._learn_own_name()
        await self._learn_names()
        await self._notice_silence(now)
        async with self.store.begin(quick=True) as tx:
            await zalo.forget_events(tx, now - EVENTS_KEPT)
            await uploads.forget_links(tx, now)

    async def _recover(self, now: datetime) -> None:
        async with self.store.read() as tx:
            facts = await zalo.account_facts(tx, NAME_OA, self.oa.account)
        if facts.last_event_at is None or now - facts.last_event_at < DOWN_FOR:
            return
        try:
            found = await self.oa.recover(facts.last_event_at - LOOK_BACK)
        except (OaError, CallFailed, SendFailed) as error:
            log.warning("zalo: missed messages could not be read back: %s", error)
        else:
            log.info("zalo: %d lines of chats read back", found)

    async def _learn_own_name(self) -> None:
        try:
            found = await self.oa.describe()
        except (OaError, CallFailed, SendFailed) as error:
            log.warning("zalo: the account could not be asked its name: %s", error)
            return
        if found.get("name"):
            async with self.store.begin(quick=True) as tx:
                await zalo.name_our_account(tx, NAME_OA, self.oa.account, str(found["name"]))

    async def _learn_names(self) -> None:
        """The webhook never says who writes (B8); one call a person, and no name when that fails."""
        async with self.store.read() as tx:
            unknown = await zalo.to_introduce(tx, NAME_OA, self.oa.account, NAMES_AT_ONCE)
        for chat in unknown:
            try:
                name, sensitive = await self.oa.introduce(chat.chat)
            except SendFailed:
                return
            async with self.store.begin(quick=True) as tx:
                now = await zalo.chat_of(tx, NAME_OA, self.oa.account, chat.chat)
                known = msgspec.structs.replace(
                    now, introduced_at=self.clock(), sensitive=sensitive
                )
                await zalo.save_chats(tx, [known])
                if name:
                    await zalo.name_account(tx, NAME_OA, self.oa.account, chat.chat, name)

    async def _notice_silence(self, now: datetime) -> None:
        async with self.store.read() as tx:
            last_at = (await zalo.account_facts(tx, NAME_OA, self.oa.account)).last_event_at
        if last_at is None or not self.silence_alert_h:
            return
        silent_h = self.calendar.working_hours_between(last_at, now)
        if silent_h >= self.silence_alert_h:
            words = f"no webhook event for {silent_h:.0f} working hours"
            await self.alerts.raise_(NAME_OA, self.oa.account, "silence", words)
        else:
            await self.alerts.end(NAME_OA, self.oa.account, "silence")


@dataclass
class HeldRounds:
    """Moves what waits to other channels, now and then."""

    windows: Windows
    every: timedelta = timedelta(seconds=5)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    _done_at: datetime | None = field(default=None, init=False)

    async def once(self) -> int:
        """Returns how many messages were moved."""
        now = self.clock()
        if self._done_at is not None and now - self._done_at < self.every:
            return 0
        self._done_at = now
        return await self.windows.move_held()
