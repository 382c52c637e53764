"""Who is told when a case goes on, and what: everyone who reported it, its handlers, its leaders."""

from __future__ import annotations

from collections.abc import Iterable

from bot.desks.base import At, Notice
from bot.desks.case import map_url
from bot.desks.case_doubts import pictures_of
from bot.desks.case_view import OTHER, kinds_of
from bot.events import Reply
from bot.flows import case_buttons
from bot.flows.answers import short
from bot.flows.case import CITIZEN
from bot.flows.case_verbs import show
from bot.flows.case_words import Told, limit, to_citizen
from plans.handling import CaseStep
from storage import case_people, reporters, units
from storage.cases import Case

_FOR_HANDLERS = frozenset({"take", "give", "ask", "done", "refuse"})
_FOR_OFFICE = frozenset({"release", "refuse", "block"})


async def to_reporters(
    at: At,
    case: Case,
    step: CaseStep,
    words: str = "",
    *,
    until: str = "",
    after: tuple[int, ...] = (),
) -> list[Notice]:
    """Word of a step to everyone who reported this matter, each under their own code.

    Args:
        after: pictures that this very step gave as proof; those of an earlier try prove nothing now.
    """
    unit = await units.by_id(at.tx, case.handler_unit_id) if case.handler_unit_id else None
    names, _ = await kinds_of(at, case.commune_id)
    before, _ = await pictures_of(at, case.id) if step is CaseStep.RESOLVE else ((), ())
    found = []
    for reporter in await case_people.reporters_of(at.tx, case.id, sealing=at.seal):
        # people see the pictures they sent themselves beside those of the handler, nobody else's
        own = before
        if step is CaseStep.RESOLVE and reporter.case_id != case.id:
            own, _ = await pictures_of(at, reporter.case_id)
        told = Told(
            code=reporter.code,
            kind=names.get(case.violation_key, OTHER),
            unit=unit.name if unit else "",
            state=case.state.value,
            words=words,
            until=until,
            before=own,
            after=after,
        )
        reply = to_citizen(step, told)
        if reply is not None and reporter.person_id != at.who.person_id:
            fades = await reporters.is_sealed(at.tx, reporter.case_id)
            found.append(Notice(reporter.person_id, reply, waits=not case.urgent, fades=fades))
    return found


async def to_handlers(at: At, case: Case, reply: Reply) -> list[Notice]:
    """News to whoever works on the case, at once when it is urgent, else outside the quiet hours."""
    people = await case_people.handlers_of(at.tx, case, now=at.moment.at)
    return _notices(at, case, people, reply)


async def to_leaders(at: At, case: Case, reply: Reply) -> list[Notice]:
    """News to those who answer for the case; to its handlers where it has no leader."""
    people = await case_people.leaders_of(at.tx, case, now=at.moment.at)
    people = people or await case_people.handlers_of(at.tx, case, now=at.moment.at)
    return _notices(at, case, people, reply)


def _notices(at: At, case: Case, people: Iterable[int], reply: Reply) -> list[Notice]:
    return [
        Notice(person_id, reply, waits=not case.urgent)
        for person_id in people
        if person_id != at.who.person_id
    ]


def pressing(case: Case, words: str) -> Reply:
    """News that asks for a deed: the first one or two that are possible, and the case itself."""
    deeds = case_buttons.first(case.code, case.state, {"take", "done"})
    return Reply(words=words, buttons=(*deeds, show(case.code)))


async def card(at: At, case: Case, lead: str) -> Reply:
    """A case as its handler first gets it: words, place, pictures, map link, limit and buttons."""
    names, _ = await kinds_of(at, case.commune_id)
    before, _ = await pictures_of(at, case.id)
    where = case.place_words or (f"{case.lat:.5f}, {case.lon:.5f}" if case.lat is not None else "")
    lines = (
        f"{'KHẨN: ' if case.urgent else ''}{lead} {case.code}: {names.get(case.violation_key, OTHER)}",
        f"“{short(case.words, 600)}”",
        f"Nơi: {where}" if where else "",
        f"Từ: {case.since_words}" if case.since_words else "",
        f"Bản đồ: {map_url(case)}" if case.lat is not None else "",
        f"Người báo: {CITIZEN}",
        _asks(case),
    )
    may = _FOR_OFFICE if case.held else _FOR_HANDLERS
    return Reply(
        words="\n".join(line for line in lines if line),
        buttons=case_buttons.first(case.code, case.state, may),
        photos=before,
    )


def _asks(case: Case) -> str:
    if case.held or case.accept_due_at is None:
        return ""
    if case.urgent:
        return "Anh/chị nhận ngay giúp em ạ."
    return f"Anh/chị nhận trước {limit(case.accept_due_at)} giúp em ạ."
