"""The desk where officials decide on filed reports in chat: accepted, or sent back with a reason."""

from __future__ import annotations

from collections.abc import Mapping

from bot.desks import review_read
from bot.desks.base import At, Desk, Done, Instead, Sorry
from bot.desks.roles import rights_of
from bot.events import Reply
from bot.flows.form import Form, Open, Receipt, Session
from bot.flows.review import ACCEPT, BACK, Filed, ReviewBrief, chosen, review
from storage import (
    codes,
    figures,
    obligations,
    people,
    report_versions,
    review_lists,
    reviews,
    units,
)
from storage.report_versions import ACCEPTED, FILED, RETURNED, Report

MOST = 5
MOST_LINES = 15

_VERDICTS = {FILED: (ACCEPT, BACK), RETURNED: (ACCEPT,), ACCEPTED: (BACK,)}
"""What may still be decided, by how the report stands."""

_NOT_YOURS = Sorry((Reply(words="Việc này cần người duyệt báo cáo của xã ạ."),))
_NONE = Sorry((Reply(words="Không còn báo cáo nào chờ duyệt ạ."),))
_CHANGED = Reply(words="Báo cáo này vừa được sửa hoặc đã có người quyết. Em chưa ghi gì ạ.")
_LOCKED = Reply(
    words="Sổ của kỳ này đã khóa nên đơn vị không sửa được. Anh/chị mở sổ ở trang Hạn báo cáo trước đã ạ."
)


async def prepare(at: At, args: Mapping[str, str]) -> ReviewBrief | Instead | Sorry:
    """The report that a code names, or those that wait; whoever only filed it is led to mending it."""
    named = (args.get("arg") or args.get("rest") or "").strip()
    if named:
        return await _named(at, codes.normal(named))
    roots = {
        role.unit_path for role in at.who.roles if rights_of(at.who).may_review(role.unit_path)
    }
    if not roots:
        return _NOT_YOURS
    found = await review_lists.below(at.tx, sorted(roots), states=(FILED,), limit=MOST + 1)
    if not found:
        return _NONE
    return ReviewBrief(tuple([await _filed(at, one) for one in found[:MOST]]), len(found[MOST:]))


async def _named(at: At, code: str) -> ReviewBrief | Instead | Sorry:
    one = await _theirs(at, code)
    if one is None:
        return Instead((Open("correct", {"arg": code}),))
    if one.state not in _VERDICTS:
        return Sorry((Reply(words=f"{code} đã được rút lại rồi ạ."),))
    return ReviewBrief((await _filed(at, one),))


async def _theirs(at: At, code: str) -> Report | None:
    """The report with this code where the speaker reviews it; nobody reviews what they filed."""
    try:
        one = await report_versions.by_code(at.tx, code)
    except KeyError:
        return None
    unit = await units.by_id(at.tx, one.unit_id)
    may = rights_of(at.who).may_review(unit.path) and one.filed_by != at.who.person_id
    return one if may and one.form in review_lists.REVIEWED else None


async def _filed(at: At, one: Report) -> Filed:
    title, lines, counted = await review_read.read(at, one)
    shown = [f"• {label}: {value}" for label, value in (lines or counted)[:MOST_LINES]]
    pictures = await report_versions.evidence_of(at.tx, one.id)
    if pictures:
        shown.append(f"• {len(pictures)} ảnh, xem ở trang Duyệt (gõ WEB)")
    return Filed(
        code=one.code,
        version=one.version,
        title=title,
        unit=(await units.by_id(at.tx, one.unit_id)).name,
        shown="\n".join(shown) or "• không có gì để báo",
        verdicts=_VERDICTS[one.state],
    )


async def submit(at: At, form: Form[ReviewBrief], session: Session) -> Done | Sorry:
    """Decide over the very version that was read, and tell whoever filed it."""
    read = chosen(form)
    one = await _theirs(at, read.code) if read else None
    if read is None or one is None:
        return _NOT_YOURS
    await figures.lock_units(at.tx, [one.unit_id])
    one = await report_versions.by_code(
        at.tx, read.code
    )  # as it stands now that nobody can change it
    verdict = form.get("verdict")
    if one.version != read.version or verdict not in _VERDICTS.get(one.state, ()):
        return Sorry((_CHANGED,))
    by, now = at.who.person_id, at.moment.at
    if verdict == ACCEPT:
        mended = await review_lists.reasons(at.tx, [one.code])
        done = await reviews.accept(at.tx, one.code, by=by, now=now)
        notices = (await review_read.accepted(at, done),) if mended else ()
        return Done(Receipt(code=one.code), notices=notices)
    if one.obligation_id is not None:
        owed = await obligations.by_id(at.tx, one.obligation_id)
        if owed.locked_at is not None:
            return Sorry((_LOCKED,))
    done = await reviews.send_back(at.tx, one.code, by=by, words=form.get("why"), now=now)
    chats = (await people.accounts_of(at.tx, [one.filed_by])).get(one.filed_by, ())
    told = any(chat.blocked_at is None for chat in chats)
    notices = (await review_read.returned(at, done),)
    return Done(Receipt(code=one.code, facts={"told": told}), notices=notices)


desk = Desk(flow=review, prepares=prepare, submits=submit)
