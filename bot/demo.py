"""`soxanh demo`: a commune to look at. Hà Đông's plan, invented villages, and months of reports.

Everything goes through the same functions of the store as real reports do, in the order it
would have happened, and comes out the same for the same day (a fixed seed).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import demo_cast as cast
from bot.desks.campaign import CAMPAIGN_FIGURE
from bot.desks.report import amounts_of, form_of
from bot.flows.form import Form, Moment
from bot.flows.report import DutyForm, Item, ReportBrief
from plans.calendar import Calendar, local_time, moment_on
from plans.handling import CaseStep
from plans.loader import shipped_pack
from plans.owed import Owed, owed
from plans.periods import STATUTE, PeriodKind, period_containing
from storage import cases, casework, invites, obligations, office, people, plans, reports, units
from storage.access import Role
from storage.cases import NewCase
from storage.casework import Taken
from storage.engine import Store
from storage.figures import Amount
from storage.ids import NewId
from storage.obligations import Obligation
from storage.plans import PlanRow
from storage.reporters import Sealing
from storage.reports import Filing
from storage.units import NewUnit, Unit

SEED = 20260401
CHANNEL, ACCOUNT = "webchat", "local"
CAMPAIGN_WEEKS = 18
CASE_EVERY_DAYS = 11

Progressed = Callable[[str, int, int], None]
"""(what is being made, how many are done, of how many)."""


@dataclass(frozen=True)
class Code:
    """An invite code to try: what one becomes with it."""

    who: str
    unit: str
    role: str
    code: str


@dataclass(frozen=True)
class Made:
    """What the demonstration holds, and codes to enter it by."""

    codes: tuple[Code, ...]
    reports: int
    cases: int
    next_due_at: datetime | None


@dataclass
class _Stage:
    """The half-made demonstration."""

    store: Store
    ids: NewId
    sealing: Sealing
    now: datetime
    rng: random.Random
    progressed: Progressed
    plan: PlanRow | None = None
    units: dict[str, Unit] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)

    @property
    def row(self) -> PlanRow:
        """The imported plan."""
        if self.plan is None:
            raise RuntimeError("the plan comes first")
        return self.plan


def _silent(what: str, done: int, total: int) -> None:
    """Nobody watches."""


async def fill(
    store: Store,
    *,
    now: datetime,
    ids: NewId,
    sealing: Sealing,
    progressed: Progressed = _silent,
) -> Made:
    """Fill an empty, migrated store.

    Args:
        now: aware; everything lies before it, and what is due next after it.
    """
    stage = _Stage(store, ids, sealing, now, random.Random(SEED), progressed)
    await _found(stage)
    filed = await _file_periods(stage)
    filed += await _post_campaigns(stage)
    filed += await _tell_difficulties(stage)
    opened = await _open_cases(stage)
    codes = await _invite(stage)
    async with store.begin() as tx:
        await obligations.advance(tx, now=now)
        open_now = await obligations.open_for(
            tx, [unit.id for unit in stage.units.values()], now=now
        )
    due = min((each.due_at for each in open_now if each.due_at and each.due_at > now), default=None)
    return Made(tuple(codes), filed, opened, due)


# --- the commune -----------------------------------------------------------------------------


async def _found(stage: _Stage) -> None:
    """The plan, the villages, the office's due days, and the people with their chats."""
    pack = shipped_pack(cast.PLAN)
    started_at = _start_of(stage, pack.document.first_year)
    async with stage.store.begin() as tx:
        imported = await plans.import_pack(tx, pack, now=started_at, ids=stage.ids)
        await units.add(tx, list(_new_units(imported.commune_id)), ids=stage.ids)
        for key, value in _office_settings().items():
            await office.set_to(
                tx, imported.commune_id, key, value, by=None, now=started_at, ids=stage.ids
            )
        stage.plan = await plans.load_plan(tx, pack.key)
        all_units = await units.of_commune(tx, imported.commune_id)
        stage.units = {unit.code: unit for unit in all_units}
        for unit_code, role, name in _posts():
            await _settle(tx, stage, unit_code, role, name, started_at)
        for name in cast.CITIZENS:
            await _settle(tx, stage, "", "", name, started_at)


def _start_of(stage: _Stage, first_year: int | None) -> datetime:
    """When the commune began to use it: in April of the plan's first year, if that lies in the past."""
    begins = moment_on(date(first_year or 2026, 4, 15), time(8))
    return min(begins, stage.now - timedelta(days=120))


