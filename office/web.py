"""The office on the web: public pages of communes, Open311, and the officials' desk.

`bot/app.py` makes one `Office` and adds its `routes()` to the server; nothing else of these
rooms knows of the other.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from aiohttp import web

from office.calendar_feed import CalendarPages
from office.web_base import (
    Happened,
    House,
    Options,
    Shell,
    Tells,
    WeekOf,
    no_week,
    tells_nobody,
)
from office.web_calls import CallPages, Calls
from office.web_channels import ChannelPages
from office.web_deadlines import DeadlinePages
from office.web_desk import DeskPages
from office.web_open311 import Open311
from office.web_overview import OverviewPages
from office.web_pictures import PicturePages
from office.web_points import PointPages
from office.web_public import PublicPages
from office.web_reviews import ReviewPages, Reviews
from storage.engine import Store
from storage.ids import NewId
from storage.media import MediaStore
from storage.secrets import Seal

__all__ = ["Happened", "Office", "Options", "Tells"]

ENTRY = "/van-phong/vao/"
"""Where a one-time link (`storage/doors.py`) leads: public address + this + token."""


class Office:
    """The web side of the product.

    Args:
        seal: opens sealed reporters for those who may, and signs sessions and forms.
        tells: writes word of steps taken here into the outbox.
        week_of: the reminders that a commune's coming week would bring.
        sounds_urgent: whether a stranger's words sound urgent (`bot/reading`).
        calls: reads, drafts and sends calls on units; without it there are no pages of calls.
        reviews: reads reports and tells reporters; without it there is no page of reviews.
    """

    def __init__(
        self,
        store: Store,
        seal: Seal,
        files: MediaStore,
        clock: Callable[[], datetime],
        ids: NewId,
        options: Options,
        *,
        tells: Tells = tells_nobody,
        sounds_urgent: Callable[[str], bool] = lambda words: False,
        calls: Calls | None = None,
        reviews: Reviews | None = None,
        week_of: WeekOf = no_week,
    ) -> None:
        self._house = House(
            store=store,
            seal=seal,
            files=files,
            clock=clock,
            ids=ids,
            options=options,
            tells=tells,
            sounds_urgent=sounds_urgent,
            week_of=week_of,
        )
        self._shell = Shell(self._house)
        self._calls = calls
        self._reviews = reviews

    def routes(self) -> list[web.RouteDef]:
        """Everything under `/xa`, `/open311/v2`, `/van-phong` and `/static/office`."""
        house, shell = self._house, self._shell
        files = web.get("/static/office/{version}/{path:.+}", shell(self._file))
        rooms = (
            PublicPages,
            Open311,
            OverviewPages,
            DeskPages,
            PicturePages,
            PointPages,
            ChannelPages,
            CalendarPages,
            DeadlinePages,
        )
        calls = CallPages(house, shell, self._calls).routes() if self._calls else []
        reviews = ReviewPages(house, shell, self._reviews).routes() if self._reviews else []
        wired = [*calls, *reviews]
        return [files, *wired, *(route for room in rooms for route in room(house, shell).routes())]

    async def _file(self, request: web.Request) -> web.StreamResponse:
        return self._house.pages.file(request)
