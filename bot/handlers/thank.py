"""Thanks in the group for reports that came well before their day, where the office wants that.

Once a working day and group, for what came in on the days before: `nags.thanks_early`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.desks.owed_forms import duty_title
from bot.events import Reply
from bot.flows.words import plain
from bot.handlers.nag_rules import NagRules, paused
from plans.calendar import local_time, moment_on
from storage import digests, groups, leases, outbox, requests
from storage.digests import Early
from storage.groups import GroupRow
from storage.ids import NewId
from storage.outbox import OutboxRow

EARLY = timedelta(days=2)
"""So long before its due time a report is early."""

LOOKS_BACK = timedelta(days=4)
"""Over a weekend and a day; who filed before a longer pause is not thanked late."""


async def early(
    tx: AsyncConnection, rules: NagRules, *, now: datetime, ids: NewId
) -> list[OutboxRow]:
    """Write the thanks that are due at `now` into the outbox; ring it in the same transaction."""
    written: list[OutboxRow] = []
    for commune_id, plan_id in sorted({p.commune_id: p.id for p in rules.plans.values()}.items()):
        settings = rules.settings.get(plan_id, {})
        if settings.get("nags.thanks_early") is not True or paused(settings, now):
            continue
        if rules.is_nag_hour(now, settings):
            written += await _of_commune(tx, rules, commune_id, now, ids)
    await outbox.put(tx, written)
    return written


async def _of_commune(
    tx: AsyncConnection, rules: NagRules, commune_id: int, now: datetime, ids: NewId
) -> list[OutboxRow]:
    today, name = moment_on(local_time(now).date(), time(0)), f"thanks.{commune_id}"
    before = await leases.last_fired(tx, name)
    if not await leases.fire(tx, name, today, now=now):
        return []
    since = max(before or today - timedelta(days=1), today - LOOKS_BACK)
    came = await digests.filed_early(tx, commune_id, since=since, until=today, by=EARLY)
    if not came:
        return []
    titles = await _titles(tx, rules, came)
    rows = []
    for group, path in await groups.under(tx, commune_id):
        mine = [one for one in came if one.unit_path.startswith(path)]
        if mine:
            rows.append(_row(group, Reply(words=words(mine, titles)), now, ids))
    return rows


async def _titles(
    tx: AsyncConnection, rules: NagRules, came: Sequence[Early]
) -> Mapping[tuple[str, str], str]:
    asked = await requests.by_duty(tx, {one.duty_key for one in came})
    found = {}
    for one in came:
        plan, request = rules.plans.get(one.plan_id), asked.get(one.duty_key)
        title = duty_title(plan.pack if plan else None, one.duty_key, one.period_key)
        found[(one.duty_key, one.period_key)] = request.title if request else title
    return found


def words(came: Sequence[Early], titles: Mapping[tuple[str, str], str]) -> str:
    """One line a report: who was early with it."""
    by_report: dict[str, list[str]] = {}
    for one in came:
        by_report.setdefault(titles[(one.duty_key, one.period_key)], []).append(one.unit_name)
    lines = [
        f"{', '.join(sorted(names, key=plain))} đã gửi {title} sớm ạ!"
        for title, names in by_report.items()
    ]
    return "👏 Cảm ơn " + "\n👏 Cảm ơn ".join(lines)


def _row(group: GroupRow, reply: Reply, now: datetime, ids: NewId) -> OutboxRow:
    return OutboxRow(
        id=ids(),
        channel=group.channel,
        account=group.account,
        chat=group.chat,
        person_id=None,
        body=msgspec.json.encode(reply).decode(),
        purpose="broadcast",
        priority=outbox.PRIORITY["broadcast"],
        group=True,
        not_before=now,
        made_at=now,
    )