def _new_units(commune_id: int) -> Iterator[NewUnit]:
    for village in cast.VILLAGES:
        yield NewUnit(
            code=village.code,
            name=village.name,
            kind="village",
            parent_id=commune_id,
            pack_key="cac-thon",
            households=village.households,
        )
    for code, name, _ in cast.SCHOOLS:
        yield NewUnit(
            code=code, name=name, kind="school", parent_id=commune_id, pack_key="truong-hoc"
        )
    code, name, _ = cast.POLICE
    yield NewUnit(code=code, name=name, kind="police", parent_id=commune_id)


def _office_settings() -> dict[str, Any]:
    return {f"duty.{cast.DUTY}.due": cast.DUE_DAYS, "route.dot-rom-ra": cast.POLICE[0]}


def _posts() -> Iterator[tuple[str, str, str]]:
    for village in cast.VILLAGES:
        yield village.code, "reporter", village.head
    for code, _, head in cast.SCHOOLS:
        yield code, "reporter", head
    yield from cast.OFFICIALS
    yield cast.POLICE[0], "handler", cast.POLICE[2]


async def _settle(
    tx: AsyncConnection, stage: _Stage, unit_code: str, role: str, name: str, at: datetime
) -> None:
    address = f"demo-{len(stage.people) + 1}"
    arrival = people.Arrival(CHANNEL, ACCOUNT, address, name)
    known = await people.arrive(tx, [arrival], now=at, ids=stage.ids)
    person_id = known[arrival.key].person_id
    await people.describe(tx, person_id, name=name, consented_at=at)
    stage.people[unit_code or name] = person_id
    if role:
        await people.give_role(
            tx, person_id, stage.units[unit_code].id, role, now=at, ids=stage.ids
        )


# --- periodic reports ------------------------------------------------------------------------


async def _file_periods(stage: _Stage) -> int:
    """Every closed period is reported by nearly all, the newest and the open one by some."""
    plan = stage.row
    wanted = await _ensure_history(stage)
    filed = 0
    for number, each in enumerate(wanted):
        stage.progressed("Báo cáo định kỳ", number, len(wanted))
        async with stage.store.begin() as tx:
            debts = await obligations.of_period(tx, plan.id, each.duty_key, each.period.key)
            for debt in debts:
                at = _filed_at(stage, debt, newest=each is wanted[-1])
                if at is not None:
                    await _file_one(tx, stage, debt, at, step=number)
                    filed += 1
    stage.progressed("Báo cáo định kỳ", len(wanted), len(wanted))
    return filed


async def _ensure_history(stage: _Stage) -> list[Owed]:
    """All the plan asked for since it began; those that can be reported by now, oldest first."""
    plan = stage.row
    today = local_time(stage.now).date()
    first = date(plan.pack.document.first_year or today.year, 1, 1)
    async with stage.store.begin() as tx:
        settings = await office.settings_of(tx, plan.commune_id)
        wanted = owed(plan.pack, settings, Calendar(), first=first, last=today + timedelta(days=60))
        await obligations.ensure(tx, plan.id, plan.commune_id, wanted, now=stage.now, ids=stage.ids)
    return [each for each in wanted if each.opens_at < stage.now and each.duty_key == cast.DUTY]


