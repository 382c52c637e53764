"""What an obligation is called and which form it opens, whether a plan, a movement or an official asked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.events import Reply
from plans.calendar import local_time
from plans.duty_titles import duty_title
from plans.extra_duties import MILESTONE, REQUEST
from plans.measures import in_force
from plans.pack import Pack, Target
from plans.periods import PeriodError, parse_key
from plans.zero import allows_zero
from storage import plans, requests
from storage.obligations import Obligation
from storage.requests import Request
from storage.units import Unit

__all__ = ["duty_title", "may_be_zero", "targets_of", "title_in"]


def targets_of(pack: Pack, duty_key: str, unit: Unit, period_key: str) -> tuple[Target, ...]:
    """The targets this unit reports on under this duty in this period's year."""
    mine = [
        target
        for target in pack.targets
        if target.reported_in.duty == duty_key and unit.pack_key in target.reported_by.units
    ]
    try:
        year = parse_key(period_key).end.year
    except PeriodError:
        return tuple(mine)
    return in_force(mine, year)


def may_be_zero(
    pack: Pack,
    duty_key: str,
    period_key: str,
    unit: Unit,
    settings: Mapping[str, Any],
    request: Request | None = None,
) -> bool:
    """Whether "không có gì để báo" may be filed for this obligation with one tap."""
    if duty_key.startswith(REQUEST):
        return request is not None and bool(request.form.get("zero"))
    if duty_key.startswith(MILESTONE):
        return False
    return allows_zero(pack, duty_key, targets_of(pack, duty_key, unit, period_key), settings)


def closed(locked_at: datetime, *, kept: bool = False) -> Reply:
    """Closed books, said kindly; `kept`: what was filled in is not lost."""
    day = local_time(locked_at).date()
    ask = "Anh/chị nhờ Văn phòng mở lại"
    more = (
        f"{ask}, phiếu em vẫn giữ, mở rồi gõ GỬI là được." if kept else f"{ask} giúp em nếu cần ạ."
    )
    return Reply(words=f"Sổ của kỳ này đã khóa từ {day.day}/{day.month} ạ. {more}")


async def title_in(tx: AsyncConnection, owed: Obligation) -> str:
    """How one obligation is spoken of, looked up."""
    asked = (await requests.by_duty(tx, [owed.duty_key])).get(owed.duty_key)
    if asked is not None:
        return asked.title
    plan = await plans.load_plan_by_id(tx, owed.plan_id)
    return duty_title(plan.pack, owed.duty_key, owed.period_key)
