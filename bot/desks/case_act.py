"""The desk of deeds on a case: who may do what, what must be asked first, and the answer to old buttons."""

from __future__ import annotations

from collections.abc import Mapping

from bot import conversation
from bot.desks import case_citizen, case_deeds
from bot.desks.base import At, Deed, Desk, Done, Sorry
from bot.desks.case import alike_codes
from bot.desks.case_deeds import NotProof
from bot.desks.case_steps import no_right, stale
from bot.desks.case_view import View, not_shown, view_of
from bot.desks.roles import rights_of
from bot.events import Reply
from bot.flows import case_buttons
from bot.flows.answers import short
from bot.flows.case_act import DEEDS, CaseBrief, case_act
from bot.flows.case_verbs import Aim, aim
from bot.flows.form import Form, Receipt, Session
from plans.handling import CaseStep
from plans.pack import UnitKind
from storage import abuse, cases, office, plans, roster, units
from storage.access import Role
from storage.casework import StepRefused

UNBLOCK = "unblock"
"""The one deed that is about a person, not a case."""

_ONCE = frozenset({"release", "lift", "confirm", "unconfirm", "urgent", "calm"})
"""Deeds that are offered only until they are done: a second tap comes late, it is not forbidden."""

_BY_CITIZEN = {**case_citizen.DOES, **case_citizen.SUBMITS}


async def do(at: At, args: Mapping[str, str]) -> Deed:
    """A deed that needs no question: a tap on "nhận", "đã xong"."""
    what = aim(args.get("arg", ""))
    seen = await view_of(at, what.code) if what.code else None
    if seen is None:
        return Deed(await not_shown(at, what.code))
    if not _allowed(seen, what.deed):
        done_before = seen.official and what.deed in _ONCE
        return Deed(await stale(at, seen) if done_before else no_right(seen.case.code))
    does = case_citizen.DOES.get(what.deed) or case_deeds.DOES.get(what.deed)
    if does is None:
        return Deed(await stale(at, seen))
    try:
        return await does(at, seen, what.state)
    except StepRefused:
        return Deed(await stale(at, seen))


def _allowed(seen: View, deed: str) -> bool:
    return seen.own if deed in _BY_CITIZEN else deed in seen.may


async def prepare(at: At, args: Mapping[str, str]) -> CaseBrief | Sorry:
    """What a deed's questions speak of; a deed that is no longer possible is answered at once."""
    what = aim(args.get("arg", ""))
    if what.deed == UNBLOCK:
        return await _against_block(at)
    seen = await view_of(at, what.code) if what.code else None
    if seen is None or what.deed not in DEEDS:
        return Sorry(await not_shown(at, what.code))
    if not _allowed(seen, what.deed):
        return Sorry(no_right(seen.case.code))
    if not _still(seen, what):
        return Sorry(await stale(at, seen))
    return await _brief(at, seen, what)


async def _against_block(at: At) -> CaseBrief | Sorry:
    block = await abuse.blocked(at.tx, at.seal.blind_index(at.who.person_id))
    if block is None:
        return Sorry((Reply(words="Anh/chị không bị chặn, vẫn gửi phản ánh được ạ."),))
    return CaseBrief(deed=UNBLOCK, code="")


def _still(seen: View, what: Aim) -> bool:
    """Whether the deed is possible as the case stands; what a citizen adds late is never turned away."""
    if what.deed in ("answer", "word", "more"):
        return what.deed == "word" or case_buttons.can("more", seen.root.state)
    state = seen.root.state if what.deed in _BY_CITIZEN else seen.case.state
    return case_buttons.can(what.deed, state) and what.state in ("", state.value)