def _filed_at(stage: _Stage, debt: Obligation, *, newest: bool) -> datetime | None:
    """When this unit filed: mostly in time, sometimes late, sometimes (oftener of late) never."""
    luck = stage.rng.random()
    days_early = stage.rng.randint(0, 12)
    hour = stage.rng.randint(7, 16)
    due_at = debt.due_at or stage.now
    silent = 0.2 if newest else 0.06
    if due_at > stage.now:
        silent = 0.65
    if luck < silent:
        return None
    day = local_time(min(due_at, stage.now)).date() - timedelta(days=days_early)
    if luck > 0.93 and due_at <= stage.now:
        day = local_time(due_at).date() + timedelta(days=1 + days_early // 4)
    at = moment_on(day, time(hour, stage.rng.randint(0, 59)))
    return at if debt.opens_at < at < stage.now else None


async def _file_one(
    tx: AsyncConnection, stage: _Stage, debt: Obligation, at: datetime, *, step: int
) -> None:
    unit = next(each for each in stage.units.values() if each.id == debt.unit_id)
    duty = form_of(stage.row, unit, debt.duty_key, debt.period_key, {}, debt.id, None)
    answers = _answers(stage, duty, unit, step)
    form: Form[Any] = Form(ReportBrief(duties=(duty,)), answers, Moment(at, local_time(at).date()))
    filing = Filing(
        form=reports.REPORT,
        unit_id=unit.id,
        filed_by=_reporter_of(stage, unit),
        answers={"answers": answers},
        plan_id=stage.row.id,
        subject_key=debt.duty_key,
        period_key=debt.period_key,
        amounts=amounts_of(stage.row.pack, duty, form),
        obligation_id=debt.id,
    )
    await reports.file(tx, filing, now=at, ids=stage.ids, rng=stage.rng)


def _reporter_of(stage: _Stage, unit: Unit) -> int:
    """Whoever reports for the unit; a unit without anybody is reported for by the office."""
    return stage.people.get(unit.code, stage.people["van-phong"])


def _answers(stage: _Stage, duty: DutyForm, unit: Unit, step: int) -> dict[str, Any]:
    """Answers that grow a little from period to period, each unit at its own pace."""
    own = random.Random(f"{SEED}:{unit.code}")
    share = min(0.98, 0.35 + own.random() * 0.45 + 0.08 * step)
    answers = {item.key: _value(item, unit, share, stage.rng) for item in duty.items}
    if stage.rng.random() < 0.3:
        answers["remark"] = stage.rng.choice(cast.REMARKS)
    return {key: value for key, value in answers.items() if value is not None}


def _value(item: Item, unit: Unit, share: float, rng: random.Random) -> Any:
    if item.kind == "yes_no":
        return rng.random() < share
    if item.kind == "text":
        return None
    if item.unit == "vụ":
        return rng.choice((0, 0, 0, 0, 1, 2))
    whole = Decimal(unit.households) if item.unit == "hộ" and unit.households else _example(item)
    if item.part == "denominator":
        amount = whole
    else:
        amount = whole * Decimal(f"{share if item.pair else share / 8:.3f}")
        if not item.pair and item.unit != "hộ":
            amount = whole * Decimal(f"{share:.3f}")
    return str(amount.quantize(Decimal("0.1"))) if item.kind == "decimal" else int(amount)


def _example(item: Item) -> Decimal:
    return Decimal(item.example.replace(".", "").replace(",", ".") or "1")


# --- campaigns, difficulties -----------------------------------------------------------------


async def _post_campaigns(stage: _Stage) -> int:
    posted = 0
    for week in range(CAMPAIGN_WEEKS, 0, -1):
        stage.progressed("Bài phong trào", CAMPAIGN_WEEKS - week, CAMPAIGN_WEEKS)
        day = _sunday_before(stage.now, week)
        async with stage.store.begin() as tx:
            for movement, poster, done, measures in cast.CAMPAIGNS:
                if stage.rng.random() < 0.45:
                    await _post(tx, stage, movement, poster, done, measures, day)
                    posted += 1
    stage.progressed("Bài phong trào", CAMPAIGN_WEEKS, CAMPAIGN_WEEKS)
    return posted


def _sunday_before(now: datetime, weeks: int) -> date:
    today = local_time(now).date()
    return today - timedelta(days=(today.weekday() + 1) % 7 + 7 * (weeks - 1) + 7)


async def _post(
    tx: AsyncConnection,
    stage: _Stage,
    movement: str,
    poster: str,
    done: str,
    measures: Mapping[str, tuple[int, int]],
    day: date,
) -> None:
    code = stage.rng.choice(cast.VILLAGES).code if poster == "thon" else poster
    unit = stage.units[code]
    results = {name: stage.rng.randint(least, most) for name, (least, most) in measures.items()}
    answers: dict[str, Any] = {"movement": movement, "on": day.isoformat(), "done": done}
    answers |= {f"m.{name}": value for name, value in results.items()}
    filing = Filing(
        form=reports.CAMPAIGN,
        unit_id=unit.id,
        filed_by=_reporter_of(stage, unit),
        answers={"answers": answers},
        plan_id=stage.row.id,
        subject_key=movement,
        period_key=period_containing(PeriodKind.MONTH, day, STATUTE).key,
        happened_on=day,
        amounts=tuple(
            Amount(f"{CAMPAIGN_FIGURE}:{movement}:{name}", Decimal(value))
            for name, value in results.items()
        ),
    )
    at = moment_on(day, time(10, stage.rng.randint(0, 59)))
    await reports.file(tx, filing, now=at, ids=stage.ids, rng=stage.rng)


async def _tell_difficulties(stage: _Stage) -> int:
    async with stage.store.begin() as tx:
        for number, (code, what, wish) in enumerate(cast.DIFFICULTIES, start=1):
            unit = stage.units[code]
            answers = {"what": what} | ({"wish": wish} if wish else {})
            filing = Filing(
                form=reports.DIFFICULTY,
                unit_id=unit.id,
                filed_by=_reporter_of(stage, unit),
                answers={"answers": answers},
                plan_id=stage.row.id,
                subject_key="difficulty",
            )
            at = stage.now - timedelta(days=9 * number, hours=3)
            await reports.file(tx, filing, now=at, ids=stage.ids, rng=stage.rng)
    return len(cast.DIFFICULTIES)


# --- cases -------------------------------------------------------------------------------------


async def _open_cases(stage: _Stage) -> int:
    total = len(cast.CASES)
    for number, (kind, words, place, reached) in enumerate(cast.CASES):
        stage.progressed("Phản ánh", number, total)
        at = stage.now - timedelta(days=CASE_EVERY_DAYS * (total - number) - 8, hours=5)
        async with stage.store.begin() as tx:
            handler = stage.units[_handler_code(kind)]
            new = NewCase(
                commune_id=stage.row.commune_id,
                violation_key=kind,
                words=words,
                reporter_id=stage.people[stage.rng.choice(cast.CITIZENS)],
                sealed=number % 2 == 0,
                plan_id=stage.row.id,
                unit_id=_village_in(stage, place),
                place_words=place,
                happened_on=local_time(at).date(),
                handler_unit_id=handler.id,
            )
            case = await cases.open_case(
                tx, new, sealing=stage.sealing, now=at, ids=stage.ids, rng=stage.rng
            )
            await _work_on(tx, stage, case.id, handler, reached, at)
    stage.progressed("Phản ánh", total, total)
    return total


def _handler_code(kind: str) -> str:
    return cast.POLICE[0] if kind == "dot-rom-ra" else "van-phong"


def _village_in(stage: _Stage, place: str) -> int | None:
    found = [v.code for v in cast.VILLAGES if v.name.removeprefix("Thôn ") in place]
    return stage.units[found[0]].id if found else None


_WAY: Mapping[str, Sequence[CaseStep]] = {
    "received": (),
    "accepted": (CaseStep.ACCEPT,),
    "in_progress": (CaseStep.ACCEPT, CaseStep.START),
    "resolved": (CaseStep.ACCEPT, CaseStep.START, CaseStep.RESOLVE),
    "confirmed": (CaseStep.ACCEPT, CaseStep.CONFIRM, CaseStep.START),
}

_STEP_WORDS = {
    CaseStep.START: "Đã cử người xuống kiểm tra.",
    CaseStep.RESOLVE: "Đã nhắc nhở, yêu cầu khắc phục xong trong ngày.",
}


async def _work_on(
    tx: AsyncConnection, stage: _Stage, case_id: int, handler: Unit, reached: str, at: datetime
) -> None:
    taken = Taken(
        step=CaseStep.ACCEPT,
        by_person_id=stage.people[handler.code],
        by_unit_id=handler.id,
    )
    for number, step in enumerate(_WAY[reached], start=1):
        now = min(at + timedelta(hours=7 * number), stage.now)
        this = replace(taken, step=step, words=_STEP_WORDS.get(step, ""))
        work = casework.confirm if step is CaseStep.CONFIRM else casework.step
        await work(tx, case_id, taken=this, now=now, ids=stage.ids)


# --- codes to try ------------------------------------------------------------------------------


async def _invite(stage: _Stage) -> list[Code]:
    """One code for each role that a newcomer wants to try."""
    wanted = (
        ("Trưởng thôn", cast.VILLAGES[0].code, Role.REPORTER),
        ("Hội Phụ nữ", "hoi-phu-nu", Role.REPORTER),
        ("Công an xử lý phản ánh", cast.POLICE[0], Role.HANDLER),
        ("Cán bộ Văn phòng", "van-phong", Role.ADMIN),
        ("Chủ tịch", cast.COMMUNE, Role.LEADER),
    )
    codes = []
    async with stage.store.begin() as tx:
        for who, unit_code, role in wanted:
            unit = stage.units[unit_code]
            made = await invites.make(
                tx, unit_id=unit.id, role=role, by=None, now=stage.now, ids=stage.ids
            )
            codes.append(Code(who, unit.name, role.value, made.shown))
    return codes
