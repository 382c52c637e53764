"""A case as one official sees it on a page: every part asks `storage/visible.py` first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from office import deeds
from office.case_names import CITIZEN, OTHER_KIND, STATES, STEPS, shown_moment
from office.deeds import Deed
from office.web_base import Kinds
from office.web_door import Official
from plans.handling import CaseState
from storage import cases, likeness, looks, reporters, roster, triage, units
from storage.cases import Case, Step
from storage.triage import Shot
from storage.units import Unit
from storage.visible import Channel, Field, Viewer, fields_for, viewers


@dataclass(frozen=True)
class Line:
    """One entry of the timeline. `by` is a person's or unit's name, "" where it is not to be seen."""

    at: str
    step: str
    words: str
    by: str
    inner: bool


@dataclass(frozen=True)
class Like:
    """A case that may be the same matter. `metres` is "" where one of the two has no pin."""

    code: str
    words: str
    opened: str
    metres: str


@dataclass(frozen=True, kw_only=True)
class Card:
    """What may be shown of a case to one official on the web; what they may not see is empty."""

    case_id: int
    code: str
    kind: str
    state: str
    state_name: str
    urgent: bool
    held: bool
    confirmed: bool
    late: bool
    fields: frozenset[Field]
    viewers: frozenset[Viewer]
    opened: str = ""
    words: str = ""
    place: str = ""
    since: str = ""
    pin: tuple[float, float] | None = None
    village: str = ""
    unit: str = ""
    accept_by: str = ""
    resolve_by: str = ""
    rating: int | None = None
    shots: tuple[Shot, ...] = ()
    likes: tuple[Like, ...] = ()
    doubts: tuple[str, ...] = ()
    deeds: tuple[Deed, ...] = ()

    @property
    def may_release(self) -> bool:
        """Whether this official lets everybody see words and pictures of it: who works on it does."""
        return Viewer.WORKS_ON_IT in self.viewers and not self.held


@dataclass(frozen=True)
class Desk:
    """What cards are made with: who looks, when, the commune's kinds and units."""

    official: Official
    now: datetime
    kinds: Kinds
    units: Mapping[int, Unit]

    def paths(self, case: Case) -> tuple[str, str]:
        """The path of the unit that has the case, the commune's while nobody has it; and the commune's."""
        commune = self.units[case.commune_id]
        return self.units.get(case.handler_unit_id or case.commune_id, commune).path, commune.path

    def may_see(self, case: Case) -> frozenset[Viewer]:
        """What this official is to the case; held ones are for those who may let them pass."""
        unit_path, commune_path = self.paths(case)
        rights = self.official.rights
        if case.held and not rights.may_block_reporters(commune_path):
            return frozenset({Viewer.ANYONE})
        return viewers(rights, unit_path=unit_path, commune_path=commune_path)


async def cards(tx: AsyncConnection, desk: Desk, found: Sequence[Case]) -> list[Card]:
    """Cards of these cases, those that this official may see; with pictures, likenesses and doubts."""
    theirs = [case for case in found if Viewer.OFFICIAL in desk.may_see(case)]
    shots = await triage.shots_of(tx, [case.id for case in theirs])
    return [await _card(tx, desk, case, shots.get(case.id, [])) for case in theirs]


async def card(tx: AsyncConnection, desk: Desk, case: Case) -> Card | None:
    """One card, None when this official may not see the case."""
    found = await cards(tx, desk, [case])
    return found[0] if found else None


async def _card(tx: AsyncConnection, desk: Desk, case: Case, shots: Sequence[Shot]) -> Card:
    who = desk.may_see(case)
    fields = fields_for(Channel.WEB, who)
    unit = desk.units.get(case.handler_unit_id or 0)
    village = desk.units.get(case.unit_id or 0)
    unit_path, commune_path = desk.paths(case)
    allowed = deeds.may(case, desk.official.rights, unit_path=unit_path, commune_path=commune_path)
    doubted = Field.DOUBTS in fields
    return Card(
        case_id=case.id,
        code=case.code,
        kind=desk.kinds.names.get(case.violation_key, OTHER_KIND),
        state=case.state.value,
        state_name=STATES[case.state],
        urgent=case.urgent,
        held=case.held,
        confirmed=case.confirmed,
        late=_late(case, desk.now),
        fields=fields,
        viewers=who,
        opened=shown_moment(case.opened_at) if Field.MOMENT in fields else "",
        words=case.words if Field.WORDS in fields else "",
        place=case.place_words if Field.PLACE_WORDS in fields else "",
        since=case.since_words if Field.WORDS in fields else "",
        pin=_pin(case) if Field.PIN in fields else None,
        village=village.name if village else "",
        unit=unit.name if unit else "",
        accept_by=_by(case.accept_due_at) if Field.LIMITS in fields else "",
        resolve_by=_by(case.resolve_due_at) if Field.LIMITS in fields else "",
        rating=case.rating if Field.RATING in fields else None,
        shots=tuple(shots) if Field.PHOTOS in fields else (),
        likes=await _likes(tx, desk, case) if doubted else (),
        doubts=await _doubts(tx, case, shots) if doubted else (),
        deeds=allowed,
    )


