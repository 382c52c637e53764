"""What officials do with a case. Each deed returns what is said to whom; refused steps are raised."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.desks.base import At, Deed, Notice
from bot.desks.case_doubts import AFTER, doubts
from bot.desks.case_steps import answer, by_official, note, reckoned, stale, take
from bot.desks.case_tell import card, to_handlers, to_reporters
from bot.desks.case_view import View, name_of, view_of
from bot.events import Button, Reply
from bot.flows import case_words
from bot.flows.case_act import OUTSIDE, CaseBrief
from bot.flows.case_words import day, limit, moment, news
from bot.flows.form import Form
from plans.handling import CaseStep
from storage import (
    abuse,
    case_limits,
    case_people,
    cases,
    casework,
    media,
    office,
    points,
    reporters,
    units,
)
from storage.cases import Case

# --- without a question --------------------------------------------------------------------------


async def accept(at: At, seen: View, state: str) -> Deed:
    """Nhận: the case is this person's from now on."""
    case = await take(at, seen.case.id, by_official(at, seen, CaseStep.ACCEPT, state=state))
    case = await reckoned(at, case, seen.category)
    due_at = case.resolve_due_at
    until = f" Hạn xử lý: {limit(due_at)}." if due_at else ""
    words = f"Anh/chị đã nhận {case.code}.{until} Xong thì bấm “Xử lý xong” và gửi em tấm ảnh ạ."
    told = await to_reporters(at, case, CaseStep.ACCEPT, until=day(due_at) if due_at else "")
    return Deed((answer(seen, case, words),), tuple(told))


async def start(at: At, seen: View, state: str) -> Deed:
    """Bắt đầu xử lý."""
    case = await take(at, seen.case.id, by_official(at, seen, CaseStep.START, state=state))
    told = await to_reporters(at, case, CaseStep.START)
    return Deed((answer(seen, case, f"Em đã ghi {case.code} đang xử lý ạ."),), tuple(told))


async def confirm(at: At, seen: View, state: str) -> Deed:
    """Xác minh đúng: from now on the case counts where the plan counts its kind."""
    taken = by_official(at, seen, CaseStep.CONFIRM)
    case = await casework.confirm(at.tx, seen.case.id, taken=taken, now=at.moment.at, ids=at.ids)
    counts = (
        "Việc này được tính vào chỉ tiêu của kế hoạch."
        if case.counted
        else "Kế hoạch không có chỉ tiêu đếm loại việc này."
    )
    comes_back = await _comes_back(at, case)
    return Deed((answer(seen, case, f"Em đã ghi {case.code} xác minh đúng. {counts}{comes_back}"),))


async def _comes_back(at: At, case: Case) -> str:
    if case.point_id is None:
        return ""
    times = len(await points.history(at.tx, case.point_id))
    return f" Chỗ này đã {times} lần được xác minh, em xếp vào điểm ô nhiễm cần theo dõi."


async def unconfirm(at: At, seen: View, state: str) -> Deed:
    """Bỏ xác minh: it counts nowhere."""
    taken = by_official(at, seen, CaseStep.UNCONFIRM)
    case = await casework.unconfirm(at.tx, seen.case.id, taken=taken, now=at.moment.at, ids=at.ids)
    return Deed((answer(seen, case, f"Em đã bỏ xác minh {case.code}, việc này không tính nữa ạ."),))


async def call_urgent(at: At, seen: View, state: str) -> Deed:
    """Báo khẩn: half the time to accept, and word to the handlers at any hour."""
    return await _set_urgent(at, seen, urgent=True)


async def call_calm(at: At, seen: View, state: str) -> Deed:
    """Không khẩn."""
    return await _set_urgent(at, seen, urgent=False)


async def _set_urgent(at: At, seen: View, *, urgent: bool) -> Deed:
    if not await case_limits.set_urgent(at.tx, seen.case.id, urgent=urgent):
        return Deed(await stale(at, seen))
    await note(at, seen.case.id, "báo khẩn" if urgent else "không khẩn")
    starts = await case_limits.starts_of(at.tx, [seen.case.id])
    start_at = starts.get(seen.case.id, seen.case.opened_at)
    case = await _now(at, seen.case, seen.category, start_at)
    told = await to_handlers(at, case, await card(at, case, "Phản ánh")) if urgent else []
    words = f"Em đã ghi {case.code} là việc {'KHẨN' if urgent else 'không khẩn'} ạ."
    return Deed((answer(seen, case, words),), tuple(told))


