"""What an official sees first: who has not reported, how the plan stands, what waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncConnection

from office.case_names import shown_day
from plans.calendar import local_time
from plans.loader import shipped_catalogue
from plans.measures import Dated, combine, figure_from_sums, in_force, light
from plans.measures import progress as stands
from plans.pack import Comparator, Indicator, Pack, Target
from plans.periods import PeriodError, parse_key
from storage import obligations, plans
from storage import progress as figures
from storage.plans import PlanRow
from storage.progress import Total
from storage.units import Unit


@dataclass(frozen=True)
class Owed:
    """One duty of one period: how many have reported, and who has not."""

    title: str
    due: str
    late: bool
    reported: int
    owing: int
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Goal:
    """One target: the figure so far, the goal, and its light (green, yellow, red, grey)."""

    name: str
    value: str
    goal: str
    light: str


@dataclass(frozen=True)
class Overview:
    """One plan below one unit."""

    plan: str
    unit: str
    owed: tuple[Owed, ...]
    goals: tuple[Goal, ...]


async def overview(tx: AsyncConnection, unit: Unit, *, now: datetime) -> list[Overview]:
    """Every plan of the unit's commune, as it stands below the unit."""
    found = []
    for plan in await plans.load_plans(tx, unit.commune_id):
        seen = await figures.progress(tx, plan.id, unit.id)
        owed = [await _owed(tx, plan, one, unit, now) for one in seen.reporting if one.units_owing]
        goals = _goals(plan.pack, seen.totals, local_time(now).date())
        open_ones = tuple(one for one in owed if one is not None)
        found.append(Overview(plan.pack.document.title, unit.name, open_ones, tuple(goals)))
    return found


async def _owed(
    tx: AsyncConnection, plan: PlanRow, one: figures.Reporting, unit: Unit, now: datetime
) -> Owed | None:
    """None for a period that nobody can report yet, or that everybody has reported."""
    missing = await figures.not_reported(tx, plan.id, one.duty_key, one.period_key, unit.id)
    still = [each for each in missing if each.state != obligations.NOT_OPEN]
    if not still:
        return None
    due_at = min((each.due_at for each in still if each.due_at), default=None)
    duty = next((duty for duty in plan.pack.duties if duty.key == one.duty_key), None)
    return Owed(
        title=", ".join((duty.name if duty else one.duty_key, _label(one.period_key))),
        due=shown_day(local_time(due_at).date()) if due_at else "",
        late=due_at is not None and due_at < now,
        reported=one.units_reported,
        owing=one.units_owing,
        missing=tuple(each.unit_name for each in still),
    )


def _label(period_key: str) -> str:
    try:
        return parse_key(period_key).label
    except PeriodError:
        return period_key


def _goals(pack: Pack, totals: Sequence[Total], today: date) -> list[Goal]:
    document = pack.document
    year = min(today.year, document.last_year or today.year)
    indicators = {one.code: one for one in (*shipped_catalogue().indicators, *pack.indicators)}
    found = []
    for target in in_force(pack.targets, year):
        indicator = indicators.get(target.indicator)
        if indicator is not None:
            found.append(_goal(pack, target, indicator, totals, today))
    return found


def _goal(
    pack: Pack, target: Target, indicator: Indicator, totals: Sequence[Total], today: date
) -> Goal:
    document = pack.document
    done = stands(target, combine(indicator, _dated(indicator, totals)))
    colour = light(
        target, done, on=today, first_year=document.first_year, last_year=document.last_year
    )
    goal = "hoàn thành" if target.comparator is Comparator.DONE else _amount(done.goal, target)
    value = "chưa có số" if done.value is None else _amount(done.value, target)
    return Goal(target.name, value, goal, colour.value)


def _dated(indicator: Indicator, totals: Sequence[Total]) -> list[Dated]:
    found = []
    for total in totals:
        if total.indicator != indicator.code:
            continue
        try:
            period = parse_key(total.period_key)
        except PeriodError:
            continue
        figure = figure_from_sums(indicator.measure, total.numerator, total.denominator)
        found.append(Dated("", period.data_from, period.data_to, figure))
    return found


def _amount(value: Decimal, target: Target) -> str:
    """A number as people write it: "1.250 cây", "86,5%"."""
    rounded = value.quantize(Decimal("0.1"))
    whole = rounded == rounded.to_integral_value()
    text = f"{rounded:,.0f}" if whole else f"{rounded:,.1f}"
    text = text.translate(str.maketrans(",.", ".,"))
    return f"{text}{'' if target.unit == '%' else ' '}{target.unit}"
