"""The case desk: what has become of a complaint, for its reporter and for those who handle it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.desks.base import At
from bot.desks.case_doubts import doubts, pictures_of
from bot.desks.case_view import OTHER, View, kinds_of, name_of, not_shown, view, view_of
from bot.desks.roles import rights_of
from bot.events import Button, Reply
from bot.flows import case_buttons
from bot.flows.answers import shown_day
from bot.flows.case import CITIZEN, CaseFacts, mine, openings, tells, todo, unknown
from bot.flows.case_words import limit, moment
from plans.calendar import local_time
from plans.case_clock import WAITS_FOR_ACCEPTANCE, WORKED_ON
from plans.handling import OVER, CaseState, CaseStep
from storage import cases, codes, likeness, reporters, roster, units
from storage.access import Role
from storage.cases import Case, Step

STEP_WORDS = {
    "open": "xã đã nhận phản ánh",
    "accept": "đã nhận xử lý",
    "assign": "đã giao đơn vị xử lý",
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
    code = _code(args)
    if not code:
        return await look_mine(at, args)
    seen = await view_of(at, code)
    return await not_shown(at, code) if seen is None else tells(await facts_of(at, seen))


def _code(args: Mapping[str, str]) -> str:
    typed = args.get("code") or args.get("arg") or args.get("rest") or ""
    return codes.normal(typed) if typed.strip() else ""


async def facts_of(at: At, seen: View) -> CaseFacts:
    """The case as this person may see it; what they may not see is left out here."""
    if not seen.official:
        return await _for_citizen(at, seen)
    case = seen.case
    before, after = await pictures_of(at, case.id)
    alike = await alike_codes(at, seen)
    return CaseFacts(
        code=case.code,
        kind=seen.kind,
        words=case.words,
        place=_place(case),
        state=case.state.value,
        opened=_day(case.opened_at),
        handler=seen.handler,
        own=False,
        urgent=case.urgent,
        since=case.since_words,
        steps=await _signed_steps(at, seen),
        photos=(*before, *after),
        reporter=await _reporter(at, seen),
        map_url=map_url(case),
        limits=_limits(case),
        doubts=await doubts(at, case),
        alike=tuple(alike),
        rating=f"{case.rating}/5" if case.rating else "",
        buttons=_buttons(seen, mergeable=bool(alike)),
    )


async def _for_citizen(at: At, seen: View) -> CaseFacts:
    case, root = seen.case, seen.root
    unit = await units.by_id(at.tx, root.handler_unit_id) if root.handler_unit_id else None
    steps = await _steps(at, case)
    if root.id != case.id:
        later = await _steps(at, root, since=case.changed_at)
        steps = (*steps, *later)
    return CaseFacts(
        code=case.code,
        kind=seen.kind,
        words=case.words,
        place=_place(case),
        state=case.state.value,
        opened=_day(case.opened_at),
        handler=unit.name if unit else "",
        own=True,
        steps=steps,
        lives_in=root.state.value if root.id != case.id else "",
        buttons=_citizen_buttons(seen),
    )


def _citizen_buttons(seen: View) -> tuple[Button, ...]:
    code = seen.case.code
    buttons = case_buttons.of_citizen(code, seen.root.state)
    if not seen.sealed:
        return buttons
    seal = Button(label="Ai đã mở tên?", token=f"look.case_seal.{code}", says=f"ai mở tên {code}")
    return (*buttons, seal)


def _buttons(seen: View, *, mergeable: bool) -> tuple[Button, ...]:
    may = seen.may if mergeable else seen.may - {"merge"}
    shown = case_buttons.first(seen.case.code, seen.case.state, may)
    return (*shown, *_citizen_buttons(seen)) if seen.own else shown


async def _steps(
    at: At, case: Case, *, since: datetime | None = None
) -> tuple[tuple[str, str], ...]:
    """What was done, by day, as whoever reported it reads it."""
    steps = await cases.timeline(at.tx, case.id, for_reporter=True)
    return tuple(
        (_day(step.at), _step_words(step.step.value, step.words))
        for step in steps
        if since is None or step.at > since
    )


async def _signed_steps(at: At, seen: View) -> tuple[tuple[str, str], ...]:
    """Every step with its hour and who took it, as officials read it; citizens stay unnamed."""
    steps = await cases.timeline(at.tx, seen.case.id)
    reporter_id = await reporters.reporter_of(at.tx, seen.case.id)
    by = {step.by_person_id for step in steps if step.by_person_id is not None}
    names = await roster.names_of(at.tx, by - {reporter_id})
    return tuple((_signed(step, names), _step_words(step.step.value, step.words)) for step in steps)


def _signed(step: Step, names: Mapping[int, str]) -> str:
    who = names.get(step.by_person_id or 0, "")
    if not who and step.step in _BY_CITIZENS:
        who = CITIZEN
    return f"{moment(step.at)}, {who}" if who else moment(step.at)


_BY_CITIZENS = frozenset(
    {CaseStep.OPEN, CaseStep.ANSWER, CaseStep.FIXED, CaseStep.NOT_FIXED, CaseStep.APPEAL}
)


def _step_words(step: str, words: str) -> str:
    if step == CaseStep.NOTE and words:
        return words
    said = STEP_WORDS.get(step, step)
    return f"{said}: {words}" if words else said


async def _reporter(at: At, seen: View) -> str:
    if not seen.sees_reporter or seen.sealed:
        return CITIZEN
    person_id = await reporters.reporter_of(at.tx, seen.case.id)
    return (await name_of(at, person_id) if person_id is not None else "") or CITIZEN


def _limits(case: Case) -> tuple[str, ...]:
    found = []
    if case.state in WAITS_FOR_ACCEPTANCE and case.accept_due_at is not None:
        found.append(f"Hạn nhận: {limit(case.accept_due_at)}")
    if case.state in WORKED_ON and case.resolve_due_at is not None:
        found.append(f"Hạn xử lý: {limit(case.resolve_due_at)}")
    return tuple(found)


async def alike_codes(at: At, seen: View) -> dict[str, str]:
    """Open cases that may be the same matter, that this person may see: code → words."""
    if seen.case.state in OVER or "merge" not in seen.may:
        return {}
    found = await likeness.alike_to(at.tx, seen.case, categories=seen.categories)
    views = [await view(at, one.case) for one in found]
    return {one.case.code: one.case.words for one in views if one.official}


def _place(case: Case) -> str:
    if case.place_words or case.lat is None:
        return case.place_words
    return f"{case.lat:.5f}, {case.lon:.5f}"


def map_url(case: Case) -> str:
    """Where the place is seen on a map; "" without a pin."""
    if case.lat is None or case.lon is None:
        return ""
    pin = f"{case.lat:.5f}"
    return (
        f"https://www.openstreetmap.org/?mlat={pin}&mlon={case.lon:.5f}#map=17/{pin}/{case.lon:.5f}"
    )


def _day(at: datetime) -> str:
    return shown_day(local_time(at).date().isoformat())


# --- more to look at -----------------------------------------------------------------------------


async def look_more(at: At, args: Mapping[str, str]) -> Sequence[Reply]:
    """What is done now and then with a case."""
    code = _code(args)
    seen = await view_of(at, code)
    if seen is None or not seen.official:
        return unknown(code)
    may = seen.may if await alike_codes(at, seen) else seen.may - {"merge"}
    buttons = case_buttons.rare(seen.case.code, seen.case.state, may)
    words = f"{seen.case.code}: anh/chị muốn làm gì ạ?" if buttons else "Không còn việc nào khác ạ."
    return (Reply(words=words, buttons=buttons),)


async def look_seal(at: At, args: Mapping[str, str]) -> Sequence[Reply]:
    """Who opened the seal on one's own name."""
    code = _code(args)
    seen = await view_of(at, code)
    if seen is None or not seen.own:
        return unknown(code)
    found = await reporters.openings(at.tx, seen.case.id)
    opened = [(moment(when), await name_of(at, by) or "cán bộ xã", why) for when, by, why in found]
    return openings(code, opened)


