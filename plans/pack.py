"""The schema of a plan pack: one signed plan of a commune, as data.

A pack says what the plan says and nothing else. Every entry carries `source`,
the line (or lines) of the seed text it stands on. What the plan leaves open is
`null`; what *we* had to assign so that a figure can be asked for at all is
marked `stated: false` and shown to the office as a proposal, never as the
plan's word (docs/decisions/0003-plans-are-data.md).
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
"""A name for code: lower-case ASCII words joined by hyphens, unique among its kind in one pack."""

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
"""Vietnamese text that people read, with full diacritics."""

_A_LEAP_YEAR = "2024"


def _in_the_calendar(text: str) -> str:
    """Refuse 31 February and month 13, whose pattern is right."""
    try:
        date.fromisoformat(f"{text}-01-01"[:10])
    except ValueError:
        raise PydanticCustomError("no_such_day", "no such day") from None
    return text


def _each_year(text: str) -> str:
    _in_the_calendar(f"{_A_LEAP_YEAR}-{text}")
    return text


PartialDate = Annotated[
    str,
    StringConstraints(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$"),
    AfterValidator(_in_the_calendar),
]
"""A date as far as the plan states it: `2026`, `2026-04` or `2026-03-05`."""

READING_MEASURES = frozenset(
    {
        "participants",
        "households",
        "trees",
        "waste_kg",
        "road_km",
        "area_ha",
        "bags",
        "points",
        "sessions",
        "vehicles",
        "money_vnd",
        "percent",
        "violations_count",
        "models",
        "other",
    }
)
"""What `bot/reading` finds in free text; `Ask.reading` and `Campaign.measures` use these names only."""

DayOfYear = Annotated[str, StringConstraints(pattern=r"^\d{2}-\d{2}$"), AfterValidator(_each_year)]
"""Month and day that come back each year: `12-20` is 20 December."""


class Entry(BaseModel):
    """Anything a pack states. Unknown fields are refused, so that a slip of the key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(Entry):
    """Where in the seed text an entry stands; `line` counts from 1. A repeated fact lists all its lines."""

    line: int | tuple[int, ...]

    @property
    def lines(self) -> tuple[int, ...]:
        """All the lines, in the order given."""
        return (self.line,) if isinstance(self.line, int) else self.line


class Stated(Entry):
    """An entry with a place in the plan."""

    source: Source


class Note(Stated):
    """A slip, gap or contradiction of the plan, in words for the office."""

    text: Words


class ParentDocument(Stated):
    """A document the plan carries out: a resolution, a programme, a higher plan."""

    kind: Words
    number: str | None = None
    date: PartialDate | None = None
    issuer: Words | None = None
    about: Words | None = None


class Commune(Entry):
    """The body whose territory the plan covers, the root of the tree of units.

    `level` is `xã` or `phường` since 1 July 2025; `thị xã` is of the three-level time before.
    """

    key: Key
    name: Words
    level: Literal["xã", "phường", "thị xã"]
    province: Words | None


class Document(Stated):
    """The plan as a document. `number` and `date` are as far as the plan states them.

    `line_count` is the length of the seed text in lines; with it, a source beyond the end is found.
    """

    key: Key
    kind: Words
    number: str | None
    date: PartialDate | None
    issuer: Words
    title: Words
    commune: Commune
    parents: tuple[ParentDocument, ...]
    first_year: int | None = Field(ge=2000, le=2100)
    last_year: int | None = Field(ge=2000, le=2100)
    vision_year: int | None = Field(default=None, ge=2000, le=2100)
    line_count: int | None = Field(default=None, ge=1)


class UnitKind(StrEnum):
    """What sort of body a unit is. Routing and rights go by unit, not by kind; questions and lists use it."""

    COMMUNE = "commune"
    PARTY = "party"  # Đảng ủy, Ban Thường vụ, ban của Đảng, chi bộ, đảng bộ
    COUNCIL = "council"  # HĐND
    COMMITTEE = "committee"  # UBND
    OFFICE = "office"  # văn phòng
    DEPARTMENT = "department"  # phòng, ban chuyên môn
    SERVICE = "service"  # trung tâm, đơn vị sự nghiệp
    FRONT = "front"  # MTTQ
    ASSOCIATION = "association"  # hội, đoàn thể
    POLICE = "police"
    HEALTH = "health"
    SCHOOL = "school"
    VILLAGE = "village"  # thôn, tổ dân phố
    WARD = "ward"  # xã, phường dưới thị xã
    ENTERPRISE = "enterprise"
    COOPERATIVE = "cooperative"
    OUTSIDE = "outside"  # cấp trên, cơ quan ngoài xã


