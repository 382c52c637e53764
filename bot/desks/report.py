"""The report desk: what is owed, last period's answers, and the figures a filed report comes to."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from bot.desks.base import At, Desk, Done, Instead, Prepared, Sorry
from bot.desks.owed_forms import closed, duty_title, targets_of
from bot.desks.report_ahead import MOST_DUTIES, Reports, asked_of, reports_for
from bot.desks.roles import reporting_roles
from bot.events import Button, Reply
from bot.flows.form import Form, Open, Receipt, Resume, Session
from bot.flows.report import DutyForm, Item, ReportBrief, duty_of, report
from plans.calendar import local_time
from plans.extra_duties import CAMPAIGN, REQUEST
from plans.measures import figure_of
from plans.pack import Ask, Duty, Pack, QuestionKind, Target
from plans.periods import PeriodError, parse_key
from storage import (
    cheers,
    obligations,
    plans,
    report_versions,
    reports,
    requests,
    units,
)
from storage.figures import Amount
from storage.obligations import Locked, Obligation
from storage.plans import PlanRow
from storage.report_versions import Report
from storage.reports import Filing
from storage.units import Unit


async def prepare(at: At, args: Mapping[str, str]) -> ReportBrief | Prepared | Sorry | Instead:
    """The reports that are open for this person's units, or the one named by `arg`."""
    roles = reporting_roles(at.who)
    if not roles:
        return Sorry((NO_UNIT,))
    known = await reports_for(at)
    owed = known.owed_by(role.unit_id for role in roles)
    wanted = args.get("arg", "")
    if wanted.isdigit():
        owed = [one for one in owed if one.id == int(wanted)]
        if not owed:
            return Sorry((await _why_not(at, int(wanted)),))
    if not owed:
        return Sorry((_NOTHING_OPEN,))
    if len(owed) == 1 and (other := _elsewhere(at, owed[0], known)) is not None:
        return other
    forms = [one for one in owed if not one.duty_key.startswith(CAMPAIGN)] or owed
    if len(forms) == 1:
        at.ahead.drafted.add(forms[0].id)
    return ReportBrief(
        duties=tuple([await _form_from(at, one, known) for one in forms[:MOST_DUTIES]])
    )


async def _form_from(at: At, owed: Obligation, known: Reports) -> DutyForm:
    """The form of one obligation out of what was looked up for everybody."""
    if owed.plan_id not in known.plans or owed.duty_key.startswith((CAMPAIGN, REQUEST)):
        return await duty_form(at, owed)
    last = known.last.get(asked_of(owed))
    return _plan_form(known.plans[owed.plan_id], known.units[owed.unit_id], owed, last)


def _elsewhere(at: At, owed: Obligation, known: Reports) -> Instead | Sorry | None:
    """A movement has its own form; a form that was begun goes on where it was left."""
    if owed.duty_key.startswith(CAMPAIGN):
        return Instead((Open("campaign", {"obligation": str(owed.id)}),))
    subject = f"obligation:{owed.id}"
    found = known.begun.get((at.who.person_id, subject))
    if found is None or at.who.room != found.room:
        return None
    # what is open already is asked on by itself, once this tap has been answered with nothing
    return Instead((Resume(subject),)) if found.parked else Sorry(())


async def _why_not(at: At, obligation_id: int) -> Reply:
    try:
        owed = await obligations.by_id(at.tx, obligation_id)
    except KeyError:
        return _ALREADY
    if owed.locked_at is None:
        return _ALREADY
    return closed(owed.locked_at)


NO_UNIT = Reply(
    words="Anh/chị chưa có mã của đơn vị nên em chưa ghi báo cáo được ạ. Có mã mời thì bấm bên dưới, hoặc hỏi Văn phòng xã nhé.",
    buttons=(
        Button(label="Tôi có mã mời", token="go.register", says="mã mời"),
        Button(label="Phản ánh ô nhiễm", token="go.violation", says="phản ánh"),
    ),
)
_ALREADY = Reply(words="Báo cáo này đã gửi rồi ạ. Muốn sửa thì gõ SỬA BÁO CÁO nhé.")
_NOTHING_OPEN = Reply(
    words="Hiện đơn vị mình không còn báo cáo nào đang chờ ạ. Muốn báo kết quả phong trào thì bấm bên dưới nhé.",
    buttons=(
        Button(label="Báo phong trào", token="go.campaign", says="phong trào"),
        Button(label="Sửa báo cáo", token="go.correct", says="sửa báo cáo"),
    ),
)


async def duty_form(at: At, owed: Obligation) -> DutyForm:
    """The form of one obligation: of the plan, or of whoever asked for it once."""
    plan = await plans.load_plan_by_id(at.tx, owed.plan_id)
    unit = await units.by_id(at.tx, owed.unit_id)
    last = await report_versions.newest_before(
        at.tx, owed.unit_id, owed.plan_id, owed.duty_key, owed.period_key
    )
    if owed.duty_key.startswith(REQUEST):
        request = (await requests.by_duty(at.tx, [owed.duty_key]))[owed.duty_key]
        return _asked_form(request, unit, owed, _due_day(owed))
    return _plan_form(plan, unit, owed, last)


