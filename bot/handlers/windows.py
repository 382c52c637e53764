"""Whether a message may go now, waits for the person's next word, goes by another channel, or is paid for.

Zalo's Official Account carries messages free for 48 hours after a person's last word, for
money until the seventh day, and then only templates (Zalo reference, B4, points 18 and 19);
the Zalo Bot has no window but a monthly quota (A7, point 22). What is chosen is recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Literal

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.zalo_desk import NAME_BOT, NAME_OA, Verdict
from bot.handlers.receive import OUTBOX_BELL
from plans.calendar import local_time, moment_on
from plans.nag_windows import WHY
from storage import outbox, people, windows, zalo
from storage.engine import Store, notify
from storage.outbox import OutboxRow
from storage.people import AccountRow
from storage.windows import ChoiceRow

Way = Literal["free", "elsewhere", "paid", "template", "waits"]

WAKE_EVERY = timedelta(days=7)
"""A template asks a silent person to write at most so often."""

MOST_TRIES = 6
"""A message that was tried so often stays where it waits: two channels that each send it to the other must not play ball with it."""

NEVER_THERE = frozenset({"webchat"})
"""Channels that show messages only to people who come and look: no way to reach somebody who is silent."""


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What the commune chose. Times are already less their margin."""

    free: timedelta = timedelta(hours=47.5)
    paid: timedelta = timedelta(hours=167)
    allow_paid: bool = False
    paid_vnd: int = 55
    budget_vnd: int = 0
    template: bool = False
    template_vnd: int = 200
    people: int = 50
    messages: int = 3000


@dataclass(frozen=True)
class Decision:
    """Which way a message goes, what that costs at most, and the reason as a key of `WHY`."""

    way: Way
    price_vnd: int = 0
    why: str = ""


def decide(
    silent_for: timedelta | None,
    rules: Rules,
    *,
    left_vnd: int,
    elsewhere: bool = False,
    woken_lately: bool = False,
) -> Decision:
    """The way of one message on the Official Account.

    Args:
        silent_for: since the person's last interaction; None when there never was one.
        left_vnd: what is left of this month's budget, in đồng.
        elsewhere: another channel of the person is open; it comes before money.
        woken_lately: a template asked them to write within `WAKE_EVERY`.
    """
    if silent_for is not None and silent_for <= rules.free:
        return Decision("free")
    why = _why(silent_for, rules)
    if elsewhere:
        return Decision("elsewhere", why=why)
    if silent_for is None:
        return Decision("waits", why=why)
    if silent_for <= rules.paid:
        if rules.allow_paid and rules.paid_vnd <= left_vnd:
            return Decision("paid", rules.paid_vnd, why)
        return Decision("waits", why="no-budget")
    wakes = rules.allow_paid and rules.template and rules.template_vnd <= left_vnd
    if wakes and not woken_lately:
        return Decision("template", rules.template_vnd, why)
    return Decision("waits", why=why)


def _why(silent_for: timedelta | None, rules: Rules) -> str:
    if silent_for is None:
        return "never-wrote"
    return "silent-48h" if silent_for <= rules.paid else "silent-7d"


def month_of(now: datetime) -> str:
    """The month of Việt Nam that `now` lies in: "2026-11"."""
    return f"{local_time(now):%Y-%m}"


def month_began(now: datetime) -> datetime:
    """When that month began."""
    return moment_on(local_time(now).date().replace(day=1), time(0, 0))


