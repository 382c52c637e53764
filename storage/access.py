"""Who may do and see what: the one place that decides, for chat, web and exports alike.

A role in a unit covers its subtree (decision 9 of the design); paths like "/1/5/" say what
lies under what. Pure functions on membership rows; nothing here asks the database.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Protocol


class Role(StrEnum):
    """What a person is in a unit. Everybody is a citizen."""

    REPORTER = "reporter"  # cán bộ đầu mối: files the unit's reports
    REVIEWER = "reviewer"  # accepts or returns reports
    HANDLER = "handler"  # works on cases given to the unit
    LEADER = "leader"  # answers for the unit
    ADMIN = "admin"  # keeps units, people and settings
    CITIZEN = "citizen"


OFFICIALS = frozenset({Role.REVIEWER, Role.HANDLER, Role.LEADER, Role.ADMIN})
"""Who looks at a whole subtree by office."""


class Holding(Protocol):
    """A role in a unit, as `people.MembershipRow` and the conversation's own rows have it."""

    @property
    def role(self) -> str:
        """One of `Role`."""
        ...

    @property
    def unit_path(self) -> str:
        """Ids from the root down, "/1/5/"."""
        ...


class Rights:
    """What one person may do, worked out from their roles. Units are named by their path."""

    def __init__(self, holdings: Iterable[Holding]) -> None:
        self._paths: dict[str, tuple[str, ...]] = {}
        for each in holdings:
            self._paths[each.role] = (*self._paths.get(each.role, ()), each.unit_path)

    def _covers(self, unit_path: str, *roles: Role) -> bool:
        return any(unit_path.startswith(own) for role in roles for own in self._paths.get(role, ()))

    def _is_in(self, unit_path: str, *roles: Role) -> bool:
        return any(unit_path == own for role in roles for own in self._paths.get(role, ()))

    @property
    def is_official(self) -> bool:
        """Whether the person holds any office."""
        return any(role in OFFICIALS for role in self._paths)

    def may_report(self, unit_path: str) -> bool:
        """File reports for this unit: its reporters, those of a unit above it, and its own leader."""
        return self._covers(unit_path, Role.REPORTER) or self._is_in(unit_path, Role.LEADER)

    def may_see_figures(self, unit_path: str) -> bool:
        """See figures, reports and who is late: everyone with a role, over their own subtree."""
        return self._covers(unit_path, Role.REPORTER, *OFFICIALS)

    def may_review(self, unit_path: str) -> bool:
        """Accept or return this unit's reports."""
        return self._covers(unit_path, Role.REVIEWER, Role.LEADER)

    def may_open_books(self, commune_path: str) -> bool:
        """Open closed books again: leaders and admins of the whole commune."""
        return self._covers(commune_path, Role.LEADER, Role.ADMIN)

    def may_handle_cases(self, unit_path: str) -> bool:
        """Work on cases given to this unit."""
        return self._covers(unit_path, Role.HANDLER, Role.LEADER)

    def may_route_cases(self, unit_path: str) -> bool:
        """Give cases of this unit to another body: whoever handles them, and admins."""
        return self._covers(unit_path, Role.HANDLER, Role.LEADER, Role.ADMIN)

    def may_decide_cases(self, unit_path: str) -> bool:
        """Call a case resolved with words for proof, open one again that was over: leaders only."""
        return self._covers(unit_path, Role.LEADER)

    def may_block_reporters(self, commune_path: str) -> bool:
        """Stop somebody from opening cases, and let held ones pass: leaders and admins of the commune."""
        return self._covers(commune_path, Role.LEADER, Role.ADMIN)

    def may_see_cases(self, unit_path: str) -> bool:
        """See cases given to this unit, without who reported them."""
        return self._covers(unit_path, *OFFICIALS)

    def may_see_reporter(self, unit_path: str) -> bool:
        """See who reported a case given to this unit, when they gave their name."""
        return self.may_handle_cases(unit_path)

    def may_open_seal(self, commune_path: str) -> bool:
        """Open who reported without being named: leaders of the whole commune only, with a trace.

        Pass the path of the commune, not of the handling unit: the body that handles a case may
        be the very one complained about.
        """
        return self._covers(commune_path, Role.LEADER)

    def may_invite(self, unit_path: str, role: Role) -> bool:
        """Give out codes: admins for any role, leaders for reporters and handlers."""
        if role is Role.CITIZEN:
            return False
        if self._covers(unit_path, Role.ADMIN):
            return True
        return role in (Role.REPORTER, Role.HANDLER) and self._covers(unit_path, Role.LEADER)

    def may_keep_units(self, unit_path: str) -> bool:
        """Change units, people and the office's settings."""
        return self._covers(unit_path, Role.ADMIN)

    def may_register_group(self, unit_path: str) -> bool:
        """Tie a group chat to this unit."""
        return self._covers(unit_path, Role.ADMIN, Role.LEADER) or self._is_in(
            unit_path, Role.REPORTER
        )

    def figure_roots(self) -> tuple[str, ...]:
        """The topmost units whose figures may be seen; everything below them may be too."""
        paths = sorted(
            {path for role, own in self._paths.items() if role != Role.CITIZEN for path in own}
        )
        return tuple(
            path
            for path in paths
            if not any(path != other and path.startswith(other) for other in paths)
        )
