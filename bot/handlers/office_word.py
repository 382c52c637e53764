"""A step taken on the office's pages reaches the same people as one taken in chat."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.desks.base import At, Notice
from bot.desks.case_deeds import office_hears
from bot.desks.case_tell import card, to_handlers, to_reporters
from bot.flows import case_words
from bot.flows.form import Moment, Who
from bot.handlers.receive import OUTBOX_BELL
from bot.handlers.tell import tell
from plans.calendar import local_time
from plans.handling import CaseStep
from storage import cases
from storage.cases import Case
from storage.engine import notify
from storage.ids import NewId
from storage.secrets import Seal

LEADS = {
    CaseStep.OPEN: "Phản ánh mới",
    CaseStep.ASSIGN: "Anh/chị được giao",
    CaseStep.REOPEN: "Lãnh đạo mở lại",
    CaseStep.SPLIT: "Việc tách riêng",
}
"""Steps after which somebody has a case that they did not have before, and how its card begins."""

HELD = "Nhiều người lạ gửi cùng lúc nên em giữ lại chờ anh/chị xem:"


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
        told += await self._officials(at, case, step, words)
        if await tell(tx, told, now=now, ids=self.ids):
            notify(tx, OUTBOX_BELL)

    async def _officials(self, at: At, case: Case, step: CaseStep, words: str) -> list[Notice]:
        """Who has something to do now: the office with a held case, else those who work on it."""
        if step is CaseStep.OPEN and case.held:
            return list(await office_hears(at, case, await card(at, case, HELD)))
        if step is CaseStep.NOTE and case.urgent and not words:
            return await to_handlers(at, case, await card(at, case, "Phản ánh"))
        if step is CaseStep.MERGE and case.merged_into is not None:
            into = await cases.case_by_id(at.tx, case.merged_into)
            said = case_words.doubled(case.code, into.code, case.words)
            return await to_handlers(at, into, case_words.news(into.code, said))
        if step not in LEADS:
            return []
        return await to_handlers(at, case, await card(at, case, LEADS[step]))
