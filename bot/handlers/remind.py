"""The tick: what is owed is brought up to date, and whoever must hear of something gets one message.

Everything a tick does is in one transaction and keyed, so ticks may come late, twice, or
from several processes: a nudge is written once (docs/decisions/0040-deadlines.md). A report
that is filed silences its nudges in its own transaction (`storage/reports.py`). An official
who is to be reminded and gets the office's morning table hears both in one message.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import nudge_words
from bot.desks.base import Notice
from bot.events import Reply
from bot.handlers import digest, thank
from bot.handlers.digest import Digest
from bot.handlers.nag_ahead import say_ahead
from bot.handlers.nag_facts import Facts
from bot.handlers.nag_rules import NagRules, chased_for, rules_of
from bot.handlers.owe import Known, books, ensure_owed
from bot.handlers.receive import OUTBOX_BELL
from bot.handlers.tell import best_account, tell
from plans.bends import bend_of
from plans.calendar import Calendar, is_quiet, local_time, moment_on, next_allowed_moment
from plans.nag_windows import Windows
from plans.periods import PeriodKind
from storage import (
    habits,
    leases,
    ledger,
    nag_people,
    nudges,
    obligations,
    people,
    roster,
    unsaid,
)
from storage.engine import Store, notify
from storage.ids import NewId
from storage.media import MediaStore
from storage.nudges import Nag

log = logging.getLogger(__name__)

TICK = "reminders"
"""The name under which the newest tick is remembered (`soxanh doctor` shows it)."""

LEARNED = "habits"
"""The name under which the day is remembered on which habits and rates were last reckoned."""


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """One message that a tick would write: to whom, where, what, and about which obligations."""

    person_id: int
    name: str
    channel: str
    reply: Reply
    obligation_ids: tuple[int, ...]
    rungs: tuple[str, ...]
    positions: tuple[int, ...] = ()
    duties: tuple[tuple[int, str], ...] = ()
    """(plan id, duty key) of each."""
    about: tuple[str, ...] = ()
    """ "Báo cáo năm 2026 của Thôn Đông", of each."""


class _DryRun(Exception):
    """Takes back what a preview did."""


@dataclass(frozen=True, kw_only=True)
class Reminder:
    """What reminding needs.

    `hour` is the local hour of every rung; it lies outside the quiet hours unless the office
    moved those, and then the nudge comes when they end. Without `files`, tables go as text only.
    With `windows` (an Official Account is connected) who is writing anyway is reminded while it
    is free, where the next rung would find the window shut.
    """

    store: Store
    ids: NewId
    calendar: Calendar = field(default_factory=Calendar)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    hour: int = 8
    files: MediaStore | None = None
    windows: Windows | None = None
    _known: Known = field(default_factory=dict, init=False)
    _tables_of: dict[int, date] = field(default_factory=dict, init=False)
    _learned: list[datetime] = field(default_factory=list, init=False)
    """The day whose habits and rates this process knows to be reckoned."""

    async def once(self) -> int:
        """One tick, now. Returns how many people are written to."""
        now = self.clock()
        await self._learn(now)
        known, tables_of = dict(self._known), dict(self._tables_of)
        async with self.store.begin() as tx:
            rules = await self._bring_up_to_date(tx, now, known)
            await unsaid.lapse(tx, now=now)
            nags: list[Nag] = []
            if is_quiet(now, rules.quiet):
                await unsaid.hush(tx, until=next_allowed_moment(now, rules.quiet))
            else:
                # whoever asked for "chiều nay" while the machine slept hears in the morning
                nags = await nudges.tick(
                    tx, now=now, rung_of=rules.rung_of(now), stopped=rules.stopped()
                )
            if self.windows is not None:
                but = {nag.person_id for nag in nags}
                nags += await say_ahead(tx, rules, windows=self.windows, now=now, but=but)
            planned = await _planned(tx, rules, nags, now)
            tables = await digest.due(
                tx, rules, files=self.files, now=now, ids=self.ids, done=tables_of
            )
            notices = _notices(planned, tables)
            await nudges.supersede(tx, [each.person_id for each in notices])
            rows = await tell(tx, notices, now=now, ids=self.ids)
            sent = {row.person_id: row.id for row in rows if row.person_id is not None}
            await nudges.sent_as(tx, sent, now=now)
            answers = await digest.answered_requests(tx, now=now, files=self.files, ids=self.ids)
            rows += await tell(tx, answers, now=now, ids=self.ids)
            thanks = await thank.early(tx, rules, now=now, ids=self.ids)
            await leases.fire(tx, TICK, now, now=now)
            if rows or thanks:
                notify(tx, OUTBOX_BELL)
        self._known.update(known)
        self._tables_of.update(tables_of)
        return len({row.person_id for row in rows})

    async def preview(self, at: datetime) -> list[Planned]:
        """What a tick at `at` would send, as things stand now; nothing is kept.

        Reports that fall due later are made owed for the preview and taken back with it.

        Args:
            at: aware; any moment, past or to come.
        """
        planned: list[Planned] = []
        try:
            async with self.store.begin() as tx:
                rules = await self._bring_up_to_date(tx, at)
                nags = await nudges.due_for_nudge(
                    tx, now=at, rung_of=rules.rung_of(at), stopped=rules.stopped()
                )
                planned = await _planned(tx, rules, nags, at)
                raise _DryRun
        except _DryRun:
            return planned

    async def preview_days(self, first: datetime, days: int) -> list[tuple[datetime, Planned]]:
        """What the mornings of so many days from `first` on would bring, if nobody reported meanwhile.

        Each morning's nudges are remembered for the next ones; then everything is taken back.
        """
        found: list[tuple[datetime, Planned]] = []
        today = local_time(first).date()
        try:
            async with self.store.begin() as tx:
                for day in range(days):
                    at = moment_on(today + timedelta(days=day), time(self.hour))
                    if at < first:
                        at = first
                    rules = await self._bring_up_to_date(tx, at)
                    nags = await nudges.tick(
                        tx, now=at, rung_of=rules.rung_of(at), stopped=rules.stopped()
                    )
                    found += [(at, each) for each in await _planned(tx, rules, nags, at)]
                raise _DryRun
        except _DryRun:
            return found

    async def _bring_up_to_date(
        self, tx: AsyncConnection, now: datetime, known: Known | None = None
    ) -> NagRules:
        found = await books(tx)
        await ensure_owed(tx, self.calendar, now=now, ids=self.ids, known=known, found=found)
        await obligations.advance(tx, now=now)
        await nag_people.free_assignees(tx, now=now)
        rules = await rules_of(tx, self.calendar, self.hour, found)
        bounds = rules.escalation_bounds(now)
        awake = [plan for plan, chosen in rules.settings.items() if rules.is_nag_hour(now, chosen)]
        longest = chased_for(PeriodKind.YEAR.value)
        await ledger.escalate(tx, awake, bounds, now=now, chased_for=longest)
        return rules

    async def _learn(self, now: datetime) -> None:
        """Once a day: habits, rates, and the books that are closed by the office's rule."""
        today = moment_on(local_time(now).date(), time(0))
        if today in self._learned:
            return
        async with self.store.begin() as tx:
            before = await leases.last_fired(tx, LEARNED)
            if not await leases.fire(tx, LEARNED, today, now=now):
                self._learned[:] = [today]
                return
            since = before or now - habits.REMEMBERS
            await habits.learn(tx, since=since, now=now, bend_of=bend_of)
            await habits.count_punctuality(tx, since=since, now=now)
            rules = await rules_of(tx, self.calendar, self.hour)
            for plan_id, settings in rules.settings.items():
                days = settings.get("ledger.locks_after_days")
                if isinstance(days, int) and days > 0:
                    past = now - timedelta(days=days)
                    await ledger.lock_past(tx, plan_id, due_before=past, now=now, ids=self.ids)
        self._learned[:] = [today]


