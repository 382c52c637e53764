"""Who may see which part of a case, through which channel: one table for chat, web, exports and feeds.

Rights (`storage/access.py`) say what somebody may do; this says what they are shown. A field
that is not in a viewer's row is not there for them, not even as a hole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from storage.access import Rights


class Channel(StrEnum):
    """The way something is shown."""

    CHAT = "chat"
    WEB = "web"
    EXPORT = "export"  # a file that leaves the house: sheets, Word
    FEEDS = "feeds"  # read by programs of anybody: GeoJSON, Open311


class Viewer(StrEnum):
    """What somebody is to one case. A person is everything that holds of them."""

    ANYONE = "anyone"
    REPORTED_IT = "reported_it"
    OFFICIAL = "official"  # an office over the unit that handles it
    WORKS_ON_IT = "works_on_it"  # handlers and leaders of that unit
    LEADS_COMMUNE = "leads_commune"


class Field(StrEnum):
    """A part of a case."""

    CODE = "code"
    KIND = "kind"
    STATE = "state"
    DAY = "day"  # the local day it was reported, without the hour
    AREA = "area"  # the place blurred to a square of 100 m
    VILLAGE = "village"
    HANDLING_UNIT = "handling_unit"
    PUBLIC_WORDS = "public_words"  # what an official wrote for everybody
    RELEASED_PHOTOS = "released_photos"
    STEPS = "steps"  # names of the steps and their days, without words and people
    MOMENT = "moment"  # when it was reported, to the minute
    PIN = "pin"
    PLACE_WORDS = "place_words"
    WORDS = "words"
    LIMITS = "limits"
    RATING = "rating"
    STEP_WORDS = "step_words"
    INNER_NOTES = "inner_notes"  # steps that are not meant for whoever reported it
    HANDLING_PERSON = "handling_person"
    PHOTOS = "photos"  # shown copies, without what the device wrote into them
    DOUBTS = "doubts"  # cases and pictures that are alike
    NAMED_REPORTER = "named_reporter"
    SEALED_REPORTER = "sealed_reporter"  # by opening the seal, with a reason and a trace
    SEAL_OPENINGS = "seal_openings"
    CONTACT = "contact"  # telephone and chat address of whoever reported it
    ORIGINALS = "originals"  # pictures as they came, with position and device


_EVERYWHERE = frozenset(Channel)
_CHAT = frozenset({Channel.CHAT})
_DESK = frozenset({Channel.CHAT, Channel.WEB})
_FILES = _DESK | {Channel.EXPORT}
_NOWHERE: frozenset[Channel] = frozenset()

_PUBLIC = {Viewer.ANYONE: _EVERYWHERE}
_WORKED_WITH = {Viewer.REPORTED_IT: _CHAT, Viewer.OFFICIAL: _FILES}
_AT_THE_DESK = {Viewer.OFFICIAL: _DESK}

SEEN: Mapping[Field, Mapping[Viewer, frozenset[Channel]]] = {
    Field.CODE: _PUBLIC,
    Field.KIND: _PUBLIC,
    Field.STATE: _PUBLIC,
    Field.DAY: _PUBLIC,
    Field.AREA: _PUBLIC,
    Field.VILLAGE: _PUBLIC,
    Field.HANDLING_UNIT: _PUBLIC,
    Field.PUBLIC_WORDS: _PUBLIC,
    Field.RELEASED_PHOTOS: _PUBLIC,
    Field.STEPS: _PUBLIC,
    Field.MOMENT: _WORKED_WITH,
    Field.PIN: _WORKED_WITH,
    Field.PLACE_WORDS: _WORKED_WITH,
    Field.WORDS: _WORKED_WITH,
    Field.LIMITS: _WORKED_WITH,
    Field.RATING: _WORKED_WITH,
    Field.STEP_WORDS: {Viewer.REPORTED_IT: _CHAT, Viewer.OFFICIAL: _DESK},
    Field.INNER_NOTES: _AT_THE_DESK,
    Field.HANDLING_PERSON: _AT_THE_DESK,
    Field.PHOTOS: {Viewer.REPORTED_IT: _CHAT, Viewer.OFFICIAL: _DESK},
    Field.DOUBTS: _AT_THE_DESK,
    Field.NAMED_REPORTER: {Viewer.WORKS_ON_IT: _DESK},
    Field.SEALED_REPORTER: {Viewer.LEADS_COMMUNE: _DESK},
    Field.SEAL_OPENINGS: {Viewer.REPORTED_IT: _CHAT, Viewer.LEADS_COMMUNE: _DESK},
    Field.CONTACT: dict.fromkeys(Viewer, _NOWHERE),
    Field.ORIGINALS: dict.fromkeys(Viewer, _NOWHERE),
}
"""The whole rule. Nobody is shown originals: they are evidence, read on the server by those who keep it.

Nor where a reporter can be reached: whoever has a question asks it through the case."""


def viewers(
    rights: Rights, *, unit_path: str, commune_path: str, reported_it: bool = False
) -> frozenset[Viewer]:
    """What a person is to a case.

    Args:
        unit_path: of the unit that handles it, the commune's where nobody does yet.
        reported_it: they reported it themselves (`reporters.is_reporter`).
    """
    found = {
        Viewer.ANYONE: True,
        Viewer.REPORTED_IT: reported_it,
        Viewer.OFFICIAL: rights.may_see_cases(unit_path),
        Viewer.WORKS_ON_IT: rights.may_see_reporter(unit_path),
        Viewer.LEADS_COMMUNE: rights.may_open_seal(commune_path),
    }
    return frozenset(viewer for viewer, holds in found.items() if holds)


def sees(field: Field, channel: Channel, who: Iterable[Viewer]) -> bool:
    """Whether one of these viewers is shown this field through this channel."""
    return any(channel in SEEN[field].get(viewer, _NOWHERE) for viewer in who)


def fields_for(channel: Channel, who: Iterable[Viewer]) -> frozenset[Field]:
    """Everything that these viewers are shown through this channel."""
    known = frozenset(who)
    return frozenset(field for field in Field if sees(field, channel, known))
