"""The case desk: what has become of a complaint, for its reporter and for those who handle it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.desks.base import At
from bot.desks.roles import rights_of
from bot.events import Reply
from bot.flows.answers import shown_day
from bot.flows.case import CaseFacts, mine, tells, unknown
from plans.calendar import local_time
from storage import cases, codes, plans, reporters, units
from storage.cases import Case, UnknownCase

STEP_WORDS = {
    "open": "xã đã nhận phản ánh",
    "accept": "đã nhận xử lý",
    "assign": "đã giao người xử lý",
    "start": "bắt đầu xử lý",
    "ask": "hỏi thêm",
    "answer": "đã trả lời",
    "resolve": "báo đã xử lý xong",
    "fixed": "người dân xác nhận đã xong",
    "not_fixed": "người dân báo chưa xong",
    "close_unanswered": "đóng vì chưa có trả lời",
    "reject": "không thụ lý",
    "appeal": "đề nghị xem lại",
    "pass_on": "chuyển cơ quan khác",
    "merge": "gộp với phản ánh trùng",
    "split": "tách ra khỏi phản ánh gộp",
    "reopen": "mở lại",
    "confirm": "xác minh là đúng",
    "unconfirm": "bỏ xác minh",
    "note": "ghi chú",
}


async def look(at: At, args: Mapping[str, str]) -> Sequence[Reply]:
    """One case by its code, for whoever may see it; the same answer when there is none."""
    code = codes.normal(args.get("code") or args.get("arg") or args.get("rest") or "")
    if not code:
        return await look_mine(at, args)
    try:
        case = await cases.case_by_code(at.tx, code)
    except UnknownCase:
        return unknown(code)
    own = await reporters.is_reporter(at.tx, case.id, at.who.person_id, sealing=at.seal)
    if not own and not await _may_see(at, case):
        return unknown(code)
    return tells(await _facts(at, case, own))


async def _may_see(at: At, case: Case) -> bool:
    """Handlers see what their unit handles; officials of the whole commune see all its cases."""
    unit = await units.by_id(at.tx, case.handler_unit_id or case.commune_id)
    return rights_of(at.who).may_see_cases(unit.path)


async def _facts(at: At, case: Case, own: bool) -> CaseFacts:
    steps = await cases.timeline(at.tx, case.id, for_reporter=own)
    handler = await units.by_ids(at.tx, [case.handler_unit_id] if case.handler_unit_id else [])
    names = await kind_names(at, case.commune_id)
    where = case.place_words or (f"{case.lat:.5f}, {case.lon:.5f}" if case.lat is not None else "")
    photos = [
        media_id for media_id, role in await cases.evidence_of(at.tx, case.id) if role == "photo"
    ]
    return CaseFacts(
        code=case.code,
        kind=names.get(case.violation_key, "Việc khác"),
        words=case.words,
        place=where,
        state=case.state.value,
        opened=_day(case.opened_at),
        handler=next(iter(handler.values())).name if handler else "",
        steps=tuple((_day(step.at), _step_words(step.step.value, step.words)) for step in steps),
        photos=tuple(photos) if not own else (),
    )


def _step_words(step: str, words: str) -> str:
    said = STEP_WORDS.get(step, step)
    return f"{said}: {words}" if words else said


def _day(at: datetime) -> str:
    return shown_day(local_time(at).date().isoformat())


async def kind_names(at: At, commune_id: int) -> dict[str, str]:
    """What each kind of violation is called in this commune's plans."""
    found = await plans.load_plans(at.tx, commune_id)
    return {one.key: one.name for plan in found for one in plan.pack.violations}


async def look_mine(at: At, args: Mapping[str, str]) -> Sequence[Reply]:
    """Everything this person reported, named or sealed."""
    found = await cases.cases_of_reporter(at.tx, at.who.person_id, sealing=at.seal)
    names: dict[str, str] = {}
    for commune_id in {case.commune_id for case in found}:
        names |= await kind_names(at, commune_id)
    return mine([(c.code, names.get(c.violation_key, "Việc khác"), c.state.value) for c in found])
