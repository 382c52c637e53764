"""Reports on the web: read whole with their pictures and doubts, accepted, or sent back with a reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from office.case_names import shown_day, shown_moment
from office.web_answers import Refusal, not_found, picture
from office.web_base import House, Shell
from office.web_door import Official
from plans.calendar import local_time
from storage import looks, obligations, report_versions, review_lists, reviews, roster, units
from storage.report_versions import ACCEPTED, FILED, RETURNED, Report, WrongState
from storage.review_lists import ReportShot

PAGE = "/van-phong/duyet"
A_PAGE = 20
WHY_LETTERS = 500
MOST_SEEN = 20
"""Earlier versions of the same report are among them, and left out."""

VIEWS = {"cho": ("Chờ duyệt", (FILED, RETURNED)), "da-duyet": ("Đã duyệt", (ACCEPTED,))}
STATES = {
    FILED: "chờ duyệt",
    RETURNED: "đã trả lại, chờ đơn vị sửa",
    ACCEPTED: "đã duyệt",
    report_versions.WITHDRAWN: "đã rút",
}
NO_REASON = "Anh/chị ghi giúp em cần sửa chỗ nào, đơn vị sẽ đọc được ạ."
LOCKED = (
    "Sổ của kỳ này đã khóa nên đơn vị không sửa được. Anh/chị mở sổ ở trang Hạn báo cáo trước đã ạ."
)

Lines = Sequence[tuple[str, str]]


class Reviews(Protocol):
    """Reads reports as their forms show them, and tells reporters; wired by `bot/app.py`."""

    async def read(
        self, tx: AsyncConnection, found: Sequence[Report], *, now: datetime
    ) -> Sequence[tuple[str, Lines, Lines]]:
        """Of each its title, its answers, and the figures it counts with."""
        ...

    async def returned(self, tx: AsyncConnection, one: Report, *, now: datetime) -> bool:
        """Tell whoever filed it why it came back, in this transaction; whether a chat of theirs is open."""
        ...

    async def accepted(self, tx: AsyncConnection, one: Report, *, now: datetime) -> None:
        """Tell whoever mended it that it stands now, in this transaction."""
        ...


@dataclass(frozen=True, kw_only=True)
class ReviewCard:
    """One report before a reviewer. `why`: the last reason it was sent back with, "" for none."""

    code: str
    version: int
    title: str
    unit: str
    state: str
    filed: str
    lines: Lines
    counted: Lines
    shots: Sequence[ReportShot]
    doubts: Sequence[str]
    why: str
    may_return: bool
    may_accept: bool


class ReviewPages:
    """The page of reviews; `routes` are added to the server by `Office` where reviews are wired."""

    def __init__(self, house: House, shell: Shell, reviews: Reviews) -> None:
        self._house = house
        self._shell = shell
        self._reviews = reviews

    def routes(self) -> list[web.RouteDef]:
        """For whoever may review the unit that filed; to everybody else there is nothing here."""
        return [
            web.get(PAGE, self._shell(self._list)),
            web.get(PAGE + "/anh/{evidence:[0-9]{1,19}}", self._shell(self._picture)),
            web.post(PAGE + "/{code:[A-Z0-9-]{1,20}}", self._shell(self._decide)),
        ]

    # --- looking ---------------------------------------------------------------------------------

    async def _list(self, request: web.Request) -> web.StreamResponse:
        view = request.query.get("xem", "")
        view = view if view in VIEWS else "cho"
        page = min(_number(request.query.get("trang", "")) or 1, 1000)
        async with self._house.store.read() as tx:
            official = await self._house.door.official(tx, request)
            roots = [root for root in official.roots if official.rights.may_review(root)]
            found = await review_lists.below(
                tx, roots, states=VIEWS[view][1], limit=A_PAGE + 1, offset=(page - 1) * A_PAGE
            )
            cards = await self._cards(tx, found[:A_PAGE])
        return self._house.pages.page(
            "reviews.html",
            official=official,
            cards=cards,
            view=view,
            views={key: name for key, (name, _) in VIEWS.items()},
            page=page,
            more=len(found) > A_PAGE,
            reviews=bool(roots),
            letters=WHY_LETTERS,
            done=request.query.get("xong", "")[:20],
            code=request.query.get("ma", "")[:20],
        )

    async def _cards(self, tx: AsyncConnection, found: Sequence[Report]) -> list[ReviewCard]:
        read = await self._reviews.read(tx, found, now=self._house.clock())
        names = await roster.names_of(tx, {one.filed_by for one in found})
        bodies = await units.by_ids(tx, {one.unit_id for one in found})
        shots = await review_lists.shots_of(tx, [one.id for one in found])
        reasons = await review_lists.reasons(tx, {one.code for one in found})
        cards = []
        for one, (title, lines, counted) in zip(found, read, strict=True):
            by = names.get(one.filed_by, "")
            mine = shots.get(one.id, [])
            cards.append(
                ReviewCard(
                    code=one.code,
                    version=one.version,
                    title=title,
                    unit=bodies[one.unit_id].name,
                    state=STATES[one.state],
                    filed=", ".join(part for part in (by, shown_moment(one.filed_at)) if part),
                    lines=lines,
                    counted=counted,
                    shots=mine,
                    doubts=await _doubts(tx, one, mine),
                    why=reasons.get(one.code, ""),
                    may_return=one.state in (FILED, ACCEPTED),
                    may_accept=one.state in (FILED, RETURNED),
                )
            )
        return cards

    async def _picture(self, request: web.Request) -> web.StreamResponse:
        async with self._house.store.read() as tx:
            official = await self._house.door.official(tx, request)
            found = await review_lists.shot(tx, int(request.match_info["evidence"]))
            if found is None:
                raise not_found()
            shot, unit_id = found
            unit = await units.by_id(tx, unit_id)
        if not official.rights.may_review(unit.path):
            raise not_found()
        small = request.query.get("co", "") == "nho"
        sha256 = shot.thumb_sha256 if small else shot.shown_sha256
        if sha256 is None:
            raise not_found()
        return picture(await self._house.files.read(sha256), public=False)

    # --- deciding --------------------------------------------------------------------------------

    async def _decide(self, request: web.Request) -> web.StreamResponse:
        async with self._house.posting(request) as (tx, official, form):
            code = request.match_info["code"]
            await self._theirs(tx, official, code)
            try:
                done = await self._do(tx, official, code, form)
            except WrongState as stands:
                raise _moved_on(code, stands.state) from None
        view = form.get("xem", "")
        view = view if view in VIEWS else "cho"
        raise web.HTTPSeeOther(f"{PAGE}?xem={view}&xong={done}&ma={code}")

    async def _theirs(self, tx: AsyncConnection, official: Official, code: str) -> None:
        """Raises Refusal 404 where there is no such report, or it is not theirs to review."""
        try:
            one = await report_versions.by_code(tx, code)
        except KeyError:
            raise not_found() from None
        unit = await units.by_id(tx, one.unit_id)
        if one.form not in review_lists.REVIEWED or not official.rights.may_review(unit.path):
            raise not_found()

    async def _do(
        self, tx: AsyncConnection, official: Official, code: str, form: Mapping[str, str]
    ) -> str:
        """One decision, over the very version that was on the page. Returns what to say of it."""
        now, by, deed = self._house.clock(), official.person_id, form.get("deed", "")
        if deed == "duyet":
            mended = bool(await review_lists.reasons(tx, [code]))
            one = await reviews.accept(tx, code, by=by, now=now)
            _insist_on_version(one, form)
            if mended:
                await self._reviews.accepted(tx, one, now=now)
            return deed
        if deed != "tra-lai":
            raise not_found()
        why = " ".join(form.get("why", "").split())[:WHY_LETTERS]
        if not why:
            raise Refusal(400, NO_REASON)
        one = await reviews.send_back(tx, code, by=by, words=why, now=now)
        _insist_on_version(one, form)
        if one.obligation_id is not None:
            owed = await obligations.by_id(tx, one.obligation_id)
            if owed.locked_at is not None:
                raise Refusal(409, LOCKED)
        return deed if await self._reviews.returned(tx, one, now=now) else "chua-nhan"


def _insist_on_version(one: Report, form: Mapping[str, str]) -> None:
    """Nobody accepts what they have not read: asked once the unit is held, so that none comes in between."""
    if str(one.version) != form.get("version", ""):
        day = shown_day(local_time(one.filed_at).date())
        raise Refusal(
            409,
            f"{one.code} vừa được đơn vị sửa ({day}). Em chưa ghi gì, anh/chị xem bản mới giúp em ạ.",
        )


def _moved_on(code: str, state: str) -> Refusal:
    """Somebody was faster, or the button was tapped twice."""
    return Refusal(
        409, f"{code} đã có người làm trước đó, hiện {STATES[state]}. Em chưa ghi gì thêm ạ."
    )


async def _doubts(tx: AsyncConnection, one: Report, shots: Sequence[ReportShot]) -> list[str]:
    """Where pictures like these were shown besides this report: something to look at, never a verdict."""
    numbers = {shot.media_id: at for at, shot in enumerate(shots, start=1)}
    if not numbers:
        return []
    seen = await looks.seen_elsewhere(tx, list(numbers), but_report=one.id, limit=MOST_SEEN)
    found: dict[int, list[str]] = {}
    for each in seen:
        if each.code and each.code != one.code:
            found.setdefault(numbers[each.media_id], []).append(each.code)
    return [
        f"ảnh {number} trông giống ảnh đã gửi ở {', '.join(dict.fromkeys(codes))}"
        for number, codes in sorted(found.items())
    ]


def _number(words: str) -> int:
    return int(words) if words.isascii() and words.isdigit() and len(words) < 6 else 0
