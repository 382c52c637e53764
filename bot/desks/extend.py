"""The desk where more time is asked for, and granted or refused with one tap."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from bot.desks.base import At, Deed, Desk, Done, Notice, Sorry
from bot.desks.owed_forms import title_in
from bot.desks.roles import reporting_roles, rights_of
from bot.events import Button, Reply
from bot.flows.extend import ExtendBrief, extend
from bot.flows.form import Form, Receipt, Session
from bot.nudge_words import due_words
from plans.calendar import Calendar, local_time, moment_on
from plans.owed import END_OF_DAY
from storage import deciders, handing, obligations, people, roster, units
from storage.obligations import UNSETTLED, Obligation
from storage.units import Unit

OFFERS_WORKING_DAYS = (1, 2, 3, 5)


async def prepare(at: At, args: Mapping[str, str]) -> ExtendBrief | Sorry:
    """The report named by `arg`, or the most urgent one with a day; and the days it may move to."""
    owed = await owed_by_speaker(at, args.get("arg", ""))
    if owed is None or owed.due_at is None:
        return Sorry((Reply(words="Em không thấy báo cáo nào của mình cần gia hạn ạ."),))
    unit = await units.by_id(at.tx, owed.unit_id)
    calendar = Calendar()
    start = max(local_time(owed.due_at).date(), at.moment.today)
    at_time = local_time(owed.due_at).time()
    days = [calendar.add_working_days(start, count) for count in OFFERS_WORKING_DAYS]
    options = [moment_on(day, at_time if at_time else END_OF_DAY) for day in days]
    return ExtendBrief(
        obligation_id=owed.id,
        title=await title_in(at.tx, owed),
        unit=unit.name,
        options=tuple((each.isoformat(), due_words(each)) for each in options),
    )


async def owed_by_speaker(at: At, wanted: str) -> Obligation | None:
    """An open obligation of the speaker's units: the one wanted, or the most urgent; None without one."""
    unit_ids = [role.unit_id for role in reporting_roles(at.who)]
    owed = await obligations.open_for(at.tx, unit_ids, now=at.moment.at) if unit_ids else []
    if wanted.isdigit():
        return next((one for one in owed if one.id == int(wanted)), None)
    return owed[0] if owed else None


async def submit(at: At, form: Form[ExtendBrief], session: Session) -> Done | Sorry:
    """Note the request and tell whoever may decide."""
    brief = form.brief
    owed = await obligations.by_id(at.tx, brief.obligation_id)
    if owed.state not in UNSETTLED:
        return Sorry((Reply(words="Báo cáo này đã gửi rồi ạ, không cần gia hạn nữa."),))
    until = datetime.fromisoformat(form.get("until")).astimezone(UTC)
    why = form.get("why") or ""
    request_id = await handing.ask_for_time(
        at.tx,
        owed.id,
        by=at.who.person_id,
        until=until,
        why=why,
        now=at.moment.at,
        ids=at.ids,
    )
    unit = await units.by_id(at.tx, owed.unit_id)
    told = await deciders.of_unit(at.tx, unit, now=at.moment.at)
    told = [person for person in told if person != at.who.person_id]
    reply = _asked(brief, at.who.name, until, why, request_id)
    facts = {"asked": bool(told)}
    return Done(Receipt(facts=facts), notices=tuple(Notice(one, reply, waits=True) for one in told))


def _asked(brief: ExtendBrief, name: str, until: datetime, why: str, request_id: int) -> Reply:
    reason = f" Lý do: {why}." if why else ""
    words = f"{name or 'Người phụ trách'} ({brief.unit}) xin gia hạn {brief.title} đến {due_words(until)}.{reason}"
    buttons = (
        Button(label="Đồng ý", token=f"do.nag.grant.{request_id}", says="đồng ý gia hạn"),
        Button(label="Không", token=f"do.nag.refuse.{request_id}", says="không gia hạn"),
    )
    return Reply(words=words, buttons=buttons)


async def decide(at: At, request_id: int, *, granted: bool) -> Deed:
    """One tap of a reviewer; whoever asked is told."""
    request = await handing.extension_request(at.tx, request_id)
    if request is None:
        return Deed((Reply(words="Em không thấy lời xin này nữa ạ."),))
    owed = await obligations.by_id(at.tx, request.obligation_id)
    unit = await units.by_id(at.tx, owed.unit_id)
    if not may_decide(at, unit):
        return Deed((Reply(words="Việc này cần người duyệt báo cáo của xã quyết ạ."),))
    done = await handing.decide_on_time(
        at.tx, request, by=at.who.person_id, granted=granted, now=at.moment.at, ids=at.ids
    )
    if not done:
        return Deed((Reply(words="Lời xin này đã có người quyết, hoặc báo cáo đã gửi rồi ạ."),))
    title = await title_in(at.tx, owed)
    day = due_words(request.until)
    to_asker = (
        f"Xã đồng ý gia hạn {title} của {unit.name} đến {day} ạ."
        if granted
        else f"Xã chưa đồng ý gia hạn {title} của {unit.name}. Anh/chị cố gắng gửi sớm giúp em ạ."
    )
    buttons = (Button(label="Báo ngay", token=f"go.report.{owed.id}", says="báo cáo"),)
    told = Notice(request.asked_by, Reply(words=to_asker, buttons=buttons), waits=True)
    words = (
        f"Dạ, {unit.name} được gia hạn đến {day}."
        if granted
        else "Dạ, em báo lại là chưa được gia hạn."
    )
    return Deed((Reply(words=words),), (told,))


def may_decide(at: At, unit: Unit) -> bool:
    """Whether the speaker grants or refuses more time to this unit: who reviews or keeps what stands above it."""
    rights = rights_of(at.who)
    above = unit.path.rsplit("/", 2)[0] + "/"
    return rights.may_review(above) or rights.may_keep_units(above)


async def names(at: At, person_ids: list[int]) -> dict[int, str]:
    """What people are called, with their chat's name where they never said."""
    found = await roster.names_of(at.tx, person_ids)
    accounts = await people.accounts_of(at.tx, person_ids)
    return {
        person: found.get(person) or (accounts[person][0].name if accounts.get(person) else "")
        for person in person_ids
    }


desk = Desk(flow=extend, prepares=prepare, submits=submit)