def _plan_form(plan: PlanRow, unit: Unit, owed: Obligation, last: Report | None) -> DutyForm:
    before = last.answers.get("answers", {}) if last else {}
    due = _due_day(owed)
    return form_of(plan, unit, owed.duty_key, owed.period_key, before, owed.id, due)


def _due_day(owed: Obligation) -> str | None:
    return local_time(owed.due_at).date().isoformat() if owed.due_at else None


def _asked_form(asked: requests.Request, unit: Unit, owed: Obligation, due: str | None) -> DutyForm:
    return DutyForm(
        obligation_id=owed.id,
        plan_id=owed.plan_id,
        duty_key=owed.duty_key,
        unit_id=unit.id,
        unit=unit.name,
        period_key=owed.period_key,
        title=asked.title,
        items=tuple(_asked_item(each) for each in asked.form["fields"]),
        due=due,
        narrative=False,
    )


def _asked_item(field: Mapping[str, Any]) -> Item:
    return Item(
        key=field["key"],
        target="",
        part="remark",
        label=field["label"],
        words=field["words"],
        kind=field["kind"],
        unit=field.get("unit", ""),
        example="12" if field["kind"] in ("whole", "decimal") else "",
        options=tuple(field.get("options", ())),
    )


def form_of(
    plan: PlanRow,
    unit: Unit,
    duty_key: str,
    period_key: str,
    before: Mapping[str, Any],
    obligation_id: int,
    due: str | None,
) -> DutyForm:
    """The form of one duty for one unit and period, with the last answers to show."""
    title, blanks = _blank(plan, unit, duty_key, period_key)
    return DutyForm(
        obligation_id=obligation_id,
        plan_id=plan.id,
        duty_key=duty_key,
        unit_id=unit.id,
        unit=unit.name,
        period_key=period_key,
        title=title,
        items=tuple([_filled(blank, unit, before) for blank in blanks]),
        due=due,
    )


_blanks: dict[tuple[str, str | None, str, str], tuple[str, tuple[Item, ...]]] = {}
"""Title and questions by content of the plan, kind of unit, duty and period: the same for all such units."""

_MOST_BLANKS = 512


def _blank(
    plan: PlanRow, unit: Unit, duty_key: str, period_key: str
) -> tuple[str, tuple[Item, ...]]:
    key = (plan.digest, unit.pack_key, duty_key, period_key)
    found = _blanks.get(key)
    if found is None:
        targets = targets_of(plan.pack, duty_key, unit, period_key)
        items = tuple(item for target in targets for item in _items(target))
        found = _blanks[key] = (duty_title(plan.pack, duty_key, period_key), items)
        if len(_blanks) > _MOST_BLANKS:
            del _blanks[next(iter(_blanks))]
    return found


def _filled(blank: Item, unit: Unit, before: Mapping[str, Any]) -> Item:
    """A question with what this unit answered last time and what it cannot exceed."""
    last = before.get(blank.key)
    most = unit.households if blank.unit == _HOUSEHOLDS else None
    if last is None and most is None:
        return blank
    words = None if last is None else str(last).lower() if isinstance(last, bool) else str(last)
    return msgspec.structs.replace(blank, last=words, most=most)


_HOUSEHOLDS = "hộ"


def title_of(duty: Duty | None, period_key: str) -> str:
    """How one report is spoken of: "Báo cáo 6 tháng đầu năm 2026"."""
    try:
        label = parse_key(period_key).label
    except PeriodError:
        return duty.name if duty else "Báo cáo"
    return f"Báo cáo {label}"


def _items(target: Target) -> list[Item]:
    pairs = _pairs(target)
    return [_item(target, ask, pairs.get(ask.key)) for ask in target.asks]


def _pairs(target: Target) -> dict[str, Ask]:
    """Which whole each part belongs to, and back: in the order the plan asks them."""
    above = [ask for ask in target.asks if ask.part == "numerator"]
    below = [ask for ask in target.asks if ask.part == "denominator"]
    pairs: dict[str, Ask] = {}
    for part, whole in zip(above, below, strict=False):
        pairs |= {part.key: whole, whole.key: part}
    return pairs


def item_key(target: Target, ask: Ask) -> str:
    """How an answer is kept: the target and the question, both as the pack names them."""
    return f"{target.key}/{ask.key}"


def _item(target: Target, ask: Ask, pair: Ask | None) -> Item:
    return Item(
        key=item_key(target, ask),
        target=target.key,
        part=ask.part,
        label=_label(target, ask),
        words=ask.words,
        kind=ask.kind.value,
        unit=ask.unit or "",
        example=ask.example,
        reading=ask.reading or "",
        pair=item_key(target, pair) if pair else "",
    )


def _label(target: Target, ask: Ask) -> str:
    if ask.part == "denominator":
        return f"Trong tổng số ({ask.unit})" if ask.unit else "Trong tổng số"
    if sum(1 for other in target.asks if other.part == ask.part) > 1:
        return f"{target.name} ({ask.unit or ask.key})"
    return target.name