async def _now(at: At, case: Case, category: str, start_at: datetime) -> Case:
    fresh = await cases.case_by_id(at.tx, case.id)
    return await reckoned(at, fresh, category, start_at)


async def split(at: At, seen: View, state: str) -> Deed:
    """Tách ra: the merge was wrong, the case goes its own way again."""
    case = await take(at, seen.case.id, by_official(at, seen, CaseStep.SPLIT, state=state))
    case = await reckoned(at, case, seen.category)
    told = await to_reporters(at, case, CaseStep.SPLIT)
    told += await to_handlers(at, case, await card(at, case, "Việc tách riêng"))
    return Deed((answer(seen, case, f"Em đã tách {case.code} ra để xử lý riêng ạ."),), tuple(told))


async def release(at: At, seen: View, state: str) -> Deed:
    """Cho xử lý: a held case goes to its handlers."""
    if not await abuse.release(at.tx, seen.case.id):
        return Deed(await stale(at, seen))
    await note(at, seen.case.id, "đã xem qua, cho xử lý")
    case = await _now(at, seen.case, seen.category, at.moment.at)
    told = await to_handlers(at, case, await card(at, case, "Phản ánh mới"))
    return Deed((Reply(words=f"Em đã chuyển {case.code} cho người xử lý ạ."),), tuple(told))


async def lift(at: At, seen: View, state: str) -> Deed:
    """Bỏ chặn."""
    if not await abuse.lift(at.tx, seen.case.id, by=at.who.person_id, now=at.moment.at):
        return Deed(await stale(at, seen))
    await note(at, seen.case.id, "bỏ chặn người gửi")
    person_id = await reporters.whom_to_tell(at.tx, seen.case.id, sealing=at.seal)
    words = "Anh/chị lại gửi phản ánh được rồi ạ. Cảm ơn anh/chị đã giải thích."
    told = (Notice(person_id, Reply(words=words), waits=True),) if person_id is not None else ()
    return Deed((Reply(words=f"Em đã bỏ chặn người gửi {seen.case.code} ạ."),), told)


Does = Callable[[At, View, str], Awaitable[Deed]]
DOES: Mapping[str, Does] = {
    "take": accept,
    "start": start,
    "confirm": confirm,
    "unconfirm": unconfirm,
    "urgent": call_urgent,
    "calm": call_calm,
    "split": split,
    "release": release,
    "lift": lift,
}

# --- after a few questions -----------------------------------------------------------------------

_Form = Form[CaseBrief]


async def give(at: At, seen: View, form: _Form) -> Deed:
    """Chuyển: to another unit, or to a body outside the commune."""
    words = form.get("words") or ""
    if form.get("unit") == OUTSIDE:
        return await _pass_on(at, seen, form, words)
    taken = by_official(at, seen, CaseStep.ASSIGN, state=form.brief.seen)
    to = await units.by_id(at.tx, form.get("unit"))
    case = await casework.assign(
        at.tx, seen.case.id, unit_id=to.id, taken=taken, now=at.moment.at, ids=at.ids
    )
    if words:
        await note(at, case.id, f"nhắn {to.name}: {words}")
    case = await reckoned(at, case, seen.category)
    always = await _always(at, case, to, form)
    lead = f"{words}\n" if words else ""
    received = await card(at, case, "Anh/chị được giao")
    told = await to_handlers(at, case, _led(received, lead))
    told += await to_reporters(at, case, CaseStep.ASSIGN)
    return Deed((Reply(words=f"Em đã chuyển {case.code} cho {to.name}.{always}"),), tuple(told))


def _led(reply: Reply, lead: str) -> Reply:
    return Reply(words=f"{lead}{reply.words}", buttons=reply.buttons, photos=reply.photos)


async def _always(at: At, case: Case, to: units.Unit, form: _Form) -> str:
    if not (form.brief.routes and form.get("always")):
        return ""
    key = f"route.{case.violation_key}"
    by = at.who.person_id
    await office.set_to(at.tx, case.commune_id, key, to.code, by=by, now=at.moment.at, ids=at.ids)
    return f" Từ nay loại việc “{form.brief.kind}” em chuyển thẳng cho {to.name} ạ."


