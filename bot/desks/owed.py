"""Việc của tôi: what the speaker's units have still to report, and until when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.desks.base import At
from bot.desks.owed_forms import title_in
from bot.desks.roles import reporting_roles
from bot.events import Button, Reply
from bot.nudge_words import days_left, due_words
from storage import obligations
from storage.obligations import Obligation

OPENED_BY = ("/viec", "việc của tôi", "hạn báo cáo", "hạn nộp", "còn báo cáo nào")
_MOST = 5

_OFFICIAL = Reply(
    words="Anh/chị không phải nộp báo cáo nào trên đây ạ. Xem các đơn vị thì gõ AI CHƯA BÁO.",
    buttons=(Button(label="Ai chưa báo?", token="look.progress.missing", says="ai chưa báo"),),
)
_NOTHING = Reply(
    words="Hiện đơn vị mình không còn báo cáo nào phải gửi ạ. Đến kỳ em sẽ nhắc trước."
)


async def look(at: At, args: Mapping[str, str]) -> Sequence[Reply]:
    """The open reports of the speaker's units, soonest first, each one tap away."""
    roles = reporting_roles(at.who)
    if not roles:
        return (_OFFICIAL,)
    owed = await obligations.open_for(at.tx, [role.unit_id for role in roles], now=at.moment.at)
    if not owed:
        return (_NOTHING,)
    names = {role.unit_id: role.unit_name for role in roles}
    titles = [await title_in(at.tx, one) for one in owed[:_MOST]]
    lines = [
        f"• {title} của {names[one.unit_id]}: {_until(one, at.moment.at)}"
        for one, title in zip(owed, titles, strict=False)
    ]
    if len(owed) > _MOST:
        lines.append(f"… và {len(owed) - _MOST} báo cáo nữa")
    first = Button(label="Báo ngay", token=f"go.report.{owed[0].id}", says="báo cáo")
    return (Reply(words="\n".join(["Mình còn phải gửi:", *lines]), buttons=(first,)),)


def _until(owed: Obligation, now: datetime) -> str:
    if owed.due_at is None:
        return "xã chưa đặt hạn"
    due = due_words(owed.due_at)
    if now > owed.due_at:
        return f"đã quá hạn ({due})"
    near = {0: "hạn hôm nay", 1: "hạn ngày mai"}
    days = days_left(owed.due_at, now)
    return f"{near.get(days, f'còn {days} ngày')} ({due})"
