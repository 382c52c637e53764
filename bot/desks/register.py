"""The register desk: what a code is good for, and the role or the link it gives."""

from __future__ import annotations

from collections.abc import Mapping

from bot.desks.base import At, Desk, Done, Prepared, Sorry
from bot.events import Reply
from bot.flows.form import Form, Open, Receipt, Session
from bot.flows.register import RegisterBrief, register
from storage import audits, invites, merging, people, phones, sessions, units
from storage.invites import Invite, TooManyTries

_BAD_CODE = Reply(
    words="Mã này em không tìm thấy, hoặc đã hết hạn ạ. Anh/chị xem lại từng chữ giúp em, ví dụ: HD7K-3F9Q; "
    "hoặc hỏi cán bộ xã xin mã mới nhé."
)
_TOO_MANY = Reply(
    words="Anh/chị thử nhiều mã quá rồi ạ, em tạm dừng một lúc. Lát nữa thử lại giúp em nhé."
)


async def prepare(at: At, args: Mapping[str, str]) -> RegisterBrief | Prepared | Sorry:
    """Ask for the code, or say what the given one is good for."""
    code = args.get("code") or args.get("rest") or ""
    if not code:
        return RegisterBrief()
    return await _brief_for(at, code)


async def _brief_for(at: At, code: str) -> RegisterBrief | Sorry:
    try:
        invite = await invites.find(
            at.tx,
            code,
            channel=at.who.channel,
            account=at.who.account,
            address=at.who.address,
            now=at.moment.at,
        )
    except TooManyTries:
        return Sorry((_TOO_MANY,))
    if invite is None:
        return Sorry((_BAD_CODE,))
    unit = await units.by_id(at.tx, invite.unit_id) if invite.unit_id else None
    return RegisterBrief(
        code=invite.code,
        unit=unit.name if unit else "",
        role=invite.role or "",
        name=invite.name,
        known_name=at.who.name if at.who.roles else "",
    )


async def submit(at: At, form: Form[RegisterBrief], session: Session) -> Done | Sorry:
    """Use the code up: give the role, or join this chat to the person the link code belongs to."""
    brief = form.brief
    if not brief.code:
        return Done(
            Receipt(facts={"asked_code": True}),
            acts=(Open("register", {"code": form.get("code")}),),
        )
    if form.get("right") is False:
        return Done(Receipt(facts={"not_them": True}))
    if form.get("consent") is not True:
        return Done(Receipt(facts={"no_consent" if brief.unit else "not_linked": True}))
    invite = await invites.use(at.tx, brief.code, now=at.moment.at)
    if invite is None:
        return Sorry((_BAD_CODE,))
    if invite.unit_id is None or invite.role is None:
        return await _link(at, invite)
    return await _join(at, form, invite)


async def _link(at: At, invite: Invite) -> Done | Sorry:
    if invite.person_id is None:
        return Sorry((_BAD_CODE,))
    if invite.person_id != at.who.person_id:
        await _becomes(at, invite.person_id)
    return Done(Receipt(facts={"linked": True}))


async def _becomes(at: At, person_id: int) -> None:
    """This chat's person becomes that one. The form that says so ends first: it must not move along."""
    await sessions.save(at.tx, ended=[(at.who.person_id, at.who.room)])
    await merging.merge(at.tx, person_id, at.who.person_id, now=at.moment.at, seal=at.seal)


async def _join(at: At, form: Form[RegisterBrief], invite: Invite) -> Done | Sorry:
    """The invited person may already have a row (from the sheet of people): then this chat becomes theirs."""
    assert invite.unit_id is not None
    assert invite.role is not None
    person_id = at.who.person_id
    if invite.person_id is not None and invite.person_id != person_id:
        await _becomes(at, invite.person_id)
        person_id = invite.person_id
    name = form.get("name") or form.brief.name or None
    await people.describe(at.tx, person_id, name=name, consented_at=at.moment.at)
    await people.give_role(
        at.tx,
        person_id,
        invite.unit_id,
        invite.role,
        rank=invite.rank,
        now=at.moment.at,
        ids=at.ids,
    )
    details = {"unit": invite.unit_id, "role": invite.role}
    await audits.record(
        at.tx,
        "register",
        f"person:{person_id}",
        by=person_id,
        details=details,
        now=at.moment.at,
        ids=at.ids,
    )
    known = await phones.of_person(at.tx, person_id)
    facts = {"unit": form.brief.unit, "role": invite.role}
    return Done(Receipt(facts=facts | {"no_phone": not (known.told or known.office_has)}))


desk = Desk(flow=register, prepares=prepare, submits=submit)
