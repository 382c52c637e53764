"""What every page of the office works with, and how its handlers are wrapped."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import msgspec
from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from office.web_answers import Pages, Refusal, headers
from office.web_door import Door, Official, Pace, form_of, visitor
from plans.handling import CaseStep
from storage import plans
from storage.cases import Case
from storage.engine import Store
from storage.ids import NewId
from storage.media import MediaStore
from storage.secrets import Seal

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What an installation may set. Each has a default that works.

    public_url: where people reach us ("https://soxanh.example"); decides Secure cookies and links.
    tiles: the map's tile URL, empty to draw on a plain grid and ask no other server.
    proxies: how many proxies of our own stand in front.
    open311_key: what programs must send to open cases; empty lets anybody, within the day's limits.
    contact: how people reach the office.
    free_window_h, paid_window_h: how long after their last word Zalo's Official Account carries
        messages to people for nothing, and for money.
    """

    public_url: str = ""
    tiles: str = ""
    tile_credit: str = ""
    proxies: int = 0
    open311_key: str = ""
    contact: str = "Văn phòng UBND xã, trong giờ hành chính"
    free_window_h: float = 47.5
    paid_window_h: float = 167.0


@dataclass(frozen=True)
class Happened:
    """A step that was taken here, for those who must hear of it. `case` is as it stands afterwards."""

    case: Case
    step: CaseStep
    by_person_id: int | None
    words: str = ""


class Tells(Protocol):
    """Writes word of a step into the outbox, in the transaction of the step; wired by `bot/app.py`."""

    async def __call__(self, tx: AsyncConnection, happened: Happened, *, now: datetime) -> None:
        """Tell reporters, handlers and leaders."""
        ...


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """One reminder of the coming week, as the page of deadlines shows it."""

    when: str
    person_id: int
    name: str
    about: tuple[str, ...]
    way: str
    price_vnd: int


WeekOf = Callable[[int], Awaitable[Sequence[Planned]]]
"""The reminders of the next seven days of a commune, by its id; wired by `bot/app.py`."""


async def no_week(commune_id: int) -> Sequence[Planned]:
    """For pages without a reminder behind them."""
    return ()


async def tells_nobody(tx: AsyncConnection, happened: Happened, *, now: datetime) -> None:
    """For tests of pages alone: nobody hears of it."""


@dataclass(frozen=True, kw_only=True)
class House:
    """The parts of the product that the pages use."""

    store: Store
    seal: Seal
    files: MediaStore
    clock: Callable[[], datetime]
    ids: NewId
    options: Options = field(default_factory=Options)
    tells: Tells = tells_nobody
    sounds_urgent: Callable[[str], bool] = lambda words: False
    week_of: WeekOf = no_week
    pages: Pages = field(default_factory=Pages)

    @asynccontextmanager
    async def posting(
        self, request: web.Request, *, writes: bool = True
    ) -> AsyncIterator[tuple[AsyncConnection, Official, dict[str, str]]]:
        """A form that an official sent from a page of ours: the transaction, who it is, and its fields.

        The form is read before the transaction begins: nobody waits for a slow telephone. Raises
        the Refusals of `form_of` and of `Door`.
        """
        self.door.insist_on_our_page(request)
        form = await form_of(request)
        async with self.store.begin() if writes else self.store.read() as tx:
            official = await self.door.official(tx, request)
            self.door.insist_on_form(official, form)
            yield tx, official, form

    @property
    def door(self) -> Door:
        """Signs with a key of its own."""
        return Door(
            self.seal.derive("office web"), public_url=self.options.public_url, now=self.clock
        )


class Shell:
    """Wraps handlers: the pace, refusals as pages (or JSON where a script asked), the headers."""

    def __init__(self, house: House) -> None:
        self._house = house
        options = house.options
        self._headers = headers(tiles=options.tiles, https=house.door.https)
        self._pace = Pace(burst=600, per_s=20.0, now=house.clock)

    def __call__(self, handler: Handler) -> Handler:
        """`handler`, safe to hang into a server."""

        async def answer(request: web.Request) -> web.StreamResponse:
            try:
                self._pace.keep(visitor(request, self._house.options.proxies))
                response = await handler(request)
            except Refusal as wrong:
                response = self._refused(request, wrong)
            except web.HTTPException:
                raise
            except Exception:
                log.exception("office: %s %s failed", request.method, request.path)
                response = self._refused(
                    request, Refusal(500, "Trang đang trục trặc. Anh/chị thử lại sau ít phút nhé.")
                )
            if not response.prepared:
                for name, value in self._headers.items():
                    response.headers.setdefault(name, value)
            return response

        return answer

    def _refused(self, request: web.Request, wrong: Refusal) -> web.Response:
        if wants_json(request):
            response = web.json_response({"says": wrong.says}, status=wrong.status)
        else:
            response = self._house.pages.page("sorry.html", wrong.status, says=wrong.says)
        if wrong.retry_after_s:
            response.headers["Retry-After"] = str(wrong.retry_after_s)
        return response


def wants_json(request: web.Request) -> bool:
    """Whether a script of ours asks, which shows the sentence itself."""
    return request.headers.get("Accept", "").startswith("application/json")


@dataclass(frozen=True)
class Kinds:
    """The kinds of breach that a commune's plans name: names and categories by key, in their order."""

    names: Mapping[str, str]
    categories: Mapping[str, str]


async def kinds_of(tx: AsyncConnection, commune_id: int) -> Kinds:
    """The kinds of a commune's plans."""
    found: Sequence[Any] = [
        one for plan in await plans.load_plans(tx, commune_id) for one in plan.pack.violations
    ]
    return Kinds(
        {one.key: one.name for one in found}, {one.key: str(one.category) for one in found}
    )
