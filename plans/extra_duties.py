"""Duties that a plan gives besides its reports: movements with a rhythm, and reviews (sơ kết, tổng kết).

They stand in the same ledger under keys of their own, `campaign.<movement>` and
`milestone.<review>`, and the office sets them by the same words (`duty.campaign.<key>.due`).
Where the plan names no rhythm or no day, none is made up (docs/decisions/0040-deadlines.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from plans.pack import Campaign, Duty, Milestone, Pack, Rhythm

CAMPAIGN, MILESTONE, REQUEST = "campaign.", "milestone.", "request."


@dataclass(frozen=True, slots=True)
class Undated:
    """A duty that nobody is nagged about, because no day is known; `why` is for the office."""

    duty_key: str
    name: str
    owed_by: tuple[str, ...]
    why: str


def campaign_key(duty_key: str) -> str:
    """The movement behind a duty's key, "" when it is none."""
    return duty_key.removeprefix(CAMPAIGN) if duty_key.startswith(CAMPAIGN) else ""


def all_duties(pack: Pack) -> tuple[Duty, ...]:
    """The plan's reports, its movements that have a lead, and its reviews, all as duties."""
    pack_then, known = _known.get(id(pack), (None, ()))
    if pack_then is pack:
        return known
    if len(_known) >= REMEMBERED:
        _known.clear()
    found = _all(pack)
    _known[id(pack)] = (pack, found)
    return found


REMEMBERED = 64
"""So many packs' duties are kept, as they are asked for at every tick; each holds its pack alive."""

_known: dict[int, tuple[Pack, tuple[Duty, ...]]] = {}


def _all(pack: Pack) -> tuple[Duty, ...]:
    return (
        *pack.duties,
        *(_of_campaign(each) for each in pack.campaigns if each.lead),
        *(_of_milestone(each) for each in pack.milestones),
    )


def duty_named(pack: Pack, duty_key: str) -> Duty | None:
    """The duty with this key, of whichever sort; None when the plan has none."""
    return next((each for each in all_duties(pack) if each.key == duty_key), None)


def _of_campaign(campaign: Campaign) -> Duty:
    """`model_construct`: a key with a dot is ours, and none that a pack could hold."""
    rhythm = campaign.rhythm
    return Duty.model_construct(
        source=campaign.source,
        key=f"{CAMPAIGN}{campaign.key}",
        name=campaign.name,
        owed_by=campaign.lead,
        to=None,
        also_to=(),
        via=None,
        rhythms=() if rhythm is None else (rhythm,),
        on_request=False,
        period_stated=rhythm is not None,
        about=None,
    )


def _of_milestone(milestone: Milestone) -> Duty:
    return Duty.model_construct(
        source=milestone.source,
        key=f"{MILESTONE}{milestone.key}",
        name=milestone.name,
        owed_by=milestone.lead,
        to=None,
        also_to=(),
        via=None,
        rhythms=(milestone.rhythm or Rhythm(every="year"),),
        on_request=False,
        period_stated=milestone.rhythm is not None or milestone.last_year is not None,
        about=None,
    )


def weekdays_of(pack: Pack, duty_key: str) -> tuple[int, ...]:
    """The weekdays in a movement's own name ("Chủ nhật xanh"), for weeks that the office sets."""
    key = campaign_key(duty_key)
    return next((each.on_weekdays for each in pack.campaigns if each.key == key), ())


def years_of(pack: Pack, duty_key: str) -> tuple[int, ...] | None:
    """The only years in which a review is owed; None for whatever comes back each year.

    A review of a span ("sơ kết 2026–2027", "tổng kết 2030") is owed in its last year.
    """
    if not duty_key.startswith(MILESTONE):
        return None
    review = next(m for m in pack.milestones if f"{MILESTONE}{m.key}" == duty_key)
    if review.rhythm is not None:
        return None
    year = review.last_year or review.first_year
    return () if year is None else (year,)


def undated(
    pack: Pack, settings: Mapping[str, Any], dated: Iterable[str], asked_for: Iterable[str]
) -> list[Undated]:
    """Duties without a day, "chưa có hạn": for the office's list, never for a nag.

    Args:
        dated: duty keys that have a due time for every period the office and the plan ask for.
        asked_for: duty keys that have periods at all.
    """
    known, periods = set(dated), set(asked_for)
    found = []
    for duty in all_duties(pack):
        if duty.key in known:
            continue
        found.append(Undated(duty.key, duty.name, duty.owed_by, _why(duty, duty.key in periods)))
    return found


def _why(duty: Duty, has_periods: bool) -> str:
    if not duty.owed_by:
        return "kế hoạch không nêu ai báo cáo"
    if duty.on_request:
        return "chỉ báo cáo khi được yêu cầu"
    return "chưa đặt ngày" if has_periods else "kế hoạch không nêu kỳ, chưa đặt kỳ"
