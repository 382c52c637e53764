"""The door and the first page of the office: the one-time link, the overview, the way out."""

from __future__ import annotations

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from office.case_names import shown_moment
from office.overview import overview
from office.web_answers import Refusal
from office.web_base import House, Shell
from office.web_door import Official, Pace, form_of, visitor
from storage import alerts, backlog, doors, triage, units
from storage.access import Role
from storage.units import Unit

STALE_LINK = "Đường vào này đã dùng rồi hoặc quá 15 phút. Anh/chị nhắn “web” cho Sổ Xanh để lấy đường mới ạ."  # fmt: skip


class OverviewPages:
    """Sign-in, overview and sign-out; `routes` are added to the server by `Office`."""

    def __init__(self, house: House, shell: Shell) -> None:
        self._house = house
        self._shell = shell
        self._tries = Pace(burst=20, per_s=0.2, now=house.clock)

    def routes(self) -> list[web.RouteDef]:
        """The link from the chat leads to `/van-phong/vao/<token>`."""
        return [
            web.get("/van-phong", self._shell(self._overview)),
            web.get("/van-phong/vao/{token:[A-Za-z0-9_-]{16,64}}", self._shell(self._knock)),
            web.post("/van-phong/vao", self._shell(self._enter)),
            web.post("/van-phong/ra", self._shell(self._leave)),
        ]

    async def _knock(self, request: web.Request) -> web.StreamResponse:
        """A page with one button: chats that look at links beforehand must not use them up."""
        self._tries.keep(visitor(request, self._house.options.proxies))
        token = request.match_info["token"]
        async with self._house.store.read() as tx:
            good = await doors.is_good(tx, token, now=self._house.clock())
        if not good:
            raise Refusal(410, STALE_LINK)
        return self._house.pages.page("enter.html", token=token)

    async def _enter(self, request: web.Request) -> web.StreamResponse:
        self._house.door.insist_on_our_page(request)
        self._tries.keep(visitor(request, self._house.options.proxies))
        form = await form_of(request)
        async with self._house.store.begin() as tx:
            session = await doors.enter(
                tx, form.get("token", ""), now=self._house.clock(), ids=self._house.ids
            )
        if session is None:
            raise Refusal(410, STALE_LINK)
        response = web.Response(status=303, headers={"Location": "/van-phong"})
        self._house.door.keep(response, session)
        return response

    async def _leave(self, request: web.Request) -> web.StreamResponse:
        session = self._house.door.session_of(request)
        async with self._house.posting(request) as (tx, _, _):
            if session is not None:
                await doors.leave(tx, session, now=self._house.clock())
        return self._house.pages.page("left.html")

    async def _overview(self, request: web.Request) -> web.StreamResponse:
        now = self._house.clock()
        async with self._house.store.read() as tx:
            official = await self._house.door.official(tx, request)
            tops = await _tops(tx, official)
            plans = [one for top in tops for one in await overview(tx, top, now=now)]
            numbers = await triage.counts(tx, official.roots, (*triage.NEW, *triage.AT_WORK))
            held = await triage.count_held(tx, official.roots)
            is_admin = any(role.role == Role.ADMIN for role in official.roles)
            open_alerts = await alerts.open_alerts(tx) if is_admin else []
            messages = await backlog.backlog(tx) if is_admin else []
        return self._house.pages.page(
            "overview.html",
            official=official,
            plans=plans,
            communes=[top for top in tops if top.id == top.commune_id],
            waiting=sum(numbers.get(state, 0) for state in triage.NEW),
            at_work=sum(numbers.get(state, 0) for state in triage.AT_WORK),
            held=held,
            is_admin=is_admin,
            alerts=[(one.channel, one.words, shown_moment(one.since)) for one in open_alerts],
            messages=messages,
        )


async def _tops(tx: AsyncConnection, official: Official) -> list[Unit]:
    """The topmost units of the official: whose figures they see, with all below."""
    wanted = {units.ids_of(path)[-1] for path in official.rights.figure_roots()}
    return list((await units.by_ids(tx, wanted)).values())
