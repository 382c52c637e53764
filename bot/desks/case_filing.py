"""Opening a case: limits and blocks, the likely same case offered first, word to its handlers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import msgspec

from bot import conversation
from bot.desks.base import At, Notice, Sorry
from bot.desks.case_deeds import blocked_words, office_hears
from bot.desks.case_doubts import BEFORE
from bot.desks.case_steps import reckoned
from bot.desks.case_tell import card, to_handlers
from bot.desks.case_view import OTHER, kinds_of
from bot.events import Reply
from bot.flows import case_words
from bot.flows.case_words import STATE_WORDS, news
from bot.flows.form import Session
from bot.flows.violation import NEAR, violation
from plans.calendar import local_time
from plans.handling import CaseStep
from plans.likeness import Look
from storage import abuse, case_limits, cases, casework, likeness, looks, office, reporters
from storage.cases import Case, NewCase
from storage.casework import Taken
from storage.likeness import Alike


async def refused(at: At, commune_id: int) -> Reply | None:
    """Why this person may not open a case now, None when they may."""
    key = at.seal.blind_index(at.who.person_id)
    block = await abuse.blocked(at.tx, key)
    if block is not None:
        return blocked_words(block.why)
    limits = abuse.allowed(await office.settings_of(at.tx, commune_id))
    over = await abuse.over_limit(
        at.tx, limits, person_key=key, address=_address(at), now=at.moment.at
    )
    if over is None or at.who.roles:
        return None
    words = (
        f"Hôm nay em đã nhận đủ {limits.person_a_day} phản ánh của anh/chị rồi ạ; mai anh/chị gửi tiếp giúp em. "
        "Việc gấp, nguy hiểm thì anh/chị gọi 113 hoặc 114 nhé."
    )
    return Reply(words=words)


def _address(at: At) -> str:
    return abuse.address_key(at.seal, f"{at.who.channel}:{at.who.address}")


# --- the same case? ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Near:
    """A likely same case as the citizen is asked about it: no name, no words of the other reporter."""

    code: str
    words: str
    picture: int | None


async def near(at: At, new: NewCase) -> Near | None:
    """The open case that is most likely the same matter, None when there is none."""
    names, categories = await kinds_of(at, new.commune_id)
    look = Look(
        kind=new.violation_key,
        words=new.words,
        at=at.moment.at,
        lat=new.lat,
        lon=new.lon,
        place=new.place_words,
        category=categories.get(new.violation_key, ""),
    )
    found = await likeness.alike(
        at.tx, look, commune_id=new.commune_id, unit_id=new.unit_id, categories=categories, limit=1
    )
    if not found:
        return None
    words = _told(at, found[0], names.get(found[0].case.violation_key, OTHER))
    return Near(found[0].case.code, words, await _picture(at, found[0].case))


def _told(at: At, alike: Alike, kind: str) -> str:
    case = alike.case
    away = f"Cách đó khoảng {_rounded(alike.metres)} m" if alike.metres is not None else "Gần đó"
    state = STATE_WORDS[case.state.value]
    return f"{away}, {_when(at, case)} đã có người báo việc “{kind}”, {state}."


def _rounded(metres: float) -> int:
    return max(10, round(metres / 10) * 10)


def _when(at: At, case: Case) -> str:
    day = local_time(case.opened_at).date()
    if day == at.moment.today:
        return "hôm nay"
    return (
        "hôm qua" if day == at.moment.today - timedelta(days=1) else f"ngày {day.day}/{day.month}"
    )


async def _picture(at: At, case: Case) -> int | None:
    """A small one; none of a reporter who asked not to be named: it shows where they stood."""
    if await reporters.is_sealed(at.tx, case.id):
        return None
    for media_id, role in await cases.evidence_of(at.tx, case.id):
        if role == BEFORE:
            return await looks.small_picture(at.tx, media_id, now=at.moment.at, ids=at.ids)
    return None


def offered(at: At, session: Session, found: Near) -> Sorry:
    """Ask once whether it is that very case; the answer files the form without a second "gửi"."""
    session.answers[NEAR] = {"code": found.code, "words": found.words}
    session.answers[conversation.SENT] = True
    turn = conversation.again(violation, session, at.moment)
    pictures = (found.picture,) if found.picture is not None else ()
    question = msgspec.structs.replace(turn.replies[0], photos=pictures)
    return Sorry((question,), keeps=True)


# --- filing --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Filed:
    """A case that was opened: its code, whether it joined another one, and who is told."""

    code: str
    same: bool
    notices: tuple[Notice, ...]


async def file(at: At, new: NewCase, *, into: str = "") -> Filed:
    """Open the case; into another one when the citizen said it is the same matter.

    A stranger's first report is held for an official's look when many come at once.
    """
    key = at.seal.blind_index(at.who.person_id)
    held = not into and await _held(at, new, key)
    new = replace(new, held=held)
    case = await cases.open_case(at.tx, new, sealing=at.seal, now=at.moment.at, ids=at.ids)
    await abuse.count(at.tx, person_key=key, address=_address(at), now=at.moment.at)
    if into:
        joined = await _join(at, case, into)
        if joined is not None:
            return Filed(case.code, True, tuple(joined))
    _, categories = await kinds_of(at, case.commune_id)
    case = await reckoned(at, case, categories.get(case.violation_key, "other"))
    if held:
        return Filed(case.code, False, await _to_office(at, case))
    return Filed(
        case.code, False, tuple(await to_handlers(at, case, await card(at, case, "Phản ánh mới")))
    )


async def _held(at: At, new: NewCase, key: str) -> bool:
    if at.who.roles or not await abuse.is_stranger(at.tx, at.who.person_id, person_key=key):
        return False
    limits = abuse.allowed(await office.settings_of(at.tx, new.commune_id))
    return await abuse.a_flood_of_strangers(at.tx, new.commune_id, limits, now=at.moment.at)


async def _to_office(at: At, case: Case) -> tuple[Notice, ...]:
    lead = "Nhiều người lạ gửi cùng lúc nên em giữ lại chờ anh/chị xem:"
    return await office_hears(at, case, await card(at, case, lead))


async def _join(at: At, case: Case, into: str) -> list[Notice] | None:
    """Let the new case live on in the one it doubles; None when that one was merged away meanwhile."""
    target = await cases.case_by_code(at.tx, into)
    taken = Taken(step=CaseStep.MERGE, words="người báo cho biết là cùng một việc")
    try:
        await casework.merge(
            at.tx, case.id, into=target.id, taken=taken, now=at.moment.at, ids=at.ids
        )
    except casework.StepRefused:
        return None
    if case.urgent and await case_limits.set_urgent(at.tx, target.id, urgent=True):
        target = await cases.case_by_id(at.tx, target.id)
    lead = "KHẨN: " if case.urgent else ""
    pictures = [media_id for media_id, _ in await cases.evidence_of(at.tx, case.id)]
    words = lead + case_words.doubled(case.code, target.code, case.words)
    return await to_handlers(at, target, news(target.code, words, photos=pictures))
