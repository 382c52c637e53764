"""Calendars that phones subscribe to: the days by which reports are due, one feed a person and one a unit.

An entry is there as long as something is owed on its day; once reported it is gone at the next
fetch. The address is the secret (`storage/calendar_links.py`); there is no name of a person in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby

from aiohttp import web
from icalendar import Calendar, Event
from sqlalchemy.ext.asyncio import AsyncConnection

from office.web_answers import Refusal
from office.web_base import House, Shell
from plans.calendar import local_time
from plans.duty_titles import duty_title
from plans.owed import END_OF_DAY
from storage import calendar_links, due_days, plans, requests, units
from storage.due_days import DueDay

PATH = "/lich/"
"""Public address + this + token + ".ics"."""

PURPOSE = "calendar"
"""Of the key that makes the addresses (`Seal.derive`)."""

LATE_FOR = timedelta(days=30)
"""What is overdue for longer leaves the calendar; the bot and the office go on."""

BEFORE_ITS_HOUR = timedelta(minutes=30)
_MOST_NAMES = 8
VOID = "Đường dẫn lịch này không còn dùng được. Anh/chị nhắn “lịch” cho Sổ Xanh để lấy đường mới ạ."


class CalendarPages:
    """Feeds; `routes` are added to the server by `Office`."""

    def __init__(self, house: House, shell: Shell) -> None:
        self._house = house
        self._shell = shell

    def routes(self) -> list[web.RouteDef]:
        """One address, for phones' calendar programs."""
        return [web.get(PATH + r"{token:[a-z0-9-]{8,80}}.ics", self._shell(self._feed))]

    async def _feed(self, request: web.Request) -> web.StreamResponse:
        now = self._house.clock()
        key = self._house.seal.derive(PURPOSE)
        async with self._house.store.read() as tx:
            whose = await calendar_links.subject_of(tx, key, request.match_info["token"])
            if whose is None:
                raise Refusal(404, VOID)
            kind, subject_id = whose
            name, days = await _days(tx, kind, subject_id, now)
            content = await feed(tx, name, days, now=now)
        response = web.Response(body=content, content_type="text/calendar", charset="utf-8")
        response.headers["Content-Disposition"] = 'inline; filename="so-xanh.ics"'
        response.headers["Cache-Control"] = "private, no-cache"
        return response


async def _days(
    tx: AsyncConnection, kind: str, subject_id: int, now: datetime
) -> tuple[str, list[DueDay]]:
    """The calendar's name, and what stands in it."""
    since = now - LATE_FOR
    if kind == "person":
        return "Sổ Xanh: hạn báo cáo", await due_days.of_person(
            tx, subject_id, since=since, now=now
        )
    try:
        unit = await units.by_id(tx, subject_id)
    except KeyError:
        raise Refusal(404, VOID) from None
    return f"Sổ Xanh: {unit.name}", await due_days.of_unit(tx, unit.path, since=since)


async def feed(tx: AsyncConnection, name: str, days: Sequence[DueDay], *, now: datetime) -> bytes:
    """The calendar as RFC 5545 text: one event a report, period and due time, with who owes it."""
    calendar = Calendar()
    calendar.add("prodid", "-//So Xanh//han bao cao//VI")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", "Asia/Ho_Chi_Minh")
    calendar.add("refresh-interval", timedelta(hours=3), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT3H")
    titles = await _titles(tx, days)
    for _, same in groupby(sorted(days, key=_report), key=_report):
        calendar.add_component(_event(list(same), titles, now))
    return bytes(calendar.to_ical())


def _report(each: DueDay) -> tuple[datetime, int, str, str]:
    return (each.due_at, each.plan_id, each.duty_key, each.period_key)


async def _titles(tx: AsyncConnection, days: Sequence[DueDay]) -> dict[tuple[int, str, str], str]:
    asked = await requests.by_duty(tx, {each.duty_key for each in days})
    packs = {plan.id: plan.pack for plan in await plans.load_plans(tx)} if days else {}
    return {
        (each.plan_id, each.duty_key, each.period_key): asked[each.duty_key].title
        if each.duty_key in asked
        else duty_title(packs.get(each.plan_id), each.duty_key, each.period_key, named=True)
        for each in days
    }


def _event(owed: Sequence[DueDay], titles: dict[tuple[int, str, str], str], now: datetime) -> Event:
    first = owed[0]
    title = titles[(first.plan_id, first.duty_key, first.period_key)]
    names = [each.unit_name for each in owed]
    whose = names[0] if len(names) == 1 else f"còn {len(names)} đơn vị"
    shown = ", ".join(names[:_MOST_NAMES]) + ("…" if len(names) > _MOST_NAMES else "")
    event = Event()
    event.add("uid", f"{first.plan_id}.{first.duty_key}.{first.period_key}.{first.due_at:%Y%m%dT%H%M%SZ}@so-xanh")  # fmt: skip
    event.add("dtstamp", now)
    event.add("summary", f"Hạn: {title} ({whose})")
    event.add("description", f"Chưa gửi: {shown}. Nhắn BÁO CÁO cho Sổ Xanh để gửi.")
    event.add("transp", "TRANSPARENT")
    local = local_time(first.due_at)
    if local.time().replace(microsecond=0) == END_OF_DAY:
        event.add("dtstart", local.date())
        event.add("dtend", local.date() + timedelta(days=1))
    else:
        event.add("dtstart", first.due_at - BEFORE_ITS_HOUR)
        event.add("dtend", first.due_at)
    return event
