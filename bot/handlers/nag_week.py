"""The reminders of the coming seven days as they would go: who, of what, when, by which way, for how much."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec

from bot.handlers.nag_ahead import cost_of
from bot.handlers.remind import Planned, Reminder
from plans.calendar import WEEKDAYS, local_time
from plans.nag_windows import Way, Windows
from storage import plans

DAYS = 7


class Line(msgspec.Struct, frozen=True):
    """One message of the week. `price_vnd` is what it costs if its reader writes nothing before."""

    at: datetime
    what: Planned
    way: Way
    price_vnd: int


@dataclass(frozen=True)
class Week:
    """The plan of a week for some communes."""

    lines: tuple[Line, ...]

    @property
    def cost_vnd(self) -> int:
        """What it would cost altogether, in đồng."""
        return sum(line.price_vnd for line in self.lines)

    @property
    def people(self) -> int:
        """How many hear anything."""
        return len({line.what.person_id for line in self.lines})


async def week_ahead(
    reminder: Reminder, *, now: datetime, windows: Windows, commune_id: int | None = None
) -> Week:
    """A dry run of the next seven days, if nobody reported meanwhile; nothing is written.

    Args:
        commune_id: this commune's reminders only.
    """
    planned = await reminder.preview_days(now, DAYS)
    async with reminder.store.read() as tx:
        communes = {plan.id: plan.commune_id for plan in await plans.load_plans(tx)}
        kept = [
            (at, one)
            for at, one in planned
            if commune_id is None or _concerns(one, commune_id, communes)
        ]
        costs = await cost_of(tx, [(at, one.person_id) for at, one in kept], windows=windows)
    return Week(
        tuple(
            Line(at, one, nag.way, nag.price_vnd)
            for (at, one), nag in zip(kept, costs.nags, strict=True)
        )
    )


def _concerns(one: Planned, commune_id: int, communes: Mapping[int, int]) -> bool:
    return any(communes.get(plan_id) == commune_id for plan_id, _ in one.duties)


WAY_WORDS: Mapping[Way, str] = {
    "free": "miễn phí",
    "elsewhere": "kênh khác, miễn phí",
    "paid": "có phí",
    "waits": "chờ người nhận nhắn lại",
}
"""How officials read the ways."""


def short_moment(at: datetime) -> str:
    """ "8:00 thứ Hai 14/12"."""
    local = local_time(at)
    return f"{local.hour}:{local.minute:02} {WEEKDAYS[local.weekday()]} {local.day}/{local.month}"
