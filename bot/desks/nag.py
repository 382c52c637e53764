"""The buttons under a reminder: later today, tomorrow, somebody else, nothing to report; silence and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta

from bot.desks import extend, report
from bot.desks.base import At, Deed, Notice
from bot.desks.extend import names, owed_by_speaker
from bot.desks.owed_forms import may_be_zero, title_in
from bot.events import Button, Reply
from bot.flows.report import ALL_IN
from bot.nudge_words import due_words
from plans.calendar import Calendar, local_time, moment_on
from storage import (
    cheers,
    handing,
    nag_people,
    obligations,
    office,
    outbox,
    plans,
    reports,
    requests,
    units,
)
from storage.obligations import UNSETTLED, Obligation
from storage.reports import Filing

AFTERNOON = time(14, 0)
MORNING = time(8, 0)

MUTE_OPENED_BY = ("/dungnhac", "đừng nhắc nữa", "đừng nhắc", "thôi đừng nhắc", "tắt nhắc")
UNMUTE_OPENED_BY = ("/nhac", "nhắc lại", "nhắc tôi", "nhắc em", "bật nhắc")
LATER_OPENED_BY = ("chiều nhắc", "chiều nay nhắc")
TOMORROW_OPENED_BY = ("mai nhắc", "mai nhắc lại")
GIVE_OPENED_BY = ("nhờ người khác",)
ZERO_OPENED_BY = ("/khongphatsinh", "báo không phát sinh")
"""Not "không có gì để báo": looks answer inside forms too, where that may be an answer."""


async def do(at: At, args: Mapping[str, str]) -> Deed:
    """One tap: "chieu", "mai", "give.17", "to.17.4", "take.9", "leave.9", "zero.17", "grant.5", "refuse.5"."""
    verb, _, rest = args.get("arg", "").partition(".")
    number = int(rest) if rest.isdigit() else 0
    match verb:
        case "chieu" | "mai":
            return await _later(at, tomorrow=verb == "mai")
        case "give":
            return await _choose_colleague(at, rest)
        case "to":
            return await _ask_colleague(at, rest)
        case "take" | "leave":
            return await _answer(at, number, accepted=verb == "take")
        case "zero":
            return await _zero(at, rest)
        case "grant" | "refuse":
            return await extend.decide(at, number, granted=verb == "grant")
    return Deed((Reply(words="Nút này cũ rồi ạ. Gõ BÁO CÁO để xem việc đang chờ nhé."),))


_GONE = Deed((Reply(words="Báo cáo này gửi rồi hoặc không còn của mình nữa, anh/chị yên tâm ạ."),))


# --- later -------------------------------------------------------------------------------------


async def _later(at: At, *, tomorrow: bool) -> Deed:
    until = _until(at.moment.at, tomorrow=tomorrow)
    await nag_people.snooze(at.tx, at.who.person_id, until=until, now=at.moment.at)
    local = local_time(until)
    day = "chiều nay" if local.date() == at.moment.today else f"sáng {local.day}/{local.month}"
    words = f"Dạ, em nhắc lại lúc {local.hour} giờ {day} ạ. Báo xong trước thì em thôi nhắc."
    return Deed((Reply(words=words),))


def _until(now: datetime, *, tomorrow: bool) -> datetime:
    """Two in the afternoon (two hours from now when that is past), or the next working morning."""
    today = local_time(now).date()
    if tomorrow:
        return moment_on(Calendar().next_working_day(today), MORNING)
    afternoon = moment_on(today, AFTERNOON)
    return afternoon if afternoon > now else now + timedelta(hours=2)


async def look_later(at: At, args: Mapping[str, str]) -> Sequence[Reply]:
    """ "chiều nhắc", typed."""
    return (await _later(at, tomorrow=False)).replies


async def look_tomorrow(at: At, args: Mapping[str, str]) -> Sequence[Reply]:
    """ "mai nhắc", typed."""
    return (await _later(at, tomorrow=True)).replies


# --- silence -----------------------------------------------------------------------------------


async def look_mute(at: At, args: Mapping[str, str]) -> Sequence[Reply]:
    """ "Đừng nhắc nữa": kept at once, with the way back."""
    await nag_people.mute(at.tx, at.who.person_id, now=at.moment.at)
    await outbox.drop_for_person(at.tx, at.who.person_id, ["nudge"])
    words = "Dạ, em không nhắc anh/chị nữa. Báo cáo thì anh/chị vẫn gửi bình thường ạ. Khi nào muốn em nhắc lại, gõ NHẮC LẠI."
    button = Button(label="Nhắc lại", token="look.unmute", says="nhắc lại")
    return (Reply(words=words, buttons=(button,)),)


async def look_unmute(at: At, args: Mapping[str, str]) -> Sequence[Reply]:
    """ "Nhắc lại": the way back."""
    await nag_people.unmute(at.tx, at.who.person_id)
    return (Reply(words="Dạ, đến kỳ báo cáo em lại nhắc anh/chị ạ."),)


# --- somebody else -----------------------------------------------------------------------------


async def look_give(at: At, args: Mapping[str, str]) -> Sequence[Reply]:
    """ "nhờ người khác", typed: for the most urgent report."""
    return (await _choose_colleague(at, "")).replies


async def _choose_colleague(at: At, wanted: str) -> Deed:
    owed = await owed_by_speaker(at, wanted)
    if owed is None:
        return _GONE
    others = [
        one
        for one in await nag_people.colleagues(at.tx, [owed.unit_id], now=at.moment.at)
        if one.person_id != at.who.person_id
    ]
    if not others:
        words = "Đơn vị mình chưa có ai khác dùng Sổ Xanh ạ. Anh/chị nhờ Văn phòng cấp mã mời cho người đó, hoặc xin gia hạn nhé."
        button = Button(label="Xin gia hạn", token=f"go.extend.{owed.id}", says="xin gia hạn")
        return Deed((Reply(words=words, buttons=(button,)),))
    called = await names(at, [one.person_id for one in others])
    buttons = tuple(
        Button(
            label=called.get(one.person_id) or "Người chưa có tên",
            token=f"do.nag.to.{owed.id}.{one.person_id}",
            says=f"nhờ {called.get(one.person_id, '')}".strip(),
        )
        for one in others[:8]
    )
    return Deed((Reply(words="Anh/chị nhờ ai làm giúp ạ?", buttons=buttons),))


async def _ask_colleague(at: At, rest: str) -> Deed:
    wanted, _, person = rest.partition(".")
    owed = await owed_by_speaker(at, wanted)
    if owed is None or not person.isdigit():
        return _GONE
    colleagues = await nag_people.colleagues(at.tx, [owed.unit_id], now=at.moment.at)
    chosen = next((one for one in colleagues if one.person_id == int(person)), None)
    if chosen is None:
        return Deed((Reply(words="Người đó hiện không nhận được tin của em ạ."),))
    asked = await handing.ask_colleague(
        at.tx, owed.id, of=at.who.person_id, to=chosen.person_id, now=at.moment.at, ids=at.ids
    )
    title, unit = await title_in(at.tx, owed), await units.by_id(at.tx, owed.unit_id)
    due = f", hạn {due_words(owed.due_at)}" if owed.due_at else ""
    words = f"{at.who.name or 'Đồng nghiệp'} nhờ anh/chị làm giúp {title} của {unit.name}{due}. Anh/chị nhận nhé?"
    buttons = (
        Button(label="Tôi nhận", token=f"do.nag.take.{asked}", says="tôi nhận"),
        Button(label="Tôi bận", token=f"do.nag.leave.{asked}", says="tôi bận"),
    )
    told = Notice(chosen.person_id, Reply(words=words, buttons=buttons), waits=True)
    return Deed(
        (Reply(words=f"Em đã nhắn {chosen.name or 'người đó'}. Nhận lời là em báo lại ngay ạ."),),
        (told,),
    )


async def _answer(at: At, handover_id: int, *, accepted: bool) -> Deed:
    asked = await handing.answer_colleague(
        at.tx, handover_id, by=at.who.person_id, accepted=accepted, now=at.moment.at, ids=at.ids
    )
    if asked is None:
        return _GONE
    owed = await obligations.by_id(at.tx, asked.obligation_id)
    title = await title_in(at.tx, owed)
    me = at.who.name or "Đồng nghiệp"
    if not accepted:
        told = Notice(
            asked.from_person_id,
            Reply(
                words=f"{me} đang bận, chưa nhận {title} được ạ.",
                buttons=(_report(owed, "Báo ngay"), *_other_ways(owed)),
            ),
            waits=True,
        )
        return Deed((Reply(words="Dạ, em báo lại để bên kia liệu ạ."),), (told,))
    told = Notice(
        asked.from_person_id,
        Reply(words=f"{me} đã nhận làm {title} ạ. Em không nhắc anh/chị việc này nữa."),
        waits=True,
    )
    words = f"Cảm ơn anh/chị! Từ giờ em nhắc anh/chị {title}."
    return Deed((Reply(words=words, buttons=(_report(owed, "Báo ngay"),)),), (told,))


def _other_ways(owed: Obligation) -> tuple[Button, ...]:
    """What is left to whoever was refused."""
    return (
        Button(label="Nhờ người khác", token=f"do.nag.give.{owed.id}", says="nhờ người khác"),
        Button(label="Xin gia hạn", token=f"go.extend.{owed.id}", says="xin gia hạn"),
    )


def _report(owed: Obligation, label: str) -> Button:
    return Button(label=label, token=f"go.report.{owed.id}", says="báo cáo")


# --- nothing to report -------------------------------------------------------------------------


async def look_zero(at: At, args: Mapping[str, str]) -> Sequence[Reply]:
    """ "báo không phát sinh", typed: for the most urgent report."""
    return (await _zero(at, "")).replies


async def _zero(at: At, wanted: str) -> Deed:
    """File a report that says so, where the form allows it."""
    owed = await owed_by_speaker(at, wanted)
    if owed is None or owed.state not in UNSETTLED:
        return _GONE
    plan = await plans.load_plan_by_id(at.tx, owed.plan_id)
    unit = await units.by_id(at.tx, owed.unit_id)
    settings = await office.settings_of(at.tx, plan.commune_id)
    request = (await requests.by_duty(at.tx, [owed.duty_key])).get(owed.duty_key)
    if not may_be_zero(plan.pack, owed.duty_key, owed.period_key, unit, settings, request):
        words = "Báo cáo này cần số liệu hiện có, kể cả khi không đổi ạ. Anh/chị bấm Báo ngay giúp em, số nào vẫn như kỳ trước thì gõ GIỮ nhé."
        return Deed((Reply(words=words, buttons=(_report(owed, "Báo ngay"),)),))
    filed = await reports.file(at.tx, await _zero_filing(at, owed), now=at.moment.at, ids=at.ids)
    title = await title_in(at.tx, owed)
    words = f"Em đã ghi {title}: kỳ này không có gì để báo, mã {filed.code}. Cảm ơn anh/chị!"
    if await cheers.complete(at.tx, owed.unit_id, owed.period_key, now=at.moment.at):
        words += f"\n{ALL_IN}"
    button = Button(label="Sửa", token=f"go.correct.{filed.code}", says="sửa báo cáo")
    return Deed((Reply(words=words, buttons=(button,)),))


async def _zero_filing(at: At, owed: Obligation) -> Filing:
    form = await report.duty_form(at, owed)
    answers = {item.key: 0 for item in form.items if item.kind in ("whole", "decimal", "money")}
    return Filing(
        form="report",
        unit_id=owed.unit_id,
        filed_by=at.who.person_id,
        answers={"answers": {**answers, "remark": "Không có gì để báo.", "zero": True}},
        plan_id=owed.plan_id,
        subject_key=owed.duty_key,
        period_key=owed.period_key,
        amounts=report.zero_amounts(await plans.load_plan_by_id(at.tx, owed.plan_id), form),
        obligation_id=owed.id,
    )
