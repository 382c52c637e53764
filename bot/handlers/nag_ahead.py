"""Deadlines and windows: who is writing anyway hears now what would find Zalo shut later, and what the rest costs.

The Official Account carries messages for nothing only for two days after a person's last word
(Zalo reference, B4). So somebody who has just written, and whose next reminder would come after
that, is reminded while it is free; the rung counts as said (docs/decisions/0040-deadlines.md).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.zalo_desk import NAME_OA
from bot.handlers.nag_rules import NagRules, paused
from bot.handlers.windows import NEVER_THERE
from plans.calendar import is_quiet, local_time
from plans.ladder import DEFAULT, Rung, is_nag_day, next_rung
from plans.nag_windows import Outlook, Reachable, Windows, say_now, ways
from storage import nudges, nudges_ahead, people, zalo
from storage.nudges import Nag, Standing
from storage.people import AccountRow

LEFT_ALONE = timedelta(minutes=5)
"""Nobody is interrupted: so long after their last word the talk is over."""

JUST_WROTE = timedelta(hours=24)
"""Who wrote at night hears in the morning; later the window is half over and the chance gone."""

NOT_AGAIN = timedelta(days=5)
"""Whoever was reminded of the same report so lately is not told ahead of time once more."""


async def say_ahead(
    tx: AsyncConnection,
    rules: NagRules,
    *,
    windows: Windows,
    now: datetime,
    but: Collection[int] = (),
) -> list[Nag]:
    """Reminders brought forward into open windows, recorded as said; the caller sends them.

    Args:
        but: persons who hear something at this tick anyway.
    """
    today = local_time(now).date()
    if is_quiet(now, rules.quiet) or not is_nag_day(today, DEFAULT, rules.calendar):
        return []
    wrote = await zalo.wrote_between(tx, NAME_OA, since=now - JUST_WROTE, until=now - LEFT_ALONE)
    known = await reachable(tx, [person for person in wrote if person not in but])
    only = sorted(person for person, one in known.items() if not one.elsewhere)
    if not only:
        return []
    coming = _Coming(rules, now)
    found = await nudges.due_for_nudge(tx, now=now, rung_of=coming, only=only)
    lately = await nudges_ahead.said_since(tx, only, now - NOT_AGAIN)
    chosen = [
        fitted
        for nag in found
        if (fitted := _fitted(nag, known[nag.person_id], coming, lately, windows, now)) is not None
    ]
    await nudges_ahead.record(tx, [_with_passed(nag, coming) for nag in chosen], now=now)
    return chosen


def _with_passed(nag: Nag, coming: _Coming) -> Nag:
    """With the rungs before it: one that nobody could carry must not come after this one."""
    said = [
        replace(each, rung=rung)
        for each in nag.reminders
        for rung in (*coming.passed[(each.due_at, each.rung)], each.rung)
    ]
    return Nag(nag.person_id, tuple(said))


def _fitted(
    nag: Nag,
    person: Reachable,
    coming: _Coming,
    lately: Collection[tuple[int, int]],
    windows: Windows,
    now: datetime,
) -> Nag | None:
    """The part of what is coming that must be said now; None when nothing must."""
    assert person.last_word_at is not None  # they were found by their last word
    hurried = []
    for each in nag.reminders:
        rung_at = coming.times[(each.due_at, each.rung)]
        hurries = say_now(person.last_word_at, [rung_at], now=now, windows=windows)
        if hurries is not None and (nag.person_id, each.obligation_id) not in lately:
            hurried.append(each)
    return Nag(nag.person_id, tuple(hurried)) if hurried else None


@dataclass
class _Coming:
    """The next rung of each standing, as `storage.nudges` asks for it.

    `times` keeps when it comes, `passed` the rungs before it, both by due time and rung.
    """

    rules: NagRules
    now: datetime
    times: dict[tuple[datetime, str], datetime] = field(default_factory=dict)
    passed: dict[tuple[datetime, str], tuple[str, ...]] = field(default_factory=dict)

    def __call__(self, standing: Standing) -> str | None:
        rules = self.rules
        settings = rules.settings.get(standing.plan_id, {})
        if standing.due_at <= self.now or paused(settings, self.now):
            return None
        passed: list[str] = []
        for rung in self._rungs(standing, settings):
            if rung.at > self.now:
                self.times[(standing.due_at, rung.key)] = rung.at
                self.passed[(standing.due_at, rung.key)] = tuple(passed)
                return rung.key
            passed.append(rung.key)
        return None

    def _rungs(self, standing: Standing, settings: Mapping[str, Any]) -> Iterator[Rung]:
        """Every rung up to the due time, in the order in which they come."""
        rules, after = self.rules, standing.opens_at - timedelta.resolution
        ladder = rules.ladder(standing.kind, standing.bend, settings)
        while rung := next_rung(
            standing.due_at, after, calendar=rules.calendar, quiet=rules.quiet, ladder=ladder
        ):
            if rung.at > standing.due_at:
                return
            yield rung
            after = rung.at


async def reachable(tx: AsyncConnection, person_ids: Sequence[int]) -> Mapping[int, Reachable]:
    """How each of these persons stands towards the Official Account's window.

    Whoever has another open channel, or is not on the Official Account at all, is reached
    elsewhere at any time.
    """
    chats = await people.accounts_of(tx, person_ids)
    words = await zalo.last_words(tx, NAME_OA, list(person_ids)) if person_ids else {}
    return {
        person: Reachable(person, words.get(person), elsewhere=_is_elsewhere(chats.get(person, ())))
        for person in person_ids
    }


def _is_elsewhere(chats: Sequence[AccountRow]) -> bool:
    is_open = [one for one in chats if one.blocked_at is None]
    others = [one for one in is_open if one.channel != NAME_OA and one.channel not in NEVER_THERE]
    return bool(others) or not any(one.channel == NAME_OA for one in is_open)


async def cost_of(
    tx: AsyncConnection, planned: Sequence[tuple[datetime, int]], *, windows: Windows
) -> Outlook:
    """How messages planned for the coming days would go if nobody wrote any more, and what they cost.

    For a week's plan of nags: `Outlook.cost_vnd`, `Outlook.ways`, `Outlook.unreached`, and each
    message's own way and price in `Outlook.nags`.

    Args:
        planned: (when, person id) of each message.
    """
    known = await reachable(tx, sorted({person for _, person in planned}))
    return ways([(at, known[person]) for at, person in planned], windows=windows)
