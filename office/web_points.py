"""Pollution points for officials: places that come back, on a map and in a list, with names they give."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from office.case_names import OTHER_KIND, shown_day
from office.web_answers import json_answer, not_found
from office.web_base import House, Shell, kinds_of
from office.web_door import Official
from plans.calendar import local_time
from storage import points, units


class PointPages:
    """Pages of points; `routes` are added to the server by `Office`."""

    def __init__(self, house: House, shell: Shell) -> None:
        self._house = house
        self._shell = shell

    def routes(self) -> list[web.RouteDef]:
        """For officials of a whole commune."""
        return [
            web.get("/van-phong/diem", self._shell(self._points)),
            web.get("/van-phong/diem.geojson", self._shell(self._points_feed)),
            web.post("/van-phong/diem/{point:[0-9]{1,19}}", self._shell(self._name_point)),
        ]

    async def _points(self, request: web.Request) -> web.StreamResponse:
        async with self._house.store.read() as tx:
            official = await self._house.door.official(tx, request)
            found = await self._points_of(tx, official)
        return self._house.pages.page(
            "points.html", official=official, points=found, options=self._house.options
        )

    async def _points_feed(self, request: web.Request) -> web.StreamResponse:
        async with self._house.store.read() as tx:
            official = await self._house.door.official(tx, request)
            found = await self._points_of(tx, official)
        features = [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [one["lon"], one["lat"]]},
                "properties": {
                    "code": one["name"] or one["kind"],
                    "kind_name": one["kind"],
                    "state_name": f"{one['cases']} vụ",
                    "open": True,
                    "opened_on": one["first"],
                },
            }
            for one in found
        ]
        response = json_answer(
            {"type": "FeatureCollection", "features": features}, kind="application/geo+json"
        )
        response.headers["Cache-Control"] = "no-store"
        return response

    async def _points_of(self, tx: AsyncConnection, official: Official) -> list[dict[str, Any]]:
        """Points of the communes over the whole of which they hold an office."""
        found = []
        for commune in (await units.by_ids(tx, official.communes)).values():
            if not official.rights.may_see_cases(commune.path):
                continue
            kinds = await kinds_of(tx, commune.id)
            for point in await points.of_commune(tx, commune.id):
                history = await points.history(tx, point.id)
                found.append(
                    {
                        "id": str(point.id),
                        "name": point.name,
                        "kind": kinds.names.get(point.violation_key, OTHER_KIND),
                        "cases": point.cases,
                        "first": shown_day(local_time(point.first_at).date()),
                        "last": shown_day(local_time(point.last_at).date()),
                        "lat": point.lat,
                        "lon": point.lon,
                        "codes": [case.code for case in history[-5:]],
                        "renames": official.rights.may_route_cases(commune.path),
                    }
                )
        return found

    async def _name_point(self, request: web.Request) -> web.StreamResponse:
        wanted = request.match_info["point"]
        async with self._house.posting(request) as (tx, official, form):
            theirs = {one["id"] for one in await self._points_of(tx, official) if one["renames"]}
            if wanted not in theirs:
                raise not_found()
            await points.rename(tx, int(wanted), form.get("name", "").strip()[:120])
        raise web.HTTPSeeOther("/van-phong/diem")
