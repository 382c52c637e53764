"""Deeds on cases at the receiver: races, old buttons, proof by picture, ticks, and who sees what."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from bot.events import Photo, Tap, Text
from plans.handling import NEVER_COUNTED, CaseState, CaseStep, after
from storage import progress
from storage.access import Role
from storage.cases import Case
from storage.engine import Store
from storage.tables import inbox, persons
from tests.conftest import Clock
from tests.handlers.case_house import OFFICE, House, a_house


@pytest.fixture
async def house(store: Store, clock: Clock, tmp_path: Path) -> House:
    """Hạnh in the office, Kiên in the economic unit, Minh who leads the commune, Bình who reports."""
    made = await a_house(store, clock, tmp_path)
    await made.enters("Bình")
    return made


# --- two at once, old buttons, late words ----------------------------------------------------------


async def test_of_two_handlers_at_once_one_wins_and_the_other_is_told_who(house: House) -> None:
    """One step is kept, and nobody is left without an answer."""
    await house.enters("Hoa", OFFICE, Role.HANDLER)
    case = await house.opens("Bình")
    token = f"do.case.take.{case.code}.received"
    receive = house.world.app.receiver.receive
    names = ("Hạnh", "Hoa")
    await asyncio.gather(*(receive([house.incoming(name, Tap(token))]) for name in names))
    words = {name: (await house.told(name))[-1].words for name in names}
    winner = next(name for name in names if "đã nhận" in words[name] and "Hạn" in words[name])
    (loser,) = set(names) - {winner}
    assert winner in words[loser]
    assert [step.step for step in await house.steps(case.id)] == [CaseStep.OPEN, CaseStep.ACCEPT]
    assert (await house.case(case.id)).handler_person_id == house.persons[winner]


async def test_a_tap_on_an_old_picture_of_the_case_does_nothing(house: House) -> None:
    """Rejecting would be possible, but the case was taken up since the button was shown."""
    case = await house.opens("Bình")
    await house.types("Hạnh", case.code)
    await house.types("Minh", f"nhận {case.code}")
    assert "đã có thay đổi" in await house.taps("Hạnh", "Từ chối")
    assert (await house.case(case.id)).state is CaseState.ACCEPTED


async def test_a_form_that_was_overtaken_says_so_and_keeps_nothing(house: House) -> None:
    """Hạnh types her reason while Minh closes in."""
    case = await house.opens("Bình")
    await house.types("Hạnh", case.code)
    await house.taps("Hạnh", "Từ chối")
    await house.types("Minh", f"nhận {case.code}")
    assert "Minh" in await house.types("Hạnh", "không đúng sự thật")
    assert (await house.case(case.id)).state is CaseState.ACCEPTED


async def test_an_answer_that_comes_too_late_for_the_question_is_kept(house: House) -> None:
    """The handler went on in the meantime; the words still reach them."""
    case = await house.opens("Bình")
    await house.types("Hạnh", f"hỏi thêm {case.code}", "mấy giờ họ đốt ạ?")
    await house.types("Bình", f"trả lời {case.code}", "khoảng 7 giờ tối")
    await house.types("Hạnh", f"xử lý tiếp {case.code}")
    await house.types("Bình", "bỏ qua")
    assert "khoảng 7 giờ tối" in (await house.told("Hạnh"))[-1].words
    last = (await house.steps(case.id))[-1]
    assert (last.step, last.words) == (CaseStep.NOTE, "khoảng 7 giờ tối")


async def test_a_handlers_tap_leaves_their_open_form_alone(house: House) -> None:
    """«Nhận» in the middle of a report costs nothing: the question is put again."""
    case = await house.opens("Bình")
    await house.types("Hạnh", "phản ánh")
    asked = (await house.told("Hạnh"))[-1].words
    replies = await house.hears("Hạnh", Tap(f"do.case.take.{case.code}.received"))
    assert "đã nhận" in replies[0].words
    assert replies[-1].words == asked


async def test_words_that_answer_nothing_open_go_on_as_before(house: House) -> None:
    """Without a case that waits, «xong» is met as anybody's and does nothing."""
    case = await house.opens("Bình")
    said = await house.types("Bình", "xong")
    assert said
    assert case.code not in said
    assert [step.step for step in await house.steps(case.id)] == [CaseStep.OPEN]


