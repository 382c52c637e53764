"""What a person's roles let them do at the desks, in the words desks ask it in."""

from __future__ import annotations

from bot.flows.form import Role, Who

REPORTERS = frozenset({"reporter", "leader"})
OFFICIALS = frozenset({"reviewer", "handler", "leader", "admin"})


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


def covers(role: Role, path: str) -> bool:
    """Whether a role's unit is the unit with this path or stands above it."""
    return path.startswith(role.unit_path)
