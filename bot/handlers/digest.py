"""The office's morning table, the chairman's week, and the tables that requests give back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import digest_words, request_tables, table_picture
from bot.desks.base import Notice
from bot.desks.owed_forms import duty_title
from bot.digest_words import Late, Standing
from bot.events import Reply
from bot.handlers.nag_rules import NAGS_FOR, NagRules, paused
from bot.table_picture import Row
from plans.calendar import local_time
from storage import digests, due_days, media, requests, units
from storage.digests import OFFICE_ROLES
from storage.due_days import DueDay
from storage.ids import NewId
from storage.media import MediaStore, Wanted
from storage.units import Unit

MORNING, WEEK = "morning", "week"

NEAR = timedelta(days=3)
"""So soon before its due time a report is near."""


@dataclass(frozen=True)
class Digest:
    """One official's table."""

    person_id: int
    reply: Reply


async def due(
    tx: AsyncConnection,
    rules: NagRules,
    *,
    files: MediaStore | None,
    now: datetime,
    ids: NewId,
    done: dict[int, date] | None = None,
) -> list[Digest]:
    """The tables that are due at `now` and nobody has had today; empty mornings are not told of.

    Args:
        done: by commune the day whose tables the caller's last committed call worked out; those
            of today are passed over. Keep it only once `tx` is committed.
    """
    done = {} if done is None else done
    today = local_time(now).date()
    found: list[Digest] = []
    communes = {plan.commune_id: plan_id for plan_id, plan in rules.plans.items()}
    for commune_id, plan_id in sorted(communes.items()):
        settings = rules.settings.get(plan_id, {})
        hour = rules.is_nag_hour(now, settings)
        if not hour or paused(settings, now) or done.get(commune_id) == today:
            continue
        done[commune_id] = today
        commune = await units.by_id(tx, commune_id)
        if settings.get("digest.morning") is not False:
            found += await _morning(tx, rules, commune, settings, files, now, ids)
        if _is_week_day(today, settings.get("digest.week")):
            found += await _week(tx, rules, commune, files, now, ids)
    return found


def _is_week_day(today: date, chosen: Any) -> bool:
    """From the weekday that the office chose on (`digest.week`, Monday 1), Monday where it chose none.

    The week's table is claimed once, so this is the first working day from then on.
    """
    if chosen is False:
        return False
    return today.isoweekday() >= (chosen if isinstance(chosen, int) else 1)


LISTS = ("late", "near", "overnight")
"""What a morning may list; `digest.lists` chooses among them."""


async def _morning(
    tx: AsyncConnection,
    rules: NagRules,
    commune: Unit,
    settings: Mapping[str, Any],
    files: MediaStore | None,
    now: datetime,
    ids: NewId,
) -> list[Digest]:
    today = local_time(now).date()
    readers = await digests.readers(tx, commune.id, OFFICE_ROLES, root_only=False, now=now)
    readers = await digests.claim(tx, commune.id, MORNING, today, readers, now=now)
    if not readers:
        return []
    wanted = settings.get("digest.lists", LISTS)
    lines = await due_days.of_commune(tx, commune.id, since=now - NAGS_FOR, until=now + NEAR)
    overnight = await digests.filed_between(tx, commune.id, now - timedelta(days=1), now)
    overnight = overnight if "overnight" in wanted else []
    late = [line for line in lines if line.due_at < now and "late" in wanted]
    near = [line for line in lines if line.due_at >= now and "near" in wanted]
    if not late and not near and not overnight:
        return []
    reply = await _morning_reply(
        tx, rules, commune, late, near, overnight, files=files, now=now, ids=ids
    )
    reviewers: set[int] = set()
    if overnight:
        held = await digests.readers(tx, commune.id, REVIEWING, root_only=False, now=now)
        reviewers.update(held)
    with_review = digest_words.with_review(reply)
    return [Digest(one, with_review if one in reviewers else reply) for one in readers]


REVIEWING = ("reviewer", "leader")
"""Who decides on what came in overnight, with one tap under the table."""


async def _morning_reply(
    tx: AsyncConnection,
    rules: NagRules,
    commune: Unit,
    late_lines: Sequence[DueDay],
    near_lines: Sequence[DueDay],
    overnight: Sequence[str],
    *,
    files: MediaStore | None,
    now: datetime,
    ids: NewId,
) -> Reply:
    today = local_time(now).date()
    late = await _grouped(tx, rules, late_lines)
    near = await _grouped(tx, rules, near_lines)
    rows = [Row(f"{each.title}", f"{len(each.units)} chưa gửi", "red") for each in late]
    rows += [Row(f"{each.title}", f"còn {len(each.units)}", "yellow") for each in near]
    title = f"{commune.name}, sáng {today.day}/{today.month}/{today.year}"
    photos = await _picture(tx, files, title, rows, now, ids)
    return digest_words.morning(commune.name, late, near, overnight, now, photos)


