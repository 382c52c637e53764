"""A step taken on the office's pages reaches the same people as one taken in chat."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.desks.base import At
from bot.desks.case_tell import card, to_handlers, to_reporters
from bot.flows.form import Moment, Who
from bot.handlers.receive import OUTBOX_BELL
from bot.handlers.tell import tell
from plans.calendar import local_time
from plans.handling import CaseStep
from storage.cases import Case
from storage.engine import notify
from storage.ids import NewId
from storage.secrets import Seal

TO_HANDLERS = frozenset({CaseStep.OPEN, CaseStep.ASSIGN, CaseStep.REOPEN, CaseStep.SPLIT})
"""Steps after which somebody has a case that they did not have before."""


@dataclass(frozen=True, kw_only=True)
class OfficeWord:
    """What telling needs."""

    ids: NewId
    seal: Seal

    async def __call__(
        self,
        tx: AsyncConnection,
        case: Case,
        step: CaseStep,
        by: int | None,
        words: str,
        now: datetime,
    ) -> None:
        """Tell reporters, and whoever has the case now, in the transaction of the step."""
        moment = Moment(now, local_time(now).date())
        at = At(tx=tx, who=Who(person_id=by or 0), moment=moment, ids=self.ids, seal=self.seal)
        told = await to_reporters(at, case, step, words)
        if step in TO_HANDLERS:
            told += await to_handlers(
                at, case, await card(at, case, f"Việc {case.code} chuyển đến anh/chị:")
            )
        if await tell(tx, told, now=now, ids=self.ids):
            notify(tx, OUTBOX_BELL)
