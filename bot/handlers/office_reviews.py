"""Reports on the office's page of reviews: read as their forms show them, and word of what was decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.desks import review_read
from bot.desks.base import At, Notice
from bot.desks.review_read import Lines
from bot.flows.form import Moment, Who
from bot.handlers.receive import OUTBOX_BELL
from bot.handlers.tell import tell
from plans.calendar import local_time
from storage.engine import notify
from storage.ids import NewId
from storage.report_versions import Report
from storage.secrets import Seal


@dataclass(frozen=True, kw_only=True)
class OfficeReviews:
    """What the page of reviews needs of the desks of reports and posts (`office/web_reviews.py`)."""

    ids: NewId
    seal: Seal

    async def read(
        self, tx: AsyncConnection, found: Sequence[Report], *, now: datetime
    ) -> list[tuple[str, Lines, Lines]]:
        """Of each its title, its answers, and the figures it counts with."""
        at = self._at(tx, now)
        return [await review_read.read(at, one) for one in found]

    async def returned(self, tx: AsyncConnection, one: Report, *, now: datetime) -> bool:
        """Tell whoever filed it why it came back, with a button that opens it at its confirm page.

        Returns whether they have a chat that it goes to; in quiet hours it goes when they are over.
        """
        at = self._at(tx, now)
        return await self._tell(at, await review_read.returned(at, one))

    async def accepted(self, tx: AsyncConnection, one: Report, *, now: datetime) -> None:
        """Tell whoever mended a report that it stands now."""
        at = self._at(tx, now)
        await self._tell(at, await review_read.accepted(at, one))

    async def _tell(self, at: At, notice: Notice) -> bool:
        told = await tell(at.tx, [notice], now=at.moment.at, ids=self.ids)
        if told:
            notify(at.tx, OUTBOX_BELL)
        return bool(told)

    def _at(self, tx: AsyncConnection, now: datetime) -> At:
        moment = Moment(now, local_time(now).date())
        return At(tx=tx, who=Who(person_id=0), moment=moment, ids=self.ids, seal=self.seal)
