"""Figures count for their unit and everybody above it, whatever happens to reports and units."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from plans.handling import CaseStep
from storage import cases, casework, figures, reports, units
from storage.cases import NewCase
from storage.casework import Taken
from storage.engine import Store
from storage.ids import NumberedIds
from storage.recount import recount_in
from storage.reports import Amount, Filing, WrongState
from storage.tables import figures as figure_rows
from storage.tables import totals
from tests.storage.an_xuan import Place, settle


async def total_of(tx: AsyncConnection, unit_id: int, indicator: str) -> tuple[Any, ...] | None:
    row = (
        await tx.execute(
            select(totals.c.numerator, totals.c.denominator, totals.c.figures).where(
                totals.c.unit_id == unit_id, totals.c.indicator == indicator
            )
        )
    ).first()
    return tuple(row) if row else None


class Unsealed:
    """A sealing that hides nothing: for cases whose reporter is named."""

    def seal_person(self, person_id: int) -> bytes:
        return str(person_id).encode()

    def blind_index(self, person_id: int) -> str:
        return str(person_id)

    def open_person(self, sealed: bytes) -> int:
        return int(sealed)


def sorted_households(place: Place, village: str, sorting: int, of: int) -> Filing:
    return Filing(
        form=reports.REPORT,
        unit_id=place.villages[village].id,
        filed_by=place.person_id,
        answers={"so-ho": sorting},
        plan_id=place.plan_id,
        subject_key="dinh-ky",
        period_key="2026-H1",
        amounts=(Amount("ho-phan-loai", Decimal(sorting), Decimal(of)),),
    )


async def test_a_figure_counts_for_its_village_and_the_commune(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """Two villages add up in the commune, and each keeps its own."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        for filing in (
            sorted_households(place, "Thôn Đông", 120, 150),
            sorted_households(place, "Thôn Tây", 30, 100),
        ):
            await reports.file(tx, filing, now=now, ids=ids)
        dong = place.villages["Thôn Đông"].id
        assert await total_of(tx, dong, "ho-phan-loai") == (120, 150, 1)
        assert await total_of(tx, place.commune.id, "ho-phan-loai") == (150, 250, 2)


