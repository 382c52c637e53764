"""The desk of forgetting: the person goes, their cases stay."""

from __future__ import annotations

from collections.abc import Mapping

from bot.desks.base import At, Desk, Done, Sorry
from bot.events import Reply
from bot.flows.case_forget import ForgetBrief, forget
from bot.flows.form import Form, Receipt, Session
from storage import audits, cases, merging, reporters

_OFFICIAL = Reply(
    words="Anh/chị đang giữ việc của đơn vị nên em chưa xóa được ạ. Nhờ quản trị xã thôi vai trò trước, rồi nhắn lại em nhé."
)

MOST = 1000


async def prepare(at: At, args: Mapping[str, str]) -> ForgetBrief | Sorry:
    """Somebody with a role hands it back first: what an official did stays with their name."""
    if at.who.roles:
        return Sorry((_OFFICIAL,))
    own = await cases.cases_of_reporter(at.tx, at.who.person_id, sealing=at.seal, limit=MOST)
    return ForgetBrief(cases=len(own))


async def submit(at: At, form: Form[ForgetBrief], session: Session) -> Done | Sorry:
    """Forget them: name, number, chats, messages, the tie to their cases, their id on timelines."""
    if not form.get("sure"):
        return Done(Receipt())
    if at.who.roles:
        return Sorry((_OFFICIAL,))
    person_id = at.who.person_id
    await reporters.forget_steps(at.tx, person_id)
    await merging.erase(at.tx, person_id, now=at.moment.at, seal=at.seal)
    await audits.record(
        at.tx, "erase", f"person:{person_id}", by=None, now=at.moment.at, ids=at.ids
    )
    return Done(Receipt())


desk = Desk(flow=forget, prepares=prepare, submits=submit)