@dataclass(frozen=True, kw_only=True)
class Windows:
    """Decides for all channels of one installation.

    Args:
        accounts: our accounts that are switched on, by channel; others are no way to go.
    """

    store: Store
    rules: Rules
    accounts: Mapping[str, str]
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    # --- before a send -------------------------------------------------------------------------

    async def may_send_oa(
        self, account: str, chat: str, outbox_id: int, *, no_paid: bool
    ) -> Verdict:
        """Ask for one message on the Official Account; whatever is not free is recorded."""
        now = self.clock()
        async with self.store.read() as tx:
            known = await zalo.chat_of(tx, NAME_OA, account, chat)
        silent_for = None if known.interacted_at is None else now - known.interacted_at
        if silent_for is not None and silent_for <= self.rules.free:
            return Verdict("go")
        async with self.store.begin(quick=True) as tx:
            await windows.lock_budget(tx, NAME_OA, account)
            row = await outbox.get(tx, outbox_id)
            left_vnd = 0 if no_paid else await self._left_vnd(tx, account, now)
            decision = decide(
                silent_for,
                self.rules,
                left_vnd=left_vnd,
                elsewhere=row is not None and await self._way_out(tx, row, now) is not None,
                woken_lately=known.woken_at is not None and now - known.woken_at < WAKE_EVERY,
            )
            await self._record(tx, NAME_OA, account, outbox_id, decision, now)
            if decision.way == "template":
                await zalo.save_chats(tx, [msgspec.structs.replace(known, woken_at=now)])
        match decision.way:
            case "paid":
                return Verdict("go", decision.why, decision.price_vnd)
            case "template":
                return Verdict("wake", decision.why)
            case _:
                return Verdict("wait", decision.why)

    async def _left_vnd(self, tx: AsyncConnection, account: str, now: datetime) -> int:
        spent = await windows.spent_vnd(tx, NAME_OA, account, since=month_began(now))
        return self.rules.budget_vnd - spent

    async def settle_price(self, outbox_id: int, *, by_vnd: int) -> None:
        """What the platform billed differs by so much from what was set aside."""
        if by_vnd:
            async with self.store.begin(quick=True) as tx:
                await windows.correct_price(tx, outbox_id, by_vnd=by_vnd)

    async def may_send_bot(self, account: str, chat: str, outbox_id: int) -> Verdict:
        """Ask for one message of the Zalo Bot: the plan's quota of people and messages."""
        now = self.clock()
        async with self.store.read() as tx:
            if await self._bot_has_room(tx, account, chat, now):
                return Verdict("go")
        async with self.store.begin(quick=True) as tx:
            waits = Decision("waits", why="quota")
            await self._record(tx, NAME_BOT, account, outbox_id, waits, now)
        return Verdict("wait", "quota")

    async def _bot_has_room(
        self, tx: AsyncConnection, account: str, chat: str, now: datetime
    ) -> bool:
        month = month_of(now)
        use = await windows.month_use(tx, NAME_BOT, account, month)
        if use.messages >= self.rules.messages:
            return False
        if use.people < self.rules.people:
            return True
        return await windows.counted_this_month(tx, NAME_BOT, account, month, chat)

    async def count_bot(self, account: str, chat: str) -> str | None:
        """One message more went out; returns the part of the quota in words when it is time to warn."""
        now = self.clock()
        month = month_of(now)
        async with self.store.begin(quick=True) as tx:
            await windows.count_message(tx, NAME_BOT, account, month, chat)
            use = await windows.month_use(tx, NAME_BOT, account, month)
        return quota_words(use, self.rules)

    # --- what waits ----------------------------------------------------------------------------

    async def move_held(self) -> int:
        """Let what waits go by another channel of the same person where there is one. Returns how many."""
        now = self.clock()
        moved = 0
        async with self.store.begin(quick=True) as tx:
            for row in await windows.held_rows(tx, (NAME_OA, NAME_BOT)):
                way = await self._way_out(tx, row, now)
                if way is None:
                    continue
                await outbox.readdress(
                    tx,
                    row.id,
                    states=("held",),
                    channel=way.channel,
                    account=way.account,
                    chat=way.address,
                    now=now,
                )
                decision = Decision("elsewhere", why=(row.error or "").partition(": ")[2])
                await self._record(tx, row.channel, row.account, row.id, decision, now)
                moved += 1
            if moved:
                notify(tx, OUTBOX_BELL)
        return moved

    async def _way_out(
        self, tx: AsyncConnection, row: OutboxRow, now: datetime
    ) -> AccountRow | None:
        """Another chat of the person that carries the message now, the one used last first."""
        if row.person_id is None or row.group or row.part or row.attempts > MOST_TRIES:
            return None
        found = await people.accounts_of(tx, [row.person_id])
        for one in found.get(row.person_id, ()):
            if one.channel != row.channel and await self._carries(tx, one, now):
                return one
        return None

    async def _carries(self, tx: AsyncConnection, one: AccountRow, now: datetime) -> bool:
        if one.channel in NEVER_THERE or one.blocked_at is not None:
            return False
        if self.accounts.get(one.channel) != one.account:
            return False
        if one.channel == NAME_OA:
            known = await zalo.chat_of(tx, NAME_OA, one.account, one.address)
            at = known.interacted_at
            return at is not None and now - at <= self.rules.free
        if one.channel == NAME_BOT:
            return await self._bot_has_room(tx, one.account, one.address, now)
        return True

    async def _record(
        self,
        tx: AsyncConnection,
        channel: str,
        account: str,
        outbox_id: int,
        decision: Decision,
        now: datetime,
    ) -> None:
        if decision.way == "free":
            return
        await windows.record_choice(
            tx,
            ChoiceRow(
                outbox_id=outbox_id,
                channel=channel,
                account=account,
                choice=decision.way,
                price_vnd=decision.price_vnd,
                why=decision.why if decision.why in WHY else "refused",
                decided_at=now,
            ),
        )


WARN_AT = 0.8
"""From this part of a quota on administrators are told (point 22)."""


def quota_words(use: windows.MonthUse, rules: Rules) -> str | None:
    """The warning for this use of the quota, None while there is plenty."""
    people_part = use.people / rules.people
    messages_part = use.messages / rules.messages
    if max(people_part, messages_part) < WARN_AT:
        return None
    return (
        f"the Zalo Bot's plan: {use.people} of {rules.people} people and {use.messages} of "
        f"{rules.messages} messages this month; a larger commune belongs on an Official Account"
    )
