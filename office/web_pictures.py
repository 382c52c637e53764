"""Pictures for officials, and how one is let out: parts covered on the shown copy, a new copy drawn.

Originals are never served. The shown copy stays as it is for those who handle the case.
"""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from office import case_card
from office.blurring import BadBoxes, boxes_of, covered
from office.case_card import Card, Desk
from office.web_answers import Refusal, not_found, picture
from office.web_base import House, Shell, kinds_of
from office.web_desk import NOT_YOURS
from office.web_door import Official
from storage import cases, public, triage, units
from storage.triage import Shot
from storage.visible import Field

PUBLIC_WORDS_LETTERS = 600


class PicturePages:
    """Pictures and releases; `routes` are added to the server by `Office`."""

    def __init__(self, house: House, shell: Shell) -> None:
        self._house = house
        self._shell = shell

    def routes(self) -> list[web.RouteDef]:
        """All of it checked against the case that a picture belongs to."""
        one = "/van-phong/anh/{evidence:[0-9]{1,19}}"
        return [
            web.get(one, self._shell(self._picture)),
            web.get(one + "/che", self._shell(self._cover)),
            web.post(one + "/che", self._shell(self._release)),
            web.post("/van-phong/loi-cong-khai/{case:[0-9]{1,19}}", self._shell(self._words)),
        ]

    async def _shot(
        self, tx: AsyncConnection, official: Official, request: web.Request
    ) -> tuple[Shot, Card]:
        """The picture that the address names. Raises Refusal 404 where it is not theirs to see."""
        shot = await triage.shot(tx, int(request.match_info["evidence"]))
        if shot is None or not shot.is_here:
            raise not_found()
        return shot, await self._card(tx, official, shot.case_id)

    async def _card(self, tx: AsyncConnection, official: Official, case_id: int) -> Card:
        try:
            case = await cases.case_by_id(tx, case_id)
        except cases.UnknownCase:
            raise not_found() from None
        everyone = await units.of_commune(tx, case.commune_id)
        kinds = await kinds_of(tx, case.commune_id)
        desk = Desk(official, self._house.clock(), kinds, {unit.id: unit for unit in everyone})
        card = await case_card.card(tx, desk, case)
        if card is None or Field.PHOTOS not in card.fields:
            raise not_found()
        return card

    async def _picture(self, request: web.Request) -> web.StreamResponse:
        async with self._house.store.read() as tx:
            official = await self._house.door.official(tx, request)
            shot, _ = await self._shot(tx, official, request)
        sizes: dict[str, Any] = {"nho": shot.thumb_sha256, "cong-khai": shot.public_sha256}
        sha256 = sizes.get(request.query.get("co", ""), shot.shown_sha256)
        if sha256 is None:
            raise not_found()
        return picture(await self._house.files.read(sha256), public=False)

    async def _cover(self, request: web.Request) -> web.StreamResponse:
        async with self._house.store.read() as tx:
            official = await self._house.door.official(tx, request)
            shot, card = await self._shot(tx, official, request)
        if not card.may_release:
            raise Refusal(403, NOT_YOURS)
        return self._house.pages.page("cover.html", official=official, shot=shot, card=card)

    async def _release(self, request: web.Request) -> web.StreamResponse:
        """Let a copy out with these parts covered, or take it back."""
        async with self._house.posting(request, writes=False) as (tx, official, form):
            shot, card = await self._shot(tx, official, request)
        if not card.may_release or shot.shown_sha256 is None:
            raise Refusal(403, NOT_YOURS)
        kept = None
        if form.get("lam") == "cong-khai":
            kept = await self._drawn(shot.shown_sha256, form.get("boxes", ""))
        async with self._house.store.begin() as tx:
            await public.release_photo(
                tx,
                shot.evidence_id,
                public_sha256=kept,
                by=official.person_id,
                now=self._house.clock(),
                ids=self._house.ids,
            )
        raise web.HTTPSeeOther(f"/van-phong/phan-anh/{card.code}?xong=1#cong-khai")

    async def _drawn(self, shown_sha256: str, words: str) -> str:
        """The hash of a new copy with these parts covered."""
        try:
            boxes = boxes_of(words)
        except BadBoxes:
            raise Refusal(
                400, "Em không đọc được các ô che. Anh/chị khoanh lại giúp em nhé."
            ) from None
        shown = await self._house.files.read(shown_sha256)
        drawn = await asyncio.to_thread(covered, shown, boxes)
        return (await self._house.files.keep(drawn)).sha256

    async def _words(self, request: web.Request) -> web.StreamResponse:
        """What everybody may read of a case, in an official's words."""
        async with self._house.posting(request) as (tx, official, form):
            card = await self._card(tx, official, int(request.match_info["case"]))
            if not card.may_release:
                raise Refusal(403, NOT_YOURS)
            await public.release_words(
                tx,
                card.case_id,
                form.get("words", "")[:PUBLIC_WORDS_LETTERS],
                by=official.person_id,
                now=self._house.clock(),
                ids=self._house.ids,
            )
        raise web.HTTPSeeOther(f"/van-phong/phan-anh/{card.code}?xong=1#cong-khai")
