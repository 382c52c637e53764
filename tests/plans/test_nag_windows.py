"""Reaching people while it costs nothing: the planner of nags over a channel with windows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from plans.nag_windows import Reachable, Windows, outlook, say_now

WINDOWS = Windows()
DEADLINE = datetime(2026, 12, 20, 10, 0, tzinfo=UTC)
RUNGS = [DEADLINE - timedelta(days=days) for days in (7, 3, 1, 0)]


@pytest.mark.parametrize(
    ("silent_h", "elsewhere", "way"),
    [
        (0, False, "free"),
        (47.5, False, "free"),
        (47.6, False, "paid"),
        (47.6, True, "elsewhere"),
        (167.5, False, "paid"),
        (167.6, False, "waits"),
        (167.6, True, "elsewhere"),
        (1, True, "free"),
    ],
)
def test_the_way_of_one_message(silent_h: float, elsewhere: bool, way: str) -> None:
    assert WINDOWS.way(timedelta(hours=silent_h), elsewhere=elsewhere) == way


def test_who_never_wrote_is_reached_elsewhere_or_not_at_all() -> None:
    assert WINDOWS.way(None, elsewhere=True) == "elsewhere"
    assert WINDOWS.way(None, elsewhere=False) == "waits"


def test_a_village_head_who_is_writing_anyway_hears_of_the_deadline_now() -> None:
    """He writes on the 10th; the next nag, on the 13th, would find his window shut."""
    writes_at = datetime(2026, 12, 10, 1, 0, tzinfo=UTC)
    assert say_now(writes_at, RUNGS, now=writes_at, windows=WINDOWS) == RUNGS[0]


def test_nothing_is_hurried_when_the_next_nag_finds_the_window_open_anyway() -> None:
    writes_at = RUNGS[0] - timedelta(hours=40)
    assert say_now(writes_at, RUNGS, now=writes_at, windows=WINDOWS) is None


@pytest.mark.parametrize(
    ("writes_at", "elsewhere"),
    [
        (datetime(2026, 11, 1, tzinfo=UTC), False),
        (DEADLINE + timedelta(hours=1), False),
        (datetime(2026, 12, 10, tzinfo=UTC), True),
    ],
)
def test_nor_long_before_nor_after_nor_where_another_channel_is_open(
    writes_at: datetime, elsewhere: bool
) -> None:
    assert say_now(writes_at, RUNGS, now=writes_at, windows=WINDOWS, elsewhere=elsewhere) is None


def test_what_the_rest_would_cost_is_counted() -> None:
    now = RUNGS[0] - timedelta(days=1)
    people = [
        Reachable(1, now - timedelta(hours=2)),  # writing these days
        Reachable(2, now - timedelta(days=4)),  # silent for a while
        Reachable(3, now - timedelta(days=30)),  # silent for long
        Reachable(4, None, elsewhere=True),  # on another channel
    ]
    plan = outlook(people, RUNGS, now=now, windows=WINDOWS, deadline_at=DEADLINE)
    ways = {
        person: [nag.way for nag in plan.nags if nag.person_id == person] for person in range(1, 5)
    }
    assert ways == {
        1: ["free", "paid", "waits", "waits"],
        2: ["paid", "waits", "waits", "waits"],
        3: ["waits"] * 4,
        4: ["elsewhere"] * 4,
    }
    assert plan.cost_vnd == 2 * 55
    assert plan.ways == {"free": 1, "paid": 2, "waits": 9, "elsewhere": 4}
    assert plan.unreached == (3,)


def test_the_first_nag_is_brought_forward_into_the_last_free_hour() -> None:
    now = RUNGS[0] - timedelta(days=3)
    spoke_at = now - timedelta(hours=3)
    plan = outlook([Reachable(1, spoke_at)], RUNGS, now=now, windows=WINDOWS, deadline_at=DEADLINE)
    first = plan.nags[0]
    assert first.early
    assert first.way == "free"
    assert first.rung_at == RUNGS[0]
    assert now < first.at <= spoke_at + timedelta(hours=47.5)
    assert not any(nag.early for nag in plan.nags[1:])


def test_rungs_that_are_over_are_not_planned() -> None:
    plan = outlook(
        [Reachable(1, DEADLINE)], RUNGS, now=DEADLINE, windows=WINDOWS, deadline_at=DEADLINE
    )
    assert [nag.at for nag in plan.nags] == [DEADLINE]
