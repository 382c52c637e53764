"""The progress desk: figures against targets, and who has not reported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from bot.desks.base import At
from bot.desks.report import NO_UNIT, title_of
from bot.desks.roles import official_roles, rights_of, widest
from bot.events import Reply
from bot.flows.answers import shown_day, shown_number
from bot.flows.progress import (
    FOR_ALL,
    FOR_OFFICIALS,
    FOR_REPORTERS,
    Line,
    MissingFacts,
    ProgressFacts,
    Reporting,
    tells,
    tells_missing,
)
from plans.calendar import local_time
from plans.loader import shipped_catalogue
from plans.measures import Dated, Light, combine, figure_from_sums, in_force, light, progress
from plans.pack import Comparator, Duty, Indicator, Measure, Pack, Target
from plans.periods import PeriodError, parse_key
from storage import obligations, plans, units
from storage import progress as figures
from storage.plans import PlanRow
from storage.progress import Total, UnitFigure
from storage.units import Unit

MISSING = "missing"


async def look(at: At, args: Mapping[str, str]) -> Sequence[Reply]:
    """Progress of every plan of my unit; for officials of the whole subtree they answer for."""
    if args.get("arg") == MISSING:
        return await look_missing(at, args)
    role = widest(at.who)
    if role is None:
        return await _public(at)
    buttons = FOR_OFFICIALS if rights_of(at.who).is_official else FOR_REPORTERS
    return tells(await _facts(at, role.unit_id, role.commune_id), buttons)


async def _public(at: At) -> Sequence[Reply]:
    """Citizens see the commune's own totals, no unit's."""
    communes = await units.communes(at.tx)
    if len(communes) != 1:
        return (NO_UNIT,)
    return tells(await _facts(at, communes[0].id, communes[0].id), FOR_ALL)


async def _facts(at: At, unit_id: int, commune_id: int) -> list[ProgressFacts]:
    unit = await units.by_id(at.tx, unit_id)
    return [await facts_of(at, plan, unit) for plan in await plans.load_plans(at.tx, commune_id)]


async def facts_of(at: At, plan: PlanRow, unit: Unit) -> ProgressFacts:
    """How far one plan is under one unit, as of today."""
    found = await figures.progress(at.tx, plan.id, unit.id)
    # movements, reviews and single calls are owed too, but they are not the plan's periods
    reporting = [one for one in found.reporting if "." not in one.duty_key]
    today = at.moment.today
    last_year = plan.pack.document.last_year
    year = min(today.year, last_year) if last_year else today.year
    few = sum(total.figures for total in found.totals) <= MOST_FIGURES
    own = await _standing(at, plan, unit) if few else ()
    lines = lines_of(_concerning(plan.pack, unit), found.totals, own, today, year)
    newest = _newest_period(
        [one.period_key for one in reporting] or [t.period_key for t in found.totals]
    )
    return ProgressFacts(
        plan=plan.pack.document.title,
        unit=unit.name,
        period=newest[1],
        lines=tuple(lines),
        reporting=tuple(
            Reporting(
                title_of(_duty(plan.pack, one.duty_key), one.period_key),
                one.units_reported,
                one.units_owing,
            )
            for one in reporting
            if one.period_key == newest[0]
        ),
        finished=last_year is not None and today.year > last_year,
    )


def _concerning(pack: Pack, unit: Unit) -> Pack:
    """The plan as one unit sees it: a village is not shown what only an office reports."""
    if unit.parent_id is None:
        return pack
    own = tuple(t for t in pack.targets if unit.pack_key in t.reported_by.units)
    return pack.model_copy(update={"targets": own}) if own else pack


async def _standing(at: At, plan: PlanRow, unit: Unit) -> Sequence[UnitFigure]:
    """Each unit's own figures of standing quantities, where there are few enough to read one by one.

    A subtree's total of a half-reported period would look like a fall; unit by unit the newest counts.
    """
    standing = [one.code for one in _indicators(plan.pack).values() if one.measure in _STANDING]
    return await figures.unit_figures(at.tx, plan.id, unit.path, standing, limit=MOST_FIGURES)


MOST_FIGURES = 5_000
"""Beyond this many the totals are used as they are: a province's overview, not a village's answer."""

_STANDING = (Measure.RATIO, Measure.LATEST, Measure.YES_NO)


def _indicators(pack: Pack) -> dict[str, Indicator]:
    return {one.code: one for one in (*shipped_catalogue().indicators, *pack.indicators)}


def lines_of(
    pack: Pack,
    totals: Sequence[Total],
    own: Sequence[UnitFigure],
    today: date,
    year: int,
) -> list[Line]:
    """One line for each target in force: the figure so far against its goal.

    `own` are figures unit by unit, used where there are any; `totals` are of the whole subtree.
    """
    by_code = _indicators(pack)
    lines = []
    for target in in_force(pack.targets, year):
        indicator = by_code.get(target.indicator)
        if indicator is not None:
            dated = _dated_units(indicator, own) or _dated(indicator, totals)
            lines.append(_line(pack, target, indicator, dated, today))
    return lines


def _line(
    pack: Pack, target: Target, indicator: Indicator, dated: Sequence[Dated], today: date
) -> Line:
    figure = combine(indicator, dated)
    done = progress(target, figure)
    document = pack.document
    colour = light(
        target, done, on=today, first_year=document.first_year, last_year=document.last_year
    )
    value = "chưa có số" if done.value is None else _value(done.value, target, indicator)
    goal = "hoàn thành" if target.comparator is Comparator.DONE else _amount(done.goal, target)
    behind = done.distance if done.reached is False else None
    tells_distance = (
        behind and colour is not Light.GREY and target.comparator is not Comparator.DONE
    )
    distance = f"còn {_amount(behind, target)}" if behind and tells_distance else ""
    return Line(target.name, value, goal, colour.value, distance)


def _value(value: Decimal, target: Target, indicator: Indicator) -> str:
    """A deliverable is done, not done, or done by a share of the units; a number is a number."""
    if indicator.measure is not Measure.YES_NO:
        return _amount(value, target)
    if value == _ALL:
        return "xong"
    return "chưa" if value == 0 else f"{shown_number(value.quantize(Decimal(1)))}% đơn vị xong"


_ALL = Decimal(100)


def _dated_units(indicator: Indicator, own: Sequence[UnitFigure]) -> list[Dated]:
    dated = []
    for one in own:
        if one.indicator == indicator.code:
            period = parse_key(one.period_key)
            figure = figure_from_sums(indicator.measure, one.numerator, one.denominator)
            dated.append(Dated(str(one.unit_id), period.data_from, period.data_to, figure))
    return dated


def _dated(indicator: Indicator, totals: Sequence[Total]) -> list[Dated]:
    dated = []
    for total in totals:
        if total.indicator != indicator.code:
            continue
        try:
            period = parse_key(total.period_key)
        except PeriodError:
            continue
        figure = figure_from_sums(indicator.measure, total.numerator, total.denominator)
        dated.append(Dated("", period.data_from, period.data_to, figure))
    return dated


def _amount(value: Decimal, target: Target) -> str:
    rounded = value.quantize(Decimal("0.1")) if target.unit == "%" else value
    text = shown_number(rounded.normalize() if rounded == rounded.to_integral_value() else rounded)
    return f"{text}{'' if target.unit == '%' else ' '}{target.unit}"


def _newest_period(keys: Sequence[str]) -> tuple[str, str]:
    known = []
    for key in set(keys):
        try:
            known.append((parse_key(key).data_to, key, parse_key(key).label))
        except PeriodError:
            continue
    return max(known)[1:] if known else ("", "chưa có kỳ báo cáo")


def _duty(pack: Pack, key: str) -> Duty | None:
    return next((duty for duty in pack.duties if duty.key == key), None)


# --- who has not reported ------------------------------------------------------------------------


async def look_missing(at: At, args: Mapping[str, str]) -> Sequence[Reply]:
    """Who owes a report now, for officials of the commune; others see their own unit's progress."""
    roles = official_roles(at.who)
    if not roles:
        return (
            Reply(
                words="Việc này em chỉ cho cán bộ theo dõi xem thôi ạ. Anh/chị xem tiến độ đơn vị mình nhé."
            ),
        )
    role = min(roles, key=lambda one: len(one.unit_path))
    unit = await units.by_id(at.tx, role.unit_id)
    facts = []
    for plan in await plans.load_plans(at.tx, role.commune_id):
        facts += await _missing_of(at, plan, unit)
    return tells_missing(facts)


async def _missing_of(at: At, plan: PlanRow, unit: Unit) -> list[MissingFacts]:
    """Every duty and period that is open now, with the units that still owe it."""
    found = []
    progress_now = await figures.progress(at.tx, plan.id, unit.id)
    for one in progress_now.reporting:
        missing = await figures.not_reported(at.tx, plan.id, one.duty_key, one.period_key, unit.id)
        still = [each for each in missing if each.state != obligations.NOT_OPEN]
        if one.units_owing == 0 or (missing and not still):
            continue
        due = min((each.due_at for each in still if each.due_at), default=None)
        found.append(
            MissingFacts(
                title=title_of(_duty(plan.pack, one.duty_key), one.period_key),
                due=shown_day(local_time(due).date().isoformat()) if due else "",
                names=tuple(each.unit_name for each in still),
                owing=one.units_owing,
            )
        )
    return found
