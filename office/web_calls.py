"""Calls on units, made on the web: written, drafted, sent; their tables, and the workbook of each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from office.case_names import shown_moment
from office.web_answers import not_found
from office.web_base import House, Shell
from office.web_door import Official
from storage import requests, units
from storage.requests import Request, Returned

LETTERS = 600
"""The longest call that is read."""

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Calls(Protocol):
    """Reads, drafts and sends calls; wired by `bot/app.py`. Refusals are ValueErrors in words for people."""

    async def whom(self, tx: AsyncConnection, person_id: int, *, now: datetime) -> Sequence[str]:
        """Names of whom this official may ask."""
        ...

    async def draft(
        self,
        tx: AsyncConnection,
        person_id: int,
        what: str,
        whom: str,
        until: str,
        *,
        now: datetime,
    ) -> tuple[str, str, str]:
        """The form, the addressees and the time as they were read."""
        ...

    async def send(
        self,
        tx: AsyncConnection,
        person_id: int,
        what: str,
        whom: str,
        until: str,
        *,
        now: datetime,
    ) -> int:
        """Make the call; returns its id."""
        ...

    def table(self, request: Request, rows: Sequence[Returned]) -> list[tuple[str, str, str]]:
        """(unit, what it answered, its light)."""
        ...

    def workbook(self, request: Request, rows: Sequence[Returned]) -> bytes:
        """The table as an .xlsx file."""
        ...


class CallPages:
    """Pages of calls; `routes` are added to the server by `Office` where calls are wired."""

    def __init__(self, house: House, shell: Shell, calls: Calls) -> None:
        self._house = house
        self._shell = shell
        self._calls = calls

    def routes(self) -> list[web.RouteDef]:
        """For officials: whoever may call in chat may call here."""
        one = "/van-phong/yeu-cau/{call:[0-9]{1,19}}"
        return [
            web.get("/van-phong/yeu-cau", self._shell(self._list)),
            web.post("/van-phong/yeu-cau", self._shell(self._make)),
            web.get(one, self._shell(self._one)),
            web.get(one + ".xlsx", self._shell(self._workbook)),
        ]

    async def _list(self, request: web.Request) -> web.StreamResponse:
        async with self._house.store.read() as tx:
            official = await self._house.door.official(tx, request)
            return await self._page(tx, official, {})

    async def _page(
        self,
        tx: AsyncConnection,
        official: Official,
        said: dict[str, str],
        *,
        draft: tuple[str, str, str] | None = None,
        sorry: str = "",
    ) -> web.Response:
        now = self._house.clock()
        try:
            names = await self._calls.whom(tx, official.person_id, now=now)
        except ValueError as refused:
            names, sorry = [], sorry or str(refused)
        made = [
            {"id": one.id, "title": one.title, "due": shown_moment(one.due_at)}
            for one in await requests.of_communes(tx, official.communes)
            if await self._may_see(tx, official, one)
        ]
        return self._house.pages.page(
            "calls.html",
            422 if sorry and said else 200,
            official=official,
            calls=made,
            names=names,
            said={key: said.get(key, "") for key in ("what", "whom", "until")},
            draft=draft,
            sorry=sorry,
            letters=LETTERS,
        )

    async def _make(self, request: web.Request) -> web.StreamResponse:
        """Once to see the draft, and again with `send` to make the call."""
        async with self._house.posting(request) as (tx, official, form):
            now = self._house.clock()
            what, whom, until = (form.get(k, "")[:LETTERS] for k in ("what", "whom", "until"))
            said = (official.person_id, what, whom, until)
            try:
                if not form.get("send"):
                    draft = await self._calls.draft(tx, *said, now=now)
                    return await self._page(tx, official, form, draft=draft)
                call_id = await self._calls.send(tx, *said, now=now)
            except ValueError as refused:
                return await self._page(tx, official, form, sorry=str(refused))
        raise web.HTTPSeeOther(f"/van-phong/yeu-cau/{call_id}")

    async def _one(self, request: web.Request) -> web.StreamResponse:
        async with self._house.store.read() as tx:
            official = await self._house.door.official(tx, request)
            call, rows = await self._seen(tx, official, request)
        table = self._calls.table(call, rows)
        return self._house.pages.page(
            "call.html",
            official=official,
            call=call,
            due=shown_moment(call.due_at),
            table=table,
            filed=sum(light == "green" for _, _, light in table),
        )

    async def _workbook(self, request: web.Request) -> web.StreamResponse:
        async with self._house.store.read() as tx:
            official = await self._house.door.official(tx, request)
            call, rows = await self._seen(tx, official, request)
        response = web.Response(body=self._calls.workbook(call, rows), content_type=XLSX)
        response.headers["Content-Disposition"] = f'attachment; filename="yeu-cau-{call.id}.xlsx"'
        response.headers["Cache-Control"] = "no-store"
        return response

    async def _seen(
        self, tx: AsyncConnection, official: Official, request: web.Request
    ) -> tuple[Request, list[Returned]]:
        """The call that the address names. Raises Refusal 404 where it is not theirs to see."""
        call = await requests.by_id(tx, int(request.match_info["call"]))
        if call is None or not await self._may_see(tx, official, call):
            raise not_found()
        return call, await requests.returned(tx, call)

    async def _may_see(self, tx: AsyncConnection, official: Official, call: Request) -> bool:
        """Whoever asked, and officials over the whole commune."""
        if call.commune_id not in official.communes:
            return False
        if call.asked_by == official.person_id:
            return True
        commune = await units.by_id(tx, call.commune_id)
        return official.rights.may_see_figures(commune.path)
