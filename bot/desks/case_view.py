"""A case as one person stands to it: their own or not, what they may do, what the plan calls its kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.desks.base import At
from bot.desks.roles import rights_of
from bot.events import Reply
from bot.flows.case import unknown
from storage import abuse, case_people, cases, codes, people, plans, reporters, roster, units
from storage.access import Rights
from storage.cases import Case, UnknownCase
from storage.units import Unit


@dataclass(frozen=True, kw_only=True)
class View:
    """One case before one person.

    `own`: they reported it, `sealed`: without being named. `may` holds the deeds that their roles
    allow, whatever the case's state. `official`: they may see it by office. `root` is the case
    that it lives on in, itself unless it was merged; only its state and steps are for the citizen.
    """

    case: Case
    root: Case
    own: bool
    sealed: bool
    official: bool
    may: frozenset[str]
    sees_reporter: bool
    unit: Unit
    kinds: Mapping[str, str]
    categories: Mapping[str, str]

    @property
    def kind(self) -> str:
        """What the plan calls this case's kind."""
        return self.kinds.get(self.case.violation_key, OTHER)

    @property
    def category(self) -> str:
        """The category of its kind, which proposes the days to resolve."""
        return self.categories.get(self.case.violation_key, "other")

    @property
    def handler(self) -> str:
        """The unit that has it, as people know it; "" while it is nobody's."""
        return self.unit.name if self.case.handler_unit_id else ""


OTHER = "Việc khác"


async def view_of(at: At, words: str) -> View | None:
    """The case of a code, for whoever may see it; None where there is none or it is not theirs to see."""
    code = codes.normal(words)
    try:
        case = await cases.case_by_code(at.tx, code)
    except UnknownCase:
        return None
    seen = await view(at, case)
    return seen if seen.own or seen.official else None


async def not_shown(at: At, words: str) -> tuple[Reply, ...]:
    """What is said where `view_of` found nothing: to a unit that had the case before, where it went.

    To everybody else the same words whether there is no such case or it is not theirs to see.
    """
    code = codes.normal(words)
    try:
        case = await cases.case_by_code(at.tx, code)
    except UnknownCase:
        return tuple(unknown(code))
    steps = await cases.timeline(at.tx, case.id)
    had = await units.by_ids(at.tx, {step.by_unit_id for step in steps if step.by_unit_id})
    rights = rights_of(at.who)
    if case.held or not any(rights.may_see_cases(unit.path) for unit in had.values()):
        return tuple(unknown(code))
    now = await units.by_id(at.tx, case.handler_unit_id or case.commune_id)
    return (Reply(words=f"Việc {code} đã chuyển cho {now.name} xử lý ạ."),)


async def view(at: At, case: Case) -> View:
    """How this person stands to the case."""
    own = await reporters.is_reporter(at.tx, case.id, at.who.person_id, sealing=at.seal)
    sealed = await reporters.is_sealed(at.tx, case.id)
    if own and sealed:
        at.ahead.sealed.add(at.who.person_id)
    unit = await units.by_id(at.tx, case.handler_unit_id or case.commune_id)
    commune = await units.by_id(at.tx, case.commune_id)
    rights = rights_of(at.who)
    decides = rights.may_block_reporters(commune.path)
    official = decides if case.held else rights.may_see_cases(unit.path)
    blocked = decides and await abuse.block_over(at.tx, case.id) is not None
    kinds, categories = await kinds_of(at, case.commune_id)
    return View(
        case=case,
        root=case if case.merged_into is None else await _root(at, case),
        own=own,
        sealed=sealed,
        official=official,
        may=frozenset(_may(rights, case, unit.path, commune.path, sealed=sealed, blocked=blocked)),
        sees_reporter=official and rights.may_see_reporter(unit.path),
        unit=unit,
        kinds=kinds,
        categories=categories,
    )


async def _root(at: At, case: Case) -> Case:
    return await cases.case_by_id(at.tx, await case_people.root_of(at.tx, case))


def _may(
    rights: Rights, case: Case, unit_path: str, commune_path: str, *, sealed: bool, blocked: bool
) -> set[str]:
    may: set[str] = set()
    if rights.may_handle_cases(unit_path):
        may |= {"take", "start", "ask", "done", "refuse", "merge", "split"}
        may.add("unconfirm" if case.confirmed else "confirm")
        may.add("calm" if case.urgent else "urgent")
    if rights.may_route_cases(unit_path):
        may.add("give")
    if rights.may_decide_cases(unit_path):
        may.add("reopen")
    if sealed and rights.may_open_seal(commune_path):
        may.add("unseal")
    if not rights.may_block_reporters(commune_path):
        return set() if case.held else may
    may.add("lift" if blocked else "block")
    return (
        {"release", "refuse", "block", "unseal"} & (may | {"release", "refuse"})
        if case.held
        else may
    )


async def kinds_of(at: At, commune_id: int) -> tuple[dict[str, str], dict[str, str]]:
    """Names and categories of each kind of breach in this commune's plans."""
    found = await plans.load_plans(at.tx, commune_id)
    kinds = [one for plan in found for one in plan.pack.violations]
    return {one.key: one.name for one in kinds}, {one.key: one.category for one in kinds}


async def name_of(at: At, person_id: int) -> str:
    """What a person is called: by their own word, else as their channel has it; "" when nobody knows."""
    named = await roster.names_of(at.tx, [person_id])
    if person_id in named:
        return named[person_id]
    accounts = (await people.accounts_of(at.tx, [person_id])).get(person_id, ())
    return next((account.name for account in accounts if account.name), "")