def _late(case: Case, now: datetime) -> bool:
    """Whether the limit that runs now has passed."""
    waits = case.state in (CaseState.RECEIVED, CaseState.ASSIGNED, CaseState.REOPENED)
    works = case.state in (CaseState.ACCEPTED, CaseState.IN_PROGRESS)
    due_at = case.accept_due_at if waits else case.resolve_due_at if works else None
    return due_at is not None and due_at < now


def _pin(case: Case) -> tuple[float, float] | None:
    return None if case.lat is None or case.lon is None else (case.lat, case.lon)


def _by(at: datetime | None) -> str:
    return shown_moment(at) if at else ""


async def _likes(tx: AsyncConnection, desk: Desk, case: Case) -> tuple[Like, ...]:
    found = await likeness.alike_to(tx, case, categories=desk.kinds.categories)
    return tuple(
        Like(
            one.case.code,
            one.case.words[:160],
            shown_moment(one.case.opened_at),
            "" if one.metres is None else f"cách {one.metres:.0f} m",
        )
        for one in found
        if Viewer.OFFICIAL in desk.may_see(one.case)
    )


async def _doubts(tx: AsyncConnection, case: Case, shots: Sequence[Shot]) -> tuple[str, ...]:
    media_ids = [shot.media_id for shot in shots]
    if not media_ids:
        return ()
    seen = await looks.seen_elsewhere(tx, media_ids, but_case=case.id)
    codes = ", ".join(dict.fromkeys(one.code for one in seen if one.code))
    found = [f"Ảnh trông giống ảnh đã gửi ở {codes}"] if codes else []
    after = [shot.media_id for shot in shots if shot.role == "after"]
    if after and await looks.same_in_case(tx, case.id, after):
        found.append("Ảnh sau xử lý trông giống ảnh lúc phản ánh")
    return tuple(found)


async def timeline(tx: AsyncConnection, view: Card) -> list[Line]:
    """The steps of a case as this official may see them."""
    steps = await cases.timeline(tx, view.case_id)
    if Field.INNER_NOTES not in view.fields:
        steps = [step for step in steps if step.shown_to_reporter]
    shows_people = Field.HANDLING_PERSON in view.fields
    reporter_id = await reporters.reporter_of(tx, view.case_id)
    people = {step.by_person_id for step in steps if step.by_person_id} - {reporter_id}
    names = await roster.names_of(tx, people) if shows_people else {}
    bodies = await units.by_ids(tx, {step.by_unit_id for step in steps if step.by_unit_id})
    return [
        Line(
            shown_moment(step.at),
            STEPS[step.step],
            step.words if Field.STEP_WORDS in view.fields else "",
            _by_whom(step, reporter_id, names, bodies),
            not step.shown_to_reporter,
        )
        for step in steps
    ]


def _by_whom(
    step: Step, reporter_id: int | None, names: Mapping[int, str], bodies: Mapping[int, Unit]
) -> str:
    if step.by_person_id is not None and step.by_person_id == reporter_id:
        return CITIZEN
    name = names.get(step.by_person_id or 0, "")
    body = bodies.get(step.by_unit_id or 0)
    return ", ".join(part for part in (name, body.name if body else "") if part)


async def reporter_name(tx: AsyncConnection, view: Card) -> str:
    """Who reported it, where they gave their name and this official may see it; else "người dân"."""
    if Field.NAMED_REPORTER not in view.fields:
        return CITIZEN
    person_id = await reporters.reporter_of(tx, view.case_id)
    names = await roster.names_of(tx, [person_id] if person_id else [])
    return names.get(person_id or 0, CITIZEN)
