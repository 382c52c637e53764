"""The public page of a commune: its cases with the place blurred, how many were handled in time, a feed.

Everything shown comes out of `storage/public.py`, which holds nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from office.case_names import OTHER_KIND, STATES, STEPS, shown_day, shown_share
from office.web_answers import json_answer, not_found, picture
from office.web_base import House, Shell, kinds_of
from plans.calendar import local_time
from storage import codes, public, units
from storage.public import InTime, PublicCase, Sought
from storage.units import Unit

PAGE_CASES = 20
FEED_CASES = 2000
"""Cases on the map and in the feed, the newest first."""

_OPENED = {"mo": True, "dong": False}


class PublicPages:
    """Pages that need no sign-in. `routes` are added to the server by `Office`."""

    def __init__(self, house: House, shell: Shell) -> None:
        self._house = house
        self._shell = shell

    def routes(self) -> list[web.RouteDef]:
        """What anybody may ask for."""
        one = "/xa/{commune:[a-z0-9-]{1,60}}"
        return [
            web.get("/xa", self._shell(self._communes)),
            web.get(one, self._shell(self._page)),
            web.get(one + "/cases.geojson", self._shell(self._feed)),
            web.get(one + "/phan-anh/{code:[A-Za-z0-9-]{4,12}}", self._shell(self._case)),
            web.get(one + "/anh/{evidence:[0-9]{1,19}}", self._shell(self._photo)),
        ]

    async def _communes(self, request: web.Request) -> web.StreamResponse:
        async with self._house.store.read() as tx:
            found = await units.communes(tx)
        return self._house.pages.page("communes.html", communes=found)

    async def _page(self, request: web.Request) -> web.StreamResponse:
        sought, chosen = _sought(request)
        number = _whole(request.query.get("trang", ""), 1)
        now = self._house.clock()
        async with self._house.store.read() as tx:
            commune = await commune_of(tx, request)
            kinds = (await kinds_of(tx, commune.id)).names
            offset = (number - 1) * PAGE_CASES
            found = await public.listed(tx, commune.id, sought, limit=PAGE_CASES, offset=offset)
            shares = await public.in_time(tx, commune.id, now=now)
            rejected = await public.rejected(tx, commune.id)
        total = _found(shares, sought)
        last = max(1, -(-total // PAGE_CASES))
        return self._house.pages.page(
            "public.html",
            commune=commune,
            cases=[shown(case, kinds) for case in found],
            kinds=kinds,
            chosen=chosen,
            total=total,
            shares=_shares(shares, kinds),
            rejected=rejected,
            today=shown_day(local_time(now).date()),
            number=number,
            last=last,
            link=lambda page: "?" + urlencode(chosen | {"trang": page}),
            feed="cases.geojson?" + urlencode(chosen),
            options=self._house.options,
        )

    async def _case(self, request: web.Request) -> web.StreamResponse:
        code = codes.normal(request.match_info["code"])
        async with self._house.store.read() as tx:
            commune = await commune_of(tx, request)
            found = await public.by_code(tx, commune.id, code)
            if found is None:
                raise not_found()
            kinds = (await kinds_of(tx, commune.id)).names
            steps = await public.steps_of(tx, code)
        return self._house.pages.page(
            "public_case.html",
            commune=commune,
            case=shown(found, kinds),
            steps=[(shown_day(day), STEPS[step]) for day, step in steps],
        )

    async def _feed(self, request: web.Request) -> web.StreamResponse:
        sought, _ = _sought(request)
        async with self._house.store.read() as tx:
            commune = await commune_of(tx, request)
            kinds = (await kinds_of(tx, commune.id)).names
            found = await public.listed(tx, commune.id, sought, limit=FEED_CASES)
        body = {
            "type": "FeatureCollection",
            "features": [feature(case, kinds, commune.code) for case in found],
        }
        response = json_answer(body, kind="application/geo+json")
        response.headers["Cache-Control"] = "public, max-age=60"
        response.headers["Access-Control-Allow-Origin"] = "*"  # for everybody's maps
        return response

    async def _photo(self, request: web.Request) -> web.StreamResponse:
        async with self._house.store.read() as tx:
            commune = await commune_of(tx, request)
            sha256 = await public.photo(tx, commune.id, int(request.match_info["evidence"]))
        if sha256 is None:
            raise not_found()
        return picture(await self._house.files.read(sha256), public=True)


async def commune_of(tx: AsyncConnection, request: web.Request) -> Unit:
    """The commune that the address names. Raises Refusal 404."""
    found = await units.commune_by_code(tx, request.match_info["commune"])
    if found is None:
        raise not_found()
    return found


def _sought(request: web.Request) -> tuple[Sought, dict[str, Any]]:
    kind = request.query.get("loai", "")[:60]
    state = request.query.get("tinh-trang", "")
    opened = _OPENED.get(state)
    chosen = {"loai": kind, "tinh-trang": state if opened is not None else ""}
    return Sought(kind=kind, opened=opened), chosen


def _whole(words: str, least: int) -> int:
    return (
        max(least, int(words)) if words.isascii() and words.isdigit() and len(words) < 7 else least
    )


def shown(case: PublicCase, kinds: Mapping[str, str]) -> dict[str, Any]:
    """A public case as templates show it."""
    return {
        "code": case.code,
        "kind": kinds.get(case.violation_key, OTHER_KIND),
        "state": STATES[case.state],
        "is_open": case.is_open,
        "opened": shown_day(case.opened_on),
        "changed": shown_day(case.changed_on),
        "due": shown_day(case.due_on) if case.due_on and case.is_open else "",
        "village": case.village,
        "handled_by": case.handled_by,
        "words": case.words,
        "photos": case.photos,
    }


def feature(case: PublicCase, kinds: Mapping[str, str], commune_code: str) -> dict[str, Any]:
    """A public case as GeoJSON (RFC 7946): longitude first; no geometry where there is no pin."""
    geometry = None
    if case.area is not None:
        geometry = {"type": "Point", "coordinates": [case.area[1], case.area[0]]}
    return {
        "type": "Feature",
        "id": case.code,
        "geometry": geometry,
        "properties": {
            "code": case.code,
            "kind": case.violation_key,
            "kind_name": kinds.get(case.violation_key, OTHER_KIND),
            "state": case.state.value,
            "state_name": STATES[case.state],
            "open": case.is_open,
            "opened_on": case.opened_on.isoformat(),
            "changed_on": case.changed_on.isoformat(),
            "village": case.village,
            "handled_by": case.handled_by,
            "words": case.words,
            "precision_m": 100,
            "photos": [f"/xa/{commune_code}/anh/{evidence_id}" for evidence_id, _ in case.photos],
        },
    }


def _found(shares: Sequence[InTime], sought: Sought) -> int:
    """How many cases there are of what is sought: the table above the list has counted them already."""
    theirs = [one for one in shares if sought.kind in ("", one.violation_key)]
    if sought.opened is None:
        return sum(one.cases for one in theirs)
    return sum(one.open if sought.opened else one.cases - one.open for one in theirs)


def _shares(found: Sequence[InTime], kinds: Mapping[str, str]) -> list[dict[str, Any]]:
    whole = InTime(
        "",
        sum(one.cases for one in found),
        sum(one.open for one in found),
        sum(one.due for one in found),
        sum(one.in_time for one in found),
    )
    return [
        {
            "kind": kinds.get(one.violation_key, OTHER_KIND) if one is not whole else "Tất cả",
            "cases": one.cases,
            "open": one.open,
            "due": one.due,
            "in_time": one.in_time,
            "share": shown_share(one.in_time, one.due),
            "whole": one is whole,
        }
        for one in ([*found, whole] if len(found) != 1 else found)
    ]
