"""The desk of calls: whom an official may ask, the call made, and the table that came back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from bot import request_tables
from bot.desks.base import At, Desk, Done, Notice, Sorry
from bot.desks.roles import official_roles
from bot.events import Button, Reply
from bot.flows.form import Form, Receipt, Session
from bot.flows.request import RequestBrief, is_past, request
from bot.flows.request_words import draft_fields, title_of
from bot.nudge_words import due_words
from plans.pack import Pack, UnitKind
from storage import nag_people, plans, requests, units
from storage.requests import Request
from storage.units import Unit

MINE_OPENED_BY = ("/bangyeucau", "yêu cầu của tôi", "bảng yêu cầu")
_SINGLE = "unit:"


async def prepare(at: At, args: Mapping[str, str]) -> RequestBrief | Sorry:
    """Classes and single units below the official."""
    roles = official_roles(at.who)
    if not roles:
        return Sorry(
            (Reply(words="Việc này dành cho cán bộ xã ạ. Anh/chị cần báo gì, gõ BÁO CÁO nhé."),)
        )
    top = min(roles, key=lambda role: len(role.unit_path))
    found = await plans.load_plans(at.tx, top.commune_id)
    below = await _below(at, top.unit_id, top.commune_id)
    if not found or not below:
        return Sorry((Reply(words="Em chưa thấy đơn vị nào để gửi tới ạ."),))
    pack = found[0].pack
    return RequestBrief(
        commune_id=top.commune_id,
        plan_id=found[0].id,
        groups=_groups(below, pack),
        members=_members(below, pack),
    )


async def _below(at: At, unit_id: int, commune_id: int) -> list[Unit]:
    """Whom this office stands over: its own subtree, and for the commune's office the whole commune."""
    unit = await units.by_id(at.tx, unit_id)
    top = commune_id if unit.kind == "office" else unit_id
    return [
        one
        for one in await units.subtree(at.tx, top)
        if one.id not in (top, unit_id) and one.kind != UnitKind.OUTSIDE
    ]


def _groups(below: Sequence[Unit], pack: Pack) -> tuple[tuple[str, str], ...]:
    many = {unit.key: unit.name for unit in pack.units if unit.many}
    counted = Counter(unit.pack_key for unit in below if unit.pack_key in many)
    classes = [(str(key), f"{many[str(key)]} ({count})") for key, count in counted.most_common()]
    singles = [(f"{_SINGLE}{unit.id}", unit.name) for unit in below if unit.pack_key not in many]
    return (*classes, *singles[: MOST_SHOWN - len(classes)])


def _members(below: Sequence[Unit], pack: Pack) -> tuple[tuple[str, str], ...]:
    many = {unit.key for unit in pack.units if unit.many}
    return tuple((f"{_SINGLE}{unit.id}", unit.name) for unit in below if unit.pack_key in many)


MOST_SHOWN = 20


async def submit(at: At, form: Form[RequestBrief], session: Session) -> Done | Sorry:
    """Make the call and tell whoever reports for each unit."""
    if is_past(form.get("until"), at.moment.at):
        session.answers.pop("until")
        return Sorry(
            (Reply(words="Hạn này vừa qua rồi ạ. Anh/chị gõ hạn khác giúp em."),), keeps=True
        )
    chosen = await _chosen(at, form)
    due_at = datetime.fromisoformat(form.get("until")).astimezone(UTC)
    fields = draft_fields(form.get("what"))
    made = await requests.ask(
        at.tx,
        commune_id=form.brief.commune_id,
        plan_id=form.brief.plan_id,
        unit_ids=[unit.id for unit in chosen],
        title=title_of(form.get("what")),
        form={"fields": fields, "zero": all(field["kind"] != "choice" for field in fields)},
        by=at.who.person_id,
        due_at=due_at,
        now=at.moment.at,
        ids=at.ids,
    )
    notices, silent = await _notices(at, made, chosen)
    facts = {"units": len(chosen), "silent": silent, "request": made.id}
    return Done(Receipt(code="", facts=facts), notices=notices)


async def _chosen(at: At, form: Form[RequestBrief]) -> list[Unit]:
    keys = [str(key) for key in form.get("whom")]
    single = [int(key.removeprefix(_SINGLE)) for key in keys if key.startswith(_SINGLE)]
    classes = [key for key in keys if not key.startswith(_SINGLE)]
    found = {unit.id: unit for unit in await units.members(at.tx, form.brief.commune_id, classes)}
    found |= await units.by_ids(at.tx, single)
    return sorted(found.values(), key=lambda unit: unit.name)


async def _notices(
    at: At, made: Request, chosen: Sequence[Unit]
) -> tuple[tuple[Notice, ...], list[str]]:
    """One message a person however many units they report for; and the units nobody hears for."""
    ids = await requests.obligation_ids(at.tx, made)
    people = await nag_people.colleagues(at.tx, ids, now=at.moment.at)
    first = [one for one in people if one.position == 1]
    names = {unit.id: unit.name for unit in chosen}
    buttons: dict[int, list[Button]] = {}
    for one in first:
        label = (
            "Báo ngay"
            if sum(o.person_id == one.person_id for o in first) == 1
            else names[one.unit_id]
        )
        token = f"go.report.{ids[one.unit_id]}"
        buttons.setdefault(one.person_id, []).append(
            Button(label=label, token=token, says="báo cáo")
        )
    words = f"{at.who.name or 'Xã'} cần anh/chị {made.title[0].lower()}{made.title[1:]}, {due_words(made.due_at)} ạ."
    notices = tuple(
        Notice(person, Reply(words=words, buttons=tuple(shown[:8])), waits=True)
        for person, shown in buttons.items()
    )
    heard = {one.unit_id for one in first}
    return notices, [unit.name for unit in chosen if unit.id not in heard]


async def look(at: At, args: Mapping[str, str]) -> Sequence[Reply]:
    """The table of one call, or of the newest that this official made."""
    wanted = args.get("arg", "")
    found = await requests.by_id(at.tx, int(wanted)) if wanted.isdigit() else None
    if found is None:
        mine = await requests.of_person(at.tx, at.who.person_id, limit=1)
        found = mine[0] if mine else None
    if found is None or not any(
        role.commune_id == found.commune_id for role in official_roles(at.who)
    ):
        return (
            Reply(
                words="Em chưa thấy yêu cầu nào của anh/chị ạ. Gõ YÊU CẦU để hỏi các đơn vị nhé."
            ),
        )
    return (request_tables.table(found, await requests.returned(at.tx, found)),)


desk = Desk(flow=request, prepares=prepare, submits=submit)
