"""What the page of deadlines shows: reports with their units, what has no day, habits, rates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from office.case_names import shown_day, shown_moment
from plans.bends import adapted_words, habit_rule
from plans.calendar import Calendar, local_time
from plans.duty_titles import duty_title
from plans.extra_duties import Undated
from plans.owed import undated_of_year
from plans.pack import Pack
from plans.periods import PeriodError, parse_key
from storage import (
    digests,
    habits,
    ledger,
    obligations,
    office,
    plans,
    requests,
    roster,
    units,
)
from storage.nag_stops import Stopped, stopped_by
from storage.obligations import Obligation
from storage.units import Unit

LOOKS_BACK, LOOKS_AHEAD = timedelta(days=200), timedelta(days=60)

STATES = {
    "not_open": "chưa mở",
    "open": "đang chờ",
    "drafted": "đang làm dở",
    "overdue": "quá hạn",
    "filed_on_time": "đã gửi đúng hạn",
    "filed_late": "đã gửi muộn",
    "returned": "trả lại để sửa",
    "accepted": "đã duyệt",
    "excused": "được miễn",
}

STEPS = {
    "excused": "miễn",
    "owed_again": "phải nộp lại",
    "extended": "gia hạn",
    "locked": "khóa sổ",
    "reopened": "mở sổ",
    "handed_over": "nhờ người khác",
    "inherited": "đơn vị mới nhận thay",
}


@dataclass(frozen=True)
class Report:
    """One duty and period of one plan, with how many have filed; `href` leads to its units."""

    title: str
    due: str
    late: bool
    owing: int
    filed: int
    filed_late: int
    href: str


@dataclass(frozen=True)
class UnitLine:
    """How one unit stands with one report. `steps`: what was decided, newest last."""

    obligation_id: str
    name: str
    state: str
    due: str
    filed: str
    locked: bool
    open: bool
    steps: tuple[str, ...]


@dataclass(frozen=True)
class Habit:
    """Why one person hears earlier or later than others."""

    name: str
    unit: str
    words: str


@dataclass(frozen=True)
class CommuneView:
    """Everything of one commune on the page."""

    commune: Unit
    reports: tuple[Report, ...]
    undated: tuple[Undated, ...]
    habits_on: bool
    habits: tuple[Habit, ...]
    stopped: Stopped
    stopped_names: Mapping[int, str]
    units: tuple[Unit, ...]
    rates: tuple[tuple[str, str, str], ...]


def href(plan_id: int, duty_key: str, period_key: str) -> str:
    """The page of one report's units."""
    return f"/van-phong/han/{plan_id}/{duty_key}/{period_key}"


async def commune_view(tx: AsyncConnection, commune: Unit, *, now: datetime) -> CommuneView:
    """What stands in the ledger of one commune around `now`."""
    settings = await office.settings_of(tx, commune.id)
    packs = {plan.id: plan.pack for plan in await plans.load_plans(tx, commune.id)}
    stopped = stopped_by(settings)
    everyone = await units.of_commune(tx, commune.id)
    return CommuneView(
        commune=commune,
        reports=tuple(await _reports(tx, commune, packs, now)),
        undated=tuple(_undated(packs, settings, local_time(now).date())),
        habits_on=habit_rule(settings).on,
        habits=tuple(await _habits(tx, commune.id, settings)),
        stopped=stopped,
        stopped_names=await roster.names_of(tx, stopped.people),
        units=tuple(unit for unit in everyone if unit.id != commune.id),
        rates=tuple(await _rates(tx, commune, packs)),
    )


async def _reports(
    tx: AsyncConnection, commune: Unit, packs: Mapping[int, Pack], now: datetime
) -> list[Report]:
    found = await digests.rounds(tx, commune.id, since=now - LOOKS_BACK, until=now + LOOKS_AHEAD)
    asked = await requests.by_duty(tx, {one.duty_key for one in found})
    return [
        Report(
            title=asked[one.duty_key].title
            if one.duty_key in asked
            else duty_title(packs.get(one.plan_id), one.duty_key, one.period_key, named=True),
            due=shown_moment(one.due_at),
            late=one.due_at < now and one.filed < one.owing,
            owing=one.owing,
            filed=one.filed,
            filed_late=one.late,
            href=href(one.plan_id, one.duty_key, one.period_key),
        )
        for one in sorted(found, key=lambda one: one.due_at, reverse=True)
    ]


def _undated(packs: Mapping[int, Pack], settings: Mapping[str, Any], today: date) -> list[Undated]:
    return [
        one
        for pack in packs.values()
        for one in undated_of_year(pack, settings, Calendar(), today.year)
    ]


async def _habits(tx: AsyncConnection, commune_id: int, settings: Mapping[str, Any]) -> list[Habit]:
    """People whose reminders differ from the common ladder, by unit."""
    return [
        Habit(
            one.name or "Chưa có tên",
            one.unit_name,
            adapted_words(one.bend, len(one.days), one.kind, settings),
        )
        for one in await habits.bent_in(tx, commune_id)
    ]


async def _rates(
    tx: AsyncConnection, commune: Unit, packs: Mapping[int, Pack]
) -> list[tuple[str, str, str]]:
    """Completeness and timeliness of the commune, newest period first, as they are kept."""
    found = []
    for plan_id, pack in packs.items():
        kept = await habits.punctuality_of(tx, commune.id, plan_id)
        for period, duty, owing, filed, on_time, _ in kept:
            if owing:
                title = duty_title(pack, duty, period, named=True)
                found.append(
                    (_ends(period), title, _percent(filed, owing), _percent(on_time, owing))
                )
    return [row[1:] for row in sorted(found, reverse=True)[:_MOST_RATES]]


_MOST_RATES = 24


def _ends(period_key: str) -> date:
    try:
        return parse_key(period_key).end
    except PeriodError:
        return date.min


def _percent(part: int, whole: int) -> str:
    return f"{round(100 * part / whole)}%"


async def unit_lines(
    tx: AsyncConnection, owed: Sequence[Obligation], *, now: datetime
) -> list[UnitLine]:
    """The units of one report by name, with what was decided about each."""
    names = {
        one.id: one.name for one in (await units.by_ids(tx, [o.unit_id for o in owed])).values()
    }
    lines = [
        UnitLine(
            obligation_id=str(one.id),
            name=names.get(one.unit_id, "?"),
            state=STATES.get(one.state, one.state),
            due="" if one.due_at is None else shown_moment(one.due_at),
            filed="" if one.filed_at is None else shown_moment(one.filed_at),
            locked=one.locked_at is not None,
            open=one.state in obligations.UNSETTLED,
            steps=tuple(await _steps(tx, one.id)),
        )
        for one in owed
    ]
    return sorted(lines, key=lambda line: line.name)


async def _steps(tx: AsyncConnection, obligation_id: int) -> list[str]:
    history = await ledger.history(tx, obligation_id)
    names = await roster.names_of(tx, [one.by for one in history if one.by is not None])
    return [
        " ".join(
            part
            for part in (
                f"{STEPS.get(one.step, one.step)}",
                f"đến {shown_day(local_time(one.until).date())}" if one.until else "",
                f"({one.words})" if one.words and not one.words.startswith("person:") else "",
                f"– {names.get(one.by, '?') if one.by is not None else 'theo quy định của xã'}",
                f"ngày {shown_day(local_time(one.at).date())}",
            )
            if part
        )
        for one in history
    ]
