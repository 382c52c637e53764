"""When a duty is nagged about: rungs, quiet days, catching up, habits."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from plans.calendar import Calendar, QuietHours, is_quiet, local_time, moment_on
from plans.ladder import (
    DEFAULT,
    FIRST_FORM,
    Adapted,
    Due,
    HabitRule,
    Habits,
    Ladder,
    adapt,
    next_rung,
    rung_due,
)

DAY = timedelta(days=1)
VIETNAM = Calendar()
QUIET = QuietHours()
ONCE = Ladder(rungs=(-7, -3, -1, 0), after_every_working_days=None)

due_moments = st.datetimes(
    datetime(2020, 2, 1),  # noqa: DTZ001 - hypothesis wants naive bounds and adds the zone itself
    datetime(2030, 11, 1),  # noqa: DTZ001 - as above
    timezones=st.just(UTC),
)
ladders = st.builds(
    Ladder,
    rungs=st.sets(st.integers(-30, 5), min_size=1, max_size=6).map(lambda s: tuple(sorted(s))),
    after_every_working_days=st.none() | st.integers(1, 5),
    at=st.sampled_from([time(8), time(6), time(12), time(21, 15), time(17, 30)]),
)
unhurried = settings(deadline=None)  # the machine is shared; only the outcome matters


def local(text: str) -> datetime:
    """`2026-07-24 08:00` as clocks in Vietnam show it."""
    day, clock = text.split()
    return moment_on(date.fromisoformat(day), time.fromisoformat(clock))


def walk(due_at: datetime, ladder: Ladder, steps: int = 12) -> list[tuple[str, datetime]]:
    """Rungs in order, as a tick that is always on time would meet them."""
    found: list[tuple[str, datetime]] = []
    now = due_at - 60 * DAY
    for _ in range(steps):
        rung = next_rung(due_at, now, calendar=VIETNAM, ladder=ladder)
        if rung is None:
            break
        found.append((rung.key, rung.at))
        now = rung.at
    return found


def shown(rungs: list[tuple[str, datetime]]) -> list[str]:
    return [f"{key} {local_time(at):%a %d/%m %H:%M}" for key, at in rungs]


def due(due_at: datetime, now: datetime, ladder: Ladder = DEFAULT) -> Due | None:
    return rung_due(due_at, now, calendar=VIETNAM, ladder=ladder)


def key_due(due_at: datetime, now: datetime, ladder: Ladder = DEFAULT) -> str | None:
    found = due(due_at, now, ladder)
    return found.rung.key if found else None


# ── which days ───────────────────────────────────────────────────────────────────────────


def test_the_first_form_nags_seven_three_one_days_before_on_the_day_and_after() -> None:
    rungs = walk(local("2026-07-30 17:00"), FIRST_FORM)
    assert shown(rungs) == [
        "-7 Thu 23/07 08:00",
        "-3 Mon 27/07 08:00",
        "-1 Wed 29/07 08:00",
        "0 Thu 30/07 08:00",
        "+1 Fri 31/07 08:00",
    ]


def test_the_default_goes_on_each_second_working_day() -> None:
    rungs = walk(local("2026-07-30 17:00"), DEFAULT, steps=8)
    assert shown(rungs) == [
        "-14 Thu 16/07 08:00",
        "-7 Thu 23/07 08:00",
        "-3 Mon 27/07 08:00",
        "-1 Wed 29/07 08:00",
        "0 Thu 30/07 08:00",
        "+2wd Mon 03/08 08:00",
        "+4wd Wed 05/08 08:00",
        "+6wd Fri 07/08 08:00",
    ]


def test_a_nag_on_a_sunday_moves_to_the_working_day_before() -> None:
    """Due on a Monday: the day before is a Sunday, so Friday it is."""
    assert shown(walk(local("2026-07-27 17:00"), Ladder(rungs=(-1, 0), after_every_working_days=None))) == [
        "-1 Fri 24/07 08:00",
        "0 Mon 27/07 08:00",
    ]  # fmt: skip


def test_a_nag_in_tet_moves_before_the_whole_holiday() -> None:
    """-7 falls on Tết itself, -3 on the Saturday that ends its nine days: one nag before them all."""
    assert shown(walk(local("2026-02-24 17:00"), ONCE)) == [
        "-3 Fri 13/02 08:00",
        "-1 Mon 23/02 08:00",
        "0 Tue 24/02 08:00",
    ]


def test_a_duty_that_falls_on_a_sunday_is_nagged_that_morning() -> None:
    """Ngày Chủ nhật xanh: the morning itself stays, the Sunday a week before does not."""
    rungs = walk(local("2026-07-26 17:00"), Ladder(rungs=(-7, 0), after_every_working_days=None))
    assert shown(rungs) == ["-7 Fri 17/07 08:00", "0 Sun 26/07 08:00"]


def test_the_day_after_moves_forward_over_a_holiday() -> None:
    rungs = walk(local("2026-08-30 17:00"), Ladder(rungs=(0, 1), after_every_working_days=None))
    assert shown(rungs) == ["0 Sun 30/08 08:00", "+1 Thu 03/09 08:00"]


def test_a_saturday_worked_in_anothers_stead_is_no_quiet_day() -> None:
    weekdays_only = Ladder(
        rungs=(-1, 0), after_every_working_days=None, quiet_weekdays=frozenset({5, 6})
    )
    assert shown(walk(local("2026-08-23 17:00"), weekdays_only))[0] == "-1 Sat 22/08 08:00"
    assert shown(walk(local("2026-08-16 17:00"), weekdays_only))[0] == "-1 Fri 14/08 08:00"


def test_a_duty_due_before_the_mornings_nag_is_nagged_the_day_before() -> None:
    rungs = walk(local("2026-07-28 07:00"), Ladder(rungs=(-3, 0), after_every_working_days=None))
    assert shown(rungs) == ["-3 Sat 25/07 08:00", "0 Mon 27/07 08:00"]


def test_two_rungs_moved_to_one_moment_are_one_nag_the_nearer() -> None:
    """-1 and -2 of a Monday are both nagged on Friday when Saturdays are quiet."""
    ladder = Ladder(rungs=(-2, -1), after_every_working_days=None, quiet_weekdays=frozenset({5, 6}))
    monday = local("2026-07-27 17:00")
    assert shown(walk(monday, ladder)) == ["-1 Fri 24/07 08:00"]
    assert key_due(monday, local("2026-07-24 08:00"), ladder) == "-1"


# ── what a tick finds ────────────────────────────────────────────────────────────────────


def test_before_the_first_rung_there_is_nothing() -> None:
    assert due(local("2026-07-30 17:00"), local("2026-07-16 07:59")) is None
    assert key_due(local("2026-07-30 17:00"), local("2026-07-16 08:00")) == "-14"


def test_a_machine_that_slept_nine_days_sends_only_the_newest_rung() -> None:
    """Asleep over -7, -3 and -1: on waking the morning's rung alone, in today's words."""
    found = due(local("2026-07-30 17:00"), local("2026-07-30 09:12"))
    assert found is not None
    assert (found.rung.key, found.days_left, found.overdue) == ("0", 0, False)


def test_a_machine_that_wakes_after_the_due_time_says_so() -> None:
    found = due(local("2026-07-30 17:00"), local("2026-07-30 19:00"))
    assert found is not None
    assert (found.rung.key, found.days_left, found.overdue) == ("0", 0, True)


def test_a_machine_that_wakes_years_later_finds_one_rung() -> None:
    found = due(local("2026-07-30 17:00"), local("2029-07-30 09:00"))
    assert found is not None
    assert found.overdue
    assert found.rung.key.endswith("wd")
    assert found.rung.at > local("2029-07-26 00:00")


def test_on_the_morning_of_a_later_rung_the_one_before_still_stands() -> None:
    due_at = local("2026-07-30 17:00")
    assert key_due(due_at, local("2026-08-05 07:00")) == "+2wd"
    assert key_due(due_at, local("2026-08-05 08:00")) == "+4wd"


def test_waking_at_night_or_on_a_sunday_waits_for_a_moment_to_write() -> None:
    thursday = local("2026-07-30 17:00")
    assert due(thursday, local("2026-07-29 21:00")) is None
    assert key_due(thursday, local("2026-07-30 06:30")) == "-1"
    assert due(thursday, local("2026-07-26 09:00")) is None  # Sunday: -7 was on Thursday
    assert key_due(thursday, local("2026-07-27 07:00")) == "-7"


def test_what_is_asked_for_today_is_not_nagged_about_at_once() -> None:
    due_at, asked_at = local("2026-07-31 17:00"), local("2026-07-29 10:00")
    now = local("2026-07-29 10:01")
    assert key_due(due_at, now) == "-3"
    assert rung_due(due_at, now, calendar=VIETNAM, opened_at=asked_at) is None
    coming = next_rung(due_at, asked_at - DAY, calendar=VIETNAM, opened_at=asked_at)
    assert coming is not None
    assert coming.at == local("2026-07-30 08:00")


def test_bim_son_hears_on_18_december_of_its_20_december() -> None:
    """The last day before 20 December 2024 is Thursday the 19th, 17:00."""
    found = due(local("2024-12-19 17:00"), local("2024-12-18 08:00"), FIRST_FORM)
    assert found is not None
    assert (found.rung.key, found.days_left) == ("-1", 1)


# ── habits ───────────────────────────────────────────────────────────────────────────────

RULE = HabitRule()


def test_who_always_files_by_two_days_before_is_not_nagged_a_week_before() -> None:
    ladder, why = adapt(DEFAULT, Habits((5, 2, 3)), RULE)
    assert (ladder.rungs, why) == ((-1, 0), Adapted.PROMPT)
    assert ladder.after_every_working_days == DEFAULT.after_every_working_days


def test_the_day_they_always_file_by_is_not_nagged_either() -> None:
    assert adapt(DEFAULT, Habits((3, 3, 4)), RULE)[0].rungs == (-1, 0)
    assert adapt(DEFAULT, Habits((2, 3, 8)), HabitRule(always_from=-3))[0].rungs == (-3, -1, 0)


def test_who_files_on_the_last_day_is_still_told_the_day_before() -> None:
    ladder, why = adapt(DEFAULT, Habits((0, 0, 4)), RULE)
    assert (ladder.rungs, why) == ((-1, 0), Adapted.PROMPT)


@pytest.mark.parametrize("past", [(-1, -3, 2), (None, None, None), (-2, 5, None, 1)])
def test_who_is_late_half_the_time_starts_earlier(past: tuple[int | None, ...]) -> None:
    ladder, why = adapt(DEFAULT, Habits(past), RULE)
    assert (ladder.rungs, why) == ((-21, -14, -7, -3, -1, 0), Adapted.LATE)


def test_late_once_in_a_while_changes_nothing() -> None:
    assert adapt(DEFAULT, Habits((3, 2, -1)), RULE) == (DEFAULT, Adapted.USUAL)


def test_two_duties_are_no_habit() -> None:
    assert adapt(DEFAULT, Habits((-1, -1)), RULE) == (DEFAULT, Adapted.UNKNOWN)
    assert adapt(DEFAULT, None, RULE) == (DEFAULT, Adapted.UNKNOWN)


def test_old_habits_are_forgotten() -> None:
    assert adapt(DEFAULT, Habits((None,) * 9 + (2,) * 6), RULE)[1] is Adapted.PROMPT


def test_the_rule_can_be_switched_off() -> None:
    assert adapt(DEFAULT, Habits((-1, -1, -1)), HabitRule(on=False)) == (DEFAULT, Adapted.OFF)


def test_the_rung_that_a_late_person_gets_says_why() -> None:
    found = rung_due(
        local("2026-07-30 17:00"),
        local("2026-07-09 08:00"),
        calendar=VIETNAM,
        habits=Habits((-1, -2, -3)),
    )
    assert found is not None
    assert (found.rung.key, found.adapted) == ("-21", Adapted.LATE)


@unhurried
@given(ladders, st.lists(st.none() | st.integers(-20, 40), max_size=9))
def test_nobody_loses_the_nags_from_the_day_before_on(
    ladder: Ladder, past: list[int | None]
) -> None:
    fitted, _ = adapt(ladder, Habits(tuple(past)), RULE)
    assert [rung for rung in fitted.rungs if rung >= -1] == [r for r in ladder.rungs if r >= -1]


# ── always ───────────────────────────────────────────────────────────────────────────────


@unhurried
@given(due_moments, ladders)
def test_no_rung_is_at_a_quiet_time_or_on_a_free_day(due_at: datetime, ladder: Ladder) -> None:
    due_day = local_time(due_at).date()
    for _, at in walk(due_at, ladder):
        day = local_time(at).date()
        assert not is_quiet(at, QUIET)
        assert day == due_day or (day.weekday() != 6 and not VIETNAM.is_holiday_break(day))


@unhurried
@given(due_moments, ladders)
def test_rungs_before_the_due_date_come_before_the_deadline_and_no_later_than_planned(
    due_at: datetime, ladder: Ladder
) -> None:
    due_day = local_time(due_at).date()
    for key, at in walk(due_at, ladder):
        if key.endswith("wd") or key.startswith("+"):
            assert local_time(at).date() > due_day
        elif int(key) < 0:
            assert at < due_at
            assert local_time(at).date() <= due_day + int(key) * DAY
        else:
            assert at < due_at


@unhurried
@given(due_moments, ladders)
def test_rungs_rise_and_a_punctual_tick_finds_each(due_at: datetime, ladder: Ladder) -> None:
    rungs = walk(due_at, ladder)
    assert [at for _, at in rungs] == sorted({at for _, at in rungs})
    assert rungs, "a duty that is never nagged about"
    for key, at in rungs:
        assert key_due(due_at, at, ladder) == key


@unhurried
@given(due_moments, ladders, st.timedeltas(-40 * DAY, 40 * DAY))
def test_any_tick_finds_the_newest_rung_that_came(
    due_at: datetime, ladder: Ladder, offset: timedelta
) -> None:
    now = due_at + offset
    found = due(due_at, now, ladder)
    assume(found is not None)
    assert found is not None
    assert found.rung.at <= now
    assert not is_quiet(now, QUIET)
    coming = next_rung(due_at, found.rung.at, calendar=VIETNAM, ladder=ladder)
    assert coming is None or coming.at > now
    assert found.overdue == (now > due_at)


@unhurried
@given(due_moments)
def test_whatever_the_due_date_the_duty_is_nagged_about_in_time(due_at: datetime) -> None:
    before = [at for _, at in walk(due_at, DEFAULT) if at < due_at]
    assert before
    assert due_at - before[-1] < 12 * DAY  # a morning before Tết, at the worst


@pytest.mark.parametrize("rungs", [(), (0, -1), (-1, -1)])
def test_rungs_out_of_order_are_refused(rungs: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="rungs"):
        Ladder(rungs=rungs)


def test_a_step_below_one_working_day_is_refused() -> None:
    with pytest.raises(ValueError, match="after_every_working_days"):
        Ladder(after_every_working_days=0)


def test_a_moment_without_a_zone_is_refused() -> None:
    naive = datetime(2026, 7, 24, 8)  # noqa: DTZ001 - the naive moment is the point
    aware = local("2026-07-24 08:00")
    for due_at, now in ((naive, aware), (aware, naive)):
        with pytest.raises(ValueError, match="has no zone"):
            rung_due(due_at, now, calendar=VIETNAM)
        with pytest.raises(ValueError, match="has no zone"):
            next_rung(due_at, now, calendar=VIETNAM)