class Unit(Stated):
    """A body that the plan gives a role to.

    `many` marks a class of bodies ("các thôn", "trường học"): the office's sheet of units
    names the single ones, and each takes on what the plan asks of the class.
    """

    key: Key
    name: Words
    kind: UnitKind
    many: bool = False
    parent: Key | None = None
    aliases: tuple[Words, ...] = ()
    role: Words | None = None


class Measure(StrEnum):
    """How answers become one figure (`plans/measures.py`)."""

    RATIO = "ratio"  # sum of numerators over sum of denominators, in percent
    SUM = "sum"  # adds up over units and over periods: trees planted
    LATEST = "latest"  # a standing quantity: adds up over units, the newest counts: hectares kept
    COUNT = "count"  # how many units or things are done, adds up over periods
    YES_NO = "yes_no"  # done or not; over a subtree the share that is done
    CASES = "cases"  # confirmed cases plus those that units report; adds up within a period


class Comparator(StrEnum):
    """How a figure stands to its target."""

    AT_LEAST = ">="
    AT_MOST = "<="
    EQUAL = "="
    KEEP = "keep"  # must not fall below
    DONE = "done"  # a deliverable without a number


class QuestionKind(StrEnum):
    """What sort of answer a target's question takes (`bot/flows/questions.py` asks them)."""

    WHOLE = "whole"
    DECIMAL = "decimal"
    MONEY = "money"
    YES_NO = "yes_no"
    TEXT = "text"


class Ask(Entry):
    """One question of a target, as asked in chat.

    `part` says what the answer feeds: the numerator (or the plain value), the
    denominator, or nothing (a remark kept with the report). `words` is plain
    Vietnamese; `example` shows how to answer; `reading` names the measure of
    `bot/reading` that may fill it from free text (participants, households, area_ha …).
    """

    key: Key
    part: Literal["numerator", "denominator", "remark"]
    words: Words
    kind: QuestionKind
    unit: Words | None
    example: Words
    reading: str | None = None


class Indicator(Entry):
    """What is measured, shared by plans through one catalogue so that communes can be added up.

    Two targets with the same indicator mean the same thing counted the same
    way. A plan that counts otherwise has an indicator of its own whose
    `differs_from` names the near one and `differs_how` says why they are not added.
    `flow` marks a ratio of what passed within a period (tonnes collected, vehicles
    registered): the periods of a year add up. Without it a ratio is a standing
    state (households that sort) and the newest period counts.
    """

    code: Key
    name: Words
    unit: Words
    measure: Measure
    numerator: Words | None = None
    denominator: Words | None = None
    flow: bool = False
    differs_from: Key | None = None
    differs_how: Words | None = None


class Catalogue(Entry):
    """All indicators that shipped plans share, by code."""

    indicators: tuple[Indicator, ...]

    def get(self, code: str) -> Indicator | None:
        """The indicator with this code, or None."""
        return next((each for each in self.indicators if each.code == code), None)

    def joined(self, own: tuple[Indicator, ...]) -> Catalogue:
        """This catalogue and a pack's own indicators behind it (`Pack.indicators`)."""
        return Catalogue(indicators=self.indicators + own) if own else self


class ReportedBy(Entry):
    """Who reports a figure. `stated` is false where the plan names nobody and we propose."""

    units: tuple[Key, ...] = Field(min_length=1)
    stated: bool


class ReportedIn(Entry):
    """In which reporting duty a figure is asked for. `duty` is null while nobody has set how often."""

    duty: Key | None
    stated: bool


class Target(Stated):
    """A quantity to reach, or a deliverable to finish.

    `value` is in `unit` (percent as 0–100); null with comparator `done`. `approximate`
    keeps the plan's "khoảng". `cases_of` names the violation kinds whose confirmed
    cases are counted with what units report.
    """

    key: Key
    name: Words
    indicator: Key
    comparator: Comparator
    value: float | None
    unit: Words
    year: int | None
    approximate: bool = False
    reported_by: ReportedBy
    reported_in: ReportedIn
    asks: tuple[Ask, ...] = Field(min_length=1)
    cases_of: tuple[Key, ...] = ()


