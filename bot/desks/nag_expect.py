"""Words typed where a channel has no buttons: "tôi nhận", "nhờ bạn Hòa", "đồng ý gia hạn"."""

from __future__ import annotations

from bot.desks.base import At
from bot.desks.extend import may_decide, names, owed_by_speaker
from bot.events import Said, Text
from bot.flows.form import Act, Do
from bot.flows.words import plain
from storage import handing, nag_people, obligations, units

_ANSWERS = {"toi nhan": "take", "toi ban": "leave"}
_DECISIONS = {"dong y gia han": "grant", "khong gia han": "refuse"}
ASKS = "nhờ"
"""Before a colleague's name."""


async def expects(at: At, said: Said) -> Act | None:
    """What these words answer; None when nobody asked this person anything like it."""
    if not isinstance(said, Text):
        return None
    typed = plain(said.words)
    if typed in _ANSWERS:
        asked = await handing.asked_of(at.tx, at.who.person_id)
        return None if asked is None else _do(_ANSWERS[typed], asked)
    if typed in _DECISIONS:
        return await _decision(at, _DECISIONS[typed])
    wanted = typed.removeprefix(f"{plain(ASKS)} ")
    return await _colleague(at, wanted) if wanted != typed else None


def _do(verb: str, number: object) -> Act:
    return Do("nag", {"arg": f"{verb}.{number}"})


async def _decision(at: At, verb: str) -> Act | None:
    """The newest request for more time that this person may decide."""
    communes = {role.commune_id for role in at.who.roles}
    for request in await handing.undecided(at.tx, communes):
        owed = await obligations.by_id(at.tx, request.obligation_id)
        if may_decide(at, await units.by_id(at.tx, owed.unit_id)):
            return _do(verb, request.id)
    return None


async def _colleague(at: At, wanted: str) -> Act | None:
    """A colleague by name, for the most urgent report."""
    owed = await owed_by_speaker(at, "")
    if owed is None:
        return None
    people = await nag_people.colleagues(at.tx, [owed.unit_id], now=at.moment.at)
    called = await names(at, [one.person_id for one in people])
    for person_id, name in called.items():
        if plain(name) == wanted and person_id != at.who.person_id:
            return _do("to", f"{owed.id}.{person_id}")
    return None
