"""The words of the Excel sheet of units and people: sheets, columns, roles, and what each kind is called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from plans.pack import Pack, UnitKind

UNITS_SHEET: Final = "Đơn vị"
PEOPLE_SHEET: Final = "Người"
HELP_SHEET: Final = "Hướng dẫn"
LISTS_SHEET: Final = "Danh mục"

NAME, KIND, PARENT, ALIASES, HOUSEHOLDS = (
    "Tên đơn vị",
    "Loại",
    "Thuộc đơn vị",
    "Tên gọi khác",
    "Số hộ",
)
UNIT_COLUMNS: Final = (NAME, KIND, PARENT, ALIASES, HOUSEHOLDS)

PERSON, UNIT, ROLE, RANK, PHONE = "Họ tên", "Đơn vị", "Vai trò", "Thứ tự", "Điện thoại"
PEOPLE_COLUMNS: Final = (PERSON, UNIT, ROLE, RANK, PHONE)

ROLES: Final = {
    "Người báo cáo": "reporter",
    "Người duyệt báo cáo": "reviewer",
    "Người xử lý phản ánh": "handler",
    "Lãnh đạo": "leader",
    "Quản trị": "admin",
}
"""What the sheet calls each role of `storage.access.Role`."""

KINDS: Final = {
    UnitKind.VILLAGE: "Thôn, tổ dân phố",
    UnitKind.ASSOCIATION: "Hội, đoàn thể",
    UnitKind.DEPARTMENT: "Phòng, ban",
    UnitKind.SERVICE: "Trung tâm, đơn vị sự nghiệp",
    UnitKind.SCHOOL: "Trường học",
    UnitKind.HEALTH: "Cơ sở y tế",
    UnitKind.PARTY: "Chi bộ, đảng bộ",
    UnitKind.WARD: "Xã, phường trực thuộc",
    UnitKind.ENTERPRISE: "Doanh nghiệp, cơ sở sản xuất",
    UnitKind.COOPERATIVE: "Hợp tác xã",
    UnitKind.OUTSIDE: "Cơ quan ngoài xã",
}
"""Kinds that a unit of the sheet may be where the plan has no class of that kind."""


@dataclass(frozen=True, slots=True)
class Class:
    """One choice of "Loại": what it is called, and what a unit of it is.

    `pack_key` and `parent` are those of the plan's class; None for a kind the plan does not name.
    """

    label: str
    kind: str
    pack_key: str | None
    parent: str | None


def classes_of(pack: Pack) -> tuple[Class, ...]:
    """The choices of "Loại": the plan's classes first, then the kinds it has no class of."""
    of_plan = [
        Class(unit.name, unit.kind.value, unit.key, unit.parent) for unit in pack.units if unit.many
    ]
    named = {each.kind for each in of_plan}
    others = [
        Class(label, kind.value, None, None) for kind, label in KINDS.items() if kind not in named
    ]
    return (*of_plan, *others)
