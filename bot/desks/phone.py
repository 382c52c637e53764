"""The phone desk: keeps the number a person gives of their own will, and deletes it when they say so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.desks.base import At, Desk, Done, Sorry
from bot.events import Reply
from bot.flows.form import Form, Receipt, Session
from bot.flows.phone import PhoneBrief, forgotten, mobile_of, phone
from storage import audits, phones

_PRIVATELY = Reply(words="Số điện thoại anh/chị nhắn riêng cho em thôi ạ, đừng gửi trong nhóm nhé.")

_NOT_NEEDED = Reply(
    words="Em không cần số điện thoại của anh/chị đâu ạ, phản ánh cứ nhắn em ở đây. "
    "Số điện thoại em chỉ hỏi người báo cáo và cán bộ, để xã gọi khi tin nhắn không tới."
)


async def prepare(at: At, args: Mapping[str, str]) -> PhoneBrief | Sorry:
    """What we hold already, and the number of a card that came unasked.

    Never in a group, and of people with a role only: nobody may call who reports as a citizen
    (`storage/visible.py`, CONTACT), so that their number would serve no purpose.
    """
    if at.who.room:
        return Sorry((_PRIVATELY,))
    known = await phones.of_person(at.tx, at.who.person_id)
    if not at.who.roles and not known.told:
        return Sorry((_NOT_NEEDED,))
    return PhoneBrief(known=known.told, card=mobile_of(args.get("card", "")) or "")


async def submit(at: At, form: Form[PhoneBrief], session: Session) -> Done | Sorry:
    """Keep the number, if one was given. Its messages are unsaid: it stands in one place only."""
    given = form.get("phone")
    if form.brief.card and form.get("agrees") is True:
        given = form.brief.card
    if not given:
        return Done(Receipt())
    await phones.tell(at.tx, at.who.person_id, given, now=at.moment.at)
    await _record(at, "phone-told")
    return Done(Receipt(facts={"phone": given}), sealed=True)


async def look_forget(at: At, args: Mapping[str, str]) -> Sequence[Reply]:
    """Delete the number they gave. What the office's sheet says is the office's to change."""
    had_one = await phones.forget(at.tx, at.who.person_id)
    if had_one:
        await _record(at, "phone-forgotten")
    return forgotten(had_one=had_one)


async def _record(at: At, action: str) -> None:
    person_id = at.who.person_id
    subject = f"person:{person_id}"
    await audits.record(at.tx, action, subject, by=person_id, now=at.moment.at, ids=at.ids)


desk = Desk(flow=phone, prepares=prepare, submits=submit)
