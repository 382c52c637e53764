"""The tick: what is owed is brought up to date, and whoever must be reminded gets one message.

Everything a tick does is in one transaction and keyed, so ticks may come late, twice, or
from several processes: a nudge is written once (docs/decisions/0008-obligations.md). A report
that is filed silences its nudges in its own transaction (`storage/reports.py`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import nudge_words
from bot.desks.base import Notice
from bot.events import Reply
from bot.handlers.owe import ensure_owed, quiet_hours
from bot.handlers.receive import OUTBOX_BELL
from bot.handlers.tell import best_account, tell
from bot.nudge_words import Owing
from plans.calendar import Calendar, QuietHours
from plans.ladder import FIRST_FORM, Ladder, rung_due
from storage import leases, nudges, obligations, people, plans, roster
from storage.engine import Store, notify
from storage.ids import NewId
from storage.nudges import Nag, RungOf, Standing
from storage.plans import PlanRow

log = logging.getLogger(__name__)

TICK = "reminders"
"""The name under which the newest tick is remembered (`soxanh doctor` shows it)."""

NAGS_FOR = timedelta(days=14)
"""After this long past the due time a machine that slept says nothing any more; officials see the list."""


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """One message that a tick would write: to whom, where, what, and about which obligations."""

    person_id: int
    name: str
    channel: str
    reply: Reply
    obligation_ids: tuple[int, ...]
    rungs: tuple[str, ...]


class _DryRun(Exception):
    """Takes back what a preview did."""


@dataclass(frozen=True, kw_only=True)
class Reminder:
    """What reminding needs.

    `hour` is the local hour of every rung; it lies outside the quiet hours unless the office
    moved those, and then the nudge comes when they end.
    """

    store: Store
    ids: NewId
    calendar: Calendar = field(default_factory=Calendar)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    hour: int = 8

    async def once(self) -> int:
        """One tick, now. Returns how many people are written to."""
        now = self.clock()
        async with self.store.begin() as tx:
            await self._bring_up_to_date(tx, now)
            quiet = await quiet_hours(tx)
            nags = await nudges.tick(tx, now=now, rung_of=self._rung_of(now, quiet))
            planned = await _planned(tx, nags, now)
            rows = await tell(tx, _notices(planned), now=now, ids=self.ids)
            sent = {row.person_id: row.id for row in rows if row.person_id is not None}
            await nudges.sent_as(tx, sent, now=now)
            await leases.fire(tx, TICK, now, now=now)
            if rows:
                notify(tx, OUTBOX_BELL)
        return len(rows)

    async def preview(self, at: datetime) -> list[Planned]:
        """What a tick at `at` would send, as things stand now; nothing is kept.

        Reports that fall due later are made owed for the preview and taken back with it.

        Args:
            at: aware; any moment, past or to come.
        """
        planned: list[Planned] = []
        try:
            async with self.store.begin() as tx:
                await self._bring_up_to_date(tx, at)
                quiet = await quiet_hours(tx)
                nags = await nudges.due_for_nudge(tx, now=at, rung_of=self._rung_of(at, quiet))
                planned = await _planned(tx, nags, at)
                raise _DryRun
        except _DryRun:
            return planned

    async def _bring_up_to_date(self, tx: AsyncConnection, now: datetime) -> None:
        await ensure_owed(tx, self.calendar, now=now, ids=self.ids)
        await obligations.advance(tx, now=now)

    def _rung_of(self, now: datetime, quiet: QuietHours) -> RungOf:
        ladder: Ladder = replace(FIRST_FORM, at=time(self.hour))

        def rung_of(standing: Standing) -> str | None:
            if now - standing.due_at > NAGS_FOR:
                return None
            due = rung_due(
                standing.due_at,
                now,
                calendar=self.calendar,
                quiet=quiet,
                ladder=ladder,
                opened_at=standing.opens_at,
            )
            return due.rung.key if due else None

        return rung_of


# --- what is said ----------------------------------------------------------------------------


async def _planned(tx: AsyncConnection, nags: Sequence[Nag], now: datetime) -> list[Planned]:
    by_id = {plan.id: plan for plan in await plans.load_plans(tx)} if nags else {}
    names = await roster.names_of(tx, [nag.person_id for nag in nags])
    accounts = await people.accounts_of(tx, [nag.person_id for nag in nags])
    planned = []
    for nag in nags:
        account = best_account(accounts.get(nag.person_id, ()))
        name = names.get(nag.person_id, "")
        owing = _owing(nag, by_id)
        planned.append(
            Planned(
                person_id=nag.person_id,
                name=name or (account.name if account else ""),
                channel=account.channel if account else "",
                reply=nudge_words.reminder(name, owing, now),
                obligation_ids=tuple(each.obligation_id for each in nag.reminders),
                rungs=tuple(each.rung for each in nag.reminders),
            )
        )
    return planned


def _owing(nag: Nag, by_id: Mapping[int, PlanRow]) -> list[Owing]:
    return [
        Owing(
            obligation_id=each.obligation_id,
            title=_title(each, nag, by_id),
            unit=each.unit_name,
            due_at=each.due_at,
        )
        for each in nag.reminders
    ]


def _title(reminder: nudges.Reminder, nag: Nag, by_id: Mapping[int, PlanRow]) -> str:
    """ "Báo cáo năm 2026"; a unit that owes two reports for one period hears the duties' own names."""
    twins = [
        other
        for other in nag.reminders
        if (other.unit_id, other.period_key) == (reminder.unit_id, reminder.period_key)
    ]
    short = nudge_words.title_of("", reminder.period_key)
    if short and len(twins) == 1:
        return short
    return nudge_words.title_of(_duty_name(reminder, by_id), reminder.period_key)


def _duty_name(reminder: nudges.Reminder, by_id: Mapping[int, PlanRow]) -> str:
    plan = by_id.get(reminder.plan_id)
    duties = plan.pack.duties if plan else ()
    return next((duty.name for duty in duties if duty.key == reminder.duty_key), "Báo cáo")


def _notices(planned: Sequence[Planned]) -> list[Notice]:
    return [Notice(each.person_id, each.reply, "nudge") for each in planned]