async def _pass_on(at: At, seen: View, form: _Form, words: str) -> Deed:
    body = form.get("body")
    taken = by_official(at, seen, CaseStep.PASS_ON, body, state=form.brief.seen)
    case = await take(at, seen.case.id, taken)
    if words:
        await note(at, case.id, f"nhắn {body}: {words}")
    told = await to_reporters(at, case, CaseStep.PASS_ON, body)
    said = (
        f"Em đã ghi {case.code} chuyển {body} và báo người dân. "
        "Khi bên đó trả lời, anh/chị bấm “Xử lý xong” giúp em ạ."
    )
    return Deed((answer(seen, case, said),), tuple(told))


async def ask(at: At, seen: View, form: _Form) -> Deed:
    """Hỏi thêm: the clock rests until the citizen answers."""
    words = form.get("words")
    taken = by_official(at, seen, CaseStep.ASK, words, state=form.brief.seen)
    case = await take(at, seen.case.id, taken)
    told = await to_reporters(at, case, CaseStep.ASK, words)
    said = (
        f"Em đã gửi câu hỏi cho người báo {case.code}, có trả lời em báo ngay ạ."
        if told
        else f"Người báo {case.code} không còn nhận tin được nữa ạ; câu hỏi vẫn được lưu lại."
    )
    return Deed((answer(seen, case, said),), tuple(told))


class NotProof(Exception):
    """The pictures do not show that it was handled; the text says why, for the handler."""


async def done(at: At, seen: View, form: _Form) -> Deed:
    """Xử lý xong: with pictures from after the report, or a leader's written reason.

    Raises:
        NotProof: no picture and no right to do without, or a picture from before the report.
    """
    shown = tuple(form.get("photos") or ())
    if not shown and "reopen" not in seen.may:
        raise NotProof("Em cần ảnh sau khi xử lý ạ. Không có ảnh thì nhờ lãnh đạo bấm giúp nhé.")
    await _prove(at, seen.case, shown)
    taken = by_official(at, seen, CaseStep.RESOLVE, form.get("words"), state=form.brief.seen)
    taken = _with_media(taken, shown)
    case = await take(at, seen.case.id, taken)
    if not shown:
        await note(at, case.id, f"không có ảnh sau xử lý: {form.get('reason')}")
    told = await to_reporters(at, case, CaseStep.RESOLVE, form.get("words"), after=shown)
    odd = "".join(f"\nCần xem lại: {doubt}." for doubt in await doubts(at, case))
    said = (
        f"Em đã báo người dân {case.code} xử lý xong, chờ xác nhận trong 5 ngày ạ."
        if told
        else f"Em đã ghi {case.code} xử lý xong ạ."
    )
    return Deed((answer(seen, case, said + odd),), tuple(told))


def _with_media(taken: casework.Taken, shown: tuple[int, ...]) -> casework.Taken:
    return replace(taken, media=tuple((media_id, AFTER) for media_id in shown))


async def _prove(at: At, case: Case, shown: tuple[int, ...]) -> None:
    """A picture taken before the report proves nothing; one that does not say when is taken as it is."""
    for row in (await media.get_many(at.tx, shown)).values():
        if row.state == "kept" and row.shown_sha256 is None:
            raise NotProof("Tệp này em không mở được thành ảnh. Anh/chị gửi lại ảnh giúp em ạ.")
        if row.taken_at is not None and row.taken_at < case.opened_at:
            raise NotProof(
                f"Ảnh này chụp lúc {moment(row.taken_at)}, trước khi có phản ánh. "
                "Anh/chị gửi ảnh chụp sau khi xử lý giúp em ạ."
            )


async def refuse(at: At, seen: View, form: _Form) -> Deed:
    """Từ chối: the citizen reads the reason, and may ask the leader to look again."""
    words = form.get("words")
    taken = by_official(at, seen, CaseStep.REJECT, words, state=form.brief.seen)
    case = await take(at, seen.case.id, taken)
    told = await to_reporters(at, case, CaseStep.REJECT, words)
    said = f"Em đã ghi không thụ lý {case.code} và báo lý do cho người dân ạ."
    return Deed((answer(seen, case, said),), tuple(told))