async def test_a_picture_sent_after_a_question_becomes_the_answer(house: House) -> None:
    """No button pressed, no code typed: there is one question it can answer."""
    case = await house.opens("Bình")
    await house.types("Hạnh", f"hỏi thêm {case.code}", "cho em xin tấm ảnh ạ")
    picture = await house.picture()
    await house.hears("Bình", Photo(ref="p", media=picture, caption="đây ạ"))
    await house.types("Bình", "xong")
    assert (await house.case(case.id)).state is CaseState.IN_PROGRESS
    assert (await house.told("Hạnh"))[-1].photos == (picture,)


# --- proof by picture ------------------------------------------------------------------------------


async def resolves(house: House, case: Case, name: str, picture: int) -> str:
    await house.types(name, f"xử lý xong {case.code}")
    await house.hears(name, Photo(ref="p", media=picture))
    return await house.types(name, "xong", "đã dập lửa")


async def test_a_picture_from_before_the_report_proves_nothing(house: House) -> None:
    """What was typed stays; a picture of afterwards, or one that does not say when, is taken."""
    case = await house.opens("Bình")
    early = await house.picture(taken_at=case.opened_at - timedelta(minutes=1))
    assert "trước khi có phản ánh" in await resolves(house, case, "Hạnh", early)
    assert (await house.case(case.id)).state is CaseState.RECEIVED
    late = await house.picture(taken_at=case.opened_at + timedelta(minutes=1))
    await house.hears("Hạnh", Photo(ref="p", media=late))
    assert "đã báo người dân" in await house.types("Hạnh", "xong")
    assert (await house.case(case.id)).state is CaseState.RESOLVED


async def test_a_file_that_is_no_picture_proves_nothing(house: House) -> None:
    """It was kept, but nobody can look at it."""
    case = await house.opens("Bình")
    file = await house.picture(shown_sha256=None, content_type="application/pdf")
    assert "không mở được" in await resolves(house, case, "Hạnh", file)


async def test_only_a_leader_closes_with_words_and_the_reason_is_kept(house: House) -> None:
    """The handler cannot skip the picture; the citizen never reads the reason for its absence."""
    case = await house.opens("Bình")
    await house.types("Hạnh", f"xử lý xong {case.code}")
    assert "cần anh/chị trả lời" in await house.types("Hạnh", "bỏ qua")
    await house.types("Minh", f"xử lý xong {case.code}", "bỏ qua", "trời mưa", "đã dập lửa")
    assert (await house.case(case.id)).state is CaseState.RESOLVED
    note = next(step for step in await house.steps(case.id) if "trời mưa" in step.words)
    assert (note.by_person_id, note.shown_to_reporter) == (house.persons["Minh"], False)
    assert "trời mưa" not in await house.types("Bình", case.code)


async def test_doubts_are_shown_and_decide_nothing(house: House) -> None:
    """A picture known from another case, taken far away: the handler reads it, the step is taken."""
    other = await house.opens("Bình", place_words="chợ")
    case = await house.opens("Bình", lat=20.94, lon=106.33)
    looks = {"looks_hash": "0f1e2d3c4b5a6978", "lat": 20.99, "lon": 106.33}
    await resolves(house, other, "Hạnh", await house.picture(looks_hash="0f1e2d3c4b5a6979"))
    said = await resolves(house, case, "Hạnh", await house.picture(**looks))
    assert f"giống ảnh đã gửi ở {other.code} (ảnh sau xử lý)" in said
    assert "cách nơi phản ánh 5,6 km" in said
    assert (await house.case(case.id)).state is CaseState.RESOLVED
    assert "Cần xem lại" not in await house.types("Bình", case.code)


