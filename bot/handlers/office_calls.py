"""Calls made on the office's page: read, drafted and sent by the same desk as those made in chat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import request_tables
from bot.desks import request as desk
from bot.desks.base import At, Sorry
from bot.flows.form import Form, Moment, Session, Who
from bot.flows.request import RequestBrief
from bot.flows.request_words import read_until, shown_fields, shown_until, whom_among
from bot.handlers.receive import OUTBOX_BELL, as_role
from bot.handlers.tell import tell
from plans.calendar import local_time
from storage import people, roster
from storage.engine import notify
from storage.ids import NewId
from storage.requests import Request, Returned
from storage.secrets import Seal


@dataclass(frozen=True, kw_only=True)
class OfficeCalls:
    """What the office's page needs of the desk of calls (`office/web_calls.py`)."""

    ids: NewId
    seal: Seal

    async def whom(self, tx: AsyncConnection, person_id: int, *, now: datetime) -> Sequence[str]:
        """The names of whom this official may ask, classes first. Raises ValueError with words for people."""
        brief = await self._brief(await self._at(tx, person_id, now))
        return [name.partition(" (")[0] for _, name in (*brief.groups, *brief.members)]

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
        """The form, the addressees and the time as they were read. Raises ValueError as `whom` does."""
        form = await self._form(await self._at(tx, person_id, now), what, whom, until)
        names = dict((*form.brief.groups, *form.brief.members))
        asked = ", ".join(names[key] for key in form.get("whom"))
        return shown_fields(form.get("what")), asked, shown_until(form.get("until"))

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
        """Make the call and tell the units; returns its id. Raises ValueError as `whom` does."""
        at = await self._at(tx, person_id, now)
        form = await self._form(at, what, whom, until)
        session = Session(
            id=0, person_id=person_id, room="", flow="request", brief=form.brief,
            answers=dict(form.answers),
        )  # fmt: skip
        done = await desk.submit(at, form, session)
        if isinstance(done, Sorry):
            raise ValueError(done.replies[0].words)
        if await tell(tx, done.notices, now=now, ids=self.ids):
            notify(tx, OUTBOX_BELL)
        return int(done.receipt.facts["request"])

    def table(self, request: Request, rows: Sequence[Returned]) -> list[tuple[str, str, str]]:
        """(unit, what it answered, green, red or grey) of every unit."""
        return [(r.left, r.right, r.light) for r in request_tables.picture_rows(request, rows)]

    def workbook(self, request: Request, rows: Sequence[Returned]) -> bytes:
        """The table as an .xlsx file."""
        return request_tables.workbook(request, rows)

    async def _at(self, tx: AsyncConnection, person_id: int, now: datetime) -> At:
        roles = (await people.memberships_of(tx, [person_id])).get(person_id, ())
        name = (await roster.names_of(tx, [person_id])).get(person_id, "")
        who = Who(person_id=person_id, name=name, roles=tuple(as_role(role) for role in roles))
        moment = Moment(now, local_time(now).date())
        return At(tx=tx, who=who, moment=moment, ids=self.ids, seal=self.seal)

    async def _brief(self, at: At) -> RequestBrief:
        brief = await desk.prepare(at, {})
        if isinstance(brief, Sorry):
            raise ValueError(brief.replies[0].words)
        return brief

    async def _form(self, at: At, what: str, whom: str, until: str) -> Form[RequestBrief]:
        brief = await self._brief(at)
        if not what.strip():
            raise ValueError("Anh/chị ghi cần các đơn vị báo gì giúp em ạ.")
        chosen = whom_among(whom, brief.groups, brief.members) if whom.strip() else []
        if not chosen:
            raise ValueError(f"Em chưa thấy “{whom.strip()[:60]}” trong danh sách đơn vị ạ.")
        due = read_until(until, at.moment.today)
        if due is None:
            raise ValueError("Em chưa đọc được hạn. Anh/chị ghi như “17h thứ Sáu” hay “20/7” ạ.")
        if due <= at.moment.at:
            raise ValueError("Hạn này đã qua rồi ạ. Anh/chị chọn giờ khác giúp em.")
        answers = {"what": what.strip(), "whom": chosen, "until": due.isoformat()}
        return Form(brief, answers, at.moment)
