"""What a message says, as plain values: the result of `bot.reading.read`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

Kind = Literal[
    "campaign", "indicator", "violation", "difficulty", "progress", "correction",
    "greeting", "thanks", "question", "spam", "other",
]  # fmt: skip
CorpusKind = Literal["campaign", "indicator", "violation", "other"]
Span = tuple[int, int]
"""Where words stand in the original text: start, and the position after the end."""


@dataclass(frozen=True, slots=True)
class Value:
    """One stated result.

    `value` is in the unit of its measure (docs/reading.md lists them); `quote` is
    the words it was read from, `what` the noun beside it; `reason` is a sentence
    for people. `confidence` runs from 0 to 1.
    """

    measure: str
    value: Decimal
    approx: bool
    span: Span
    quote: str
    confidence: float
    reason: str
    denominator: Decimal | None = None
    what: str | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """The day of the activity or incident; `first_day` when a range was given."""

    day: date
    span: Span
    quote: str
    first_day: date | None = None


@dataclass(frozen=True, slots=True)
class Violation:
    """What a complaint is about; `confidence` is that of the category."""

    category: str
    urgent: bool
    place_text: str | None
    place_span: Span | None
    confidence: float


@dataclass(frozen=True, slots=True)
class Correction:
    """A figure the writer took back; `value` is what it had said, `by` what replaces it."""

    quote: str
    span: Span
    value: Decimal
    by: Decimal | None


@dataclass(frozen=True, slots=True)
class Ambiguity:
    """A figure without a noun, and the measures it could mean: ask, do not guess."""

    quote: str
    span: Span
    value: Decimal
    measures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ignored:
    """A figure that was seen and is no result, with the reason ("kế hoạch", "số điện thoại")."""

    quote: str
    span: Span
    reason: str


@dataclass(frozen=True, slots=True)
class UnitMatch:
    """Which of the sender's units the post speaks of; `near` holds the likely ones otherwise."""

    unit_id: str | None
    near: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Context:
    """What the conversation knows, passed in as plain data.

    `movements`: canonical name → words of the plan pack. `indicators`: the plan's
    names of standing figures → measure. `units`: unit id → names and aliases.
    `open_measures`: what an open form still asks for, in its order.
    `correcting`: a report of this person was confirmed shortly before.
    """

    movements: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    indicators: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    open_measures: tuple[str, ...] = ()
    correcting: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything read in one message; every span counts in the text as it was sent.

    `campaign_guessed`: no word names the movement, only what was counted suggests it.
    """

    text: str
    kind: Kind
    kind_confidence: float
    values: tuple[Value, ...] = ()
    date: Day | None = None
    campaign: str | None = None
    campaign_guessed: bool = False
    unit_text: str | None = None
    unit_span: Span | None = None
    unit: UnitMatch | None = None
    place_text: str | None = None
    violation: Violation | None = None
    corrections: tuple[Correction, ...] = ()
    ambiguities: tuple[Ambiguity, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    corpus_kind: CorpusKind = "other"
