"""The tick of cases: limits that near or pass are told once, silence closes what was resolved.

Like the reminders it may come late, twice, or from several processes: what it says is keyed
in the store (`storage/case_limits.py`), and a closed case is not closed again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.desks.base import At, Notice
from bot.desks.case_tell import pressing, to_handlers, to_leaders, to_reporters
from bot.desks.case_view import OTHER, kinds_of
from bot.flows import case_words
from bot.flows.case_words import limit
from bot.flows.form import Moment, Who
from bot.handlers.owe import quiet_hours
from bot.handlers.receive import OUTBOX_BELL
from bot.handlers.tell import tell
from plans.calendar import Calendar, is_quiet, local_time
from plans.case_clock import TO_CITIZEN, TO_LEADER, Rung, Standing, rungs
from plans.handling import CaseStep
from storage import case_limits, case_people, casework, leases, units
from storage.case_limits import Ticking
from storage.cases import Case
from storage.casework import StepRefused, Taken
from storage.engine import Store, notify
from storage.ids import NewId
from storage.secrets import Seal

TICK = "cases"
"""The name under which the newest tick is remembered."""

NOBODY = 0
"""In the place of who speaks: the program itself."""

_Said = tuple[int, Rung, datetime]


@dataclass(frozen=True, kw_only=True)
class CaseClock:
    """What the clocks of cases need."""

    store: Store
    ids: NewId
    seal: Seal
    calendar: Calendar = field(default_factory=Calendar)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    async def once(self) -> int:
        """One tick, now. Returns how many people are written to.

        In quiet hours only urgent cases are spoken of; the rest is said by the first tick after.
        """
        now = self.clock()
        told = 0
        async with self.store.read() as tx:
            communes = [unit.id for unit in await units.communes(tx)]
        for commune_id in communes:
            async with self.store.begin() as tx:
                told += await self._commune(tx, commune_id, now)
        async with self.store.begin() as tx:
            await leases.fire(tx, TICK, now, now=now)
        return told

    async def _commune(self, tx: AsyncConnection, commune_id: int, now: datetime) -> int:
        at = self._at(tx, now)
        names, categories = await kinds_of(at, commune_id)
        quiet = is_quiet(now, await quiet_hours(tx))
        due: dict[_Said, Case] = {}
        for one in await case_limits.ticking(tx, commune_id):
            case = await self._with_limits(tx, one, categories)
            if quiet and not case.urgent:
                continue
            for rung in rungs(_standing(case), one.start, now, self.calendar):
                due[(case.id, rung, _limit_of(case, rung))] = case
        new = await case_limits.say_once(tx, list(due), now=now)
        notices: list[Notice] = []
        for said in sorted(new, key=lambda one: (one[0], one[1])):
            case = due[said]
            notices += await self._say(at, case, said[1], names.get(case.violation_key, OTHER))
        if notices:
            await tell(tx, notices, now=now, ids=self.ids)
            notify(tx, OUTBOX_BELL)
        return len({notice.person_id for notice in notices})

    async def _with_limits(
        self, tx: AsyncConnection, one: Ticking, categories: dict[str, str]
    ) -> Case:
        category = categories.get(one.case.violation_key, "other")
        return await case_limits.reckon(
            tx, one.case, category=category, calendar=self.calendar, start=one.start
        )

    def _at(self, tx: AsyncConnection, now: datetime) -> At:
        who = Who(person_id=NOBODY)
        moment_now = Moment(now, local_time(now).date())
        return At(tx=tx, who=who, moment=moment_now, ids=self.ids, seal=self.seal)

    async def _say(self, at: At, case: Case, rung: Rung, kind: str) -> Sequence[Notice]:
        if rung is Rung.CONFIRM_OVER:
            return await self._close(at, case)
        if rung in TO_CITIZEN:
            return await _remind_citizens(at, case)
        reply = pressing(case, _words(case, rung, kind))
        told = {one.person_id: one for one in await to_handlers(at, case, reply)}
        if rung in TO_LEADER:
            told |= {one.person_id: one for one in await to_leaders(at, case, reply)}
        return list(told.values())

    async def _close(self, at: At, case: Case) -> Sequence[Notice]:
        """Five days without the citizen's word."""
        taken = Taken(step=CaseStep.CLOSE_UNANSWERED)
        try:
            closed = await casework.step(at.tx, case.id, taken, now=at.moment.at, ids=self.ids)
        except StepRefused:
            return ()  # the citizen answered at this very moment
        return await to_reporters(at, closed, CaseStep.CLOSE_UNANSWERED)


def _standing(case: Case) -> Standing:
    return Standing(
        state=case.state,
        urgent=case.urgent,
        changed_at=case.changed_at,
        accept_due_at=case.accept_due_at,
        resolve_due_at=case.resolve_due_at,
    )


def _limit_of(case: Case, rung: Rung) -> datetime:
    """Which limit a rung is about: a limit that is reckoned anew is spoken of anew."""
    due_at = {
        Rung.ACCEPT_NEAR: case.accept_due_at,
        Rung.ACCEPT_PASSED: case.accept_due_at,
        Rung.RESOLVE_NEAR: case.resolve_due_at,
        Rung.RESOLVE_PASSED: case.resolve_due_at,
    }.get(rung)
    return due_at or case.changed_at


def _words(case: Case, rung: Rung, kind: str) -> str:
    what = f"{'KHẨN: ' if case.urgent else ''}{case.code} ({kind})"
    accept = limit(case.accept_due_at) if case.accept_due_at else ""
    resolve = limit(case.resolve_due_at) if case.resolve_due_at else ""
    return {
        Rung.ACCEPT_NEAR: f"{what} chưa ai nhận, hạn nhận {accept}. Anh/chị nhận giúp em ạ.",
        Rung.ACCEPT_PASSED: f"{what} đã quá hạn nhận ({accept}) mà chưa ai nhận ạ.",
        Rung.RESOLVE_NEAR: f"{what} sắp đến hạn xử lý ({resolve}) ạ.",
        Rung.RESOLVE_PASSED: f"{what} đã quá hạn xử lý ({resolve}) ạ.",
        Rung.URGENT_UNSEEN: f"{what} báo đã 30 phút mà chưa ai nhận. Anh/chị cho người đến ngay giúp em ạ.",
        Rung.ASKED_SILENT: f"{what}: đã 5 ngày người dân chưa trả lời câu hỏi. Anh/chị xử lý tiếp hoặc trả lời lý do giúp em ạ.",
    }[rung]


async def _remind_citizens(at: At, case: Case) -> list[Notice]:
    reporters = await case_people.reporters_of(at.tx, case.id, sealing=at.seal)
    return [Notice(one.person_id, case_words.reminded(one.code), waits=True) for one in reporters]
