"""What a person's roles let them do at the desks, in the words desks ask it in."""

from __future__ import annotations

from bot.flows.form import Role, Who
from storage.access import OFFICIALS, Rights
from storage.access import Role as AccessRole

REPORTERS = frozenset({AccessRole.REPORTER, AccessRole.LEADER})


def reporting_roles(who: Who) -> tuple[Role, ...]:
    """The units this person reports for: in a registered group the group's unit comes first."""
    own = tuple(role for role in who.roles if role.role in REPORTERS)
    if who.group_unit is None:
        return own
    others = tuple(role for role in own if role.unit_id != who.group_unit.unit_id)
    return (who.group_unit, *others)


def official_roles(who: Who) -> tuple[Role, ...]:
    """The units whose whole subtree this person may look at."""
    return tuple(role for role in who.roles if role.role in OFFICIALS)


def rights_of(who: Who) -> Rights:
    """What this person may do; `storage/access.py` decides."""
    return Rights(who.roles)


def widest(who: Who) -> Role | None:
    """The role whose subtree is largest, an official's before a reporter's; None for citizens."""
    roles = official_roles(who) or who.roles or ((who.group_unit,) if who.group_unit else ())
    return min(roles, key=lambda role: len(role.unit_path), default=None)