# --- filing --------------------------------------------------------------------------------------


async def submit(at: At, form: Form[ReportBrief], session: Session) -> Done | Sorry:
    """File the report; the ledger marks it in the same transaction, and no nudge follows."""
    duty = duty_of(form)
    if duty is None:
        return Sorry((_NOTHING_OPEN,))
    filing = await _filing(at, form, duty)
    try:
        filed = await reports.file(at.tx, filing, now=at.moment.at, ids=at.ids)
    except Locked as books:
        return Sorry((closed(books.locked_at, kept=True),), keeps=True)
    left = await _left(at, duty)
    complete = await cheers.complete(at.tx, duty.unit_id, duty.period_key, now=at.moment.at)
    facts = {"on_time": filed.on_time, "left": left, "version": filed.version}
    facts |= {"complete": complete}
    return Done(Receipt(code=filed.code, facts=facts))


async def _filing(at: At, form: Form[ReportBrief], duty: DutyForm) -> Filing:
    plan = await plans.load_plan_by_id(at.tx, duty.plan_id)
    return Filing(
        form="report",
        unit_id=duty.unit_id,
        filed_by=at.who.person_id,
        answers={"answers": _answers(form, duty)},
        plan_id=duty.plan_id,
        subject_key=duty.duty_key,
        period_key=duty.period_key,
        amounts=amounts_of(plan.pack, duty, form),
        media=_photos(form, duty),
        obligation_id=duty.obligation_id or None,
    )


def _photos(form: Form[ReportBrief], duty: DutyForm) -> tuple[tuple[int, str], ...]:
    albums = [form.get(item.key) or [] for item in duty.items if item.kind == "photos"]
    return tuple((media_id, "photo") for album in albums for media_id in album)


def zero_amounts(plan: PlanRow, duty: DutyForm) -> tuple[Amount, ...]:
    """The figures of a report that nothing happened: 0 for each indicator it counts."""
    by_key = {target.key: target for target in plan.pack.targets}
    asked = dict.fromkeys(item.target for item in duty.items if item.target in by_key)
    return tuple(Amount(by_key[key].indicator, Decimal(0), Decimal(0)) for key in asked)


def _answers(form: Form[ReportBrief], duty: DutyForm) -> dict[str, Any]:
    keys = [item.key for item in duty.items] + ["remark"]
    return {key: form.get(key) for key in keys if form.has(key)}


def amounts_of(pack: Pack, duty: DutyForm, form: Form[ReportBrief]) -> tuple[Amount, ...]:
    """The figures the answers come to, one an indicator."""
    by_key = {target.key: target for target in pack.targets}
    asked = dict.fromkeys(item.target for item in duty.items)
    amounts = []
    for target in (by_key[key] for key in asked if key in by_key):
        figure = figure_of(target, _answers_of(target, form))
        if figure is not None:
            below = figure.denominator if figure.denominator is not None else Decimal(0)
            amounts.append(Amount(target.indicator, figure.numerator, below))
    return tuple(amounts)


def _answers_of(target: Target, form: Form[ReportBrief]) -> dict[str, Any]:
    return {
        ask.key: _number(form.get(item_key(target, ask)), ask)
        for ask in target.asks
        if form.get(item_key(target, ask)) is not None
    }


def _number(value: Any, ask: Ask) -> Any:
    if ask.kind in (QuestionKind.YES_NO, QuestionKind.TEXT):
        return value
    return Decimal(str(value))


async def _left(at: At, duty: DutyForm) -> int:
    unit_ids = [role.unit_id for role in reporting_roles(at.who)] or [duty.unit_id]
    return len(await obligations.open_for(at.tx, unit_ids, now=at.moment.at))


async def reopened(at: At, code: str) -> tuple[ReportBrief | Sorry, dict[str, Any]]:
    """A filed report as a form again, with its answers (`correct`); `Sorry` once its books are closed."""
    old = await report_versions.by_code(at.tx, code)
    answers = dict(old.answers.get("answers", {}))
    owed = await obligations.by_id(at.tx, old.obligation_id) if old.obligation_id else None
    if owed is not None and owed.locked_at is not None:
        return Sorry((closed(owed.locked_at),)), answers
    return ReportBrief(duties=(await filed_form(at, old, owed),)), answers


async def filed_form(at: At, old: Report, owed: Obligation | None) -> DutyForm:
    """The form that a filed report answers; `owed` is what it settled, where it settled anything."""
    unit = await units.by_id(at.tx, old.unit_id)
    asked = (await requests.by_duty(at.tx, [old.subject_key])).get(old.subject_key)
    if asked is not None and owed is not None:
        return _asked_form(asked, unit, owed, None)
    plan = await plans.load_plan_by_id(at.tx, old.plan_id or 0)
    return form_of(plan, unit, old.subject_key, old.period_key, {}, old.obligation_id or 0, None)


desk = Desk(flow=report, prepares=prepare, submits=submit, prepares_ahead=True)