async def look_mine(at: At, args: Mapping[str, str]) -> Sequence[Reply]:
    """Everything this person reported, named or sealed."""
    found = await cases.cases_of_reporter(at.tx, at.who.person_id, sealing=at.seal)
    if any([await reporters.is_sealed(at.tx, case.id) for case in found]):
        at.ahead.sealed.add(at.who.person_id)
    names: dict[str, str] = {}
    for commune_id in {case.commune_id for case in found}:
        names |= (await kinds_of(at, commune_id))[0]
    return mine([(c.code, names.get(c.violation_key, OTHER), c.state.value) for c in found])


_MOST_LISTED = 15


async def look_todo(at: At, args: Mapping[str, str]) -> Sequence[Reply]:
    """What waits for this official: urgent first, then by age."""
    handling = [role for role in at.who.roles if rights_of(at.who).may_route_cases(role.unit_path)]
    paths = [role.unit_path for role in handling if role.role != Role.REPORTER]
    unit_ids: set[int] = set()
    names: dict[str, str] = {}
    for role in handling:
        if role.unit_path in paths:
            unit_ids |= {unit.id for unit in await units.subtree(at.tx, role.unit_id)}
            names |= (await kinds_of(at, role.commune_id))[0]
    states = [state for state in CaseState if state not in OVER | {CaseState.RESOLVED}]
    found = await cases.cases_of_handlers(
        at.tx, sorted(unit_ids), states=states, limit=_MOST_LISTED
    )
    rows = [
        (c.code, names.get(c.violation_key, OTHER), c.state.value, _presses(c, at.moment.at))
        for c in found
        if not c.held
    ]
    return todo(rows)


def _presses(case: Case, now: datetime) -> str:
    due_at = case.accept_due_at if case.state in WAITS_FOR_ACCEPTANCE else case.resolve_due_at
    late = "quá hạn" if due_at is not None and now > due_at else ""
    return ", ".join(part for part in ("khẩn" if case.urgent else "", late) if part)