async def _brief(at: At, seen: View, what: Aim) -> CaseBrief:
    rights = rights_of(at.who)
    case = seen.root if what.deed in _BY_CITIZEN else seen.case
    give = what.deed == "give"
    return CaseBrief(
        deed=what.deed,
        code=seen.case.code,
        seen=case.state.value,
        kind=seen.kind,
        asked=await _asked(at, case.id) if what.deed == "answer" else "",
        units=await _receivers(at, seen) if give else (),
        near=await _near(at, seen) if what.deed == "merge" else (),
        decides=rights.may_decide_cases(seen.unit.path),
        routes=give and await _may_route_always(at, seen),
    )


async def _asked(at: At, case_id: int) -> str:
    steps = await cases.timeline(at.tx, case_id, for_reporter=True)
    return next((one.words for one in reversed(steps) if one.step is CaseStep.ASK), "")


async def _near(at: At, seen: View) -> tuple[tuple[str, str], ...]:
    found = await alike_codes(at, seen)
    return tuple((code, short(words)) for code, words in found.items())


async def _receivers(at: At, seen: View) -> tuple[tuple[int, str], ...]:
    """Units that a case may be given to: those with somebody to handle it first, villages last."""
    everyone = await units.of_commune(at.tx, seen.case.commune_id)
    posts = await roster.posts_of_commune(at.tx, seen.case.commune_id, now=at.moment.at)
    manned = {post.unit_id for post in posts if post.role in (Role.HANDLER, Role.LEADER)}
    here = (seen.unit.id, seen.case.commune_id)
    others = [unit for unit in everyone if unit.id not in here and unit.kind != UnitKind.OUTSIDE]
    ranked = sorted(others, key=lambda unit: (unit.id not in manned, unit.kind not in _WORKING))
    return tuple((unit.id, unit.name) for unit in ranked)


_WORKING = frozenset(
    {UnitKind.DEPARTMENT, UnitKind.OFFICE, UnitKind.POLICE, UnitKind.SERVICE, UnitKind.HEALTH}
)
"""Kinds of unit that handle cases by their nature, before associations and villages."""


async def _may_route_always(at: At, seen: View) -> bool:
    """Whether nobody is named for the kind, and this person may name somebody once for all."""
    case, rights = seen.case, rights_of(at.who)
    commune = await units.by_id(at.tx, case.commune_id)
    if not (rights.may_keep_units(commune.path) or rights.may_decide_cases(seen.unit.path)):
        return False
    if await office.setting(at.tx, case.commune_id, f"route.{case.violation_key}"):
        return False
    found = await plans.load_plans(at.tx, case.commune_id)
    return not any(
        one.handled_by
        for plan in found
        for one in plan.pack.violations
        if one.key == case.violation_key
    )


async def submit(at: At, form: Form[CaseBrief], session: Session) -> Done | Sorry:
    """Do what was asked about, unless the case moved on in the meantime."""
    brief = form.brief
    if brief.deed == UNBLOCK:
        return _finished(brief, await case_citizen.against_block(at, form.get("words")))
    seen = await view_of(at, brief.code)
    if seen is None:
        return Sorry(await not_shown(at, brief.code))
    if not _allowed(seen, brief.deed):
        return Sorry(no_right(brief.code))
    submits = case_citizen.SUBMITS.get(brief.deed) or case_deeds.SUBMITS[brief.deed]
    try:
        return _finished(brief, await submits(at, seen, form))
    except StepRefused:
        return Sorry(await stale(at, seen))
    except NotProof as why:
        return _again(at, session, str(why))


def _finished(brief: CaseBrief, deed: Deed) -> Done:
    return Done(Receipt(code=brief.code, facts={"replies": deed.replies}), deed.acts, deed.notices)


def _again(at: At, session: Session, why: str) -> Sorry:
    """Ask for the pictures once more; what was typed stays."""
    for key in ("photos", "~photos", "reason"):
        session.answers.pop(key, None)
    turn = conversation.again(case_act, session, at.moment, why)
    return Sorry(turn.replies, keeps=True)


desk = Desk(flow=case_act, prepares=prepare, submits=submit)
