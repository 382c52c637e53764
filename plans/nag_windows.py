"""Reaching people while it costs nothing: which nag goes when, by which way, and what the rest would cost.

A channel may carry messages free for a time after a person's last word, for money some time
longer, and then not at all (Zalo Official Account: 48 hours, 7 days). So whoever is writing
anyway hears of a deadline then, when his window would be shut by the time of the next rung.
Pure: callers bring the times.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Way = Literal["free", "elsewhere", "paid", "waits"]

WHY = {
    "silent-48h": "Người nhận đã im lặng quá 48 giờ trên Zalo OA.",
    "silent-7d": "Người nhận đã im lặng quá 7 ngày trên Zalo OA.",
    "never-wrote": "Người nhận chưa từng nhắn cho Zalo OA.",
    "no-budget": "Quá 48 giờ, và tiền nhắn tin tháng này đã hết hoặc chưa cho phép.",
    "quota": "Hạn mức tháng của Zalo Bot đã hết.",
    "refused": "Zalo chưa cho gửi tới người này.",
}
"""What officials read for the reasons that are recorded."""

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Windows:
    """What a channel allows after a person's last word. `margin` is kept off both ends.

    Attributes:
        price_vnd: of one message between `free` and `paid`.
    """

    free: timedelta = timedelta(hours=48)
    paid: timedelta = timedelta(days=7)
    margin: timedelta = timedelta(minutes=30)
    price_vnd: int = 55

    def way(self, silent_for: timedelta | None, *, elsewhere: bool) -> Way:
        """How a message would go to somebody silent for so long; None: they never wrote."""
        if silent_for is not None and silent_for <= self.free - self.margin:
            return "free"
        if elsewhere:
            return "elsewhere"
        if silent_for is not None and silent_for <= self.paid - self.margin:
            return "paid"
        return "waits"


@dataclass(frozen=True, slots=True)
class Reachable:
    """Somebody to be nagged. `elsewhere`: another channel of theirs carries it free at any time."""

    person_id: int
    last_word_at: datetime | None
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Nag:
    """One nag as it would go. `early`: brought forward from its rung, to fall into the free window."""

    person_id: int
    rung_at: datetime
    at: datetime
    way: Way
    price_vnd: int = 0
    early: bool = False


@dataclass(frozen=True, slots=True)
class Outlook:
    """All nags up to a deadline, if nobody wrote in between."""

    nags: tuple[Nag, ...]

    @property
    def cost_vnd(self) -> int:
        """What the paid ones would cost together, in đồng."""
        return sum(nag.price_vnd for nag in self.nags)

    @property
    def ways(self) -> Mapping[Way, int]:
        """How many go which way."""
        return Counter(nag.way for nag in self.nags)

    @property
    def unreached(self) -> tuple[int, ...]:
        """Persons whom no nag reaches unless they write."""
        reached = {nag.person_id for nag in self.nags if nag.way != "waits"}
        everyone = dict.fromkeys(nag.person_id for nag in self.nags)
        return tuple(person for person in everyone if person not in reached)


def say_now(
    last_word_at: datetime,
    rungs: Sequence[datetime],
    *,
    now: datetime,
    windows: Windows,
    ahead: timedelta = timedelta(days=14),
    elsewhere: bool = False,
) -> datetime | None:
    """The rung to be said now to somebody who has just written, None when there is no need to hurry.

    There is a need when the next rung within `ahead` would find the free window shut.

    Args:
        last_word_at: their last word, usually a moment ago.
        rungs: the times of the nags not yet sent, in any order.
        elsewhere: another channel of theirs is always open: then nothing is ever urgent here.
    """
    if elsewhere:
        return None
    coming = min((rung for rung in rungs if now < rung <= now + ahead), default=None)
    if coming is None or windows.way(now - last_word_at, elsewhere=False) != "free":
        return None
    return None if windows.way(coming - last_word_at, elsewhere=False) == "free" else coming


def outlook(
    people: Iterable[Reachable],
    rungs: Sequence[datetime],
    *,
    now: datetime,
    windows: Windows,
    deadline_at: datetime,
) -> Outlook:
    """How the nags of one deadline would go, if nobody wrote any more.

    The first rung that would find a free window shut is brought forward to the last free hour
    when that comes sooner; the others go by another channel, for money, or wait.
    """
    coming = sorted(rung for rung in rungs if now <= rung <= deadline_at)
    nags: list[Nag] = []
    for person in people:
        nags += _nags_of(person, coming, now, windows)
    return Outlook(tuple(nags))


def ways(planned: Iterable[tuple[datetime, Reachable]], *, windows: Windows) -> Outlook:
    """How messages planned for certain times would go if nobody wrote any more; none is moved."""
    nags = []
    for at, person in planned:
        way = _way_at(person, at, windows)
        price_vnd = windows.price_vnd if way == "paid" else 0
        nags.append(Nag(person.person_id, at, at, way, price_vnd))
    return Outlook(tuple(nags))


def _nags_of(
    person: Reachable, coming: Sequence[datetime], now: datetime, windows: Windows
) -> list[Nag]:
    nags: list[Nag] = []
    brought_forward = False
    for rung in coming:
        way = _way_at(person, rung, windows)
        if way in ("paid", "waits") and not brought_forward and not nags:
            early_at = _last_free_hour(person, now, windows)
            if early_at is not None:
                nags.append(Nag(person.person_id, rung, early_at, "free", early=True))
                brought_forward = True
                continue
        price_vnd = windows.price_vnd if way == "paid" else 0
        nags.append(Nag(person.person_id, rung, rung, way, price_vnd))
    return nags


def _way_at(person: Reachable, at: datetime, windows: Windows) -> Way:
    silent_for = None if person.last_word_at is None else at - person.last_word_at
    return windows.way(silent_for, elsewhere=person.elsewhere)


def _last_free_hour(person: Reachable, now: datetime, windows: Windows) -> datetime | None:
    if person.last_word_at is None:
        return None
    at = max(now, person.last_word_at + windows.free - windows.margin - HOUR)
    return at if _way_at(person, at, windows) == "free" else None
