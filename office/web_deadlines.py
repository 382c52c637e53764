"""The officials' pages of deadlines: who owes what, more time, excuses, closed books, and the reminders.

Looking takes any office in the commune; deciding over a report takes the right to review it,
opening closed books the leader's or the administrator's, and settings the administrator's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from office.deadline_view import commune_view, href, unit_lines
from office.web_answers import Refusal, not_found
from office.web_base import House, Shell
from office.web_door import Official
from plans.calendar import moment_on
from plans.duty_titles import duty_title
from plans.extra_duties import all_duties
from plans.owed import END_OF_DAY
from storage import ledger, nag_stops, obligations, office, plans, requests, succession, units
from storage.nag_stops import Stop
from storage.obligations import Obligation
from storage.plans import PlanRow
from storage.units import Unit

PAGE = "/van-phong/han"
NOT_YOURS = "Việc này cần người có quyền duyệt báo cáo hoặc quản trị của xã ạ."
NO_REASON = "Anh/chị ghi giúp em lý do ạ."
NO_DAY = "Anh/chị chọn giúp em một ngày ạ."
NOBODY = "Anh/chị chọn giúp em đơn vị ạ."


class DeadlinePages:
    """Pages of deadlines; `routes` are added to the server by `Office`."""

    def __init__(self, house: House, shell: Shell) -> None:
        self._house = house
        self._shell = shell

    def routes(self) -> list[web.RouteDef]:
        """Everything below asks who is there, and what they may do, anew."""
        one = (
            PAGE + r"/{plan:[0-9]{1,19}}/{duty:[A-Za-z0-9._-]{1,120}}/{period:[A-Za-z0-9._-]{1,60}}"
        )
        commune = PAGE + "/xa/{commune:[0-9]{1,19}}"
        return [
            web.get(PAGE, self._shell(self._all)),
            web.get(one, self._shell(self._one)),
            web.post(one, self._shell(self._decide)),
            web.post(commune + "/nhac", self._shell(self._nags)),
            web.post(commune + "/thoi-quen", self._shell(self._habits)),
            web.post(commune + "/nhap-tach", self._shell(self._succeed)),
        ]

    # --- looking ---------------------------------------------------------------------------------

    async def _all(self, request: web.Request) -> web.StreamResponse:
        now = self._house.clock()
        async with self._house.store.read() as tx:
            official = await self._house.door.official(tx, request)
            communes = await _communes(tx, official)
            views = [await commune_view(tx, one, now=now) for one in communes]
            duties = {
                one.id: [
                    duty
                    for plan in await plans.load_plans(tx, one.id)
                    for duty in all_duties(plan.pack)
                ]
                for one in communes
            }
        weeks = {one.id: await self._house.week_of(one.id) for one in communes}
        return self._house.pages.page(
            "deadlines.html",
            official=official,
            views=views,
            weeks=weeks,
            duties=duties,
            keeps={v.commune.id: official.rights.may_keep_units(v.commune.path) for v in views},
            done=request.query.get("xong", "")[:60],
        )

    async def _one(self, request: web.Request) -> web.StreamResponse:
        now = self._house.clock()
        async with self._house.store.read() as tx:
            official = await self._house.door.official(tx, request)
            plan, commune, owed = await self._report(tx, official, request)
            lines = await unit_lines(tx, owed, now=now)
            title = await _title(tx, plan, owed[0])
        return self._house.pages.page(
            "deadline.html",
            official=official,
            commune=commune,
            title=title,
            lines=lines,
            action=request.path,
            reviews=official.rights.may_review(commune.path)
            or official.rights.may_keep_units(commune.path),
            opens=official.rights.may_open_books(commune.path),
            done=request.query.get("xong", "")[:60],
        )

    async def _report(
        self, tx: AsyncConnection, official: Official, request: web.Request
    ) -> tuple[PlanRow, Unit, list[Obligation]]:
        """One report of a commune in which they hold an office. Raises Refusal 404."""
        where = request.match_info
        try:
            plan = await plans.load_plan_by_id(tx, int(where["plan"]))
        except KeyError:
            raise not_found() from None
        owed = await obligations.of_period(tx, plan.id, where["duty"], where["period"])
        known = {one.id: one for one in await _communes(tx, official)}
        if not owed or plan.commune_id not in known:
            raise not_found()
        return plan, known[plan.commune_id], owed

    # --- deciding --------------------------------------------------------------------------------

    async def _decide(self, request: web.Request) -> web.StreamResponse:
        async with self._house.posting(request) as (tx, official, form):
            plan, commune, owed = await self._report(tx, official, request)
            count = await self._do(tx, official, commune, owed, form)
        where = href(plan.id, owed[0].duty_key, owed[0].period_key)
        raise web.HTTPSeeOther(f"{where}?xong={count}")

    async def _do(
        self,
        tx: AsyncConnection,
        official: Official,
        commune: Unit,
        owed: Sequence[Obligation],
        form: Mapping[str, str],
    ) -> int:
        """One decision over one unit or all. Returns how many rows it changed."""
        rights, deed = official.rights, form.get("deed", "")
        may = rights.may_review(commune.path) or rights.may_keep_units(commune.path)
        if not (rights.may_open_books(commune.path) if deed == "mo" else may):
            raise Refusal(403, NOT_YOURS)
        chosen = [one.id for one in owed if form.get("unit") in ("tat-ca", str(one.id))]
        if not chosen:
            raise Refusal(400, NOBODY)
        why, by = form.get("why", "").strip()[:300], official.person_id
        now, ids = self._house.clock(), self._house.ids
        match deed:
            case "gia-han":
                until = _moment(form.get("day", ""), END_OF_DAY)
                if until <= now:
                    raise Refusal(400, NO_DAY)
                return await ledger.extend(
                    tx, chosen, until=until, by=by, why=why, now=now, ids=ids
                )
            case "mien" | "mo" if not why:
                raise Refusal(400, NO_REASON)
            case "mien":
                return await ledger.excuse(tx, chosen, by=by, why=why, now=now, ids=ids)
            case "nop-lai":
                return await ledger.owe_again(tx, chosen, by=by, why=why, now=now, ids=ids)
            case "khoa":
                return await ledger.lock(tx, chosen, by=by, why=why, now=now, ids=ids)
            case "mo":
                day = form.get("day", "")
                closes_at = _moment(day, END_OF_DAY) if day else None
                return await ledger.reopen(
                    tx, chosen, by=by, why=why, until=closes_at, now=now, ids=ids
                )
        raise not_found()

    # --- reminders, habits, units ----------------------------------------------------------------

    async def _nags(self, request: web.Request) -> web.StreamResponse:
        async with self._house.posting(request) as (tx, official, form):
            commune = await self._kept(tx, official, request)
            what = await _what(tx, commune, form)
            now, ids, by = self._house.clock(), self._house.ids, official.person_id
            if form.get("deed") == "tiep":
                await nag_stops.resume(tx, commune.id, what, by=by, now=now, ids=ids)
            else:
                day = form.get("day", "")
                until = _day(day) if day else None
                await nag_stops.stop(tx, commune.id, what, until=until, by=by, now=now, ids=ids)
        raise web.HTTPSeeOther(f"{PAGE}?xong=1")

    async def _habits(self, request: web.Request) -> web.StreamResponse:
        async with self._house.posting(request) as (tx, official, form):
            commune = await self._kept(tx, official, request)
            value = None if form.get("deed") == "bat" else False
            await office.set_to(
                tx, commune.id, "nags.habits", value,
                by=official.person_id, now=self._house.clock(), ids=self._house.ids,
            )  # fmt: skip
        raise web.HTTPSeeOther(f"{PAGE}?xong=1")

    async def _succeed(self, request: web.Request) -> web.StreamResponse:
        """Units that merge or split: the old one ends, the heir stands for it from a day on."""
        async with self._house.posting(request) as (tx, official, form):
            commune = await self._kept(tx, official, request)
            theirs = {str(unit.id) for unit in await units.of_commune(tx, commune.id)}
            old, heirs = form.get("old", ""), [form.get("heir", ""), form.get("heir2", "")]
            chosen = [int(one) for one in heirs if one in theirs and one != old]
            if old not in theirs or not chosen or old == str(commune.id):
                raise Refusal(400, NOBODY)
            await succession.succeed(
                tx, [int(old)], list(dict.fromkeys(chosen)), on=_day(form.get("day", "")),
                by=official.person_id, now=self._house.clock(), ids=self._house.ids,
            )  # fmt: skip
        raise web.HTTPSeeOther(f"{PAGE}?xong=1")

    async def _kept(self, tx: AsyncConnection, official: Official, request: web.Request) -> Unit:
        """The commune whose settings they keep. Raises Refusal 404 where they hold no office, else 403."""
        wanted = int(request.match_info["commune"])
        commune = next((one for one in await _communes(tx, official) if one.id == wanted), None)
        if commune is None:
            raise not_found()
        if not official.rights.may_keep_units(commune.path):
            raise Refusal(403, NOT_YOURS)
        return commune


async def _communes(tx: AsyncConnection, official: Official) -> list[Unit]:
    """The communes over the whole of which, or in whose office, they hold an office."""
    found = await units.by_ids(tx, official.communes)
    held = {
        role.commune_id
        for role in official.roles
        if role.unit_id == role.commune_id or (await units.by_id(tx, role.unit_id)).kind == "office"
    }
    return [one for one in found.values() if one.id in held]


async def _title(tx: AsyncConnection, plan: PlanRow, one: Obligation) -> str:
    asked = (await requests.by_duty(tx, [one.duty_key])).get(one.duty_key)
    return asked.title if asked else duty_title(plan.pack, one.duty_key, one.period_key, named=True)


async def _what(tx: AsyncConnection, commune: Unit, form: Mapping[str, str]) -> Stop:
    duty, person = form.get("duty", ""), form.get("person", "")
    if duty:
        return Stop("duty", duty_key=duty[:120])
    return Stop("person", person_id=int(person)) if person.isdigit() else Stop()


def _day(words: str) -> date:
    """Raises Refusal 400 for what is no ISO date."""
    try:
        return date.fromisoformat(words)
    except ValueError:
        raise Refusal(400, NO_DAY) from None


def _moment(words: str, at: time) -> datetime:
    return moment_on(_day(words), at)
