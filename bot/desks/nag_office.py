"""What officials ask of the reminders in chat: the coming week, what has no day, who hears otherwise; stop and go on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.desks.base import At, Deed
from bot.desks.roles import official_roles, rights_of
from bot.events import Button, Reply
from bot.flows.form import Role
from plans.bends import adapted_words, habit_rule
from plans.calendar import Calendar
from plans.owed import undated_of_year
from storage import habits, nag_stops, office, plans, units
from storage.nag_stops import Stop

NAGS_OPENED_BY = ("/lichnhac", "lịch nhắc", "kế hoạch nhắc", "tạm dừng nhắc")
SAID = {
    "dừng nhắc cả xã": "do.nagoffice.stop",
    "nhắc tiếp": "do.nagoffice.go",
    "tắt thói quen": "do.nagoffice.habits.off",
    "bật thói quen": "do.nagoffice.habits.on",
}
"""What is typed instead of a tap, where there are no buttons."""

UNDATED_OPENED_BY = ("/chuacohan", "chưa có hạn", "báo cáo chưa có hạn")
HABITS_OPENED_BY = ("/thoiquen", "thói quen nộp", "nhắc theo thói quen")

_MOST = 12
_NOT_YOURS = Reply(words="Việc này dành cho cán bộ xã ạ. Anh/chị cần báo gì, gõ BÁO CÁO nhé.")
_ADMIN_ONLY = Reply(words="Việc này cần quản trị của xã ạ.")


def _role(at: At) -> Role | None:
    """The widest office the speaker holds."""
    return min(official_roles(at.who), key=lambda one: len(one.unit_path), default=None)


async def _keeps(at: At, commune_id: int) -> bool:
    commune = await units.by_id(at.tx, commune_id)
    return rights_of(at.who).may_keep_units(commune.path)


async def look_undated(at: At, args: Mapping[str, str]) -> Sequence[Reply]:
    """ "chưa có hạn": what nobody has given a day, and so nobody is nagged about."""
    role = _role(at)
    if role is None:
        return (_NOT_YOURS,)
    settings = await office.settings_of(at.tx, role.commune_id)
    found = [
        each
        for plan in await plans.load_plans(at.tx, role.commune_id)
        for each in undated_of_year(plan.pack, settings, Calendar(), at.moment.today.year)
    ]
    if not found:
        return (Reply(words=f"Năm {at.moment.today.year} báo cáo nào cũng có hạn rồi ạ."),)
    lines = [f"• {each.name}: {each.why}" for each in found[:_MOST]]
    if len(found) > _MOST:
        lines.append(f"… và {len(found) - _MOST} việc nữa, xem đủ ở trang văn phòng (gõ WEB)")
    head = f"{len(found)} báo cáo chưa có hạn, em không nhắc ai về những việc này:"
    return (Reply(words="\n".join([head, *lines])),)


async def look_habits(at: At, args: Mapping[str, str]) -> Sequence[Reply]:
    """ "thói quen nộp": the rule, whom it concerns, and its switch."""
    role = _role(at)
    if role is None:
        return (_NOT_YOURS,)
    settings = await office.settings_of(at.tx, role.commune_id)
    on = habit_rule(settings).on
    found = await habits.bent_in(at.tx, role.commune_id)
    lines = [
        "Ai luôn nộp sớm thì em bớt các lần nhắc sớm; ai hay muộn thì em nhắc sớm hơn một tuần."
    ]
    if not on:
        lines.append("Quy tắc này đang tắt: ai cũng được nhắc như nhau.")
    else:
        lines += [
            f"• {one.name or 'Chưa có tên'} ({one.unit_name}): "
            f"{adapted_words(one.bend, len(one.days), one.kind, settings)}"
            for one in found[:_MOST]
        ] or ["Chưa ai đủ kỳ để thành thói quen ạ."]
    label, verb = ("Tắt", "off") if on else ("Bật lại", "on")
    says = "tắt thói quen" if on else "bật thói quen"
    button = Button(label=label, token=f"do.nagoffice.habits.{verb}", says=says)
    mine = await _keeps(at, role.commune_id)
    return (Reply(words="\n".join(lines), buttons=(button,) if mine else ()),)


async def look_nags(at: At, args: Mapping[str, str]) -> Sequence[Reply]:
    """ "lịch nhắc": whether reminders run, what is stopped, and where the week stands."""
    role = _role(at)
    if role is None:
        return (_NOT_YOURS,)
    stopped = nag_stops.stopped_by(await office.settings_of(at.tx, role.commune_id))
    is_off = stopped.everything or (stopped.until is not None and stopped.until >= at.moment.today)
    words = "Em đang nhắc các đơn vị theo lịch."
    if stopped.everything:
        words = "Em đang dừng mọi lời nhắc của xã."
    elif is_off and stopped.until is not None:
        words = f"Em đang tạm dừng nhắc đến hết ngày {stopped.until:%d/%m/%Y}."
    if stopped.duties or stopped.people:
        words += f" Dừng riêng: {len(stopped.duties)} báo cáo, {len(stopped.people)} người."
    words += (
        " Từng lời nhắc của bảy ngày tới và chi phí có ở trang văn phòng, mục Hạn báo cáo (gõ WEB)."
    )
    label, verb = ("Nhắc tiếp", "go") if is_off else ("Dừng nhắc cả xã", "stop")
    button = Button(label=label, token=f"do.nagoffice.{verb}", says=label.lower())
    mine = await _keeps(at, role.commune_id)
    return (Reply(words=words, buttons=(button,) if mine else ()),)


async def do(at: At, args: Mapping[str, str]) -> Deed:
    """One tap: "stop", "go", "habits.on", "habits.off"."""
    role = _role(at)
    if role is None:
        return Deed((_NOT_YOURS,))
    if not await _keeps(at, role.commune_id):
        return Deed((_ADMIN_ONLY,))
    commune, by, now = role.commune_id, at.who.person_id, at.moment.at
    match args.get("arg", ""):
        case "stop":
            await nag_stops.stop(at.tx, commune, Stop(), by=by, now=now, ids=at.ids)
            words = "Dạ, em dừng mọi lời nhắc của xã. Báo cáo vẫn nhận bình thường. Gõ NHẮC TIẾP khi cần ạ."
        case "go":
            await nag_stops.resume(at.tx, commune, Stop(), by=by, now=now, ids=at.ids)
            words = "Dạ, em nhắc tiếp theo lịch ạ."
        case "habits.on" | "habits.off" as verb:
            value = None if verb == "habits.on" else False
            await office.set_to(at.tx, commune, "nags.habits", value, by=by, now=now, ids=at.ids)
            words = (
                "Dạ, em đã bật lại." if value is None else "Dạ, từ nay ai cũng được nhắc như nhau."
            )
        case _:
            words = "Nút này cũ rồi ạ. Gõ LỊCH NHẮC để xem nhé."
    return Deed((Reply(words=words),))
