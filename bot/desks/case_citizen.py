"""What whoever reported a case does with it: says whether it is done, answers, adds, appeals, rates.

Their deeds act on the case that theirs lives on in; a sealed reporter leaves no trace there.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.desks.base import At, Deed
from bot.desks.case_deeds import office_hears
from bot.desks.case_steps import CALENDAR, by_citizen, reckoned, stale, take
from bot.desks.case_tell import pressing, to_handlers, to_leaders, to_reporters
from bot.desks.case_view import View
from bot.events import Reply
from bot.flows import case_words
from bot.flows.case_act import CaseBrief
from bot.flows.case_verbs import button, show
from bot.flows.case_words import news
from bot.flows.form import Form
from plans.handling import OVER, CaseState, CaseStep
from storage import abuse, case_limits, cases, reporters

# --- without a question --------------------------------------------------------------------------


async def fixed(at: At, seen: View, state: str) -> Deed:
    """Đã xong: closed, and a rating asked for."""
    code = seen.case.code
    case = await take(at, seen.root.id, by_citizen(at, seen, CaseStep.FIXED))
    words = "Cảm ơn anh/chị đã xác nhận! Anh/chị chấm việc xử lý mấy điểm ạ, từ 1 đến 5?"
    told = await to_handlers(
        at, case, news(case.code, f"{case.code}: người dân xác nhận đã xong. Cảm ơn anh/chị!")
    )
    told += await to_reporters(at, case, CaseStep.FIXED)
    return Deed((Reply(words=words, buttons=case_words.rating(code)),), tuple(told))


async def unfixed(at: At, seen: View, state: str) -> Deed:
    """Chưa: opened again, and the leader told."""
    case = await take(at, seen.root.id, by_citizen(at, seen, CaseStep.NOT_FIXED))
    case = await reckoned(at, case, seen.category)
    reply = pressing(case, case_words.not_fixed(case.code, seen.unit.name))
    told = {one.person_id: one for one in await to_handlers(at, case, reply)}
    told |= {one.person_id: one for one in await to_leaders(at, case, reply)}
    others = await to_reporters(at, case, CaseStep.REOPEN)
    words = (
        f"Dạ, em đã báo lãnh đạo, việc {seen.case.code} được mở lại để làm tiếp ạ. "
        "Còn gì chưa được, anh/chị gửi thêm lời hay ảnh giúp em nhé."
    )
    answer = Reply(words=words, buttons=(button("more", seen.case.code),))
    return Deed((answer,), (*told.values(), *others))


def rate(points: int) -> Callable[[At, View, str], Awaitable[Deed]]:
    """Chấm điểm: once the case is closed; a later rating takes the place of an earlier one."""

    async def rated(at: At, seen: View, state: str) -> Deed:
        if seen.root.state is not CaseState.CLOSED:
            return Deed(await stale(at, seen))
        if seen.case.rating != points:
            await case_limits.rate(at.tx, seen.case.id, points)
            await take(at, seen.case.id, by_citizen(at, seen, CaseStep.NOTE, f"chấm {points}/5"))
        words = "Em ghi lại rồi ạ, cảm ơn anh/chị! Anh/chị muốn nhận xét thêm một câu không ạ?"
        return Deed((Reply(words=words, buttons=(button("word", seen.case.code),)),))

    return rated


Does = Callable[[At, View, str], Awaitable[Deed]]
DOES: Mapping[str, Does] = {
    "fixed": fixed,
    "unfixed": unfixed,
    **{f"rate{n}": rate(n) for n in range(1, 6)},
}

# --- after a question ----------------------------------------------------------------------------

_Form = Form[CaseBrief]


async def answer(at: At, seen: View, form: _Form) -> Deed:
    """Trả lời: what was asked. Too late for the question, it is kept all the same."""
    if seen.root.state is not CaseState.NEEDS_INFORMATION:
        return await more(at, seen, form)
    words, pictures = form.get("words"), tuple(form.get("photos") or ())
    asked_at = seen.root.changed_at
    case = await take(
        at, seen.root.id, by_citizen(at, seen, CaseStep.ANSWER, words, media=pictures)
    )
    await _unsign(at, seen, pictures)
    await case_limits.resume(at.tx, case, asked_at=asked_at, now=at.moment.at, calendar=CALENDAR)
    reply = news(case.code, case_words.answered(case.code, words), photos=pictures)
    told = await to_handlers(at, case, reply)
    thanks = (
        f"Em đã gửi câu trả lời của anh/chị về {seen.case.code} cho người xử lý. Cảm ơn anh/chị ạ!"
    )
    return Deed((Reply(words=thanks, buttons=(show(seen.case.code),)),), tuple(told))


async def more(at: At, seen: View, form: _Form) -> Deed:
    """Gửi thêm: words and pictures that change no state."""
    words, pictures = form.get("words") or "", tuple(form.get("photos") or ())
    code = seen.case.code
    if not words and not pictures:
        return Deed((Reply(words=f"Dạ, em chưa thêm gì vào {code} ạ.", buttons=(show(code),)),))
    if seen.root.state in OVER:
        return Deed(await stale(at, seen))
    case = await take(at, seen.root.id, by_citizen(at, seen, CaseStep.NOTE, words, media=pictures))
    await _unsign(at, seen, pictures)
    said = f"{case.code}: người dân gửi thêm{f': “{words}”' if words else ' ảnh.'}"
    told = await to_handlers(at, case, news(case.code, said, photos=pictures))
    thanks = f"Em đã thêm vào {code} và báo người xử lý rồi ạ."
    return Deed((Reply(words=thanks, buttons=(show(code),)),), tuple(told))


async def _unsign(at: At, seen: View, pictures: tuple[int, ...]) -> None:
    if seen.sealed and pictures:
        await reporters.forget_senders(at.tx, pictures)


async def appeal(at: At, seen: View, form: _Form) -> Deed:
    """Đề nghị xem lại: the leader has the rejection before them."""
    words = form.get("words")
    case = await take(at, seen.root.id, by_citizen(at, seen, CaseStep.APPEAL, words))
    case = await reckoned(at, case, seen.category)
    reply = pressing(case, case_words.appealed(case.code, words))
    told = {one.person_id: one for one in await to_leaders(at, case, reply)}
    told |= {one.person_id: one for one in await to_handlers(at, case, reply)}
    thanks = (
        f"Em đã gửi đề nghị xem lại {seen.case.code} tới lãnh đạo, có kết quả em báo anh/chị ạ."
    )
    return Deed((Reply(words=thanks, buttons=(show(seen.case.code),)),), tuple(told.values()))


async def word(at: At, seen: View, form: _Form) -> Deed:
    """Nhận xét: a sentence on how it was handled."""
    words = form.get("words")
    await take(at, seen.case.id, by_citizen(at, seen, CaseStep.NOTE, f"nhận xét: {words}"))
    case = await cases.case_by_id(at.tx, seen.root.id)
    reply = news(case.code, f"{case.code}: người dân nhận xét: “{words}”")
    told = await to_handlers(at, case, reply)
    return Deed(
        (Reply(words="Em ghi lại nhận xét của anh/chị rồi. Cảm ơn anh/chị ạ!"),), tuple(told)
    )


Submits = Callable[[At, View, Form[Any]], Awaitable[Deed]]
SUBMITS: Mapping[str, Submits] = {
    "answer": answer,
    "more": more,
    "appeal": appeal,
    "word": word,
}


async def against_block(at: At, words: str) -> Deed:
    """Khiếu nại: what a blocked person says goes to whoever may lift the block."""
    key = at.seal.blind_index(at.who.person_id)
    block = await abuse.appeal(at.tx, key, words=words, now=at.moment.at)
    if block is None:
        return Deed((Reply(words="Anh/chị không bị chặn, vẫn gửi phản ánh được ạ."),))
    case = await cases.case_by_id(at.tx, block.case_id)
    said = (
        f"Người gửi {case.code} khiếu nại việc bị chặn: “{words}”. "
        "Đồng ý bỏ chặn thì bấm nút dưới ạ."
    )
    reply = Reply(words=said, buttons=(button("lift", case.code), show(case.code)))
    told = await office_hears(at, case, reply)
    return Deed((Reply(words="Em đã gửi khiếu nại của anh/chị cho cán bộ xã xem lại ạ."),), told)
