"""Open311 GeoReport v2 over HTTP: services, requests, and cases that other programs open.

A case opened here is a stranger's: the same limits, held back when many come at once, and
sealed, for nothing is kept that names whoever sent it. `media_url` is not fetched
(docs/decisions/0031-public-page.md).
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import replace

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from office import open311
from office.open311 import Record, Wrong
from office.web_answers import Refusal, json_answer
from office.web_base import Happened, House, Kinds, Shell, kinds_of
from office.web_door import form_of, visitor
from plans.calendar import Calendar
from plans.handling import CaseStep
from storage import abuse, case_limits, cases, codes, office, people, plans, public, routing, units
from storage.cases import Case, NewCase
from storage.public import PublicCase, Sought
from storage.units import Unit

CHANNEL = "open311"
DESCRIPTION_LETTERS = 4000
"""The specification's limit of a description."""

NOTICE = "Xã đã nhận phản ánh. Anh/chị giữ mã này để theo dõi."
NOTICE_HELD = "Xã đã nhận phản ánh; cán bộ sẽ xem trước khi chuyển xử lý."

Answer = tuple[str, Record | list[Record], int]
"""Root element, content, HTTP status."""


class Open311:
    """The endpoint `/open311/v2`; `routes` are added to the server by `Office`."""

    def __init__(self, house: House, shell: Shell) -> None:
        self._house = house
        self._shell = shell

    def routes(self) -> list[web.RouteDef]:
        """The six methods of the specification without tokens, in both formats."""
        at, ends = "/open311/v2", ".{format:json|xml}"
        one = "/{id:[A-Za-z0-9-]{1,60}}"

        def get(path: str, method: Callable[[web.Request], Awaitable[Answer]]) -> web.RouteDef:
            return web.get(at + path + ends, self._shell(self._spoken(method)))

        return [
            get("/discovery", self._discovery),
            get("/services", self._services),
            get("/services" + one, self._service),
            get("/requests", self._requests),
            get("/requests" + one, self._request),
            web.post(at + "/requests" + ends, self._shell(self._spoken(self._open))),
        ]

    def _spoken(
        self, method: Callable[[web.Request], Awaitable[Answer]]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """Answers in the format of the address; errors too."""

        async def answer(request: web.Request) -> web.StreamResponse:
            try:
                root, content, status = await method(request)
            except Wrong as wrong:
                root, content, status = "errors", [open311.error(wrong)], wrong.status
            except Refusal as wrong:
                told = Wrong(wrong.status, wrong.says)
                root, content, status = "errors", [open311.error(told)], wrong.status
            if request.match_info["format"] == "json":
                response = json_answer(content, status)
            else:
                body = open311.xml(root, content)
                response = web.Response(
                    body=body, status=status, content_type="text/xml", charset="utf-8"
                )
            response.headers["Access-Control-Allow-Origin"] = "*"
            response.headers["Cache-Control"] = "no-store"
            return response

        return answer

    # --- reading ---------------------------------------------------------------------------------

    async def _discovery(self, request: web.Request) -> Answer:
        found = open311.discovery(self._base(request), self._house.options.contact)
        return "discovery", found, 200

    def _base(self, request: web.Request) -> str:
        return self._house.options.public_url.rstrip("/") or f"{request.scheme}://{request.host}"

    async def _services(self, request: web.Request) -> Answer:
        async with self._house.store.read() as tx:
            commune = await _jurisdiction(tx, request.query.get("jurisdiction_id", ""))
            kinds = await kinds_of(tx, commune.id)
        found = [
            open311.service(key, name, kinds.categories.get(key, ""))
            for key, name in kinds.names.items()
        ]
        return "services", found, 200

    async def _service(self, request: web.Request) -> Answer:
        async with self._house.store.read() as tx:
            commune = await _jurisdiction(tx, request.query.get("jurisdiction_id", ""))
            kinds = await kinds_of(tx, commune.id)
        code = request.match_info["id"]
        _insist_on_kind(kinds, code)
        return "service_definition", open311.definition(code), 200

    async def _requests(self, request: web.Request) -> Answer:
        sought = self._sought(request)
        async with self._house.store.read() as tx:
            commune = await _jurisdiction(tx, request.query.get("jurisdiction_id", ""))
            kinds = await kinds_of(tx, commune.id)
            found = await public.listed(tx, commune.id, sought, limit=open311.MOST)
        return "service_requests", self._told(request, found, kinds, commune), 200

    def _sought(self, request: web.Request) -> Sought:
        query = request.query
        status = query.get("status", "")
        wanted = set(status.split(",")) - {""}
        if wanted - {"open", "closed"}:
            raise Wrong(400, "status is open or closed")
        wanted_codes = tuple(
            codes.normal(each) for each in query.get("service_request_id", "").split(",") if each
        )
        since, until = (open311.moment(query.get(name, "")) for name in ("start_date", "end_date"))
        if since is None and not wanted_codes:
            since = (until or self._house.clock()) - open311.SPAN
        return Sought(
            kind=query.get("service_code", "")[:60],
            opened=(wanted == {"open"}) if len(wanted) == 1 else None,
            since=since,
            until=until,
            codes=wanted_codes[: open311.MOST],
        )

    async def _request(self, request: web.Request) -> Answer:
        code = codes.normal(request.match_info["id"])
        async with self._house.store.read() as tx:
            commune = await _jurisdiction(tx, request.query.get("jurisdiction_id", ""))
            kinds = await kinds_of(tx, commune.id)
            found = await public.by_code(tx, commune.id, code)
        if found is None:
            raise Wrong(404, "service_request_id not found")
        return "service_requests", self._told(request, [found], kinds, commune), 200

    def _told(
        self, request: web.Request, found: list[PublicCase], kinds: Kinds, commune: Unit
    ) -> list[Record]:
        base = self._base(request)
        return [open311.request_of(case, kinds.names, base, commune) for case in found]

    # --- opening ---------------------------------------------------------------------------------

    async def _open(self, request: web.Request) -> Answer:
        form = await form_of(request)
        self._insist_on_key(form)
        address = visitor(request, self._house.options.proxies)
        async with self._house.store.begin() as tx:
            case = await self._opened(tx, form, address)
            happened = Happened(case, CaseStep.OPEN, None, case.words)
            await self._house.tells(tx, happened, now=self._house.clock())
        notice = NOTICE_HELD if case.held else NOTICE
        return "service_requests", [open311.accepted(case.code, notice)], 201

    def _insist_on_key(self, form: dict[str, str]) -> None:
        key = self._house.options.open311_key
        if key and not hmac.compare_digest(form.get("api_key", "").encode(), key.encode()):
            raise Wrong(403, "api_key is missing or not valid")

    async def _opened(self, tx: AsyncConnection, form: dict[str, str], address: str) -> Case:
        commune = await _jurisdiction(tx, form.get("jurisdiction_id", ""))
        kinds = await kinds_of(tx, commune.id)
        kind = form.get("service_code", "")
        if not kind:
            raise Wrong(400, "service_code was not provided")
        _insist_on_kind(kinds, kind)
        pin = open311.position(form)
        where = form.get("address_string", "").strip()[:500]
        if pin is None and not where:
            raise Wrong(400, "lat and long, or address_string, must be provided")
        words = form.get("description", "").strip()
        if len(words) > DESCRIPTION_LETTERS:
            raise Wrong(400, f"description is longer than {DESCRIPTION_LETTERS} characters")
        new = NewCase(
            commune_id=commune.id,
            plan_id=next((plan.id for plan in await plans.load_plans(tx, commune.id)), None),
            violation_key=kind,
            words=words or kinds.names[kind],
            reporter_id=0,
            sealed=True,
            unit_id=await routing.village_in(tx, commune.id, where),
            lat=pin[0] if pin else None,
            lon=pin[1] if pin else None,
            place_words=where,
            urgent=self._house.sounds_urgent(words),
        )
        case = await self._keep(tx, new, address)
        category = kinds.categories.get(kind, "other")
        return await case_limits.reckon(
            tx, case, category=category, calendar=Calendar(), start=case.opened_at
        )

    async def _keep(self, tx: AsyncConnection, new: NewCase, address: str) -> Case:
        """Open the case as a stranger's, within the day's limits. Raises Wrong 429, 403."""
        now, ids, seal = self._house.clock(), self._house.ids, self._house.seal
        where_from = abuse.address_key(seal, f"{CHANNEL}:{address}")
        arrival = people.Arrival(CHANNEL, CHANNEL, where_from)
        known = (await people.arrive(tx, [arrival], now=now, ids=ids))[arrival.key]
        await people.mark_blocked(tx, [arrival.key], now=now)  # nothing can be sent there
        person_key = seal.blind_index(known.person_id)
        limits = abuse.allowed(await office.settings_of(tx, new.commune_id))
        if await abuse.blocked(tx, person_key) is not None:
            raise Wrong(403, "no more requests are taken from this address")
        if not self._house.options.open311_key:
            await self._insist_on_limit(tx, limits, person_key, where_from)
        handler = await routing.handler_of(tx, new.commune_id, new.violation_key)
        opened = replace(
            new,
            reporter_id=known.person_id,
            handler_unit_id=handler.id if handler else None,
            held=await abuse.a_flood_of_strangers(tx, new.commune_id, limits, now=now),
        )
        await abuse.count(tx, person_key=person_key, address=where_from, now=now)
        return await cases.open_case(tx, opened, sealing=seal, now=now, ids=ids)

    async def _insist_on_limit(
        self, tx: AsyncConnection, limits: abuse.Allowed, person_key: str, address: str
    ) -> None:
        """Here an address is all that is known of a person, so it has the limit of an address.

        A program with the office's key speaks for many people and has none.
        """
        limits = replace(limits, person_a_day=limits.address_a_day)
        now = self._house.clock()
        if await abuse.over_limit(tx, limits, person_key=person_key, address=address, now=now):
            raise Wrong(429, "too many requests from this address today")


async def _jurisdiction(tx: AsyncConnection, said: str) -> Unit:
    """The commune named by `jurisdiction_id`; it may be left out where there is one only."""
    if said:
        found = await units.commune_by_code(tx, said)
        if found is None:
            raise Wrong(404, "jurisdiction_id was not found")
        return found
    communes = await units.communes(tx)
    if len(communes) != 1:
        raise Wrong(400, "jurisdiction_id was not provided")
    return communes[0]


def _insist_on_kind(kinds: Kinds, code: str) -> None:
    if code not in kinds.names:
        raise Wrong(404, "service_code was not found")
