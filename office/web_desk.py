"""The officials' screens of cases: triage, one case with its history, and the deeds."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from office import case_card, deeds
from office.case_card import Card, Desk
from office.case_names import STATES, shown_moment
from office.deeds import BY_KEY, Deed, Doing, Missing
from office.web_answers import Refusal, json_answer, not_found
from office.web_base import Happened, House, Kinds, Shell, kinds_of, wants_json
from office.web_door import Official
from plans.handling import CaseState, CaseStep
from plans.pack import UnitKind
from storage import cases, codes, public, reporters, roster, triage, units
from storage.cases import Case, UnknownCase
from storage.casework import StepRefused
from storage.units import Unit
from storage.visible import Field, Viewer

ON_ONE_SCREEN = 20

REASONS = (
    "Không thuộc địa bàn xã",
    "Không đủ thông tin để xác minh",
    "Đã được xử lý trước đó",
    "Không phải vi phạm",
    "Nội dung không nghiêm túc",
)
"""Offered on the triage screen, one digit each; the citizen reads the one chosen."""

VIEWS = {
    "cho": ("Chờ nhận", triage.NEW, False),
    "giu": ("Đang giữ lại", (*triage.NEW, *triage.AT_WORK), True),
    "dang": ("Đang xử lý", triage.AT_WORK, False),
    "xong": ("Chờ người dân xác nhận", (CaseState.RESOLVED,), False),
    "het": ("Đã đóng", (CaseState.CLOSED, CaseState.REJECTED, CaseState.PASSED_ON), False),
}
"""Lists of cases: their name, states, and whether they are held ones."""


class DeskPages:
    """Pages of cases for officials; `routes` are added to the server by `Office`."""

    def __init__(self, house: House, shell: Shell) -> None:
        self._house = house
        self._shell = shell

    def routes(self) -> list[web.RouteDef]:
        """Everything below asks who is there, and what they may do, anew."""
        one = "/van-phong/phan-anh/{code:[A-Za-z0-9-]{4,12}}"
        return [
            web.get("/van-phong/phan-anh", self._shell(self._triage)),
            web.get(one, self._shell(self._case)),
            web.post(one + "/niem-phong", self._shell(self._unseal)),
            web.post(one + "/{deed:[a-z-]{2,20}}", self._shell(self._do)),
        ]

    # --- lists -----------------------------------------------------------------------------------

    async def _triage(self, request: web.Request) -> web.StreamResponse:
        key = request.query.get("xem", "cho")
        title, states, held = VIEWS.get(key, VIEWS["cho"])
        async with self._house.store.read() as tx:
            official = await self._house.door.official(tx, request)
            found = await triage.before(
                tx, official.roots, states=states, held=held, limit=ON_ONE_SCREEN
            )
            shown = await self._cards(tx, official, found)
            waiting = sum((await triage.counts(tx, official.roots, states)).values())
            kept_back = await triage.count_held(tx, official.roots)
            bodies = await bodies_of(tx, official.communes)
        return self._house.pages.page(
            "triage.html",
            official=official,
            cards=shown,
            view=key if key in VIEWS else "cho",
            views={name: view[0] for name, view in VIEWS.items()},
            title=title,
            waiting=kept_back if held else waiting,
            kept_back=kept_back,
            bodies=bodies,
            reasons=REASONS,
            Field=Field,
        )

    async def _cards(
        self, tx: AsyncConnection, official: Official, found: Sequence[Case]
    ) -> list[Card]:
        """Cards commune by commune, in the order of the cases."""
        shown: dict[int, Card] = {}
        for commune_id in dict.fromkeys(case.commune_id for case in found):
            desk = await self._desk(tx, official, commune_id)
            theirs = [case for case in found if case.commune_id == commune_id]
            shown |= {card.case_id: card for card in await case_card.cards(tx, desk, theirs)}
        return [shown[case.id] for case in found if case.id in shown]

    async def _desk(self, tx: AsyncConnection, official: Official, commune_id: int) -> Desk:
        everyone = await units.of_commune(tx, commune_id)
        kinds: Kinds = await kinds_of(tx, commune_id)
        return Desk(official, self._house.clock(), kinds, {unit.id: unit for unit in everyone})

    # --- one case --------------------------------------------------------------------------------

    async def _case(self, request: web.Request) -> web.StreamResponse:
        async with self._house.store.read() as tx:
            official = await self._house.door.official(tx, request)
            case, card, _ = await self._seen(tx, official, request)
            steps = await case_card.timeline(tx, card)
            reporter = await case_card.reporter_name(tx, card)
            sealed = await reporters.is_sealed(tx, case.id)
            opened = []
            if Field.SEAL_OPENINGS in card.fields:
                opened = await self._openings(tx, case.id)
            words = await public.words_of(tx, case.id)
            bodies = await bodies_of(tx, (case.commune_id,))
            into = await _code_of(tx, case.merged_into)
            commune = await units.by_id(tx, case.commune_id)
        return self._house.pages.page(
            "case.html",
            official=official,
            card=card,
            steps=steps,
            reporter=reporter,
            sealed=sealed,
            openings=opened,
            public_words=words,
            bodies=bodies,
            reasons=REASONS,
            into=into,
            commune=commune,
            done=request.query.get("xong", "")[:1],
            options=self._house.options,
            Field=Field,
            Viewer=Viewer,
        )

    async def _openings(self, tx: AsyncConnection, case_id: int) -> list[tuple[str, str, str]]:
        found = await reporters.openings(tx, case_id)
        names = await roster.names_of(tx, [by for _, by, _ in found])
        return [(shown_moment(at), names.get(by, "?"), why) for at, by, why in found]

    async def _seen(
        self, tx: AsyncConnection, official: Official, request: web.Request
    ) -> tuple[Case, Card, Desk]:
        """The case that the address names. Raises Refusal 404 where it is not theirs to see."""
        try:
            case = await cases.case_by_code(tx, codes.normal(request.match_info["code"]))
        except UnknownCase:
            raise not_found() from None
        desk = await self._desk(tx, official, case.commune_id)
        card = await case_card.card(tx, desk, case)
        if card is None:
            raise not_found()
        return case, card, desk

    # --- deeds -----------------------------------------------------------------------------------

    async def _do(self, request: web.Request) -> web.StreamResponse:
        deed = BY_KEY.get(request.match_info["deed"])
        if deed is None:
            raise not_found()
        async with self._house.posting(request) as (tx, official, form):
            case, card, desk = await self._seen(tx, official, request)
            done = await self._done(tx, official, case, card, desk, deed, form)
        says = f"{done.code}: {STATES[done.state]}."
        if wants_json(request):
            return json_answer({"says": says, "state": done.state.value})
        raise web.HTTPSeeOther(f"/van-phong/phan-anh/{done.code}?xong=1")

    async def _done(
        self,
        tx: AsyncConnection,
        official: Official,
        case: Case,
        card: Card,
        desk: Desk,
        deed: Deed,
        form: dict[str, str],
    ) -> Case:
        """Do it in this transaction; Refusal 409 tells kindly that the case has moved on."""
        seen = _state(form.get("seen", ""))
        if deed not in card.deeds:
            unit_path, commune_path = desk.paths(case)
            rights = official.rights
            known = deeds.rightful(rights, unit_path=unit_path, commune_path=commune_path)
            raise _moved_on(case.code, case.state) if deed.key in known else Refusal(403, NOT_YOURS)
        doing = Doing(
            deed=deed,
            by_person_id=official.person_id,
            seen=seen,
            said=form,
            now=desk.now,
            ids=self._house.ids,
            category=desk.kinds.categories.get(case.violation_key, "other"),
        )
        try:
            done = await deeds.do(tx, case, doing)
        except StepRefused as refused:
            raise _moved_on(case.code, refused.state) from None
        except Missing as missing:
            raise Refusal(422, str(missing)) from None
        step = deed.step or (CaseStep.OPEN if deed.key == "cho-xu-ly" else CaseStep.NOTE)
        happened = Happened(done, step, official.person_id, form.get("words", "").strip())
        await self._house.tells(tx, happened, now=desk.now)
        return done

    async def _unseal(self, request: web.Request) -> web.StreamResponse:
        """Who reported it, for a reason that is kept and that the citizen may read."""
        async with self._house.posting(request) as (tx, official, form):
            case, card, desk = await self._seen(tx, official, request)
            why = form.get("words", "").strip()[: deeds.WORDS_LETTERS]
            if Field.SEALED_REPORTER not in card.fields:
                raise not_found()
            if not why:
                raise Refusal(422, "Anh/chị ghi lý do mở niêm phong giúp em; người dân có thể xem lý do này.")  # fmt: skip
            person_id = await reporters.open_seal(
                tx,
                case.id,
                by=official.person_id,
                why=why,
                sealing=self._house.seal,
                now=desk.now,
                ids=self._house.ids,
            )
            who = (await roster.names_of(tx, [person_id])).get(person_id) if person_id else None
        return self._house.pages.page(
            "unsealed.html", official=official, card=card, who=who, found=person_id is not None
        )


def _state(words: str) -> CaseState:
    try:
        return CaseState(words)
    except ValueError:
        raise Refusal(400, "Anh/chị tải lại trang rồi làm lại giúp em nhé.") from None


NOT_YOURS = "Việc này chưa thuộc quyền của anh/chị ạ."


def _moved_on(code: str, state: CaseState) -> Refusal:
    """Somebody was faster, or the button was tapped twice."""
    return Refusal(
        409, f"{code} đã có người làm trước đó, hiện {STATES[state]}. Em chưa ghi gì thêm ạ."
    )


async def bodies_of(tx: AsyncConnection, commune_ids: Sequence[int]) -> list[tuple[str, str]]:
    """The bodies that a case may be given to: (id, name), villages last."""
    found: list[Unit] = []
    for commune_id in commune_ids:
        found += await units.of_commune(tx, commune_id)
    found = [unit for unit in found if unit.kind not in (UnitKind.COMMUNE, UnitKind.OUTSIDE)]
    found.sort(key=lambda unit: (unit.kind in (UnitKind.VILLAGE, UnitKind.WARD), unit.name))
    return [(str(unit.id), unit.name) for unit in found]


async def _code_of(tx: AsyncConnection, case_id: int | None) -> str:
    return (await cases.case_by_id(tx, case_id)).code if case_id is not None else ""
