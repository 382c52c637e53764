"""What every deed on a case shares: its step as this person takes it, its limits, its stale answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.desks.base import At
from bot.desks.case_view import View, name_of, view
from bot.events import Reply
from bot.flows import case_buttons, case_words
from bot.flows.case_verbs import show
from plans.calendar import Calendar
from plans.handling import CaseState, CaseStep
from storage import case_limits, cases, casework
from storage.cases import Case
from storage.casework import Taken

CALENDAR = Calendar()
"""Working time in which limits run."""


def by_official(
    at: At, seen: View, step: CaseStep, words: str = "", *, state: str = "", shown: bool = True
) -> Taken:
    """A step of somebody of the commune, refused when the case is no longer as they saw it."""
    return Taken(
        step=step,
        by_person_id=at.who.person_id,
        by_unit_id=seen.case.handler_unit_id,
        words=words,
        shown_to_reporter=shown,
        seen=CaseState(state) if state in set(CaseState) else None,
    )


def by_citizen(
    at: At, seen: View, step: CaseStep, words: str = "", *, media: Sequence[int] = ()
) -> Taken:
    """A step of whoever reported it; a sealed one leaves no id, also in a case theirs was merged into."""
    return Taken(
        step=step,
        by_person_id=None if seen.sealed else at.who.person_id,
        by_reporter=True,
        words=words,
        media=tuple((media_id, "photo") for media_id in media),
    )


async def take(at: At, case_id: int, taken: Taken) -> Case:
    """Take a step now. Raises StepRefused."""
    return await casework.step(at.tx, case_id, taken, now=at.moment.at, ids=at.ids)


async def note(at: At, case_id: int, words: str, *, shown: bool = False) -> None:
    """Words on the timeline that change nothing, by default for officials only."""
    taken = Taken(
        step=CaseStep.NOTE, by_person_id=at.who.person_id, words=words, shown_to_reporter=shown
    )
    await take(at, case_id, taken)


async def reckoned(at: At, case: Case, category: str, start: datetime | None = None) -> Case:
    """The case with its limits filled in, counted from `start` (now when left out)."""
    return await case_limits.reckon(
        at.tx, case, category=category, calendar=CALENDAR, start=start or at.moment.at
    )


def answer(seen: View, case: Case, words: str) -> Reply:
    """What the official who did something is told, with what can be done next."""
    may = seen.may - {"merge"}
    return Reply(words=words, buttons=case_buttons.first(case.code, case.state, may))


async def stale(at: At, seen: View) -> tuple[Reply, ...]:
    """Somebody was faster, or the button was old: how the case stands, and what can be done now."""
    now = await view(at, await cases.case_by_id(at.tx, seen.case.id))
    if not now.official:
        state = case_words.STATE_WORDS[now.root.state.value]
        words = f"{now.case.code} hiện {state}. Em chưa ghi gì thêm ạ."
        return (Reply(words=words, buttons=case_buttons.of_citizen(now.case.code, now.root.state)),)
    steps = await cases.timeline(at.tx, now.case.id)
    last = next((step for step in reversed(steps) if step.step not in casework.NEUTRAL), None)
    who = ""
    if last is not None and last.by_person_id == at.who.person_id:
        who = "chính anh/chị"
    elif last is not None and last.by_person_id is not None and last.by_unit_id is not None:
        who = await name_of(at, last.by_person_id)
    words = case_words.moved_on(now.case.code, now.case.state, who)
    return (answer(now, now.case, words),)


def no_right(code: str) -> tuple[Reply, ...]:
    """The person may see the case, but this is not theirs to do."""
    return (
        Reply(
            words=f"Việc này ở {code} em chưa được phép làm cho anh/chị ạ.", buttons=(show(code),)
        ),
    )