# --- what is said ----------------------------------------------------------------------------


async def _planned(
    tx: AsyncConnection, rules: NagRules, nags: Sequence[Nag], now: datetime
) -> list[Planned]:
    if not nags:
        return []
    facts = await Facts(rules, now).load(tx, nags)
    names = await roster.names_of(tx, [nag.person_id for nag in nags])
    accounts = await people.accounts_of(tx, [nag.person_id for nag in nags])
    planned = []
    for nag in nags:
        account = best_account(accounts.get(nag.person_id, ()))
        name = names.get(nag.person_id, "")
        owing = facts.owing(nag)
        planned.append(
            Planned(
                person_id=nag.person_id,
                name=name or (account.name if account else ""),
                channel=account.channel if account else "",
                reply=nudge_words.reminder(name, owing, now),
                obligation_ids=tuple(each.obligation_id for each in nag.reminders),
                rungs=tuple(each.rung for each in nag.reminders),
                positions=tuple(each.position for each in nag.reminders),
                duties=tuple((each.plan_id, each.duty_key) for each in nag.reminders),
                about=tuple(f"{each.title} của {each.unit}" for each in owing),
            )
        )
    return planned


def _notices(planned: Sequence[Planned], tables: Sequence[Digest]) -> list[Notice]:
    """One message a person: their own reminder stands under the office's table."""
    own = {each.person_id: each.reply for each in planned}
    by_person: dict[int, Reply] = {}
    for table in tables:
        before = by_person.get(table.person_id)
        by_person[table.person_id] = table.reply if before is None else _under(before, table.reply)
    for person_id, reply in own.items():
        before = by_person.get(person_id)
        by_person[person_id] = reply if before is None else _under(before, reply)
    return [Notice(person_id, reply, "nudge") for person_id, reply in sorted(by_person.items())]


def _under(first: Reply, second: Reply) -> Reply:
    return Reply(
        words=f"{first.words}\n\n{second.words}",
        buttons=(*second.buttons, *first.buttons),
        photos=(*first.photos, *second.photos),
    )
