"""Lịch: the address that a phone's calendar subscribes to; given in chat, and changed there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.desks.base import At, Deed, Does, Looks
from bot.desks.roles import official_roles, reporting_roles
from bot.events import Button, Reply
from storage import calendar_links
from storage.calendar_links import Kind

OPENED_BY = ("/lich", "lịch", "lịch báo cáo", "lịch hạn nộp", "thêm vào lịch")
PATH, PURPOSE = "/lich/", "calendar"
"""As `office/calendar_feed.py` has them; `tests/office/test_calendar_feed.py` holds both together."""

_RENEW = Button(label="Đổi đường dẫn", token="do.calendar.new", says="đổi đường dẫn lịch")
SAID = {"đổi đường dẫn lịch": "do.calendar.new"}
"""What is typed instead of a tap, where there are no buttons."""

_HOW = (
    "Anh/chị chép đường dẫn này vào ứng dụng lịch trên điện thoại, mục “Đăng ký lịch”"
    " (Google: “Từ URL”). Báo xong là mục đó tự mất ạ."
)
_KEEP = "Ai có đường dẫn đều xem được hạn, nên anh/chị giữ riêng nhé. Lỡ gửi nhầm thì bấm Đổi đường dẫn."
_NOBODY = Reply(words="Anh/chị chưa phụ trách báo cáo của đơn vị nào nên em chưa có lịch để gửi ạ.")


def looks(web_url: str) -> Looks:
    """ "lịch": whose addresses somebody may have: their own, and their unit's."""

    async def look(at: At, args: Mapping[str, str]) -> Sequence[Reply]:
        return (await _addresses(at, web_url, anew=False)).replies

    return look


def does(web_url: str) -> Does:
    """One tap on "Đổi đường dẫn": the old addresses open nothing any more."""

    async def do(at: At, args: Mapping[str, str]) -> Deed:
        return await _addresses(at, web_url, anew=True)

    return do


async def _addresses(at: At, web_url: str, *, anew: bool) -> Deed:
    mine = reporting_roles(at.who)
    official = official_roles(at.who)
    if not mine and not official:
        return Deed((_NOBODY,))
    if at.who.room:
        return Deed((Reply(words="Đường dẫn lịch là của riêng từng người. Anh/chị nhắn riêng “lịch” cho em nhé."),))  # fmt: skip
    wanted: list[tuple[Kind, int, str]] = []
    if mine:
        wanted.append(("person", at.who.person_id, "Lịch của anh/chị"))
    units = {role.unit_id: role.unit_name for role in (*mine, *official)}
    # a unit's own address is its officials' and leader's to change, or everybody's calendar would break
    keeps = {role.unit_id for role in (*official,)}
    wanted += [("unit", unit_id, f"Lịch của {name}") for unit_id, name in sorted(units.items())[:5]]
    lines = ["Em đổi rồi, đường dẫn cũ không dùng được nữa ạ." if anew else _HOW]
    for kind, subject_id, label in wanted:
        renewed = anew and (kind == "person" or subject_id in keeps)
        token = await calendar_links.link(
            at.tx,
            at.seal.derive(PURPOSE),
            kind,
            subject_id,
            anew=renewed,
            now=at.moment.at,
        )
        lines.append(f"{label}:\n{web_url}{PATH}{token}.ics")
    return Deed((Reply(words="\n".join([*lines, _KEEP]), buttons=(_RENEW,)),))
