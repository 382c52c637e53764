"""Cases: codes, the timeline, the sealed reporter, steps that are refused, and what counts."""

from __future__ import annotations

import asyncio
from dataclasses import fields, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select

from plans.handling import NEVER_COUNTED, CaseState, CaseStep, after
from storage import cases, casework, codes, progress, reporters
from storage.cases import Case, NewCase
from storage.casework import StepRefused, Taken
from storage.engine import Store
from storage.ids import NumberedIds
from storage.tables import case_steps, media
from storage.tables import cases as case_rows
from tests.storage.an_xuan import Place, add_person, settle


class Cipher:
    """A sealing good enough to see that nothing else gives the person away."""

    def seal_person(self, person_id: int) -> bytes:
        return bytes(255 - byte for byte in str(person_id).encode())

    def blind_index(self, person_id: int) -> str:
        return f"blind-{person_id * 7919}"

    def open_person(self, sealed: bytes) -> int:
        return int(bytes(255 - byte for byte in sealed))


CIPHER = Cipher()


async def place_with_photo(tx: Any, now: datetime, ids: NumberedIds) -> Place:
    place = await settle(tx, now=now, ids=ids)
    await tx.execute(
        insert(media).values(
            id=900, channel="webchat", account="w", ref="r", person_id=place.person_id,
            state="kept", not_before=now, added_at=now,
        )
    )  # fmt: skip
    return place


def burning(place: Place, **more: Any) -> NewCase:
    base = NewCase(
        commune_id=place.commune.id,
        plan_id=place.plan_id,
        unit_id=place.villages["Thôn Đông"].id,
        violation_key="dot-rom",
        words="đốt rơm khói mù",
        reporter_id=place.person_id,
        sealed=False,
        lat=20.9,
        lon=106.2,
        happened_on=date(2026, 3, 1),
        media=((900, "photo"),),
    )
    return replace(base, **more)


async def opened(tx: Any, new: NewCase, now: datetime, ids: NumberedIds) -> Case:
    return await cases.open_case(tx, new, sealing=CIPHER, now=now, ids=ids)