async def _grouped(tx: AsyncConnection, rules: NagRules, lines: Sequence[DueDay]) -> list[Late]:
    """By report, with the units that owe it."""
    titles = await _titles(tx, rules, [(e.plan_id, e.duty_key, e.period_key) for e in lines])
    key = _report_of
    grouped = []
    for _, same in groupby(sorted(lines, key=lambda e: (e.due_at, *key(e), e.unit_name)), key=key):
        of_report = list(same)
        first = of_report[0]
        grouped.append(
            Late(
                titles[key(first)],
                first.due_at,
                tuple(line.unit_name for line in of_report),
                tuple(line.unit_name for line in of_report if line.escalation >= 3),
            )
        )
    return grouped


def _report_of(line: DueDay) -> tuple[int, str, str]:
    return (line.plan_id, line.duty_key, line.period_key)


async def _titles(
    tx: AsyncConnection, rules: NagRules, keys: Sequence[tuple[int, str, str]]
) -> dict[tuple[int, str, str], str]:
    asked = await requests.by_duty(tx, {duty for _, duty, _ in keys})
    found = {}
    for plan_id, duty, period in keys:
        plan = rules.plans.get(plan_id)
        request = asked.get(duty)
        found[(plan_id, duty, period)] = (
            request.title if request else duty_title(plan.pack if plan else None, duty, period)
        )
    return found


async def _week(
    tx: AsyncConnection,
    rules: NagRules,
    commune: Unit,
    files: MediaStore | None,
    now: datetime,
    ids: NewId,
) -> list[Digest]:
    """On the first working day of the week, to the leaders of the commune."""
    today = local_time(now).date()
    monday = today - timedelta(days=today.weekday())
    readers = await digests.readers(tx, commune.id, ("leader",), root_only=True, now=now)
    readers = await digests.claim(tx, commune.id, WEEK, monday, readers, now=now)
    if not readers:
        return []
    week_ago, ahead = now - timedelta(days=7), now + timedelta(days=7)
    found = await digests.rounds(tx, commune.id, since=week_ago, until=ahead)
    if not found:
        return []
    titles = await _titles(tx, rules, [(e.plan_id, e.duty_key, e.period_key) for e in found])
    standings = [
        Standing(titles[(e.plan_id, e.duty_key, e.period_key)], e.due_at, e.owing, e.filed, e.late)
        for e in found
    ]
    rows = [Row(e.title, f"{e.filed}/{e.owing}", _light(e)) for e in standings]
    title = f"{commune.name}, tuần từ {monday.day}/{monday.month}/{monday.year}"
    photos = await _picture(tx, files, title, rows, now, ids)
    reply = digest_words.week(commune.name, standings, photos)
    return [Digest(person, reply) for person in readers]


def _light(each: Standing) -> str:
    if each.filed == each.owing:
        return "green"
    return "yellow" if each.percent >= 50 else "red"


async def _picture(
    tx: AsyncConnection,
    files: MediaStore | None,
    title: str,
    rows: Sequence[Row],
    now: datetime,
    ids: NewId,
) -> tuple[int, ...]:
    """The table as a kept picture that a reply can carry; none without a place for files."""
    if files is None or not rows:
        return ()
    facts = await files.keep(table_picture.draw(title, rows[:20]))
    media_id = ids()
    await media.want(tx, [Wanted(media_id, "office", "", f"digest:{media_id}", None, now)])
    await media.kept(tx, media_id, facts)
    return (media_id,)


async def answered_requests(
    tx: AsyncConnection,
    *,
    now: datetime,
    files: MediaStore | None = None,
    ids: NewId | None = None,
) -> list[Notice]:
    """Requests that everybody answered, or whose time is up: one table to whoever asked.

    In words, and with a place for files as a picture as well; the office's page has the workbook
    (no Zalo channel carries one).
    """
    notices = []
    for request in await requests.to_give_back(tx, now=now):
        rows = await requests.returned(tx, request)
        reply = request_tables.table(request, rows)
        if files is not None and ids is not None:
            drawn = request_tables.picture_rows(request, rows)
            photos = await _picture(tx, files, request.title, drawn, now, ids)
            # a picture carries no buttons on an Official Account; the table is a word away anyway
            reply = msgspec.structs.replace(reply, photos=photos, buttons=())
        notices.append(Notice(request.asked_by, reply, waits=True))
    return notices