async def test_a_village_that_moves_takes_its_figures_with_it(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """The unit it joins gains what the commune already had; the commune's total stays."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        await reports.file(tx, sorted_households(place, "Thôn Đông", 120, 150), now=now, ids=ids)
        dong, tay = place.villages["Thôn Đông"], place.villages["Thôn Tây"]
        await units.move(tx, dong.id, tay.id)
        assert (await units.by_id(tx, dong.id)).path == f"{tay.path}{dong.id}/"
        assert await total_of(tx, tay.id, "ho-phan-loai") == (120, 150, 1)
        assert await total_of(tx, place.commune.id, "ho-phan-loai") == (120, 150, 1)


async def test_a_confirmed_case_counts_one_beside_what_villages_report(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """Counting twice counts once, and taking it back leaves the villages' own figures."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        dong = place.villages["Thôn Đông"].id
        for _ in range(2):
            await figures.count_case(
                tx, 9, plan_id=place.plan_id, unit_id=dong, counts_in=[("2026-H1", "vu-dot-rom")]
            )
        assert await total_of(tx, place.commune.id, "vu-dot-rom") == (1, 0, 1)
        await figures.uncount_case(tx, 9)
        assert await total_of(tx, place.commune.id, "vu-dot-rom") == (0, 0, 0)


# --- any order of anything --------------------------------------------------------------------

VILLAGE = st.integers(0, 3)
AMOUNT = st.decimals(0, 10_000, places=3)
HAPPENING = st.one_of(
    st.tuples(st.just("file"), VILLAGE, st.sampled_from(["2026-H1", "2026"]), AMOUNT, AMOUNT),
    st.tuples(st.just("campaign"), VILLAGE, st.just("2026-06"), AMOUNT, AMOUNT),
    st.tuples(st.sampled_from(["correct"]), st.integers(0, 9), AMOUNT, AMOUNT),
    st.tuples(st.sampled_from(["return", "accept", "withdraw"]), st.integers(0, 9)),
    st.tuples(st.just("move"), VILLAGE, st.integers(0, 4)),
    st.tuples(
        st.sampled_from(["confirm", "unconfirm", "reject", "appeal", "merge"]), st.integers(0, 2)
    ),
)


class World:
    """An Xuân in which anything may happen in any order."""

    def __init__(self, tx: AsyncConnection, place: Place, now: datetime, ids: NumberedIds) -> None:
        self.tx, self.place, self.now, self.ids = tx, place, now, ids
        self.codes: list[str] = []
        self.villages = list(place.villages.values())
        self.cases: list[int] = []

    async def open_cases(self) -> None:
        for village in self.villages[:3]:
            new = NewCase(
                commune_id=self.place.commune.id,
                plan_id=self.place.plan_id,
                unit_id=village.id,
                violation_key="dot-rom",
                words="đốt rơm",
                reporter_id=self.place.person_id,
                sealed=False,
                happened_on=date(2026, 3, 1),
            )
            case = await cases.open_case(
                self.tx, new, sealing=Unsealed(), now=self.now, ids=self.ids
            )
            self.cases.append(case.id)

    async def happen(self, what: tuple[Any, ...]) -> None:
        name, *rest = what
        if name in ("file", "campaign"):
            await self._file(name, *rest)
        elif name == "move":
            await self._move(*rest)
        elif name in ("confirm", "unconfirm", "reject", "appeal", "merge"):
            await self._work_on(CaseStep(name), *rest)
        elif self.codes:
            await self._review(name, self.codes[rest[0] % len(self.codes)], *rest[1:])

    async def _file(self, form: str, village: int, period: str, top: Decimal, low: Decimal) -> None:
        filing = Filing(
            form="report" if form == "file" else "campaign",
            unit_id=self.villages[village].id,
            filed_by=self.place.person_id,
            answers={},
            plan_id=self.place.plan_id,
            subject_key="dinh-ky",
            period_key=period,
            amounts=(Amount("a", top, low), Amount("b", low), Amount("a", Decimal("0.00004"))),
        )
        filed = await reports.file(self.tx, filing, now=self.now, ids=self.ids)
        if filed.code not in self.codes:
            self.codes.append(filed.code)

    async def _work_on(self, step: CaseStep, at: int) -> None:
        taken = Taken(step=step, by_person_id=self.place.person_id)
        about = {"taken": taken, "now": self.now, "ids": self.ids}
        case = self.cases[at]
        try:
            if step is CaseStep.CONFIRM:
                await casework.confirm(self.tx, case, **about)
            elif step is CaseStep.UNCONFIRM:
                await casework.unconfirm(self.tx, case, **about)
            elif step is CaseStep.MERGE:
                await casework.merge(self.tx, case, into=self.cases[at - 1], **about)
            else:
                await casework.step(self.tx, case, **about)
        except casework.StepRefused:
            return

    async def _move(self, village: int, to: int) -> None:
        root = self.place.commune
        parent = root if to == 4 else self.villages[to]
        try:
            await units.move(self.tx, self.villages[village].id, parent.id)
        except units.NotInside:
            return

    async def _review(self, name: str, code: str, *amounts: Decimal) -> None:
        about = {"by": self.place.person_id, "now": self.now}
        try:
            if name == "correct":
                said = (Amount("a", amounts[0]), Amount("c", amounts[1]))
                await reports.correct(
                    self.tx, code, answers={}, amounts=said, ids=self.ids, **about
                )
            elif name == "return":
                await reports.send_back(self.tx, code, words="xem lại", **about)
            elif name == "accept":
                await reports.accept(self.tx, code, **about)
            else:
                await reports.withdraw(self.tx, code, **about)
        except WrongState:
            return


async def plain_totals(tx: AsyncConnection) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """Totals by the plainest way there is: every figure added to every unit above it."""
    paths = {u.id: u.path for u in await units.subtree(tx, 1)}
    found: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for row in await tx.execute(select(figure_rows)):
        for root in paths[row.unit_id].strip("/").split("/"):
            key = (row.plan_id, int(root), row.period_key, row.indicator)
            top, low, count = found.get(key, (Decimal(0), Decimal(0), 0))
            found[key] = (top + row.numerator, low + row.denominator, count + 1)
    return found


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(happenings=st.lists(HAPPENING, max_size=20))
async def test_totals_are_the_sum_of_figures_under_any_order(
    store: Store, now: datetime, happenings: list[tuple[Any, ...]]
) -> None:
    """Filing, correcting, returning, accepting, withdrawing, moving, cases: totals always agree.

    And the figures are exactly what the newest counting reports say (recount).
    """
    async with store.begin() as tx:
        ids = NumberedIds()
        world = World(tx, await settle(tx, now=now, ids=ids), now, ids)
        await world.open_cases()
        for what in happenings:
            await world.happen(what)
        kept = {
            tuple(row[:4]): tuple(row[4:])
            for row in await tx.execute(select(totals))
            if any(row[4:])
        }
        assert kept == {key: sums for key, sums in (await plain_totals(tx)).items() if any(sums)}
        assert (await recount_in(tx)).differences == ()
        await tx.rollback()


def test_sums_never_drift() -> None:
    """Differences are exact decimals: ten tenths are one."""
    tenth = [
        figures.Figure("2026", 1, "a", 5, f"BC-{n}", Decimal("0.1"), Decimal(0)) for n in range(10)
    ]
    found = figures.differences((), tenth, {5: (1, 5)})
    assert found[(1, 1, "2026", "a")] == (Decimal(1), Decimal(0), 10)


@pytest.mark.parametrize("missing", [99])
async def test_a_figure_of_an_unknown_unit_is_refused(
    store: Store, now: datetime, ids: NumberedIds, missing: int
) -> None:
    """Nothing is kept of a filing for a unit that does not exist."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        filing = Filing(form="report", unit_id=missing, filed_by=place.person_id, answers={})
        with pytest.raises(KeyError):
            await reports.file(tx, filing, now=now, ids=ids)
