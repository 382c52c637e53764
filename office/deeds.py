"""What an official can do with a case at the desk: which deeds their rights and its state allow, and how
each is done. Nothing here knows of pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncConnection

from plans.calendar import Calendar
from plans.handling import OVER, CaseState, CaseStep, after
from storage import abuse, audits, case_limits, cases, casework, codes, units
from storage.access import Rights
from storage.cases import Case, UnknownCase
from storage.casework import Taken
from storage.ids import NewId

Asks = Literal["", "unit", "why", "words", "case"]
WORDS_LETTERS = 1000


@dataclass(frozen=True)
class Deed:
    """One deed. `digit` does it on the triage screen; `asks` is what must be said with it."""

    key: str
    label: str
    step: CaseStep | None = None
    asks: Asks = ""
    digit: str = ""


DEEDS = (
    Deed("cho-xu-ly", "Cho xử lý", digit="1"),
    Deed("nhan", "Nhận", CaseStep.ACCEPT, digit="1"),
    Deed("chuyen", "Chuyển", CaseStep.ASSIGN, "unit", "2"),
    Deed("tu-choi", "Từ chối", CaseStep.REJECT, "why", "3"),
    Deed("gop", "Gộp", CaseStep.MERGE, "case", "4"),
    Deed("xac-minh", "Xác minh đúng", CaseStep.CONFIRM, digit="5"),
    Deed("khan", "Báo khẩn", digit="6"),
    Deed("khong-khan", "Không khẩn", digit="6"),
    Deed("bat-dau", "Bắt đầu xử lý", CaseStep.START),
    Deed("hoi-them", "Hỏi thêm", CaseStep.ASK, "words"),
    Deed("xong", "Đã xử lý xong (không có ảnh)", CaseStep.RESOLVE, "words"),
    Deed("chuyen-noi-khac", "Chuyển cơ quan khác", CaseStep.PASS_ON, "words"),
    Deed("bo-xac-minh", "Bỏ xác minh", CaseStep.UNCONFIRM),
    Deed("tach", "Tách ra", CaseStep.SPLIT),
    Deed("mo-lai", "Mở lại", CaseStep.REOPEN, "words"),
    Deed("ghi-chu", "Ghi chú nội bộ", CaseStep.NOTE, "words"),
)
BY_KEY = {deed.key: deed for deed in DEEDS}

_HELD = frozenset({"cho-xu-ly", "tu-choi"})
"""All that is done with a case that nobody may hear of yet."""


class Missing(Exception):
    """Something must be said with this deed and was not; the text is the sentence."""


def may(case: Case, rights: Rights, *, unit_path: str, commune_path: str) -> tuple[Deed, ...]:
    """The deeds that this person's rights and the case's state both allow, in the order of `DEEDS`.

    Args:
        unit_path: of the unit that has the case, the commune's while nobody has it.
    """
    allowed = rightful(rights, unit_path=unit_path, commune_path=commune_path)
    if case.held:
        looks = rights.may_block_reporters(commune_path)
        allowed = (allowed & _HELD) if looks else frozenset()
    else:
        allowed -= {"cho-xu-ly"}
    return tuple(deed for deed in DEEDS if deed.key in allowed and _fits(case, deed))


def rightful(rights: Rights, *, unit_path: str, commune_path: str) -> frozenset[str]:
    """Keys of the deeds that this person's rights allow, whatever the case's state."""
    allowed: set[str] = set()
    if rights.may_handle_cases(unit_path):
        allowed |= {"nhan", "tu-choi", "gop", "xac-minh", "bo-xac-minh", "khan", "khong-khan"}
        allowed |= {"bat-dau", "hoi-them", "tach", "ghi-chu"}
    if rights.may_route_cases(unit_path):
        allowed |= {"chuyen", "chuyen-noi-khac"}
    if rights.may_decide_cases(unit_path):
        allowed |= {"mo-lai", "xong"}  # proof by words alone needs a leader
    if rights.may_block_reporters(commune_path):
        allowed |= _HELD
    return frozenset(allowed)


def _fits(case: Case, deed: Deed) -> bool:
    if deed.key in ("khan", "khong-khan"):
        return case.state not in OVER and case.urgent == (deed.key == "khong-khan")
    if deed.step is CaseStep.CONFIRM and case.confirmed:
        return False
    if deed.step is CaseStep.UNCONFIRM and not case.confirmed:
        return False
    return deed.step is None or after(case.state, deed.step) is not None


@dataclass(frozen=True, kw_only=True)
class Doing:
    """A deed as somebody does it: who, when, which state they had before their eyes, what they said."""

    deed: Deed
    by_person_id: int
    seen: CaseState
    said: Mapping[str, str]
    now: datetime
    ids: NewId
    category: str = "other"

    def words(self) -> str:
        """What was said with it. Raises Missing where something must be."""
        found = self.said.get("words", "").strip()[:WORDS_LETTERS]
        if not found and self.deed.asks in ("why", "words"):
            raise Missing("Anh/chị ghi giúp em một câu để người dân và lãnh đạo cùng rõ nhé.")
        return found


async def do(tx: AsyncConnection, case: Case, doing: Doing) -> Case:
    """Do it; the caller checked the right. Returns the case as it stands afterwards.

    Raises:
        StepRefused: the case has moved on since it was seen.
        Missing: something was not said, or the unit or case named is not there.
    """
    deed, now, ids = doing.deed, doing.now, doing.ids
    if deed.step is None:
        return await _without_step(tx, case, doing)
    taken = Taken(
        step=deed.step,
        by_person_id=doing.by_person_id,
        words=doing.words(),
        seen=doing.seen,
        shown_to_reporter=deed.step is not CaseStep.NOTE,
    )
    match deed.step:
        case CaseStep.ASSIGN:
            unit_id = await _unit(tx, case, doing)
            done = await casework.assign(
                tx, case.id, unit_id=unit_id, taken=taken, now=now, ids=ids
            )
        case CaseStep.MERGE:
            into = await _other(tx, case, doing)
            done = await casework.merge(tx, case.id, into=into, taken=taken, now=now, ids=ids)
        case CaseStep.CONFIRM:
            done = await casework.confirm(tx, case.id, taken=taken, now=now, ids=ids)
        case CaseStep.UNCONFIRM:
            done = await casework.unconfirm(tx, case.id, taken=taken, now=now, ids=ids)
        case _:
            done = await casework.step(tx, case.id, taken, now=now, ids=ids)
    return await _with_limits(tx, done, doing)


async def _with_limits(tx: AsyncConnection, case: Case, doing: Doing) -> Case:
    """A case that was given on or opened again gets its limits anew, from now."""
    if doing.deed.step not in (CaseStep.ASSIGN, CaseStep.REOPEN, CaseStep.SPLIT):
        return case
    return await case_limits.reckon(
        tx, case, category=doing.category, calendar=Calendar(), start=doing.now
    )


async def _without_step(tx: AsyncConnection, case: Case, doing: Doing) -> Case:
    """Letting a held case pass, calling it urgent or not: the state stays, the trace is an audit's."""
    if doing.deed.key == "cho-xu-ly":
        changed = await abuse.release(tx, case.id)
    else:
        changed = await case_limits.set_urgent(tx, case.id, urgent=doing.deed.key == "khan")
    done = await cases.case_by_id(tx, case.id)
    if not changed:
        raise casework.StepRefused(case.code, done.state, CaseStep.NOTE)
    subject = f"case:{case.id}"
    await audits.record(
        tx, f"case.{doing.deed.key}", subject, by=doing.by_person_id, now=doing.now, ids=doing.ids
    )
    starts = await case_limits.starts_of(tx, [case.id])
    return await case_limits.reckon(
        tx,
        done,
        category=doing.category,
        calendar=Calendar(),
        start=starts.get(case.id, doing.now),
    )


async def _unit(tx: AsyncConnection, case: Case, doing: Doing) -> int:
    words = doing.said.get("unit", "")
    wanted = int(words) if words.isascii() and words.isdigit() and len(words) < 20 else 0
    found = (await units.by_ids(tx, [wanted])).get(wanted)
    if found is None or found.commune_id != case.commune_id:
        raise Missing("Anh/chị chọn đơn vị nhận giúp em nhé.")
    return found.id


async def _other(tx: AsyncConnection, case: Case, doing: Doing) -> int:
    """The case that this one lives on in; raises Missing for none, itself, or one of another commune."""
    code = codes.normal(doing.said.get("case", ""))
    try:
        found = await cases.case_by_code(tx, code)
    except UnknownCase:
        found = case
    if found.id == case.id or found.commune_id != case.commune_id or found.held:
        raise Missing("Anh/chị ghi mã của phản ánh cùng việc giúp em, ví dụ PA-7F3K.")
    return found.id