# --- ticks -------------------------------------------------------------------------------------------


async def test_ticks_that_come_twice_or_together_say_everything_once(
    house: House, clock: Clock
) -> None:
    """A machine that slept through both marks says the newer one only."""
    await house.opens("Bình")
    clock.forward(days=2)
    told = await asyncio.gather(*(house.clock.once() for _ in range(3)))
    assert sorted(told) == [0, 0, 2]
    assert await house.clock.once() == 0
    late = [reply.words for reply in await house.told("Hạnh")]
    assert ["quá hạn nhận" in words or "quá hạn xử lý" in words for words in late] == [True, True]


async def test_nothing_is_said_at_night_of_what_is_not_urgent(house: House, clock: Clock) -> None:
    """It is said by the first tick of the morning."""
    await house.opens("Bình")
    clock.at = datetime(2026, 6, 9, 14, 0, tzinfo=UTC)  # 21:00 in Việt Nam
    assert await house.clock.once() == 0
    clock.at = datetime(2026, 6, 10, 0, 0, tzinfo=UTC)
    assert await house.clock.once() == 2


async def test_a_handler_makes_it_urgent_and_calm_again(house: House) -> None:
    """A person has the last word on what the citizen's words suggested."""
    case = await house.opens("Bình", urgent=True)
    assert "không khẩn" in await house.types("Hạnh", f"không khẩn {case.code}")
    assert not (await house.case(case.id)).urgent
    await house.types("Hạnh", f"khẩn {case.code}")
    assert (await house.case(case.id)).urgent
    assert "đã có thay đổi" in await house.types("Hạnh", f"khẩn {case.code}")


# --- what counts -------------------------------------------------------------------------------------


async def burnings(house: House) -> int:
    async with house.store.read() as tx:
        assert house.world.commune is not None
        found = await progress.progress(tx, house.world.plan_id, house.world.commune.id)
    return max((int(each.numerator) for each in found.totals), default=0)


async def test_only_confirmed_cases_feed_the_plans_targets(house: House) -> None:
    """Straw burning counts once it is confirmed, and no more once it is rejected or merged."""
    one, two = await house.opens("Bình"), await house.opens("Bình")
    assert await burnings(house) == 0
    for case in (one, two, two):
        await house.types("Hạnh", f"xác minh đúng {case.code}")
    assert await burnings(house) == 2
    await house.types("Hạnh", f"từ chối {two.code}", "trùng người báo")
    assert await burnings(house) == 1
    await house.types("Hạnh", f"bỏ xác minh {one.code}")
    assert await burnings(house) == 0


# --- who is forgotten --------------------------------------------------------------------------------


async def test_forgetting_takes_the_person_off_the_case_and_keeps_it(house: House) -> None:
    """Nothing in the case's rows names them any more; an official must hand the role back first."""
    case = await house.opens("Bình")
    await house.types("Hạnh", f"hỏi thêm {case.code}", "ở đâu ạ?")
    await house.types("Bình", "đầu làng", "bỏ qua")
    await house.types("Bình", "xóa tên tôi", "xóa tên tôi")
    assert house.persons["Bình"] not in {s.by_person_id for s in await house.steps(case.id)}
    async with house.store.read() as tx:
        erased = await tx.scalar(
            select(persons.c.erased_at).where(persons.c.id == house.persons["Bình"])
        )
    assert erased is not None
    assert (await house.case(case.id)).words == "khói mù mịt cả xóm"
    assert "quản trị" in await house.types("Hạnh", "xóa tên tôi")


# --- no sequence leads astray ------------------------------------------------------------------------

ACTORS = ("Hạnh", "Minh", "Kiên", "Dân")
WORDS = (
    "xong",
    "chưa",
    "bỏ qua",
    "đã dọn sạch rồi",
    "thôi",
    "1",
    "quay lại",
    "có",
    "phong kinh te",
)

MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("tap"), st.sampled_from(ACTORS), st.integers(0, 30)),
        st.tuples(st.just("say"), st.sampled_from(ACTORS), st.integers(0, len(WORDS) - 1)),
        st.tuples(st.just("photo"), st.sampled_from(ACTORS), st.just(0)),
        st.tuples(st.just("race"), st.sampled_from(ACTORS), st.integers(0, 30)),
        st.tuples(st.just("tick"), st.just(""), st.sampled_from([1, 20, 80, 130])),
    ),
    max_size=22,
)


@pytest.fixture
async def stage(store: Store, clock: Clock, tmp_path: Path) -> House:
    """A house that all examples share; each has a case and a citizen of its own."""
    return await a_house(store, clock, tmp_path)


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(moves=MOVES)
async def test_no_taps_late_words_double_taps_or_races_lead_to_an_impossible_case(
    stage: House, clock: Clock, moves: list[tuple[str, str, int]]
) -> None:
    """Any button ever seen may be tapped at any time. The state is always what the steps make it,
    no step is lost or changed, everyone is answered, nothing breaks, and what counts is confirmed."""
    citizen = f"Dân {stage.world.ids()}"
    await stage.enters(citizen)
    case = await stage.opens(citizen, lat=20.94, lon=106.33)
    for name in ("Hạnh", "Minh", citizen):
        await stage.types(name, case.code)
    seen: list[tuple[CaseStep, str]] = []
    for kind, actor, pick in moves:
        name = citizen if actor == "Dân" else actor
        await _move(stage, clock, case, kind, name, pick)
        seen = await _holds(stage, case, seen)


async def _move(stage: House, clock: Clock, case: Case, kind: str, name: str, pick: int) -> None:
    if kind == "tick":
        clock.forward(hours=pick)
        await stage.clock.once()
        return
    if kind == "race":
        await _race(stage, case, name, pick)
        return
    said: Any = Text(WORDS[pick]) if kind == "say" else Photo(ref="p", media=await stage.picture())
    if kind == "tap":
        token = await _token(stage, case, name, pick)
        said = Tap(token) if token else Text(case.code)
    assert await stage.hears(name, said), f"{name} was not answered"


async def _token(stage: House, case: Case, name: str, pick: int) -> str:
    """A button of this case, or of a question, that the person was ever shown; "" when there is none."""
    tokens = [
        button.token
        for button in await stage.buttons(name)
        if case.code in button.token or button.token.startswith(("q.", "w."))
    ]
    return tokens[-1 - pick % len(tokens)] if tokens else ""


async def _race(stage: House, case: Case, name: str, pick: int) -> None:
    """Two people at the very same moment, each with a button of their own."""
    other = "Minh" if name != "Minh" else "Hạnh"
    taps = [
        stage.incoming(who, Tap(token))
        for who, index in ((name, pick), (other, pick + 1))
        if (token := await _token(stage, case, who, index))
    ]
    await asyncio.gather(*(stage.world.app.receiver.receive([tap]) for tap in taps))


async def _holds(
    stage: House, case: Case, before: list[tuple[CaseStep, str]]
) -> list[tuple[CaseStep, str]]:
    now = await stage.case(case.id)
    steps = [(step.step, step.words) for step in await stage.steps(case.id)]
    assert steps[: len(before)] == before
    state, confirmed = CaseState.RECEIVED, False
    for step, _ in steps[1:]:
        reached = after(state, step)
        assert reached is not None, f"{step} from {state}"
        state = reached
        confirmed = {CaseStep.CONFIRM: True, CaseStep.UNCONFIRM: False}.get(step, confirmed)
        confirmed = confirmed and state not in NEVER_COUNTED
    assert now.state is state
    assert now.confirmed is confirmed
    assert (now.closed_at is not None) is (state in {"closed", "rejected", "merged"})
    async with stage.store.read() as tx:
        broken = await tx.scalar(
            select(func.count()).select_from(inbox).where(inbox.c.state == "quarantined")
        )
    assert broken == 0
    return steps
