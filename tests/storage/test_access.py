"""Rights follow the tree: a role covers its subtree, and nothing beside or above it."""

from __future__ import annotations

import pytest

from storage.access import Rights, Role
from storage.people import MembershipRow

CITY, COMMUNE, OFFICE, VILLAGE, OTHER = "/1/", "/1/5/", "/1/5/8/", "/1/5/9/", "/1/55/"


def _rights(*held: tuple[Role, str]) -> Rights:
    return Rights(
        MembershipRow(
            unit_id=int(path.strip("/").split("/")[-1]),
            unit_name="",
            unit_path=path,
            pack_key=None,
            kind="village",
            commune_id=5,
            role=role,
            rank=1,
        )
        for role, path in held
    )


# what each role, held in the commune, may do: in the village below, and in the commune itself
@pytest.mark.parametrize(
    ("question", "below", "itself"),
    [
        ("may_report", {"reporter"}, {"reporter", "leader"}),
        ("may_see_figures", *({"reporter", "reviewer", "handler", "leader", "admin"},) * 2),
        ("may_review", *({"reviewer", "leader"},) * 2),
        ("may_handle_cases", *({"handler", "leader"},) * 2),
        ("may_see_cases", *({"reviewer", "handler", "leader", "admin"},) * 2),
        ("may_see_reporter", *({"handler", "leader"},) * 2),
        ("may_keep_units", *({"admin"},) * 2),
        ("may_register_group", {"leader", "admin"}, {"reporter", "leader", "admin"}),
    ],
)
def test_who_may(question: str, below: set[str], itself: set[str]) -> None:
    for role in Role:
        ask = getattr(_rights((role, COMMUNE)), question)
        assert ask(VILLAGE) == (role in below), role
        assert ask(COMMUNE) == (role in itself), role
        # never above, never in a unit whose number only begins alike
        assert not ask(CITY), role
        assert not ask(OTHER), role


def test_a_seal_is_opened_by_leaders_of_the_commune_only() -> None:
    assert _rights((Role.LEADER, COMMUNE)).may_open_seal(COMMUNE)
    assert not _rights((Role.LEADER, OFFICE)).may_open_seal(COMMUNE)
    for role in set(Role) - {Role.LEADER}:
        assert not _rights((role, COMMUNE)).may_open_seal(COMMUNE)


def test_admins_invite_anyone_leaders_their_own_people() -> None:
    admin, leader = _rights((Role.ADMIN, COMMUNE)), _rights((Role.LEADER, VILLAGE))
    assert all(admin.may_invite(VILLAGE, role) for role in set(Role) - {Role.CITIZEN})
    assert leader.may_invite(VILLAGE, Role.REPORTER)
    assert not leader.may_invite(VILLAGE, Role.ADMIN)
    assert not leader.may_invite(OFFICE, Role.REPORTER)
    assert not admin.may_invite(VILLAGE, Role.CITIZEN)
    assert not _rights((Role.REPORTER, COMMUNE)).may_invite(COMMUNE, Role.REPORTER)


def test_several_roles_add_up() -> None:
    rights = _rights((Role.REPORTER, VILLAGE), (Role.REVIEWER, OFFICE))
    assert rights.may_report(VILLAGE)
    assert rights.may_review(OFFICE)
    assert not rights.may_review(VILLAGE)
    assert rights.is_official
    assert not _rights((Role.REPORTER, VILLAGE)).is_official


def test_figures_are_seen_from_the_topmost_units_down() -> None:
    rights = _rights(
        (Role.REPORTER, VILLAGE), (Role.LEADER, COMMUNE), (Role.ADMIN, OTHER), (Role.CITIZEN, CITY)
    )
    assert rights.figure_roots() == (COMMUNE, OTHER)
    assert _rights().figure_roots() == ()