async def test_a_case_has_a_code_photos_and_a_first_step(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """Found by its code as people type it."""
    async with store.begin() as tx:
        place = await place_with_photo(tx, now, ids)
        case = await opened(tx, burning(place), now, ids)
        assert case.code.startswith("PA-")
        assert case.state is CaseState.RECEIVED
        typed = codes.normal(f" {case.code.lower().replace('-', ' ')}")
        assert await cases.case_by_code(tx, typed) == case
        assert await cases.evidence_of(tx, case.id) == [(900, "photo")]
        (step,) = await cases.timeline(tx, case.id)
        assert (step.step, step.by_person_id) == (CaseStep.OPEN, place.person_id)
        with pytest.raises(cases.UnknownCase):
            await cases.case_by_code(tx, "PA-0000")


async def test_nothing_but_the_seal_leads_to_a_sealed_reporter(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """Not the case, not its steps (their own answer included), not who sent the photos."""
    async with store.begin() as tx:
        place = await place_with_photo(tx, now, ids)
        who = await add_person(tx, "Người dân", now=now, ids=ids)
        case = await opened(tx, burning(place, sealed=True, reporter_id=who), now, ids)
        for step in (CaseStep.ACCEPT, CaseStep.ASK):
            taken = Taken(step=step, by_person_id=place.person_id)
            await casework.step(tx, case.id, taken, now=now, ids=ids)
        answer = Taken(
            step=CaseStep.ANSWER, by_person_id=who, by_reporter=True, words="từ sáng",
            media=((900, "photo"),),
        )  # fmt: skip
        await casework.step(tx, case.id, answer, now=now, ids=ids)
        assert "reporter_id" not in {field.name for field in fields(Case)}
        assert await reporters.reporter_of(tx, case.id) is None
        assert who not in {step.by_person_id for step in await cases.timeline(tx, case.id)}
        assert await tx.scalar(select(media.c.person_id)) is None
        for row in await tx.execute(select(case_rows)):
            assert who not in row._mapping.values()


async def test_reporters_find_their_own_cases_named_and_sealed(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """And nobody else's; asking opens no seal."""
    async with store.begin() as tx:
        place = await place_with_photo(tx, now, ids)
        who = await add_person(tx, "Người dân", now=now, ids=ids)
        named = await opened(tx, burning(place, reporter_id=who), now, ids)
        sealed = await opened(
            tx, burning(place, reporter_id=who, sealed=True), now + timedelta(1), ids
        )
        await opened(tx, burning(place), now, ids)
        mine = await cases.cases_of_reporter(tx, who, sealing=CIPHER)
        assert [case.id for case in mine] == [sealed.id, named.id]
        for case in (named, sealed):
            assert await reporters.is_reporter(tx, case.id, who, sealing=CIPHER)
            assert not await reporters.is_reporter(tx, case.id, place.person_id, sealing=CIPHER)
            assert await reporters.whom_to_tell(tx, case.id, sealing=CIPHER) == who
        assert await reporters.openings(tx, sealed.id) == []


async def test_opening_a_seal_leaves_a_trace_and_needs_a_reason(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """A case that was never sealed has nothing to open."""
    async with store.begin() as tx:
        place = await place_with_photo(tx, now, ids)
        who = await add_person(tx, "Người dân", now=now, ids=ids)
        sealed = await opened(tx, burning(place, reporter_id=who, sealed=True), now, ids)
        named = await opened(tx, burning(place), now, ids)
        about: dict[str, Any] = {"by": place.person_id, "sealing": CIPHER, "now": now, "ids": ids}
        assert await reporters.open_seal(tx, sealed.id, why="có người bị đe dọa", **about) == who
        with pytest.raises(ValueError, match="reason"):
            await reporters.open_seal(tx, sealed.id, why=" ", **about)
        assert await reporters.open_seal(tx, named.id, why="xem", **about) is None
        assert await reporters.openings(tx, sealed.id) == [
            (now, place.person_id, "có người bị đe dọa")
        ]
        assert await reporters.openings(tx, named.id) == []


async def test_a_case_is_handled_to_its_end(store: Store, now: datetime, ids: NumberedIds) -> None:
    """Assigned, worked on, resolved with a photo, "chưa", reopened, resolved, "đã xong", closed."""
    async with store.begin() as tx:
        place = await place_with_photo(tx, now, ids)
        case = await opened(tx, burning(place), now, ids)
        handler = place.villages["Thôn Tây"].id
        taken = Taken(step=CaseStep.ASSIGN, by_person_id=place.person_id)
        case = await casework.assign(tx, case.id, unit_id=handler, taken=taken, now=now, ids=ids)
        assert [each.id for each in await cases.cases_of_handlers(tx, [handler])] == [case.id]
        for step in ("start", "resolve", "not_fixed", "start", "resolve", "fixed"):
            taken = Taken(step=CaseStep(step), words=step, shown_to_reporter=step != "start")
            case = await casework.step(tx, case.id, taken, now=now, ids=ids)
        assert (case.state, case.closed_at) == (CaseState.CLOSED, now)
        seen = [each.words for each in await cases.timeline(tx, case.id, for_reporter=True)]
        assert seen == ["", "", "resolve", "not_fixed", "resolve", "fixed"]
        open_ones = await cases.cases_of_commune(tx, place.commune.id, states=[CaseState.RECEIVED])
        assert open_ones == []


async def test_the_second_of_two_handlers_is_refused(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """Eight people accept at once: one does, seven are told how the case stands; one step is kept."""
    async with store.begin() as tx:
        place = await place_with_photo(tx, now, ids)
        case = await opened(tx, burning(place), now, ids)

    async def one(worker: int) -> str:
        async with store.begin() as tx:
            try:
                taken = Taken(step=CaseStep.ACCEPT, by_person_id=place.person_id)
                await casework.step(tx, case.id, taken, now=now, ids=NumberedIds(10_000 * worker))
            except StepRefused as refused:
                return refused.state.value
            return "done"

    outcome = await asyncio.gather(*(one(n) for n in range(1, 9)))
    assert sorted(outcome) == ["accepted"] * 7 + ["done"]
    async with store.read() as tx:
        assert len(await cases.timeline(tx, case.id)) == 2


async def test_a_late_tap_on_an_old_picture_of_the_case_is_refused(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """Reject would be possible, but the handler saw the case before somebody took it up."""
    async with store.begin() as tx:
        place = await place_with_photo(tx, now, ids)
        case = await opened(tx, burning(place), now, ids)
        await casework.step(tx, case.id, Taken(step=CaseStep.ACCEPT), now=now, ids=ids)
        late = Taken(step=CaseStep.REJECT, seen=CaseState.RECEIVED)
        with pytest.raises(StepRefused):
            await casework.step(tx, case.id, late, now=now, ids=ids)


async def burnings(tx: Any, place: Place) -> dict[str, Decimal]:
    found = await progress.progress(tx, place.plan_id, place.commune.id)
    return {each.period_key: each.numerator for each in found.totals}


async def test_confirmed_cases_count_once_and_rejected_or_merged_ones_never(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """Two confirmed cases count two, in the half-year and the year; merging one leaves one."""
    async with store.begin() as tx:
        place = await place_with_photo(tx, now, ids)
        one = await opened(tx, burning(place), now, ids)
        two = await opened(tx, burning(place, unit_id=None), now, ids)
        confirm = Taken(step=CaseStep.CONFIRM, by_person_id=place.person_id)
        for case in (one, two, one):
            await casework.confirm(tx, case.id, taken=confirm, now=now, ids=ids)
        assert await burnings(tx, place) == {"2026": 2, "2026-H1": 2}
        merged = await casework.merge(
            tx, two.id, into=one.id, taken=Taken(step=CaseStep.MERGE), now=now, ids=ids
        )
        assert (merged.merged_into, merged.counted) == (one.id, ())
        assert await burnings(tx, place) == {"2026": 1, "2026-H1": 1}
        await casework.step(tx, one.id, Taken(step=CaseStep.REJECT), now=now, ids=ids)
        assert await burnings(tx, place) == {}
        with pytest.raises(StepRefused):
            await casework.confirm(tx, one.id, taken=confirm, now=now, ids=ids)


@pytest.mark.parametrize("over", [CaseStep.REJECT, CaseStep.RESOLVE])
async def test_nothing_is_merged_into_what_nobody_works_on(
    store: Store, now: datetime, ids: NumberedIds, over: CaseStep
) -> None:
    """Else whoever reported it would wait for word that never comes."""
    async with store.begin() as tx:
        place = await place_with_photo(tx, now, ids)
        one, two = [await opened(tx, burning(place), now, ids) for _ in range(2)]
        await casework.step(tx, one.id, Taken(step=over), now=now, ids=ids)
        if over is CaseStep.RESOLVE:
            await casework.step(tx, one.id, Taken(step=CaseStep.FIXED), now=now, ids=ids)
        with pytest.raises(StepRefused):
            await casework.merge(
                tx, two.id, into=one.id, taken=Taken(step=CaseStep.MERGE), now=now, ids=ids
            )


async def test_a_kind_that_no_target_asks_about_counts_nowhere(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """Noise is handled and confirmed, and feeds no figure."""
    async with store.begin() as tx:
        place = await place_with_photo(tx, now, ids)
        case = await opened(tx, burning(place, violation_key="tieng-on"), now, ids)
        taken = Taken(step=CaseStep.CONFIRM)
        assert (await casework.confirm(tx, case.id, taken=taken, now=now, ids=ids)).counted == ()
        assert await burnings(tx, place) == {}


PLAIN = sorted(
    set(CaseStep) - {CaseStep.OPEN, CaseStep.ASSIGN, CaseStep.MERGE, CaseStep.CONFIRM,
                     CaseStep.UNCONFIRM}
)  # fmt: skip


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    taps=st.lists(
        st.sampled_from([*PLAIN, CaseStep.CONFIRM, CaseStep.UNCONFIRM, CaseStep.MERGE]), max_size=15
    )
)
async def test_no_sequence_of_taps_leaves_the_table_or_loses_a_step(
    store: Store, now: datetime, taps: list[CaseStep]
) -> None:
    """The state is always what the table says, every step taken is kept, and only a confirmed,
    unrejected, unmerged case counts."""
    async with store.begin() as tx:
        ids = NumberedIds()
        place = await place_with_photo(tx, now, ids)
        case = await opened(tx, burning(place), now, ids)
        other = await opened(tx, burning(place), now, ids)
        expected, kept, counted = CaseState.RECEIVED, 1, False
        for tap in taps:
            becomes = after(expected, tap)
            done = await _tap(tx, case, other, tap, now, ids)
            assert done == (becomes is not None)
            if becomes is None:
                continue
            kept += 0 if tap is CaseStep.CONFIRM and counted else 1
            expected = becomes
            counted = {CaseStep.CONFIRM: True, CaseStep.UNCONFIRM: False}.get(tap, counted)
            counted = counted and expected not in NEVER_COUNTED
        stands = await cases.case_by_id(tx, case.id)
        steps = await tx.execute(select(case_steps).where(case_steps.c.case_id == case.id))
        assert stands.state is expected
        assert len(list(steps)) == kept
        assert bool(await burnings(tx, place)) is bool(stands.counted) is counted
        await tx.rollback()


async def _tap(
    tx: Any, case: Case, other: Case, tap: CaseStep, now: datetime, ids: NumberedIds
) -> bool:
    about: dict[str, Any] = {"taken": Taken(step=tap), "now": now, "ids": ids}
    try:
        if tap is CaseStep.MERGE:
            await casework.merge(tx, case.id, into=other.id, **about)
        elif tap is CaseStep.CONFIRM:
            await casework.confirm(tx, case.id, **about)
        elif tap is CaseStep.UNCONFIRM:
            await casework.unconfirm(tx, case.id, **about)
        else:
            await casework.step(tx, case.id, **about)
    except StepRefused:
        return False
    return True