async def merge(at: At, seen: View, form: _Form) -> Deed:
    """Gộp: the case lives on in another one; everyone who reported it hears of that one."""
    into = await view_of(at, form.get("into"))
    if into is None or not into.official:
        return Deed(await stale(at, seen))
    taken = by_official(at, seen, CaseStep.MERGE, state=form.brief.seen)
    case = await casework.merge(
        at.tx, seen.case.id, into=into.case.id, taken=taken, now=at.moment.at, ids=at.ids
    )
    told = await to_reporters(at, case, CaseStep.MERGE)
    words = case_words.doubled(case.code, into.case.code, case.words)
    told += await to_handlers(at, into.case, news(into.case.code, words))
    said = (
        f"Em đã gộp {case.code} vào {into.case.code}. Gộp nhầm thì mở {case.code} bấm “Tách ra” ạ."
    )
    return Deed((Reply(words=said),), tuple(told))


async def reopen(at: At, seen: View, form: _Form) -> Deed:
    """Mở lại: by whoever answers for it."""
    words = form.get("words")
    taken = by_official(at, seen, CaseStep.REOPEN, words, state=form.brief.seen)
    case = await take(at, seen.case.id, taken)
    case = await reckoned(at, case, seen.category)
    told = await to_reporters(at, case, CaseStep.REOPEN, words)
    told += await to_handlers(at, case, await card(at, case, f"Lãnh đạo mở lại (“{words}”)"))
    return Deed((answer(seen, case, f"Em đã mở lại {case.code} ạ."),), tuple(told))


async def unseal(at: At, seen: View, form: _Form) -> Deed:
    """Mở niêm phong: the name, for this reason, with a trace that the reporter may ask for."""
    person_id = await reporters.open_seal(
        at.tx,
        seen.case.id,
        by=at.who.person_id,
        why=form.get("words"),
        sealing=at.seal,
        now=at.moment.at,
        ids=at.ids,
    )
    if person_id is None:
        return Deed(await stale(at, seen))
    name = await name_of(at, person_id) or "người báo không để tên trên kênh nhắn tin"
    words = (
        f"Người báo {seen.case.code}: {name}. Lần mở này đã được lưu lại, người báo có quyền biết."
    )
    return Deed((Reply(words=words),))


async def block(at: At, seen: View, form: _Form) -> Deed:
    """Chặn người gửi: without anybody learning who it is."""
    person_id = await reporters.whom_to_tell(at.tx, seen.case.id, sealing=at.seal)
    if person_id is None:
        return Deed(
            (Reply(words=f"{seen.case.code} không còn gắn với ai nên em không chặn được ạ."),)
        )
    why = form.get("words")
    key = at.seal.blind_index(person_id)
    if not await abuse.block(
        at.tx, seen.case.id, key, by=at.who.person_id, why=why, now=at.moment.at, ids=at.ids
    ):
        return Deed((Reply(words="Người này đang bị chặn từ trước rồi ạ."),))
    await note(at, seen.case.id, f"chặn người gửi: {why}")
    told = Notice(person_id, blocked_words(why), waits=True)
    words = f"Em đã chặn người gửi {seen.case.code} và báo lý do; người đó có quyền khiếu nại ạ."
    return Deed((Reply(words=words),), (told,))


def blocked_words(why: str) -> Reply:
    """What somebody who is blocked hears."""
    words = (
        f"Xã tạm dừng nhận phản ánh mới từ anh/chị, lý do: “{why}”. "
        "Các phản ánh đã gửi vẫn theo dõi được. Anh/chị không đồng ý thì bấm nút dưới ạ."
    )
    appeal = Button(label="Khiếu nại", token="go.case.unblock", says="khiếu nại việc chặn")
    return Reply(words=words, buttons=(appeal,))


Submits = Callable[[At, View, Form[Any]], Awaitable[Deed]]
SUBMITS: Mapping[str, Submits] = {
    "give": give,
    "ask": ask,
    "done": done,
    "refuse": refuse,
    "merge": merge,
    "reopen": reopen,
    "unseal": unseal,
    "block": block,
}


async def office_hears(at: At, case: Case, reply: Reply) -> tuple[Notice, ...]:
    """Word to whoever looks at held cases and blocks."""
    people = await case_people.office_of(at.tx, case.commune_id, now=at.moment.at)
    return tuple(
        Notice(person_id, reply, waits=not case.urgent)
        for person_id in people
        if person_id != at.who.person_id
    )