class Rhythm(Entry):
    """How often something comes back, as far as the plan says.

    Exactly the fields the plan gives are set: `every` alone ("hằng năm"), `every: week`
    with `weekday` 1–7 (Monday is 1), or `every: year` with `on` and perhaps `before`.
    """

    every: Literal["week", "month", "quarter", "half_year", "year"]
    weekday: tuple[Annotated[int, Field(ge=1, le=7)], ...] = ()
    part_of_day: Literal["morning", "afternoon"] | None = None
    on: DayOfYear | None = None
    before: DayOfYear | None = None


class Campaign(Stated):
    """A named movement or model with the measures its posts report in.

    `measures` are names of `bot/reading` measures, the small form that a post fills.
    `lead` is who the plan makes responsible; anyone may take part and post.
    `on_weekdays` (Monday is 1) holds the days that the movement's name gives
    ("Ngày Chủ nhật xanh") although the plan says nothing of how often.
    """

    key: Key
    name: Words
    kind: Literal["movement", "model", "contest", "awareness_day"]
    lead: tuple[Key, ...]
    rhythm: Rhythm | None
    on_weekdays: tuple[Annotated[int, Field(ge=1, le=7)], ...] = ()
    measures: tuple[str, ...] = ()
    aliases: tuple[Words, ...] = ()
    about: Words | None = None


class Task(Stated):
    """A piece of work: who leads, who helps, what comes out, by when; a short summary in our own words.

    `lead` is empty where the plan names nobody; a unit that only takes part stands in `support`.
    """

    key: Key
    summary: Words
    field: Words
    lead: tuple[Key, ...]
    support: tuple[Key, ...] = ()
    output: Words | None = None
    first_year: int | None = None
    last_year: int | None = None


class Duty(Stated):
    """A reporting duty: who owes which report to whom, how often and until when.

    `rhythms` holds one entry per period the plan names ("6 tháng, hằng năm" is two);
    empty with `on_request` for reports that are only asked for. Where the plan names
    no closing day, the cut-off days of Nghị định 09/2019/NĐ-CP hold (`plans/periods.py`).
    `period_stated` is false when the plan says "định kỳ" without a period.
    `also_to` are the further recipients when the plan names more than one.
    """

    key: Key
    name: Words
    owed_by: tuple[Key, ...]
    to: Key | None
    also_to: tuple[Key, ...] = ()
    via: Key | None = None
    rhythms: tuple[Rhythm, ...]
    on_request: bool = False
    period_stated: bool
    about: Words | None = None


class Milestone(Stated):
    """A review of the plan: sơ kết (interim) or tổng kết (final)."""

    key: Key
    name: Words
    kind: Literal["interim_review", "final_review"]
    lead: tuple[Key, ...]
    first_year: int | None
    last_year: int | None
    rhythm: Rhythm | None = None


class Violation(Stated):
    """A kind of breach, the category that `bot/reading` knows it by, and the body that must handle it.

    `handled_by` is empty when the plan names nobody: such cases go to the office to route.
    """

    key: Key
    name: Words
    category: Literal[
        "wastewater",
        "burning",
        "dumping",
        "odour_livestock",
        "noise",
        "dust",
        "encroachment",
        "mining",
        "animal_carcass",
        "pesticide_packaging",
        "other",
    ]
    handled_by: tuple[Key, ...]
    watched_by: tuple[Key, ...] = ()


class Outlet(Stated):
    """A communication channel the plan names: loudspeakers, the web page, meetings, posters."""

    key: Key
    name: Words
    run_by: tuple[Key, ...] = ()


class Route(Stated):
    """Whom something is brought to, and through whom."""

    to: tuple[Key, ...] = Field(min_length=1)
    via: Key | None = None


class Routing(Entry):
    """Where citizens' complaints and the units' difficulties go; null where the plan names nobody."""

    complaints: Route | None
    difficulties: Route | None


class Pack(Entry):
    """One plan, whole. `indicators` are the pack's own, for what the shared catalogue lacks."""

    document: Document
    units: tuple[Unit, ...]
    targets: tuple[Target, ...]
    campaigns: tuple[Campaign, ...]
    tasks: tuple[Task, ...]
    duties: tuple[Duty, ...]
    milestones: tuple[Milestone, ...]
    violations: tuple[Violation, ...]
    outlets: tuple[Outlet, ...]
    routing: Routing
    notes: tuple[Note, ...]
    indicators: tuple[Indicator, ...] = ()

    @property
    def key(self) -> str:
        """The pack's name in commands and rows: `ha-dong`."""
        return self.document.key
